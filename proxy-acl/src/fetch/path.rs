//! The path of a request target.

use core::ops::Range;

/// Returns the path of `target` up to `?`, raw; nothing for `*` and for an authority.
#[inline]
pub(crate) fn of(target: &[u8]) -> Option<&[u8]> {
    let rest = with_query(target)?;
    match memchr::memchr(b'?', rest) {
        Some(end) => rest.get(..end),
        None => Some(rest),
    }
}

/// Returns the path of `target` and what follows it.
#[inline]
pub(crate) fn with_query(target: &[u8]) -> Option<&[u8]> {
    match target {
        [b'/', ..] => Some(target),
        _ => {
            let authority = after_scheme(target)?;
            authority.get(memchr::memchr(b'/', authority)?..)
        }
    }
}

/// Returns what follows the first `?`, wherever that stands.
pub(crate) fn query(target: &[u8]) -> Option<&[u8]> {
    target.get(memchr::memchr(b'?', target)? + 1..)
}

/// Returns where the authority of an absolute target stands, without a user.
pub(crate) fn authority(target: &[u8]) -> Option<Range<usize>> {
    let rest = after_scheme(target)?;
    let start = target.len() - rest.len();
    let end = start + rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
    let user = target.get(start..end)?.iter().position(|&byte| byte == b'@');
    Some(user.map_or(start, |user| start + user + 1)..end)
}

/// Returns what follows `scheme://`.
pub(crate) fn after_scheme(target: &[u8]) -> Option<&[u8]> {
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
    fn query_may_be_empty() {
        assert_eq!(query(b"/a?"), Some(&b""[..]));
        assert_eq!(query(b"/a?b?c"), Some(&b"b?c"[..]));
        assert_eq!(query(b"/a"), None);
    }

    #[test]
    fn authority_stands_behind_the_scheme() {
        assert_eq!(authority(b"http://h:80/a"), Some(7..11));
        assert_eq!(authority(b"http://u@h?x"), Some(9..10));
        assert_eq!(authority(b"/a"), None);
        assert_eq!(authority(b"h:80"), None);
    }

    #[test]
    fn asterisk_and_authority_have_no_path() {
        for target in [&b"*"[..], b"example.com:443", b"", b"http:/a", b"://x/a"] {
            assert_eq!(of(target), None, "{}", target.escape_ascii());
        }
    }
}
