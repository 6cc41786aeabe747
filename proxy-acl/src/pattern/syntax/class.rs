//! Classes of characters in brackets, and their names.

use super::{Reason, Refusal, Translation};

/// What may stand in `[:name:]`.
const CLASSES: [&[u8]; 14] = [
    b"alnum", b"alpha", b"ascii", b"blank", b"cntrl", b"digit", b"graph", b"lower", b"print",
    b"punct", b"space", b"upper", b"word", b"xdigit",
];

impl Translation<'_> {
    /// Sets of sets are a syntax of their own here, and plain characters in PCRE.
    pub(super) fn in_class(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b']' => {
                self.class = false;
                self.repeatable = true;
                self.push(byte);
            }
            b'[' if self.named_class().is_some() => return self.name(),
            b'[' | b'&' | b'~' => {
                self.push(b'\\');
                self.push(byte);
            }
            b'#' | b' ' | b'\t'..=b'\r' if self.extended => self.put_code(byte),
            b'-' if self.peek(1) == Some(b'-') => {
                self.out.push_str("-\\-");
                self.at += 1;
            }
            _ => self.push(byte),
        }
        self.at += 1;
        Ok(())
    }

    /// The length of the `[:name:]` that begins here, or of its like with `.` and `=`.
    pub(super) fn named_class(&self) -> Option<usize> {
        let [b'[', mark @ (b':' | b'.' | b'='), inside @ ..] = self.rest() else { return None };
        let mut at = 0;
        loop {
            match inside.get(at..)? {
                [end, b']', ..] if end == mark => return Some(at + 4),
                [b'\\', b']' | b'\\', ..] => at += 2,
                [] | [b']', ..] => return None,
                [b'[', next, ..] if next == mark => return None,
                _ => at += 1,
            }
        }
    }

    fn name(&mut self) -> Result<(), Refusal> {
        let length = self.named_class().unwrap_or_default();
        let pattern = self.pattern;
        let class = pattern.get(self.at..self.at + length).unwrap_or_default();
        let name = class.strip_prefix(b"[:").and_then(|name| name.strip_suffix(b":]"));
        let name = name.map(|name| name.strip_prefix(b"^").unwrap_or(name));
        if !name.is_some_and(|name| CLASSES.contains(&name)) {
            return self.refuse(Reason::ClassName);
        }
        for byte in class {
            self.push(*byte);
        }
        self.at += length;
        // The engine takes the hyphen for itself.
        if self.peek(0) == Some(b'-') && self.peek(1).is_some_and(|end| end != b']') {
            return self.refuse(Reason::Range);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::syntax::translate;

    #[test]
    fn classes_have_names_of_posix() {
        for (pattern, at) in [
            ("[[:alpha0:]]+", 1),
            ("[[:Alpha:]]", 1),
            ("[x[:^foo:]]", 2),
            ("[[::]]", 1),
            (r"[[:a\]:]]", 1),
            ("[[.a.]]", 1),
            ("[[=a=]]", 1),
            ("[[:a[b:]]", 1),
        ] {
            let refusal = Refusal { reason: Reason::ClassName, at };
            assert_eq!(translate(pattern.as_bytes(), true), Err(refusal), "{pattern}");
        }
    }

    #[test]
    fn names_of_classes_stand_in_classes() {
        for (pattern, at) in [("[:alpha:]]+/", 0), ("x[.a.]", 1), ("(?:[=a=])", 3), (r"[:a\]:]", 0)]
        {
            let refusal = Refusal { reason: Reason::ClassNameAlone, at };
            assert_eq!(translate(pattern.as_bytes(), true), Err(refusal), "{pattern}");
        }
        for pattern in ["[:a]", "[^:a:]", r"\[:a:]"] {
            assert_eq!(translate(pattern.as_bytes(), false).as_deref(), Ok(pattern));
        }
    }
}
