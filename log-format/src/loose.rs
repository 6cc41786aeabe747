#![warn(clippy::indexing_slicing)]

use crate::parse::month_named;
use crate::shape::{Date, Shape, Zone};

/// A date and time of day as it stands in a text, in any spelling that formatters use. The
/// numbers are as written, and may be ones that no calendar has. Places count from the stamp's
/// first byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loose {
    pub(crate) date: Date,
    /// Whether the date is spelled as layouts of its form spell it.
    pub(crate) proper: bool,
    /// 2000, a leap year, where none is written.
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) separator: u8,
    pub(crate) date_end: usize,
    pub(crate) fraction: Option<Fraction>,
    pub(crate) fraction_end: usize,
    pub(crate) zone: Option<Offset>,
    pub(crate) end: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fraction {
    pub(crate) point: u8,
    pub(crate) digits: usize,
    /// The first nine digits.
    pub(crate) nanosecond: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Offset {
    /// How it is spelled; `None` for spellings that no layout has.
    pub(crate) spelled: Option<Zone>,
    /// Minutes east of UTC; `None` where that is a day or more, or not a whole number.
    pub(crate) minutes: Option<i16>,
    width: usize,
}

impl Loose {
    /// Reads the stamp that begins a text, with the date in the given form.
    ///
    /// # Errors
    ///
    /// The place of the first byte that no such stamp has there.
    pub(crate) fn read(text: &[u8], date: Date, shape: Shape) -> Result<Self, usize> {
        let mut cursor = Cursor { text, at: 0 };
        let mut proper = true;
        let (year, month, day) = match date {
            Date::YearMonthDay => {
                let year = cursor.number(4)?;
                let mark = cursor.one_of(b"-/")?;
                proper = mark == b'-';
                let month = cursor.number(2)?;
                cursor.one_of(&[mark])?;
                (year, month as u8, cursor.number(2)? as u8)
            }
            Date::DayMonthYear => {
                let day = cursor.number(2)? as u8;
                cursor.one_of(b"/")?;
                let month = cursor.month()?;
                cursor.one_of(b"/")?;
                (cursor.number(4)?, month, day)
            }
            Date::MonthDay => {
                let month = cursor.month()?;
                cursor.one_of(b" ")?;
                proper = cursor.peek(0) != Some(b'0');
                let digits = if cursor.peek(0) == Some(b' ') { 1 } else { 2 };
                cursor.at += 2 - digits;
                (2000, month, cursor.number(digits)? as u8)
            }
        };

        let date_end = cursor.at;
        let separator = cursor.one_of(&[shape.separator, b' ', b'T', b't', b'_', b':', b'-'])?;
        let hour = cursor.number(2)? as u8;
        cursor.one_of(b":")?;
        let minute = cursor.number(2)? as u8;
        cursor.one_of(b":")?;
        let second = cursor.number(2)? as u8;
        if cursor.digit(0).is_some() {
            return Err(cursor.at);
        }

        let fraction = cursor.fraction(shape.point);
        let fraction_end = cursor.at + fraction.map_or(0, |fraction| 1 + fraction.digits);
        cursor.at = fraction_end;
        let zone = cursor.zone();
        let end = fraction_end + zone.map_or(0, |zone| zone.width);
        Ok(Self {
            date,
            proper,
            year,
            month,
            day,
            hour,
            minute,
            second,
            separator,
            date_end,
            fraction,
            fraction_end,
            zone,
            end,
        })
    }

    pub(crate) fn has_year(&self) -> bool {
        self.date != Date::MonthDay
    }

    pub(crate) fn is_utc(&self) -> bool {
        self.zone.is_some_and(|zone| zone.minutes == Some(0))
    }

    /// Where the seconds end.
    pub(crate) fn seconds_end(&self) -> usize {
        self.date_end + 9
    }
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn digit(&self, ahead: usize) -> Option<u8> {
        self.peek(ahead).filter(u8::is_ascii_digit).map(|digit| digit - b'0')
    }

    fn number(&mut self, digits: usize) -> Result<u16, usize> {
        let mut number = 0;
        for _ in 0..digits {
            number = number * 10 + u16::from(self.digit(0).ok_or(self.at)?);
            self.at += 1;
        }
        Ok(number)
    }

    fn one_of(&mut self, bytes: &[u8]) -> Result<u8, usize> {
        let byte = self.peek(0).filter(|byte| bytes.contains(byte)).ok_or(self.at)?;
        self.at += 1;
        Ok(byte)
    }

    fn month(&mut self) -> Result<u8, usize> {
        let name = self.text.get(self.at..).and_then(<[u8]>::first_chunk).ok_or(self.at)?;
        match month_named(*name) {
            0 => Err(self.at),
            month => {
                self.at += 3;
                Ok(month)
            }
        }
    }

    /// The fraction that begins here. A comma that the layout does not have as its point often
    /// only separates: it counts before 3, 6 or 9 digits that no further comma or stop follows.
    fn fraction(&self, layout_point: u8) -> Option<Fraction> {
        let point = self.peek(0).filter(|point| matches!(point, b'.' | b','))?;
        let (mut digits, mut nanosecond, mut unit) = (0, 0, 100_000_000);
        while let Some(digit) = self.digit(1 + digits) {
            nanosecond += u32::from(digit) * unit;
            unit /= 10;
            digits += 1;
        }
        let separates = point == b','
            && layout_point != b','
            && (!matches!(digits, 3 | 6 | 9) || matches!(self.peek(1 + digits), Some(b',' | b'.')));
        (digits > 0 && !separates).then_some(Fraction { point, digits, nanosecond })
    }

    /// The zone that begins here: `Z`, `UTC`, `GMT`, `+04:00`, `+0400`, also behind a blank;
    /// `+04` without one.
    fn zone(&self) -> Option<Offset> {
        let blank = usize::from(self.peek(0) == Some(b' '));
        let offset = match self.peek(blank)? {
            letter @ (b'Z' | b'z') => {
                let proper = letter == b'Z' && blank == 0;
                let spelled = proper.then_some(Zone::Utc);
                Offset { spelled, minutes: Some(0), width: blank + 1 }
            }
            b'U' | b'G' => {
                let name = self.text.get(self.at + blank..)?.first_chunk::<3>()?;
                matches!(name, b"UTC" | b"GMT").then_some(())?;
                Offset { spelled: None, minutes: Some(0), width: blank + 3 }
            }
            sign @ (b'+' | b'-') => self.offset(sign == b'-', blank)?,
            _ => return None,
        };
        let next = self.peek(offset.width);
        let goes_on = next.is_some_and(|next| next.is_ascii_alphanumeric() || next == b'-');
        (!goes_on).then_some(offset)
    }

    fn offset(&self, negative: bool, blank: usize) -> Option<Offset> {
        let pair = |at| Some(self.digit(at)? * 10 + self.digit(at + 1)?);
        let hours = pair(blank + 1)?;
        let colon = usize::from(self.peek(blank + 3) == Some(b':'));
        let Some(minutes) = pair(blank + 3 + colon) else {
            // Behind a blank a sign and two digits are more likely a number than a zone.
            let minutes = i16::from(hours) * if negative { -60 } else { 60 };
            let minutes = (hours < 24).then_some(minutes);
            return (blank + colon == 0).then_some(Offset { spelled: None, minutes, width: 3 });
        };

        let distance = i16::from(hours) * 60 + i16::from(minutes);
        let in_range = (hours < 24 && minutes < 60).then_some(distance);
        let minutes = if negative { in_range.map(|distance| -distance) } else { in_range };
        let width = blank + 5 + colon;
        let colon = colon == 1;
        if let Some(seconds) = pair(width + 1).filter(|_| self.peek(width) == Some(b':')) {
            let minutes = minutes.filter(|_| seconds == 0);
            return Some(Offset { spelled: None, minutes, width: width + 3 });
        }
        // RFC 3339, section 4.3: with a minus, 0 says that the local offset is not known.
        let proper = !(negative && distance == 0);
        let spelled = proper.then_some(Zone::Offset { blank: blank == 1, colon });
        Some(Offset { spelled, minutes, width })
    }
}
