use thiserror::Error;

use super::variable::Variable;
use crate::error::{ParseErrorKind, Shown, StampError};

/// Where and why a string is not a log format that can be read and written.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{kind} at byte {at} of the log format")]
#[non_exhaustive]
pub struct FormatError {
    /// Offset in the string, from 0.
    pub at: usize,
    /// What is wrong there.
    pub kind: FormatErrorKind,
}

/// What is wrong with a log format.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum FormatErrorKind {
    /// `%` is followed by neither a letter, `{` nor `%`.
    #[error("expected the name of a variable behind '%' ('%%' stands for a percent sign)")]
    NoName,
    /// HAProxy has no variable of that name.
    #[error("unknown variable")]
    UnknownVariable,
    /// HAProxy has the variable, but it can be neither read nor written here.
    #[error("variable not supported")]
    UnsupportedVariable,
    /// `%[...]`, a sample expression, can be neither read nor written here.
    #[error("sample expression not supported")]
    Sample,
    /// `{` has no `}`.
    #[error("flags without '}}'")]
    UnclosedFlags,
    /// The braces hold something other than `+` or `-` and a letter that HAProxy knows.
    #[error("unknown flag")]
    UnknownFlag,
    /// The flags `X` (hexadecimal) and `E` (escaped) can be neither read nor written here.
    #[error("flag not supported")]
    UnsupportedFlag,
    /// The end of this variable's value cannot be told from what follows it.
    #[error("end of {0} cannot be found in a line: put a blank or another byte behind it")]
    Ambiguous(Variable),
    /// These captured headers are not logged when there are none, and what would then stand in
    /// their place could be taken for them; a client that chooses it could forge them.
    #[error(
        "what follows {0} could pass for it when it is not logged: put a byte such as '|' behind it"
    )]
    MayBeAbsent(Variable),
    /// The variable stands in the format twice, or beside the other of `%f` and `%ft` or of `%ts`
    /// and `%tsc`: a line could give two values to one.
    #[error("value of {0} is logged already: name it once")]
    Repeated(Variable),
    /// A control character stands in the format, which would break the line.
    #[error("control character")]
    Control,
}

/// Where and why a line does not follow its format.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{kind} at byte {at} of the line{}", Behind(*field))]
#[non_exhaustive]
pub struct LineError {
    /// Offset in the line, from 0.
    pub at: usize,
    /// The field in which, or behind which, the fault lies; `None` before the first.
    pub field: Option<Variable>,
    /// What is wrong there.
    pub kind: LineErrorKind,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum LineErrorKind {
    /// The line ends before the format does: syslog cut it, or it is of another format.
    #[error("line ends early")]
    Truncated,
    /// The format has a fixed byte here, and the line another.
    #[error("expected {}, found {}", Shown(*expected), Shown(*found))]
    Byte {
        /// Byte that the format demands.
        expected: u8,
        /// Byte present.
        found: u8,
    },
    /// A field that is never empty has no bytes.
    #[error("empty field")]
    Empty,
    /// Not a decimal number as HAProxy writes it: no leading zeros, no sign but that of `-1`.
    #[error("expected a number")]
    Number,
    /// The number is larger than the field can hold.
    #[error("number too large")]
    TooLarge,
    /// The date is not `dd/Mon/yyyy:HH:MM:SS.mmm`, or does not exist.
    #[error("bad date: {0}")]
    Date(ParseErrorKind),
    /// A termination state has a byte that is neither a letter, a digit nor `-`.
    #[error("expected the letters of a termination state")]
    Termination,
    /// A quoted name or cookie holds NUL, CR or LF.
    #[error("nul or line ending within a field")]
    Control,
    /// One of total time and bytes has the `+` of `option logasap`, the other has not.
    #[error("'+' before only one of total time and bytes")]
    Partial,
    /// The line goes on behind the end of the format.
    #[error("line goes on behind its format")]
    Trailing,
}

/// Why an entry cannot be written as a line that reads back.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{field} cannot be written: {kind}")]
#[non_exhaustive]
pub struct WriteError {
    /// The field at fault.
    pub field: Variable,
    /// What is wrong with it.
    pub kind: WriteErrorKind,
}

/// What is wrong with a value to be written.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// The value, which HAProxy does not escape, holds a byte that would end it early, or that it
    /// never has.
    #[error("byte {byte:#04x} at {at} would not read back")]
    Byte {
        /// Offset in the value, from 0.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// The value is empty, and only cookies can be absent.
    #[error("it is empty")]
    Empty,
    /// The cookie is that which is logged when there is none: `-`, or nothing in quotes.
    #[error("it would be read as absent")]
    Absent,
    /// The date cannot be stamped.
    #[error(transparent)]
    Stamp(StampError),
}

/// Names the field of a [`LineError`].
struct Behind(Option<Variable>);

impl core::fmt::Display for Behind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.map_or(Ok(()), |field| write!(f, ", in or behind {field}"))
    }
}
