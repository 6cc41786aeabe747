#![warn(clippy::indexing_slicing)]

use crate::calendar;
use crate::error::{Field, ParseError, ParseErrorKind};
use crate::fields::Fields;
use crate::parse::month_named;
use crate::shape::{Date, Shape, Zone};
use crate::write::MONTHS;

/// The slow reader, which names the first fault from left to right.
pub(crate) struct Walk<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn over(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    #[cold]
    pub(crate) fn stamp(mut self, shape: Shape, year: u16) -> Result<Fields, ParseError> {
        let mut fields = Fields::EPOCH;
        match shape.date {
            Date::YearMonthDay => {
                fields.year = self.number(4, 0..=9999, Field::Year)?;
                self.separator(b'-')?;
                fields.month = self.number(2, 1..=12, Field::Month)? as u8;
                self.separator(b'-')?;
                let days = calendar::days_in(fields.year, fields.month);
                fields.day = self.number(2, 1..=u16::from(days), Field::Day)? as u8;
            }
            Date::DayMonthYear => {
                fields.day = self.number(2, 1..=31, Field::Day)? as u8;
                self.separator(b'/')?;
                fields.month = self.month()?;
                self.separator(b'/')?;
                fields.year = self.number(4, 0..=9999, Field::Year)?;
                if fields.day > calendar::days_in(fields.year, fields.month) {
                    return Err(ParseError { at: 0, kind: ParseErrorKind::Range(Field::Day) });
                }
            }
            Date::MonthDay => {
                if year > 9999 {
                    return self.fault(ParseErrorKind::Range(Field::Year));
                }
                fields.year = year;
                fields.month = self.month()?;
                self.separator(b' ')?;
                fields.day = self.blank_day(calendar::days_in(year, fields.month))?;
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
            Zone::Offset { blank, colon } => Some(self.offset(blank, colon)?),
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

    /// A day without a leading zero, which a blank stands for.
    fn blank_day(&mut self, days: u8) -> Result<u8, ParseError> {
        let start = self.at;
        let days = u16::from(days);
        let day = match self.peek() {
            Some(b' ') => {
                self.at += 1;
                self.number(1, 1..=9, Field::Day)
            }
            Some(b'0') => return self.separator(b' ').map(|()| 0),
            _ => self.number(2, 10..=days, Field::Day),
        };
        match day {
            Ok(day) => Ok(day as u8),
            Err(ParseError { kind: ParseErrorKind::Range(field), .. }) => {
                Err(ParseError { at: start, kind: ParseErrorKind::Range(field) })
            }
            Err(error) => Err(error),
        }
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

    fn offset(&mut self, blank: bool, colon: bool) -> Result<i16, ParseError> {
        if blank {
            self.separator(b' ')?;
        }
        let sign = self.at;
        let negative = match self.peek() {
            None => return self.fault(ParseErrorKind::Truncated),
            Some(b'+') => false,
            Some(b'-') => true,
            Some(_) => return self.fault(ParseErrorKind::Offset),
        };
        self.at += 1;
        let hours = self.number(2, 0..=23, Field::Offset)?;
        if colon {
            self.separator(b':')?;
        }
        let minutes = self.number(2, 0..=59, Field::Offset)?;
        match (negative, (hours * 60 + minutes) as i16) {
            (true, 0) => Err(ParseError { at: sign, kind: ParseErrorKind::Offset }),
            (true, minutes) => Ok(-minutes),
            (false, minutes) => Ok(minutes),
        }
    }
}
