//! The nearest known word to a mistyped one.

use alloc::vec::Vec;

/// Longer words are not worth a quadratic comparison.
const LONGEST: usize = 64;
/// Nor are more candidates, of which a hostile file may have many.
const CANDIDATES: usize = 1000;

/// Returns the candidate with the fewest edits to `word`, if these are few for its length; never
/// `word` itself, which stands in the wrong place rather than in the wrong spelling.
pub(crate) fn nearest<'c>(
    word: &[u8],
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    if word.len() > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .take(CANDIDATES)
        .filter(|candidate| candidate.len() <= LONGEST && candidate.as_bytes() != word)
        .map(|candidate| (edits(word, candidate.as_bytes()), candidate))
        .filter(|&(edits, candidate)| edits <= 1 + candidate.len().min(word.len()) / 4)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// Damerau's distance, in which two neighbours that changed places are one edit, without regard to
/// ASCII case.
fn edits(left: &[u8], right: &[u8]) -> usize {
    let (left, right) = (left.to_ascii_lowercase(), right.to_ascii_lowercase());
    let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or_default();
    // Rows for the letters of `left` up to the one before the last, the last, and this one.
    let (mut older, mut old, mut row) = (Vec::new(), Vec::from_iter(0..=right.len()), Vec::new());
    let mut above = None;
    for (index, a) in left.iter().enumerate() {
        row.clear();
        row.push(index + 1);
        let mut beside = None;
        for (at, b) in right.iter().enumerate() {
            let replaced = cell(&old, at) + usize::from(a != b);
            let mut least = replaced.min(cell(&old, at + 1) + 1).min(cell(&row, at) + 1);
            if above == Some(b) && beside == Some(a) {
                least = least.min(cell(&older, at - 1) + 1);
            }
            row.push(least);
            beside = Some(b);
        }
        core::mem::swap(&mut older, &mut old);
        core::mem::swap(&mut old, &mut row);
        above = Some(a);
    }
    old.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn distance_is_dameraus() {
        assert_eq!(edits(b"kitten", b"sitting"), 3);
        assert_eq!(edits(b"", b"abc"), 3);
        assert_eq!(edits(b"abc", b""), 3);
        assert_eq!(edits(b"scr", b"SRC"), 1);
        assert_eq!(edits(b"ca", b"abc"), 3);
        assert_eq!(edits(b"pathbeg", b"ptahebg"), 2);
        assert_eq!(edits(b"aab", b"aba"), 1);
        assert_eq!(edits(b"Path", b"path"), 0);
    }

    #[test]
    fn only_near_words_are_suggested() {
        assert_eq!(nearest(b"pth_beg", ["path_beg", "path_end", "src"]), Some("path_beg"));
        assert_eq!(nearest(b"if", ["if", "unless"]), None);
        assert_eq!(nearest(b"req_body", ["req.bdy"]), Some("req.bdy"));
        assert_eq!(nearest(b"ruq_bddy", ["req.bdy"]), None);
        assert_eq!(nearest(b"IF", ["if", "unless"]), Some("if"));
        assert_eq!(nearest(b"ssl_fc", ["path_beg", "path_end", "src"]), None);
    }

    #[test]
    fn words_longer_than_64_bytes_are_not_compared() {
        let words = ["a".repeat(63), "a".repeat(64), "a".repeat(65), "a".repeat(66)];
        let [w63, w64, w65, w66] = words.each_ref().map(String::as_str);

        assert_eq!(nearest(w64.as_bytes(), [w63]), Some(w63));
        assert_eq!(nearest(w63.as_bytes(), [w64]), Some(w64));
        assert_eq!(nearest(w65.as_bytes(), [w64]), None);
        assert_eq!(nearest(w64.as_bytes(), [w65, w66]), None);
    }
}
