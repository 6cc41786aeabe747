//! What the splitter makes of endings and chunks.

use linereader::{Config, Delimiter, End, Splitter};

use crate::naive::Item;

fn split(chunks: &[&[u8]]) -> Vec<Item> {
    let mut splitter = Splitter::new(Config::new());
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
fn an_empty_input_has_no_lines() {
    assert_eq!(split(&[]), []);
    assert_eq!(split(&[b"", b""]), []);
}

#[test]
fn empty_lines_are_lines() {
    let expected = [Item::line(b"", 0, 1, End::Lf), Item::line(b"", 1, 2, End::CrLf)];
    assert_eq!(split(&[b"\n\r\n"]), expected);
}

#[test]
fn a_lone_carriage_return_is_data() {
    assert_eq!(split(&[b"a\rb\n"]), [Item::line(b"a\rb", 0, 1, End::Lf)]);
    assert_eq!(split(&[b"a\r\r\n"]), [Item::line(b"a\r", 0, 1, End::CrLf)]);
}

#[test]
fn a_carriage_return_before_the_end_of_input_is_data() {
    assert_eq!(split(&[b"x\r"]), [Item::line(b"x\r", 0, 1, End::Eof)]);
}

#[test]
fn a_crlf_across_chunks_is_one_ending() {
    let expected = [Item::line(b"x", 0, 1, End::CrLf), Item::line(b"y", 3, 2, End::Lf)];
    assert_eq!(split(&[b"x\r", b"\ny\n"]), expected);
    assert_eq!(split(&[b"x", b"\r", b"", b"\n", b"y\n"]), expected);
}

#[test]
fn bytes_that_are_not_text_pass_unchanged() {
    let mut splitter = Splitter::new(Config::new());
    let mut lines = splitter.push(b"\xef\xbb\xbf\xff\0\n");
    let line = lines.next().unwrap().unwrap();

    assert_eq!(line.bytes(), b"\xef\xbb\xbf\xff\0");
    assert!(line.to_str().is_err());
}

#[test]
fn a_line_shows_its_bytes_as_text() {
    let mut splitter = Splitter::new(Config::new());
    let mut lines = splitter.push(b"a\"\0\r\n");

    let batch = lines.next_batch().unwrap().unwrap();

    let shown = r#"[Line { bytes: b"a\"\x00", offset: 0, number: 1, end: CrLf }]"#;
    assert_eq!(format!("{batch:?}"), shown);
    assert_eq!(format!("{:?}", batch.iter()), shown);
}

#[test]
fn a_splitter_shows_where_it_stands_and_nothing_of_its_buffers() {
    let mut splitter = Splitter::new(Config::new());
    let mut lines = splitter.push(b"one\ntwo");
    assert!(lines.next().is_some());

    let shown = format!("{lines:?}");

    assert!(shown.contains("position: Position { offset: 4, number: 2 }, pending: 0"), "{shown}");
    assert!(shown.starts_with("Lines { ") && shown.ends_with("rest: 3, .. }"), "{shown}");
}

#[test]
fn a_line_within_a_chunk_is_not_copied() {
    let chunk = b"one\ntwo\n";
    let mut splitter = Splitter::new(Config::new());
    let mut lines = splitter.push(chunk);

    while let Some(line) = lines.next() {
        assert!(chunk.as_ptr_range().contains(&line.unwrap().bytes().as_ptr()));
    }
}

#[test]
fn an_unfinished_line_is_held_until_it_ends_or_the_caller_says_so() {
    let mut splitter = Splitter::new(Config::new());
    assert!(splitter.push(b"tw").next().is_none());
    assert_eq!(splitter.pending(), 2);

    let line = splitter.push(b"o\n").next().map(|line| Item::from(line.unwrap()));

    assert_eq!(line, Some(Item::line(b"two", 0, 1, End::Lf)));
    assert_eq!(splitter.pending(), 0);
    assert!(splitter.finish().is_none());
}

#[test]
fn a_batch_is_read_from_both_ends() {
    let mut splitter = Splitter::new(Config::new());
    let mut lines = splitter.push(b"one\r\ntwo\nthree\nrest");
    let batch = lines.next_batch().unwrap().unwrap();

    assert_eq!((batch.len(), batch.is_empty()), (3, false));
    assert_eq!(batch.bytes(), b"one\r\ntwo\nthree");
    let mut iter = batch.iter();
    assert_eq!(iter.len(), 3);
    assert_eq!(iter.next_back().map(Item::from), Some(Item::line(b"three", 9, 3, End::Lf)));
    assert_eq!(iter.next().map(Item::from), Some(Item::line(b"one", 0, 1, End::CrLf)));
    assert_eq!(iter.next().map(Item::from), Some(Item::line(b"two", 5, 2, End::Lf)));
    assert_eq!((iter.next(), iter.next_back(), iter.len()), (None, None, 0));
    assert_eq!(batch.get(3), None);
}

#[test]
fn a_batch_has_the_same_lines_from_either_end_and_by_index() {
    for delimiter in [Delimiter::Lf, Delimiter::Universal, Delimiter::Byte(b'\n')] {
        let mut splitter = Splitter::new(Config::new().delimiter(delimiter));
        let mut lines = splitter.push(b"zero\none\r\n\nthree\nfour\n");
        assert!(lines.next().is_some());
        let batch = lines.next_batch().unwrap().unwrap();

        for ends in 0..16_u8 {
            let mut iter = batch.iter();
            let (mut front, mut back) = (0, 4);
            for turn in 0..4 {
                if ends >> turn & 1 == 0 {
                    assert_eq!(iter.next(), batch.get(front));
                    front += 1;
                } else {
                    back -= 1;
                    assert_eq!(iter.next_back(), batch.get(back));
                }
            }
            assert_eq!((iter.len(), iter.next(), iter.next_back()), (0, None, None));
        }
    }
}

#[test]
fn what_both_ends_have_taken_of_a_batch_is_not_visited_again() {
    let mut splitter = Splitter::new(Config::new());
    assert!(splitter.push(b"o").next().is_none());
    let mut lines = splitter.push(b"ne\ntwo\nthree\nfour\n");
    let carried = lines.next_batch().unwrap().unwrap();
    let mut iter = carried.iter();
    assert_eq!(iter.next_back().map(|line| line.bytes()), Some(&b"one"[..]));
    assert_eq!(iter.fold(0, |count, _| count + 1), 0);

    let batch = lines.next_batch().unwrap().unwrap();
    for (front, back) in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (0, 3)] {
        let mut iter = batch.iter();
        iter.by_ref().take(front).for_each(drop);
        iter.by_ref().rev().take(back).for_each(drop);

        let numbers = iter.fold(Vec::new(), |mut numbers, line| {
            numbers.push(line.number());
            numbers
        });

        assert_eq!(numbers, (2..5).skip(front).take(3 - front - back).collect::<Vec<_>>());
    }
}

#[test]
fn safe_code_alone_finds_the_same_lines() {
    let input: Vec<u8> = (0..3000).map(|at| b"ab\n\r\0"[at * at % 7 % 5]).collect();
    let lines = |config: Config| {
        let mut splitter = Splitter::new(config);
        let mut pushed = splitter.push(&input);
        let mut items = Vec::new();
        while let Some(line) = pushed.next() {
            items.push(Item::from(line.unwrap()));
        }
        items
    };

    for delimiter in [Delimiter::Lf, Delimiter::Byte(0), Delimiter::Universal] {
        let config = Config::new().delimiter(delimiter);

        assert_eq!(lines(config.portable(true)), lines(config), "{delimiter:?}");
    }
}
