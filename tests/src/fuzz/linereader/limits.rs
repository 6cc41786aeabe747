use linereader::{Config, OnLong, Splitter};

use super::naive::{Item, items_by};
use super::{Case, choice, item, pulled};

/// Splits an input by a delimiter, a policy and a limit that its first bytes choose: lines, batches
/// and the reader find what an obvious twin finds, and count as many lines over the limit.
///
/// # Panics
///
/// If one of these does not hold.
pub fn linereader_limits(input: &[u8]) {
    let Some((byte, input)) = input.split_first() else { return };
    let Some(case) = Case::new(input) else { return };
    let (delimiter, on_long, bom) = choice(*byte);
    let config = Config::new().delimiter(delimiter).on_long(on_long).bom(bom).max_line(case.limit);

    let whole = items_by(case.text, usize::MAX, delimiter, on_long, bom);
    // A part has at least one byte, so that no line of one byte is over a limit of none.
    let limit = if on_long == OnLong::Parts { case.limit.max(1) } else { case.limit };
    let is_long = |item: &&Item| matches!(item, Item::Line { bytes, .. } if bytes.len() > limit);
    let overlong = whole.iter().filter(is_long).count() as u64;
    let expected = (items_by(case.text, case.limit, delimiter, on_long, bom), overlong);

    assert_eq!(pushed(&case, config, false), expected, "line by line");
    assert_eq!(pushed(&case, config, true), expected, "batch by batch");
    assert_eq!(pulled(&case, config), expected, "pulled");
}

fn pushed(case: &Case<'_>, config: Config, batches: bool) -> (Vec<Item>, u64) {
    let mut found = Vec::new();
    let mut splitter = Splitter::new(config);
    for chunk in case.chunks() {
        let mut lines = splitter.push(chunk);
        loop {
            if batches {
                match lines.next_batch() {
                    Some(Ok(batch)) => found.extend(batch.iter().map(Item::from)),
                    Some(Err(error)) => found.push(error.into()),
                    None => break,
                }
            } else {
                match lines.next() {
                    Some(line) => found.push(item(line)),
                    None => break,
                }
            }
        }
    }
    while let Some(line) = splitter.finish() {
        found.push(item(line));
    }
    (found, splitter.overlong())
}
