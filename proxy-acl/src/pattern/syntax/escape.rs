//! What a backslash makes of the character behind it.

use alloc::format;

use super::{Reason, Refusal, Translation};

impl Translation<'_> {
    pub(super) fn escape(&mut self) -> Result<(), Refusal> {
        let Some(byte) = self.peek(1) else {
            // PCRE refuses a last backslash, and so does the engine.
            self.out.push('\\');
            self.at += 1;
            return Ok(());
        };
        let is_assertion = !self.class && matches!(byte, b'A' | b'b' | b'B' | b'z' | b'Z');
        // What surrounds a literal text is nothing by itself.
        if !matches!(byte, b'E' | b'Q') {
            self.repeatable = !is_assertion;
        }
        match byte {
            b'0'..=b'7' if byte == b'0' || self.class => {
                let octal = self.rest().iter().skip(1).take(3);
                let digits = octal.take_while(|byte| matches!(byte, b'0'..=b'7'));
                let (value, width) = digits.fold((0_u32, 0), |(value, width), digit| {
                    (value * 8 + u32::from(digit - b'0'), width + 1)
                });
                self.out.push_str(&format!("\\x{:02x}", value & 0xff));
                self.at += 1 + width;
                return Ok(());
            }
            b'1'..=b'9' if !self.class => return self.refuse(Reason::BackReference),
            b'k' | b'g' => return self.refuse(Reason::BackReference),
            // The end of a literal text that was not begun is nothing.
            b'E' if !self.class => {
                self.at += 2;
                return Ok(());
            }
            b'K' | b'G' | b'C' | b'X' | b'R' | b'E' | b'p' | b'P' | b'u' | b'U' | b'L' | b'l' => {
                return self.refuse(Reason::Escape);
            }
            b'N' if self.rest().starts_with(br"\N{U+") => return self.refuse(Reason::Escape),
            b'c' => {
                let Some(letter @ b' '..=b'~') = self.peek(2) else {
                    return self.refuse(Reason::Escape);
                };
                self.put_code(letter.to_ascii_uppercase() ^ 0x40);
                self.at += 1;
            }
            b'o' => return self.code(8),
            b'x' if self.peek(2) == Some(b'{') => return self.code(16),
            b'Q' => return self.literal(),
            b'h' if self.class => self.out.push_str("\\t\\x20\\xa0"),
            b'h' => self.out.push_str("[\\t\\x20\\xa0]"),
            b'H' if !self.class => self.out.push_str("[^\\t\\x20\\xa0]"),
            b'N' if !self.class => self.out.push_str("[^\\n]"),
            b'e' => self.out.push_str("\\x1b"),
            b'b' if self.class => self.out.push_str("\\x08"),
            b'Z' if !self.class => {
                self.out.push_str(if self.whole { "(?:\\n?\\z)" } else { "\\z" });
            }
            b'x' => {
                let hex = |byte: &&u8| byte.is_ascii_hexdigit();
                let width = self.rest().iter().skip(2).take(2).take_while(hex).count();
                let digits = self.rest().get(2..2 + width).unwrap_or_default();
                let digits = core::str::from_utf8(digits).unwrap_or_default();
                self.out.push_str(&format!("\\x{digits:0>2}"));
                self.at += width;
            }
            // In newer engines these are ends of words; elsewhere they are the characters.
            b'<' | b'>' => self.push(byte),
            _ if !byte.is_ascii_alphanumeric() && !byte.is_ascii_punctuation() => {
                self.put_code(byte);
            }
            _ => {
                self.out.push('\\');
                self.push(byte);
            }
        }
        self.at += 2;
        Ok(())
    }

    /// `\x{ff}` and `\o{377}`.
    fn code(&mut self, radix: u32) -> Result<(), Refusal> {
        let Some(inside) = self.rest().get(2..).and_then(|rest| rest.strip_prefix(b"{")) else {
            return self.refuse(Reason::Escape);
        };
        let length = inside.iter().take_while(|byte| **byte != b'}').count();
        let mut digits = inside.iter().take(length);
        let value = digits.try_fold(0_u32, |value, digit| {
            let digit = char::from(*digit).to_digit(radix)?;
            Some(value.saturating_mul(radix).saturating_add(digit))
        });
        match value.filter(|_| (1..inside.len()).contains(&length)).map(u8::try_from) {
            Some(Ok(byte)) => {
                self.put_code(byte);
                self.at += 4 + length;
                Ok(())
            }
            Some(Err(_)) => self.refuse(Reason::Code),
            None => self.refuse(Reason::Escape),
        }
    }

    /// `\Q...\E` is literal text.
    fn literal(&mut self) -> Result<(), Refusal> {
        self.at += 2;
        while let Some(byte) = self.peek(0) {
            if self.rest().starts_with(b"\\E") {
                self.at += 2;
                break;
            }
            self.put_code(byte);
            self.at += 1;
            self.repeatable = true;
        }
        Ok(())
    }
}
