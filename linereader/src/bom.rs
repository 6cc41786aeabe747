use crate::Delimiter;

/// What happens to a UTF-8 byte order mark, the bytes `EF BB BF`, at the beginning of the input.
///
/// # Examples
///
/// ```
/// use linereader::{Bom, Config, Splitter};
///
/// let mut splitter = Splitter::new(Config::new().bom(Bom::Strip));
/// let mut lines = splitter.push(b"\xef\xbb\xbfone\n");
/// let one = lines.next().transpose()?.map(|line| (line.offset(), line.bytes().to_vec()));
/// assert_eq!(one, Some((3, b"one".to_vec())));
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bom {
    /// It is content of the first line, as every other byte.
    #[default]
    Keep,
    /// It belongs to no line and counts for no limit: the first line begins at offset 3. Anywhere
    /// but at offset 0 the three bytes are content.
    ///
    /// With one of them as the [`Delimiter::Byte`] there is no mark: they end lines, as always.
    Strip,
}

const MARK: &[u8] = b"\xef\xbb\xbf";

impl Bom {
    /// Whether an input that `delimiter` divides may begin with a mark to be stripped.
    pub(crate) fn is_stripped(self, delimiter: Delimiter) -> bool {
        let divides = matches!(delimiter, Delimiter::Byte(byte) if MARK.contains(&byte));
        self == Self::Strip && !divides
    }
}

/// What the first bytes of an input tell about a byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// There is one.
    Whole,
    /// There may be one, once more bytes come.
    Begun,
    /// There is none.
    None,
}

impl Mark {
    /// Looks at an input that begins with `held` and then `chunk`.
    pub(crate) fn of(held: &[u8], chunk: &[u8]) -> Self {
        let mut bytes = held.iter().chain(chunk);
        for expected in MARK {
            match bytes.next() {
                Some(byte) if byte == expected => {}
                Some(_) => return Self::None,
                None => return Self::Begun,
            }
        }
        Self::Whole
    }

    /// Bytes of a whole mark.
    pub(crate) const WIDTH: usize = MARK.len();
}
