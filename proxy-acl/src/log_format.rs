//! Texts with values put in (configuration manual, 8.2.6).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::convert::{LARGEST_TEXT, encoding};
use crate::fetch::until_nul;
use crate::pipeline::{Pipeline, Text};
use crate::request::Request;
use crate::rewritten::Rewritten;

#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) pieces: Box<[Piece]>,
    pub(crate) purpose: Purpose,
}

/// What a text is for, which decides how values stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Parts of messages: control characters are percent-encoded, quotes not put.
    Message,
    /// Variables and names: values end at a NUL.
    Name,
}

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Literal(Box<[u8]>),
    Value(Pipeline, Style),
}

/// How one value is written, as in `%{+Q}[path]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style(u8);

impl Style {
    const QUOTED: Self = Self(1);
    const ESCAPED: Self = Self(2);
    /// A dash stands for what is missing.
    const MANDATORY: Self = Self(4);
    /// Of importance to values of log-format alone, not to fetches.
    const HEXADECIMAL: Self = Self(8);

    /// Reads what stands in the braces: a flag, and only the last of them, between two commas. HAProxy
    /// passes over what it does not know.
    pub(crate) fn change(mut self, flags: &[u8]) -> Self {
        for flag in flags.split(|byte| *byte == b',') {
            let Some(sign) = flag.iter().rposition(|byte| matches!(byte, b'+' | b'-')) else {
                continue;
            };
            let (before, name) = flag.split_at(sign + 1);
            let Self(bit) = match name {
                b"Q" => Self::QUOTED,
                b"E" => Self::ESCAPED,
                b"M" => Self::MANDATORY,
                b"X" => Self::HEXADECIMAL,
                _ => continue,
            };
            self.0 = if before.ends_with(b"+") { self.0 | bit } else { self.0 & !bit };
        }
        self
    }

    fn is(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }
}

impl Format {
    /// Appends the text to `out`; a missing value leaves no trace unless its style wants one. What
    /// exceeds the largest text is cut off.
    #[inline(never)]
    pub(crate) fn write<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        text: &mut Text,
        out: &mut Vec<u8>,
    ) {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => out.extend_from_slice(literal),
                Piece::Value(pipeline, style) if self.purpose == Purpose::Message => {
                    pipeline.one(view, text, |sample| {
                        sample.with_text(|value| style.escape(value, encode, out));
                    });
                }
                Piece::Value(pipeline, style) => {
                    let mut empty = true;
                    let quote = style.is(Style::QUOTED);
                    out.extend(quote.then_some(b'"'));
                    pipeline.one(view, text, |sample| {
                        sample.with_text(|value| {
                            empty = value.is_empty();
                            style.escape(until_nul(value), |byte, out| out.push(byte), out);
                        });
                    });
                    let dash = empty && style.is(Style::MANDATORY);
                    out.extend(if quote { Some(b'"') } else { dash.then_some(b'-') });
                }
            }
            if out.len() > LARGEST_TEXT {
                return out.truncate(LARGEST_TEXT);
            }
        }
    }
}

impl Style {
    fn escape(self, value: &[u8], push: impl Fn(u8, &mut Vec<u8>), out: &mut Vec<u8>) {
        for &byte in value {
            if self.is(Self::ESCAPED) && matches!(byte, b'"' | b'\\' | b']') {
                out.push(b'\\');
            }
            push(byte, out);
        }
    }
}

fn encode(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'\t' | 0x20..=0x7e | 0x80.. => out.push(byte),
        _ => out.extend([b'%', encoding::digit(byte >> 4), encoding::digit(byte & 15)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of haproxy 2.6.12.
    #[test]
    fn flags_are_read_as_haproxy_reads_them() {
        let quoted_and_escaped = Style(Style::QUOTED.0 | Style::ESCAPED.0);
        for (flags, style) in [
            ("", Style::default()),
            ("Q", Style::default()),
            ("+q", Style::default()),
            ("+EX", Style::default()),
            (" +Q ", Style::default()),
            ("+Q", Style::QUOTED),
            ("+Q,+Q", Style::QUOTED),
            ("++E", Style::ESCAPED),
            ("a+M", Style::MANDATORY),
            ("+X", Style::HEXADECIMAL),
            ("+Q+E", Style::ESCAPED),
            ("+E-E", Style::default()),
            ("+E,-E", Style::default()),
            ("-E,+E", Style::ESCAPED),
            ("+E, +Q", quoted_and_escaped),
            (",+E,,+Q,", quoted_and_escaped),
        ] {
            assert_eq!(Style::default().change(flags.as_bytes()), style, "{flags}");
        }
        assert_eq!(quoted_and_escaped.change(b"-Q"), Style::ESCAPED);
    }
}
