//! Lines grouped into records.

use linereader::{Config, End, Line, OnLong, Position, RecordSplitter, TooLong};
use proptest::prelude::*;

use crate::differential::{Choice, DELIMITERS, POLICIES, input};
use crate::naive::{Item, records_by};

fn item(record: Result<Line<'_>, TooLong>) -> Item {
    record.map_or_else(Item::from, Item::from)
}

fn is_start(line: &[u8]) -> bool {
    line.first() == Some(&b'a')
}

fn split(chunks: &[&[u8]], config: Config) -> Vec<Item> {
    let mut splitter = RecordSplitter::new(config, is_start);
    let mut found = Vec::new();
    for chunk in chunks {
        let mut records = splitter.push(chunk);
        while let Some(record) = records.next() {
            found.push(item(record));
        }
    }
    while let Some(record) = splitter.finish() {
        found.push(item(record));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn records_are_those_of_the_twin(
        input in input(),
        size in 1..300_usize,
        limit in prop_oneof![1..12_usize, 12..2000_usize],
        delimiter in prop::sample::select(DELIMITERS.to_vec()),
        on_long in prop::sample::select(POLICIES.to_vec()),
    ) {
        let choice = Choice { delimiter, on_long, ..Choice::DEFAULT };
        let chunks: Vec<_> = input.chunks(size).collect();

        let found = split(&chunks, choice.config(limit));

        prop_assert_eq!(found, records_by(&input, limit, delimiter, on_long, is_start));
    }
}

#[test]
fn a_stack_trace_is_one_record() {
    let log = b"a: thrown\r\n  at x\r\n  at y\r\na: next\n";

    let expected = [
        Item::line(b"a: thrown\r\n  at x\r\n  at y", 0, 1, End::CrLf),
        Item::line(b"a: next", 27, 4, End::Lf),
    ];
    assert_eq!(split(&[log], Config::new()), expected);
}

#[test]
fn what_comes_before_the_first_start_is_a_record_of_its_own() {
    let expected = [Item::line(b"x\ny", 0, 1, End::Lf), Item::line(b"a", 4, 3, End::Eof)];
    assert_eq!(split(&[b"x\n", b"y\na"], Config::new()), expected);
}

#[test]
fn a_record_over_the_limit_is_reported_once_and_counted() {
    let config = Config::new().max_line(8);
    let mut splitter = RecordSplitter::new(config, is_start);
    let mut records = splitter.push(b"a\n1234\n5678\n9\na next\n");

    let first = records.next().map(item);
    assert_eq!(first, Some(Item::TooLong { offset: 0, number: 1 }));
    assert!(records.next().is_none());

    assert_eq!(splitter.overlong(), 1);
    assert_eq!(splitter.position(), Position { offset: 14, number: 5 });
    assert_eq!(splitter.finish().map(item), Some(Item::line(b"a next", 14, 5, End::Lf)));
    assert_eq!(splitter.position(), Position { offset: 21, number: 6 });
}

#[test]
fn a_record_is_cut_into_parts_across_its_lines() {
    let config = Config::new().max_line(4).on_long(OnLong::Parts);
    let part = |bytes: &[u8], offset, end, first| Item::Line {
        bytes: bytes.to_vec(),
        offset,
        number: 1,
        end,
        first,
    };

    let expected = [part(b"a\nbc", 0, End::Cut, true), part(b"d\ne", 4, End::Eof, false)];
    assert_eq!(split(&[b"a\nbcd\ne"], config), expected);
}
