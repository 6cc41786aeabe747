//! What the caller is asked for by name, and what it did not give.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// A name by which the caller is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) name: Box<str>,
    /// Its number among the names of the configuration.
    pub(crate) number: usize,
}

/// The names by which the caller may be asked, and their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    numbers: BTreeMap<Box<str>, usize>,
}

impl Names {
    /// Returns this name with its number, which is the next one if it is new.
    pub(crate) fn add(&mut self, name: Box<str>) -> Asked {
        let next = self.numbers.len();
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        Asked { name, number }
    }

    /// Takes over a name with the number it has elsewhere.
    pub(crate) fn insert(&mut self, asked: &Asked) {
        self.numbers.insert(asked.name.clone(), asked.number);
    }

    /// In alphabetical order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(AsRef::as_ref)
    }

    /// Those that are in `missing`, in alphabetical order.
    pub(crate) fn of<'n>(&'n self, missing: &'n Missing) -> impl Iterator<Item = &'n str> {
        let is_missing = |number: &usize| missing.contains(*number);
        self.numbers.iter().filter(move |(_, number)| is_missing(number)).map(|(name, _)| &**name)
    }

    /// How many numbers there must be room for.
    pub(crate) fn room(&self) -> usize {
        self.numbers.values().max().map_or(0, |last| last + 1)
    }
}

/// The numbers of names that were asked for in vain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Missing {
    bits: Vec<u64>,
}

impl Missing {
    /// Forgets all, and makes room for this many numbers.
    #[inline]
    pub(crate) fn start(&mut self, room: usize) {
        self.bits.clear();
        self.bits.resize(room.div_ceil(64), 0);
    }

    /// Remembers a number for which there is room.
    pub(crate) fn insert(&mut self, number: usize) {
        if let Some(bits) = self.bits.get_mut(number / 64) {
            *bits |= 1 << (number % 64);
        }
    }

    fn contains(&self, number: usize) -> bool {
        self.bits.get(number / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn each_of_many_names_is_missing_alone() {
        let mut names = Names::default();
        let asked: Vec<Asked> =
            (100..230).map(|number| names.add(format!("int({number})").into())).collect();
        let mut missing = Missing::default();

        for asked in &asked {
            missing.start(names.room());
            missing.insert(asked.number);

            assert!(names.of(&missing).eq([&*asked.name]));
        }
        assert_eq!(names.add("int(100)".into()).number, 0);
    }

    #[test]
    fn without_room_nothing_is_remembered() {
        let mut missing = Missing::default();

        missing.insert(5);

        assert!(missing.bits.is_empty());
    }
}
