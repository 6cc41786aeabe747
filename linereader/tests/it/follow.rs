//! A file that grows, is truncated and is rotated, played in memory as a file system would.

use linereader::{Bom, Config, End, FileId, Follow, LineReader, Next, Position, ReadError, Seen};

use crate::faulty::{Faulty, Step};
use crate::naive::Item;

/// Files by their inode, one path, and a follower that holds one of them open.
struct Disk {
    files: Vec<Vec<u8>>,
    path: Option<usize>,
    open: Option<(usize, usize)>,
    follow: Follow,
    found: Vec<Item>,
}

fn id(inode: usize) -> FileId {
    FileId { device: 1, file: inode as u64 }
}

impl Disk {
    fn new(config: Config) -> Self {
        let follow = Follow::new(config);
        Self { files: Vec::new(), path: None, open: None, follow, found: Vec::new() }
    }

    /// A new file takes the path.
    fn create(&mut self, text: &[u8]) {
        self.path = Some(self.files.len());
        self.files.push(text.to_vec());
    }

    fn append(&mut self, inode: usize, text: &[u8]) {
        self.files[inode].extend_from_slice(text);
    }

    fn truncate(&mut self, inode: usize) {
        self.files[inode].clear();
    }

    /// What a program does until it has to wait.
    fn run(&mut self) {
        loop {
            self.read();
            let seen =
                self.path.map(|inode| Seen { id: id(inode), len: self.files[inode].len() as u64 });
            match self.follow.handle_end(seen) {
                Next::Wait => return,
                Next::Read => {}
                Next::Finish => {
                    while let Some(line) = self.follow.finish() {
                        self.found.push(line.map_or_else(Item::from, Item::from));
                    }
                }
                Next::Rewind => self.open = self.open.map(|(inode, _)| (inode, 0)),
                Next::Open => {
                    self.open = self.path.map(|inode| (inode, 0));
                    self.path.into_iter().for_each(|inode| self.follow.handle_opened(id(inode)));
                }
                other => unreachable!("{other:?}"),
            }
        }
    }

    fn read(&mut self) {
        let Some((inode, offset)) = &mut self.open else { return };
        let rest = self.files[*inode].get(*offset..).unwrap_or_default();
        *offset += rest.len();
        let mut lines = self.follow.push(rest);
        while let Some(line) = lines.next() {
            self.found.push(line.map_or_else(Item::from, Item::from));
        }
    }

    fn texts(&self) -> Vec<String> {
        let text = |item: &Item| match item {
            Item::Line { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
            Item::TooLong { .. } => "too long".to_owned(),
        };
        self.found.iter().map(text).collect()
    }
}

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let mut disk = Disk::new(Config::new());
    disk.run();
    assert_eq!(disk.found, []);

    disk.create(b"one\n");
    disk.run();

    assert_eq!(disk.texts(), ["one"]);
}

#[test]
fn a_partial_line_is_held_back_until_it_ends() {
    let mut disk = Disk::new(Config::new());
    disk.create(b"one\ntw");
    disk.run();
    assert_eq!(disk.texts(), ["one"]);

    disk.append(0, b"o\r");
    disk.run();
    assert_eq!(disk.texts(), ["one"]);
    disk.append(0, b"\n");
    disk.run();

    assert_eq!(disk.found.last(), Some(&Item::line(b"two", 4, 2, End::CrLf)));
    assert_eq!(disk.follow.position(), Position { offset: 9, number: 3 });
}

#[test]
fn a_truncated_file_is_read_from_its_beginning_and_glues_nothing() {
    let mut disk = Disk::new(Config::new().bom(Bom::Strip));
    disk.create(b"one\nhalf");
    disk.run();

    disk.truncate(0);
    disk.append(0, b"\xef\xbb\xbfx\n");
    disk.run();

    let expected = [
        Item::line(b"one", 0, 1, End::Lf),
        Item::line(b"half", 4, 2, End::Eof),
        Item::line(b"x", 3, 1, End::Lf),
    ];
    assert_eq!(disk.found, expected);
    assert_eq!(disk.follow.position(), Position { offset: 5, number: 2 });
}

#[test]
fn the_nuls_before_the_first_line_of_a_truncated_file_are_content_and_bounded() {
    // A writer that does not append goes on at its old offset, behind a hole.
    for (limit, holes) in [(100, "\0\0\0x"), (3, "too long")] {
        let mut disk = Disk::new(Config::new().max_line(limit));
        disk.create(b"one\ntwo\n");
        disk.run();
        disk.truncate(0);
        disk.run();

        disk.append(0, b"\0\0\0x\nyes\n");
        disk.run();

        assert_eq!(disk.texts(), ["one", "two", holes, "yes"]);
        assert_eq!(disk.follow.position(), Position { offset: 9, number: 3 });
    }
}

#[test]
fn a_renamed_file_is_read_to_its_end_before_the_next_is_opened() {
    let mut disk = Disk::new(Config::new());
    disk.create(b"one\n");
    disk.run();

    disk.append(0, b"last of the old\nhalf");
    disk.create(b"first of the new\n");
    disk.run();

    assert_eq!(disk.texts(), ["one", "last of the old", "half", "first of the new"]);
    assert_eq!(disk.follow.open_file(), Some(id(1)));
    assert_eq!(disk.follow.position().number, 2);
}

#[test]
fn what_an_old_file_gains_after_the_new_one_was_seen_is_read_as_well() {
    let (old, new) = (id(0), Seen { id: id(1), len: 9 });
    let mut follow = Follow::resume(Config::new(), Position::START, old);
    assert!(follow.push(b"one\n").next().is_some());

    assert_eq!(follow.handle_end(Some(new)), Next::Read);
    assert!(follow.push(b"late\n").next().is_some());
    assert_eq!(follow.handle_end(Some(new)), Next::Open);
}

#[test]
fn a_renamed_file_without_a_successor_is_still_followed() {
    let mut disk = Disk::new(Config::new());
    disk.create(b"one\n");
    disk.run();

    disk.path = None;
    disk.append(0, b"two\n");
    disk.run();

    assert_eq!(disk.texts(), ["one", "two"]);
}

#[test]
fn a_resumed_file_goes_on_where_it_was() {
    let at = Position { offset: 4, number: 2 };
    let mut follow = Follow::resume(Config::new(), at, id(0));

    assert_eq!(follow.handle_end(Some(Seen { id: id(0), len: 8 })), Next::Read);
    let line = follow.push(b"two\n").next().map(|line| Item::from(line.unwrap()));

    assert_eq!(line, Some(Item::line(b"two", 4, 2, End::Lf)));
    assert_eq!(follow.handle_end(Some(Seen { id: id(0), len: 8 })), Next::Wait);
}

#[test]
fn an_iterator_of_owned_lines_ends_after_a_failed_read() {
    let kind = std::io::ErrorKind::IsADirectory;
    let script = [Step::Give(5)].into_iter().chain([Step::Fail(kind); 1000]);
    let mut lines = LineReader::new(Faulty::new(b"one\ntwo\n", script)).lines();

    assert_eq!(lines.next().unwrap().unwrap().bytes(), b"one");
    assert!(matches!(lines.next(), Some(Err(ReadError::Io(_)))));
    assert!(lines.next().is_none());
    assert!(lines.next().is_none());

    let mut reader = lines.into_reader();
    assert!(reader.next_line().is_err());
    assert_eq!(reader.read_offset(), 5);
}

#[test]
fn an_iterator_of_owned_lines_goes_on_behind_a_line_over_the_limit() {
    let config = Config::new().max_line(3);
    let lines = LineReader::with_config(&b"one\nlong\ntwo"[..], config, 4).lines();

    let found: Vec<_> = lines.map(|line| line.map(|line| Item::from(line.as_line()))).collect();

    assert_eq!(found.len(), 3);
    assert!(matches!(found[1], Err(ReadError::TooLong(_))));
    assert_eq!(found[2].as_ref().unwrap(), &Item::line(b"two", 9, 3, End::Eof));
}
