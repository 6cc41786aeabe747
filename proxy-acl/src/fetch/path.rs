//! The path of a request target.

/// Returns the path of `target` up to `?`, raw; nothing for `*` and for an authority.
pub(super) fn of(target: &[u8]) -> Option<&[u8]> {
    let rest = match target {
        [b'/', ..] => target,
        _ => {
            let authority = after_scheme(target)?;
            authority.get(memchr::memchr(b'/', authority)?..)?
        }
    };
    match memchr::memchr(b'?', rest) {
        Some(end) => rest.get(..end),
        None => Some(rest),
    }
}

/// Returns what follows `scheme://`.
pub(super) fn after_scheme(target: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memchr(b':', target)?;
    let (scheme, rest) = target.split_at(colon);
    let valid = scheme.first().is_some_and(u8::is_ascii_alphanumeric)
        && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    rest.strip_prefix(b"://").filter(|_| valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_ends_at_the_query() {
        assert_eq!(of(b"/a/b;c?d?e"), Some(&b"/a/b;c"[..]));
        assert_eq!(of(b"//a"), Some(&b"//a"[..]));
        assert_eq!(of(b"/?"), Some(&b"/"[..]));
    }

    #[test]
    fn absolute_form_has_the_path_behind_the_authority() {
        assert_eq!(of(b"http://h:80/a?x"), Some(&b"/a"[..]));
        assert_eq!(of(b"HTTPS://user@h/"), Some(&b"/"[..]));
    }

    #[test]
    fn asterisk_and_authority_have_no_path() {
        for target in [&b"*"[..], b"example.com:443", b"", b"http:/a", b"://x/a"] {
            assert_eq!(of(target), None, "{}", target.escape_ascii());
        }
    }
}
