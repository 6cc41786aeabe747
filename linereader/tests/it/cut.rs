//! An input divided among workers.

use std::io::{self, ErrorKind};

use linereader::{
    Config, DEFAULT_CAPACITY, Delimiter, LineReader, Position, ReadAt, ReadError, Section, cut,
    cut_at,
};
use proptest::prelude::*;

use crate::differential::{Choice, DELIMITERS, input};
use crate::naive::Item;

/// What workers find that read one range each, with their numbers put behind one another.
fn read_ranges(input: &[u8], count: usize, delimiter: Delimiter) -> Result<Vec<Item>, ReadError> {
    let config = Config::new().delimiter(delimiter);
    let mut found = Vec::new();
    let mut before = 0;
    for range in cut_at(input, 0..input.len() as u64, count, delimiter).map_err(ReadError::Io)? {
        let at = Position { offset: range.start, number: 1 };
        let mut reader = LineReader::resume(Section::new(input, range), config, 100, at);
        while let Some(line) = reader.next_line()? {
            let mut item = Item::from(line);
            if let Item::Line { number, .. } = &mut item {
                *number += before;
            }
            found.push(item);
        }
        before += reader.position().number - 1;
    }
    Ok(found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn each_line_belongs_to_exactly_one_worker(
        input in input(),
        count in 0..12_usize,
        delimiter in prop::sample::select(DELIMITERS.to_vec()),
    ) {
        let whole = Choice { delimiter, ..Choice::DEFAULT }.items(&input, usize::MAX);

        prop_assert_eq!(read_ranges(&input, count, delimiter).unwrap(), whole);
        let pieces: Vec<_> = cut(&input, count, delimiter).collect();
        prop_assert!(pieces.len() <= count.max(1) && pieces.iter().all(|piece| !piece.is_empty()));
        prop_assert_eq!(pieces.concat(), &input[..]);
        let ranges = cut_at(&input[..], 0..input.len() as u64, count, delimiter).unwrap();
        let lengths = ranges.iter().map(|range| (range.end - range.start) as usize);
        prop_assert!(lengths.eq(pieces.iter().map(|piece| piece.len())));
    }
}

#[test]
fn pieces_of_short_lines_are_about_as_long_as_one_another() {
    let input = b"0123456789abcde\n".repeat(1000);

    let lengths: Vec<_> = cut(&input, 8, Delimiter::Lf).map(<[u8]>::len).collect();

    assert_eq!(lengths, [2000; 8]);
}

#[test]
fn a_line_that_spans_several_cuts_goes_to_one_worker() {
    let mut input = vec![b'x'; 100_000];
    input.extend_from_slice(b"\r\nnext\n");

    for delimiter in [Delimiter::Lf, Delimiter::Universal] {
        let ranges = cut_at(&input[..], 0..input.len() as u64, 9, delimiter).unwrap();
        assert_eq!(ranges, [0..100_002, 100_002..100_007]);
    }
}

#[test]
fn a_range_in_the_middle_is_cut_within_itself() {
    let input = b"head\none\ntwo\ntail";

    let ranges = cut_at(&input[..], 5..13, 2, Delimiter::Lf).unwrap();

    assert_eq!(ranges, [5..9, 9..13]);
    assert_eq!(cut_at(&input[..], 5..5, 2, Delimiter::Lf).unwrap(), []);
}

#[test]
fn a_file_is_read_by_threads_at_once() {
    let path = std::env::temp_dir().join(format!("linereader-cut-{}", std::process::id()));
    let text: String = (0..5000).map(|index| format!("line {index}\n")).collect();
    std::fs::write(&path, &text).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let ranges = cut_at(&file, 0..text.len() as u64, 4, Delimiter::Lf).unwrap();

    let count = |range| {
        let mut reader = LineReader::new(Section::new(&file, range));
        reader.for_each(|_| {}).unwrap();
        reader.position().number - 1
    };
    let counts: Vec<u64> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            ranges.into_iter().map(|range| scope.spawn(move || count(range))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    std::fs::remove_file(&path).unwrap();

    assert_eq!(counts.len(), 4);
    assert_eq!(counts.iter().sum::<u64>(), 5000);
}

#[test]
fn a_failure_to_read_is_told_and_an_interruption_is_not() {
    struct Failing(ErrorKind, std::cell::Cell<u32>);
    impl ReadAt for Failing {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            self.1.set(self.1.get() + 1);
            if self.1.get() < 3 {
                return Err(self.0.into());
            }
            b"one\ntwo\n".read_at(buffer, offset)
        }
    }

    let interrupted = Failing(ErrorKind::Interrupted, 0.into());
    assert_eq!(cut_at(&interrupted, 0..8, 2, Delimiter::Lf).unwrap(), [0..4, 4..8]);
    let broken = Failing(ErrorKind::Other, 0.into());
    assert!(cut_at(&broken, 0..8, 2, Delimiter::Lf).is_err());
}

#[test]
fn an_input_that_became_shorter_ends_early() {
    let input = b"one\ntwo\n";
    let mut reader =
        LineReader::with_config(Section::new(&input[..], 4..1000), Config::new(), DEFAULT_CAPACITY);

    assert_eq!(reader.next_line().unwrap().map(|line| line.bytes()), Some(&b"two"[..]));
    assert!(reader.next_line().unwrap().is_none());
}
