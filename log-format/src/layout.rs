use core::fmt::Debug;
use core::hash::Hash;

use crate::shape::Shape;

/// What a stamp looks like; its width is a constant of the type.
///
/// The layouts are types without values of interest, chosen by type parameter:
/// `stamp::<EsMicros>(..)`. The macro [`layout!`](crate::layout!) makes further ones; it alone
/// implements this trait, whose hidden items may change.
pub trait Layout: Copy + Debug + Default + Eq + Hash + Ord + Send + Sync + 'static {
    /// Name for use in configuration and on command lines, such as `es-micros`.
    const NAME: &'static str;
    /// The layout in letters, as wide as its stamps: see [`layout!`](crate::layout!).
    const PATTERN: &'static str;
    /// Bytes of every stamp of this layout, all ASCII.
    const WIDTH: usize = Self::PATTERN.len();

    /// An array of as many bytes as the layout is wide.
    #[doc(hidden)]
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Copy + Debug + Eq + Hash + Ord + Send + Sync;
    /// The stamp of 1970-01-01T00:00:00Z.
    #[doc(hidden)]
    const EPOCH: Self::Bytes;
}

/// Makes layouts of one's own, each a type with a name and a pattern; the pattern is checked at
/// compile time.
///
/// A pattern is a date, a separator, a time, a fraction or none, and a
/// zone or none:
///
/// | part | one of |
/// |---|---|
/// | date | `YYYY-MM-DD`, `DD/Mon/YYYY`, `Mon _D` (the day filled up with a blank, no year) |
/// | separator | `T`, a blank, or an ASCII punctuation mark |
/// | time | `hh:mm:ss` |
/// | fraction | `.f` to `.fffffffff`, `,f` to `,fffffffff` |
/// | zone | `Z`; `+zz:zz` or `+zzzz`, also after a blank |
///
/// # Examples
///
/// ```
/// use log_format::{UnixMicros, layout, stamp};
///
/// layout! {
///     /// What our collector wants: `2017-05-30_13:03:11,25+0000`.
///     pub struct Collector = "collector", "YYYY-MM-DD_hh:mm:ss,ff+zzzz";
/// }
///
/// let stamp = stamp::<Collector>(&UnixMicros(1_496_149_391_250_000))?;
/// assert_eq!(stamp.as_str(), "2017-05-30_13:03:11,25+0000");
/// # Ok::<(), log_format::StampError>(())
/// ```
///
/// A pattern that no writer could follow does not compile:
///
/// ```compile_fail
/// log_format::layout! { struct Loose = "loose", "YYYY-M-D hh:mm:ss"; }
/// ```
#[macro_export]
macro_rules! layout {
    ($($(#[$attribute:meta])* $visibility:vis struct $type:ident = $name:literal, $pattern:literal;)+) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        $visibility struct $type;

        impl $crate::Layout for $type {
            const NAME: &'static str = $name;
            const PATTERN: &'static str = $pattern;
            type Bytes = [u8; $pattern.len()];
            const EPOCH: [u8; $pattern.len()] = $crate::__epoch($pattern);
        }

        // Evaluated here, so that a bad pattern is an error even where the layout is not used.
        const _: [u8; $pattern.len()] = <$type as $crate::Layout>::EPOCH;
    )+};
}

/// The stamp of 1970-01-01T00:00:00Z by a pattern.
#[doc(hidden)]
pub const fn epoch<const WIDTH: usize>(pattern: &str) -> [u8; WIDTH] {
    assert!(Shape::of(pattern).width() == WIDTH);
    let pattern = pattern.as_bytes();
    let mut bytes = [0; WIDTH];
    let (mut at, mut year_digits) = (0, 0);
    while at < WIDTH {
        // No pattern ends with a letter whose meaning depends on the next.
        bytes[at] = match pattern[at] {
            b'h' | b'm' | b's' | b'f' | b'z' => b'0',
            b'Y' => {
                year_digits += 1;
                b"1970"[year_digits - 1]
            }
            b'M' if pattern[at + 1] == b'o' => b'J',
            b'o' => b'a',
            b'M' | b'D' if pattern[at + 1] == pattern[at] => b'0',
            b'M' | b'D' => b'1',
            b'_' if pattern[at + 1] == b'D' => b' ',
            literal => literal,
        };
        at += 1;
    }
    bytes
}

layout! {
    /// `2017-05-30 13:03:11.000`, 23 bytes, UTC by convention: Elasticsearch's
    /// `yyyy-MM-dd HH:mm:ss.SSS`.
    pub struct EsMillis = "es-millis", "YYYY-MM-DD hh:mm:ss.fff";
    /// `2017-05-30 13:03:11.000000`, 26 bytes, UTC by convention: Elasticsearch's
    /// `yyyy-MM-dd HH:mm:ss.SSSSSS`.
    pub struct EsMicros = "es-micros", "YYYY-MM-DD hh:mm:ss.ffffff";
    /// `2017-05-30 13:03:11.000000000`, 29 bytes, UTC by convention: Elasticsearch's
    /// `yyyy-MM-dd HH:mm:ss.SSSSSSSSS`, for fields of type `date_nanos`.
    pub struct EsNanos = "es-nanos", "YYYY-MM-DD hh:mm:ss.fffffffff";
    /// `2017-05-30T13:03:11Z`, 20 bytes: RFC 3339 in UTC without a fraction.
    pub struct Rfc3339Seconds = "rfc3339-seconds", "YYYY-MM-DDThh:mm:ssZ";
    /// `2017-05-30T13:03:11.000Z`, 24 bytes: RFC 3339 in UTC, also Elasticsearch's
    /// `strict_date_time`.
    pub struct Rfc3339Millis = "rfc3339-millis", "YYYY-MM-DDThh:mm:ss.fffZ";
    /// `2017-05-30T13:03:11.000000Z`, 27 bytes: RFC 3339 in UTC, also Elasticsearch's
    /// `strict_date_time` and what syslog's RFC 5424 (section 6.2.3) wants.
    pub struct Rfc3339Micros = "rfc3339-micros", "YYYY-MM-DDThh:mm:ss.ffffffZ";
    /// `2017-05-30T13:03:11.000000000Z`, 30 bytes: RFC 3339 in UTC, also Elasticsearch's
    /// `strict_date_time`.
    pub struct Rfc3339Nanos = "rfc3339-nanos", "YYYY-MM-DDThh:mm:ss.fffffffffZ";
    /// `2017-05-30T13:03:11+04:00`, 25 bytes: RFC 3339 with the value's own offset, UTC as
    /// `+00:00`.
    pub struct Rfc3339SecondsOffset = "rfc3339-seconds-offset", "YYYY-MM-DDThh:mm:ss+zz:zz";
    /// `2017-05-30T13:03:11.000+04:00`, 29 bytes: RFC 3339 with the value's own offset.
    pub struct Rfc3339MillisOffset = "rfc3339-millis-offset", "YYYY-MM-DDThh:mm:ss.fff+zz:zz";
    /// `2017-05-30T13:03:11.000000+04:00`, 32 bytes: RFC 3339 with the value's own offset; syslog
    /// daemons write it by RFC 5424.
    pub struct Rfc3339MicrosOffset = "rfc3339-micros-offset", "YYYY-MM-DDThh:mm:ss.ffffff+zz:zz";
    /// `2017-05-30T13:03:11.000000000+04:00`, 35 bytes: RFC 3339 with the value's own offset.
    pub struct Rfc3339NanosOffset = "rfc3339-nanos-offset", "YYYY-MM-DDThh:mm:ss.fffffffff+zz:zz";
    /// `30/May/2017:13:03:11.000`, 24 bytes: HAProxy's `%t` and `%tr` (HAProxy prints them in
    /// its local time: pass a time without a zone).
    pub struct HaproxyDate = "haproxy", "DD/Mon/YYYY:hh:mm:ss.fff";
    /// `30/May/2017:13:03:11 +0000`, 26 bytes, with the value's own offset: the Common Log Format,
    /// and HAProxy's `%T`.
    pub struct Clf = "clf", "DD/Mon/YYYY:hh:mm:ss +zzzz";
    /// `2017-05-30 13:03:11,000`, 23 bytes: the default of Python's `logging`, of Log4j's
    /// `DEFAULT` and of Elasticsearch's older own logs.
    pub struct CommaMillis = "comma-millis", "YYYY-MM-DD hh:mm:ss,fff";
    /// `2017-05-30T13:03:11,000`, 23 bytes: Elasticsearch's own logs.
    pub struct EsLog = "es-log", "YYYY-MM-DDThh:mm:ss,fff";
    /// `May 30 13:03:11`, 15 bytes: syslog by RFC 3164, section 4.1.2, local time by convention
    /// (pass a time without a zone). It has no year: see
    /// [`parse_in_year`](crate::parse_in_year()).
    pub struct Rfc3164 = "rfc3164", "Mon _D hh:mm:ss";
}
