use crate::check::Finding;
use crate::deviation::{Deviation, DeviationKind};
use crate::error::Field;
use crate::fields::Fields;
use crate::layout::Layout;
use crate::shape::{Shaped, Zone};
use crate::stamp::{Stamp, stamp};

/// What a repair may do beyond rewriting what is there without loss.
///
/// By itself it fills fractions with zeros, changes separators, marks and the form of dates, and
/// writes the same instant in the layout's zone. It cuts nothing and invents nothing unless told
/// here.
///
/// ```
/// use log_format::{Repair, Rfc3339Millis, check};
///
/// let finding = check::<Rfc3339Millis>(b"2017-05-30 13:03:11,123456 INFO");
///
/// assert!(finding.repair(Repair::new()).is_err());
/// let told = Repair::new().cut().assume_offset(4 * 60).map_err(|field| field.to_string())?;
/// assert_eq!(finding.repair(told)?.as_str(), "2017-05-30T09:03:11.123Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Repair {
    cut: bool,
    offset: Option<i16>,
    year: Option<u16>,
}

impl Repair {
    /// Only what loses and invents nothing.
    pub const fn new() -> Self {
        Self { cut: false, offset: None, year: None }
    }

    /// Also cuts what the layout has no room for: digits of longer fractions (downwards), and the
    /// year in layouts without one.
    pub const fn cut(self) -> Self {
        Self { cut: true, ..self }
    }

    /// Takes stamps without a zone, in layouts with one, as civil times at `minutes` east of UTC.
    ///
    /// # Errors
    ///
    /// [`Field::Offset`] unless `minutes` is within -1439 to 1439.
    pub fn assume_offset(self, minutes: i16) -> Result<Self, Field> {
        Fields::EPOCH.with_offset(minutes).map(|_| Self { offset: Some(minutes), ..self })
    }

    /// Takes stamps without a year, in layouts with one, to be of `year`.
    ///
    /// # Errors
    ///
    /// [`Field::Year`] beyond 9999.
    pub fn assume_year(self, year: u16) -> Result<Self, Field> {
        Fields::new(year, 1, 1, 0, 0, 0, 0).map(|_| Self { year: Some(year), ..self })
    }
}

impl<L: Layout> Finding<L> {
    /// The stamp as the layout has it, to be put in place of [`range`](Self::range); for a stamp
    /// without deviation the same bytes.
    ///
    /// # Errors
    ///
    /// The first deviation that cannot be repaired, or not without leave: see
    /// [`DeviationKind`]. Also [`DeviationKind::OutOfRange`] for an instant that in the layout's
    /// zone is outside the years 0 to 9999.
    ///
    /// The line with this stamp in it checks clean: where what follows would be read as a part of
    /// it, that is [`DeviationKind::RunsOn`].
    ///
    /// # Examples
    ///
    /// ```
    /// use log_format::{DeviationKind, Repair, Rfc3339Millis, check};
    ///
    /// let finding = check::<Rfc3339Millis>(b"2017-05-30 13:03:11,25");
    /// let refused = finding.repair(Repair::new()).map_err(|deviation| deviation.kind);
    /// assert_eq!(refused, Err(DeviationKind::NoZone));
    ///
    /// let finding = check::<Rfc3339Millis>(b"2017-05-30T17:03:11+04:00");
    /// let stamp = finding.repair(Repair::new())?;
    /// assert_eq!(stamp.as_str(), "2017-05-30T13:03:11.000Z");
    /// # Ok::<(), log_format::Deviation>(())
    /// ```
    pub fn repair(&self, how: Repair) -> Result<Stamp<L>, Deviation> {
        if let Some(deviation) = self.deviations().find(|deviation| !self.mends(how, *deviation)) {
            return Err(deviation);
        }
        let Some((start, loose)) = self.loose() else {
            return Err(Deviation { at: 0, kind: DeviationKind::NotAStamp });
        };

        let out_of_range = |field| Deviation { at: start, kind: DeviationKind::OutOfRange(field) };
        let year_counts = L::SHAPE.has_year() || loose.zone.is_some();
        let year = match how.year {
            Some(year) if year_counts && !loose.has_year() => year,
            _ => loose.year,
        };
        let nanosecond = loose.fraction.map_or(0, |fraction| fraction.nanosecond);
        let (hour, minute, second) = (loose.hour, loose.minute, loose.second);
        let fields = Fields::new(year, loose.month, loose.day, hour, minute, second, nanosecond)
            .map_err(out_of_range)?;
        let offset = match loose.zone {
            Some(zone) => zone.minutes,
            None => how.offset.filter(|_| L::SHAPE.zone != Zone::Unwritten),
        };
        stamp::<L>(&Fields { offset, ..fields }).map_err(|_| out_of_range(Field::Year))
    }

    fn mends(&self, how: Repair, deviation: Deviation) -> bool {
        match deviation.kind {
            DeviationKind::WrongDate
            | DeviationKind::WrongSeparator
            | DeviationKind::MissingFraction
            | DeviationKind::WrongPoint
            | DeviationKind::ShortFraction => true,
            // In a year not known, no one knows the day after 28 February.
            DeviationKind::ExtraZone | DeviationKind::WrongZone => self
                .loose()
                .is_some_and(|(_, loose)| loose.has_year() || how.year.is_some() || loose.is_utc()),
            DeviationKind::ExtraYear
            | DeviationKind::LongFraction
            | DeviationKind::ExtraFraction => how.cut,
            DeviationKind::NoYear => how.year.is_some(),
            DeviationKind::NoZone => how.offset.is_some(),
            DeviationKind::NotAStamp
            | DeviationKind::OutOfRange(_)
            | DeviationKind::LeapSecond
            | DeviationKind::RunsOn => false,
        }
    }
}
