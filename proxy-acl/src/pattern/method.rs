//! Methods: known ones compare as such, others as text.

use alloc::vec::Vec;

/// Methods that HAProxy knows; for these `-i` means nothing.
const KNOWN: [&[u8]; 8] =
    [b"OPTIONS", b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"TRACE", b"CONNECT"];

pub(crate) fn is_known(name: &[u8]) -> bool {
    KNOWN.contains(&name)
}

#[derive(Clone, Debug, Default)]
pub(crate) struct MethodSet {
    patterns: Vec<(Vec<u8>, bool)>,
}

impl MethodSet {
    pub(crate) fn push(&mut self, name: &[u8], ignore_case: bool) {
        self.patterns.push((name.to_vec(), ignore_case && !KNOWN.contains(&name)));
    }

    pub(crate) fn find(&self, method: &[u8]) -> Option<usize> {
        self.patterns.iter().position(|(name, ignore_case)| {
            name == method
                || *ignore_case && name.eq_ignore_ascii_case(method) && !KNOWN.contains(&method)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_counts_for_known_methods() {
        let mut set = MethodSet::default();
        set.push(b"get", true);
        set.push(b"Purge", true);

        assert_eq!(set.find(b"GET"), None);
        assert_eq!(set.find(b"get"), Some(0));
        assert_eq!(set.find(b"gEt"), Some(0));
        assert_eq!(set.find(b"PURGE"), Some(1));
    }
}
