//! Compiled patterns: one set for each way of matching (configuration manual, 7.1).

pub(crate) mod binary;
mod index;
pub(crate) mod int;
mod interval;
pub(crate) mod ip;
pub(crate) mod matching;
pub(crate) mod method;
pub(crate) mod regex;
mod sorted;
pub(crate) mod syntax;
pub(crate) mod text;

use crate::fetch::Sample;
use binary::BinarySet;
use int::IntSet;
use ip::IpSet;
use method::MethodSet;
use regex::RegexList;
use text::TextSet;

/// Which pattern is meant where several match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The first one in the order written.
    First,
    /// The longest prefix or network, the first of equals; anything else as [`Choice::First`].
    Longest,
}

/// The patterns of one expression; a sample matches if one of them does.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    Found,
    True,
    Integer(IntSet),
    Length(IntSet),
    Address(IpSet),
    Text(TextSet),
    Method(MethodSet),
    Binary(BinarySet),
    Regex(RegexList),
}

impl Matcher {
    #[inline]
    pub(crate) fn matches(&self, sample: &Sample<'_>) -> bool {
        match self {
            Self::Address(set) => sample.address().is_some_and(|address| set.contains(address)),
            Self::Text(set) => sample.with_text(|text| set.contains(text)),
            Self::Found
            | Self::True
            | Self::Integer(_)
            | Self::Length(_)
            | Self::Method(_)
            | Self::Binary(_)
            | Self::Regex(_) => self.find(sample).is_some(),
        }
    }

    /// Returns which pattern matches, by the [`Choice`] it was made with; `Some(None)` where the
    /// method needs no pattern. [`Matcher::matches`] agrees with it.
    #[expect(clippy::option_option, reason = "whether and which are two questions")]
    pub(crate) fn find(&self, sample: &Sample<'_>) -> Option<Option<usize>> {
        match self {
            Self::Found => Some(None),
            Self::True => (sample.integer()? != 0).then_some(None),
            Self::Integer(set) => set.find(sample.integer()?).map(Some),
            Self::Length(set) => {
                let length = sample.with_text(<[u8]>::len);
                set.find(i64::try_from(length).unwrap_or(i64::MAX)).map(Some)
            }
            Self::Address(set) => set.find(sample.address()?).map(Some),
            Self::Text(set) => sample.with_text(|text| set.find(text)).map(Some),
            Self::Method(set) => set.find(sample.method()?).map(Some),
            Self::Binary(set) => sample.with_bytes(|bytes| set.find(bytes)).map(Some),
            Self::Regex(list) => sample.with_text(|text| list.find(text)).map(Some),
        }
    }
}
