use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use crate::error::{ParseError, StampError};
use crate::fields::Fields;
use crate::layout::Layout;
use crate::layout::sealed::{Date, Zone};
use crate::moment::Moment;
use crate::parse::parse;

/// Names of the months as Common Log Format and HAProxy write them.
pub(crate) const MONTHS: [[u8; 3]; 12] = [
    *b"Jan", *b"Feb", *b"Mar", *b"Apr", *b"May", *b"Jun", *b"Jul", *b"Aug", *b"Sep", *b"Oct",
    *b"Nov", *b"Dec",
];

/// Two digits for each number below 100. The room up to 128 lets a mask take the place of the
/// check of bounds, which halves the time of a stamp.
static PAIRS: [[u8; 2]; 128] = {
    let mut pairs = [[b'0'; 2]; 128];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + number as u8 / 10, b'0' + number as u8 % 10];
        number += 1;
    }
    pairs
};

/// A timestamp in the layout `L`: text of exactly `L::WIDTH` ASCII bytes, on the stack.
///
/// It reads as `&str` wherever one is wanted. Looking at the text as `str` costs a check of
/// UTF-8; who only moves bytes takes [`as_bytes`](Self::as_bytes). In the layouts that begin with
/// the year and are in one zone, stamps order as their instants do.
///
/// ```
/// use log_format::{EsMicros, Stamp, UnixMicros, stamp};
///
/// let stamp: Stamp<EsMicros> = stamp(&UnixMicros(1_496_149_391_000_000))?;
/// assert_eq!(stamp.as_str(), "2017-05-30 13:03:11.000000");
/// assert!("2017-05-30 13:03:11".parse::<Stamp<EsMicros>>().is_err());
/// # Ok::<(), log_format::StampError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Stamp<L: Layout> {
    bytes: L::Bytes,
}

impl<L: Layout> Stamp<L> {
    /// Bytes of every stamp of this layout.
    pub const WIDTH: usize = L::WIDTH;

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII, by this type's invariant; the default is never taken.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text as bytes, [`WIDTH`](Self::WIDTH) of them.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

/// Stamps a moment, on the stack.
///
/// Fractions finer than the layout's are cut downwards (also before 1970), never rounded, so that
/// a stamp is never later than its instant.
///
/// # Errors
///
/// [`StampError::Year`] outside the years 0 to 9999, [`StampError::LeapSecond`] within one,
/// [`StampError::NoZone`] for a time without a zone in a layout that writes one,
/// [`StampError::OffsetSeconds`] for an offset that hours and minutes cannot express in a layout
/// that writes it.
///
/// # Examples
///
/// ```
/// use chrono::{FixedOffset, TimeZone};
/// use log_format::{Clf, Rfc3339Millis, stamp};
///
/// let dubai = FixedOffset::east_opt(4 * 3600).and_then(|zone| {
///     zone.with_ymd_and_hms(2017, 5, 30, 13, 3, 11).single()
/// });
///
/// let moment = dubai.ok_or("no such time")?;
/// assert_eq!(stamp::<Rfc3339Millis>(&moment)?.as_str(), "2017-05-30T09:03:11.000Z");
/// assert_eq!(stamp::<Clf>(&moment)?.as_str(), "30/May/2017:13:03:11 +0400");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline]
pub fn stamp<L: Layout>(moment: &impl Moment) -> Result<Stamp<L>, StampError> {
    let fields = view::<L>(moment)?;
    let mut bytes = L::BLANK;
    write(&fields, L::SHAPE, bytes.as_mut());
    Ok(Stamp { bytes })
}

/// Stamps a moment into the first `L::WIDTH` bytes of `out`, and returns their number. The rest
/// of `out`, and on failure all of it, stays as it was.
///
/// # Errors
///
/// As for [`stamp`]; and [`StampError::NoRoom`] when `out` is shorter than the stamp.
#[inline]
pub fn write_to<L: Layout>(moment: &impl Moment, out: &mut [u8]) -> Result<usize, StampError> {
    let room = out.len();
    let Some(out) = out.get_mut(..L::WIDTH) else {
        return Err(StampError::NoRoom { width: L::WIDTH, room });
    };
    write(&view::<L>(moment)?, L::SHAPE, out);
    Ok(L::WIDTH)
}

/// Appends the stamp of a moment to a buffer; on failure nothing is appended.
///
/// # Errors
///
/// As for [`stamp`]; and [`StampError::NoRoom`] when the buffer cannot take the stamp.
#[cfg(feature = "bytes")]
pub fn put<L: Layout>(
    moment: &impl Moment,
    buffer: &mut impl bytes::BufMut,
) -> Result<(), StampError> {
    let room = buffer.remaining_mut();
    if room < L::WIDTH {
        return Err(StampError::NoRoom { width: L::WIDTH, room });
    }
    buffer.put_slice(stamp::<L>(moment)?.as_bytes());
    Ok(())
}

/// The fields that the layout writes of a moment.
#[inline]
fn view<L: Layout>(moment: &impl Moment) -> Result<Fields, StampError> {
    let fields = match L::SHAPE.zone {
        Zone::Unwritten => return moment.utc(),
        Zone::Utc => moment.utc()?,
        Zone::Offset => moment.fields()?,
    };
    match fields.offset {
        None => Err(StampError::NoZone),
        Some(_) => Ok(fields),
    }
}

/// Writes fields into `out`, which is as long as the shape is wide. Inlined, the shape is a
/// constant and only the straight line for one layout remains.
#[inline(always)]
fn write(fields: &Fields, shape: crate::layout::sealed::Shape, out: &mut [u8]) {
    let year = u32::from(fields.year);
    let day = u32::from(fields.day);
    match shape.date {
        Date::YearFirst => {
            pair(out, 0, year / 100);
            pair(out, 2, year % 100);
            out[4] = b'-';
            pair(out, 5, u32::from(fields.month));
            out[7] = b'-';
            pair(out, 8, day);
        }
        Date::DayFirst => {
            pair(out, 0, day);
            out[2] = b'/';
            out[3..6].copy_from_slice(&MONTHS[usize::from(fields.month - 1) % 12]);
            out[6] = b'/';
            pair(out, 7, year / 100);
            pair(out, 9, year % 100);
        }
    }

    let time = shape.date_width();
    out[time] = shape.separator;
    pair(out, time + 1, u32::from(fields.hour));
    out[time + 3] = b':';
    pair(out, time + 4, u32::from(fields.minute));
    out[time + 6] = b':';
    pair(out, time + 7, u32::from(fields.second));

    if shape.digits > 0 {
        out[shape.seconds_end()] = shape.point;
    }
    fraction(fields.nanosecond, shape.digits, &mut out[..shape.fraction_end()]);

    let zone = shape.fraction_end();
    match shape.zone {
        Zone::Unwritten => {}
        Zone::Utc => out[zone] = b'Z',
        Zone::Offset => {
            let offset = fields.offset.unwrap_or(0);
            let minutes = u32::from(offset.unsigned_abs());
            out[zone] = b' ';
            out[zone + 1] = if offset < 0 { b'-' } else { b'+' };
            pair(out, zone + 2, minutes / 60);
            pair(out, zone + 4, minutes % 60);
        }
    }
}

/// Writes the first `digits` of nine to the end of `out`: 0, 3, 6 or 9.
#[inline(always)]
fn fraction(nanosecond: u32, digits: u8, out: &mut [u8]) {
    let end = out.len();
    match digits {
        3 => {
            let millis = nanosecond / 1_000_000;
            out[end - 3] = b'0' + (millis / 100) as u8;
            pair(out, end - 2, millis % 100);
        }
        6 => {
            let micros = nanosecond / 1_000;
            pair(out, end - 6, micros / 10_000);
            pair(out, end - 4, micros / 100 % 100);
            pair(out, end - 2, micros % 100);
        }
        9 => {
            let (high, low) = (nanosecond / 10_000, nanosecond % 10_000);
            out[end - 9] = b'0' + (high / 10_000) as u8;
            pair(out, end - 8, high / 100 % 100);
            pair(out, end - 6, high % 100);
            pair(out, end - 4, low / 100);
            pair(out, end - 2, low % 100);
        }
        _ => {}
    }
}

#[inline(always)]
fn pair(out: &mut [u8], at: usize, number: u32) {
    out[at..at + 2].copy_from_slice(&PAIRS[(number & 127) as usize]);
}

impl<L: Layout> Deref for Stamp<L> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<L: Layout> AsRef<str> for Stamp<L> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<L: Layout> AsRef<[u8]> for Stamp<L> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<L: Layout> fmt::Display for Stamp<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<L: Layout> fmt::Debug for Stamp<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Takes exactly what [`parse`](crate::parse()) takes.
impl<L: Layout> FromStr for Stamp<L> {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse::<L>(text.as_bytes())?;
        let mut bytes = L::BLANK;
        bytes.as_mut().copy_from_slice(text.as_bytes());
        Ok(Self { bytes })
    }
}
