/// What happens to a line over the limit of [`Config::max_line`](crate::Config::max_line).
///
/// Whatever is chosen, the line counts as one, the memory stays bounded, and the lines behind it
/// come as usual. [`Splitter::overlong`](crate::Splitter::overlong) tells how many there were.
///
/// # Examples
///
/// ```
/// use linereader::{Config, OnLong, Splitter};
///
/// let mut splitter = Splitter::new(Config::new().max_line(4).on_long(OnLong::Parts));
/// let mut lines = splitter.push(b"123456789\nnext\n");
///
/// let mut parts = Vec::new();
/// while let Some(line) = lines.next().transpose()? {
///     parts.push((line.number(), line.to_str()?.to_owned(), line.is_first(), line.is_last()));
/// }
/// assert_eq!(parts, [
///     (1, "1234".to_owned(), true, false),
///     (1, "5678".to_owned(), false, false),
///     (1, "9".to_owned(), false, true),
///     (2, "next".to_owned(), true, true),
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnLong {
    /// It is reported once as [`TooLong`](crate::TooLong) and passed over.
    #[default]
    Error,
    /// As many bytes as the limit allows are handed out, with [`End::Cut`](crate::End::Cut); the
    /// rest is passed over.
    Truncate,
    /// It is passed over and only counted.
    Skip,
    /// All of it is handed out, in parts of exactly as many bytes as the limit allows, the last of
    /// 1 byte or more. Every part but the last has [`End::Cut`](crate::End::Cut). A limit of 0
    /// counts as 1.
    Parts,
}
