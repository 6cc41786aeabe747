//! The facts that writer and readers of a layout go by, taken from its pattern at compile time.

use crate::bounds::Bounds;
use crate::layout::Layout;

/// What a layout's pattern says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Shape {
    pub(crate) date: Date,
    /// Between date and time.
    pub(crate) separator: u8,
    /// Before the fraction; a full stop where there is none.
    pub(crate) point: u8,
    /// Digits of the fraction, up to 9.
    pub(crate) digits: u8,
    pub(crate) zone: Zone,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Date {
    /// `2017-05-30`
    YearMonthDay,
    /// `30/May/2017`
    DayMonthYear,
    /// `May 30`, `Jun  1`
    MonthDay,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Zone {
    /// Nothing is written.
    Unwritten,
    /// `Z`
    Utc,
    /// `+04:00`, with or without a blank before and a colon within.
    Offset { blank: bool, colon: bool },
}

/// What follows from the pattern of every layout.
pub(crate) trait Shaped: Layout {
    const BOUNDS: Bounds = Bounds::of(Self::PATTERN);
    const SHAPE: Shape = {
        let shape = Shape::of(Self::PATTERN);
        assert!(
            shape.width() == Self::WIDTH && size_of::<Self::Bytes>() == Self::WIDTH,
            "layouts are made by the macro `layout!`"
        );
        shape
    };
}

impl<L: Layout> Shaped for L {}

impl Shape {
    /// Reads a pattern.
    ///
    /// # Panics
    ///
    /// With what is wrong with the pattern; at compile time, since this is called there alone.
    #[expect(clippy::panic, reason = "the one way to refuse a constant at compile time")]
    pub(crate) const fn of(pattern: &str) -> Self {
        let pattern = pattern.as_bytes();
        let (date, at) = if starts(pattern, 0, b"YYYY-MM-DD") {
            (Date::YearMonthDay, 10)
        } else if starts(pattern, 0, b"DD/Mon/YYYY") {
            (Date::DayMonthYear, 11)
        } else if starts(pattern, 0, b"Mon _D") {
            (Date::MonthDay, 6)
        } else {
            panic!("a pattern begins with YYYY-MM-DD, DD/Mon/YYYY or Mon _D")
        };
        let separator = match pattern.len() - at {
            0 => 0,
            _ => pattern[at],
        };
        if !matches!(separator, b'T' | b' ') && !separator.is_ascii_punctuation() {
            panic!("between date and time stands a T, a blank or a punctuation mark")
        }
        if !starts(pattern, at + 1, b"hh:mm:ss") {
            panic!("behind date and separator stands hh:mm:ss")
        }

        let mut at = at + 9;
        let (mut point, mut digits) = (b'.', 0);
        if starts(pattern, at, b".f") || starts(pattern, at, b",f") {
            point = pattern[at];
            at += 1;
            while starts(pattern, at, b"f") {
                digits += 1;
                at += 1;
            }
            if digits > 9 {
                panic!("a fraction has at most 9 digits")
            }
        }

        let blank = starts(pattern, at, b" ");
        let zone = at + blank as usize;
        let zone = match pattern.len() - at {
            0 => Zone::Unwritten,
            1 if starts(pattern, at, b"Z") => Zone::Utc,
            _ if ends(pattern, zone, b"+zz:zz") => Zone::Offset { blank, colon: true },
            _ if ends(pattern, zone, b"+zzzz") => Zone::Offset { blank, colon: false },
            _ => panic!("a pattern ends with a fraction (.f to .fffffffff), Z, +zz:zz or +zzzz"),
        };
        Self { date, separator, point, digits, zone }
    }

    pub(crate) const fn date_width(&self) -> usize {
        match self.date {
            Date::YearMonthDay => 10,
            Date::DayMonthYear => 11,
            Date::MonthDay => 6,
        }
    }

    /// Where the fraction's point stands, or what follows the seconds.
    pub(crate) const fn seconds_end(&self) -> usize {
        self.date_width() + 1 + 8
    }

    pub(crate) const fn fraction_end(&self) -> usize {
        match self.digits {
            0 => self.seconds_end(),
            digits => self.seconds_end() + 1 + digits as usize,
        }
    }

    pub(crate) const fn width(&self) -> usize {
        self.fraction_end()
            + match self.zone {
                Zone::Unwritten => 0,
                Zone::Utc => 1,
                Zone::Offset { blank, colon } => 5 + blank as usize + colon as usize,
            }
    }

    pub(crate) const fn has_year(&self) -> bool {
        !matches!(self.date, Date::MonthDay)
    }
}

const fn starts(text: &[u8], at: usize, prefix: &[u8]) -> bool {
    let mut index = 0;
    while index < prefix.len() {
        if at + index >= text.len() || text[at + index] != prefix[index] {
            return false;
        }
        index += 1;
    }
    true
}

const fn ends(text: &[u8], at: usize, suffix: &[u8]) -> bool {
    text.len() == at + suffix.len() && starts(text, at, suffix)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Date, Shape, Zone};

    #[test]
    fn pattern_is_read_part_by_part() {
        let shape = Shape::of("Mon _D hh:mm:ss,ff +zz:zz");

        let zone = Zone::Offset { blank: true, colon: true };
        let expected =
            Shape { date: Date::MonthDay, separator: b' ', point: b',', digits: 2, zone };
        assert_eq!((shape, shape.width()), (expected, 25));
    }

    #[test]
    fn patterns_that_no_writer_could_follow_are_refused() {
        let patterns = [
            "",
            "YYYY",
            "YY-MM-DD hh:mm:ss",
            "YYYY-MM-DD",
            "YYYY-MM-DD0hh:mm:ss",
            "YYYY-MM-DD\thh:mm:ss",
            "YYYY-MM-DD hh:mm",
            "YYYY-MM-DD HH:MM:SS",
            "YYYY-MM-DD hh:mm:ss.",
            "YYYY-MM-DD hh:mm:ss.ffffffffff",
            "YYYY-MM-DD hh:mm:ss;fff",
            "YYYY-MM-DD hh:mm:ss Z",
            "YYYY-MM-DD hh:mm:ssZZ",
            "YYYY-MM-DD hh:mm:ss+zz",
            "YYYY-MM-DD hh:mm:ss+zz:zz ",
            "YYYY-MM-DD hh:mm:ss  +zzzz",
            "YYYY-MM-DD\u{e9}hh:mm:ss",
        ];
        for pattern in patterns {
            assert!(std::panic::catch_unwind(|| Shape::of(pattern)).is_err(), "{pattern}");
        }
    }
}
