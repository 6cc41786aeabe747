//! Arithmetic and checksums (configuration manual, `add` to `xxh64`).

use crate::fetch::Kind;
use crate::variable::Variables;

/// A calculation with an operand that is written out or held by a variable.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Add(Operand),
    Subtract(Operand),
    Multiply(Operand),
    Divide(Operand),
    Remainder(Operand),
    And(Operand),
    Or(Operand),
    Xor(Operand),
    Complement,
    Negate,
    /// Whether it is not 0.
    Bool,
    /// Whether it is 0.
    Not,
    Even,
    Odd,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Operand {
    Constant(i64),
    Variable(usize),
}

impl Operand {
    fn value(self, variables: &Variables) -> Option<i64> {
        match self {
            Self::Constant(value) => Some(value),
            Self::Variable(index) => variables.get(index)?.integer(),
        }
    }
}

impl Operation {
    pub(crate) fn output(self) -> Kind {
        match self {
            Self::Bool | Self::Not | Self::Even | Self::Odd => Kind::Bool,
            Self::Add(_)
            | Self::Subtract(_)
            | Self::Multiply(_)
            | Self::Divide(_)
            | Self::Remainder(_)
            | Self::And(_)
            | Self::Or(_)
            | Self::Xor(_)
            | Self::Complement
            | Self::Negate => Kind::Integer,
        }
    }

    /// Results that do not fit become the nearest that does; a variable that holds no number leaves
    /// no result.
    pub(super) fn apply(self, value: i64, variables: &Variables) -> Option<i64> {
        let of = |operand: Operand| operand.value(variables);
        Some(match self {
            Self::Add(operand) => add(value, of(operand)?),
            Self::Subtract(operand) => match of(operand)? {
                i64::MIN => value.saturating_sub(i64::MIN),
                other => add(value, -other),
            },
            Self::Multiply(operand) => value.saturating_mul(of(operand)?),
            Self::Divide(operand) => match of(operand)? {
                // What HAProxy answers instead of infinity.
                0 => i64::MAX,
                divisor => value.saturating_div(divisor),
            },
            Self::Remainder(operand) => match of(operand)? {
                0 => 0,
                divisor => value.wrapping_rem(divisor),
            },
            Self::And(operand) => value & of(operand)?,
            Self::Or(operand) => value | of(operand)?,
            Self::Xor(operand) => value ^ of(operand)?,
            Self::Complement => !value,
            Self::Negate => value.saturating_neg(),
            Self::Bool => i64::from(value != 0),
            Self::Not => i64::from(value == 0),
            Self::Even => i64::from(value & 1 == 0),
            Self::Odd => i64::from(value & 1 == 1),
        })
    }
}

/// HAProxy 2.6 takes the sum of two negative numbers for an overflow: unless it really is one, the
/// result is the greatest number.
fn add(left: i64, right: i64) -> i64 {
    match left.checked_add(right) {
        Some(_) if left < 0 && right < 0 => i64::MAX,
        Some(sum) => sum,
        None => left.saturating_add(right),
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Checksum {
    Short {
        hash: Hash,
        /// Whether its bits are mixed once more.
        mixed: bool,
    },
    Xxh32 {
        seed: u32,
    },
    Xxh64 {
        seed: u64,
    },
    Xxh3 {
        seed: u64,
    },
}

/// Those of 32 bits that take no seed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hash {
    Crc32,
    Djb2,
    Sdbm,
    Wt6,
}

impl Checksum {
    pub(super) fn of(self, bytes: &[u8]) -> i64 {
        match self {
            Self::Short { hash, mixed } => {
                let hash = match hash {
                    Hash::Crc32 => crc32fast::hash(bytes),
                    Hash::Djb2 => djb2(bytes),
                    Hash::Sdbm => sdbm(0, bytes),
                    Hash::Wt6 => wt6(bytes),
                };
                i64::from(if mixed { mix(hash) } else { hash })
            }
            Self::Xxh32 { seed } => i64::from(xxhash_rust::xxh32::xxh32(bytes, seed)),
            Self::Xxh64 { seed } => xxhash_rust::xxh64::xxh64(bytes, seed) as i64,
            Self::Xxh3 { seed } => xxhash_rust::xxh3::xxh3_64_with_seed(bytes, seed) as i64,
        }
    }
}

/// Bernstein's hash.
fn djb2(bytes: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| hash.wrapping_mul(33).wrapping_add(u32::from(*byte));
    bytes.iter().fold(5381, step)
}

/// The hash of the sdbm library, which goes on from that of what stood before.
pub(crate) fn sdbm(hash: u32, bytes: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| hash.wrapping_mul(65_599).wrapping_add(u32::from(*byte));
    bytes.iter().fold(hash, step)
}

/// Two registers that turn each other.
fn wt6(bytes: &[u8]) -> u32 {
    let (mut left, mut right) = (0xa53c_965a_u32, 0x5ca6_953a_u32);
    let (mut turn, mut other_turn) = (6, 18);
    for byte in bytes {
        let byte = u32::from(*byte);
        left = !(left ^ byte);
        right = !right.wrapping_add(byte);
        (left, right) = (right.rotate_left(turn), left.rotate_left(other_turn));
        let next = (left >> 16 ^ right) & 0xffff;
        turn = next & 0x1f;
        other_turn = next >> 11;
    }
    left ^ right
}

/// Bob Jenkins' function in which each bit bears on all, as HAProxy's balancing uses it.
pub(crate) fn mix(hash: u32) -> u32 {
    let hash = hash.wrapping_add(0x7ed5_5d16).wrapping_add(hash << 12);
    let hash = hash ^ 0xc761_c23c ^ hash >> 19;
    let hash = hash.wrapping_add(0x1656_67b1).wrapping_add(hash << 5);
    let hash = hash.wrapping_add(0xd3a2_646c) ^ hash << 9;
    let hash = hash.wrapping_add(0xfd70_46c5).wrapping_add(hash << 3);
    (hash ^ 0xb55a_4f09 ^ hash >> 16).wrapping_mul(3_221_225_473)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(operation: Operation, value: i64) -> Option<i64> {
        operation.apply(value, &Variables::default())
    }

    #[test]
    fn results_are_clamped() {
        assert_eq!(result(Operation::Add(Operand::Constant(1)), i64::MAX), Some(i64::MAX));
        assert_eq!(result(Operation::Multiply(Operand::Constant(2)), i64::MIN), Some(i64::MIN));
        assert_eq!(result(Operation::Divide(Operand::Constant(0)), 5), Some(i64::MAX));
        assert_eq!(result(Operation::Divide(Operand::Constant(-1)), i64::MIN), Some(i64::MAX));
        assert_eq!(result(Operation::Remainder(Operand::Constant(0)), 5), Some(0));
        assert_eq!(result(Operation::Remainder(Operand::Constant(-1)), i64::MIN), Some(0));
        assert_eq!(result(Operation::Negate, i64::MIN), Some(i64::MAX));
    }

    #[test]
    fn bits_are_combined() {
        for (operation, expected) in [
            (Operation::And(Operand::Constant(0b1010)), 0b1000),
            (Operation::Or(Operand::Constant(0b1010)), 0b1110),
            (Operation::Xor(Operand::Constant(0b1010)), 0b0110),
            (Operation::Complement, -13),
            (Operation::Negate, -12),
        ] {
            assert_eq!(result(operation, 0b1100), Some(expected), "{operation:?}");
        }
    }

    #[test]
    fn truth_and_parity_are_0_or_1() {
        for (operation, of_0, of_1, of_minus_2) in [
            (Operation::Bool, 0, 1, 1),
            (Operation::Not, 1, 0, 0),
            (Operation::Even, 1, 0, 1),
            (Operation::Odd, 0, 1, 0),
        ] {
            assert_eq!(result(operation, 0), Some(of_0), "{operation:?}");
            assert_eq!(result(operation, 1), Some(of_1), "{operation:?}");
            assert_eq!(result(operation, -2), Some(of_minus_2), "{operation:?}");
        }
    }

    #[test]
    fn checksums_are_those_of_their_authors() {
        let short = |hash, bytes| Checksum::Short { hash, mixed: false }.of(bytes);

        assert_eq!(short(Hash::Crc32, b"123456789"), 0xcbf4_3926);
        assert_eq!(Checksum::Xxh32 { seed: 0 }.of(b""), 0x02cc_5d05);
        assert_eq!(Checksum::Xxh64 { seed: 0 }.of(b""), 0xef46_db37_51d8_e999_u64 as i64);
        assert_eq!(short(Hash::Djb2, b"a"), 177_670);
    }

    /// What haproxy 2.6.12 answers.
    #[test]
    fn checksums_are_haproxys() {
        for (hash, plain, mixed) in [
            (Hash::Crc32, 907_060_870, 3_902_247_103),
            (Hash::Djb2, 261_238_937, 1_119_739_105),
            (Hash::Sdbm, 684_824_882, 2_061_535_398),
            (Hash::Wt6, 3_538_347_703, 140_457_739),
        ] {
            assert_eq!(Checksum::Short { hash, mixed: false }.of(b"hello"), plain, "{hash:?}");
            assert_eq!(Checksum::Short { hash, mixed: true }.of(b"hello"), mixed, "{hash:?}");
        }
        for (hash, plain, mixed) in [
            (Hash::Crc32, 4_200_009_590, 1_763_437_718),
            (Hash::Djb2, 193_524_805, 155_160_441),
            (Hash::Sdbm, 1_074_200_386, 1_583_255_861),
            (Hash::Wt6, 3_580_295_765, 3_098_251_349),
        ] {
            let bytes = b"\x80\xff\x01";
            assert_eq!(Checksum::Short { hash, mixed: false }.of(bytes), plain, "{hash:?}");
            assert_eq!(Checksum::Short { hash, mixed: true }.of(bytes), mixed, "{hash:?}");
        }
        assert_eq!(Checksum::Xxh3 { seed: 0 }.of(b"hello"), -7_685_981_735_718_036_227);
        assert_eq!(Checksum::Xxh3 { seed: u64::MAX }.of(b"hello"), 2_602_620_247_648_655_140);
    }

    #[test]
    fn two_negative_numbers_add_up_to_the_greatest() {
        assert_eq!(result(Operation::Add(Operand::Constant(-7)), -3), Some(i64::MAX));
        assert_eq!(result(Operation::Subtract(Operand::Constant(7)), -3), Some(i64::MAX));
        assert_eq!(result(Operation::Add(Operand::Constant(-1)), i64::MIN), Some(i64::MIN));
        assert_eq!(result(Operation::Subtract(Operand::Constant(7)), 3), Some(-4));
        assert_eq!(
            result(Operation::Subtract(Operand::Constant(i64::MIN)), -5),
            Some(i64::MAX - 4)
        );
        assert_eq!(result(Operation::Subtract(Operand::Constant(i64::MIN)), 5), Some(i64::MAX));
        assert_eq!(result(Operation::Add(Operand::Constant(0)), -3), Some(-3));
        assert_eq!(result(Operation::Add(Operand::Constant(-3)), 0), Some(-3));
    }

    #[test]
    fn missing_variable_leaves_no_result() {
        assert_eq!(result(Operation::Add(Operand::Variable(0)), 1), None);
    }
}
