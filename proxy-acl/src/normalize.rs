//! Normalised request targets (configuration manual, `http-request normalize-uri`; RFC 3986, 6.2.2).

use alloc::vec::Vec;

/// One kind of normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Normalizer {
    /// `#` becomes `%23`.
    EncodeFragment,
    /// `#` and what follows vanishes.
    StripFragment,
    MergeSlashes,
    /// Segments of one dot vanish.
    StripDots,
    /// Segments of two dots vanish with the one before; `full`: also where there is none.
    StripParents {
        full: bool,
    },
    /// Escapes of characters that need none are decoded.
    DecodeUnreserved {
        strict: bool,
    },
    /// Escapes are written in upper case.
    UppercaseEscapes {
        strict: bool,
    },
    SortQuery,
}

/// What a normaliser looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Path,
    PathQuery,
    Query,
}

/// A malformed escape, which a strict normaliser refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Normalizer {
    pub(crate) const NAMES: [&'static str; 8] = [
        "fragment-encode",
        "fragment-strip",
        "path-merge-slashes",
        "path-strip-dot",
        "path-strip-dotdot",
        "percent-decode-unreserved",
        "percent-to-uppercase",
        "query-sort-by-name",
    ];

    /// Returns the normaliser of this name, and whether it takes the option.
    pub(crate) fn named(name: &str, option: Option<&str>) -> Option<(Self, bool)> {
        let full = option == Some("full");
        let strict = option == Some("strict");
        Some(match name {
            "fragment-encode" => (Self::EncodeFragment, false),
            "fragment-strip" => (Self::StripFragment, false),
            "path-merge-slashes" => (Self::MergeSlashes, false),
            "path-strip-dot" => (Self::StripDots, false),
            "path-strip-dotdot" => (Self::StripParents { full }, full),
            "percent-decode-unreserved" => (Self::DecodeUnreserved { strict }, strict),
            "percent-to-uppercase" => (Self::UppercaseEscapes { strict }, strict),
            "query-sort-by-name" => (Self::SortQuery, false),
            _ => return None,
        })
    }

    /// Whether an option may follow its name.
    pub(crate) fn has_option(self) -> bool {
        matches!(
            self,
            Self::StripParents { .. }
                | Self::DecodeUnreserved { .. }
                | Self::UppercaseEscapes { .. }
        )
    }

    pub(crate) fn scope(self) -> Scope {
        match self {
            Self::MergeSlashes | Self::StripDots | Self::StripParents { .. } => Scope::Path,
            Self::SortQuery => Scope::Query,
            Self::EncodeFragment
            | Self::StripFragment
            | Self::DecodeUnreserved { .. }
            | Self::UppercaseEscapes { .. } => Scope::PathQuery,
        }
    }

    /// Appends the normal form of `text`, a part of the target, to `out`, which is empty.
    pub(crate) fn write(self, text: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
        match self {
            Self::EncodeFragment => {
                for &byte in text {
                    match byte {
                        b'#' => out.extend_from_slice(b"%23"),
                        _ => out.push(byte),
                    }
                }
            }
            Self::StripFragment => {
                out.extend_from_slice(text.split(|&byte| byte == b'#').next().unwrap_or_default());
            }
            Self::MergeSlashes => {
                for &byte in text {
                    if byte != b'/' || out.last() != Some(&b'/') {
                        out.push(byte);
                    }
                }
            }
            Self::StripDots => strip_dots(text, out),
            Self::StripParents { full } => strip_parents(text, full, out),
            Self::DecodeUnreserved { strict } => {
                return escapes(text, strict, out, |code, _, out| {
                    let unreserved =
                        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                    let decodes = unreserved(code);
                    if decodes {
                        out.push(code);
                    }
                    decodes
                });
            }
            Self::UppercaseEscapes { strict } => {
                return escapes(text, strict, out, |_, digits, out| {
                    out.push(b'%');
                    out.extend(digits.map(|digit| digit.to_ascii_uppercase()));
                    true
                });
            }
            Self::SortQuery => {
                // Nothing behind a last `&` is no parameter.
                let text = text.strip_suffix(b"&").unwrap_or(text);
                let mut parameters: Vec<&[u8]> = text.split(|&byte| byte == b'&').collect();
                parameters.sort_by_key(|parameter| parameter.split(|&byte| byte == b'=').next());
                for (index, parameter) in parameters.into_iter().enumerate() {
                    if index > 0 {
                        out.push(b'&');
                    }
                    out.extend_from_slice(parameter);
                }
            }
        }
        Ok(())
    }
}

/// Hands each escape to `replace`, which says whether it wrote something in its place.
fn escapes(
    text: &[u8],
    strict: bool,
    out: &mut Vec<u8>,
    replace: impl Fn(u8, [u8; 2], &mut Vec<u8>) -> bool,
) -> Result<(), Malformed> {
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let code = match after {
            [high, low, ..] => code(*high, *low).map(|code| (code, [*high, *low])),
            _ => None,
        };
        match code {
            Some((code, digits)) => {
                if !replace(code, digits, out) {
                    out.push(b'%');
                    out.extend(digits);
                }
                rest = after.get(2..).unwrap_or_default();
            }
            None if strict => return Err(Malformed),
            None => out.push(b'%'),
        }
    }
    Ok(())
}

fn code(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

fn strip_dots(path: &[u8], out: &mut Vec<u8>) {
    let mut segments = path.split(|&byte| byte == b'/').peekable();
    let mut first = true;
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if segment == b"." && !first {
            if last {
                out.push(b'/');
            }
            continue;
        }
        if !first {
            out.push(b'/');
        }
        out.extend_from_slice(segment);
        first = false;
    }
}

fn strip_parents(path: &[u8], full: bool, out: &mut Vec<u8>) {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut segments = path.split(|&byte| byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if segment != b".." {
            kept.push(segment);
            continue;
        }
        match kept.last() {
            Some(parent) if *parent != b".." => {
                kept.pop();
            }
            _ if full => {}
            _ => kept.push(segment),
        }
        // What was a folder stays one.
        if last && kept.last().is_none_or(|parent| *parent != b"..") {
            kept.push(b"");
        }
    }
    for segment in kept {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn normal(name: &str, option: Option<&str>, text: &str) -> Result<String, Malformed> {
        let (normalizer, _) = Normalizer::named(name, option).expect("a name");
        let mut out = Vec::new();
        normalizer.write(text.as_bytes(), &mut out)?;
        Ok(String::from_utf8(out).expect("text"))
    }

    // The examples of the configuration manual.

    #[test]
    fn examples_of_the_manual_come_out() {
        for (name, option, text, expected) in [
            ("fragment-encode", None, "/#foo", "/%23foo"),
            ("fragment-strip", None, "/#foo", "/"),
            ("path-strip-dot", None, "/.", "/"),
            ("path-strip-dot", None, "/./bar/", "/bar/"),
            ("path-strip-dot", None, "/a/./a", "/a/a"),
            ("path-strip-dot", None, "/.well-known/", "/.well-known/"),
            ("path-strip-dotdot", None, "/foo/../", "/"),
            ("path-strip-dotdot", None, "/foo/../bar/", "/bar/"),
            ("path-strip-dotdot", None, "/foo/bar/../", "/foo/"),
            ("path-strip-dotdot", None, "/../bar/", "/../bar/"),
            ("path-strip-dotdot", None, "/bar/../../", "/../"),
            ("path-strip-dotdot", None, "/foo//../", "/foo/"),
            ("path-strip-dotdot", None, "/foo/%2E%2E/", "/foo/%2E%2E/"),
            ("path-strip-dotdot", Some("full"), "/../bar/", "/bar/"),
            ("path-strip-dotdot", Some("full"), "/bar/../../", "/"),
            ("path-merge-slashes", None, "//", "/"),
            ("path-merge-slashes", None, "/foo//bar", "/foo/bar"),
            ("percent-decode-unreserved", None, "/%61dmin", "/admin"),
            ("percent-decode-unreserved", None, "/foo%3Fbar=baz", "/foo%3Fbar=baz"),
            ("percent-decode-unreserved", None, "/%%36%36", "/%66"),
            ("percent-decode-unreserved", None, "/%ZZ", "/%ZZ"),
            ("percent-to-uppercase", None, "/%6f", "/%6F"),
            ("percent-to-uppercase", None, "/%zz", "/%zz"),
            ("query-sort-by-name", None, "c=3&a=1&b=2", "a=1&b=2&c=3"),
            ("query-sort-by-name", None, "b&&a&", "&a&b"),
            ("query-sort-by-name", None, "aaa=3&a=1&aa=2", "a=1&aa=2&aaa=3"),
            ("query-sort-by-name", None, "a=3&b=4&a=1&b=5&a=2", "a=3&a=1&a=2&b=4&b=5"),
        ] {
            assert_eq!(normal(name, option, text).as_deref(), Ok(expected), "{name} {text}");
        }
    }

    #[test]
    fn strict_normalisers_refuse_malformed_escapes() {
        for name in ["percent-decode-unreserved", "percent-to-uppercase"] {
            for text in ["/%%36%36", "/%ZZ", "/%", "/%6"] {
                assert_eq!(normal(name, Some("strict"), text), Err(Malformed), "{name} {text}");
            }
        }
    }
}
