//! The slow, obvious twin: what the lines of an input are, by definition.

use linereader::{Bom, Delimiter, End, Line, OnLong, TooLong};

/// A line or a report, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Line { bytes: Vec<u8>, offset: u64, number: u64, end: End, first: bool },
    TooLong { offset: u64, number: u64 },
}

impl From<Line<'_>> for Item {
    fn from(line: Line<'_>) -> Self {
        let (offset, number, end) = (line.offset(), line.number(), line.end());
        assert_eq!(line.is_last(), end != End::Cut);
        Self::Line { bytes: line.bytes().to_vec(), offset, number, end, first: line.is_first() }
    }
}

impl From<TooLong> for Item {
    fn from(error: TooLong) -> Self {
        Self::TooLong { offset: error.offset, number: error.number }
    }
}

impl Item {
    /// A line that is expected.
    pub(crate) fn line(bytes: &[u8], offset: u64, number: u64, end: End) -> Self {
        Self::Line { bytes: bytes.to_vec(), offset, number, end, first: true }
    }
}

/// Splits an input that is at hand as a whole by LF, and reports lines over the limit.
pub(crate) fn items(input: &[u8], limit: usize) -> Vec<Item> {
    items_by(input, limit, Delimiter::Lf, OnLong::Error, Bom::Keep)
}

/// Splits an input that is at hand as a whole.
pub(crate) fn items_by(
    input: &[u8],
    limit: usize,
    delimiter: Delimiter,
    on_long: OnLong,
    bom: Bom,
) -> Vec<Item> {
    let mut items = Vec::new();
    let mark = b"\xef\xbb\xbf";
    let divided = matches!(delimiter, Delimiter::Byte(byte) if mark.contains(&byte));
    let stripped = input.strip_prefix(mark).filter(|_| bom == Bom::Strip && !divided);
    let mut rest = stripped.unwrap_or(input);
    let mut number = 1;
    while !rest.is_empty() {
        let offset = (input.len() - rest.len()) as u64;
        let (content, end, width) = first(rest, delimiter);
        items.extend(line(content, offset, number, end, limit, on_long));
        number += 1;
        rest = &rest[content.len() + width..];
    }
    items
}

/// The content of the first line, how it ends, and how long the ending is.
fn first(input: &[u8], delimiter: Delimiter) -> (&[u8], End, usize) {
    for at in 0..input.len() {
        let (line, rest) = input.split_at(at);
        match (delimiter, rest) {
            (Delimiter::Byte(byte), [first, ..]) if *first == byte => {
                return (line, End::Delimiter, 1);
            }
            (Delimiter::Byte(_), _) => {}
            (_, [b'\r', b'\n', ..]) => return (line, End::CrLf, 2),
            (_, [b'\n', ..]) => return (line, End::Lf, 1),
            (Delimiter::Universal, [b'\r', ..]) => return (line, End::Cr, 1),
            _ => {}
        }
    }
    (input, End::Eof, 0)
}

/// What is told of one line under a limit.
fn line(
    content: &[u8],
    offset: u64,
    number: u64,
    end: End,
    limit: usize,
    on_long: OnLong,
) -> Vec<Item> {
    if content.len() <= limit {
        return vec![Item::line(content, offset, number, end)];
    }
    match on_long {
        OnLong::Error => vec![Item::TooLong { offset, number }],
        OnLong::Skip => vec![],
        OnLong::Truncate => vec![Item::line(&content[..limit], offset, number, End::Cut)],
        OnLong::Parts => {
            let size = limit.max(1);
            let parts = content.chunks(size).enumerate().map(|(index, part)| {
                let at = index * size;
                let end = if at + part.len() == content.len() { end } else { End::Cut };
                let offset = offset + at as u64;
                Item::Line { bytes: part.to_vec(), offset, number, end, first: index == 0 }
            });
            parts.collect()
        }
        other => unreachable!("no such policy is known here: {other:?}"),
    }
}

/// Groups the lines of an input into records: whole lines first, then groups of them, then the
/// limit.
pub(crate) fn records_by(
    input: &[u8],
    limit: usize,
    delimiter: Delimiter,
    on_long: OnLong,
    is_start: impl Fn(&[u8]) -> bool,
) -> Vec<Item> {
    let mut records: Vec<(usize, usize, u64, End)> = Vec::new();
    for item in items_by(input, usize::MAX, delimiter, OnLong::Error, Bom::Keep) {
        let Item::Line { bytes, offset, number, end, .. } = item else { continue };
        let (start, stop) = (offset as usize, offset as usize + bytes.len());
        match records.last_mut() {
            Some((_, last, _, ending)) if !is_start(&bytes) => (*last, *ending) = (stop, end),
            _ => records.push((start, stop, number, end)),
        }
    }
    let told = records.into_iter().flat_map(|(start, stop, number, end)| {
        line(&input[start..stop], start as u64, number, end, limit, on_long)
    });
    told.collect()
}
