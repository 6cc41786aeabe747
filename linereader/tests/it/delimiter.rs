//! What ends a line, and what the first bytes of an input are.

use linereader::{Bom, Config, Delimiter, End, OnLong, Position, Splitter};

use crate::naive::{Item, items_by};

fn split(config: Config, chunks: &[&[u8]]) -> Vec<Item> {
    let mut splitter = Splitter::new(config);
    let mut found = Vec::new();
    for chunk in chunks {
        let mut lines = splitter.push(chunk);
        while let Some(line) = lines.next() {
            found.push(line.map_or_else(Item::from, Item::from));
        }
    }
    found.extend(splitter.finish().map(|line| line.map_or_else(Item::from, Item::from)));
    found
}

#[test]
fn a_byte_ends_lines_and_nothing_else_does() {
    let config = Config::new().delimiter(Delimiter::Byte(0));

    let found = split(config, &[b"one\r\n\0two\0\0three"]);

    let expected = [
        Item::line(b"one\r\n", 0, 1, End::Delimiter),
        Item::line(b"two", 6, 2, End::Delimiter),
        Item::line(b"", 10, 3, End::Delimiter),
        Item::line(b"three", 11, 4, End::Eof),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_line_feed_as_a_byte_leaves_the_carriage_return_in_the_content() {
    let config = Config::new().delimiter(Delimiter::Byte(b'\n'));

    assert_eq!(split(config, &[b"x\r\n"]), [Item::line(b"x\r", 0, 1, End::Delimiter)]);
}

#[test]
fn universal_newlines_tell_three_endings_apart() {
    let config = Config::new().delimiter(Delimiter::Universal);

    let found = split(config, &[b"a\rb\r\nc\n\r\r\n\nd\r"]);

    let expected = [
        Item::line(b"a", 0, 1, End::Cr),
        Item::line(b"b", 2, 2, End::CrLf),
        Item::line(b"c", 5, 3, End::Lf),
        Item::line(b"", 7, 4, End::Cr),
        Item::line(b"", 8, 5, End::CrLf),
        Item::line(b"", 10, 6, End::Lf),
        Item::line(b"d", 11, 7, End::Cr),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_carriage_return_at_the_end_of_a_chunk_waits_for_the_next_byte() {
    let mut splitter = Splitter::new(Config::new().delimiter(Delimiter::Universal));
    assert!(splitter.push(b"a\r").next().is_none());
    assert!(splitter.push(b"").next().is_none());
    assert_eq!((splitter.position(), splitter.pending()), (Position::START, 2));

    let mut lines = splitter.push(b"b\r");
    let first = lines.next().map(|line| Item::from(line.unwrap()));
    assert_eq!(first, Some(Item::line(b"a", 0, 1, End::Cr)));
    assert!(lines.next().is_none());

    let mut lines = splitter.push(b"\nc");
    let second = lines.next().map(|line| Item::from(line.unwrap()));
    assert_eq!(second, Some(Item::line(b"b", 2, 2, End::CrLf)));
}

#[test]
fn a_byte_order_mark_is_stripped_on_request_however_it_is_cut() {
    let strip = Config::new().bom(Bom::Strip).max_line(3);
    let chunks: [&[&[u8]]; 3] = [
        &[b"\xef\xbb\xbfone\n"],
        &[b"\xef", b"\xbb", b"\xbf", b"one\n"],
        &[b"\xef\xbb", b"", b"\xbfo", b"ne\n"],
    ];

    for chunks in chunks {
        assert_eq!(split(strip, chunks), [Item::line(b"one", 3, 1, End::Lf)]);
        let kept = split(Config::new(), chunks);
        assert_eq!(kept, [Item::line(b"\xef\xbb\xbfone", 0, 1, End::Lf)]);
    }
}

#[test]
fn half_a_byte_order_mark_is_content() {
    let strip = Config::new().bom(Bom::Strip);

    assert_eq!(split(strip, &[b"\xef", b"\xbb"]), [Item::line(b"\xef\xbb", 0, 1, End::Eof)]);
    assert_eq!(split(strip, &[b"\xef", b"x\n"]), [Item::line(b"\xefx", 0, 1, End::Lf)]);
}

#[test]
fn an_input_of_a_byte_order_mark_has_no_lines() {
    let mut splitter = Splitter::new(Config::new().bom(Bom::Strip));

    assert!(splitter.push(b"\xef\xbb\xbf").next().is_none());

    assert!(splitter.finish().is_none());
    assert_eq!(splitter.position(), Position { offset: 3, number: 1 });
}

#[test]
fn a_byte_order_mark_elsewhere_is_content() {
    let strip = Config::new().bom(Bom::Strip);
    let second = split(strip, &[b"\n\xef\xbb\xbf"]);
    assert_eq!(second.last(), Some(&Item::line(b"\xef\xbb\xbf", 1, 2, End::Eof)));

    let at = Position { offset: 10, number: 2 };
    let mut resumed = Splitter::resume(strip, at);
    let line = resumed.push(b"\xef\xbb\xbf\n").next().map(|line| Item::from(line.unwrap()));
    assert_eq!(line, Some(Item::line(b"\xef\xbb\xbf", 10, 2, End::Lf)));
}

#[test]
fn a_byte_of_the_mark_that_is_the_delimiter_ends_lines_however_they_are_cut() {
    for delimiter in *b"\xef\xbb\xbf" {
        let delimiter = Delimiter::Byte(delimiter);
        let config = Config::new().bom(Bom::Strip).delimiter(delimiter);

        for input in [&b"\xef\xbb\xbfone"[..], b"\xef\xbb\xbf", b"\xef\xbb", b"\xefx\xbb\xbf"] {
            let expected = items_by(input, 1 << 20, delimiter, OnLong::Error, Bom::Strip);
            let bytes: Vec<_> = input.chunks(1).collect();
            assert_eq!(split(config, &bytes), expected);
            assert_eq!(split(config, &[input]), expected);
        }
    }
}

#[test]
fn asking_on_after_half_a_byte_order_mark_changes_nothing() {
    let mut splitter =
        Splitter::new(Config::new().bom(Bom::Strip).delimiter(Delimiter::Byte(0xef)));

    let mut lines = splitter.push(b"\xef");
    assert!(matches!(lines.next(), Some(Ok(line)) if line.bytes().is_empty()));
    assert!(lines.next().is_none());
    assert!(lines.next().is_none());

    assert!(splitter.finish().is_none());
}

#[test]
fn asking_on_between_the_halves_of_a_byte_order_mark_changes_nothing() {
    let mut splitter = Splitter::new(Config::new().bom(Bom::Strip));
    let mut lines = splitter.push(b"\xef\xbb");
    assert!(lines.next().is_none());
    assert!(lines.next().is_none());

    let line = splitter.push(b"\xbfone\n").next().map(|line| Item::from(line.unwrap()));

    assert_eq!(line, Some(Item::line(b"one", 3, 1, End::Lf)));
}
