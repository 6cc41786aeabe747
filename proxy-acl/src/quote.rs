//! How bytes of the configuration look in messages.

use alloc::string::String;
use core::fmt::Write as _;

/// How many characters of a word a message shows.
const LONGEST: usize = 80;

/// Returns `bytes` as text without anything that a terminal would obey: control characters and what
/// is not UTF-8 appear escaped. Backslashes stay as they are, for regular expressions have many.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' | '\'' | '"' => text.push(character),
                _ => text.extend(character.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            // A string takes whatever is written.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Returns `bytes` escaped, and of a long word the beginning alone.
pub(crate) fn shown(bytes: &[u8]) -> String {
    // A character has four bytes at most, so the rest need not be looked at.
    let start = bytes.get(..bytes.len().min(4 * (LONGEST + 1))).unwrap_or_default();
    let mut text = escaped(start);
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_controls_are_escaped() {
        assert_eq!(escaped(b"a\x1b[31m\x00\xff\r"), r"a\u{1b}[31m\0\xff\r");
        assert_eq!(escaped("\u{feff}\u{202e}ü\u{9b}".as_bytes()), r"\u{feff}\u{202e}ü\u{9b}");
    }

    #[test]
    fn printable_text_stays_as_it_is() {
        assert_eq!(escaped(br#"^/r\.x$ "it's""#), r#"^/r\.x$ "it's""#);
    }

    #[test]
    fn long_words_are_shortened() {
        assert_eq!(shown(&[b'x'; 80]), "x".repeat(80));
        assert_eq!(shown(&[b'x'; 81]), "x".repeat(80) + "...");
        assert_eq!(shown(&[b'x'; 100_000]), "x".repeat(80) + "...");
        assert_eq!(shown("ü".repeat(1000).as_bytes()), "ü".repeat(80) + "...");
        assert_eq!(shown("🦀".repeat(1000).as_bytes()), "🦀".repeat(80) + "...");
    }
}
