use log_format::{
    BatchError, Clf, EsMicros, EsMillis, EsNanos, HaproxyDate, Layout, Rfc3164, Rfc3339Micros,
    Rfc3339MicrosOffset, StampCache, StampError, UnixMicros, layout, stamp,
};
use proptest::prelude::*;

layout! {
    struct Tenths = "tenths", "DD/Mon/YYYY_hh:mm:ss,f +zz:zz";
}

/// 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z in microseconds.
const START: i64 = -62_167_219_200_000_000;
const END: i64 = 253_402_300_800_000_000;

/// Instants that stay in a second, leave it, leave the day, go back, and jump out of the years.
fn bursts() -> impl Strategy<Value = Vec<UnixMicros>> {
    let start = prop_oneof![START..END, -100_000_000..100_000_000_i64, Just(START), Just(END - 1)];
    let step = prop_oneof![
        6 => 0..400_000_i64,
        2 => -3_000_000..3_000_000_i64,
        1 => -90_000_000_000..90_000_000_000_i64,
        1 => any::<i64>(),
    ];
    (start, prop::collection::vec(step, 0..40)).prop_map(|(start, steps)| {
        let mut at = start;
        let mut instants = vec![UnixMicros(start)];
        for step in steps {
            at = at.wrapping_add(step);
            instants.push(UnixMicros(at));
        }
        instants
    })
}

fn cache_gives_what_stamp_gives<L: Layout>(instants: &[UnixMicros]) {
    let mut cache = StampCache::<L>::new();
    for instant in instants {
        assert_eq!(cache.stamp(*instant).copied(), stamp::<L>(instant), "{instant:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn cached_stamps_are_those_of_stamp(instants in bursts()) {
        cache_gives_what_stamp_gives::<EsMillis>(&instants);
        cache_gives_what_stamp_gives::<EsMicros>(&instants);
        cache_gives_what_stamp_gives::<EsNanos>(&instants);
        cache_gives_what_stamp_gives::<Rfc3339Micros>(&instants);
        cache_gives_what_stamp_gives::<HaproxyDate>(&instants);
        cache_gives_what_stamp_gives::<Clf>(&instants);
        cache_gives_what_stamp_gives::<Rfc3164>(&instants);
        cache_gives_what_stamp_gives::<Rfc3339MicrosOffset>(&instants);
        cache_gives_what_stamp_gives::<Tenths>(&instants);
    }

    #[test]
    fn batch_writes_each_stamp_and_its_end_up_to_the_first_error(
        instants in bursts(),
        end in prop::sample::select(vec!["", "\n", "\r\n"]),
        spare in 0..50_usize,
    ) {
        let mut out = vec![b'#'; instants.len() * (26 + end.len()) + spare];

        let batch = StampCache::<EsMicros>::new().batch(&instants, end.as_bytes(), &mut out);

        let mut expected = String::new();
        let mut error = None;
        for (index, instant) in instants.iter().enumerate() {
            match stamp::<EsMicros>(instant) {
                Ok(stamp) => expected += &format!("{stamp}{end}"),
                Err(reason) => {
                    error = Some(BatchError { index, error: reason });
                    break;
                }
            }
        }
        prop_assert_eq!(batch, error.map_or(Ok(expected.len()), Err));
        prop_assert_eq!(&out[..expected.len()], expected.as_bytes());
        prop_assert!(out[expected.len()..].iter().all(|byte| *byte == b'#'));
    }
}

#[test]
fn midnight_belongs_to_the_day_that_it_begins() {
    let mut cache = StampCache::<EsMicros>::new();

    let before = *cache.stamp(UnixMicros(86_399_999_999)).unwrap();
    let midnight = *cache.stamp(UnixMicros(86_400_000_000)).unwrap();

    assert_eq!(before.as_str(), "1970-01-01 23:59:59.999999");
    assert_eq!(midnight.as_str(), "1970-01-02 00:00:00.000000");
}

#[test]
fn batch_without_room_for_all_writes_nothing() {
    let mut out = [b'#'; 53];

    let batch = StampCache::<EsMicros>::new().batch(&[UnixMicros(0); 2], b"\n", &mut out);

    let error = StampError::NoRoom { width: 54, room: 53 };
    assert_eq!(batch, Err(BatchError { index: 0, error }));
    assert_eq!(out, [b'#'; 53]);
}

#[test]
fn ends_of_the_64_bits_are_errors_in_a_new_cache_and_leave_a_used_one_as_it_was() {
    let mut cache = StampCache::<EsMicros>::new();

    for extreme in [i64::MIN, i64::MIN + 1, i64::MIN + 999_999, i64::MIN + 86_399_999_999, i64::MAX]
    {
        assert_eq!(cache.stamp(UnixMicros(extreme)), Err(StampError::Year));
        assert_eq!(
            cache.clone().stamp(UnixMicros(5)).unwrap().as_str(),
            "1970-01-01 00:00:00.000005"
        );
    }
    cache.stamp(UnixMicros(0)).unwrap();
    assert_eq!(cache.stamp(UnixMicros(i64::MAX)), Err(StampError::Year));

    let next = cache.stamp(UnixMicros(7)).unwrap();
    assert_eq!(next.as_str(), "1970-01-01 00:00:00.000007");
}
