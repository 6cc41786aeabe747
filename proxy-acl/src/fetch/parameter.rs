//! Parameters of the request target (configuration manual, `url_param`).

/// The values of the parameters of a name, or of all.
///
/// Parameters stand behind the first `delimiter`, apart by `&`, `;` or the delimiter again. Neither
/// names nor values are decoded; a parameter without `=` is none.
pub(super) struct Parameters<'u> {
    rest: &'u [u8],
    name: &'u [u8],
    delimiter: u8,
}

impl<'u> Parameters<'u> {
    pub(super) fn new(target: &'u [u8], name: &'u [u8], delimiter: u8) -> Self {
        let start = memchr::memchr(delimiter, target).map(|at| at + 1);
        let rest = start.and_then(|start| target.get(start..)).unwrap_or_default();
        Self { rest, name, delimiter }
    }

    fn ends(&self, byte: u8) -> bool {
        byte == b'&' || byte == b';' || byte == self.delimiter
    }

    /// Returns what begins with the value of the next parameter that has the name.
    fn locate(&self) -> Option<&'u [u8]> {
        if self.name.is_empty() {
            return self.rest.get(memchr::memchr(b'=', self.rest)? + 1..);
        }
        let mut rest = self.rest;
        loop {
            let (name, after) = rest.split_at_checked(self.name.len())?;
            if let Some(value) = after.strip_prefix(b"=") {
                if name == self.name {
                    return Some(value);
                }
                rest = value;
            }
            let end = rest.iter().position(|&byte| self.ends(byte))?;
            rest = rest.get(end + 1..)?;
        }
    }
}

impl<'u> Iterator for Parameters<'u> {
    type Item = &'u [u8];

    fn next(&mut self) -> Option<&'u [u8]> {
        let Some(value) = self.locate() else {
            self.rest = &[];
            return None;
        };
        let end = value.iter().position(|&byte| self.ends(byte)).unwrap_or(value.len());
        let (value, rest) = value.split_at(end);
        self.rest = rest;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn values<'a>(target: &'a str, name: &'a str, delimiter: u8) -> Vec<&'a str> {
        Parameters::new(target.as_bytes(), name.as_bytes(), delimiter)
            .map(|value| core::str::from_utf8(value).expect("text"))
            .collect()
    }

    #[test]
    fn every_parameter_of_the_name_counts() {
        assert_eq!(values("/?id=1&ID=2;id=3", "id", b'?'), ["1", "3"]);
        assert_eq!(values("/?a?id=2", "id", b'?'), ["2"]);
        assert_eq!(values("/p;id=2", "id", b';'), ["2"]);
        assert_eq!(values("/?a=1&b=2", "", b'?'), ["1", "2"]);
    }

    #[test]
    fn parameter_needs_an_equal_sign() {
        assert_eq!(values("/?id", "id", b'?'), [""; 0]);
        assert_eq!(values("/?id=", "id", b'?'), [""]);
        assert_eq!(values("/?idx=1", "id", b'?'), [""; 0]);
        assert_eq!(values("/", "id", b'?'), [""; 0]);
    }
}
