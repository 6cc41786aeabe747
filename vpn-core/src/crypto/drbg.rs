use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use core::fmt;
use core::time::Duration;
use zeroize::Zeroizing;

use super::Key;

/// The one source of a device's randomness: 32 bytes from a cryptographically secure generator.
///
/// Two devices must never get the same seed, and a device must not be restored from a snapshot
/// with the seed that it has used: ephemeral keys would repeat. Wiped on drop, silent in `Debug`.
pub struct Seed(Key);

impl Seed {
    /// Takes 32 secret random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A fast-key-erasure generator: each draw replaces the key, so what was drawn before cannot be
/// computed from what is in memory after (D. J. Bernstein, "Fast-key-erasure random-number
/// generators", 2017).
pub(crate) struct Drbg(Key);

impl Drbg {
    pub(crate) fn new(seed: Seed) -> Self {
        Self(seed.0)
    }

    /// Draws 32 bytes.
    pub(crate) fn draw(&mut self) -> Key {
        let mut output = Zeroizing::new([0; 32]);
        let mut cipher = ChaCha20::new((&*self.0).into(), &[0; 12].into());
        self.0.fill(0);
        cipher.apply_keystream(self.0.as_mut_slice());
        cipher.apply_keystream(output.as_mut_slice());
        output
    }

    pub(crate) fn draw_u32(&mut self) -> u32 {
        let [a, b, c, d, ..] = *self.draw();
        u32::from_le_bytes([a, b, c, d])
    }

    /// Draws a duration from zero up to, not including, `limit`.
    pub(crate) fn draw_below(&mut self, limit: Duration) -> Duration {
        let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        let scaled = (u128::from(nanos) * u128::from(self.draw_u32())) >> u32::BITS;
        Duration::from_nanos(u64::try_from(scaled).unwrap_or(nanos))
    }
}

impl fmt::Debug for Drbg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drbg(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_streams_and_draws_never_repeat() {
        let mut a = Drbg::new(Seed::from_bytes([1; 32]));
        let mut b = Drbg::new(Seed::from_bytes([1; 32]));
        let first = a.draw();

        assert_eq!(first, b.draw());
        assert_ne!(first, a.draw());
        assert_ne!(a.0, first);
    }

    /// First 64 bytes of the ChaCha20 key stream under the zero key and nonce, RFC 8439,
    /// appendix A.1, vector 1: 32 for the next key, 32 for the caller.
    #[test]
    fn the_first_block_is_split_between_key_and_output() {
        let mut drbg = Drbg::new(Seed::from_bytes([0; 32]));
        let output = drbg.draw();

        assert_eq!(drbg.0[..8], [0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90]);
        assert_eq!(output[..8], [0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d]);
    }

    #[test]
    fn seed_and_state_are_silent() {
        let seed = Seed::from_bytes([1; 32]);

        assert_eq!(alloc::format!("{seed:?}"), "Seed(..)");
        assert_eq!(alloc::format!("{:?}", Drbg::new(seed)), "Drbg(..)");
    }

    #[test]
    fn durations_stay_below_their_limit() {
        let mut drbg = Drbg::new(Seed::from_bytes([2; 32]));
        let limit = Duration::from_millis(333);
        let drawn: [Duration; 32] = core::array::from_fn(|_| drbg.draw_below(limit));

        assert!(drawn.iter().all(|jitter| *jitter < limit));
        assert!(drawn.iter().max().unwrap().abs_diff(*drawn.iter().min().unwrap()) > limit / 2);
        assert_eq!(drbg.draw_below(Duration::ZERO), Duration::ZERO);
    }
}
