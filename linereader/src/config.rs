/// What the splitter and the reader are told beforehand.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Splitter};
///
/// let splitter = Splitter::new(Config::new().max_line(64 * 1024));
/// # let _ = splitter;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) max_line: usize,
}

impl Config {
    /// Starts from the defaults: lines of at most 1 MiB.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_line: 1 << 20 }
    }

    /// Sets the longest line that is handed out, in bytes of content without the ending.
    ///
    /// With a limit of 5 both `12345\n` and `12345\r\n` pass. It is also what bounds the memory: an
    /// unfinished line is held in at most this many bytes and one more for a CR. `usize::MAX`
    /// lifts the limit and with it that bound.
    #[must_use]
    pub const fn max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}
