#![warn(clippy::indexing_slicing)]

use core::marker::PhantomData;
use core::ops::Range;

use crate::deviation::{Deviation, DeviationKind};
use crate::error::Field;
use crate::fields::Fields;
use crate::layout::Layout;
use crate::loose::Loose;
use crate::shape::{Date, Shape, Shaped, Zone};

/// Looks at the stamp that begins a line: whether, where and how it deviates from its layout.
///
/// What a stamp may look like is wider here than in [`parse`](crate::parse()): the date in any
/// form of [`layout!`](crate::layout!) or as `2017/05/30`; then a `T`, a blank, `_`, `:` or `-`;
/// any fraction or none; any zone (`Z`, `UTC`, `GMT`, `+04:00`, `+0400`, `+04`) or none. What
/// follows it is not looked at. Where the layout itself has no comma, a comma behind the seconds
/// counts as the mark of a fraction only before 3, 6 or 9 digits which neither another comma nor
/// a full stop follows, since it may as well separate columns.
///
/// A stamp that begins the line and has no deviation is one that `parse` takes.
///
/// # Examples
///
/// ```
/// use log_format::{DeviationKind, EsMicros, Repair, check};
///
/// let line = b"2017-05-30 13:03:11 INFO started";
///
/// let finding = check::<EsMicros>(line);
/// let deviation = finding.deviation().ok_or("nothing to mend")?;
/// assert_eq!((deviation.at, deviation.kind), (19, DeviationKind::MissingFraction));
/// assert_eq!(finding.range(), 0..19);
///
/// let stamp = finding.repair(Repair::new())?;
/// assert_eq!(stamp.as_str(), "2017-05-30 13:03:11.000000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check<L: Layout>(line: &[u8]) -> Finding<L> {
    let shape = L::SHAPE;
    let own = Loose::read(line, shape.date, shape);
    let loose = own.or_else(|at| {
        let mut others = FORMS.iter().map(|date| Loose::read(line, *date, shape));
        others.find_map(Result::ok).ok_or(at)
    });
    Finding::of(line, 0, loose)
}

/// Looks at the first stamp anywhere in a line, as [`check`] does at its beginning.
///
/// A stamp whose date has the layout's form goes before all others. It begins the line or stands
/// behind a byte that is neither letter nor digit. In a line without any, the finding is
/// [`DeviationKind::NotAStamp`] at byte 0.
///
/// # Examples
///
/// ```
/// use log_format::{HaproxyDate, find};
///
/// let line = b"Nov 22 05:01:17 web01 haproxy[5803]: ::1:4001 [22/Nov/2026:05:01:17.384] web";
///
/// let finding = find::<HaproxyDate>(line);
/// assert_eq!(finding.range(), 47..71);
/// assert_eq!(finding.deviation(), None);
/// ```
pub fn find<L: Layout>(line: &[u8]) -> Finding<L> {
    let shape = L::SHAPE;
    let first = |date: Date| {
        (0..line.len()).find_map(|start| {
            let (before, text) = line.split_at_checked(start)?;
            if before.last().is_some_and(u8::is_ascii_alphanumeric) {
                return None;
            }
            Some((start, Loose::read(text, date, shape).ok()?))
        })
    };
    let found = first(shape.date).or_else(|| {
        let others = FORMS.iter().filter_map(|date| first(*date));
        others.min_by_key(|(start, _)| *start)
    });
    match found {
        Some((start, loose)) => Finding::of(line, start, Ok(loose)),
        None => Finding::of(line, 0, Err(0)),
    }
}

const FORMS: [Date; 3] = [Date::YearMonthDay, Date::DayMonthYear, Date::MonthDay];

/// What [`check`] or [`find`] saw in a line.
#[derive(Clone, Copy, Debug)]
pub struct Finding<L> {
    start: usize,
    /// The stamp; or where its beginning ceases to be one.
    loose: Result<Loose, usize>,
    /// What follows would become a part of the repaired stamp.
    runs_on: bool,
    layout: PhantomData<L>,
}

impl<L: Layout> Finding<L> {
    fn of(line: &[u8], start: usize, loose: Result<Loose, usize>) -> Self {
        let mut finding = Self { start, loose, runs_on: false, layout: PhantomData };
        // What follows a sound stamp has already been told from it.
        if finding.deviation().is_some() {
            finding.runs_on = runs_on::<L>(line.get(finding.range().end..).unwrap_or_default());
        }
        finding
    }

    /// The bytes of the line that are the stamp, with its zone; empty where there is none.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.loose.map_or(0, |loose| loose.end)
    }

    /// The first deviation; `None` for a stamp as the layout has it.
    pub fn deviation(&self) -> Option<Deviation> {
        self.deviations().next()
    }

    /// All deviations, from left to right.
    pub fn deviations(&self) -> impl Iterator<Item = Deviation> + use<L> {
        let (shape, start) = (L::SHAPE, self.start);
        let all = match self.loose {
            Err(at) => {
                let mut all = [None; 8];
                all[0] = Some((at, DeviationKind::NotAStamp));
                all
            }
            Ok(loose) => [
                date(&loose, shape),
                date_range(&loose),
                (loose.separator != shape.separator)
                    .then_some((loose.date_end, DeviationKind::WrongSeparator)),
                time_range(&loose),
                point(&loose, shape),
                fraction(&loose, shape),
                zone(&loose, shape),
                self.runs_on.then_some((loose.end, DeviationKind::RunsOn)),
            ],
        };
        all.into_iter().flatten().map(move |(at, kind)| Deviation { at: start + at, kind })
    }

    pub(crate) fn loose(&self) -> Option<(usize, Loose)> {
        self.loose.ok().map(|loose| (self.start, loose))
    }
}

/// Whether a stamp as the layout has it would be read together with what follows.
fn runs_on<L: Layout>(rest: &[u8]) -> bool {
    // Shows all of the longest zone, ` +hh:mm:ss`, and of nine digits, with what ends them.
    let mut text = [0; 64];
    let stamp = L::EPOCH;
    let joined = stamp.as_ref().iter().chain(rest.iter().take(16));
    let length = text.iter_mut().zip(joined).map(|(place, byte)| *place = *byte).count();
    let text = text.get(..length).unwrap_or_default();
    match Loose::read(text, L::SHAPE.date, L::SHAPE) {
        Ok(loose) => loose.end != L::WIDTH || zone(&loose, L::SHAPE).is_some(),
        Err(_) => true,
    }
}

/// A deviation and its place from the stamp's first byte.
type Seen = Option<(usize, DeviationKind)>;

fn date(loose: &Loose, shape: Shape) -> Seen {
    let kind = match (loose.date, shape.date) {
        (read, wanted) if read == wanted && loose.proper => return None,
        (read, wanted) if read == wanted => DeviationKind::WrongDate,
        (Date::MonthDay, _) => DeviationKind::NoYear,
        (_, Date::MonthDay) => DeviationKind::ExtraYear,
        _ => DeviationKind::WrongDate,
    };
    Some((0, kind))
}

fn date_range(loose: &Loose) -> Seen {
    let field = Fields::new(loose.year, loose.month, loose.day, 0, 0, 0, 0).err()?;
    let at = match (loose.date, field) {
        (Date::YearMonthDay, Field::Month) => 5,
        (Date::YearMonthDay, Field::Day) => 8,
        (Date::MonthDay, Field::Day) => 4,
        _ => 0,
    };
    Some((at, DeviationKind::OutOfRange(field)))
}

fn time_range(loose: &Loose) -> Seen {
    let at = loose.date_end + 1;
    if loose.hour > 23 {
        Some((at, DeviationKind::OutOfRange(Field::Hour)))
    } else if loose.minute > 59 {
        Some((at + 3, DeviationKind::OutOfRange(Field::Minute)))
    } else if loose.second == 60 {
        Some((at + 6, DeviationKind::LeapSecond))
    } else if loose.second > 60 {
        Some((at + 6, DeviationKind::OutOfRange(Field::Second)))
    } else {
        None
    }
}

fn point(loose: &Loose, shape: Shape) -> Seen {
    let wrong = loose.fraction?.point != shape.point && shape.digits > 0;
    wrong.then_some((loose.seconds_end(), DeviationKind::WrongPoint))
}

fn fraction(loose: &Loose, shape: Shape) -> Seen {
    let digits = usize::from(shape.digits);
    let at = loose.seconds_end();
    match loose.fraction {
        None if digits == 0 => None,
        None => Some((at, DeviationKind::MissingFraction)),
        Some(_) if digits == 0 => Some((at, DeviationKind::ExtraFraction)),
        Some(found) if found.digits < digits => {
            Some((loose.fraction_end, DeviationKind::ShortFraction))
        }
        Some(found) if found.digits > digits => {
            Some((at + 1 + digits, DeviationKind::LongFraction))
        }
        Some(_) => None,
    }
}

fn zone(loose: &Loose, shape: Shape) -> Seen {
    let kind = match (loose.zone, shape.zone) {
        (None, Zone::Unwritten) => return None,
        (None, _) => DeviationKind::NoZone,
        (Some(read), _) if read.minutes.is_none() => DeviationKind::OutOfRange(Field::Offset),
        (Some(_), Zone::Unwritten) => DeviationKind::ExtraZone,
        (Some(read), wanted) if read.spelled == Some(wanted) => return None,
        (Some(_), _) => DeviationKind::WrongZone,
    };
    Some((loose.fraction_end, kind))
}
