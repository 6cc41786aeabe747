use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::vec;
use std::vec::Vec;

use crate::Delimiter;

/// What can be read at an offset by several workers at once, such as a file.
///
/// # Examples
///
/// ```
/// use std::io;
/// use std::sync::Mutex;
///
/// use linereader::{LineReader, ReadAt, ReadError, Section};
///
/// /// Counts the bytes that workers read.
/// struct Counted<'r, R: ?Sized>(&'r R, Mutex<usize>);
///
/// impl<R: ReadAt + ?Sized> ReadAt for Counted<'_, R> {
///     fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
///         let count = self.0.read_at(buffer, offset)?;
///         if let Ok(mut sum) = self.1.lock() {
///             *sum += count;
///         }
///         Ok(count)
///     }
/// }
///
/// let log = b"one\ntwo\n".as_slice(); // or a File
/// let input = Counted(log, Mutex::new(0));
/// LineReader::new(Section::new(&input, 4..8)).for_each(|line| assert_eq!(line.bytes(), b"two"))?;
/// assert_eq!(input.1.into_inner().ok(), Some(4));
/// # Ok::<(), ReadError>(())
/// ```
pub trait ReadAt {
    /// Reads bytes from `offset` on into `buffer` and returns how many; 0 only at the end of the
    /// input or for an empty buffer.
    ///
    /// # Errors
    ///
    /// Whatever the input fails with; [`ErrorKind::Interrupted`] is tried again.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        self.get(start..).unwrap_or_default().read(buffer)
    }
}

#[cfg(unix)]
impl ReadAt for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }
}

/// It moves the file's own position, which [`Section`] never looks at.
#[cfg(windows)]
impl ReadAt for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

/// Bytes read at once to find where to cut; most lines end within them.
const PROBE: usize = 4096;

/// Cuts the bytes `range` of `input`, at whose start a line begins, into at most `count` ranges of
/// about the same length, for as many workers.
///
/// As with [`cut`](crate::cut) each line belongs to exactly one range. A [`Section`] reads one, and
/// [`LineReader::resume`](crate::LineReader::resume) gives its lines the offsets they have in the
/// whole input. For each cut the input is read from there to the end of one line.
///
/// # Errors
///
/// Whatever the input fails with, but [`ErrorKind::Interrupted`].
///
/// # Examples
///
/// ```
/// use linereader::{
///     Config, DEFAULT_CAPACITY, Delimiter, LineReader, Position, ReadError, Section, cut_at,
/// };
///
/// let input = &b"one\ntwo\nthree\nfour\n"[..];
/// let ranges = cut_at(input, 0..input.len() as u64, 2, Delimiter::Lf).map_err(ReadError::Io)?;
///
/// let counts = std::thread::scope(|scope| {
///     let workers = ranges.into_iter().map(|range| {
///         scope.spawn(move || {
///             let at = Position { offset: range.start, number: 1 };
///             let section = Section::new(input, range);
///             let mut reader = LineReader::resume(section, Config::new(), DEFAULT_CAPACITY, at);
///             reader.for_each(|_| {}).map(|()| reader.position().number - 1)
///         })
///     });
///     let workers: Vec<_> = workers.collect();
///     workers.into_iter().map(|worker| worker.join().expect("it does not panic")).collect()
/// });
/// let counts: Result<Vec<u64>, ReadError> = counts;
/// assert_eq!(counts?.iter().sum::<u64>(), 4);
/// # Ok::<(), ReadError>(())
/// ```
///
/// Records are divided the same way, once each cut is moved on to where a record begins; a worker
/// feeds a [`RecordSplitter`](crate::RecordSplitter) from its section:
///
/// ```
/// use std::ops::Range;
///
/// use linereader::{
///     Config, DEFAULT_CAPACITY, Delimiter, LineReader, OnLong, Position, ReadAt, ReadError,
///     Section, cut_at,
/// };
///
/// fn cut_records<R: ReadAt + ?Sized>(
///     input: &R,
///     len: u64,
///     count: usize,
///     starts: impl Fn(&[u8]) -> bool,
/// ) -> Result<Vec<Range<u64>>, ReadError> {
///     // Of a line over the limit its beginning tells enough.
///     let config = Config::new().on_long(OnLong::Truncate);
///     let mut ranges = Vec::new();
///     let mut start = 0;
///     for range in cut_at(input, 0..len, count, Delimiter::Lf).map_err(ReadError::Io)?.iter().skip(1) {
///         let at = Position { offset: range.start, number: 1 };
///         let section = Section::new(input, range.start..len);
///         let mut reader = LineReader::resume(section, config, DEFAULT_CAPACITY, at);
///         while let Some(line) = reader.next_line()? {
///             if starts(line.bytes()) {
///                 ranges.push(start..line.offset());
///                 start = line.offset();
///                 break;
///             }
///         }
///     }
///     ranges.push(start..len);
///     ranges.retain(|range| !range.is_empty());
///     Ok(ranges)
/// }
///
/// let log = &b"ERROR no route\n\tat Net.java:5\n\tat Main.java:9\nINFO next\n"[..];
/// let ranges = cut_records(log, log.len() as u64, 2, |line| !line.starts_with(b"\t"))?;
/// assert_eq!(ranges, [0..46, 46..56]);
/// # Ok::<(), ReadError>(())
/// ```
pub fn cut_at<R: ReadAt + ?Sized>(
    input: &R,
    range: Range<u64>,
    count: usize,
    delimiter: Delimiter,
) -> io::Result<Vec<Range<u64>>> {
    let mut ranges = Vec::new();
    let mut rest = range;
    for count in (1..=count.max(1) as u64).rev() {
        if rest.is_empty() {
            break;
        }
        let end = if count == 1 {
            rest.end
        } else {
            let before = rest.start + ((rest.end - rest.start) / count).saturating_sub(1);
            line_end(input, before..rest.end, delimiter)?
        };
        ranges.push(rest.start..end);
        rest.start = end;
    }
    Ok(ranges)
}

/// Where the first ending in `range` ends; its end if there is none.
fn line_end<R: ReadAt + ?Sized>(
    input: &R,
    range: Range<u64>,
    delimiter: Delimiter,
) -> io::Result<u64> {
    let mut section = Section::new(input, range);
    let mut buffer = vec![0; PROBE];
    let mut after_cr = false;
    loop {
        let start = section.rest.start;
        let read = match section.read(&mut buffer) {
            Ok(0) => return Ok(section.rest.end),
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Some(count) = delimiter.find(read, after_cr) {
            return Ok(start + count as u64);
        }
        after_cr = read.last() == Some(&b'\r');
    }
}

/// A range of bytes of something that can be read at an offset, as a [`Read`].
///
/// # Examples
///
/// ```
/// use linereader::{LineReader, ReadError, Section};
///
/// let input = &b"one\ntwo\nthree\n"[..];
/// let mut reader = LineReader::new(Section::new(input, 4..8));
/// assert_eq!(reader.next_line()?.map(|line| line.bytes()), Some(&b"two"[..]));
/// assert!(reader.next_line()?.is_none());
/// # Ok::<(), ReadError>(())
/// ```
#[derive(Debug)]
pub struct Section<'r, R: ?Sized> {
    input: &'r R,
    rest: Range<u64>,
}

impl<'r, R: ReadAt + ?Sized> Section<'r, R> {
    /// Reads the bytes `range` of `input`, and fewer if it ends before.
    pub fn new(input: &'r R, range: Range<u64>) -> Self {
        Self { input, rest: range }
    }
}

impl<R: ReadAt + ?Sized> Read for Section<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.rest.end.saturating_sub(self.rest.start);
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let Some(room @ [_, ..]) = buffer.get_mut(..most) else { return Ok(0) };
        let count = self.input.read_at(room, self.rest.start)?;
        self.rest.start += count.min(most) as u64;
        Ok(count)
    }
}
