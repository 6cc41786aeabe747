use crate::error::{BatchError, StampError};
use crate::fields::Fields;
use crate::layout::Layout;
use crate::moment::UnixMicros;
use crate::shape::Shaped;
use crate::stamp::Stamp;
use crate::write::{fraction, time, write};

const MICROS_PER_SECOND: u64 = 1_000_000;
const MICROS_PER_DAY: u64 = 86_400 * MICROS_PER_SECOND;

/// The last stamp, kept so that the next one writes only what changed.
///
/// Within one second only the fraction is written, within one day only the time. Instants may
/// come in any order; the cache pays where they mostly do not leave the second, as in the bursts
/// of a log, and costs a comparison where they do. It gives what [`stamp`](crate::stamp()) gives
/// of the same [`UnixMicros`].
///
/// ```
/// use log_format::{EsMicros, StampCache, UnixMicros};
///
/// let mut cache = StampCache::<EsMicros>::new();
///
/// let stamp = cache.stamp(UnixMicros(1_496_149_391_000_000))?;
/// assert_eq!(stamp.as_str(), "2017-05-30 13:03:11.000000");
/// let stamp = cache.stamp(UnixMicros(1_496_149_391_000_001))?;
/// assert_eq!(stamp.as_str(), "2017-05-30 13:03:11.000001");
/// # Ok::<(), log_format::StampError>(())
/// ```
#[derive(Clone, Debug)]
pub struct StampCache<L: Layout> {
    stamp: Stamp<L>,
    /// Where the second of `stamp` begins, in microseconds since 1970.
    second: i64,
    /// Where its day begins.
    day: i64,
}

impl<L: Layout> StampCache<L> {
    /// A cache that holds the stamp of 1970-01-01T00:00:00Z.
    pub const fn new() -> Self {
        Self { stamp: Stamp::EPOCH, second: 0, day: 0 }
    }

    /// Stamps an instant. On failure the cache is as it was.
    ///
    /// # Errors
    ///
    /// [`StampError::Year`] outside the years 0 to 9999.
    #[inline]
    pub fn stamp(&mut self, instant: UnixMicros) -> Result<&Stamp<L>, StampError> {
        if since(self.second, instant) >= MICROS_PER_SECOND {
            self.leave_second(instant)?;
        }
        // The remainder changes nothing; it tells the compiler how large the number can be.
        let micros = (since(self.second, instant) % MICROS_PER_SECOND) as u32;
        let end = L::SHAPE.fraction_end();
        fraction(micros * 1_000, L::SHAPE.digits, &mut self.stamp.bytes_mut()[..end]);
        Ok(&self.stamp)
    }

    /// Stamps instants one behind the other into `out`, each followed by `end` (a separator or
    /// nothing), and returns the number of bytes. The rest of `out` stays as it was.
    ///
    /// # Errors
    ///
    /// [`StampError::NoRoom`] with index 0, and nothing written, when `out` is shorter than all
    /// of them; [`StampError::Year`] with the index of the first instant outside the years 0 to
    /// 9999, those before it having been written.
    ///
    /// # Examples
    ///
    /// ```
    /// use log_format::{EsMillis, StampCache, UnixMicros};
    ///
    /// let mut out = [0; 100];
    /// let instants = [UnixMicros(0), UnixMicros(1_500_000)];
    ///
    /// let written = StampCache::<EsMillis>::new().batch(&instants, b"\n", &mut out)?;
    ///
    /// assert_eq!(&out[..written], b"1970-01-01 00:00:00.000\n1970-01-01 00:00:01.500\n");
    /// # Ok::<(), log_format::BatchError>(())
    /// ```
    pub fn batch(
        &mut self,
        instants: &[UnixMicros],
        end: &[u8],
        out: &mut [u8],
    ) -> Result<usize, BatchError> {
        let row = L::WIDTH + end.len();
        let width = instants.len().saturating_mul(row);
        let room = out.len();
        let Some(out) = out.get_mut(..width) else {
            return Err(BatchError { index: 0, error: StampError::NoRoom { width, room } });
        };
        for (index, (instant, out)) in instants.iter().zip(out.chunks_exact_mut(row)).enumerate() {
            let stamp = self.stamp(*instant).map_err(|error| BatchError { index, error })?;
            let (text, tail) = out.split_at_mut(L::WIDTH);
            text.copy_from_slice(stamp.as_bytes());
            tail.copy_from_slice(end);
        }
        Ok(width)
    }

    /// Writes all but the fraction. Kept out of line, so that the way within a second is short
    /// enough to be inlined.
    #[inline(never)]
    fn leave_second(&mut self, instant: UnixMicros) -> Result<(), StampError> {
        let into_day = since(self.day, instant);
        if into_day < MICROS_PER_DAY {
            let second = (into_day / MICROS_PER_SECOND) as u32;
            let (hour, minute) = (second / 3_600, second / 60 % 60);
            let bytes = self.stamp.bytes_mut();
            time(hour as u8, minute as u8, (second % 60) as u8, L::SHAPE, bytes);
            self.second = self.day + i64::from(second) * MICROS_PER_SECOND as i64;
            return Ok(());
        }
        self.leave_day(instant)
    }

    fn leave_day(&mut self, instant: UnixMicros) -> Result<(), StampError> {
        let seconds = instant.0.div_euclid(MICROS_PER_SECOND as i64);
        let fields = Fields::from_unix(seconds, 0)?;
        write(&fields, L::SHAPE, self.stamp.bytes_mut());
        // Neither product overflows: the instant is within the years 0 to 9999.
        self.second = seconds * MICROS_PER_SECOND as i64;
        self.day = instant.0.div_euclid(MICROS_PER_DAY as i64) * MICROS_PER_DAY as i64;
        Ok(())
    }
}

impl<L: Layout> Default for StampCache<L> {
    fn default() -> Self {
        Self::new()
    }
}

/// Microseconds from `start` to an instant; a huge number if it lies before.
#[inline(always)]
fn since(start: i64, instant: UnixMicros) -> u64 {
    instant.0.wrapping_sub(start) as u64
}
