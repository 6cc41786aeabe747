//! Splitter and reader against the twin, over random inputs, chunks, limits and errors.

use std::io::{BufRead, ErrorKind};

use linereader::{Bom, Config, Delimiter, End, LineReader, OnLong, ReadError, Splitter};
use proptest::prelude::*;

use crate::faulty::{Faulty, Step};
use crate::naive::{Item, items_by};

/// Short runs of few different bytes, so that endings and near-endings are everywhere.
pub(crate) fn input() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'\n'),
        4 => Just(b'\r'),
        1 => Just(0),
        2 => Just(b'a'),
        1 => any::<u8>(),
    ];
    let mark = prop::sample::select(vec![&b""[..], b"", b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"]);
    let count = prop_oneof![8 => 1..4_usize, 3 => 4..40_usize, 1 => 40..900_usize];
    (mark, prop::collection::vec((byte, count), 0..60)).prop_map(|(mark, runs)| {
        let runs = runs.into_iter().flat_map(|(byte, count)| std::iter::repeat_n(byte, count));
        mark.iter().copied().chain(runs).collect()
    })
}

/// All that can be configured but the limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) delimiter: Delimiter,
    pub(crate) on_long: OnLong,
    pub(crate) bom: Bom,
    pub(crate) portable: bool,
}

impl Choice {
    pub(crate) const DEFAULT: Self =
        Self { delimiter: Delimiter::Lf, on_long: OnLong::Error, bom: Bom::Keep, portable: false };

    pub(crate) fn config(self, limit: usize) -> Config {
        let config = Config::new().max_line(limit).delimiter(self.delimiter);
        config.on_long(self.on_long).bom(self.bom).portable(self.portable)
    }

    /// What the twin finds.
    pub(crate) fn items(self, input: &[u8], limit: usize) -> Vec<Item> {
        items_by(input, limit, self.delimiter, self.on_long, self.bom)
    }
}

pub(crate) const DELIMITERS: [Delimiter; 5] = [
    Delimiter::Lf,
    Delimiter::Universal,
    Delimiter::Byte(0),
    Delimiter::Byte(b'\n'),
    Delimiter::Byte(b'\r'),
];
pub(crate) const POLICIES: [OnLong; 4] =
    [OnLong::Error, OnLong::Truncate, OnLong::Skip, OnLong::Parts];

fn choice() -> impl Strategy<Value = Choice> {
    let delimiter = prop::sample::select(DELIMITERS.to_vec());
    let on_long = prop::sample::select(POLICIES.to_vec());
    let bom = prop::sample::select(vec![Bom::Keep, Bom::Strip]);
    (delimiter, on_long, bom, any::<bool>()).prop_map(|(delimiter, on_long, bom, portable)| {
        Choice { delimiter, on_long, bom, portable }
    })
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![0..6_usize, 0..1000_usize, Just(usize::MAX)]
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(vec![
        ErrorKind::Interrupted,
        ErrorKind::WouldBlock,
        ErrorKind::TimedOut,
        ErrorKind::Other,
    ]);
    prop_oneof![(1..90_usize).prop_map(Step::Give), kind.prop_map(Step::Fail)]
}

/// 2000 cases take half a second; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.max(2000), ..default }
}

/// All that a splitter makes of `input`, cut by `cuts`; lines and batches in turn if `batches`.
fn split(
    input: &[u8],
    mut cuts: impl Iterator<Item = usize>,
    config: Config,
    batches: bool,
) -> Vec<Item> {
    let mut splitter = Splitter::new(config);
    let mut found = Vec::new();
    let mut rest = input;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(cuts.next().unwrap_or(usize::MAX).min(rest.len()));
        rest = behind;
        let mut lines = splitter.push(chunk);
        loop {
            if batches {
                match lines.next_batch() {
                    Some(Ok(batch)) => found.extend(batch.iter().map(Item::from)),
                    Some(Err(error)) => found.push(error.into()),
                    None => break,
                }
            }
            match lines.next() {
                Some(line) => found.push(line.map_or_else(Item::from, Item::from)),
                None => break,
            }
        }
        let consumed = (input.len() - rest.len()) as u64;
        assert_eq!(splitter.position().offset + splitter.pending(), consumed);
    }
    while let Some(line) = splitter.finish() {
        found.push(line.map_or_else(Item::from, Item::from));
    }
    assert_eq!((splitter.position().offset, splitter.pending()), (input.len() as u64, 0));
    found
}

/// All that a reader hands out, called again after every error.
fn read(reader: Faulty, capacity: usize, config: Config, batches: bool) -> Vec<Item> {
    let mut reader = LineReader::with_config(reader, config, capacity);
    let mut found = Vec::new();
    loop {
        let more = if batches {
            let batch = reader.next_batch();
            batch.map(|batch| batch.map(|batch| found.extend(batch.iter().map(Item::from))))
        } else {
            reader.next_line().map(|line| line.map(|line| found.push(line.into())))
        };
        match more {
            Ok(Some(())) => {}
            Ok(None) => return found,
            Err(ReadError::TooLong(error)) => found.push(error.into()),
            Err(ReadError::Io(error)) => assert_ne!(error.kind(), ErrorKind::Interrupted),
            Err(error) => unreachable!("{error}"),
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn splitter_finds_what_the_twin_finds(
        input in input(),
        cuts in prop::collection::vec(prop_oneof![0..4_usize, 0..400_usize], 1..20),
        limit in limit(),
        choice in choice(),
        batches in any::<bool>(),
    ) {
        // An empty chunk is allowed, but they alone would not get through the input.
        let cuts = cuts.into_iter().chain([1]).cycle();

        let found = split(&input, cuts, choice.config(limit), batches);

        prop_assert_eq!(found, choice.items(&input, limit));
    }

    #[test]
    fn reader_finds_what_the_twin_finds_whatever_fails(
        input in input(),
        script in prop::collection::vec(step(), 0..80),
        capacity in prop_oneof![0..5_usize, 5..300_usize, Just(4096)],
        limit in limit(),
        choice in choice(),
        batches in any::<bool>(),
    ) {
        let found = read(Faulty::new(&input, script), capacity, choice.config(limit), batches);

        prop_assert_eq!(found, choice.items(&input, limit));
    }

    #[test]
    fn lines_and_endings_are_the_pieces_of_read_until(input in input(), capacity in 1..300_usize) {
        let mut reader = LineReader::with_config(&input[..], Config::new(), capacity);
        let mut peer = &input[..];

        loop {
            let mut expected = Vec::new();
            peer.read_until(b'\n', &mut expected)?;
            let line = reader.next_line().map_err(|error| TestCaseError::fail(error.to_string()))?;

            let Some(line) = line else {
                prop_assert_eq!(expected, b"");
                break;
            };
            let endings = [(End::Lf, &b"\n"[..]), (End::CrLf, b"\r\n"), (End::Eof, b"")];
            let ending = endings.into_iter().find(|(end, _)| *end == line.end());
            let ending = ending.map_or(&b"none of these"[..], |(_, bytes)| bytes);
            prop_assert_eq!([line.bytes(), ending].concat(), expected);
            prop_assert_eq!(line.next_offset(), (input.len() - peer.len()) as u64);
        }
    }
}

#[test]
fn an_error_between_any_two_bytes_changes_no_line() {
    let input = b"\xef\xbb\xbf\r\nshort\nwith cr\r\n\nlone \r cr\nfar longer than the limit allows\r\nlast\r";

    let delimiters = DELIMITERS.into_iter().flat_map(|delimiter| {
        POLICIES.map(|on_long| Choice { delimiter, on_long, bom: Bom::Strip, ..Choice::DEFAULT })
    });
    for choice in delimiters {
        for limit in [0, 5, 12, 100] {
            let expected = choice.items(input, limit);
            for at in 0..=input.len() {
                for kind in [ErrorKind::WouldBlock, ErrorKind::Interrupted] {
                    for capacity in [1, 7, 1024] {
                        let reader = Faulty::failing_at(input, at, kind);
                        let found = read(reader, capacity, choice.config(limit), false);
                        assert_eq!(found, expected, "{choice:?} {limit} {kind:?} {at} {capacity}");
                    }
                }
            }
        }
    }
}

#[test]
fn inputs_of_many_stretches_agree_with_the_twin() {
    // More than one scan holds, both by its bytes and by its ends; and over the switch from dense
    // to sparse lines and back.
    let mut input = vec![b'\n'; 10_000];
    for length in (0..300).chain(300..700).chain((0..60).rev()) {
        input.extend(std::iter::repeat_n(b'x', length));
        input.extend(if length % 3 == 0 { &b"\r\n"[..] } else { b"\n" });
    }
    input.extend(std::iter::repeat_n(b'y', 300_000));
    input.extend(b"\nlast");

    for (limit, on_long) in [(450, OnLong::Error), (450, OnLong::Parts), (1 << 20, OnLong::Skip)] {
        for delimiter in [Delimiter::Lf, Delimiter::Universal] {
            let choice = Choice { delimiter, on_long, ..Choice::DEFAULT };
            let expected = choice.items(&input, limit);
            for (batches, portable) in [(false, false), (false, true), (true, false), (true, true)]
            {
                let config = Choice { portable, ..choice }.config(limit);
                assert_eq!(split(&input, std::iter::empty(), config, batches), expected);
                assert_eq!(read(Faulty::new(&input, []), 128 * 1024, config, batches), expected);
            }
        }
    }
}
