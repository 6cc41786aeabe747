//! Text patterns: whole, prefix, suffix, substring, bounded words (configuration manual, 7.1.3).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Reverse;

use memchr::memmem::Finder;

use super::Choice;
use super::index::{self, TextIndex};

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

/// Text patterns that must stand in the same place.
#[derive(Clone, Debug)]
pub(crate) struct TextSet {
    place: Place,
    choice: Choice,
    /// Prefixes without a question mark.
    within_path: bool,
    /// Looked at one by one.
    listed: Vec<Pattern>,
    /// What is in these instead, once they are many.
    indexed: Vec<TextIndex>,
}

#[derive(Clone, Debug)]
enum Pattern {
    Exact(Box<[u8]>),
    Folded(Box<[u8]>),
    /// Exact bytes anywhere, with the search prepared.
    Search(Box<Finder<'static>>),
}

impl TextSet {
    pub(crate) fn new(place: Place, choice: Choice) -> Self {
        let within_path = place == Place::Prefix;
        Self { place, choice, within_path, listed: Vec::new(), indexed: Vec::new() }
    }

    pub(crate) fn push(&mut self, text: &[u8], ignore_case: bool) {
        let text = match self.place {
            Place::Word(delimiters) => strip(text, delimiters),
            Place::Whole | Place::Prefix | Place::Suffix | Place::Anywhere => text,
        };
        self.within_path &= !text.contains(&b'?');
        self.listed.push(match (ignore_case, self.place) {
            (true, _) => Pattern::Folded(text.into()),
            (false, Place::Anywhere) => Pattern::Search(Box::new(Finder::new(text).into_owned())),
            (false, _) => Pattern::Exact(text.into()),
        });
    }

    /// Compiles the patterns where they are many.
    pub(crate) fn finish(mut self) -> Self {
        let group = |folded| -> Vec<(u32, &[u8])> {
            let patterns = (0..).zip(&self.listed).filter(|(_, pattern)| pattern.folds() == folded);
            patterns.map(|(index, pattern)| (index, pattern.text())).collect()
        };
        let groups = [(false, group(false)), (true, group(true))];
        let many = |(folded, texts): &(bool, Vec<_>)| texts.len() > index::few(self.place, *folded);
        // The longest prefix is asked for by maps, in which case counts.
        let mixed = groups.iter().all(|(_, texts)| !texts.is_empty());
        if groups.iter().any(many) && !(mixed && self.choice == Choice::Longest) {
            let compile = |(folded, texts): &(bool, Vec<_>)| {
                TextIndex::new(self.place, *folded, texts, self.choice)
            };
            let groups = groups.iter().filter(|(_, texts)| !texts.is_empty());
            if let Some(indexed) = groups.map(compile).collect() {
                self.indexed = indexed;
                self.listed = Vec::new();
            }
        }
        self
    }

    /// Whether these are prefixes of which a target has the same as its path.
    #[inline]
    pub(crate) fn is_within_path(&self) -> bool {
        self.within_path
    }

    #[inline]
    pub(crate) fn contains(&self, sample: &[u8]) -> bool {
        let place = self.place;
        let listed = self.listed.iter().any(|pattern| match (pattern, place) {
            // Written out, since it is the commonest and the shortest.
            (Pattern::Exact(text), Place::Prefix) => sample.starts_with(text),
            _ => pattern.matches(place, sample),
        });
        listed || self.indexed.iter().any(|index| index.contains(sample))
    }

    /// Returns which pattern is meant of those that match.
    pub(crate) fn find(&self, sample: &[u8]) -> Option<usize> {
        if self.indexed.is_empty() { self.find_listed(sample) } else { self.find_indexed(sample) }
    }

    fn find_listed(&self, sample: &[u8]) -> Option<usize> {
        let mut patterns = self.listed.iter();
        if (self.choice, self.place) != (Choice::Longest, Place::Prefix) {
            return patterns.position(|pattern| pattern.matches(self.place, sample));
        }
        let matching =
            patterns.enumerate().filter(|(_, pattern)| pattern.matches(self.place, sample));
        let longest =
            matching.max_by_key(|(index, pattern)| (pattern.text().len(), Reverse(*index)));
        longest.map(|(index, _)| index)
    }

    fn find_indexed(&self, sample: &[u8]) -> Option<usize> {
        self.indexed.iter().filter_map(|index| index.find(sample)).min()
    }
}

impl Pattern {
    fn folds(&self) -> bool {
        matches!(self, Self::Folded(_))
    }

    fn text(&self) -> &[u8] {
        match self {
            Self::Exact(text) | Self::Folded(text) => text,
            Self::Search(finder) => finder.needle(),
        }
    }

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
    use alloc::format;
    use proptest::prelude::*;

    fn matches(place: Place, ignore_case: bool, pattern: &str, sample: &str) -> bool {
        let mut set = TextSet::new(place, Choice::First);
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
        let mut set = TextSet::new(Place::Prefix, Choice::Longest);
        for text in ["/", "/api/v1", "/api", "/api"] {
            set.push(text.as_bytes(), false);
        }

        assert_eq!(set.find(b"/api/v2"), Some(2));
        assert_eq!(set.find(b"/api/v1/x"), Some(1));
        assert_eq!(set.find(b"x"), None);
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

    const PLACES: [Place; 6] = [
        Place::Whole,
        Place::Prefix,
        Place::Suffix,
        Place::Anywhere,
        Place::Word(DIRECTORY),
        Place::Word(DOMAIN),
    ];

    #[test]
    fn many_patterns_are_indexed() {
        for place in PLACES {
            for ignore_case in [false, true] {
                let mut set = TextSet::new(place, Choice::First);
                for index in 0..=index::few(place, ignore_case) {
                    assert!(set.clone().finish().indexed.is_empty(), "{index} in {place:?}");
                    set.push(format!("{index}").as_bytes(), ignore_case);
                }

                let set = set.finish();

                assert_eq!((set.listed.len(), set.indexed.len()), (0, 1), "{place:?}");
            }
        }
    }

    /// Few letters, so that texts meet; and all that delimits, ends or folds.
    fn text(most: usize) -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            6 => proptest::sample::select(b"aAb/.?".to_vec()),
            1 => proptest::sample::select(b"\0:Z\xff@".to_vec()),
        ];
        proptest::collection::vec(byte, 0..most)
    }

    proptest! {
        #[test]
        fn indexed_patterns_agree_with_a_look_at_each(
            patterns in proptest::collection::vec((text(14), any::<bool>()), 0..60),
            samples in proptest::collection::vec(text(24), 20),
            place in proptest::sample::select(PLACES.to_vec()),
            mixed in any::<bool>(),
            longest in any::<bool>(),
        ) {
            let choice = if longest { Choice::Longest } else { Choice::First };
            let mut listed = TextSet::new(place, choice);
            for (text, ignore_case) in &patterns {
                listed.push(text, mixed && *ignore_case);
            }
            let finished = listed.clone().finish();

            let inside = patterns.iter().map(|(text, _)| [b"b/", text.as_slice(), b"/a"].concat());
            let near = patterns.iter().map(|(text, _)| text.to_ascii_uppercase());
            for sample in samples.into_iter().chain(inside).chain(near) {
                let expected = listed.find_listed(&sample);
                prop_assert_eq!(finished.find(&sample), expected, "{}", sample.escape_ascii());
                prop_assert_eq!(finished.contains(&sample), expected.is_some());
            }
        }
    }
}
