//! Fields into bytes of one width, by the shape of a layout.

use crate::fields::Fields;
use crate::shape::{Date, Shape, Zone};

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

/// Writes fields into `out`, which is as long as the shape is wide. Inlined, the shape is a
/// constant and only the straight line for one layout remains.
#[inline(always)]
pub(crate) fn write(fields: &Fields, shape: Shape, out: &mut [u8]) {
    let year = u32::from(fields.year);
    let day = u32::from(fields.day);
    match shape.date {
        Date::YearMonthDay => {
            pair(out, 0, year / 100);
            pair(out, 2, year % 100);
            out[4] = b'-';
            pair(out, 5, u32::from(fields.month));
            out[7] = b'-';
            pair(out, 8, day);
        }
        Date::DayMonthYear => {
            pair(out, 0, day);
            out[2] = b'/';
            out[3..6].copy_from_slice(&MONTHS[usize::from(fields.month - 1) % 12]);
            out[6] = b'/';
            pair(out, 7, year / 100);
            pair(out, 9, year % 100);
        }
        Date::MonthDay => {
            out[..3].copy_from_slice(&MONTHS[usize::from(fields.month - 1) % 12]);
            out[3] = b' ';
            pair(out, 4, day);
            if day < 10 {
                out[4] = b' ';
            }
        }
    }

    out[shape.date_width()] = shape.separator;
    time(fields.hour, fields.minute, fields.second, shape, out);

    if shape.digits > 0 {
        out[shape.seconds_end()] = shape.point;
    }
    fraction(fields.nanosecond, shape.digits, &mut out[..shape.fraction_end()]);

    let zone = shape.fraction_end();
    match shape.zone {
        Zone::Unwritten => {}
        Zone::Utc => out[zone] = b'Z',
        Zone::Offset { blank, colon } => {
            let offset = fields.offset.unwrap_or(0);
            let minutes = u32::from(offset.unsigned_abs());
            let sign = zone + usize::from(blank);
            if blank {
                out[zone] = b' ';
            }
            out[sign] = if offset < 0 { b'-' } else { b'+' };
            pair(out, sign + 1, minutes / 60);
            if colon {
                out[sign + 3] = b':';
            }
            pair(out, sign + 3 + usize::from(colon), minutes % 60);
        }
    }
}

/// Writes the time of day to the second.
#[inline(always)]
pub(crate) fn time(hour: u8, minute: u8, second: u8, shape: Shape, out: &mut [u8]) {
    let at = shape.date_width() + 1;
    pair(out, at, u32::from(hour));
    out[at + 2] = b':';
    pair(out, at + 3, u32::from(minute));
    out[at + 5] = b':';
    pair(out, at + 6, u32::from(second));
}

/// Writes the first `digits` of nine to the end of `out`.
///
/// The number stands in 57 bits below a binary point, so that one multiplication brings the next
/// two digits before it. Rounding the first factor up adds less than one to the ninth digit's place
/// in all, so that no digit changes.
#[inline(always)]
pub(crate) fn fraction(nanosecond: u32, digits: u8, out: &mut [u8]) {
    const POINT: u32 = 57;
    const BEHIND: u64 = (1 << POINT) - 1;
    let odd = digits % 2 == 1;
    let unit = if odd { 100_000_000 } else { 10_000_000 };
    let mut number = u64::from(nanosecond) * ((1 << POINT) / unit + 1);
    let mut at = out.len() - usize::from(digits);
    if odd {
        out[at] = b'0' + (number >> POINT) as u8;
        number = (number & BEHIND) * 100;
        at += 1;
    }
    while at < out.len() {
        pair(out, at, (number >> POINT) as u32);
        number = (number & BEHIND) * 100;
        at += 2;
    }
}

#[inline(always)]
fn pair(out: &mut [u8], at: usize, number: u32) {
    out[at..at + 2].copy_from_slice(&PAIRS[(number & 127) as usize]);
}
