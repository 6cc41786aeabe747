//! Lines over the limit: neither silent nor fatal.

use std::io::ErrorKind;

use linereader::{
    Config, Delimiter, End, LineReader, OnLong, Position, ReadError, Splitter, TooLong,
};

use crate::faulty::{Faulty, Step};
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
fn a_carriage_return_over_the_limit_is_content_where_a_byte_ends_lines() {
    let config = Config::new().delimiter(Delimiter::Byte(0)).max_line(2);
    let mut splitter = Splitter::new(config);

    assert_eq!(pushed(&mut splitter, b"ab\r"), [Item::TooLong { offset: 0, number: 1 }]);
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
    for on_long in [OnLong::Error, OnLong::Truncate, OnLong::Skip] {
        // What comes behind the first twelve bytes is not there yet.
        let steps = [Step::Give(12), Step::Fail(ErrorKind::WouldBlock)];
        let config = Config::new().max_line(5).on_long(on_long);
        let mut reader = LineReader::with_config(Faulty::new(input, steps), config, 12);
        while !matches!(reader.next_line(), Err(ReadError::Io(_))) {}
        assert_eq!(reader.read_offset(), 12);

        let (_, unread, position) = reader.into_parts();

        assert_eq!(unread, b"", "{on_long:?}");
        assert_eq!(position, Position { offset: 4, number: 2 });
    }
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

fn under(on_long: OnLong, limit: usize) -> Splitter {
    Splitter::new(Config::new().max_line(limit).on_long(on_long))
}

#[test]
fn every_policy_counts_the_lines_over_the_limit_once() {
    let input = b"one\nmuch too long\ntwo\nagain too long\nlast, and too long";

    for on_long in [OnLong::Error, OnLong::Truncate, OnLong::Skip, OnLong::Parts] {
        for size in [1, 3, input.len()] {
            let mut splitter = under(on_long, 5);
            for chunk in input.chunks(size) {
                pushed(&mut splitter, chunk);
            }
            while splitter.finish().is_some() {}

            let config = Config::new().max_line(5).on_long(on_long);
            let mut reader = LineReader::with_config(&input[..], config, size);
            while reader.for_each(|_| {}).is_err() {}

            assert_eq!((splitter.overlong(), reader.overlong()), (3, 3), "{on_long:?} by {size}");
            assert_eq!(splitter.position(), Position { offset: input.len() as u64, number: 6 });
        }
    }
}

#[test]
fn a_truncated_line_is_flagged_and_tells_where_it_was_cut() {
    let mut splitter = under(OnLong::Truncate, 4);
    let mut lines = splitter.push(b"123456\n");

    let line = lines.next().unwrap().unwrap();

    assert_eq!((line.bytes(), line.end(), line.next_offset()), (&b"1234"[..], End::Cut, 4));
    assert!(line.is_first() && !line.is_last());
}

#[test]
fn a_truncated_line_comes_before_its_end_does() {
    let mut splitter = under(OnLong::Truncate, 4);

    assert_eq!(pushed(&mut splitter, b"123"), []);
    assert_eq!(pushed(&mut splitter, b"45"), [Item::line(b"1234", 0, 1, End::Cut)]);
    assert_eq!(pushed(&mut splitter, b"6789"), []);
    assert_eq!((splitter.position(), splitter.pending()), (Position::START, 9));
    assert_eq!(pushed(&mut splitter, b"\nx\n"), [Item::line(b"x", 10, 2, End::Lf)]);
}

#[test]
fn skipped_lines_keep_their_numbers() {
    let found = pushed(&mut under(OnLong::Skip, 3), b"one\ntoo long\ntwo\n");

    assert_eq!(found, [Item::line(b"one", 0, 1, End::Lf), Item::line(b"two", 13, 3, End::Lf)]);
}

#[test]
fn parts_make_up_the_line() {
    let mut splitter = under(OnLong::Parts, 4);
    let mut text = Vec::new();

    let mut lines = splitter.push(b"12345678\r\n");
    while let Some(part) = lines.next() {
        let part = part.unwrap();
        text.push((part.offset(), part.bytes().to_vec(), part.end(), part.is_first()));
    }

    let first = (0, b"1234".to_vec(), End::Cut, true);
    assert_eq!(text, [first, (4, b"5678".to_vec(), End::CrLf, false)]);
}

#[test]
fn a_last_part_may_be_known_only_at_the_end_of_input() {
    let mut splitter = under(OnLong::Parts, 2);
    assert_eq!(pushed(&mut splitter, b"ab\r"), []);

    let first = splitter.finish().map(|part| Item::from(part.unwrap()));
    let second = splitter.finish().map(|part| Item::from(part.unwrap()));

    assert_eq!(first, Some(Item::line(b"ab", 0, 1, End::Cut)));
    let (bytes, end) = (b"\r".to_vec(), End::Eof);
    assert_eq!(second, Some(Item::Line { bytes, offset: 2, number: 1, end, first: false }));
    assert!(splitter.finish().is_none());
}

#[test]
fn parts_of_a_limit_of_nothing_have_one_byte() {
    let found = pushed(&mut under(OnLong::Parts, 0), b"\nab\n");

    let end = End::Lf;
    let last = Item::Line { bytes: b"b".to_vec(), offset: 2, number: 2, end, first: false };
    assert_eq!(found, [Item::line(b"", 0, 1, end), Item::line(b"a", 1, 2, End::Cut), last]);
}

#[test]
fn parts_of_one_chunk_lie_in_it() {
    let chunk = [b'x'; 1000];
    let mut splitter = under(OnLong::Parts, 7);
    let mut lines = splitter.push(&chunk);
    let mut parts = 0;

    while let Some(part) = lines.next() {
        assert!(chunk.as_ptr_range().contains(&part.unwrap().bytes().as_ptr()));
        parts += 1;
    }

    assert_eq!((parts, splitter.pending()), (142, 1000));
}
