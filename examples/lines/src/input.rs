use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, stdin};
use std::ops::Range;
use std::path::Path;
use std::thread;

use flate2::read::MultiGzDecoder;
use linereader::{ReadError, Section, cut_at};

use crate::args::Options;
use crate::count::{Count, Counted, Counter};
use crate::progress::Progress;

const GZIP: &[u8] = b"\x1f\x8b";

/// Counts what is under a path, or standard input for `-`.
pub(crate) fn count(path: &Path, options: &Options) -> Counted {
    if path.as_os_str() == "-" {
        return stream(stdin().lock(), options);
    }
    file(path, options).unwrap_or_else(failed)
}

fn failed(error: io::Error) -> Counted {
    let failure = Some((ReadError::Io(error), None));
    Counted { count: Count::default(), first_long: None, failure }
}

fn file(path: &Path, options: &Options) -> io::Result<Counted> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    // Some file systems, such as procfs, tell no length.
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(stream(file, options));
    }
    let mut first = Vec::new();
    (&file).take(GZIP.len() as u64).read_to_end(&mut first)?;
    file.rewind()?;
    if first == GZIP {
        return Ok(stream(file, options));
    }

    let length = metadata.len();
    let from = options.from.min(length);
    let progress = Progress::start(Some(length - from));
    // Where it cannot be read to be cut, one worker counts what comes before and names the place.
    if options.threads > 1
        && let Ok(ranges) = cut_at(&file, from..length, options.threads, options.delimiter)
    {
        return Ok(threads(&file, ranges, options, &progress));
    }
    file.seek(SeekFrom::Start(from))?;
    Ok(Counter::new(options, &progress).count(file, from))
}

/// Counts with several workers, each of which reads a range of whole lines.
fn threads(
    file: &File,
    ranges: Vec<Range<u64>>,
    options: &Options,
    progress: &Progress,
) -> Counted {
    let parts: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = ranges
            .into_iter()
            .map(|range| {
                let from = range.start;
                let section = Section::new(file, range);
                scope.spawn(move || Counter::new(options, progress).count(section, from))
            })
            .collect();
        let died = |_| failed(io::Error::other("a worker died"));
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(died)).collect()
    });

    let mut all = Counted { count: Count::default(), first_long: None, failure: None };
    for part in parts {
        if let Some(mut long) = part.first_long {
            long.number += all.count.lines;
            all.first_long.get_or_insert(long);
        }
        all.count.append(&part.count);
        if part.failure.is_some() {
            // What lies behind an unreadable place is counted no further, as with one worker.
            all.failure = part.failure;
            break;
        }
    }
    all
}

/// Counts what can only be read from its beginning, plain or compressed.
fn stream(mut input: impl Read, options: &Options) -> Counted {
    let mut first = Vec::new();
    if let Err(error) = input.by_ref().take(GZIP.len() as u64).read_to_end(&mut first) {
        return failed(error);
    }
    let is_gzip = first == GZIP;
    let input = io::Cursor::new(first).chain(input);
    let progress = Progress::start(None);
    if is_gzip {
        skipped(MultiGzDecoder::new(input), options, &progress)
    } else {
        skipped(input, options, &progress)
    }
}

/// Counts behind the bytes that are to be passed over.
fn skipped(mut input: impl Read, options: &Options, progress: &Progress) -> Counted {
    match io::copy(&mut input.by_ref().take(options.from), &mut io::sink()) {
        Ok(from) => Counter::new(options, progress).count(input, from),
        Err(error) => failed(error),
    }
}
