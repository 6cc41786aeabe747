use crate::{Bom, Delimiter, OnLong};

/// What the splitter and the reader are told beforehand.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Delimiter, OnLong, Splitter};
///
/// let config = Config::new().max_line(64 * 1024).on_long(OnLong::Truncate);
/// let splitter = Splitter::new(config.delimiter(Delimiter::Byte(0)));
/// # let _ = splitter;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) max_line: usize,
    pub(crate) delimiter: Delimiter,
    pub(crate) on_long: OnLong,
    pub(crate) bom: Bom,
    pub(crate) portable: bool,
}

impl Config {
    /// Starts from the defaults: lines of at most 1 MiB that end with LF or CRLF, an error for a
    /// longer one, a byte order mark kept.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_line: 1 << 20,
            delimiter: Delimiter::Lf,
            on_long: OnLong::Error,
            bom: Bom::Keep,
            portable: false,
        }
    }

    /// Sets the longest line that is handed out, in bytes of content without the ending.
    ///
    /// With a limit of 5 both `12345\n` and `12345\r\n` pass. It is also what bounds the memory: an
    /// unfinished line is held in at most this many bytes and one more for a CR. `usize::MAX`
    /// lifts the limit and with it that bound.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, Splitter};
    ///
    /// let mut splitter = Splitter::new(Config::new().max_line(5));
    /// let mut lines = splitter.push(b"12345\r\n123456\n");
    /// assert!(matches!(lines.next(), Some(Ok(line)) if line.bytes() == b"12345"));
    /// assert!(matches!(lines.next(), Some(Err(error)) if error.number == 2));
    /// ```
    #[must_use]
    pub const fn max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }

    /// Sets what ends a line.
    #[must_use]
    pub const fn delimiter(mut self, delimiter: Delimiter) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Sets what happens to a line over the limit.
    #[must_use]
    pub const fn on_long(mut self, on_long: OnLong) -> Self {
        self.on_long = on_long;
        self
    }

    /// Sets what happens to a byte order mark at the beginning of the input.
    #[must_use]
    pub const fn bom(mut self, bom: Bom) -> Self {
        self.bom = bom;
        self
    }

    /// Sets whether ends are looked for in safe code alone, even where the processor has vector
    /// instructions that find them faster.
    ///
    /// The lines are the same. It is for whoever wants no `unsafe` code to run, or to compare the
    /// two.
    #[must_use]
    pub const fn portable(mut self, portable: bool) -> Self {
        self.portable = portable;
        self
    }

    /// The limit that is kept to: a part has at least one byte, or there would be no progress.
    pub(crate) fn limit(&self) -> usize {
        match self.on_long {
            OnLong::Parts => self.max_line.max(1),
            OnLong::Error | OnLong::Truncate | OnLong::Skip => self.max_line,
        }
    }

    /// Whether a byte order mark at the beginning of an input belongs to no line.
    pub(crate) fn strips_mark(&self) -> bool {
        self.bom.is_stripped(self.delimiter)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}
