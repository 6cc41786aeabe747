//! Moments as stamps in serde's formats, for `#[serde(with = "...")]`.
//!
//! [`As`] is for a moment, [`AsOption`] for an `Option` of one; the layout is a parameter, so that
//! those made by [`layout!`](crate::layout!) serve too. A [`Stamp`] serializes by itself.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Event {
//!     #[serde(with = "log_format::serde::As::<log_format::EsMicros>")]
//!     at: DateTime<Utc>,
//!     #[serde(with = "log_format::serde::AsOption::<log_format::Rfc3339Millis>")]
//!     until: Option<DateTime<Utc>>,
//! }
//!
//! let event = Event { at: DateTime::UNIX_EPOCH, until: None };
//! let json = serde_json::to_string(&event)?;
//! assert_eq!(json, r#"{"at":"1970-01-01 00:00:00.000000","until":null}"#);
//!
//! let error = serde_json::from_str::<Event>(&json.replace(".000000", "")).map(|event| event.at);
//! assert!(error.is_err_and(|error| error.to_string().starts_with("fraction missing at byte 19")));
//! # Ok::<(), serde_json::Error>(())
//! ```

use core::fmt;
use core::marker::PhantomData;

use ::serde::de::{self, Deserialize, Deserializer, Visitor};
use ::serde::ser::{self, Serialize, Serializer};
use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};

use crate::fields::Fields;
use crate::layout::Layout;
use crate::moment::{Moment, UnixMicros, UnixNanos};
use crate::parse::parse;
use crate::stamp::{Stamp, stamp};

/// A moment as a stamp in the layout `L`: what [`stamp`](crate::stamp()) writes and
/// [`parse`](crate::parse()) reads.
#[derive(Clone, Copy, Debug)]
pub struct As<L>(PhantomData<L>);

impl<L: Layout> As<L> {
    /// Writes a moment as text.
    ///
    /// # Errors
    ///
    /// The serializer's, or the text of the [`StampError`](crate::StampError).
    pub fn serialize<S: Serializer>(
        moment: &impl Moment,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        stamp::<L>(moment).map_err(ser::Error::custom)?.serialize(serializer)
    }

    /// Reads a moment from text.
    ///
    /// # Errors
    ///
    /// The deserializer's; or the text of the [`ParseError`](crate::ParseError); or for a
    /// `NaiveDateTime` in a layout with a zone, that it cannot hold it.
    pub fn deserialize<'de, T: FromFields, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let fields = deserializer.deserialize_str(Text::<L>(PhantomData))?;
        T::from_fields(&fields)
            .ok_or_else(|| de::Error::custom("stamp has a zone, and the type none"))
    }
}

/// An `Option` of a moment: its stamp as with [`As`], or the format's nothing (`null` in JSON).
///
/// A field that may be absent altogether needs `#[serde(default)]` as well.
#[derive(Clone, Copy, Debug)]
pub struct AsOption<L>(PhantomData<L>);

impl<L: Layout> AsOption<L> {
    /// Writes a moment as text, or nothing.
    ///
    /// # Errors
    ///
    /// As for [`As::serialize`].
    pub fn serialize<S: Serializer>(
        moment: &Option<impl Moment>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => {
                serializer.serialize_some(&stamp::<L>(moment).map_err(ser::Error::custom)?)
            }
            None => serializer.serialize_none(),
        }
    }

    /// Reads a moment from text, or nothing.
    ///
    /// # Errors
    ///
    /// As for [`As::deserialize`].
    pub fn deserialize<'de, T: FromFields, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(Maybe::<L, T>(PhantomData))
    }
}

/// A moment that can be made of what a stamp says.
pub trait FromFields: Sized {
    /// The moment that the fields name; `None` where the type cannot hold their zone. Fields
    /// without a zone are taken as UTC by types with one, as [`stamp`](crate::stamp()) wrote them.
    fn from_fields(fields: &Fields) -> Option<Self>;
}

impl FromFields for Fields {
    fn from_fields(fields: &Fields) -> Option<Self> {
        Some(*fields)
    }
}

impl FromFields for UnixMicros {
    fn from_fields(fields: &Fields) -> Option<Self> {
        Some(Self(fields.unix_micros()))
    }
}

impl FromFields for UnixNanos {
    fn from_fields(fields: &Fields) -> Option<Self> {
        Some(Self(fields.unix_nanos()))
    }
}

impl FromFields for NaiveDateTime {
    fn from_fields(fields: &Fields) -> Option<Self> {
        fields.offset.is_none().then(|| fields.to_naive())
    }
}

impl FromFields for DateTime<Utc> {
    fn from_fields(fields: &Fields) -> Option<Self> {
        Some(fields.to_datetime_utc())
    }
}

impl FromFields for DateTime<FixedOffset> {
    fn from_fields(fields: &Fields) -> Option<Self> {
        Some(fields.to_datetime().unwrap_or_else(|| fields.to_datetime_utc().fixed_offset()))
    }
}

#[cfg(feature = "std")]
impl FromFields for std::time::SystemTime {
    fn from_fields(fields: &Fields) -> Option<Self> {
        Some(fields.to_datetime_utc().into())
    }
}

impl<L: Layout> Serialize for Stamp<L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Takes exactly what [`parse`](crate::parse()) takes.
impl<'de, L: Layout> Deserialize<'de> for Stamp<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = deserializer.deserialize_str(Text::<L>(PhantomData))?;
        stamp(&fields).map_err(de::Error::custom)
    }
}

struct Text<L>(PhantomData<L>);

impl<L: Layout> Visitor<'_> for Text<L> {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stamp as {}", L::PATTERN)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Fields, E> {
        parse::<L>(text.as_bytes()).map_err(E::custom)
    }
}

struct Maybe<L, T>(PhantomData<(L, T)>);

impl<'de, L: Layout, T: FromFields> Visitor<'de> for Maybe<L, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stamp as {}, or nothing", L::PATTERN)
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        As::<L>::deserialize(deserializer).map(Some)
    }
}
