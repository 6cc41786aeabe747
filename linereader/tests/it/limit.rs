//! Lines over the limit: neither silent nor fatal.

use linereader::{Config, End, LineReader, Position, ReadError, Splitter, TooLong};

use crate::naive::Item;

fn splitter(limit: usize) -> Splitter {
    Splitter::new(Config::new().max_line(limit))
}

fn pushed(splitter: &mut Splitter, chunk: &[u8]) -> Vec<Item> {
    let mut found = Vec::new();
    let mut lines = splitter.push(chunk);
    while let Some(line) = lines.next() {
        found.push(line.map_or_else(Item::from, Item::from));
    }
    found
}

#[test]
fn the_limit_counts_content_only() {
    for passes in [&b"12345\n"[..], b"12345\r\n", b"12345"] {
        let mut reader = LineReader::with_config(passes, Config::new().max_line(5), 16);
        assert!(matches!(reader.next_line(), Ok(Some(line)) if line.bytes() == b"12345"));
    }
    for fails in [&b"123456\n"[..], b"123456\r\n", b"12345\r\r\n", b"12345\r"] {
        let mut reader = LineReader::with_config(fails, Config::new().max_line(5), 16);
        assert!(matches!(reader.next_line(), Err(ReadError::TooLong(_))), "{fails:?}");
    }
}

#[test]
fn an_over_long_line_is_reported_once_and_the_lines_behind_it_follow() {
    let mut reader =
        LineReader::with_config(&b"one\nmuch too long\ntwo\n"[..], Config::new().max_line(5), 4);

    assert!(matches!(reader.next_line(), Ok(Some(line)) if line.bytes() == b"one"));
    let error = reader.next_line().unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2 at byte 4 is longer than 5 bytes: raise the limit to read it"
    );
    let two = Item::from(reader.next_line().unwrap().unwrap());
    assert_eq!(two, Item::line(b"two", 18, 3, End::Lf));
    assert!(reader.next_line().unwrap().is_none());
}

#[test]
fn an_over_long_line_is_reported_before_its_end_comes() {
    let mut splitter = splitter(5);
    let report = Item::TooLong { offset: 0, number: 1 };

    assert_eq!(pushed(&mut splitter, b"1234"), []);
    assert_eq!(pushed(&mut splitter, b"56"), [report]);
    assert_eq!(pushed(&mut splitter, b"789"), []);
    assert_eq!(splitter.pending(), 9);
    assert_eq!(splitter.position(), Position::START);
    assert_eq!(pushed(&mut splitter, b"0\r\nx\n"), [Item::line(b"x", 12, 2, End::Lf)]);
}

#[test]
fn a_carriage_return_at_the_limit_waits_for_what_follows() {
    let mut crlf = splitter(2);
    assert_eq!(pushed(&mut crlf, b"ab\r"), []);
    assert_eq!(pushed(&mut crlf, b"\n"), [Item::line(b"ab", 0, 1, End::CrLf)]);

    let mut data = splitter(2);
    assert_eq!(pushed(&mut data, b"ab\r"), []);
    assert_eq!(pushed(&mut data, b"\r"), [Item::TooLong { offset: 0, number: 1 }]);

    let mut last = splitter(2);
    assert_eq!(pushed(&mut last, b"ab\r"), []);
    assert!(matches!(last.finish(), Some(Err(TooLong { offset: 0, number: 1, limit: 2, .. }))));
    assert_eq!(last.position(), Position { offset: 3, number: 2 });
    assert!(last.finish().is_none());
}

#[test]
fn an_over_long_last_line_is_reported_and_passed_to_its_end() {
    let mut splitter = splitter(3);

    assert_eq!(
        pushed(&mut splitter, b"one\nfour"),
        [Item::line(b"one", 0, 1, End::Lf), Item::TooLong { offset: 4, number: 2 },]
    );
    assert!(splitter.finish().is_none());
    assert_eq!(splitter.position(), Position { offset: 8, number: 3 });
}

#[test]
fn into_parts_within_an_over_long_line_has_nothing_to_give_back() {
    let input = b"one\nmuch too long\ntwo\n";
    let mut reader = LineReader::with_config(&input[..], Config::new().max_line(5), 12);
    assert!(reader.next_line().is_ok());
    assert!(reader.next_line().is_err());
    assert_eq!(reader.read_offset(), 12);

    let (inner, unread, position) = reader.into_parts();

    assert_eq!(unread, b"");
    assert_eq!(inner, &input[12..]);
    assert_eq!(position, Position { offset: 4, number: 2 });
}

#[test]
fn a_limit_of_nothing_passes_empty_lines() {
    assert_eq!(
        pushed(&mut splitter(0), b"\n\r\nx\n"),
        [
            Item::line(b"", 0, 1, End::Lf),
            Item::line(b"", 1, 2, End::CrLf),
            Item::TooLong { offset: 3, number: 3 },
        ]
    );
}
