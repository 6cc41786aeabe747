//! What arguments a fetch or a converter takes, and how HAProxy reads them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// A letter for each argument, as `haproxy -dKsmp,cnv` of version 2.6.12 prints its type; those behind `?`
/// may be left out.
///
/// Texts: string `s`, table `t`, backend `b`, frontend `f`. What cannot be empty: integer `i`, number of a
/// field `n`, IPv4 mask `4`, IPv6 mask `6`, IPv4 address `p`, IPv6 address `q`, regex `r`, server `v`, user
/// list `u`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature(pub(crate) &'static str);

/// Why arguments do not fit, with the wrong one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    Count { least: usize, most: usize },
    Empty { at: usize },
    Integer { at: usize },
}

impl Signature {
    /// Returns the letters of its arguments.
    pub(crate) fn codes(self) -> impl Iterator<Item = char> {
        self.0.chars().filter(|code| *code != '?')
    }

    /// Returns the arguments as HAProxy sees them.
    ///
    /// The first one is an empty text if it is needed and nothing is written. Where one is empty that may
    /// be left out and is no text, the arguments end: with it if it is an integer behind another
    /// argument, which is 0 then.
    pub(crate) fn read(self, written: &[Vec<u8>]) -> Result<&[Vec<u8>], Misfit> {
        static EMPTY: [Vec<u8>; 1] = [Vec::new()];

        let (needed, optional) = self.0.split_once('?').unwrap_or((self.0, ""));
        let (least, most) = (needed.len(), needed.len() + optional.len());
        let mut arguments = written;
        if written.is_empty() && needed.starts_with(is_text) {
            arguments = &EMPTY;
        }
        if arguments.len() > most {
            return Err(Misfit::Count { least, most });
        }
        let mut empty = self.codes().zip(arguments).enumerate();
        if let Some((at, (code, _))) =
            empty.find(|(_, (code, text))| text.is_empty() && !is_text(*code))
        {
            if at < least || arguments.len() > at + 1 {
                return Err(Misfit::Empty { at });
            }
            let end = if code == 'i' && at > 0 { at + 1 } else { at };
            arguments = arguments.get(..end).unwrap_or_default();
        }
        if !(least..=most).contains(&arguments.len()) {
            return Err(Misfit::Count { least, most });
        }
        let wrong = self
            .codes()
            .zip(arguments)
            .position(|(code, text)| code == 'i' && integer(text).is_none());
        wrong.map_or(Ok(arguments), |at| Err(Misfit::Integer { at }))
    }
}

fn is_text(code: char) -> bool {
    "stbf".contains(code)
}

/// Returns the name by which the caller is asked for a value; `number` counts as the first argument.
pub(crate) fn call(name: &str, number: Option<char>, arguments: &[Vec<u8>]) -> Box<str> {
    let arguments = if arguments == [b""] { &[] } else { arguments };
    let arguments = arguments.iter().map(|text| String::from_utf8_lossy(text).into());
    let all: Vec<String> = number.map(String::from).into_iter().chain(arguments).collect();
    let mut call = String::from(name);
    if !all.is_empty() {
        call.push('(');
        call.push_str(&all.join(","));
        call.push(')');
    }
    call.into()
}

/// Reads a number among arguments: a sign and digits, of which none are 0; the nearest 64-bit
/// integer if it is larger than these.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    digits.iter().try_fold(0_i64, |value, digit| {
        let digit = i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        let value = value.saturating_mul(10);
        Some(if negative { value.saturating_sub(digit) } else { value.saturating_add(digit) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what stands in brackets, apart by commas.
    fn read(signature: &'static str, written: &str) -> Result<usize, Misfit> {
        let arguments: Vec<Vec<u8>> = match written {
            "" => Vec::new(),
            _ => written.split(',').map(|text| text.as_bytes().to_vec()).collect(),
        };
        Signature(signature).read(&arguments).map(<[_]>::len)
    }

    #[test]
    fn needed_text_is_empty_where_nothing_is_written() {
        assert_eq!(read("s", ""), Ok(1));
        assert_eq!(read("?s", ""), Ok(0));
        assert_eq!(read("ss", ""), Err(Misfit::Count { least: 2, most: 2 }));
        assert_eq!(read("i", ""), Err(Misfit::Count { least: 1, most: 1 }));
        assert_eq!(read("u", ""), Err(Misfit::Count { least: 1, most: 1 }));
    }

    #[test]
    fn empty_texts_count() {
        assert_eq!(read("ss?s", ","), Ok(2));
        assert_eq!(read("ss?s", "a,,"), Ok(3));
        assert_eq!(read("ss?s", ",,,"), Err(Misfit::Count { least: 2, most: 3 }));
        assert_eq!(read("rs?s", ",,,g"), Err(Misfit::Count { least: 2, most: 3 }));
        assert_eq!(read("rs?s", ",,g"), Err(Misfit::Empty { at: 0 }));
    }

    /// What haproxy 2.6.12 says of `field`, `be2hex`, `crc32` and `ipmask`.
    #[test]
    fn empty_number_ends_the_arguments_where_it_may_be_left_out() {
        assert_eq!(read("is?i", "1,/,"), Ok(3));
        assert_eq!(read("is?i", ",/"), Err(Misfit::Empty { at: 0 }));
        assert_eq!(read("is?i", "1,/,,"), Err(Misfit::Count { least: 2, most: 3 }));
        assert_eq!(read("s?ii", ","), Ok(2));
        assert_eq!(read("s?ii", ",2,"), Ok(3));
        assert_eq!(read("s?ii", ",,1"), Err(Misfit::Empty { at: 1 }));
        assert_eq!(read("?i", ","), Err(Misfit::Count { least: 0, most: 1 }));
        assert_eq!(Signature("?i").read(&[Vec::new()]).map(<[_]>::len), Ok(0));
        assert_eq!(read("4?6", "24,"), Ok(1));
        assert_eq!(read("4?6", ",64"), Err(Misfit::Empty { at: 0 }));
    }

    #[test]
    fn integers_end_at_64_bits() {
        for (text, value) in [
            ("0", 0),
            ("", 0),
            ("-", 0),
            ("+", 0),
            ("+08", 8),
            ("-12", -12),
            ("9223372036854775807", i64::MAX),
            ("9223372036854775808", i64::MAX),
            ("-99999999999999999999", i64::MIN),
        ] {
            assert_eq!(integer(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["+-1", "1x", " 1", "0x1", "1.5"] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn call_has_no_brackets_without_arguments() {
        let arguments = [b"1".to_vec(), Vec::new()];

        assert_eq!(&*call("x", None, &arguments), "x(1,)");
        assert_eq!(&*call("x", Some('0'), &arguments), "x(0,1,)");
        assert_eq!(&*call("x", Some('0'), &[]), "x(0)");
        assert_eq!(&*call("x", None, &[Vec::new()]), "x");
    }
}
