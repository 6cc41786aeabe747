use ::serde::{Deserialize, Serialize};
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone, Utc};
use log_format::serde::{As, AsOption};
use log_format::{
    Clf, EsMicros, EsNanos, Fields, Rfc3339Millis, Stamp, UnixMicros, UnixNanos, stamp,
};
use serde_json::json;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct All {
    #[serde(with = "As::<EsMicros>")]
    micros: UnixMicros,
    #[serde(with = "As::<EsNanos>")]
    nanos: UnixNanos,
    #[serde(with = "As::<EsNanos>")]
    naive: NaiveDateTime,
    #[serde(with = "As::<Rfc3339Millis>")]
    utc: DateTime<Utc>,
    #[serde(with = "As::<Clf>")]
    local: DateTime<FixedOffset>,
    #[serde(with = "As::<EsMicros>")]
    fields: Fields,
    #[serde(with = "AsOption::<Rfc3339Millis>")]
    some: Option<DateTime<Utc>>,
    #[serde(with = "AsOption::<Rfc3339Millis>")]
    none: Option<DateTime<Utc>>,
    #[serde(with = "AsOption::<EsMicros>", default)]
    absent: Option<UnixMicros>,
    stamp: Stamp<EsMicros>,
}

#[test]
fn every_type_is_written_as_its_stamp_and_read_back() {
    let local = FixedOffset::west_opt(7 * 3600).unwrap();
    let all = All {
        micros: UnixMicros(1_496_149_391_000_000),
        nanos: UnixNanos(-1),
        naive: DateTime::UNIX_EPOCH.naive_utc(),
        utc: DateTime::UNIX_EPOCH,
        local: local.with_ymd_and_hms(2000, 10, 10, 13, 55, 36).unwrap(),
        fields: Fields::EPOCH,
        some: Some(DateTime::UNIX_EPOCH),
        none: None,
        absent: None,
        stamp: stamp(&UnixMicros(1)).unwrap(),
    };

    let written = serde_json::to_value(&all).unwrap();

    let mut expected = json!({
        "micros": "2017-05-30 13:03:11.000000",
        "nanos": "1969-12-31 23:59:59.999999999",
        "naive": "1970-01-01 00:00:00.000000000",
        "utc": "1970-01-01T00:00:00.000Z",
        "local": "10/Oct/2000:13:55:36 -0700",
        "fields": "1970-01-01 00:00:00.000000",
        "some": "1970-01-01T00:00:00.000Z",
        "none": null,
        "absent": null,
        "stamp": "1970-01-01 00:00:00.000001",
    });
    assert_eq!(written, expected);
    assert_eq!(serde_json::from_value::<All>(written).unwrap(), all);
    expected.as_object_mut().unwrap().remove("absent");
    assert_eq!(serde_json::from_str::<All>(&expected.to_string()).unwrap(), all);
}

#[test]
fn other_text_other_types_and_other_moments_are_errors_that_say_why() {
    #[derive(Debug, Deserialize, Serialize)]
    struct At(#[serde(with = "As::<EsMicros>")] DateTime<Utc>);
    #[derive(Debug, Deserialize)]
    struct Zoned(#[serde(with = "As::<Rfc3339Millis>")] NaiveDateTime);

    let short = serde_json::from_value::<At>(json!("2017-05-30 13:03:11")).unwrap_err();
    let number = serde_json::from_value::<At>(json!(1)).unwrap_err();
    let zone = serde_json::from_value::<Zoned>(json!("1970-01-01T00:00:00.000Z"))
        .map(|zoned| zoned.0)
        .unwrap_err();
    let year = serde_json::to_string(&At(DateTime::<Utc>::MAX_UTC)).unwrap_err();

    assert_eq!(short.to_string(), "fraction missing at byte 19");
    assert_eq!(
        number.to_string(),
        "invalid type: integer `1`, expected a stamp as YYYY-MM-DD hh:mm:ss.ffffff"
    );
    assert_eq!(zone.to_string(), "stamp has a zone, and the type none");
    assert_eq!(year.to_string(), "year is outside 0 to 9999");
}

#[test]
fn layouts_without_a_zone_are_read_as_utc_by_types_with_one() {
    #[derive(Debug, Deserialize)]
    struct At(#[serde(with = "As::<EsMicros>")] DateTime<FixedOffset>);
    let text = json!("1970-01-01 00:00:01.000000");
    let at: At = serde_json::from_value(text).unwrap();

    assert_eq!((at.0.timestamp(), at.0.offset().local_minus_utc()), (1, 0));
}

#[cfg(feature = "std")]
#[test]
fn system_time_is_written_and_read_as_utc() {
    #[derive(Debug, Deserialize, Serialize)]
    struct At(#[serde(with = "As::<EsMicros>")] std::time::SystemTime);

    let at: At = serde_json::from_value(json!("1969-12-31 23:59:59.750000")).unwrap();

    let before = std::time::SystemTime::UNIX_EPOCH.duration_since(at.0).unwrap();
    assert_eq!(before.as_millis(), 250);
    assert_eq!(serde_json::to_value(&at).unwrap(), json!("1969-12-31 23:59:59.750000"));
}
