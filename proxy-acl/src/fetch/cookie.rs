//! Cookies of a request (configuration manual, `req.cook`).

use core::ops::ControlFlow;

use super::header;
use crate::request::Request;

/// Who sent the cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SentBy {
    /// Many in a line of `Cookie`.
    Client,
    /// One in a line of `Set-Cookie`, before its attributes; HAProxy takes these for cookies too, but
    /// looks no further than the first of another name.
    Server,
}

/// Shows the values of the cookies of this name, or of all without a name.
///
/// Names count by case, blanks around `=` do not; cookies without `=` are none. A value that is empty
/// at the end of its header does not exist either.
pub(super) fn each<R: Request + ?Sized>(
    request: &R,
    name: &[u8],
    sent_by: SentBy,
    mut visit: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let header: &[u8] = match sent_by {
        SentBy::Client => b"cookie",
        SentBy::Server => b"set-cookie",
    };
    // HAProxy splits them at commas like any header before it looks for semicolons.
    header::each(request, header, 0, header::Unit::Value, |line| {
        Cookies { rest: line, name, sent_by }.try_for_each(&mut visit)
    })
}

struct Cookies<'l> {
    rest: &'l [u8],
    name: &'l [u8],
    sent_by: SentBy,
}

impl<'l> Iterator for Cookies<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        // Shorter rests cannot hold the name, `=` and a byte of value.
        while self.rest.len() > self.name.len() + 1 {
            let cookie = trim_start(self.rest);
            let equal = cookie.iter().position(|byte| matches!(byte, b'=' | b';' | b','));
            let equal = equal.unwrap_or(cookie.len());
            let (name, after) = cookie.split_at(equal);
            let Some(after) = after.strip_prefix(b"=") else {
                self.rest = after.get(1..).unwrap_or_default();
                continue;
            };
            let after = trim_start(after);
            let (value, rest) = after.split_at(value_end(after));
            self.rest = rest.get(1..).unwrap_or_default();
            if name.starts_with(b"$") {
                continue;
            }
            if self.name.is_empty() || trim_end(name) == self.name {
                return Some(trim_end(value));
            }
            if self.sent_by == SentBy::Server {
                return None;
            }
        }
        None
    }
}

/// The place of the first delimiter outside a quoted string, or the end.
fn value_end(text: &[u8]) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b';' if !quoted => return index,
            _ => {}
        }
    }
    text.len()
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn sent<'a>(sent_by: SentBy, line: &'a str, name: &'a str) -> Vec<&'a str> {
        let cookies = Cookies { rest: line.as_bytes(), name: name.as_bytes(), sent_by };
        cookies.map(|value| core::str::from_utf8(value).expect("text")).collect()
    }

    fn cookies<'a>(line: &'a str, name: &'a str) -> Vec<&'a str> {
        sent(SentBy::Client, line, name)
    }

    #[test]
    fn every_cookie_of_the_name_counts() {
        assert_eq!(cookies("sid=1; b=2; sid = 3 ;SID=4", "sid"), ["1", "3"]);
        assert_eq!(cookies("sid=\"a;b\"; sid=c", "sid"), ["\"a;b\"", "c"]);
        assert_eq!(cookies("a=1; b=2", ""), ["1", "2"]);
    }

    #[test]
    fn cookie_without_a_value_is_not_found() {
        assert_eq!(cookies("sid=", "sid"), [""; 0]);
        assert_eq!(cookies("sid; a=1", "sid"), [""; 0]);
        assert_eq!(cookies("sidx=1", "sid"), [""; 0]);
    }

    /// Answers of haproxy 2.6.12.
    #[test]
    fn cookie_of_a_server_counts_before_another_name() {
        for (line, of_name, of_all) in [
            ("sid=1; sid=2", &["1", "2"][..], &["1", "2"][..]),
            ("sid=1; Path=/; sid=2", &["1"], &["1", "/", "2"]),
            ("Path=/; sid=1", &[], &["/", "1"]),
            ("foo; bar; sid=1", &["1"], &["1"]),
            ("$v=3; sid=1", &["1"], &["1"]),
            ("=3; sid=1", &[], &["3", "1"]),
            ("sid=; sid=2", &["", "2"], &["", "2"]),
            ("sid=\"1;2\"; sid=2", &["\"1;2\"", "2"], &["\"1;2\"", "2"]),
            ("foo=\"1;sid=2\"", &[], &["\"1;sid=2\""]),
        ] {
            assert_eq!(sent(SentBy::Server, line, "sid"), of_name, "{line}");
            assert_eq!(sent(SentBy::Server, line, ""), of_all, "{line}");
        }
    }
}
