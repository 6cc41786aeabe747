//! Where in a JSON text a value is.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::reader::Event;

/// A path such as `$.store.book[2]`: members by their names, elements by their numbers from 0.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    steps: Box<[Step]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Of this name, as it is escaped in the text.
    Member(Box<[u8]>),
    Element(usize),
    /// To nothing.
    Nowhere,
}

impl Path {
    /// Reads a path; a backslash makes the byte behind it part of a name.
    ///
    /// `None` also for those with something else than a number in `[]`, or something behind it, of
    /// which HAProxy reads what stands behind their end.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let begins = |rest: &&[u8]| matches!(rest, [] | [b'.' | b'[', ..]);
        let Some(mut rest) = text.strip_prefix(b"$").filter(begins) else {
            return Some(Self { steps: [Step::Nowhere].into() });
        };
        let mut steps = Vec::new();
        while let Some((kind, behind)) = rest.split_first() {
            rest = match kind {
                b'.' => {
                    let mut name = Vec::new();
                    let mut bytes = behind;
                    loop {
                        match bytes {
                            [b'\\', byte, after @ ..] => {
                                name.push(*byte);
                                bytes = after;
                            }
                            [b'\\'] => return None,
                            [] | [b'.' | b'[', ..] => break,
                            [byte, after @ ..] => {
                                name.push(*byte);
                                bytes = after;
                            }
                        }
                    }
                    steps.push(Step::Member(name.into()));
                    bytes
                }
                b'[' => {
                    let end = memchr::memchr(b']', behind)?;
                    let (digits, after) = behind.split_at(end);
                    let number = core::str::from_utf8(digits).ok()?;
                    let plain = digits == b"0" || matches!(digits, [b'1'..=b'9', ..]);
                    steps.push(Step::Element(number.parse().ok().filter(|_| plain)?));
                    after.get(1..)?
                }
                _ => return None,
            };
        }
        Some(Self { steps: steps.into() })
    }

    /// Whether there is never a value.
    pub(crate) fn leads_nowhere(&self) -> bool {
        self.steps.contains(&Step::Nowhere)
    }
}

/// A walk to the value, in the way of HAProxy's parser: it goes down where a step fits, never back,
/// and gives up at the next name beside the way.
pub(super) struct Search<'p> {
    /// Those not gone yet.
    steps: &'p [Step],
    /// How many objects and arrays are open.
    depth: usize,
    /// How many steps were gone.
    gone: usize,
    /// Which element of the array under way is read.
    element: usize,
    /// Which of them is wanted.
    wanted: usize,
    /// Whether the value began, and is an object or an array.
    structured: bool,
    over: bool,
}

impl<'p> Search<'p> {
    pub(super) fn new(path: &'p Path) -> Self {
        Self {
            steps: &path.steps,
            depth: 0,
            gone: 0,
            element: 0,
            wanted: 0,
            structured: false,
            over: false,
        }
    }
    /// Takes the next event, and gives it if it is the value.
    pub(super) fn step<'t>(&mut self, event: Event<'t>) -> Option<Event<'t>> {
        if self.over {
            return None;
        }
        match event {
            Event::Open(object) => {
                if !object && self.depth == self.gone {
                    if let Some(Step::Element(wanted)) = self.steps.first() {
                        self.element = 0;
                        self.wanted = *wanted;
                        if self.wanted == 0 {
                            self.go();
                        }
                    }
                }
                self.structured |= self.arrived();
                self.depth += 1;
            }
            Event::Close => {
                self.depth -= 1;
                self.over |= self.structured && self.arrived();
            }
            Event::Comma if self.depth == self.gone + 1 => {
                self.element += 1;
                if self.element == self.wanted {
                    self.go();
                }
            }
            Event::Key(name) if self.depth == self.gone + 1 => {
                if matches!(self.steps.first(), Some(Step::Member(wanted)) if **wanted == *name) {
                    self.go();
                }
            }
            Event::Key(_) => self.over |= self.depth == self.gone,
            Event::Text(_) | Event::Number(_) | Event::Bool(_) | Event::Null => {
                return self.arrived().then_some(event);
            }
            Event::Comma => {}
        }
        None
    }

    fn go(&mut self) {
        self.steps = self.steps.get(1..).unwrap_or_default();
        self.gone += 1;
    }

    fn arrived(&self) -> bool {
        self.depth == self.gone && self.steps.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_names_and_numbers() {
        let parsed = |text: &str| Path::parse(text.as_bytes()).map(|path| path.steps.into_vec());
        let member = |name: &str| Step::Member(name.as_bytes().into());

        assert_eq!(parsed("$"), Some(Vec::new()));
        assert_eq!(
            parsed("$.a.b[10]"),
            Some(Vec::from([member("a"), member("b"), Step::Element(10)]))
        );
        assert_eq!(parsed(r"$.a\.b\[c"), Some(Vec::from([member("a.b[c")])));
        assert_eq!(parsed("$."), Some(Vec::from([member("")])));
        for nowhere in ["", "a", "$a", "0"] {
            assert_eq!(parsed(nowhere), Some(Vec::from([Step::Nowhere])), "{nowhere}");
        }
        for wrong in ["$[1", "$[]", "$[x]", "$[01]", "$[-1]", "$[0]b", "$.a\\"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
