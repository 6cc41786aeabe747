use alloc::boxed::Box;
use alloc::vec::Vec;

use super::entry::Entry;
use super::error::{FormatError, FormatErrorKind, LineError, WriteError};
use super::line::Line;
use super::variable::{Form, Variable, Variables};
use super::{read, write};

/// The format of `option httplog` (section 8.2.3 of the manual).
pub const HTTPLOG: &str = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc \
                           %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";

/// The format of `option tcplog` (section 8.2.2 of the manual).
pub const TCPLOG: &str = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";

/// A log format, compiled from the string of a `log-format` directive.
///
/// The string is that which HAProxy sees behind its configuration's quoting: `"` around it are
/// gone, and a blank is a blank. Runs of blanks are one, and a blank beside a field of which
/// nothing is logged (captured headers without captures) is not logged either, as HAProxy does.
/// The flag `Q` is obeyed, also by way of `%{+Q}o` for all fields that follow.
///
/// ```
/// use log_format::haproxy::{Format, FormatErrorKind};
///
/// let format = Format::compile("%ci:%cp %ST %{+Q}r")?;
/// let line = format.read(b"::1:40312 404 \"GET /q#22 HTTP/1.1\"")?;
/// assert_eq!(line.client(), Some(&b"::1"[..]));
/// assert_eq!(line.status(), Some(404));
/// assert_eq!(line.server(), None);
///
/// let error = Format::compile("%ci %zz").unwrap_err();
/// assert_eq!((error.at, error.kind), (5, FormatErrorKind::UnknownVariable));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Format {
    pieces: Box<[Piece]>,
    named: Variables,
}

/// A step in reading or writing a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Piece {
    /// A blank, unless one was just there or nothing was yet.
    Blank,
    Byte(u8),
    Field(Slot),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Slot {
    pub(super) variable: Variable,
    pub(super) quoted: bool,
    /// The byte that follows; `None` at the end of the line.
    pub(super) until: Option<u8>,
}

impl Format {
    /// Compiles the string of a `log-format` directive.
    ///
    /// # Errors
    ///
    /// [`FormatError`] with the place of the first variable or flag that is unknown or not
    /// supported, or the first field whose end could not be found in a line.
    pub fn compile(directive: &str) -> Result<Self, FormatError> {
        let text = directive.as_bytes();
        Compiler { text, at: 0, quoted: false, pieces: Vec::new() }.run()
    }

    /// The format of `option httplog`, [`HTTPLOG`].
    #[expect(clippy::missing_panics_doc, reason = "the string is a constant, and tested")]
    #[expect(clippy::expect_used, reason = "the string is a constant, and tested")]
    pub fn httplog() -> Self {
        Self::compile(HTTPLOG).expect("httplog compiles")
    }

    /// The format of `option tcplog`, [`TCPLOG`].
    #[expect(clippy::missing_panics_doc, reason = "the string is a constant, and tested")]
    #[expect(clippy::expect_used, reason = "the string is a constant, and tested")]
    pub fn tcplog() -> Self {
        Self::compile(TCPLOG).expect("tcplog compiles")
    }

    /// Whether the format names a variable.
    pub fn names(&self, variable: Variable) -> bool {
        self.named.contains(variable)
    }

    /// Takes a line apart. `line` is without its line ending and without syslog's prefix.
    ///
    /// Nothing is copied or allocated. What is read writes back, by [`Line::entry`] and
    /// [`Format::write`], as the same bytes (only what HAProxy escapes and the line has not
    /// escaped comes out escaped).
    ///
    /// HAProxy does not escape captured cookies. One with blanks in it, which a client is free to
    /// send, makes a line whose fields cannot be told apart; in httplog such a line is an error,
    /// whatever the client made it look like.
    ///
    /// # Errors
    ///
    /// [`LineError`] with the place of the first byte that the format does not allow, and
    /// [`LineErrorKind::Truncated`](super::LineErrorKind::Truncated) when the line ends before
    /// the format does. A cut within the last field of a format that does not end in a quote
    /// cannot be seen.
    pub fn read<'l>(&self, line: &'l [u8]) -> Result<Line<'l>, LineError> {
        let mut fields = Line::new(self.named);
        read::line(&self.pieces, line, fields.entry_mut())?;
        Ok(fields)
    }

    /// Appends one line, without a line ending, to `out`; on failure `out` stays as it was.
    ///
    /// # Errors
    ///
    /// [`WriteError`] naming the first field whose value would make a line that does not read
    /// back.
    pub fn write(&self, entry: &Entry<'_>, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let start = out.len();
        write::line(&self.pieces, entry, out).inspect_err(|_| out.truncate(start))
    }
}

struct Compiler<'d> {
    text: &'d [u8],
    at: usize,
    /// Whether `%{+Q}o` is in force.
    quoted: bool,
    /// With the place of each in the text.
    pieces: Vec<(usize, Piece)>,
}

impl<'d> Compiler<'d> {
    fn run(mut self) -> Result<Format, FormatError> {
        while let Some(&byte) = self.text.get(self.at) {
            match (byte, self.text.get(self.at + 1)) {
                (b'%', Some(b'%')) => self.push(Piece::Byte(b'%'), 2),
                (b'%', _) => self.variable()?,
                (b' ', _) => {
                    if !matches!(self.pieces.last(), Some((_, Piece::Blank))) {
                        self.push(Piece::Blank, 0);
                    }
                    self.at += 1;
                }
                (0..b' ' | 0x7f, _) => return Err(self.fault(FormatErrorKind::Control)),
                _ => self.push(Piece::Byte(byte), 1),
            }
        }
        self.set_ends()?;
        self.check_address()?;
        let mut named = Variables::default();
        for (_, piece) in &self.pieces {
            if let Piece::Field(slot) = piece {
                named.insert(slot.variable);
            }
        }
        Ok(Format { pieces: self.pieces.into_iter().map(|(_, piece)| piece).collect(), named })
    }

    fn push(&mut self, piece: Piece, width: usize) {
        self.pieces.push((self.at, piece));
        self.at += width;
    }

    fn fault(&self, kind: FormatErrorKind) -> FormatError {
        FormatError { at: self.at, kind }
    }

    /// Compiles `%name` or `%{flags}name`, from the `%` on.
    fn variable(&mut self) -> Result<(), FormatError> {
        let start = self.at;
        self.at += 1;
        let mut quoted = self.quoted;
        if self.text.get(self.at) == Some(&b'{') {
            self.flags(&mut quoted)?;
        }
        if self.text.get(self.at) == Some(&b'[') {
            return Err(self.fault(FormatErrorKind::Sample));
        }

        let tail = self.tail();
        let end = tail.iter().position(|byte| !byte.is_ascii_alphanumeric());
        let name = tail.get(..end.unwrap_or(tail.len())).unwrap_or_default();
        let name = core::str::from_utf8(name).unwrap_or_default();
        let fault = |kind| Err(FormatError { at: start + 1, kind });
        match Variable::named(name) {
            Some(variable) => {
                let slot = Slot { variable, quoted, until: None };
                self.pieces.push((start, Piece::Field(slot)));
            }
            None if name.is_empty() => return fault(FormatErrorKind::NoName),
            None if name == "o" => self.quoted = quoted,
            None if Variable::is_known_elsewhere(name) => {
                return Err(self.fault(FormatErrorKind::UnsupportedVariable));
            }
            None => return Err(self.fault(FormatErrorKind::UnknownVariable)),
        }
        self.at += name.len();
        Ok(())
    }

    fn tail(&self) -> &'d [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Compiles `{+Q,-X}`, from the `{` on.
    fn flags(&mut self, quoted: &mut bool) -> Result<(), FormatError> {
        let tail = self.tail();
        let Some(close) = memchr::memchr(b'}', tail) else {
            return Err(self.fault(FormatErrorKind::UnclosedFlags));
        };
        let end = self.at + close;
        self.at += 1;
        let flags = self.text.get(self.at..end).unwrap_or_default();
        for flag in flags.split(|byte| *byte == b',') {
            match flag {
                b"+Q" => *quoted = true,
                b"-Q" => *quoted = false,
                b"-X" | b"-E" => {}
                b"+X" | b"+E" => return Err(self.fault(FormatErrorKind::UnsupportedFlag)),
                _ => return Err(self.fault(FormatErrorKind::UnknownFlag)),
            }
            self.at += flag.len() + 1;
        }
        self.at = end + 1;
        Ok(())
    }

    /// Notes the byte behind each field, and refuses fields whose end it does not show.
    fn set_ends(&mut self) -> Result<(), FormatError> {
        let mut next = None;
        let mut fault = Ok(());
        for (at, piece) in self.pieces.iter_mut().rev() {
            if let Piece::Field(slot) = piece {
                let until = match next {
                    Some(Piece::Blank) => Some(b' '),
                    Some(Piece::Byte(byte)) => Some(byte),
                    Some(Piece::Field(_)) | None => None,
                };
                let shown = match slot.variable.form() {
                    Form::Fixed => true,
                    // It may be missing, and what follows must not pass for its beginning.
                    Form::Block => until != Some(if slot.quoted { b'"' } else { b'{' }),
                    Form::Word if slot.quoted => next.is_none() || until.is_some(),
                    Form::Word => next.is_none() || until.is_some_and(|byte| byte != b'"'),
                    Form::Number => {
                        next.is_none() || until.is_some_and(|byte| !byte.is_ascii_digit())
                    }
                    Form::Text => slot.quoted || next.is_none(),
                };
                if !shown {
                    let kind = FormatErrorKind::Ambiguous(slot.variable);
                    fault = Err(FormatError { at: *at, kind });
                }
                slot.until = until;
            }
            next = Some(*piece);
        }
        fault
    }

    /// An address ends at the last colon before a blank, so no other may stand between.
    fn check_address(&self) -> Result<(), FormatError> {
        let mut address = None;
        for (at, piece) in &self.pieces {
            match piece {
                Piece::Field(Slot {
                    variable: Variable::ClientIp,
                    quoted: false,
                    until: Some(b':'),
                }) => {
                    address = Some((*at, 0));
                }
                Piece::Blank => address = None,
                Piece::Byte(b':') => address = address.map(|(at, colons)| (at, colons + 1)),
                Piece::Field(slot) if slot.variable.form() != Form::Number => {
                    address = address.map(|(at, colons)| (at, colons + 1));
                }
                Piece::Byte(_) | Piece::Field(_) => {}
            }
            if let Some((at, 2..)) = address {
                let kind = FormatErrorKind::Ambiguous(Variable::ClientIp);
                return Err(FormatError { at, kind });
            }
        }
        Ok(())
    }
}
