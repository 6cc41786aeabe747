//! Replacement of what a regular expression finds (configuration manual, `regsub`).

use alloc::vec::Vec;

use regex::bytes::Regex;

use super::LARGEST_TEXT;

#[derive(Clone, Debug)]
pub(crate) struct Substitution {
    regex: Regex,
    replacement: Vec<Piece>,
    global: bool,
    /// The replacement refers to groups, which are costlier to find.
    groups: bool,
}

#[derive(Clone, Debug)]
enum Piece {
    Literal(Vec<u8>),
    Group(usize),
}

impl Substitution {
    /// `\1` to `\9` in the replacement stand for groups, `\0` for the whole, `\xHH` for a byte.
    pub(crate) fn new(regex: Regex, replacement: &[u8], global: bool) -> Self {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        let mut rest = replacement;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            let hex = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
            match (byte, after) {
                (b'\\', [digit @ b'0'..=b'9', after @ ..]) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(core::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Group(usize::from(digit - b'0')));
                    rest = after;
                }
                (b'\\', [b'x', ..]) if hex(1).is_some() && hex(2).is_some() => {
                    let value = hex(1).unwrap_or_default() * 16 + hex(2).unwrap_or_default();
                    literal.extend(u8::try_from(value));
                    rest = after.get(3..).unwrap_or_default();
                }
                (b'\\', [escaped, after @ ..]) => {
                    literal.push(*escaped);
                    rest = after;
                }
                _ => literal.push(byte),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        let groups = pieces.iter().any(|piece| matches!(piece, Piece::Group(1..)));
        Self { regex, replacement: pieces, global, groups }
    }

    /// Appends `text` to `out`, with the first match replaced, or with all.
    ///
    /// Unlike elsewhere an empty match counts right behind another match too.
    pub(super) fn apply(&self, text: &[u8], out: &mut Vec<u8>) {
        let mut locations = self.groups.then(|| self.regex.capture_locations());
        let mut at = 0;
        while at <= text.len() && out.len() <= LARGEST_TEXT {
            let found = match &mut locations {
                Some(locations) => self.regex.captures_read_at(locations, text, at),
                None => self.regex.find_at(text, at),
            };
            let Some(found) = found else { break };
            out.extend_from_slice(text.get(at..found.start()).unwrap_or_default());
            for piece in &self.replacement {
                match piece {
                    Piece::Literal(bytes) => out.extend_from_slice(bytes),
                    Piece::Group(0) => out.extend_from_slice(found.as_bytes()),
                    Piece::Group(index) => {
                        let group = locations.as_ref().and_then(|all| all.get(*index));
                        let group = group.and_then(|(start, end)| text.get(start..end));
                        out.extend_from_slice(group.unwrap_or_default());
                    }
                }
            }
            at = found.end();
            if !self.global {
                break;
            }
            if found.is_empty() {
                out.extend(text.get(at));
                at += 1;
            }
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(regex: &str, replacement: &str, global: bool, text: &str) -> Vec<u8> {
        let regex = Regex::new(regex).expect("valid");
        let mut out = Vec::new();
        Substitution::new(regex, replacement.as_bytes(), global).apply(text.as_bytes(), &mut out);
        out
    }

    // Answers of haproxy 2.6.12.

    #[test]
    fn first_match_is_replaced_or_all() {
        assert_eq!(replaced("b+", "-", false, "abbab"), b"a-ab");
        assert_eq!(replaced("b+", "-", true, "abbab"), b"a-a-");
        assert_eq!(replaced("x", "-", true, "abc"), b"abc");
        assert_eq!(replaced("X*", "-", true, "aXbXc"), b"-a--b--c-");
        assert_eq!(replaced("X*", "-", false, "aXbXc"), b"-aXbXc");
    }

    #[test]
    fn groups_are_put_in() {
        assert_eq!(replaced("(b)", r"<\1>", false, "abc"), b"a<b>c");
        assert_eq!(replaced("b", r"\0\0\x2d\\", false, "abc"), br"abb-\c");
        assert_eq!(replaced("b", r"\7", false, "abc"), b"ac");
    }
}
