use crate::{Config, Line, Lines, Position, Splitter, TooLong};

/// Lines of a file that grows, is truncated, is replaced, or is not there yet.
///
/// It opens nothing, reads nothing and looks at no clock: the caller does, and tells what it saw.
///
/// - What is read goes to [`push`](Self::push). A line without its ending is held back.
/// - When a read finds nothing more, and before there is a file at all, the caller looks at what
///   the path leads to and hands that to [`handle_end`](Self::handle_end), which says what to do
///   [`Next`], where the whole loop of a program stands.
/// - After opening the file it calls [`handle_opened`](Self::handle_opened).
///
/// Rotation by rename is known by another [`FileId`] under the path: the file at hand is first read
/// to its end once more, since it may have grown until it was renamed. Rotation by copying and
/// truncating is known by a length below what was read. A file that was truncated and has grown
/// past that place before the caller looks again cannot be told from one that has merely grown.
///
/// # Examples
///
/// ```
/// use linereader::{Config, FileId, Follow, Next, Seen};
///
/// let id = FileId { device: 1, file: 17 };
/// let mut follow = Follow::new(Config::new());
/// assert_eq!(follow.handle_end(None), Next::Wait);
/// assert_eq!(follow.handle_end(Some(Seen { id, len: 4 })), Next::Open);
///
/// follow.handle_opened(id);
/// assert!(follow.push(b"begu").next().is_none());
/// assert_eq!(follow.handle_end(Some(Seen { id, len: 4 })), Next::Wait);
/// assert_eq!(follow.handle_end(Some(Seen { id, len: 7 })), Next::Read);
///
/// let mut lines = follow.push(b"n\nx");
/// assert_eq!(lines.next().transpose()?.map(|line| line.bytes()), Some(&b"begun"[..]));
/// assert!(lines.next().is_none());
///
/// // Truncated: what was held back will never be ended.
/// assert_eq!(follow.handle_end(Some(Seen { id, len: 0 })), Next::Finish);
/// assert_eq!(follow.finish().transpose()?.map(|line| line.bytes()), Some(&b"x"[..]));
/// assert_eq!(follow.handle_end(Some(Seen { id, len: 0 })), Next::Rewind);
/// assert_eq!(follow.position().offset, 0);
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[derive(Debug)]
pub struct Follow {
    splitter: Splitter,
    open: Option<FileId>,
    /// The path was seen to lead elsewhere, and the file at hand is read once more.
    draining: bool,
}

impl Follow {
    /// Begins without a file.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { splitter: Splitter::new(config), open: None, draining: false }
    }

    /// Begins with a file that is open and stands at the beginning of the line at `at`.
    #[must_use]
    pub fn resume(config: Config, at: Position, open: FileId) -> Self {
        Self { splitter: Splitter::resume(config, at), open: Some(open), draining: false }
    }

    /// Takes what was read and lends the lines that end in it; see [`Splitter::push`].
    pub fn push<'s, 'c>(&'s mut self, chunk: &'c [u8]) -> Lines<'s, 'c> {
        self.splitter.push(chunk)
    }

    /// Takes what the path leads to, after a read that found nothing more or without a file, and
    /// says what to do; `None` if there is nothing under the path.
    ///
    /// Whatever it says, the caller does it and looks again.
    pub fn handle_end(&mut self, seen: Option<Seen>) -> Next {
        let Some(seen) = seen else {
            // A file renamed away may still grow, and nothing has taken its place.
            self.draining = false;
            return Next::Wait;
        };
        let Some(open) = self.open else { return Next::Open };
        if seen.id != open {
            if !self.draining {
                self.draining = true;
                return Next::Read;
            }
            return if self.holds_back() { Next::Finish } else { Next::Open };
        }

        self.draining = false;
        let read = self.splitter.position().offset.wrapping_add(self.splitter.pending());
        if seen.len > read {
            return Next::Read;
        }
        if seen.len == read {
            return Next::Wait;
        }
        if self.holds_back() {
            return Next::Finish;
        }
        self.splitter.restart();
        Next::Rewind
    }

    /// Begins with the file that was opened, from its first byte on and with line 1.
    ///
    /// The identity is that of the open file, since the path may lead elsewhere by now. A line held
    /// back from the file before is dropped, unless it was taken with [`finish`](Self::finish).
    pub fn handle_opened(&mut self, id: FileId) {
        self.splitter.restart();
        self.open = Some(id);
        self.draining = false;
    }

    /// Hands out the line that is held back, without an ending; called until it answers `None`.
    ///
    /// It is for [`Next::Finish`], and for a caller that has waited long enough; what comes
    /// afterwards is then a line of its own.
    ///
    /// # Errors
    ///
    /// As [`Splitter::finish`].
    pub fn finish(&mut self) -> Option<Result<Line<'_>, TooLong>> {
        self.splitter.finish()
    }

    /// Returns where in the file at hand to resume later; see [`Splitter::position`].
    #[must_use]
    pub fn position(&self) -> Position {
        self.splitter.position()
    }

    /// Returns the identity of the file at hand.
    #[must_use]
    pub fn open_file(&self) -> Option<FileId> {
        self.open
    }

    fn holds_back(&self) -> bool {
        self.splitter.pending() > 0
    }
}

/// What tells one file from another, whatever its name.
///
/// On Unix it is the device and the inode, on Windows the volume and the file index. A file that
/// is held open keeps its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The device or volume.
    pub device: u64,
    /// The inode or file index.
    pub file: u64,
}

/// What a path leads to.
///
/// [`Next`] has an example that looks at files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// Which file it is.
    pub id: FileId,
    /// Its length in bytes.
    pub len: u64,
}

/// What the caller of [`Follow`] does next.
///
/// # Examples
///
/// What a program does with files, up to where it has to wait:
///
/// ```
/// # #[cfg(unix)]
/// # fn main() -> std::io::Result<()> {
/// use std::fs::{self, File, Metadata};
/// use std::io::{self, Read, Seek, Write};
/// use std::os::unix::fs::MetadataExt;
/// use std::path::Path;
///
/// use linereader::{Config, FileId, Follow, Next, Seen};
///
/// fn id(metadata: &Metadata) -> FileId {
///     FileId { device: metadata.dev(), file: metadata.ino() }
/// }
///
/// fn run(
///     path: &Path,
///     follow: &mut Follow,
///     file: &mut Option<File>,
///     visit: &mut impl FnMut(&[u8]),
/// ) -> io::Result<()> {
///     let mut buffer = [0; 16 * 1024];
///     loop {
///         while let Some(open) = file {
///             let chunk = match open.read(&mut buffer) {
///                 Ok(0) => break,
///                 Ok(count) => &buffer[..count],
///                 Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
///                 Err(error) => return Err(error),
///             };
///             let mut lines = follow.push(chunk);
///             while let Some(line) = lines.next() {
///                 // One over the limit is passed over here.
///                 let _ = line.map(|line| visit(line.bytes()));
///             }
///         }
///         let seen = fs::metadata(path).ok();
///         let seen = seen.map(|seen| Seen { id: id(&seen), len: seen.len() });
///         match follow.handle_end(seen) {
///             Next::Wait => return Ok(()),
///             Next::Read => {}
///             Next::Finish => {
///                 while let Some(line) = follow.finish() {
///                     let _ = line.map(|line| visit(line.bytes()));
///                 }
///             }
///             Next::Rewind => {
///                 if let Some(open) = file {
///                     open.rewind()?;
///                 }
///             }
///             Next::Open => match File::open(path) {
///                 Ok(open) => {
///                     follow.handle_opened(id(&open.metadata()?));
///                     *file = Some(open);
///                 }
///                 // Gone again, as the next look will tell.
///                 Err(error) if error.kind() == io::ErrorKind::NotFound => {}
///                 Err(error) => return Err(error),
///             },
///             other => unreachable!("{other:?} is not known"),
///         }
///     }
/// }
///
/// let path = std::env::temp_dir().join(format!("follow-{}.log", std::process::id()));
/// let (mut follow, mut file, mut found) = (Follow::new(Config::new()), None, Vec::new());
/// let mut visit = |line: &[u8]| found.push(String::from_utf8_lossy(line).into_owned());
///
/// fs::write(&path, "one\nha")?;
/// run(&path, &mut follow, &mut file, &mut visit)?;
/// File::options().append(true).open(&path)?.write_all(b"lf\n")?;
/// run(&path, &mut follow, &mut file, &mut visit)?;
/// fs::rename(&path, path.with_extension("1"))?;
/// fs::write(&path, "rotated\n")?;
/// run(&path, &mut follow, &mut file, &mut visit)?;
/// # fs::remove_file(path.with_extension("1"))?;
/// fs::remove_file(&path)?;
/// assert_eq!(found, ["one", "half", "rotated"]);
/// # Ok(())
/// # }
/// # #[cfg(not(unix))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Next {
    /// Wait, read what the file at hand has gained by then, if there is one, and look again.
    Wait,
    /// Read the file at hand to its end, then look again.
    Read,
    /// Take the line held back with [`Follow::finish`], since its ending will not come, then look
    /// again.
    Finish,
    /// Seek the file at hand to its beginning and read it: it was truncated, and lines count from 1.
    Rewind,
    /// Open what the path leads to, call [`Follow::handle_opened`] and read it.
    Open,
}
