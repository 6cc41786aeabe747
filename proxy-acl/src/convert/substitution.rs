//! Replacement of what a regular expression finds (configuration manual, `regsub`).

use alloc::boxed::Box;
use alloc::vec::Vec;

use regex::bytes::{CaptureLocations, Regex};

use super::LARGEST_TEXT;

#[derive(Clone, Debug)]
pub(crate) struct Substitution {
    regex: Regex,
    replacement: Box<[u8]>,
    global: bool,
    /// The replacement refers to groups, which are costlier to find.
    groups: bool,
    /// The expression may ask for the start of the text.
    anchored: bool,
}

impl Substitution {
    /// `\1` to `\9` in the replacement stand for groups, `\0` for the whole, `\xHH` for a byte.
    pub(crate) fn new(regex: Regex, replacement: &[u8], global: bool) -> Self {
        let groups = has_groups(replacement);
        let anchored = regex.as_str().contains('^') || regex.as_str().contains(r"\A");
        Self { regex, replacement: replacement.into(), global, groups, anchored }
    }

    /// Appends `text` to `out`, with the first match replaced, or with all.
    ///
    /// Unlike elsewhere an empty match counts right behind another match too, and once more where it was
    /// found further on; what is behind a match does not see what is before.
    pub(super) fn apply(&self, text: &[u8], out: &mut Vec<u8>) {
        let mut locations = self.groups.then(|| self.regex.capture_locations());
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|_| out.len() <= LARGEST_TEXT) {
            // The start of the text must not be seen again.
            let (text, start) = if self.anchored { (text, at) } else { (rest, 0) };
            let found = match &mut locations {
                Some(locations) => self.regex.captures_read_at(locations, text, start),
                None => self.regex.find_at(text, start),
            };
            let Some(found) = found else { break };
            let before = text.get(start..found.start()).unwrap_or_default();
            out.extend_from_slice(before);
            expand(&self.replacement, found.as_bytes(), locations.as_ref(), text, out);
            at += found.end() - start;
            if !self.global {
                break;
            }
            if found.is_empty() && before.is_empty() {
                out.extend(rest.first());
                at += 1;
            }
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
    }
}

/// Writes `replacement` to `out` in place of all of `text`, if `regex` is found in it anywhere; tells
/// whether it is (configuration manual, `http-request replace-header`). What exceeds the largest text is
/// cut off.
pub(crate) fn replace_all_of(
    regex: &Regex,
    replacement: &[u8],
    text: &[u8],
    out: &mut Vec<u8>,
) -> bool {
    let mut locations = has_groups(replacement).then(|| regex.capture_locations());
    let found = match &mut locations {
        Some(locations) => regex.captures_read(locations, text),
        None => regex.find(text),
    };
    if let Some(found) = found {
        expand(replacement, found.as_bytes(), locations.as_ref(), text, out);
        out.truncate(LARGEST_TEXT);
    }
    found.is_some()
}

fn has_groups(replacement: &[u8]) -> bool {
    replacement.windows(2).any(|pair| matches!(pair, [b'\\', b'1'..=b'9']))
}

/// Appends a replacement with its groups put in, up to the first that exceeds the largest text.
fn expand(
    replacement: &[u8],
    whole: &[u8],
    locations: Option<&CaptureLocations>,
    text: &[u8],
    out: &mut Vec<u8>,
) {
    let mut rest = replacement;
    while let Some((&byte, after)) = rest.split_first().filter(|_| out.len() <= LARGEST_TEXT) {
        rest = after;
        match (byte, after) {
            (b'\\', [b'0', after @ ..]) => {
                out.extend_from_slice(whole);
                rest = after;
            }
            (b'\\', [digit @ b'1'..=b'9', after @ ..]) => {
                let group = locations.and_then(|all| all.get(usize::from(digit - b'0')));
                let group = group.and_then(|(start, end)| text.get(start..end));
                out.extend_from_slice(group.unwrap_or_default());
                rest = after;
            }
            (b'\\', [b'x', high, low, after @ ..]) => {
                out.push((digit(*high) << 4).wrapping_add(digit(*low)));
                rest = after;
            }
            (b'\\', [escaped, after @ ..]) => {
                out.push(*escaped);
                rest = after;
            }
            _ => out.push(byte),
        }
    }
}

/// The value of a hexadecimal digit; HAProxy does not ask whether it is one.
fn digit(byte: u8) -> u8 {
    match byte.to_ascii_uppercase().wrapping_sub(b'0') {
        value @ 0..=9 => value,
        value => value.wrapping_sub(b'A' - b'9' - 1),
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
        assert_eq!(replaced("$", "-", true, "abc"), b"abc--");
        assert_eq!(replaced("$", "-", true, ""), b"-");
        assert_eq!(replaced("^|$", "-", true, "abc"), b"-abc--");
        assert_eq!(replaced("b|$", "-", true, "aba"), b"a-a--");
        assert_eq!(replaced("c*$", "-", true, "abc"), b"ab--");
        assert_eq!(replaced(r"\b", "!", true, "a-b"), b"!a-!!b");
        assert_eq!(replaced(r"\B", "!", true, "abc"), b"a!b!c");
        assert_eq!(replaced(r"\b|$", "!", true, "-b-"), b"-!!b-!!");
    }

    #[test]
    fn groups_are_put_in() {
        assert_eq!(replaced("(b)", r"<\1>", false, "abc"), b"a<b>c");
        assert_eq!(replaced("b", r"\0\0\x2d\\", false, "abc"), br"abb-\c");
        assert_eq!(replaced("b", r"\7", false, "abc"), b"ac");
        assert_eq!(replaced("b", r"\x4a\x4G\xzz", false, "abc"), b"aJPSc");
        assert_eq!(replaced("b", r"\x4", false, "abc"), b"ax4c");
    }
}
