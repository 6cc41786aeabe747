//! Which readers of lines lose something when their source fails: ours does not, and the check that
//! says so finds the others out.

use std::io::{self, BufRead, BufReader, ErrorKind};

use bstr::io::BufReadExt;
use linereader::testing::{Damage, FailOnce, Found, survives_errors};
use linereader::{LineReader, ReadError};

const INPUT: &[u8] = b"GET /\r\n\nshort\n\rlast line of all, not ended\r";

fn io_error(error: ReadError) -> io::Error {
    match error {
        ReadError::Io(error) => error,
        other @ (ReadError::TooLong(_) | _) => io::Error::other(other),
    }
}

/// A buffer of 1 byte grows with each line, one of 8 is filled often, the last one holds all.
const CAPACITIES: [usize; 3] = [1, 8, 128 * 1024];

#[test]
fn our_lines_survive() {
    for capacity in CAPACITIES {
        let survived = survives_errors(INPUT, |source| {
            let mut reader = LineReader::with_config(source, linereader::Config::new(), capacity);
            move || {
                let line = reader.next_line().map(|line| line.map(|line| line.bytes().to_vec()));
                line.map_err(io_error).transpose()
            }
        });

        assert_eq!(survived, Ok(()), "{capacity}");
    }
}

#[test]
fn our_batches_survive() {
    for capacity in CAPACITIES {
        let survived = survives_errors(INPUT, |source| {
            let mut reader = LineReader::with_config(source, linereader::Config::new(), capacity);
            let mut lines = Vec::new().into_iter();
            move || {
                if lines.len() == 0 {
                    match reader.next_batch().map_err(io_error) {
                        Ok(batch) => {
                            let batch = batch?.iter().map(|line| line.bytes().to_vec());
                            lines = batch.collect::<Vec<_>>().into_iter();
                        }
                        Err(error) => return Some(Err(error)),
                    }
                }
                lines.next().map(Ok)
            }
        });

        assert_eq!(survived, Ok(()), "{capacity}");
    }
}

fn damage<'i, N>(open: impl Fn(FailOnce<'i>) -> N) -> Option<Damage>
where
    N: FnMut() -> Option<io::Result<Vec<u8>>>,
{
    survives_errors(b"aaa\nbbbb\ncc\n", open).err()
}

#[test]
fn std_loses_the_beginning_of_a_line() {
    let damage = damage(|source| {
        let mut lines = BufReader::new(source).lines();
        move || lines.next().map(|line| line.map(String::into_bytes))
    });

    let damage = damage.map(|damage| (damage.kind, damage.at, damage.line, damage.found));
    assert_eq!(damage, Some((ErrorKind::WouldBlock, 1, 1, Found::Line(b"aa".to_vec()))));
}

#[test]
fn bstr_loses_the_beginning_of_a_line() {
    let damage = damage(|source| {
        let mut reader = BufReader::new(source);
        move || {
            let mut found = None;
            let read = reader.for_byte_line(|line| {
                found = Some(line.to_vec());
                Ok(false)
            });
            read.map(|()| found).transpose()
        }
    });

    let damage = damage.map(|damage| (damage.kind, damage.at, damage.line, damage.found));
    assert_eq!(damage, Some((ErrorKind::WouldBlock, 1, 1, Found::Line(b"aa".to_vec()))));
}

#[test]
fn the_other_linereader_makes_up_lines_and_panics() {
    let open = |source| {
        let mut reader = linereader_published::LineReader::new(source);
        move || reader.next_line().map(|line| line.map(<[u8]>::to_vec))
    };

    let first = damage(open).map(|damage| (damage.kind, damage.at, damage.line, damage.found));
    assert_eq!(first, Some((ErrorKind::WouldBlock, 1, 1, Found::Line(b"a".to_vec()))));

    // The bytes of two lines in one that never was, and then the end of it.
    let mut next = open(FailOnce::new(b"aaa\nbbbb\ncc\n", 6, ErrorKind::WouldBlock));
    assert_eq!(next().and_then(Result::ok), Some(b"aaa\n".to_vec()));
    assert!(next().is_some_and(|line| line.is_err()));
    assert_eq!(next().and_then(Result::ok), Some(b"bba\n".to_vec()));
    let panicked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| while next().is_some() {}));
    assert!(panicked.is_err());
}
