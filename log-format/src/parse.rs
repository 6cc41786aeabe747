#![warn(clippy::indexing_slicing)]

use crate::calendar;
use crate::error::{Field, ParseError, ParseErrorKind};
use crate::fields::Fields;
use crate::layout::Layout;
use crate::layout::sealed::{Date, Shape, Zone};
use crate::stamp::MONTHS;

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
#[inline]
pub fn parse<L: Layout>(text: &[u8]) -> Result<Fields, ParseError> {
    match at_once::<L>(text) {
        Some(fields) => Ok(fields),
        None => Walk { text, at: 0 }.stamp(L::SHAPE),
    }
}

/// Reads a stamp without branches before the end; `None` for any fault whatever. [`Walk`] reads
/// the same, byte by byte, and names the fault.
#[inline(always)]
fn at_once<L: Layout>(text: &[u8]) -> Option<Fields> {
    let text = text.get(..L::WIDTH).filter(|_| text.len() == L::WIDTH)?;
    let shape = L::SHAPE;
    let mut bytes = Bytes { text, sound: true };

    let (year, month, day) = match shape.date {
        Date::YearFirst => {
            bytes.expect(4, b'-');
            bytes.expect(7, b'-');
            (bytes.four(0), bytes.two(5), bytes.two(8))
        }
        Date::DayFirst => {
            bytes.expect(2, b'/');
            bytes.expect(6, b'/');
            (bytes.four(7), bytes.month(3), bytes.two(0))
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
        nanosecond = bytes.three(point + 1).wrapping_mul(1_000_000);
        if shape.digits > 3 {
            nanosecond = nanosecond.wrapping_add(bytes.three(point + 4) * 1_000);
        }
        if shape.digits > 6 {
            nanosecond = nanosecond.wrapping_add(bytes.three(point + 7));
        }
    }

    let zone = shape.fraction_end();
    let offset = match shape.zone {
        Zone::Unwritten => None,
        Zone::Utc => {
            bytes.expect(zone, b'Z');
            Some(0)
        }
        Zone::Offset => {
            bytes.expect(zone, b' ');
            Some(bytes.offset(zone + 1))
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

    #[inline(always)]
    fn offset(&mut self, at: usize) -> i16 {
        let (hours, minutes) = (self.two(at + 1), self.two(at + 3));
        let offset = i16::from(hours) * 60 + i16::from(minutes);
        let negative = self.byte(at) == b'-';
        self.sound &= hours < 24 && minutes < 60;
        self.sound &= if negative { offset > 0 } else { self.byte(at) == b'+' };
        if negative { -offset } else { offset }
    }
}

/// The number of a month from its English abbreviation; 0 when there is none.
#[inline(always)]
fn month_named(name: [u8; 3]) -> u8 {
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

/// The slow reader: from left to right, stopping at the first fault.
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    #[cold]
    fn stamp(mut self, shape: Shape) -> Result<Fields, ParseError> {
        let mut fields = Fields::EPOCH;
        match shape.date {
            Date::YearFirst => {
                fields.year = self.number(4, 0..=9999, Field::Year)?;
                self.separator(b'-')?;
                fields.month = self.number(2, 1..=12, Field::Month)? as u8;
                self.separator(b'-')?;
                let days = calendar::days_in(fields.year, fields.month);
                fields.day = self.number(2, 1..=u16::from(days), Field::Day)? as u8;
            }
            Date::DayFirst => {
                fields.day = self.number(2, 1..=31, Field::Day)? as u8;
                self.separator(b'/')?;
                fields.month = self.month()?;
                self.separator(b'/')?;
                fields.year = self.number(4, 0..=9999, Field::Year)?;
                if fields.day > calendar::days_in(fields.year, fields.month) {
                    return Err(ParseError { at: 0, kind: ParseErrorKind::Range(Field::Day) });
                }
            }
        }
        self.separator(shape.separator)?;
        fields.hour = self.number(2, 0..=23, Field::Hour)? as u8;
        self.separator(b':')?;
        fields.minute = self.number(2, 0..=59, Field::Minute)? as u8;
        self.separator(b':')?;
        fields.second = self.number(2, 0..=59, Field::Second)? as u8;
        if shape.digits > 0 {
            fields.nanosecond = self.fraction(shape)?;
        }
        fields.offset = match shape.zone {
            Zone::Unwritten => None,
            Zone::Utc => self.separator(b'Z').map(|()| Some(0))?,
            Zone::Offset => Some(self.offset()?),
        };
        match self.peek() {
            None => Ok(fields),
            Some(_) => self.fault(ParseErrorKind::Trailing),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn fault<T>(&self, kind: ParseErrorKind) -> Result<T, ParseError> {
        Err(ParseError { at: self.at, kind })
    }

    fn separator(&mut self, expected: u8) -> Result<(), ParseError> {
        match self.peek() {
            None => self.fault(ParseErrorKind::Truncated),
            Some(found) if found != expected => {
                self.fault(ParseErrorKind::Separator { expected, found })
            }
            Some(_) => {
                self.at += 1;
                Ok(())
            }
        }
    }

    fn number(
        &mut self,
        digits: usize,
        range: core::ops::RangeInclusive<u16>,
        field: Field,
    ) -> Result<u16, ParseError> {
        let start = self.at;
        let mut number = 0;
        for _ in 0..digits {
            match self.peek() {
                None => return self.fault(ParseErrorKind::Truncated),
                Some(digit @ b'0'..=b'9') => number = number * 10 + u16::from(digit - b'0'),
                Some(found) => return self.fault(ParseErrorKind::Digit { found }),
            }
            self.at += 1;
        }
        if !range.contains(&number) {
            return Err(ParseError { at: start, kind: ParseErrorKind::Range(field) });
        }
        Ok(number)
    }

    fn month(&mut self) -> Result<u8, ParseError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let month = match *rest {
            [a, b, c, ..] => month_named([a, b, c]),
            _ if MONTHS.iter().any(|name| name.starts_with(rest)) => {
                self.at = self.text.len();
                return self.fault(ParseErrorKind::Truncated);
            }
            _ => 0,
        };
        if month == 0 {
            return self.fault(ParseErrorKind::MonthName);
        }
        self.at += 3;
        Ok(month)
    }

    fn fraction(&mut self, shape: Shape) -> Result<u32, ParseError> {
        let expected = shape.digits;
        match self.peek() {
            Some(point) if point == shape.point => self.at += 1,
            // Another mark before digits is a fraction, but of another layout.
            Some(found @ (b'.' | b',')) => {
                return self.fault(ParseErrorKind::Separator { expected: shape.point, found });
            }
            _ => return self.fault(ParseErrorKind::MissingFraction),
        }
        let mut nanosecond = 0;
        for found in 0..9 {
            let digit = match self.peek() {
                _ if found >= expected => 0,
                Some(digit @ b'0'..=b'9') => {
                    self.at += 1;
                    u32::from(digit - b'0')
                }
                _ => return self.fault(ParseErrorKind::ShortFraction { found, expected }),
            };
            nanosecond = nanosecond * 10 + digit;
        }
        match self.peek() {
            Some(b'0'..=b'9') => self.fault(ParseErrorKind::LongFraction { expected }),
            _ => Ok(nanosecond),
        }
    }

    fn offset(&mut self) -> Result<i16, ParseError> {
        self.separator(b' ')?;
        let sign = self.at;
        let negative = match self.peek() {
            None => return self.fault(ParseErrorKind::Truncated),
            Some(b'+') => false,
            Some(b'-') => true,
            Some(_) => return self.fault(ParseErrorKind::Offset),
        };
        self.at += 1;
        let hours = self.number(2, 0..=23, Field::Offset)?;
        let minutes = self.number(2, 0..=59, Field::Offset)?;
        match (negative, (hours * 60 + minutes) as i16) {
            (true, 0) => Err(ParseError { at: sign, kind: ParseErrorKind::Offset }),
            (true, minutes) => Ok(-minutes),
            (false, minutes) => Ok(minutes),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Walk, at_once};
    use crate::layout::{Clf, EsNanos, HaproxyDate, Layout, Rfc3339Micros};
    use crate::{UnixNanos, stamp};

    fn both_read_the_same<L: Layout>(nanos: i64, changes: &[(usize, u8)]) {
        let mut text = L::BLANK;
        let bytes = text.as_mut();
        bytes.copy_from_slice(stamp::<L>(&UnixNanos(nanos.into())).unwrap().as_bytes());
        for (at, byte) in changes {
            bytes[at % L::WIDTH] = *byte;
        }

        let fast = at_once::<L>(bytes);
        let slow = Walk { text: bytes, at: 0 }.stamp(L::SHAPE);

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
            both_read_the_same::<EsNanos>(nanos, &[any_byte]);
            both_read_the_same::<Clf>(nanos, &[any_byte]);
        }
    }
}
