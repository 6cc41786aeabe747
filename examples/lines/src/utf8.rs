/// Whether the parts of a line are text together, which may be cut within a character.
#[derive(Clone, Debug, Default)]
pub(crate) struct Utf8 {
    /// A character's beginning at the end of the last part: at most 3 bytes.
    begun: Vec<u8>,
    is_invalid: bool,
}

impl Utf8 {
    /// Takes the next part; true if it makes the line invalid, which is told once.
    pub(crate) fn push(&mut self, part: &[u8]) -> bool {
        if self.is_invalid {
            return false;
        }
        let joined;
        let bytes = if self.begun.is_empty() {
            part
        } else {
            joined = [&self.begun, part].concat();
            &joined
        };
        let (begun, is_invalid) = match std::str::from_utf8(bytes) {
            Ok(_) => (Vec::new(), false),
            Err(error) if error.error_len().is_none() => {
                (bytes.get(error.valid_up_to()..).unwrap_or_default().to_vec(), false)
            }
            Err(_) => (Vec::new(), true),
        };
        self.begun = begun;
        self.is_invalid = is_invalid;
        is_invalid
    }

    /// Ends the line; true if that makes it invalid.
    pub(crate) fn finish(&mut self) -> bool {
        !std::mem::take(&mut self.begun).is_empty() && !self.is_invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_invalid(parts: &[&[u8]]) -> bool {
        let mut utf8 = Utf8::default();
        let told = parts.iter().filter(|part| utf8.push(part)).count();
        let told = told + usize::from(utf8.finish());
        assert!(told <= 1);
        told == 1
    }

    #[test]
    fn text_stays_text_wherever_it_is_cut() {
        let text = "aé€😀z".as_bytes();
        for size in 1..=text.len() {
            assert!(!is_invalid(&text.chunks(size).collect::<Vec<_>>()), "parts of {size}");
        }
    }

    #[test]
    fn what_is_no_text_is_told_once() {
        for wrong in [&b"a\xffb\xff"[..], b"\xe2\x82", b"\xe2\x82a", b"\xed\xa0\x80"] {
            for size in 1..=wrong.len() {
                assert!(is_invalid(&wrong.chunks(size).collect::<Vec<_>>()), "{wrong:?} {size}");
            }
        }
    }
}
