use linereader::{Config, Position, Splitter};

use super::naive::{Item, items};
use super::{Case, item, pulled};

/// Splits an input by LF under a limit and with cuts that its first bytes choose: the splitter, the
/// reader and a splitter resumed at any line find what an obvious twin finds.
///
/// # Panics
///
/// If one of these does not hold.
pub fn linereader_splitter(input: &[u8]) {
    let Some(case) = Case::new(input) else { return };
    let config = Config::new().max_line(case.limit);

    let expected = items(case.text, case.limit);

    assert_eq!(pushed(&case, config, Position::START), expected, "pushed in chunks");
    assert_eq!(pulled(&case, config).0, expected, "pulled in chunks");
    // A place in the middle stands for all of them: the fuzzer moves it.
    let rest = &expected[expected.len() / 2..];
    if let Some(Item::Line { offset, number, .. } | Item::TooLong { offset, number }) = rest.first()
    {
        let text = &case.text[*offset as usize..];
        let at = Position { offset: *offset, number: *number };
        assert_eq!(pushed(&Case { text, ..case }, config, at), rest, "resumed");
    }
}

fn pushed(case: &Case<'_>, config: Config, from: Position) -> Vec<Item> {
    let mut found = Vec::new();
    let mut splitter = Splitter::resume(config, from);
    let mut consumed = from.offset;
    for chunk in case.chunks() {
        consumed += chunk.len() as u64;
        let mut lines = splitter.push(chunk);
        while let Some(line) = lines.next() {
            found.push(item(line));
        }
        assert_eq!(splitter.position().offset + splitter.pending(), consumed);
    }
    found.extend(splitter.finish().map(item));
    found
}
