//! Groups, and the options set at their beginning or within them (`pcre2pattern`, "Internal option
//! setting").

use alloc::vec::Vec;

use super::{Reason, Refusal, Translation};

/// Options that the engine knows by the same letters.
const SHARED: &[u8] = b"imsxU";

/// Those of them that `(?^` unsets.
const UNSET_BY_CARET: &[u8] = b"imsx";

impl Translation<'_> {
    pub(super) fn group(&mut self) -> Result<(), Refusal> {
        let options: &[u8] = match self.pattern.get(self.at..).unwrap_or_default() {
            [b'(', b'?', b'=' | b'!' | b'*', ..] | [b'(', b'?', b'<', b'=' | b'!' | b'*', ..] => {
                return self.refuse(Reason::LookAround);
            }
            [b'(', b'?', b'>' | b'|', ..] => return self.refuse(Reason::AtomicGroup),
            [b'(', b'*', ..] => return self.refuse(Reason::Verb),
            [b'(', b'?', b'R' | b'0'..=b'9' | b'&' | b'(', ..]
            | [b'(', b'?', b'P', b'>' | b'=', ..] => return self.refuse(Reason::Recursion),
            [b'(', b'?', b'#', comment @ ..] => {
                let Some(length) = comment.iter().position(|byte| *byte == b')') else {
                    return self.refuse(Reason::Comment);
                };
                self.at += 4 + length;
                return Ok(());
            }
            [b'(', b'?', b'C', ..] => return self.refuse(Reason::Callout),
            [b'(', b'?', options @ ..] => options,
            _ => {
                self.multiline.push(self.is_multiline());
                self.copy(1);
                return Ok(());
            }
        };
        let is_option = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'^');
        let length = options.iter().take_while(is_option).count();
        let written = options.get(..length).unwrap_or_default();
        match self.peek(2 + length) {
            Some(end @ (b')' | b':')) => {
                let (set, unset) = self.options(written)?;
                let is_multiline =
                    set.contains(&b'm') || self.is_multiline() && !unset.contains(&b'm');
                if end == b':' {
                    self.multiline.push(is_multiline);
                } else if let Some(innermost) = self.multiline.last_mut() {
                    *innermost = is_multiline;
                }
                self.put_options(&set, &unset, end);
                self.at += 3 + length;
                self.repeatable = false;
            }
            // A name, or what the engine refuses as well.
            _ => {
                self.multiline.push(self.is_multiline());
                self.copy(2 + length);
            }
        }
        Ok(())
    }

    /// Reads what stands between `(?` and the end: what is set, and what is unset.
    fn options(&mut self, written: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
        let (before, written) = match written.strip_prefix(b"^") {
            Some(written) if written.contains(&b'-') => return self.refuse(Reason::Options),
            Some(written) => (UNSET_BY_CARET, written),
            None => (&[][..], written),
        };
        let mut parts = written.splitn(2, |byte| *byte == b'-');
        let [set, unset] = [(); 2].map(|()| parts.next().unwrap_or_default());
        for option in set.iter().chain(unset) {
            match option {
                // Only what is replaced looks at what groups capture.
                b'n' if !self.whole => return self.refuse(Reason::NoCapture),
                b'n' | b'J' => {}
                option if SHARED.contains(option) => {}
                _ => return self.refuse(Reason::Options),
            }
        }
        let extended = set.iter().filter(|option| **option == b'x').count();
        // Twice means in brackets as well, as the engine does always.
        self.extended = extended == 1 || self.extended && extended == 0;
        let shared = |keep: &dyn Fn(&u8) -> bool| -> Vec<u8> {
            SHARED.iter().copied().filter(|option| keep(option)).collect()
        };
        let set_at_last = shared(&|option| set.contains(option) && !unset.contains(option));
        let unset_at_last = shared(&|option| {
            unset.contains(option) || before.contains(option) && !set.contains(option)
        });
        Ok((set_at_last, unset_at_last))
    }

    fn put_options(&mut self, set: &[u8], unset: &[u8], end: u8) {
        if set.is_empty() && unset.is_empty() && end == b')' {
            return;
        }
        self.out.push_str("(?");
        set.iter().for_each(|option| self.push(*option));
        if !unset.is_empty() {
            self.push(b'-');
            unset.iter().for_each(|option| self.push(*option));
        }
        self.push(end);
    }

    pub(super) fn is_multiline(&self) -> bool {
        self.multiline.last().is_some_and(|one| *one)
    }

    /// Passes over bytes that mean the same in both, behind which nothing can be repeated.
    fn copy(&mut self, count: usize) {
        for _ in 0..count {
            self.peek(0).into_iter().for_each(|byte| self.push(byte));
            self.at += 1;
        }
        self.repeatable = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::syntax::translate;

    /// What PCRE2 10.42 takes.
    #[test]
    fn options_may_be_empty_repeated_and_reset() {
        for (pattern, expected) in [
            ("(?)a", "a"),
            ("a(?-)b", "ab"),
            ("(?:a)", "(?:a)"),
            ("(?-:a)", "(?:a)"),
            ("(?i-)a", "(?i)a"),
            ("(?ii)a", "(?i)a"),
            ("(?i-i)a", "(?-i)a"),
            ("(?im-sx)a", "(?im-sx)a"),
            ("(?^)a", "(?-imsx)a"),
            ("(?^i:a)", "(?i-msx:a)"),
            ("(?xx)a", "(?x)a"),
            ("(?J)a", "a"),
            ("(?U)a+", "(?U)a+"),
            ("a(?#b(c)*", "a*"),
            ("(?P<n>a)", "(?P<n>a)"),
            ("(?<n>a)", "(?<n>a)"),
        ] {
            assert_eq!(translate(pattern.as_bytes(), false).as_deref(), Ok(expected), "{pattern}");
        }
        assert_eq!(translate(b"(?n)(a)", true).as_deref(), Ok("(a)"));
    }

    #[test]
    fn unknown_options_are_refused() {
        for pattern in ["(?a)", "(?u)a", "(?--i)", "(?i-m-s)", "(?^-i)", "(?^^)", "(?i^)"] {
            let refusal = Refusal { reason: Reason::Options, at: 0 };
            assert_eq!(translate(pattern.as_bytes(), true), Err(refusal), "{pattern}");
        }
        let refusal = Refusal { reason: Reason::Comment, at: 1 };
        assert_eq!(translate(b"a(?#b", true), Err(refusal));
        let refusal = Refusal { reason: Reason::NoCapture, at: 1 };
        assert_eq!(translate(b"a(?n)(b)", false), Err(refusal));
    }

    #[test]
    fn end_of_each_line_counts_as_far_as_the_option_goes() {
        for (pattern, expected) in [
            ("(?i)a$", "(?i)a(?:\\n?\\z)"),
            ("(?m)a$", "(?m)a$"),
            ("(?m:a$)b$", "(?m:a$)b(?:\\n?\\z)"),
            ("((?m)a$)b$", "((?m)a$)b(?:\\n?\\z)"),
            ("(?m)a$(?-m:b$)", "(?m)a$(?-m:b(?:\\n?\\z))"),
            ("(?m)(a$)(?^)c$", "(?m)(a$)(?-imsx)c(?:\\n?\\z)"),
            ("[)]a)$", "[)]a)(?:\\n?\\z)"),
        ] {
            assert_eq!(translate(pattern.as_bytes(), true).as_deref(), Ok(expected), "{pattern}");
        }
    }

    /// In brackets the engine passes over blanks as well, PCRE only with `xx`.
    #[test]
    fn blanks_in_brackets_stay_with_the_option_for_blanks() {
        for (pattern, expected) in [
            ("(?x)[a #]b c", r"(?x)[a\x20\x23]b c"),
            ("(?xx)[a #]b c", "(?x)[a #]b c"),
            ("[a #]", "[a #]"),
            (r"(?x)a\ b", r"(?x)a\x20b"),
        ] {
            assert_eq!(translate(pattern.as_bytes(), false).as_deref(), Ok(expected), "{pattern}");
        }
    }
}
