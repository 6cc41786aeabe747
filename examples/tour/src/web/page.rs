//! The pages of the site: length and content of each follow from its path alone, so the visitor
//! can check every byte without having been told anything.

/// One page, known by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    seed: u64,
    length: u64,
}

impl Page {
    /// Returns the page at a request target.
    pub fn at(target: &[u8]) -> Page {
        let seed = target.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let (least, most) = match target {
            [b'/', b'd', b'o', b'w', b'n', b'l', b'o', b'a', b'd', b'/', ..] => {
                (2_000_000, 6_000_000)
            }
            [b'/', b'p', b'h', b'o', b't', b'o', b'/', ..] => (100_000, 1_200_000),
            [b'/', b's', b't', b'y', b'l', b'e', b'/', ..] => (10_000, 120_000),
            _ => (300, 40_000),
        };
        Page { seed, length: least + word(seed, u64::MAX) % (most - least) }
    }

    /// Returns the number of bytes of the body.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns the body, to be read from its first byte.
    pub fn body(&self) -> Body {
        Body::new(self.seed, self.length)
    }
}

/// A body of pseudo-random bytes, produced as it is read.
#[derive(Clone, Debug)]
pub struct Body {
    seed: u64,
    position: u64,
    length: u64,
}

impl Body {
    /// Returns the body of `length` bytes that belongs to `seed`.
    pub fn new(seed: u64, length: u64) -> Body {
        Body { seed, position: 0, length }
    }

    /// Returns how many bytes are still to come.
    pub fn left(&self) -> u64 {
        self.length - self.position
    }

    /// Writes the next bytes to the front of `out` and returns their number: all of `out`, or
    /// what is left.
    pub fn fill(&mut self, out: &mut [u8]) -> usize {
        let size = usize::try_from(self.left()).map_or(out.len(), |left| left.min(out.len()));
        let out = out.get_mut(..size).unwrap_or_default();
        let begun = (self.position % 8) as usize;
        let (front, rest) = out.split_at_mut(((8 - begun) % 8).min(size));
        self.fill_part(front);
        let mut words = rest.chunks_exact_mut(8);
        for eight in &mut words {
            eight.copy_from_slice(&word(self.seed, self.position / 8).to_le_bytes());
            self.position += 8;
        }
        self.fill_part(words.into_remainder());
        size
    }

    /// Writes bytes of one word only.
    fn fill_part(&mut self, out: &mut [u8]) {
        let word = word(self.seed, self.position / 8).to_le_bytes();
        let begun = (self.position % 8) as usize;
        for (to, from) in out.iter_mut().zip(word.iter().skip(begun)) {
            *to = *from;
        }
        self.position += out.len() as u64;
    }

    /// Tells whether `bytes` are the next bytes of the body, and steps over them.
    pub fn matches(&mut self, bytes: &[u8]) -> bool {
        let mut expected = [0; 2048];
        bytes.chunks(expected.len()).all(|chunk| {
            let filled = expected.get_mut(..chunk.len()).map_or(0, |room| self.fill(room));
            expected.get(..filled) == Some(chunk)
        })
    }
}

/// One step of SplitMix64 at any place of its sequence: fast, and different for each seed.
fn word(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_is_the_same_in_pieces_of_any_size() {
        let page = Page::at(b"/photo/7.jpg");
        let length = usize::try_from(page.length()).unwrap();
        let mut whole = vec![0; length];
        assert_eq!(page.body().fill(&mut whole), length);

        for size in [1, 3, 7, 8, 9, 1380, 4096] {
            let mut body = page.body();

            assert!(whole.chunks(size).all(|piece| body.matches(piece)), "pieces of {size}");
            assert_eq!(body.left(), 0);
        }
    }

    #[test]
    fn one_changed_byte_is_noticed() {
        let page = Page::at(b"/");
        let mut bytes = vec![0; usize::try_from(page.length()).unwrap()];
        page.body().fill(&mut bytes);
        bytes[100] ^= 1;

        assert!(!page.body().matches(&bytes));
    }

    #[test]
    fn bytes_beyond_the_end_do_not_match() {
        let mut body = Body::new(1, 4);

        assert!(!body.matches(&[0; 5]));
    }
}
