//! Text patterns: whole, prefix, suffix, substring, bounded words (configuration manual, 7.1.3).

use alloc::boxed::Box;
use alloc::vec::Vec;

use memchr::memmem::Finder;

/// Where in the sample a pattern must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Whole,
    Prefix,
    Suffix,
    Anywhere,
    /// Between these delimiters or the ends.
    Word(&'static [u8]),
}

/// Delimiters of `dir`.
pub(crate) const DIRECTORY: &[u8] = b"/?";
/// Delimiters of `dom`.
pub(crate) const DOMAIN: &[u8] = b"/?.:";

#[derive(Clone, Debug)]
pub(crate) struct TextSet {
    place: Place,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
enum Pattern {
    Exact(Box<[u8]>),
    Folded(Box<[u8]>),
    /// Exact bytes anywhere, with the search prepared.
    Search(Box<Finder<'static>>),
}

impl TextSet {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, patterns: Vec::new() }
    }

    pub(crate) fn push(&mut self, text: &[u8], ignore_case: bool) {
        let text = match self.place {
            Place::Word(delimiters) => strip(text, delimiters),
            Place::Whole | Place::Prefix | Place::Suffix | Place::Anywhere => text,
        };
        self.patterns.push(match (ignore_case, self.place) {
            (true, _) => Pattern::Folded(text.into()),
            (false, Place::Anywhere) => Pattern::Search(Box::new(Finder::new(text).into_owned())),
            (false, _) => Pattern::Exact(text.into()),
        });
    }

    /// Returns the first pattern that matches.
    #[inline]
    pub(crate) fn find(&self, sample: &[u8]) -> Option<usize> {
        let place = self.place;
        self.patterns.iter().position(|pattern| match (pattern, place) {
            // Written out, since it is the commonest and the shortest.
            (Pattern::Exact(text), Place::Prefix) => sample.starts_with(text),
            _ => pattern.matches(place, sample),
        })
    }
}

impl Pattern {
    #[inline(never)]
    fn matches(&self, place: Place, sample: &[u8]) -> bool {
        match self {
            Self::Exact(text) => {
                place.holds(text, sample, <[u8]>::eq)
                    || place == Place::Whole && equals_until_nul(text, sample)
            }
            Self::Folded(text) => place.holds(text, sample, <[u8]>::eq_ignore_ascii_case),
            Self::Search(finder) => finder.find(sample).is_some(),
        }
    }
}

impl TextSet {
    /// Returns the longest pattern that matches, the first of equals.
    pub(crate) fn find_longest(&self, sample: &[u8]) -> Option<usize> {
        let matching = self.patterns.iter().enumerate().filter_map(|(index, pattern)| {
            let (text, holds) = match pattern {
                Pattern::Exact(text) => (&**text, self.place.holds(text, sample, <[u8]>::eq)),
                Pattern::Folded(text) => {
                    (&**text, self.place.holds(text, sample, <[u8]>::eq_ignore_ascii_case))
                }
                Pattern::Search(finder) => (finder.needle(), finder.find(sample).is_some()),
            };
            holds.then_some((text.len(), index))
        });
        matching
            .max_by_key(|&(length, index)| (length, core::cmp::Reverse(index)))
            .map(|(_, index)| index)
    }
}

/// Whether a NUL stands in the sample right behind the pattern: for HAProxy, which looks whole
/// patterns up as C strings, the sample ends there.
fn equals_until_nul(text: &[u8], sample: &[u8]) -> bool {
    sample.get(text.len()) == Some(&0) && sample.starts_with(text)
}

impl Place {
    #[inline]
    fn holds(self, text: &[u8], sample: &[u8], equal: fn(&[u8], &[u8]) -> bool) -> bool {
        match self {
            Self::Whole => equal(text, sample),
            Self::Prefix => sample.get(..text.len()).is_some_and(|start| equal(text, start)),
            Self::Suffix => {
                let start = sample.len().checked_sub(text.len());
                start.and_then(|start| sample.get(start..)).is_some_and(|end| equal(text, end))
            }
            Self::Anywhere => {
                text.is_empty() || sample.windows(text.len()).any(|window| equal(text, window))
            }
            Self::Word(delimiters) => word(text, sample, delimiters, equal),
        }
    }
}

/// Whether `text` stands in `sample` from the start of a word to the end of a word; `text` may have
/// delimiters inside. What consisted of delimiters alone never matches.
fn word(text: &[u8], sample: &[u8], delimiters: &[u8], equal: fn(&[u8], &[u8]) -> bool) -> bool {
    if text.is_empty() {
        return false;
    }
    let mut rest = sample;
    loop {
        if let Some((start, after)) = rest.split_at_checked(text.len()) {
            let bounded = after.first().is_none_or(|byte| delimiters.contains(byte));
            if bounded && equal(text, start) {
                return true;
            }
        } else {
            return false;
        }
        let Some(next) = rest.iter().position(|byte| delimiters.contains(byte)) else {
            return false;
        };
        rest = rest.get(next + 1..).unwrap_or_default();
    }
}

fn strip<'t>(mut text: &'t [u8], delimiters: &[u8]) -> &'t [u8] {
    while let [first, rest @ ..] = text {
        if !delimiters.contains(first) {
            break;
        }
        text = rest;
    }
    while let [rest @ .., last] = text {
        if !delimiters.contains(last) {
            break;
        }
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(place: Place, ignore_case: bool, pattern: &str, sample: &str) -> bool {
        let mut set = TextSet::new(place);
        set.push(pattern.as_bytes(), ignore_case);
        set.find(sample.as_bytes()).is_some()
    }

    #[test]
    fn places_are_where_they_say() {
        assert!(matches(Place::Whole, false, "/a", "/a"));
        assert!(!matches(Place::Whole, false, "/a", "/a/"));
        assert!(matches(Place::Prefix, false, "/admin", "/administrator"));
        assert!(!matches(Place::Prefix, false, "/admin", "/adm"));
        assert!(matches(Place::Suffix, false, ".php", "/a.php"));
        assert!(!matches(Place::Suffix, false, ".php", ".ph"));
        assert!(matches(Place::Anywhere, false, "dmi", "/admin"));
        assert!(!matches(Place::Anywhere, false, "admin/", "/admin"));
    }

    #[test]
    fn whole_sample_ends_at_a_nul() {
        assert!(matches(Place::Whole, false, "/a", "/a\0x"));
        assert!(!matches(Place::Whole, true, "/a", "/a\0x"));
        assert!(!matches(Place::Whole, false, "/a", "/ab\0"));
    }

    #[test]
    fn case_is_folded_where_asked() {
        for place in
            [Place::Whole, Place::Prefix, Place::Suffix, Place::Anywhere, Place::Word(b"/")]
        {
            assert!(matches(place, true, "AdMiN", "aDmin"), "{place:?}");
            assert!(!matches(place, false, "AdMiN", "aDmin"), "{place:?}");
        }
    }

    #[test]
    fn longest_pattern_can_be_asked_for() {
        let mut set = TextSet::new(Place::Prefix);
        for text in ["/", "/api/v1", "/api", "/api"] {
            set.push(text.as_bytes(), false);
        }

        assert_eq!(set.find_longest(b"/api/v2"), Some(2));
        assert_eq!(set.find_longest(b"/api/v1/x"), Some(1));
        assert_eq!(set.find_longest(b"x"), None);
    }

    #[test]
    fn words_are_bounded() {
        let domain = |pattern, sample| matches(Place::Word(DOMAIN), false, pattern, sample);

        assert!(domain("example.com", "example.com.evil.org"));
        assert!(domain("example.com", "www.example.com:8080"));
        assert!(!domain("example.com", "notexample.com"));
        assert!(!domain("example.com", "example.community"));
        assert!(domain(".com", "com.net"));
    }

    #[test]
    fn directories_lose_their_outer_delimiters() {
        let directory = |pattern, sample| matches(Place::Word(DIRECTORY), false, pattern, sample);

        assert!(directory("/a/b/", "/x/a/b"));
        assert!(!directory("a/b", "/x/a//b"));
        assert!(!directory("/", "/"));
        assert!(!directory("//", "/a//b"));
        assert!(directory("b", "/a//b"));
    }
}
