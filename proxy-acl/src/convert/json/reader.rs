//! A JSON text into events, with the liberties that HAProxy takes.

use super::number::Number;

/// Deeper texts are read no further.
const DEEPEST: usize = 20;

/// What is read; texts and keys are without their quotes, and still escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'t> {
    /// An object, or else an array, begins.
    Open(bool),
    /// It ends.
    Close,
    Comma,
    Key(&'t [u8]),
    Text(&'t [u8]),
    /// The text from the number on.
    Number(&'t [u8]),
    Bool(bool),
    Null,
}

/// Reads until something is not JSON, or the value ends.
pub(super) struct Reader<'t> {
    text: &'t [u8],
    /// Whether each of those that are open is an object.
    open: [bool; DEEPEST],
    depth: usize,
    expected: Expected,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A value or, in arrays, also behind a comma, their end.
    Value,
    Key,
    Colon,
    Separator,
    Nothing,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, open: [false; DEEPEST], depth: 0, expected: Expected::Value }
    }

    fn begin(&mut self, object: bool) -> Option<Event<'t>> {
        *self.open.get_mut(self.depth)? = object;
        self.depth += 1;
        self.expected = if object { Expected::Key } else { Expected::Value };
        Some(Event::Open(object))
    }

    fn end(&mut self, object: bool) -> Option<Event<'t>> {
        if self.innermost()? != object {
            return None;
        }
        self.depth -= 1;
        self.value_read();
        Some(Event::Close)
    }

    /// Whether the innermost that is open is an object.
    fn innermost(&self) -> Option<bool> {
        self.open.get(self.depth.checked_sub(1)?).copied()
    }

    fn value_read(&mut self) {
        self.expected = if self.depth == 0 { Expected::Nothing } else { Expected::Separator };
    }

    /// Reads a scalar, of which `first` was read and `rest` follows.
    fn scalar(&mut self, first: u8, rest: &'t [u8]) -> Option<Event<'t>> {
        let all = self.text;
        let (event, behind) = match first {
            b'"' => {
                let (text, behind) = quoted(rest)?;
                (Event::Text(text), behind)
            }
            b'-' | b'0'..=b'9' => {
                let behind = all.get(Number::read(all).length..)?;
                (Event::Number(all), behind)
            }
            b't' => (Event::Bool(true), rest.strip_prefix(b"rue")?),
            b'f' => (Event::Bool(false), rest.strip_prefix(b"alse")?),
            b'n' => (Event::Null, rest.strip_prefix(b"ull")?),
            _ => return None,
        };
        self.text = behind;
        self.value_read();
        Some(event)
    }
}

impl<'t> Iterator for Reader<'t> {
    type Item = Event<'t>;

    fn next(&mut self) -> Option<Event<'t>> {
        loop {
            let blanks = self.text.iter().take_while(|byte| b" \t\n\r".contains(byte)).count();
            self.text = self.text.get(blanks..)?;
            let (first, rest) = self.text.split_first()?;
            match (self.expected, first) {
                (Expected::Value, b'{' | b'[') => {
                    self.text = rest;
                    return self.begin(*first == b'{');
                }
                (Expected::Value, b']')
                | (Expected::Key, b'}')
                | (Expected::Separator, b']' | b'}') => {
                    self.text = rest;
                    return self.end(*first == b'}');
                }
                (Expected::Value, first) => return self.scalar(*first, rest),
                (Expected::Key, b'"') => {
                    let (key, behind) = quoted(rest)?;
                    self.text = behind;
                    self.expected = Expected::Colon;
                    return Some(Event::Key(key));
                }
                (Expected::Colon, b':') => {
                    self.text = rest;
                    self.expected = Expected::Value;
                }
                (Expected::Separator, b',') => {
                    self.text = rest;
                    self.expected = if self.innermost()? { Expected::Key } else { Expected::Value };
                    return Some(Event::Comma);
                }
                _ => return None,
            }
        }
    }
}

/// Splits at the quote that ends a text.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            b'\\' if matches!(text.get(at + 1), Some(b'\\' | b'"')) => at += 2,
            0 => return None,
            _ => at += 1,
        }
    }
}
