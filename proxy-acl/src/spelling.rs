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

/// Levenshtein's distance without regard to ASCII case.
fn edits(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(right) {
            let above = *cell;
            let replaced = diagonal + usize::from(!a.eq_ignore_ascii_case(b));
            before = replaced.min(above + 1).min(before + 1);
            *cell = before;
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn distance_is_levenshteins() {
        assert_eq!(edits(b"kitten", b"sitting"), 3);
        assert_eq!(edits(b"", b"abc"), 3);
        assert_eq!(edits(b"Path", b"path"), 0);
    }

    #[test]
    fn only_near_words_are_suggested() {
        assert_eq!(nearest(b"pth_beg", ["path_beg", "path_end", "src"]), Some("path_beg"));
        assert_eq!(nearest(b"if", ["if", "unless"]), None);
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
