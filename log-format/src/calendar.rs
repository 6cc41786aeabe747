//! Days of the proleptic Gregorian calendar, years 0 to 9999, counted from 1 January of year 0.
//!
//! The arithmetic follows Neri and Schneider, "Euclidean affine functions and their application
//! to calendar algorithms" (2022): years begin in March, so that the leap day is the last.

/// 1 January 1970.
pub(crate) const UNIX_EPOCH: i64 = 719_528;
/// Number of days.
pub(crate) const DAYS: i64 = 3_652_425;

/// Days in 400 years, after which the calendar repeats itself.
const CYCLE: u32 = 146_097;
/// From 1 March of the year 400 before year 0, where the arithmetic begins, to year 0.
const SHIFT: u32 = CYCLE - 60;

/// Year, month and day of a day below `DAYS`.
#[inline]
pub(crate) fn date_of(day: u32) -> (u16, u8, u8) {
    let day = day + SHIFT;
    let century = (day * 4 + 3) / CYCLE;
    // Counted as if every fourth year had a leap day: what remains of a century need not be known,
    // which shortens the chain of multiplications.
    let quarters = (day + century - century / 4) * 4 + 3;

    let product = 2_939_745 * u64::from(quarters);
    let year_from_march = (product >> 32) as u32;
    let day_of_year = product as u32 / 2_939_745 / 4;

    let months = 2_141 * day_of_year + 197_913;
    let after_december = day_of_year >= 306;
    let year = year_from_march + u32::from(after_december) - 400;
    let month = (months >> 16) - if after_december { 12 } else { 0 };
    let day = (months & 0xffff) / 2_141 + 1;
    (year as u16, month as u8, day as u8)
}

/// The day of a date that exists.
#[inline]
pub(crate) fn day_of(year: u16, month: u8, day: u8) -> u32 {
    let before_march = month <= 2;
    let year = u32::from(year) + 400 - u32::from(before_march);
    let month = u32::from(month) + if before_march { 12 } else { 0 };

    let century = year / 100;
    let before_year = year * 1_461 / 4 - century + century / 4;
    let before_month = (979 * month - 2_919) / 32;
    before_year + before_month + u32::from(day) - 1 - SHIFT
}

/// Number of days in a month from 1 to 12; 0 for any other.
#[inline]
pub(crate) fn days_in(year: u16, month: u8) -> u8 {
    static DAYS: [u8; 16] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0];
    // Without a branch, since no one can predict the years of a log that is read at random: a
    // multiple of 100 that 16 divides is one of 400.
    let cycle = if year % 100 == 0 { 16 } else { 4 };
    let leap_day = (year & (cycle - 1) == 0) & (month == 2);
    if month > 12 { 0 } else { DAYS[usize::from(month & 15)] + u8::from(leap_day) }
}
