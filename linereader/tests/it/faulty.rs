//! A reader that follows a script: so many bytes, then an error, and so on.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};

/// What the next call of `read` does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Gives at most so many bytes.
    Give(usize),
    /// Fails.
    Fail(ErrorKind),
}

/// Reads `input` by the script, and the rest of it in one piece once the script is through.
#[derive(Debug)]
pub(crate) struct Faulty {
    input: VecDeque<u8>,
    script: VecDeque<Step>,
}

impl Faulty {
    pub(crate) fn new(input: &[u8], script: impl IntoIterator<Item = Step>) -> Self {
        Self { input: input.iter().copied().collect(), script: script.into_iter().collect() }
    }

    /// Fails once with `kind` after `at` bytes.
    pub(crate) fn failing_at(input: &[u8], at: usize, kind: ErrorKind) -> Self {
        // A read of nothing would say that the input has ended.
        let before = (at > 0).then_some(Step::Give(at));
        Self::new(input, before.into_iter().chain([Step::Fail(kind)]))
    }

    /// Appends to the input, as a growing file does.
    pub(crate) fn grow(&mut self, bytes: &[u8]) {
        self.input.extend(bytes);
    }
}

impl Read for Faulty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = match self.script.pop_front() {
            Some(Step::Fail(kind)) => return Err(kind.into()),
            Some(Step::Give(count)) => count.max(1),
            None => usize::MAX,
        };
        let room = buffer.len().min(most);
        self.input.read(&mut buffer[..room])
    }
}
