#![warn(clippy::indexing_slicing)]

use super::entry::Entry;
use super::error::{LineError, LineErrorKind};
use super::format::{Piece, Slot};
use super::text::{Captures, Headers, Logged, Text, ends_line, ends_word, is_state};
use super::variable::Variable;
use crate::fields::Fields;
use crate::layout::{HaproxyDate, Layout};
use crate::parse::parse;

/// Reads a line into `entry` by the pieces of its format, in one pass. (The entry is filled where
/// it stays: returned, its third of a kilobyte would be moved about.)
pub(super) fn line<'l>(
    pieces: &[Piece],
    line: &'l [u8],
    entry: &mut Entry<'l>,
) -> Result<(), LineError> {
    let mut cursor = Cursor { line, at: 0, entry, partial: None };
    let mut field = None;
    // Whether a further blank would be merged into the one before: HAProxy logs no two in a row,
    // and none at the start.
    let mut blank = true;
    for piece in pieces {
        let read = match *piece {
            Piece::Blank if blank => Ok(()),
            Piece::Blank => {
                blank = true;
                cursor.byte(b' ')
            }
            Piece::Byte(byte) => {
                blank = false;
                cursor.byte(byte)
            }
            Piece::Field(slot) => {
                field = Some(slot.variable);
                let start = cursor.at;
                cursor.field(slot).inspect(|()| blank &= cursor.at == start)
            }
        };
        read.map_err(|kind| LineError { at: cursor.at, field, kind })?;
    }
    match cursor.peek() {
        None => Ok(()),
        Some(_) => Err(LineError { at: cursor.at, field, kind: LineErrorKind::Trailing }),
    }
}

/// A place in a line. On failure it is where the fault lies.
struct Cursor<'l, 'e> {
    line: &'l [u8],
    at: usize,
    entry: &'e mut Entry<'l>,
    /// Whether the first of total time and bytes had its `+`.
    partial: Option<bool>,
}

impl<'l> Cursor<'l, '_> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    #[inline]
    fn rest(&self) -> &'l [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn byte(&mut self, expected: u8) -> Result<(), LineErrorKind> {
        match self.peek() {
            Some(found) if found == expected => {
                self.at += 1;
                Ok(())
            }
            Some(found) => Err(LineErrorKind::Byte { expected, found }),
            None => Err(LineErrorKind::Truncated),
        }
    }

    /// Steps over `byte` if it is there.
    #[inline]
    fn sign(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// The next `count` bytes, which are known to be there.
    #[inline]
    fn take(&mut self, count: usize) -> &'l [u8] {
        let taken = self.rest().get(..count).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    #[inline]
    fn field(&mut self, slot: Slot) -> Result<(), LineErrorKind> {
        match slot.variable {
            Variable::ClientIp => self.entry.client = self.address(slot)?,
            Variable::ClientPort => self.entry.client_port = self.port()?,
            Variable::AcceptDate => self.entry.accept_date = self.date()?,
            Variable::RequestDate => self.entry.request_date = self.date()?,
            Variable::Frontend => self.entry.frontend = self.name(slot)?,
            Variable::FrontendTransport => {
                let name = self.name(slot)?;
                let plain = name.strip_suffix(b"~");
                if plain == Some(b"") && !slot.quoted {
                    return Err(LineErrorKind::Empty);
                }
                self.entry.frontend = plain.unwrap_or(name);
                self.entry.tls = plain.is_some();
            }
            Variable::Backend => self.entry.backend = self.name(slot)?,
            Variable::Server => self.entry.server = self.name(slot)?,
            Variable::RequestTime => self.entry.timers.request = self.timer()?,
            Variable::QueueTime => self.entry.timers.queue = self.timer()?,
            Variable::ConnectTime => self.entry.timers.connect = self.timer()?,
            Variable::ResponseTime => self.entry.timers.response = self.timer()?,
            Variable::ActiveTime => {
                self.partial()?;
                self.entry.timers.active = self.timer()?;
            }
            Variable::TotalTime => {
                self.partial()?;
                self.entry.timers.total = self.timer()?;
            }
            Variable::Status => self.entry.status = self.status()?,
            Variable::BytesRead => {
                self.partial()?;
                self.entry.bytes = self.number(u64::MAX)?;
            }
            Variable::RequestCookie => self.entry.request_cookie = self.cookie(slot)?,
            Variable::ResponseCookie => self.entry.response_cookie = self.cookie(slot)?,
            Variable::Termination => {
                let [first, second] = self.letters()?;
                self.entry.termination = [first, second, b'-', b'-'];
            }
            Variable::TerminationCookie => self.entry.termination = self.letters()?,
            Variable::ActiveConnections => self.entry.connections.active = self.count()?,
            Variable::FrontendConnections => self.entry.connections.frontend = self.count()?,
            Variable::BackendConnections => self.entry.connections.backend = self.count()?,
            Variable::ServerConnections => self.entry.connections.server = self.count()?,
            Variable::Retries => {
                self.entry.connections.redispatched = self.sign(b'+');
                self.entry.connections.retries = self.count()?;
            }
            Variable::ServerQueue => self.entry.queues.server = self.count()?,
            Variable::BackendQueue => self.entry.queues.backend = self.count()?,
            Variable::RequestHeaders => self.entry.request_headers = self.headers(slot)?,
            Variable::ResponseHeaders => self.entry.response_headers = self.headers(slot)?,
            Variable::Request => self.entry.request = Text::Logged(self.text(slot)?),
        }
        Ok(())
    }

    /// An address ends at the last colon before the blank, since those of IPv6 hold colons.
    fn address(&mut self, slot: Slot) -> Result<&'l [u8], LineErrorKind> {
        if slot.quoted || slot.until != Some(b':') {
            return self.name(slot);
        }
        let rest = self.rest();
        let end = rest.iter().position(|byte| ends_word(*byte));
        let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        match (word.iter().rposition(|byte| *byte == b':'), rest.get(word.len())) {
            (Some(colon @ 1..), _) => Ok(self.take(colon)),
            (Some(0), Some(_)) => Err(LineErrorKind::Empty),
            (None, Some(&found)) => {
                self.at += word.len();
                Err(LineErrorKind::Byte { expected: b':', found })
            }
            (Some(0) | None, None) => {
                self.at = self.line.len();
                Err(LineErrorKind::Truncated)
            }
        }
    }

    fn port(&mut self) -> Result<Option<u32>, LineErrorKind> {
        if self.sign(b'-') {
            return Ok(None);
        }
        self.count().map(Some)
    }

    fn date(&mut self) -> Result<Fields, LineErrorKind> {
        let rest = self.rest();
        let text = rest.get(..HaproxyDate::WIDTH).unwrap_or(rest);
        match parse::<HaproxyDate>(text) {
            Ok(fields) => {
                self.at += text.len();
                Ok(fields)
            }
            Err(error) => {
                self.at += error.at;
                match self.peek() {
                    Some(_) => Err(LineErrorKind::Date(error.kind)),
                    None => Err(LineErrorKind::Truncated),
                }
            }
        }
    }

    fn name(&mut self, slot: Slot) -> Result<&'l [u8], LineErrorKind> {
        let name = self.word(slot)?;
        if name.is_empty() && !slot.quoted { Err(LineErrorKind::Empty) } else { Ok(name) }
    }

    fn cookie(&mut self, slot: Slot) -> Result<Option<&'l [u8]>, LineErrorKind> {
        let absent: &[u8] = if slot.quoted { b"" } else { b"-" };
        self.name(slot).map(|cookie| Some(cookie).filter(|cookie| *cookie != absent))
    }

    /// A text without escapes and blanks, up to the byte that follows.
    #[inline]
    fn word(&mut self, slot: Slot) -> Result<&'l [u8], LineErrorKind> {
        if slot.quoted {
            return self.quoted_word(slot.until);
        }
        let rest = self.rest();
        let until = slot.until.unwrap_or(b' ');
        let end = rest.iter().position(|byte| *byte == until || ends_word(*byte));
        let word = self.take(end.unwrap_or(rest.len()));
        match (self.peek(), slot.until) {
            (found, until) if found == until => Ok(word),
            (None, _) => Err(LineErrorKind::Truncated),
            (Some(found), Some(expected)) => Err(LineErrorKind::Byte { expected, found }),
            (Some(_), None) => Err(LineErrorKind::Trailing),
        }
    }

    /// Quotes in it are not escaped, so its end is the first that the following byte follows.
    fn quoted_word(&mut self, until: Option<u8>) -> Result<&'l [u8], LineErrorKind> {
        self.byte(b'"')?;
        let rest = self.rest();
        let mut quotes = memchr::memchr_iter(b'"', rest);
        match quotes.find(|quote| rest.get(quote + 1).copied() == until) {
            Some(quote) => {
                let word = rest.get(..quote).unwrap_or_default();
                match word.iter().position(|byte| ends_line(*byte)) {
                    None => {
                        self.at += quote + 1;
                        Ok(word)
                    }
                    Some(control) => {
                        self.at += control;
                        Err(LineErrorKind::Control)
                    }
                }
            }
            None => {
                self.at = self.line.len();
                Err(LineErrorKind::Truncated)
            }
        }
    }

    /// An escaped text: up to its closing quote, or to the end of the line.
    #[inline]
    fn text(&mut self, slot: Slot) -> Result<Logged<'l>, LineErrorKind> {
        if !slot.quoted {
            return Ok(Logged::new(self.take(self.rest().len())));
        }
        self.byte(b'"')?;
        let rest = self.rest();
        let text = self.take(memchr::memchr(b'"', rest).unwrap_or(rest.len()));
        self.byte(b'"')?;
        Ok(Logged::new(text))
    }

    /// Captured headers: between braces, or not there.
    #[inline]
    fn headers(&mut self, slot: Slot) -> Result<Option<Captures<'l>>, LineErrorKind> {
        let rest = self.rest();
        let open: &[u8] = if slot.quoted { b"\"{" } else { b"{" };
        if !rest.starts_with(open) {
            return Ok(None);
        }
        let start = self.at;
        self.at += open.len();
        // HAProxy escapes braces and quotes in headers. Raw ones were put there by a cookie that
        // passes for the rest of the line, and would take the true rest for a header.
        let rest = self.rest();
        let end = memchr::memchr3(b'}', b'{', b'"', rest);
        let headers = self.take(end.unwrap_or(rest.len()));
        self.byte(b'}')?;
        if slot.quoted {
            self.byte(b'"')?;
        }
        if slot.yields && self.peek() != Some(b' ') {
            self.at = start;
            return Ok(None);
        }
        Ok(Some(Captures::Logged(Headers::new(headers))))
    }

    fn letters<const N: usize>(&mut self) -> Result<[u8; N], LineErrorKind> {
        let Some(letters) = self.rest().first_chunk::<N>() else {
            self.at = self.line.len();
            return Err(LineErrorKind::Truncated);
        };
        if !letters.iter().all(is_state) {
            return Err(LineErrorKind::Termination);
        }
        self.at += N;
        Ok(*letters)
    }

    /// Reads the `+` of `option logasap`, which stands before total time and bytes alike.
    #[inline]
    fn partial(&mut self) -> Result<(), LineErrorKind> {
        let plus = self.peek() == Some(b'+');
        if self.partial.is_some_and(|before| before != plus) && self.peek().is_some() {
            return Err(LineErrorKind::Partial);
        }
        self.at += usize::from(plus);
        self.partial = Some(plus);
        self.entry.partial = plus;
        Ok(())
    }

    fn timer(&mut self) -> Result<Option<u32>, LineErrorKind> {
        self.or_minus_one(u32::MAX.into()).map(|number| number.map(|number| number as u32))
    }

    fn status(&mut self) -> Result<Option<u16>, LineErrorKind> {
        self.or_minus_one(u16::MAX.into()).map(|number| number.map(|number| number as u16))
    }

    #[inline]
    fn or_minus_one(&mut self, max: u64) -> Result<Option<u64>, LineErrorKind> {
        match self.rest() {
            [b'-', b'1', ..] => {
                self.at += 2;
                Ok(None)
            }
            [b'-'] => {
                self.at += 1;
                Err(LineErrorKind::Truncated)
            }
            _ => self.number(max).map(Some),
        }
    }

    #[inline]
    fn count(&mut self) -> Result<u32, LineErrorKind> {
        self.number(u32::MAX.into()).map(|number| number as u32)
    }

    /// Digits without leading zeros, so that every number is written in one way only.
    #[inline]
    fn number(&mut self, max: u64) -> Result<u64, LineErrorKind> {
        let rest = self.rest();
        let mut number = 0_u64;
        let mut digits = 0;
        while let Some(digit @ b'0'..=b'9') = rest.get(digits) {
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            digits += 1;
        }
        if digits > MAX_PLAIN_DIGITS {
            number = checked(rest.get(..digits).unwrap_or_default())?;
        }
        match (digits, rest) {
            (0, []) => Err(LineErrorKind::Truncated),
            (0, _) | (2.., [b'0', ..]) => Err(LineErrorKind::Number),
            _ if number > max => Err(LineErrorKind::TooLarge),
            _ => {
                self.at += digits;
                Ok(number)
            }
        }
    }
}

/// So many digits always fit 64 bits.
const MAX_PLAIN_DIGITS: usize = 19;

#[cold]
fn checked(digits: &[u8]) -> Result<u64, LineErrorKind> {
    let number = digits.iter().try_fold(0_u64, |number, digit| {
        number.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
    });
    number.ok_or(LineErrorKind::TooLarge)
}
