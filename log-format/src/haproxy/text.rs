use alloc::vec::Vec;
use core::fmt;

/// Text as it stands in a log line, escapes included.
///
/// HAProxy writes each byte outside 32 to 126, and `"` and `#`, as `#` and two hexadecimal
/// digits; in captured headers also `{`, `|` and `}` (section 8.6 of the manual). Cookies and
/// names are not escaped, and are not of this type.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Logged<'l>(&'l [u8]);

impl<'l> Logged<'l> {
    pub(super) fn new(bytes: &'l [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes as they stand in the line.
    pub fn as_bytes(self) -> &'l [u8] {
        self.0
    }

    /// The bytes that HAProxy saw, one by one. A `#` without two hexadecimal digits behind it
    /// stands for itself.
    pub fn unescape(self) -> Unescape<'l> {
        Unescape(self.0)
    }

    /// Appends the bytes that HAProxy saw to `out`, at most as many as
    /// [`as_bytes`](Self::as_bytes) has.
    pub fn unescape_to(self, out: &mut Vec<u8>) {
        match memchr::memchr(b'#', self.0) {
            None => out.extend_from_slice(self.0),
            Some(_) => out.extend(self.unescape()),
        }
    }
}

impl fmt::Debug for Logged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// The bytes behind an escaped text; made by [`Logged::unescape`].
#[derive(Clone, Debug)]
pub struct Unescape<'l>(&'l [u8]);

impl Iterator for Unescape<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        match escaped(self.0) {
            Some(byte) => {
                self.0 = rest.get(2..).unwrap_or_default();
                Some(byte)
            }
            None => {
                self.0 = rest;
                Some(first)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len().div_ceil(3), Some(self.0.len()))
    }
}

/// The byte that `#XX` at the start of `text` stands for.
fn escaped(text: &[u8]) -> Option<u8> {
    let [b'#', high, low, ..] = *text else { return None };
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    Some((high * 16 + low) as u8)
}

/// Captured headers as they stand in a log line, between `{` and `}`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Headers<'l>(Logged<'l>);

impl<'l> Headers<'l> {
    pub(super) fn new(bytes: &'l [u8]) -> Self {
        Self(Logged(bytes))
    }

    /// All of it, with the `|` between the headers.
    pub fn as_bytes(self) -> &'l [u8] {
        self.0.0
    }

    /// The headers in the order of the configuration's `capture` lines, one at least; empty
    /// where the message had no such header.
    pub fn iter(self) -> impl Iterator<Item = Logged<'l>> + Clone {
        self.0.0.split(|byte| *byte == b'|').map(Logged)
    }
}

/// A text to be logged.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Text<'a> {
    /// Bytes as they came from the network: what needs it is escaped.
    Raw(&'a [u8]),
    /// Bytes out of another log line: escapes in them stay what they are.
    Logged(Logged<'a>),
}

/// Where a text stands in a line, which says what must be escaped in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Bare,
    Quotes,
    Braces,
}

/// What each byte is to the writer: printable, printable but escaped in captured headers, in all
/// texts, and what no line may hold.
const CLASS: [u8; 256] = {
    let mut class = [3; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        class[byte as usize] = match byte {
            b'{' | b'|' | b'}' => 1,
            b'"' | b'#' => 2,
            _ => 0,
        };
        byte += 1;
    }
    class
};

impl Text<'_> {
    /// Writes the text: escaped, when it is raw. When it is logged, its escapes stay, and only
    /// what would break the line or end the text is escaped.
    pub(super) fn escape_to(&self, place: Place, out: &mut Vec<u8>) {
        let (mut rest, allowed, end) = match (*self, place) {
            (Self::Raw(text), Place::Braces) => (text, 0, None),
            (Self::Raw(text), Place::Bare | Place::Quotes) => (text, 1, None),
            (Self::Logged(Logged(text)), Place::Bare) => (text, 2, None),
            (Self::Logged(Logged(text)), Place::Quotes) => (text, 2, Some(b'"')),
            (Self::Logged(Logged(text)), Place::Braces) => (text, 2, None),
        };
        let must_escape = |byte: &u8| CLASS[usize::from(*byte)] > allowed || Some(*byte) == end;
        while let Some(at) = rest.iter().position(must_escape) {
            let (plain, tail) = rest.split_at(at);
            out.extend_from_slice(plain);
            rest = push_escaped(tail, out);
        }
        out.extend_from_slice(rest);
    }
}

impl<'a> From<&'a [u8]> for Text<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Raw(bytes)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::Raw(text.as_bytes())
    }
}

impl<'a> From<Logged<'a>> for Text<'a> {
    fn from(text: Logged<'a>) -> Self {
        Self::Logged(text)
    }
}

/// Captured headers to be logged.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Captures<'a> {
    /// Values as they came from the network, empty where there was no such header. No values at all
    /// are what a configuration without captures has: nothing is logged.
    Raw(&'a [&'a [u8]]),
    /// The headers of another log line.
    Logged(Headers<'a>),
}

impl Captures<'_> {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Raw([]))
    }

    /// Writes the block, braces included.
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        match self {
            Self::Raw(values) => {
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(b'|');
                    }
                    Text::Raw(value).escape_to(Place::Braces, out);
                }
            }
            Self::Logged(Headers(text)) => Text::Logged(*text).escape_to(Place::Braces, out),
        }
        out.push(b'}');
    }
}

impl<'a> From<Headers<'a>> for Captures<'a> {
    fn from(headers: Headers<'a>) -> Self {
        Self::Logged(headers)
    }
}

/// Writes the first byte of `text` as `#XX`, and returns the others.
fn push_escaped<'t>(text: &'t [u8], out: &mut Vec<u8>) -> &'t [u8] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let Some((first, rest)) = text.split_first() else { return text };
    out.push(b'#');
    out.push(DIGITS[usize::from(first >> 4)]);
    out.push(DIGITS[usize::from(first & 15)]);
    rest
}

/// Whether a byte ends an unquoted word whatever the format. Cookies are logged as they came, and
/// real lines have tabs and quotes in them.
#[inline]
pub(super) fn ends_word(byte: u8) -> bool {
    byte == b' ' || ends_line(byte)
}

/// Whether a byte cannot be within a line: HTTP has none of them in a field, and they would let
/// one line pass for two.
#[inline]
pub(super) fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\n' | b'\r')
}

/// Whether a byte can be in a termination state. Nothing else that would be seen: captured headers
/// that are not logged leave their place to it.
#[inline]
pub(super) fn is_state(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'-'
}
