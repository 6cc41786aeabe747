use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use crate::error::{ParseError, StampError};
use crate::fields::Fields;
use crate::layout::Layout;
use crate::moment::Moment;
use crate::parse::parse_in_year;
use crate::shape::{Shaped, Zone};
use crate::write::write;

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

    pub(crate) const EPOCH: Self = Self { bytes: L::EPOCH };

    /// The text, to be overwritten with ASCII.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.as_mut()
    }

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
    let mut bytes = L::EPOCH;
    write(&fields, L::SHAPE, bytes.as_mut());
    Ok(Stamp { bytes })
}

/// Stamps a moment into the first `L::WIDTH` bytes of `out`, and returns their number. The rest
/// of `out`, and on failure all of it, stays as it was.
///
/// # Errors
///
/// As for [`stamp`]; and [`StampError::NoRoom`] when `out` is shorter than the stamp.
///
/// # Examples
///
/// ```
/// use log_format::{EsMillis, UnixMicros, write_to};
///
/// let mut line = *b"....................... started";
/// assert_eq!(write_to::<EsMillis>(&UnixMicros(0), &mut line)?, 23);
/// assert_eq!(&line, b"1970-01-01 00:00:00.000 started");
/// # Ok::<(), log_format::StampError>(())
/// ```
#[inline]
pub fn write_to<L: Layout>(moment: &impl Moment, out: &mut [u8]) -> Result<usize, StampError> {
    let room = out.len();
    let Some(out) = out.get_mut(..L::WIDTH) else {
        return Err(StampError::NoRoom { width: L::WIDTH, room });
    };
    write(&view::<L>(moment)?, L::SHAPE, out);
    Ok(L::WIDTH)
}

/// Appends the stamp of a moment to text, in one call of its `write_str`; nothing is appended for
/// what cannot be stamped.
///
/// # Errors
///
/// As for [`stamp`]; and [`StampError::Writer`] when the writer failed.
///
/// # Examples
///
/// ```
/// use log_format::{EsMillis, UnixMicros, push};
///
/// let mut line = String::from("at ");
/// push::<EsMillis>(&UnixMicros(0), &mut line)?;
/// assert_eq!(line, "at 1970-01-01 00:00:00.000");
/// # Ok::<(), log_format::StampError>(())
/// ```
pub fn push<L: Layout>(
    moment: &impl Moment,
    writer: &mut impl fmt::Write,
) -> Result<(), StampError> {
    writer.write_str(stamp::<L>(moment)?.as_str()).map_err(|_| StampError::Writer)
}

/// Appends the stamp of a moment to a buffer; on failure nothing is appended.
///
/// # Errors
///
/// As for [`stamp`]; and [`StampError::NoRoom`] when the buffer cannot take the stamp.
///
/// # Examples
///
/// ```
/// use log_format::{EsMillis, UnixMicros, put};
///
/// let mut line = Vec::from(*b"at ");
/// put::<EsMillis>(&UnixMicros(0), &mut line)?;
/// assert_eq!(line, b"at 1970-01-01 00:00:00.000");
/// # Ok::<(), log_format::StampError>(())
/// ```
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
        Zone::Offset { .. } => moment.fields()?,
    };
    match fields.offset {
        None => Err(StampError::NoZone),
        Some(_) => Ok(fields),
    }
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

/// Takes exactly what [`parse`](crate::parse()) takes; without a year, any day of a leap year.
impl<L: Layout> FromStr for Stamp<L> {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse_in_year::<L>(text.as_bytes(), 2000)?;
        let mut bytes = L::EPOCH;
        bytes.as_mut().copy_from_slice(text.as_bytes());
        Ok(Self { bytes })
    }
}
