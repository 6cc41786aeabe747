//! Values of header lines: split at commas, spaces trimmed (configuration manual, `req.hdr`).

use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::request::Request;

/// What counts as one value of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// What stands between commas, as for `hdr`.
    Value,
    /// A whole line, as for `fhdr`.
    Line,
}

/// Shows the values to `visit`: every one of every line with this name, of all lines without a name;
/// with an occurrence other than 0 that value alone, counted from the left, or from the right if
/// negative.
#[inline]
pub(crate) fn each<R: Request + ?Sized>(
    request: &R,
    name: &[u8],
    occurrence: i64,
    unit: Unit,
    mut visit: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let index = match occurrence {
        0 => return every(request, name, unit, visit),
        1.. => occurrence - 1,
        _ => count(request, name, unit) + occurrence,
    };
    if index < 0 {
        return ControlFlow::Continue(());
    }
    let mut left = index;
    let mut result = ControlFlow::Continue(());
    let _ = every(request, name, unit, |value| {
        if left == 0 {
            result = visit(value);
            return ControlFlow::Break(());
        }
        left -= 1;
        ControlFlow::Continue(())
    });
    result
}

/// Counts the values.
pub(crate) fn count<R: Request + ?Sized>(request: &R, name: &[u8], unit: Unit) -> i64 {
    let mut count = 0;
    let _ = every(request, name, unit, |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    count
}

fn every<R: Request + ?Sized>(
    request: &R,
    name: &[u8],
    unit: Unit,
    mut visit: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    request.headers(&mut |line_name, line| {
        if !(name.is_empty() || line_name.eq_ignore_ascii_case(name)) {
            return ControlFlow::Continue(());
        }
        match unit {
            Unit::Value => Values { rest: Some(line) }.try_for_each(&mut visit),
            Unit::Line => visit(trim(line)),
        }
    })
}

/// The comma-separated values of one line; empty ones count, quoted commas do not separate.
struct Values<'l> {
    rest: Option<&'l [u8]>,
}

impl<'l> Iterator for Values<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        let line = self.rest?;
        let end = value_end(line);
        let (value, rest) = line.split_at(end);
        self.rest = match rest {
            [b',', rest @ ..] => Some(rest),
            _ => None,
        };
        Some(trim(value))
    }
}

/// Copies a line to `out` with each of its values replaced by what `replace` writes, where it says that
/// it did; the blanks around a value go with it.
pub(crate) fn replace_values(
    line: &[u8],
    out: &mut Vec<u8>,
    mut replace: impl FnMut(&[u8], &mut Vec<u8>) -> bool,
) {
    let mut rest = line;
    loop {
        let (raw, after) = rest.split_at(value_end(rest));
        if !replace(trim(raw), out) {
            out.extend_from_slice(raw);
        }
        let Some(after) = after.strip_prefix(b",") else { return };
        out.push(b',');
        rest = after;
    }
}

/// The place of the first comma outside a quoted string, or the end.
fn value_end(line: &[u8]) -> usize {
    let mut at = 0;
    let mut quoted = false;
    while let Some(rest) = line.get(at..) {
        let step = if quoted {
            memchr::memchr2(b'"', b'\\', rest)
        } else {
            memchr::memchr2(b'"', b',', rest)
        };
        let Some(step) = step else {
            break;
        };
        at += step;
        match line.get(at) {
            Some(b',') => return at,
            Some(b'"') => quoted = !quoted,
            // A backslash in quotes protects the byte behind it.
            _ => at += 1,
        }
        at += 1;
    }
    line.len()
}

pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn values(line: &[u8]) -> Vec<&[u8]> {
        Values { rest: Some(line) }.collect()
    }

    #[test]
    fn empty_elements_are_values() {
        assert_eq!(values(b",b,"), [&b""[..], b"b", b""]);
        assert_eq!(values(b","), [&b""[..], b""]);
        assert_eq!(values(b""), [&b""[..]]);
    }

    #[test]
    fn values_are_trimmed() {
        assert_eq!(values(b" a\t,  b c "), [&b"a"[..], b"b c"]);
    }

    #[test]
    fn values_are_replaced_in_their_places() {
        let replaced = |line: &[u8]| {
            let mut out = Vec::new();
            replace_values(line, &mut out, |value, out| {
                let is_old = value == b"old";
                if is_old {
                    out.extend_from_slice(b"new");
                }
                is_old
            });
            out
        };

        assert_eq!(replaced(b"a, old ,\told,,b "), b"a,new,new,,b ");
        assert_eq!(replaced(b"\"a, old\""), b"\"a, old\"");
        assert_eq!(replaced(b"old"), b"new");
    }

    #[test]
    fn quoted_commas_do_not_separate() {
        assert_eq!(values(br#""a, b", c"#), [&br#""a, b""#[..], b"c"]);
        assert_eq!(values(br#""a\", b", c"#), [&br#""a\", b""#[..], b"c"]);
        assert_eq!(values(br#"a\,b"#), [&br"a\"[..], b"b"]);
        assert_eq!(values(br#""a, b"#), [&br#""a, b"#[..]]);
        assert_eq!(values(br#""a\"#), [&br#""a\"#[..]]);
    }
}
