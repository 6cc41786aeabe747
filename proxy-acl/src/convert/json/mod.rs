//! A value out of a JSON text (configuration manual, `json_query`).

mod number;
mod path;
mod reader;

use alloc::vec::Vec;

use number::Number;
pub(crate) use path::Path;
use path::Search;
use reader::{Event, Reader};

/// A query for the value at a path.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) path: Path,
    /// Whether numbers are given as such rather than as text.
    pub(crate) integer: bool,
}

/// What a query gives; texts are written out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer {
    Bool(bool),
    Integer(i64),
    Text,
}

/// Beyond these a JSON number is not exact.
const INTEGERS: core::ops::RangeInclusive<i64> = -((1 << 53) - 1)..=(1 << 53) - 1;

impl Query {
    /// Finds the value, and writes it to `out`, which is empty, if it is text. Objects, arrays and null
    /// are no value, nor is what stands behind something that is not JSON.
    pub(super) fn find(&self, text: &[u8], out: &mut Vec<u8>) -> Option<Answer> {
        let mut search = Search::new(&self.path);
        let found = Reader::new(text).find_map(|event| search.step(event))?;
        match found {
            Event::Bool(value) => Some(Answer::Bool(value)),
            Event::Text(escaped) => unescape(escaped, out).map(|()| Answer::Text),
            Event::Number(start) if self.integer => {
                let value = number::integer(start);
                INTEGERS.contains(&value).then_some(Answer::Integer(value))
            }
            Event::Number(start) => {
                Number::read(start).print(out);
                Some(Answer::Text)
            }
            Event::Open(_) | Event::Close | Event::Comma | Event::Key(_) | Event::Null => None,
        }
    }
}

/// Writes a text out; nothing if it has escapes beyond `\b\f\n\r\t\\\"` and `\u00..`.
fn unescape(mut escaped: &[u8], out: &mut Vec<u8>) -> Option<()> {
    loop {
        let (byte, rest) = match escaped {
            [] => return Some(()),
            [b'\\', b'u', b'0', b'0', high, low, rest @ ..] => {
                ((low_nibble(*high) << 4) | low_nibble(*low), rest)
            }
            [b'\\', letter, rest @ ..] => (control(*letter)?, rest),
            [byte, rest @ ..] => (*byte, rest),
        };
        out.push(byte);
        escaped = rest;
    }
}

fn control(letter: u8) -> Option<u8> {
    Some(match letter {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'\\' | b'"' => letter,
        _ => return None,
    })
}

/// Takes any byte for a hexadecimal digit, as HAProxy does.
fn low_nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'A'..=b'F' => digit - b'7',
        _ => digit.wrapping_sub(b'W'),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn ask(path: &str, integer: bool, text: &str) -> Option<(Answer, Vec<u8>)> {
        let path = Path::parse(path.as_bytes()).expect(path);
        let mut out = Vec::new();
        let answer = Query { path, integer }.find(text.as_bytes(), &mut out)?;
        Some((answer, out))
    }

    /// What haproxy 2.6.12 answered; `-` where there was no sample.
    #[test]
    fn values_are_those_haproxy_finds() {
        for (path, text, expected) in [
            ("$.a", r#"{"a":"b"}"#, "b"),
            ("$.a", r#"{"a":5.7}"#, "5.7"),
            ("$.a", r#"{"a":null}"#, "-"),
            ("$.a", r#"{"a":[1, 2,"x"]}"#, "-"),
            ("$.a", r#"{"a":{"b":1}}"#, "-"),
            ("$.a.b", r#"{"a":{"b":1}}"#, "1"),
            ("$.a[1]", r#"{"a":[1, 2,"x"]}"#, "2"),
            ("$.a[9]", r#"{"a":[1, 2,"x"]}"#, "-"),
            ("$.a[1].b", r#"{"a":[1, {"b":"q"},"x"]}"#, "q"),
            ("$", "[1,2]", "-"),
            ("$", "\"x\"", "x"),
            ("$", "5", "5"),
            ("$.a", r#"{"a":""}"#, ""),
            ("$.a", r#"{"a" : "b"} trailing"#, "b"),
            ("$.a", r#"{"a":"b""#, "b"),
            ("$.a", r#"{"a":"b","a":"c"}"#, "b"),
            ("$.a", r#"{"x":{"a":1},"a":"c"}"#, "c"),
            ("$.a", r#"{"A":"c"}"#, "-"),
            ("$.a", r#"{"ab":"c"}"#, "-"),
            ("$.ab", r#"{"a":"c"}"#, "-"),
            ("$.a", "", "-"),
            ("$.a", "{}", "-"),
            ("$.a", r#"{"a":+1}"#, "-"),
            ("$.a", r#"{"a":12abc}"#, "12"),
            ("$.a", r#"{"a":1-2}"#, "1"),
            (r"$.a\.b", r#"{"a.b":"dot"}"#, "dot"),
            ("$.a.", r#"{"a":"dot"}"#, "-"),
            ("$..a", r#"{"":{"a":1}}"#, "1"),
            ("$.a.b.c", r#"{"a":{"c":1,"b":{"d":1,"c":7}}}"#, "7"),
            ("$.a.c", r#"{"a":{"b":{"c":1}},"c":2}"#, "-"),
            ("$.b", r#"{"a":{"b":{"c":1}},"b":2}"#, "2"),
            ("$.a", r#"garbage {"a":1}"#, "-"),
            ("$.c", r#"{"a":"b" "c":1}"#, "-"),
            ("$.c", r#"{"c":"abc"#, "-"),
            ("$.c", r#"{"c":tru"#, "-"),
            ("$[2]", "[1,2,3", "3"),
            ("$[2]", "[1,2 3]", "-"),
            ("$[1]", r#"[1,{"a":2},3]"#, "-"),
            ("$[2]", r#"[1,{"a":2},3]"#, "3"),
            ("$[2]", "[1,[7,8,9,10],3]", "3"),
            ("$[0][1]", "[[4,5]]", "5"),
            ("$.a[0]", r#"{"a":5}"#, "-"),
            // The index 0 means the rest too when what follows is not in the first.
            ("$.a[0].b", r#"{"a":[{"c":1},{"b":2}]}"#, "2"),
            ("$[0]", r#"[{"x":1},5]"#, "-"),
            ("$.a", r#"{"b":[1,],"a":1}"#, "1"),
            ("$.a", r#"{"b":1,}"#, "-"),
            ("$.a", r#"{"a":[,],"a":1}"#, "-"),
            ("$.a", r#"{"a":-}"#, "0"),
        ] {
            let found = ask(path, false, text).map_or(b"-".to_vec(), |(_, out)| out);

            assert_eq!(found.escape_ascii().to_string(), expected, "{path} in {text}");
        }
    }

    #[test]
    fn escapes_are_those_of_one_byte() {
        for (escaped, expected) in [
            (r"b\u00e9", Some(&b"b\xe9"[..])),
            (r"\u0000\u00zz", Some(b"\0\x33")),
            (r#"\b\f\n\r\t\\\""#, Some(b"\x08\x0c\n\r\t\\\"")),
            (r"a\/b", None),
            (r"\u0100", None),
            (r"\u12", None),
            (r"\q", None),
        ] {
            let found = ask("$", false, &alloc::format!("\"{escaped}\"")).map(|(_, out)| out);

            assert_eq!(found.as_deref(), expected, "{escaped}");
        }
    }

    #[test]
    fn types_are_kept() {
        let of = |text| ask("$", true, text).map(|(answer, _)| answer);

        assert_eq!(of("true"), Some(Answer::Bool(true)));
        assert_eq!(of("false"), Some(Answer::Bool(false)));
        assert_eq!(of("\"12\""), Some(Answer::Text));
        assert_eq!(of("-9007199254740991"), Some(Answer::Integer(-9_007_199_254_740_991)));
        assert_eq!(of("9007199254740992"), None);
        assert_eq!(of("99999999999999999999"), None);
    }

    #[test]
    fn texts_nest_twenty_deep() {
        let nested = |depth: usize| {
            alloc::format!("{{\"b\":{}1{},\"a\":1}}", "[".repeat(depth), "]".repeat(depth))
        };

        assert!(ask("$.a", false, &nested(19)).is_some());
        assert!(ask("$.a", false, &nested(20)).is_none());
    }
}
