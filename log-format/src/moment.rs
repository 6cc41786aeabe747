use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeZone, Timelike};

use crate::error::StampError;
use crate::fields::Fields;

/// Something that names an instant, or a civil time, and can be stamped.
///
/// Two views of it are asked for: a layout with an offset (`clf`) takes [`fields`](Self::fields),
/// the civil time where the value is at home; every other layout takes [`utc`](Self::utc), since
/// civil times of different zones side by side, without a zone written, could not be put in
/// order. Whoever wants local time in such a layout passes a time without a zone, such as
/// chrono's `naive_local()`.
pub trait Moment {
    /// The civil time in the value's own zone, with the offset if there is a zone.
    ///
    /// # Errors
    ///
    /// [`StampError::Year`], [`StampError::LeapSecond`] or [`StampError::OffsetSeconds`] for
    /// what [`Fields`] cannot hold.
    fn fields(&self) -> Result<Fields, StampError>;

    /// The time in UTC; for a value without a zone, the civil time as it stands.
    ///
    /// # Errors
    ///
    /// [`StampError::Year`] or [`StampError::LeapSecond`] for what [`Fields`] cannot hold.
    fn utc(&self) -> Result<Fields, StampError> {
        self.fields()?.to_utc()
    }
}

/// An instant as microseconds since 1970-01-01T00:00:00Z, negative before.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixMicros(pub i64);

/// An instant as nanoseconds since 1970-01-01T00:00:00Z, negative before.
///
/// The 128 bits reach all years that can be written; 64 end in 2262.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixNanos(pub i128);

impl Moment for UnixMicros {
    #[inline]
    fn fields(&self) -> Result<Fields, StampError> {
        Fields::from_unix_micros(self.0)
    }
}

impl Moment for UnixNanos {
    #[inline]
    fn fields(&self) -> Result<Fields, StampError> {
        // A division of 64 bits is several times faster than one of 128.
        if let Ok(nanos) = i64::try_from(self.0) {
            let nanosecond = nanos.rem_euclid(1_000_000_000) as u32;
            return Fields::from_unix(nanos.div_euclid(1_000_000_000), nanosecond);
        }
        let seconds = i64::try_from(self.0.div_euclid(1_000_000_000));
        let nanosecond = self.0.rem_euclid(1_000_000_000) as u32;
        Fields::from_unix(seconds.map_err(|_| StampError::Year)?, nanosecond)
    }
}

impl Moment for Fields {
    #[inline]
    fn fields(&self) -> Result<Fields, StampError> {
        Ok(*self)
    }
}

impl Moment for NaiveDateTime {
    // The fields are read one by one: chrono keeps year and day of the year, so the way over the
    // timestamp would compute the date twice.
    #[inline]
    fn fields(&self) -> Result<Fields, StampError> {
        let year = u16::try_from(self.year()).ok().filter(|year| *year <= 9999);
        let nanosecond = self.nanosecond();
        if nanosecond >= 1_000_000_000 {
            return Err(StampError::LeapSecond);
        }
        Ok(Fields {
            year: year.ok_or(StampError::Year)?,
            month: self.month() as u8,
            day: self.day() as u8,
            hour: self.hour() as u8,
            minute: self.minute() as u8,
            second: self.second() as u8,
            nanosecond,
            offset: None,
        })
    }
}

impl<Z: TimeZone> Moment for DateTime<Z> {
    #[inline]
    fn fields(&self) -> Result<Fields, StampError> {
        // At the ends of chrono's range the local time is none, and asking for it panics.
        if !(-1..=10_000).contains(&self.naive_utc().year()) {
            return Err(StampError::Year);
        }
        let seconds = self.offset().fix().local_minus_utc();
        if seconds % 60 != 0 {
            return Err(StampError::OffsetSeconds(seconds));
        }
        let fields = self.naive_local().fields()?;
        Ok(Fields { offset: Some((seconds / 60) as i16), ..fields })
    }

    #[inline]
    fn utc(&self) -> Result<Fields, StampError> {
        let fields = self.naive_utc().fields()?;
        Ok(Fields { offset: Some(0), ..fields })
    }
}

/// A chrono time whose leap second is held at the last nanosecond before it.
///
/// `23:59:60.5` is stamped as `23:59:59.999999999`: not later than the instant, and a time that
/// every reader takes. Stamps within a leap second are all the same, so that their order stays
/// right, but not their distances.
///
/// ```
/// use chrono::NaiveDate;
/// use log_format::{EsMillis, LeapHeld, StampError, stamp};
///
/// let leap = NaiveDate::from_ymd_opt(2016, 12, 31)
///     .and_then(|day| day.and_hms_milli_opt(23, 59, 59, 1_500))
///     .ok_or("no such time")?;
///
/// assert_eq!(stamp::<EsMillis>(&leap), Err(StampError::LeapSecond));
/// assert_eq!(stamp::<EsMillis>(&LeapHeld(leap))?.as_str(), "2016-12-31 23:59:59.999");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LeapHeld<T>(pub T);

impl<T: Moment + Timelike + Clone> LeapHeld<T> {
    fn held(&self) -> T {
        let end = self.0.nanosecond().min(999_999_999);
        self.0.with_nanosecond(end).unwrap_or_else(|| self.0.clone())
    }
}

impl<T: Moment + Timelike + Clone> Moment for LeapHeld<T> {
    fn fields(&self) -> Result<Fields, StampError> {
        match self.0.fields() {
            Err(StampError::LeapSecond) => self.held().fields(),
            result => result,
        }
    }

    fn utc(&self) -> Result<Fields, StampError> {
        match self.0.utc() {
            Err(StampError::LeapSecond) => self.held().utc(),
            result => result,
        }
    }
}

#[cfg(feature = "std")]
impl Moment for std::time::SystemTime {
    #[inline]
    fn fields(&self) -> Result<Fields, StampError> {
        let (seconds, nanosecond) = match self.duration_since(Self::UNIX_EPOCH) {
            Ok(after) => (i64::try_from(after.as_secs()), after.subsec_nanos()),
            Err(error) => {
                let before = error.duration();
                let seconds = i64::try_from(before.as_secs()).map(|seconds| -seconds);
                match before.subsec_nanos() {
                    0 => (seconds, 0),
                    nanos => (seconds.map(|seconds| seconds - 1), 1_000_000_000 - nanos),
                }
            }
        };
        Fields::from_unix(seconds.map_err(|_| StampError::Year)?, nanosecond)
    }
}
