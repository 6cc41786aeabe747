use log_format::{EsLog, EsMicros, StampError, UnixMicros, push, stamp, write_to};

#[test]
fn push_appends_the_stamp_or_nothing() {
    struct Full;
    impl std::fmt::Write for Full {
        fn write_str(&mut self, _: &str) -> std::fmt::Result {
            Err(std::fmt::Error)
        }
    }
    let mut text = String::from("at ");

    assert_eq!(push::<EsMicros>(&UnixMicros(i64::MAX), &mut text), Err(StampError::Year));
    assert_eq!(push::<EsMicros>(&UnixMicros(0), &mut text), Ok(()));
    assert_eq!(push::<EsMicros>(&UnixMicros(0), &mut Full), Err(StampError::Writer));

    assert_eq!(text, "at 1970-01-01 00:00:00.000000");
}

#[test]
fn write_to_fills_the_width_and_nothing_else() {
    let mut out = [b'#'; 30];

    let written = write_to::<EsMicros>(&UnixMicros(0), &mut out);

    assert_eq!(written, Ok(26));
    assert_eq!(&out, b"1970-01-01 00:00:00.000000####");
}

#[test]
fn failed_write_leaves_the_output_as_it_was() {
    let mut short = [b'#'; 25];
    let mut long = [b'#'; 30];

    let no_room = write_to::<EsMicros>(&UnixMicros(0), &mut short);
    let no_year = write_to::<EsMicros>(&UnixMicros(i64::MAX), &mut long);

    assert_eq!(no_room, Err(StampError::NoRoom { width: 26, room: 25 }));
    assert_eq!(no_year, Err(StampError::Year));
    assert!(short.iter().chain(&long).all(|byte| *byte == b'#'));
}

#[cfg(feature = "bytes")]
#[test]
fn put_appends_the_stamp_or_nothing() {
    let mut buffer = Vec::from(*b"at ");
    let mut short = [b'#'; 25];

    let put = log_format::put::<EsMicros>(&UnixMicros(0), &mut buffer);
    let no_room = log_format::put::<EsMicros>(&UnixMicros(0), &mut &mut short[..]);
    let no_year = log_format::put::<EsMicros>(&UnixMicros(i64::MAX), &mut buffer);

    assert_eq!(put, Ok(()));
    assert_eq!(buffer, b"at 1970-01-01 00:00:00.000000");
    assert_eq!(no_room, Err(StampError::NoRoom { width: 26, room: 25 }));
    assert_eq!(no_year, Err(StampError::Year));
    assert_eq!(short, [b'#'; 25]);
}

#[test]
fn stamp_reads_as_text_everywhere() {
    let stamp = stamp::<EsLog>(&UnixMicros(0)).unwrap();
    let bytes: &[u8] = stamp.as_ref();

    assert_eq!(
        format!("[{stamp:>25}] {stamp:?}"),
        "[  1970-01-01T00:00:00,000] \"1970-01-01T00:00:00,000\""
    );
    assert_eq!((stamp.len(), &stamp[..4], bytes), (23, "1970", &b"1970-01-01T00:00:00,000"[..]));
}
