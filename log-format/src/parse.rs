#![warn(clippy::indexing_slicing)]

use crate::calendar;
use crate::error::ParseError;
use crate::fields::Fields;
use crate::layout::Layout;
use crate::shape::{Date, Shaped, Zone};
use crate::walk::Walk;

/// Reads a stamp: the exact inverse of [`stamp`](crate::stamp()).
///
/// Nothing is taken but what that writes: the exact width, ASCII digits, a date that the calendar
/// has, hours to 23, seconds to 59. Digits that the layout does not have are 0. Layouts with a
/// zone give [`Fields`] with an offset, the others without.
///
/// # Errors
///
/// [`ParseError`] with the place and kind of the first fault.
///
/// # Examples
///
/// ```
/// use log_format::{EsMicros, ParseErrorKind, parse};
///
/// let fields = parse::<EsMicros>(b"2017-05-30 13:03:11.000000")?;
/// assert_eq!(fields.unix_micros(), 1_496_149_391_000_000);
///
/// let error = parse::<EsMicros>(b"2017-05-30 13:03:11").unwrap_err();
/// assert_eq!((error.at, error.kind), (19, ParseErrorKind::MissingFraction));
/// assert_eq!(error.to_string(), "fraction missing at byte 19");
/// # Ok::<(), log_format::ParseError>(())
/// ```
///
/// A layout without a year does not compile here: [`parse_in_year`] takes it from the caller.
///
/// ```compile_fail
/// log_format::parse::<log_format::Rfc3164>(b"May 30 13:03:11");
/// ```
#[inline]
pub fn parse<L: Layout>(text: &[u8]) -> Result<Fields, ParseError> {
    const { assert!(L::SHAPE.has_year(), "a layout without a year is read by parse_in_year") };
    parse_in_year::<L>(text, 0)
}

/// Reads a stamp as [`parse()`] does; where the layout has no year, it is `year`.
///
/// Which year that is, the caller must know: mostly that in which the line came, and around New
/// Year the one which puts the stamp nearest to that.
///
/// # Errors
///
/// As for [`parse()`]; a `year` beyond 9999 is out of range at byte 0, and so is, at its day, a
/// 29 February in a year that has none.
///
/// # Examples
///
/// ```
/// use log_format::{Rfc3164, parse_in_year};
///
/// let fields = parse_in_year::<Rfc3164>(b"Feb  1 13:03:11", 2017)?;
/// assert_eq!((fields.year(), fields.month(), fields.day()), (2017, 2, 1));
/// assert!(parse_in_year::<Rfc3164>(b"Feb 29 13:03:11", 2017).is_err());
/// # Ok::<(), log_format::ParseError>(())
/// ```
#[inline]
pub fn parse_in_year<L: Layout>(text: &[u8], year: u16) -> Result<Fields, ParseError> {
    match at_once::<L>(text, year) {
        Some(fields) => Ok(fields),
        None => Walk::over(text).stamp(L::SHAPE, year),
    }
}

/// Reads a stamp without branches before the end; `None` for any fault whatever. [`Walk`] reads
/// the same, byte by byte, and names the fault.
#[inline(always)]
fn at_once<L: Layout>(text: &[u8], year: u16) -> Option<Fields> {
    let text = text.get(..L::WIDTH).filter(|_| text.len() == L::WIDTH)?;
    let shape = L::SHAPE;
    let mut bytes = Bytes { text, sound: true };

    let (year, month, day) = match shape.date {
        Date::YearMonthDay => {
            bytes.expect(4, b'-');
            bytes.expect(7, b'-');
            (bytes.four(0), bytes.two(5), bytes.two(8))
        }
        Date::DayMonthYear => {
            bytes.expect(2, b'/');
            bytes.expect(6, b'/');
            (bytes.four(7), bytes.month(3), bytes.two(0))
        }
        Date::MonthDay => {
            bytes.expect(3, b' ');
            bytes.sound &= year <= 9999;
            (year, bytes.month(0), bytes.blank_two(4))
        }
    };

    let time = shape.date_width();
    bytes.expect(time, shape.separator);
    bytes.expect(time + 3, b':');
    bytes.expect(time + 6, b':');
    let (hour, minute, second) = (bytes.two(time + 1), bytes.two(time + 4), bytes.two(time + 7));

    let mut nanosecond = 0;
    if shape.digits > 0 {
        let point = shape.seconds_end();
        bytes.expect(point, shape.point);
        // Wrapping, here and below: what is no digit makes any number, and is refused at the end.
        nanosecond = match shape.digits {
            3 => bytes.three(point + 1).wrapping_mul(1_000_000),
            6 => {
                let millis = bytes.three(point + 1).wrapping_mul(1_000_000);
                millis.wrapping_add(bytes.three(point + 4) * 1_000)
            }
            digits => {
                let mut number = 0_u32;
                for at in point + 1..=point + usize::from(digits) {
                    number = number.wrapping_mul(10).wrapping_add(bytes.digit(at).into());
                }
                number.wrapping_mul(10_u32.pow(9 - u32::from(digits.min(9))))
            }
        };
    }

    let zone = shape.fraction_end();
    let offset = match shape.zone {
        Zone::Unwritten => None,
        Zone::Utc => {
            bytes.expect(zone, b'Z');
            Some(0)
        }
        Zone::Offset { blank, colon } => {
            if blank {
                bytes.expect(zone, b' ');
            }
            Some(bytes.offset(zone + usize::from(blank), colon))
        }
    };

    let in_range = month.wrapping_sub(1) < 12
        && day.wrapping_sub(1) < calendar::days_in(year, month)
        && hour < 24
        && minute < 60
        && second < 60;
    (bytes.sound && in_range).then_some(Fields {
        year,
        month,
        day,
        hour,
        minute,
        second,
        nanosecond,
        offset,
    })
}

/// The bytes of a stamp, and whether all that were looked at were as they should be.
struct Bytes<'a> {
    text: &'a [u8],
    sound: bool,
}

impl Bytes<'_> {
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn expect(&mut self, at: usize, byte: u8) {
        self.sound &= self.byte(at) == byte;
    }

    #[inline(always)]
    fn digit(&mut self, at: usize) -> u8 {
        let digit = self.byte(at).wrapping_sub(b'0');
        self.sound &= digit < 10;
        digit
    }

    #[inline(always)]
    fn two(&mut self, at: usize) -> u8 {
        self.digit(at).wrapping_mul(10).wrapping_add(self.digit(at + 1))
    }

    #[inline(always)]
    fn three(&mut self, at: usize) -> u32 {
        u32::from(self.digit(at)) * 100
            + u32::from(self.digit(at + 1)) * 10
            + u32::from(self.digit(at + 2))
    }

    #[inline(always)]
    fn four(&mut self, at: usize) -> u16 {
        u16::from(self.two(at)) * 100 + u16::from(self.two(at + 2))
    }

    /// The month, or 0, which is out of range.
    #[inline(always)]
    fn month(&self, at: usize) -> u8 {
        month_named([self.byte(at), self.byte(at + 1), self.byte(at + 2)])
    }

    /// A number to 99, whose first digit is a blank if it is below 10.
    #[inline(always)]
    fn blank_two(&mut self, at: usize) -> u8 {
        match self.byte(at) {
            b' ' => self.digit(at + 1),
            first => {
                self.sound &= first != b'0';
                self.two(at)
            }
        }
    }

    #[inline(always)]
    fn offset(&mut self, at: usize, colon: bool) -> i16 {
        if colon {
            self.expect(at + 3, b':');
        }
        let (hours, minutes) = (self.two(at + 1), self.two(at + 3 + usize::from(colon)));
        let offset = i16::from(hours) * 60 + i16::from(minutes);
        let negative = self.byte(at) == b'-';
        self.sound &= hours < 24 && minutes < 60;
        self.sound &= if negative { offset > 0 } else { self.byte(at) == b'+' };
        if negative { -offset } else { offset }
    }
}

/// The number of a month from its English abbreviation; 0 when there is none.
#[inline(always)]
pub(crate) fn month_named(name: [u8; 3]) -> u8 {
    match &name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::at_once;
    use crate::layout::{
        Clf, EsNanos, HaproxyDate, Layout, Rfc3164, Rfc3339Micros, Rfc3339MillisOffset,
    };
    use crate::shape::Shaped;
    use crate::walk::Walk;
    use crate::{UnixNanos, stamp};

    crate::layout! {
        struct Tenths = "tenths", "YYYY-MM-DD-hh:mm:ss,f +zz:zz";
    }

    fn both_read_the_same<L: Layout>(nanos: i64, changes: &[(usize, u8)]) {
        let mut text = L::EPOCH;
        let bytes = text.as_mut();
        bytes.copy_from_slice(stamp::<L>(&UnixNanos(nanos.into())).unwrap().as_bytes());
        for (at, byte) in changes {
            bytes[at % L::WIDTH] = *byte;
        }

        let fast = at_once::<L>(bytes, 2016);
        let slow = Walk::over(bytes).stamp(L::SHAPE, 2016);

        assert_eq!(fast, slow.ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn fast_and_slow_reader_agree_on_changed_stamps(
            nanos: i64,
            changes in prop::collection::vec((any::<usize>(), b'+'..=b':'), 0..3),
            any_byte in (any::<usize>(), any::<u8>()),
        ) {
            both_read_the_same::<EsNanos>(nanos, &changes);
            both_read_the_same::<Rfc3339Micros>(nanos, &changes);
            both_read_the_same::<HaproxyDate>(nanos, &changes);
            both_read_the_same::<Clf>(nanos, &changes);
            both_read_the_same::<Rfc3164>(nanos, &changes);
            both_read_the_same::<Rfc3339MillisOffset>(nanos, &changes);
            both_read_the_same::<Tenths>(nanos, &changes);
            both_read_the_same::<EsNanos>(nanos, &[any_byte]);
            both_read_the_same::<Clf>(nanos, &[any_byte]);
            both_read_the_same::<Rfc3164>(nanos, &[any_byte]);
            both_read_the_same::<Tenths>(nanos, &[any_byte]);
        }
    }
}
