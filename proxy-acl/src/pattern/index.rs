//! Many text patterns, compiled so that a sample need not be compared with each.

use alloc::boxed::Box;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Input};

use super::Choice;
use super::sorted::{Reading, Sorted};
use super::text::Place;

/// Patterns that differ in place or case make one index each.
#[derive(Clone, Debug)]
pub(super) enum TextIndex {
    Whole {
        texts: Sorted,
        /// A NUL may end the sample early.
        until_nul: bool,
    },
    Edge(Sorted),
    Anywhere {
        search: AhoCorasick,
        /// The place of each text among the patterns.
        indexes: Box<[u32]>,
    },
    Word {
        texts: Sorted,
        delimiters: &'static [u8],
        /// The most words that one text is made of.
        words: usize,
    },
}

impl TextIndex {
    /// Compiles texts with their places among the patterns; `None` if they are too many for it.
    pub(super) fn new(
        place: Place,
        folded: bool,
        texts: &[(u32, &[u8])],
        choice: Choice,
    ) -> Option<Self> {
        let sorted = |backwards, choice| {
            Sorted::new(texts.iter().copied(), Reading { backwards, folded }, choice)
        };
        Some(match place {
            // HAProxy looks whole patterns up as C strings, unless case is ignored.
            Place::Whole => {
                Self::Whole { texts: sorted(false, Choice::Longest)?, until_nul: !folded }
            }
            Place::Prefix => Self::Edge(sorted(false, choice)?),
            Place::Suffix => Self::Edge(sorted(true, Choice::First)?),
            Place::Anywhere => {
                let search = AhoCorasickBuilder::new()
                    .ascii_case_insensitive(folded)
                    .build(texts.iter().map(|(_, text)| text));
                Self::Anywhere {
                    search: search.ok()?,
                    indexes: texts.iter().map(|&(index, _)| index).collect(),
                }
            }
            Place::Word(delimiters) => {
                let inside =
                    |text: &[u8]| text.iter().filter(|byte| delimiters.contains(byte)).count();
                let words = texts.iter().map(|(_, text)| inside(text) + 1).max().unwrap_or(0);
                // What consisted of delimiters alone never matches.
                let texts = texts.iter().copied().filter(|(_, text)| !text.is_empty());
                let reading = Reading { backwards: false, folded };
                let texts = Sorted::new(texts, reading, Choice::Longest)?;
                Self::Word { texts, delimiters, words }
            }
        })
    }

    #[inline]
    pub(super) fn contains(&self, sample: &[u8]) -> bool {
        match self {
            Self::Anywhere { search, .. } => search.is_match(sample),
            Self::Whole { .. } | Self::Edge(_) | Self::Word { .. } => self.find(sample).is_some(),
        }
    }

    /// Returns which pattern is meant.
    pub(super) fn find(&self, sample: &[u8]) -> Option<usize> {
        match self {
            Self::Whole { texts, until_nul: false } => texts.find_whole(sample),
            Self::Whole { texts, until_nul: true } => {
                let nuls = memchr::memchr_iter(0, sample).filter_map(|end| sample.get(..end));
                let ends = nuls.chain([sample]);
                ends.filter_map(|sample| texts.find_whole(sample)).min()
            }
            Self::Edge(texts) => texts.find(sample),
            Self::Anywhere { search, indexes } => {
                let all = search.try_find_overlapping_iter(Input::new(sample)).ok()?;
                let first = all.filter_map(|found| indexes.get(found.pattern().as_usize())).min();
                first.map(|&index| index as usize)
            }
            Self::Word { texts, delimiters, words } => {
                find_word(sample, delimiters, *words, |word| texts.find_whole(word))
            }
        }
    }
}

/// Shows `find` each run of 1 to `most` words, and returns the least it finds.
fn find_word(
    sample: &[u8],
    delimiters: &[u8],
    most: usize,
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    let is_end = |byte: &u8| delimiters.contains(byte);
    let mut least = None;
    let mut rest = Some(sample);
    while let Some(words) = rest {
        let inner = words.iter().enumerate().filter(|(_, byte)| is_end(byte)).map(|(at, _)| at);
        for end in inner.chain([words.len()]).take(most) {
            let found = words.get(..end).and_then(&find);
            least = [least, found].into_iter().flatten().min();
        }
        let next = words.iter().position(is_end);
        rest = next.and_then(|end| words.get(end + 1..));
    }
    least
}

/// The most texts of which a look at each is faster.
pub(super) fn few(place: Place, folded: bool) -> usize {
    match (place, folded) {
        (Place::Anywhere, false) => 8,
        // Without regard to case there is no fast search for one text.
        (Place::Anywhere | Place::Word(_), true) => 2,
        _ => 16,
    }
}
