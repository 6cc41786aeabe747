use alloc::boxed::Box;
use alloc::vec::Vec;

use super::compile::Compiler;
use super::entry::Entry;
use super::error::{FormatError, LineError, WriteError};
use super::line::Line;
use super::variable::{Variable, Variables};
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
    /// Whether captured headers without a blank behind them are those of the field behind that
    /// blank: these were not logged, and the blank before them served both.
    pub(super) yields: bool,
}

impl Format {
    /// Compiles the string of a `log-format` directive.
    ///
    /// # Errors
    ///
    /// [`FormatError`] with the place of the first variable or flag that is unknown or not
    /// supported, the first field whose end could not be found in a line, or the first that is
    /// named again.
    pub fn compile(directive: &str) -> Result<Self, FormatError> {
        let (pieces, named) = Compiler::new(directive).run()?;
        Ok(Self { pieces, named })
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
    /// [`Format::write`], as the same bytes, if the request and the captured headers have no
    /// bytes but those that HAProxy leaves there: 32 to 126. Others (a line that was not escaped)
    /// are read as they are and come out escaped.
    ///
    /// HAProxy does not escape captured cookies. One with blanks in it, which a client is free to
    /// send, makes a line whose fields cannot be told apart; in httplog such a line is an error,
    /// whatever the client made it look like.
    ///
    /// # Errors
    ///
    /// [`LineError`] with the place of the first byte that the format does not allow, and
    /// [`LineErrorKind::Truncated`](super::LineErrorKind::Truncated) when the line ends before
    /// the format does. A cut within or before the last field of a format that does not end in a
    /// quote may not be seen.
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
