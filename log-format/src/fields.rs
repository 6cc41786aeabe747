use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::calendar;
use crate::error::{Field, StampError};

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// 1970 in seconds from the beginning of year 0.
const UNIX_EPOCH: i64 = calendar::UNIX_EPOCH * SECONDS_PER_DAY;

/// A date and time of day that exists, to the nanosecond, with or without an offset from UTC.
///
/// This is what stands between an instant and a stamp, in both directions. The year is from 0 to
/// 9999, the date is in the proleptic Gregorian calendar, the second is at most 59, the offset is
/// a whole number of minutes of less than a day: whatever a `Fields` holds, every layout can
/// write in its width (except a zone that is not there).
///
/// ```
/// use log_format::Fields;
///
/// let fields = Fields::new(2017, 5, 30, 13, 3, 11, 0)?;
/// assert_eq!((fields.year(), fields.nanosecond(), fields.offset_minutes()), (2017, 0, None));
/// assert_eq!(fields.unix_micros(), 1_496_149_391_000_000);
/// assert!(Fields::new(2017, 2, 29, 0, 0, 0, 0).is_err());
/// # Ok::<(), log_format::Field>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Fields {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) nanosecond: u32,
    /// Minutes east of UTC.
    pub(crate) offset: Option<i16>,
}

impl Fields {
    /// Midnight of 1 January 1970, without a zone.
    pub const EPOCH: Self = Self {
        year: 1970,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        nanosecond: 0,
        offset: None,
    };

    /// Makes a date and time of day without a zone.
    ///
    /// # Errors
    ///
    /// The first [`Field`], in the order of the arguments, that is out of range.
    pub fn new(
        year: u16,
        month: u8,
        day: u8,
        hour: u8,
        minute: u8,
        second: u8,
        nanosecond: u32,
    ) -> Result<Self, Field> {
        let fields = Self { year, month, day, hour, minute, second, nanosecond, offset: None };
        fields.check().map(|()| fields)
    }

    /// Says that this is the civil time at `minutes` east of UTC.
    ///
    /// # Errors
    ///
    /// [`Field::Offset`] unless `minutes` is within -1439 to 1439.
    pub fn with_offset(self, minutes: i16) -> Result<Self, Field> {
        match minutes {
            -1439..=1439 => Ok(Self { offset: Some(minutes), ..self }),
            _ => Err(Field::Offset),
        }
    }

    /// Year, 0 to 9999.
    pub fn year(&self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(&self) -> u8 {
        self.month
    }

    /// Day of the month, from 1.
    pub fn day(&self) -> u8 {
        self.day
    }

    /// Hour, 0 to 23.
    pub fn hour(&self) -> u8 {
        self.hour
    }

    /// Minute, 0 to 59.
    pub fn minute(&self) -> u8 {
        self.minute
    }

    /// Second, 0 to 59.
    pub fn second(&self) -> u8 {
        self.second
    }

    /// Nanosecond, below 1,000,000,000.
    pub fn nanosecond(&self) -> u32 {
        self.nanosecond
    }

    /// Minutes east of UTC, -1439 to 1439; `None` where no zone is known.
    pub fn offset_minutes(&self) -> Option<i16> {
        self.offset
    }

    /// The same instant with offset 0; fields without a zone stay as they are.
    ///
    /// # Errors
    ///
    /// [`StampError::Year`] when the offset leads out of the years 0 to 9999.
    #[inline]
    pub fn to_utc(&self) -> Result<Self, StampError> {
        match self.offset {
            None | Some(0) => Ok(*self),
            Some(_) => Self::from_unix(self.unix_seconds(), self.nanosecond),
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded downwards. Fields without a zone are taken as
    /// UTC.
    #[inline]
    pub fn unix_seconds(&self) -> i64 {
        let day = i64::from(calendar::day_of(self.year, self.month, self.day));
        let minutes = i64::from(self.hour) * 60 + i64::from(self.minute)
            - i64::from(self.offset.unwrap_or(0));
        (day - calendar::UNIX_EPOCH) * SECONDS_PER_DAY + minutes * 60 + i64::from(self.second)
    }

    /// Microseconds since 1970-01-01T00:00:00Z, rounded downwards. Fields without a zone are
    /// taken as UTC.
    #[inline]
    pub fn unix_micros(&self) -> i64 {
        self.unix_seconds() * 1_000_000 + i64::from(self.nanosecond / 1_000)
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z. Fields without a zone are taken as UTC.
    pub fn unix_nanos(&self) -> i128 {
        i128::from(self.unix_seconds()) * NANOS_PER_SECOND + i128::from(self.nanosecond)
    }

    /// The date and time of day as they stand, whatever the zone.
    #[inline]
    pub fn to_naive(&self) -> NaiveDateTime {
        let date = NaiveDate::from_ymd_opt(
            i32::from(self.year),
            u32::from(self.month),
            u32::from(self.day),
        );
        let time = NaiveTime::from_hms_nano_opt(
            u32::from(self.hour),
            u32::from(self.minute),
            u32::from(self.second),
            self.nanosecond,
        );
        // Both exist, by this type's invariant; the default is never taken.
        NaiveDateTime::new(date.unwrap_or_default(), time.unwrap_or_default())
    }

    /// The instant with its offset; `None` where no zone is known.
    #[inline]
    pub fn to_datetime(&self) -> Option<DateTime<FixedOffset>> {
        let offset = FixedOffset::east_opt(i32::from(self.offset?) * 60)?;
        self.to_naive().and_local_timezone(offset).single()
    }

    /// The instant in UTC. Fields without a zone are taken as UTC.
    #[inline]
    pub fn to_datetime_utc(&self) -> DateTime<Utc> {
        let east = chrono::TimeDelta::minutes(i64::from(self.offset.unwrap_or(0)));
        (self.to_naive() - east).and_utc()
    }

    /// UTC fields of an instant; `nanosecond` is below 1,000,000,000.
    #[inline]
    pub(crate) fn from_unix(seconds: i64, nanosecond: u32) -> Result<Self, StampError> {
        let seconds = seconds.wrapping_add(UNIX_EPOCH) as u64;
        let day = seconds / SECONDS_PER_DAY as u64;
        Self::of_day(day, (seconds % SECONDS_PER_DAY as u64) as u32, nanosecond)
    }

    /// UTC fields of an instant.
    #[inline]
    pub(crate) fn from_unix_micros(micros: i64) -> Result<Self, StampError> {
        const DAY: u64 = SECONDS_PER_DAY as u64 * 1_000_000;
        let micros = micros.wrapping_add(UNIX_EPOCH * 1_000_000) as u64;
        let (day, micros) = (micros / DAY, micros % DAY);
        Self::of_day(day, (micros / 1_000_000) as u32, (micros % 1_000_000) as u32 * 1_000)
    }

    /// UTC fields of a second in a day, which counts from the beginning of year 0. A day before that
    /// has become a huge number, so that one comparison finds both ends; unsigned divisions are
    /// short.
    #[inline]
    fn of_day(day: u64, second: u32, nanosecond: u32) -> Result<Self, StampError> {
        if day >= calendar::DAYS as u64 {
            return Err(StampError::Year);
        }
        let (hour, minute) = (second / 3_600, second / 60);
        let (year, month, day) = calendar::date_of(day as u32);
        Ok(Self {
            year,
            month,
            day,
            hour: hour as u8,
            minute: (minute - 60 * hour) as u8,
            second: (second - 60 * minute) as u8,
            nanosecond,
            offset: Some(0),
        })
    }

    fn check(&self) -> Result<(), Field> {
        let checks = [
            (self.year <= 9999, Field::Year),
            (self.month.wrapping_sub(1) < 12, Field::Month),
            (self.day.wrapping_sub(1) < calendar::days_in(self.year, self.month), Field::Day),
            (self.hour < 24, Field::Hour),
            (self.minute < 60, Field::Minute),
            (self.second < 60, Field::Second),
            (self.nanosecond < 1_000_000_000, Field::Nanosecond),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some(&(_, field)) => Err(field),
        }
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self::EPOCH
    }
}
