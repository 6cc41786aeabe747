//! What syslog puts before a log line, and what remains without it.

#![warn(clippy::indexing_slicing)]

/// A line without what syslog put before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Stripped<'l> {
    /// What was there.
    pub kind: Kind,
    /// Facility times 8, plus severity, where the line begins with it (`<134>`): 0 to 191.
    pub priority: Option<u8>,
    /// What HAProxy's log format wrote.
    pub body: &'l [u8],
}

/// The formats of syslog lines, named as in HAProxy's `log ... format`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// `<134>Nov 22 05:01:17 web01 haproxy[5803]: `, or the same without `<134>` as syslog
    /// daemons write it to files, or without the host.
    Rfc3164,
    /// `<134>1 2026-11-22T05:01:17.384766+00:00 web01 haproxy 5803 - - `, or with structured
    /// data in place of the last `-`.
    Rfc5424,
    /// `2026-11-22T05:01:17.384776+00:00 `
    Iso,
    /// `<6>2026-11-22T05:01:17.384785+00:00 `
    Timed,
    /// `<6>`: a severity without a facility.
    Short,
    /// `<134>`
    Priority,
    /// Nothing.
    Raw,
}

/// Takes off what syslog put before a line. What does not begin like one of the formats is left
/// as it is, and named [`Kind::Raw`]. One line ending, LF or CRLF, comes off too: HAProxy's
/// datagrams end in LF.
///
/// ```
/// use log_format::haproxy::prefix::{Kind, strip};
///
/// let stripped = strip(b"<6>2026-11-22T05:01:17.384785+00:00 127.0.0.1:36346 ...\n");
/// assert_eq!(stripped.kind, Kind::Timed);
/// assert_eq!(stripped.priority, Some(6));
/// assert_eq!(stripped.body, b"127.0.0.1:36346 ...");
/// ```
pub fn strip(line: &[u8]) -> Stripped<'_> {
    let line = match line {
        [line @ .., b'\r', b'\n'] | [line @ .., b'\n'] => line,
        _ => line,
    };
    let (priority, rest) = match priority(line) {
        Some((priority, rest)) => (Some(priority), rest),
        None => (None, line),
    };
    let (kind, body) = match priority {
        Some(_) if rest.starts_with(b"1 ") => match rfc5424(rest) {
            Some(body) => (Kind::Rfc5424, body),
            None => (Kind::Priority, rest),
        },
        _ => match (rfc3164(rest), iso(rest), priority) {
            (Some(body), _, _) => (Kind::Rfc3164, body),
            (_, Some(body), None) => (Kind::Iso, body),
            (_, Some(body), Some(_)) => (Kind::Timed, body),
            (_, _, None) => (Kind::Raw, rest),
            (_, _, Some(0..=7)) => (Kind::Short, rest),
            (_, _, Some(_)) => (Kind::Priority, rest),
        },
    };
    Stripped { kind, priority, body }
}

/// `<N>`, N from 0 to 191 without leading zeros (RFC 5424, section 6.2.1).
fn priority(line: &[u8]) -> Option<(u8, &[u8])> {
    let line = line.strip_prefix(b"<")?;
    let close = line.iter().take(4).position(|byte| *byte == b'>')?;
    let (digits, rest) = line.split_at(close);
    let canonical = matches!(digits, [b'0'] | [b'1'..=b'9', ..]);
    let number = digits.iter().try_fold(0_u16, |number, digit| match digit {
        b'0'..=b'9' => Some(number * 10 + u16::from(digit - b'0')),
        _ => None,
    })?;
    let number = u8::try_from(number).ok().filter(|number| canonical && *number <= 191)?;
    Some((number, rest.get(1..)?))
}

/// `Nov 22 05:01:17 web01 haproxy[5803]: ` (RFC 3164, section 4.1); the host may be missing.
fn rfc3164(line: &[u8]) -> Option<&[u8]> {
    let rest = shaped(line, b"Aaa _0 00:00:00 ")?;
    let (first, behind) = word(rest)?;
    if first.ends_with(b":") {
        return Some(behind);
    }
    let (second, behind) = word(behind)?;
    second.ends_with(b":").then_some(behind)
}

/// `1 TIME HOST APP PROCID MSGID STRUCTURED-DATA ` (RFC 5424, section 6).
fn rfc5424(line: &[u8]) -> Option<&[u8]> {
    let mut rest = line;
    for _ in 0..6 {
        rest = word(rest)?.1;
    }
    if let Some(rest) = rest.strip_prefix(b"- ") {
        return Some(rest);
    }
    while rest.starts_with(b"[") {
        rest = element(rest)?;
    }
    rest.strip_prefix(b" ")
}

/// `[ID NAME="VALUE"...]`; in a value, `\` takes the meaning from the byte behind it.
fn element(text: &[u8]) -> Option<&[u8]> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}

/// `2026-11-22T05:01:17.384776+00:00 ` (RFC 3339, any fraction, `Z` or an offset).
fn iso(line: &[u8]) -> Option<&[u8]> {
    let mut rest = shaped(line, b"0000-00-00T00:00:00")?;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = fraction.get(digits..).filter(|_| digits > 0)?;
    }
    shaped(rest, b"Z ").or_else(|| shaped(rest, b"+00:00 ")).or_else(|| shaped(rest, b"-00:00 "))
}

/// What follows a text of the given shape: `0` is any digit, `_` a digit or a blank, `A` and `a`
/// letters of their case; anything else itself, `T` and `Z` among it.
fn shaped<'l>(line: &'l [u8], shape: &[u8]) -> Option<&'l [u8]> {
    let (text, rest) = line.split_at_checked(shape.len())?;
    let fits = text.iter().zip(shape).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'_' => byte.is_ascii_digit() || *byte == b' ',
        b'A' => byte.is_ascii_uppercase(),
        b'a' => byte.is_ascii_lowercase(),
        other => byte == other,
    });
    fits.then_some(rest)
}

/// The bytes before the next blank, at least one, and those behind it.
fn word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = line.iter().position(|byte| *byte == b' ').filter(|at| *at > 0)?;
    Some((line.get(..blank)?, line.get(blank + 1..)?))
}
