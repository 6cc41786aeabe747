use core::fmt;

use thiserror::Error;

/// Why an instant cannot be written in a layout without changing its width or its meaning.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[non_exhaustive]
pub enum StampError {
    /// The year, in the zone that the layout writes, is not one that four digits can write.
    #[error("year is outside 0 to 9999")]
    Year,
    /// The instant lies within a leap second (`23:59:60`), which the readers of these layouts
    /// refuse. [`LeapHeld`](crate::LeapHeld) writes the end of the second before it.
    #[error("instant lies within a leap second")]
    LeapSecond,
    /// The layout writes the offset from UTC as hours and minutes, and this one, in seconds, is
    /// not a whole number of minutes.
    #[error("offset of {0} s from utc is not a whole number of minutes")]
    OffsetSeconds(i32),
    /// The layout writes a zone and the value has none. Give the value a zone first.
    #[error("layout writes a zone, and the time given has none")]
    NoZone,
    /// The output holds fewer bytes than the stamp is wide; none were written.
    #[error("output has room for {room} of the stamp's {width} bytes")]
    NoRoom {
        /// Width of the stamp in bytes.
        width: usize,
        /// Bytes that the output could take.
        room: usize,
    },
    /// The `fmt::Write` that should take the stamp failed.
    #[error("writer took no text")]
    Writer,
}

/// Which instant of a batch could not be stamped, and why.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[error("instant {index} of the batch: {error}")]
pub struct BatchError {
    /// Place of the instant in the batch, from 0; the stamps before it were written.
    pub index: usize,
    /// Why it could not be stamped.
    pub error: StampError,
}

/// Where and why a text is not a stamp of a layout.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[error("{kind} at byte {at}")]
#[non_exhaustive]
pub struct ParseError {
    /// Offset of the first byte that is wrong, or where one is missing, from 0.
    pub at: usize,
    /// What is wrong there.
    pub kind: ParseErrorKind,
}

/// What is wrong with a text that should be a stamp.
///
/// Bytes are checked from left to right and the first fault is named. Only the day of the month
/// needs what follows it (the year, in the layouts that begin with the day), so in those a
/// 30 February is named after the year was read.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The text ends although the layout goes on.
    #[error("text ends early")]
    Truncated,
    /// After the seconds, the fraction that the layout demands is not there at all. Formatters
    /// that print as few digits as they need do this on whole seconds.
    #[error("fraction missing")]
    MissingFraction,
    /// The fraction has fewer digits than the layout demands.
    #[error("{found} of {expected} digits in the fraction")]
    ShortFraction {
        /// Digits present.
        found: u8,
        /// Digits that the layout demands.
        expected: u8,
    },
    /// The fraction has more digits than the layout allows.
    #[error("more than {expected} digits in the fraction")]
    LongFraction {
        /// Digits that the layout demands.
        expected: u8,
    },
    /// The layout has a fixed byte here, and the text another.
    #[error("expected {}, found {}", Shown(*expected), Shown(*found))]
    Separator {
        /// Byte that the layout demands.
        expected: u8,
        /// Byte present.
        found: u8,
    },
    /// The layout has a decimal digit here, and the text another byte.
    #[error("expected a digit, found {}", Shown(*found))]
    Digit {
        /// Byte present.
        found: u8,
    },
    /// The text has no English month abbreviation (`Jan` to `Dec`) here.
    #[error("expected a month from Jan to Dec")]
    MonthName,
    /// The sign of the offset is neither `+` nor `-`; or the offset is `-0000`, which no stamp
    /// has, since RFC 3339 gives it a meaning of its own.
    #[error("expected an offset as +hhmm")]
    Offset,
    /// The digits make a number that the calendar or the clock does not have.
    #[error("{0} out of range")]
    Range(Field),
    /// The text goes on behind the stamp.
    #[error("text goes on behind the stamp")]
    Trailing,
}

/// A part of a date or time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Field {
    /// Year, 0 to 9999.
    Year,
    /// Month, 1 to 12.
    Month,
    /// Day of the month, from 1.
    Day,
    /// Hour, 0 to 23.
    Hour,
    /// Minute, 0 to 59.
    Minute,
    /// Second, 0 to 59.
    Second,
    /// Nanosecond, below 1,000,000,000.
    Nanosecond,
    /// Offset from UTC, less than 24 hours either way.
    Offset,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Nanosecond => "nanosecond",
            Self::Offset => "offset",
        })
    }
}

/// A byte in quotes: outside ASCII it is but a part of a character, and shown as `\xNN`.
pub(crate) struct Shown(pub(crate) u8);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            byte @ 0x80.. => write!(f, "'\\x{byte:02x}'"),
            byte => write!(f, "{:?}", char::from(byte)),
        }
    }
}
