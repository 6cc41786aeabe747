use linereader::{Bom, Config, RecordSplitter};

use super::naive::{Item, records_by};
use super::{Case, choice, item};

/// Groups the lines of an input into records, by a delimiter, a policy and a limit that its first
/// bytes choose: they are those of an obvious twin.
///
/// # Panics
///
/// If they are not.
pub fn linereader_records(input: &[u8]) {
    let Some((byte, input)) = input.split_first() else { return };
    // The least limit of a record is one byte.
    let Some(case) = Case::new(input).filter(|case| case.limit > 0) else { return };
    let (delimiter, on_long, _) = choice(*byte);
    let config =
        Config::new().delimiter(delimiter).on_long(on_long).bom(Bom::Keep).max_line(case.limit);
    let is_start = |line: &[u8]| line.first().is_none_or(|byte| !byte.is_ascii_whitespace());

    let mut splitter = RecordSplitter::new(config, is_start);
    let mut found: Vec<Item> = Vec::new();
    for chunk in case.chunks() {
        let mut records = splitter.push(chunk);
        while let Some(record) = records.next() {
            found.push(item(record));
        }
    }
    while let Some(record) = splitter.finish() {
        found.push(item(record));
    }

    assert_eq!(found, records_by(case.text, case.limit, delimiter, on_long, is_start));
}
