use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write, stdout};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use linereader::{Config, DEFAULT_CAPACITY, FileId, Follow, Line, Next, Position, Seen, TooLong};

use crate::args::Options;

const PERIOD: Duration = Duration::from_millis(100);

/// Prints the lines of a file as they come, through truncation and rotation.
///
/// # Errors
///
/// What reading the file or writing to standard output fails with. It does not return otherwise.
pub(crate) fn follow(path: &Path, options: &Options) -> io::Result<()> {
    let config = Config::new()
        .max_line(options.max_line)
        .on_long(options.on_long)
        .delimiter(options.delimiter);
    let mut follow = Follow::new(config);
    let mut file: Option<File> = None;
    let mut buffer = vec![0; DEFAULT_CAPACITY];
    if options.from > 0 {
        let mut open = File::open(path)?;
        let at = Position { offset: open.seek(SeekFrom::Start(options.from))?, number: 1 };
        follow = Follow::resume(config, at, id(&open.metadata()?));
        file = Some(open);
    }

    loop {
        if let Some(file) = &mut file {
            read(file, &mut buffer, &mut follow)?;
        }
        let seen = match path.metadata() {
            Ok(metadata) => Some(Seen { id: id(&metadata), len: metadata.len() }),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match follow.handle_end(seen) {
            Next::Read => {}
            Next::Finish => {
                while let Some(line) = follow.finish() {
                    print(line)?;
                }
            }
            Next::Rewind => file.iter_mut().try_for_each(Seek::rewind)?,
            Next::Open => match File::open(path) {
                Ok(open) => {
                    follow.handle_opened(id(&open.metadata()?));
                    file = Some(open);
                }
                // It was there a moment ago: rotation goes on.
                Err(error) if error.kind() == ErrorKind::NotFound => sleep(PERIOD),
                Err(error) => return Err(error),
            },
            Next::Wait | _ => sleep(PERIOD),
        }
    }
}

/// Reads and prints up to what is the file's end at the moment.
fn read(file: &mut File, buffer: &mut [u8], follow: &mut Follow) -> io::Result<()> {
    loop {
        let chunk = match file.read(buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut lines = follow.push(chunk);
        while let Some(line) = lines.next() {
            print(line)?;
        }
        stdout().flush()?;
    }
}

fn print(line: Result<Line<'_>, TooLong>) -> io::Result<()> {
    match line {
        Ok(line) => {
            let mut stdout = stdout().lock();
            stdout.write_all(line.bytes())?;
            stdout.write_all(b"\n")
        }
        Err(error) => {
            eprintln!("lines: {error}");
            Ok(())
        }
    }
}

#[cfg(unix)]
fn id(metadata: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    FileId { device: metadata.dev(), file: metadata.ino() }
}

/// Elsewhere a file is known by when it was made.
#[cfg(not(unix))]
fn id(metadata: &Metadata) -> FileId {
    let made = metadata.created().ok();
    let since = made.and_then(|made| made.duration_since(std::time::UNIX_EPOCH).ok());
    FileId { device: 0, file: since.map_or(0, |since| since.as_nanos() as u64) }
}
