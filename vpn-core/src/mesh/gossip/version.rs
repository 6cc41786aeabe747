use core::fmt;

/// Names a thing that is gossiped: eight bytes of a hash of what only it has, such as a member's
/// key. The lowest bit tells the records of members (0) from everything else (1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u64);

impl Tag {
    /// Makes the name of a member out of eight bytes of a hash.
    pub const fn member(hash: u64) -> Self {
        Self(hash & !1)
    }

    /// Makes the name of something that no tunnel leads to, such as a revocation.
    pub const fn notice(hash: u64) -> Self {
        Self(hash | 1)
    }

    /// Takes a tag as it stands on the wire.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Whether it names a member.
    pub const fn is_member(self) -> bool {
        self.0 & 1 == 0
    }

    /// Returns the integer.
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({:016x})", self.0)
    }
}

/// Which of two versions of a thing is the newer one: the greater.
///
/// The upper 48 bits are the *edition*, greater whenever the content has changed (milliseconds of
/// wall time, ratcheted, do); the lower 16 count how often the same content was *renewed* to show
/// that its owner is there. An edition is passed on at once, a renewal without haste.
///
/// ```ignore
/// let first = Version::edition(1_800_000_000_000);
/// assert!(first.renewed() > first);
/// assert!(Version::edition(1_800_000_000_001) > first.renewed());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(u64);

impl Version {
    /// Makes the first version of an edition, of which the lower 48 bits count.
    pub const fn edition(number: u64) -> Self {
        Self(number << RENEWAL_BITS)
    }

    /// Takes a version as it stands on the wire.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Returns the version as it stands on the wire.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Returns the number of the edition.
    pub const fn number(self) -> u64 {
        self.0 >> RENEWAL_BITS
    }

    /// Returns the next version: a renewal, or the next edition after 65,535 of them.
    pub const fn renewed(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({}+{})", self.number(), self.0 & ((1 << RENEWAL_BITS) - 1))
    }
}

const RENEWAL_BITS: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_newer_than_every_renewal_of_an_earlier_one() {
        let old = Version::edition(7);
        let renewed = old.renewed();

        assert!(renewed > old && renewed.number() == old.number());
        assert!(Version::edition(8) > renewed);
        assert_eq!(Version::from_bits(7 << 16 | 0xffff).renewed(), Version::edition(8));
        assert_eq!(Version::from_bits(u64::MAX).renewed(), Version::from_bits(u64::MAX));
    }
}
