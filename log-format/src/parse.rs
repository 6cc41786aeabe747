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

/// Reads a stamp with hardly a branch; `None` for any fault whatever. [`Walk`] reads the same, byte
/// by byte, and names the fault.
#[inline(always)]
fn at_once<L: Layout>(text: &[u8], year: u16) -> Option<Fields> {
    let text = text.get(..L::WIDTH).filter(|_| text.len() == L::WIDTH)?;
    if !const { &L::BOUNDS }.hold(text) {
        return None;
    }
    let shape = L::SHAPE;
    let digits = Digits { text };

    let (year, month, day) = match shape.date {
        Date::YearMonthDay => {
            let [century, _, year, _, _, month, ..] = digits.pairs(0);
            (u16::from(century) * 100 + u16::from(year), month, digits.two(8))
        }
        Date::DayMonthYear => {
            let year = u16::from(digits.two(7)) * 100 + u16::from(digits.two(9));
            (year, digits.month(3), digits.two(0))
        }
        Date::MonthDay => (year, digits.month(0), digits.blank_two(4)?),
    };
    let [hour, _, _, minute, _, _, second, _] = digits.pairs(shape.date_width() + 1);

    let fraction_end = shape.fraction_end();
    let nanosecond = match shape.digits {
        0 => 0,
        9 => digits.eight(fraction_end - 9, 8) * 10 + u32::from(digits.digit(fraction_end - 1)),
        count => digits.eight(fraction_end - 8, count.into()) * 10_u32.pow(9 - u32::from(count)),
    };
    let offset = match shape.zone {
        Zone::Unwritten => None,
        Zone::Utc => Some(0),
        Zone::Offset { blank, colon } => {
            Some(digits.offset(fraction_end + usize::from(blank), colon)?)
        }
    };

    let in_range = year <= 9999
        && month.wrapping_sub(1) < 12
        && day.wrapping_sub(1) < calendar::days_in(year, month)
        && hour < 24
        && minute < 60
        && second < 60;
    in_range.then_some(Fields { year, month, day, hour, minute, second, nanosecond, offset })
}

/// The bytes of a stamp, digits where its layout has digits. Numbers of several digits are made
/// with one multiplication for all, the first digit in the lowest byte.
struct Digits<'a> {
    text: &'a [u8],
}

impl Digits<'_> {
    const VALUES: u64 = 0x0f0f_0f0f_0f0f_0f0f;

    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn digit(&self, at: usize) -> u8 {
        self.byte(at) & 15
    }

    #[inline(always)]
    fn two(&self, at: usize) -> u8 {
        self.digit(at) * 10 + self.digit(at + 1)
    }

    #[inline(always)]
    fn values(&self, at: usize) -> u64 {
        let bytes = self.text.get(at..).and_then(<[u8]>::first_chunk);
        u64::from_le_bytes(bytes.copied().unwrap_or_default()) & Self::VALUES
    }

    /// For each of eight bytes the number that it makes with the one behind it; the last alone.
    #[inline(always)]
    fn pairs(&self, at: usize) -> [u8; 8] {
        let values = self.values(at);
        (values * 10 + (values >> 8)).to_le_bytes()
    }

    /// The number of the last `count` (1 to 8) of eight digits.
    #[inline(always)]
    fn eight(&self, at: usize, count: usize) -> u32 {
        let ones = self.values(at) & (u64::MAX << (64 - 8 * count));
        let pairs = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
        let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
        (fours * 10_000 + (fours >> 32)) as u32
    }

    /// The month, or 0, which is out of range.
    #[inline(always)]
    fn month(&self, at: usize) -> u8 {
        month_named([self.byte(at), self.byte(at + 1), self.byte(at + 2)])
    }

    /// A number to 99, whose first digit is a blank if it is below 10.
    #[inline(always)]
    fn blank_two(&self, at: usize) -> Option<u8> {
        match self.byte(at) {
            b' ' => Some(self.digit(at + 1)),
            b'1'..=b'9' => Some(self.two(at)),
            _ => None,
        }
    }

    #[inline(always)]
    fn offset(&self, at: usize, colon: bool) -> Option<i16> {
        let (hours, minutes) = (self.two(at + 1), self.two(at + 3 + usize::from(colon)));
        let offset = i16::from(hours) * 60 + i16::from(minutes);
        match self.byte(at) {
            _ if hours > 23 || minutes > 59 => None,
            b'+' => Some(offset),
            b'-' if offset > 0 => Some(-offset),
            _ => None,
        }
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

    #[test]
    fn fast_and_slow_reader_agree_on_offsets_either_way() {
        // Places of sign and hours in `01/Jan/1970:00:00:00 +0000` and in `..00.000+00:00`.
        both_read_the_same::<Clf>(0, &[(21, b'-'), (23, b'7')]);
        both_read_the_same::<Clf>(0, &[(22, b'1'), (24, b'5')]);
        both_read_the_same::<Rfc3339MillisOffset>(0, &[(23, b'-'), (28, b'1')]);
        both_read_the_same::<Clf>(0, &[(22, b'2'), (23, b'3'), (24, b'5'), (25, b'9')]);
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
