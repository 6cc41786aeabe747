use core::fmt::Debug;
use core::hash::Hash;

use self::sealed::{Shape, Shaped};

/// What a stamp looks like; its width is a constant of the type.
///
/// The layouts are types without values of interest, chosen by type parameter:
/// `stamp::<EsMicros>(..)`. The trait is sealed: the set may grow, and its workings change.
pub trait Layout:
    Shaped + Copy + Debug + Default + Eq + Hash + Ord + Send + Sync + 'static
{
    /// Bytes of every stamp of this layout, all ASCII.
    const WIDTH: usize;
    /// Name for use in configuration and on command lines, such as `es-micros`.
    const NAME: &'static str;
    /// The layout in letters, as wide as its stamps; `f` are the digits of the fraction.
    const PATTERN: &'static str;
}

pub(crate) mod sealed {
    use core::fmt::Debug;
    use core::hash::Hash;

    /// The facts that the writer and the reader of a layout go by.
    pub trait Shaped {
        /// An array of as many bytes as the layout is wide.
        type Bytes: AsRef<[u8]> + AsMut<[u8]> + Copy + Debug + Eq + Hash + Ord + Send + Sync;
        const BLANK: Self::Bytes;
        const SHAPE: Shape;
    }

    #[derive(Clone, Copy, Debug)]
    pub struct Shape {
        pub date: Date,
        /// Between date and time.
        pub separator: u8,
        /// Before the fraction; without meaning where there are no digits.
        pub point: u8,
        pub digits: u8,
        pub zone: Zone,
    }

    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub enum Date {
        /// `2017-05-30`
        YearFirst,
        /// `30/May/2017`
        DayFirst,
    }

    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub enum Zone {
        /// Nothing is written.
        Unwritten,
        /// `Z`
        Utc,
        /// ` +0400`
        Offset,
    }

    impl Shape {
        pub const fn date_width(&self) -> usize {
            match self.date {
                Date::YearFirst => 10,
                Date::DayFirst => 11,
            }
        }

        /// Where the fraction's point stands, or what follows the seconds.
        pub const fn seconds_end(&self) -> usize {
            self.date_width() + 1 + 8
        }

        pub const fn fraction_end(&self) -> usize {
            match self.digits {
                0 => self.seconds_end(),
                digits => self.seconds_end() + 1 + digits as usize,
            }
        }

        pub const fn width(&self) -> usize {
            match self.zone {
                Zone::Unwritten => self.fraction_end(),
                Zone::Utc => self.fraction_end() + 1,
                Zone::Offset => self.fraction_end() + 6,
            }
        }
    }
}

macro_rules! layouts {
    ($(
        $(#[$doc:meta])*
        $type:ident = $name:literal $pattern:literal,
        $date:ident $separator:literal $point:literal $digits:literal $zone:ident;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $type;

        impl Shaped for $type {
            type Bytes = [u8; $pattern.len()];
            const BLANK: Self::Bytes = [b'0'; $pattern.len()];
            const SHAPE: Shape = Shape {
                date: sealed::Date::$date,
                separator: $separator,
                point: $point,
                digits: $digits,
                zone: sealed::Zone::$zone,
            };
        }

        impl Layout for $type {
            const WIDTH: usize = $pattern.len();
            const NAME: &'static str = $name;
            const PATTERN: &'static str = $pattern;
        }

        const _: () = assert!($type::SHAPE.width() == $pattern.len());
    )*};
}

layouts! {
    /// `2017-05-30 13:03:11.000`, 23 bytes, UTC by convention: Elasticsearch's
    /// `yyyy-MM-dd HH:mm:ss.SSS`.
    EsMillis = "es-millis" "YYYY-MM-DD HH:MM:SS.fff", YearFirst b' ' b'.' 3 Unwritten;
    /// `2017-05-30 13:03:11.000000`, 26 bytes, UTC by convention: Elasticsearch's
    /// `yyyy-MM-dd HH:mm:ss.SSSSSS`.
    EsMicros = "es-micros" "YYYY-MM-DD HH:MM:SS.ffffff", YearFirst b' ' b'.' 6 Unwritten;
    /// `2017-05-30 13:03:11.000000000`, 29 bytes, UTC by convention: Elasticsearch's
    /// `yyyy-MM-dd HH:mm:ss.SSSSSSSSS`, for fields of type `date_nanos`.
    EsNanos = "es-nanos" "YYYY-MM-DD HH:MM:SS.fffffffff", YearFirst b' ' b'.' 9 Unwritten;
    /// `2017-05-30T13:03:11.000Z`, 24 bytes: RFC 3339 in UTC, also Elasticsearch's
    /// `strict_date_time`.
    Rfc3339Millis = "rfc3339-millis" "YYYY-MM-DDTHH:MM:SS.fffZ", YearFirst b'T' b'.' 3 Utc;
    /// `2017-05-30T13:03:11.000000Z`, 27 bytes: RFC 3339 in UTC, also Elasticsearch's
    /// `strict_date_time`.
    Rfc3339Micros = "rfc3339-micros" "YYYY-MM-DDTHH:MM:SS.ffffffZ", YearFirst b'T' b'.' 6 Utc;
    /// `2017-05-30T13:03:11.000000000Z`, 30 bytes: RFC 3339 in UTC, also Elasticsearch's
    /// `strict_date_time`.
    Rfc3339Nanos = "rfc3339-nanos" "YYYY-MM-DDTHH:MM:SS.fffffffffZ", YearFirst b'T' b'.' 9 Utc;
    /// `30/May/2017:13:03:11.000`, 24 bytes: HAProxy's `%t` and `%tr` (HAProxy prints them in
    /// its local time: pass a time without a zone).
    HaproxyDate = "haproxy" "DD/Mon/YYYY:HH:MM:SS.fff", DayFirst b':' b'.' 3 Unwritten;
    /// `30/May/2017:13:03:11 +0000`, 26 bytes: the Common Log Format, and HAProxy's `%T`. The
    /// only layout here that keeps the value's own offset, and the only one without a fraction.
    Clf = "clf" "DD/Mon/YYYY:HH:MM:SS +zzzz", DayFirst b':' b'.' 0 Offset;
    /// `2017-05-30 13:03:11,000`, 23 bytes: the default of Python's `logging`, of Log4j's
    /// `DEFAULT` and of Elasticsearch's older own logs.
    CommaMillis = "comma-millis" "YYYY-MM-DD HH:MM:SS,fff", YearFirst b' ' b',' 3 Unwritten;
    /// `2017-05-30T13:03:11,000`, 23 bytes: Elasticsearch's own logs.
    EsLog = "es-log" "YYYY-MM-DDTHH:MM:SS,fff", YearFirst b'T' b',' 3 Unwritten;
}
