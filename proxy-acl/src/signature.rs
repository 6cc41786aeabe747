//! What arguments something takes whose values only the caller knows, and the name it is asked by.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// A letter for each argument, those behind `?` may be left out: string, integer, table, backend,
/// frontend, server, user list (`s`, `i`, `t`, `b`, `f`, `v`, `u`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature(pub(crate) &'static str);

/// Returns the text of a number among arguments; for HAProxy a sign alone is 0. Empty if it is no text.
pub(crate) fn digits(argument: &[u8]) -> &str {
    match argument {
        b"-" | b"+" => "0",
        _ => core::str::from_utf8(argument).unwrap_or_default(),
    }
}

/// Why arguments do not fit, with the wrong one.
pub(crate) enum Misfit {
    Count { least: usize, most: usize },
    Integer { at: usize },
}

impl Signature {
    /// Returns the name by which the caller is asked, arguments included; `number` counts as the first of
    /// them.
    pub(crate) fn call(
        self,
        name: &str,
        number: Option<char>,
        arguments: &[Vec<u8>],
    ) -> Result<Box<str>, Misfit> {
        let (needed, optional) = self.0.split_once('?').unwrap_or((self.0, ""));
        let before = usize::from(number.is_some());
        let (least, most) = (needed.len() - before, needed.len() + optional.len() - before);
        if !(least..=most).contains(&arguments.len()) {
            return Err(Misfit::Count { least, most });
        }
        let codes = needed.chars().chain(optional.chars()).skip(before);
        for (at, (code, argument)) in codes.zip(arguments).enumerate() {
            if code == 'i' && digits(argument).parse::<i64>().is_err() {
                return Err(Misfit::Integer { at });
            }
        }
        let mut call = String::from(name);
        let number = number.map(String::from);
        let arguments = arguments.iter().map(|argument| String::from_utf8_lossy(argument).into());
        let all: Vec<String> = number.into_iter().chain(arguments).collect();
        if !all.is_empty() {
            call.push('(');
            call.push_str(&all.join(","));
            call.push(')');
        }
        Ok(call.into())
    }
}
