//! What the reader does with errors, with the end and with what follows it.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use linereader::{Bom, Config, Delimiter, End, Line, LineReader, Position, ReadError};

use crate::faulty::{Faulty, Step};
use crate::naive::{Item, items};

fn text(line: Option<Line<'_>>) -> Option<&str> {
    line.and_then(|line| line.to_str().ok())
}

#[test]
fn would_block_in_mid_line_keeps_the_line() {
    let script = [Step::Give(6), Step::Fail(ErrorKind::WouldBlock), Step::Give(6)];
    let mut reader = LineReader::new(Faulty::new(b"aaa\nbbbb\ncc\n", script));

    assert_eq!(text(reader.next_line().unwrap()), Some("aaa"));
    let error = reader.next_line().unwrap_err();
    assert!(matches!(error, ReadError::Io(error) if error.kind() == ErrorKind::WouldBlock));
    assert_eq!(text(reader.next_line().unwrap()), Some("bbbb"));
    assert_eq!(text(reader.next_line().unwrap()), Some("cc"));
    assert!(reader.next_line().unwrap().is_none());
}

#[test]
fn an_unfinished_first_line_is_not_handed_out_on_an_error() {
    let script = [Step::Give(2), Step::Fail(ErrorKind::WouldBlock)];
    let mut reader = LineReader::new(Faulty::new(b"bbbb\n", script));

    assert!(reader.next_line().is_err());
    assert_eq!(text(reader.next_line().unwrap()), Some("bbbb"));
}

#[test]
fn the_same_script_makes_std_lose_half_a_line() {
    let script = [Step::Give(2), Step::Fail(ErrorKind::WouldBlock)];
    let mut lines = BufReader::new(Faulty::new(b"bbbb\n", script)).lines();

    assert!(lines.next().unwrap().is_err());
    assert_eq!(lines.next().unwrap().unwrap(), "bb");
}

#[test]
fn an_interrupted_read_is_repeated() {
    let script = [Step::Give(2), Step::Fail(ErrorKind::Interrupted), Step::Give(1)];
    let mut reader = LineReader::new(Faulty::new(b"bbbb\n", script));

    assert_eq!(text(reader.next_line().unwrap()), Some("bbbb"));
}

#[test]
fn a_failed_read_tells_the_byte_it_failed_at_and_stays_there() {
    let failures = [Step::Fail(ErrorKind::Other); 3];
    let script = [Step::Give(6)].into_iter().chain(failures);
    let mut reader = LineReader::new(Faulty::new(b"aaa\nbbbb\n", script));
    assert!(reader.next_line().is_ok());

    for _ in failures {
        assert!(matches!(reader.next_line(), Err(ReadError::Io(_))));
        assert_eq!(reader.read_offset(), 6);
        assert_eq!(reader.position(), Position { offset: 4, number: 2 });
    }
    assert_eq!(text(reader.next_line().unwrap()), Some("bbbb"));
}

#[test]
fn a_reader_that_claims_too_many_bytes_is_an_error() {
    struct Liar;
    impl Read for Liar {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            Ok(buffer.len() + 1)
        }
    }

    assert!(matches!(LineReader::new(Liar).next_line(), Err(ReadError::Io(_))));
}

#[test]
fn a_missing_last_newline_is_visible() {
    let with = LineReader::new(&b"x\n"[..]).next_line().unwrap().map(|line| line.end());
    let without = LineReader::new(&b"x"[..]).next_line().unwrap().map(|line| line.end());

    assert_eq!((with, without), (Some(End::Lf), Some(End::Eof)));
}

#[test]
fn an_input_that_grows_after_its_end_goes_on() {
    let mut reader = LineReader::new(Faulty::new(b"one\ntw", []));
    let mut found = Vec::new();

    while let Some(line) = reader.next_line().unwrap() {
        found.push(Item::from(line));
    }
    reader.inner_mut().grow(b"o\nthree\n");
    while let Some(line) = reader.next_line().unwrap() {
        found.push(Item::from(line));
    }

    let expected = [
        Item::line(b"one", 0, 1, End::Lf),
        Item::line(b"tw", 4, 2, End::Eof),
        Item::line(b"o", 6, 3, End::Lf),
        Item::line(b"three", 8, 4, End::Lf),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_short_line_kept_for_long_keeps_no_buffer_with_it() {
    let mut reader = LineReader::new(&b"short\nlonger\n"[..]);
    let line = reader.next_line().unwrap().unwrap();
    let lent = line.bytes().as_ptr();

    let kept = line.to_owned();
    drop(reader);

    assert_ne!(kept.bytes().as_ptr(), lent);
    let bytes = kept.into_bytes();
    assert_eq!((&bytes[..], bytes.capacity()), (&b"short"[..], 5));
}

#[test]
fn for_each_goes_on_behind_an_error() {
    let input = b"one\nfar too long\ntwo\nthree";
    let script = [Step::Give(19), Step::Fail(ErrorKind::WouldBlock)];
    let config = Config::new().max_line(5);
    let mut reader = LineReader::with_config(Faulty::new(input, script), config, 1024);
    let mut found = Vec::new();
    let mut errors = 0;

    while reader.for_each(|line| found.push(line.bytes().to_vec())).is_err() {
        errors += 1;
    }

    assert_eq!(found, [&b"one"[..], b"two", b"three"]);
    assert_eq!(errors, 2);
}

#[test]
fn into_parts_gives_back_all_that_was_read() {
    let input = b"one\r\ntwo\nthree three three\nfour";
    let lines = items(input, usize::MAX);

    for taken in 0..=lines.len() {
        for capacity in [1, 4, 9, 1024] {
            let mut reader = LineReader::with_config(&input[..], Config::new(), capacity);
            for _ in 0..taken {
                assert!(reader.next_line().unwrap().is_some());
            }

            let (inner, unread, position) = reader.into_parts();

            let rest = [&unread[..], inner].concat();
            assert_eq!(rest, &input[position.offset as usize..]);
            assert_eq!(position.number, taken as u64 + 1);
        }
    }
}

#[test]
fn into_parts_in_mid_line_gives_back_its_beginning() {
    let script = [Step::Give(6), Step::Fail(ErrorKind::WouldBlock)];
    let mut reader = LineReader::new(Faulty::new(b"aaa\nbbbb\n", script));
    assert!(reader.next_line().is_ok());
    assert!(reader.next_line().is_err());

    let (_, unread, position) = reader.into_parts();

    assert_eq!(unread, b"bb");
    assert_eq!(position, Position { offset: 4, number: 2 });
}

#[test]
fn a_reader_taken_apart_where_a_read_failed_gives_back_every_byte_before() {
    let input = b"\xef\xbb\xbfone\r\n\nthree three three\r\nfour\r";
    let bom = Config::new().bom(Bom::Strip);
    let choices = [bom, bom.delimiter(Delimiter::Universal), Config::new().max_line(17)];

    for (config, capacity) in choices.into_iter().flat_map(|c| [1, 2, 4, 9, 24, 64].map(|n| (c, n)))
    {
        for at in 0..=input.len() {
            let before = std::iter::repeat_n(Step::Give(1), at);
            let script = before.chain([Step::Fail(ErrorKind::WouldBlock)]);
            let mut reader = LineReader::with_config(Faulty::new(input, script), config, capacity);
            while !matches!(reader.next_line(), Err(ReadError::Io(_))) {}
            assert_eq!(reader.read_offset(), at as u64);

            let (mut inner, mut unread, position) = reader.into_parts();

            assert_eq!(unread, &input[position.offset as usize..at]);
            inner.read_to_end(&mut unread).unwrap();
            assert_eq!(unread, &input[position.offset as usize..]);
        }
    }
}

#[test]
fn a_reader_resumed_at_any_line_reads_the_rest() {
    let input = b"one\r\ntwo\n\nfour";
    let all = items(input, usize::MAX);

    for (index, item) in all.iter().enumerate() {
        let Item::Line { offset, number, .. } = *item else { continue };
        let at = Position { offset, number };
        let rest = &input[offset as usize..];
        let mut reader = LineReader::resume(rest, Config::new(), 3, at);

        let mut found = Vec::new();
        while let Some(line) = reader.next_line().unwrap() {
            found.push(Item::from(line));
        }

        assert_eq!(found, all[index..]);
    }
}
