//! Many text patterns, compiled so that a sample need not be compared with each.

use alloc::boxed::Box;
use alloc::vec;

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
        /// A filler is searched for before the first text.
        filled: bool,
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
                let filler = filler(texts);
                let texts_and_filler =
                    filler.as_deref().into_iter().chain(texts.iter().map(|(_, text)| *text));
                let search = AhoCorasickBuilder::new()
                    .ascii_case_insensitive(folded)
                    .build(texts_and_filler);
                Self::Anywhere {
                    search: search.ok()?,
                    indexes: texts.iter().map(|&(index, _)| index).collect(),
                    filled: filler.is_some(),
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
            Self::Anywhere { search, filled, .. } => {
                let may_be_filler = || *filled && memchr::memchr(0, sample).is_some();
                search.is_match(sample) && (!may_be_filler() || self.find(sample).is_some())
            }
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
            Self::Anywhere { search, indexes, filled } => {
                let all = search.try_find_overlapping_iter(Input::new(sample)).ok()?;
                let at = |pattern: usize| indexes.get(pattern.checked_sub(usize::from(*filled))?);
                let first = all.filter_map(|found| at(found.pattern().as_usize())).min();
                first.map(|&index| index as usize)
            }
            Self::Word { texts, delimiters, words } => {
                find_word(sample, delimiters, *words, |word| texts.find_whole(word))
            }
        }
    }
}

/// The most texts that are searched for as they are.
const UNFILLED: usize = 4096;
/// How many bytes of texts there may be for one of the filler.
const BYTES_PER_FILLER: usize = 64;

/// Returns a run of NUL bytes to search for before many texts.
///
/// The search is compiled by swapping the states in which a text ends with those before them, and by
/// following each chain of swaps to its end. Where nearly every state is such an end, as with `n1`,
/// `n10`, `n100`, and so on, these chains would get as long as there are texts. The states of the
/// filler, in which none ends, keep them short: at least its length lies between two of a chain.
fn filler(texts: &[(u32, &[u8])]) -> Option<Box<[u8]>> {
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    (texts.len() > UNFILLED).then(|| vec![0; bytes / BYTES_PER_FILLER + 1].into_boxed_slice())
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    fn index(texts: &[String]) -> TextIndex {
        let texts: Vec<(u32, &[u8])> = (0..).zip(texts.iter().map(String::as_bytes)).collect();
        TextIndex::new(Place::Anywhere, false, &texts, Choice::First).expect("an index")
    }

    /// Without the filler this takes minutes.
    #[test]
    fn many_texts_with_one_start_are_compiled_in_linear_time() {
        let texts: Vec<String> = (0..300_000).rev().map(|number| format!("n{number}")).collect();

        let index = index(&texts);

        assert_eq!(index.find(b"/n299999"), Some(0));
        assert_eq!(index.find(b"/n0"), Some(299_999));
        assert!(index.contains(b"xn12x") && !index.contains(b"/m12"));
    }

    #[test]
    fn filler_is_no_text() {
        let texts: Vec<String> = (0..5000).map(|number| format!("n{number:04}")).collect();
        let index = index(&texts);
        let nuls = [0; 1000];

        assert!(!index.contains(&nuls));
        assert_eq!(index.find(&nuls), None);
        let text = [&nuls[..], b"n0007"].concat();
        assert!(index.contains(&text));
        assert_eq!(index.find(&text), Some(7));
    }
}
