use thiserror::Error;

use crate::error::Field;

/// Where and how a stamp in a text deviates from its layout.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[error("{kind} at byte {at}")]
pub struct Deviation {
    /// Offset in the text, from 0, where the deviation begins.
    pub at: usize,
    /// What it is.
    pub kind: DeviationKind,
}

/// How a stamp deviates from its layout.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[non_exhaustive]
pub enum DeviationKind {
    /// There is no date and time here. Never repaired.
    #[error("not a stamp")]
    NotAStamp,
    /// The date is in another form (`30/May/2017`, `2017/05/30`), without loss. Repaired.
    #[error("date in another form")]
    WrongDate,
    /// The date has no year, and the layout does. Repaired if a year is told.
    #[error("date without a year")]
    NoYear,
    /// The date has a year, and the layout does not. Repaired if cutting is allowed.
    #[error("date with a year")]
    ExtraYear,
    /// A number is one that the calendar or the clock does not have. Never repaired.
    #[error("{0} out of range")]
    OutOfRange(Field),
    /// The second is 60. Never repaired.
    #[error("leap second")]
    LeapSecond,
    /// Between date and time stands another byte than the layout's. Repaired.
    #[error("wrong separator between date and time")]
    WrongSeparator,
    /// The layout has a fraction, and the stamp none. Repaired with zeros.
    #[error("fraction missing")]
    MissingFraction,
    /// The fraction begins with a comma for a full stop, or the other way round. Repaired.
    #[error("wrong mark before the fraction")]
    WrongPoint,
    /// The fraction has fewer digits than the layout's. Repaired with zeros.
    #[error("fraction too short")]
    ShortFraction,
    /// The fraction has more digits than the layout's. Repaired if cutting is allowed.
    #[error("fraction too long")]
    LongFraction,
    /// The stamp has a fraction, and the layout none. Repaired if cutting is allowed.
    #[error("fraction where the layout has none")]
    ExtraFraction,
    /// The layout has a zone, and the stamp none. Repaired if an offset is told.
    #[error("zone missing")]
    NoZone,
    /// The zone is another or spelled otherwise (`+00:00` or `UTC` for `Z`). Repaired, by the
    /// same instant in the layout's own.
    #[error("wrong zone")]
    WrongZone,
    /// The stamp has a zone, and the layout none. Repaired, by the same instant in UTC.
    #[error("zone where the layout has none")]
    ExtraZone,
    /// Besides another deviation: directly behind the stamp stands what would be read as its
    /// fraction or zone, or would spoil it, once the stamp is as the layout has it. Never repaired.
    #[error("text runs on behind the stamp")]
    RunsOn,
}

impl DeviationKind {
    /// The name of the kind for reports and command lines, such as `missing-fraction`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotAStamp => "not-a-stamp",
            Self::WrongDate => "wrong-date",
            Self::NoYear => "no-year",
            Self::ExtraYear => "extra-year",
            Self::OutOfRange(_) => "out-of-range",
            Self::LeapSecond => "leap-second",
            Self::WrongSeparator => "wrong-separator",
            Self::MissingFraction => "missing-fraction",
            Self::WrongPoint => "wrong-point",
            Self::ShortFraction => "short-fraction",
            Self::LongFraction => "long-fraction",
            Self::ExtraFraction => "extra-fraction",
            Self::NoZone => "no-zone",
            Self::WrongZone => "wrong-zone",
            Self::ExtraZone => "extra-zone",
            Self::RunsOn => "runs-on",
        }
    }
}
