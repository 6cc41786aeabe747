//! Where the splitter stands, and how to go on from there.

use linereader::{Config, End, Position, Splitter};

use crate::naive::Item;

#[test]
fn a_splitter_resumed_counts_on() {
    let at = Position { offset: 5_000_000_000, number: 77 };
    let mut splitter = Splitter::resume(Config::new(), at);

    let line = splitter.push(b"x\n").next().map(|line| Item::from(line.unwrap()));

    assert_eq!(line, Some(Item::line(b"x", 5_000_000_000, 77, End::Lf)));
    assert_eq!(splitter.position(), Position { offset: 5_000_000_002, number: 78 });
}

#[test]
fn a_position_that_cannot_be_right_does_no_harm() {
    let at = Position { offset: u64::MAX, number: u64::MAX };
    let mut splitter = Splitter::resume(Config::new(), at);

    let mut lines = splitter.push(b"x\ny\nz");
    while let Some(line) = lines.next() {
        let _ = line.unwrap().next_offset();
    }

    assert!(splitter.finish().is_some());
}

#[test]
fn lines_left_untaken_are_pushed_again() {
    let mut splitter = Splitter::new(Config::new());
    assert!(splitter.push(b"on").next().is_none());

    let mut lines = splitter.push(b"e\ntwo\nthr");
    assert!(lines.next().is_some());
    let rest = lines.rest();
    assert_eq!(rest, b"two\nthr");
    assert_eq!(splitter.position(), Position { offset: 4, number: 2 });

    let mut lines = splitter.push(rest);
    let two = lines.next().map(|line| Item::from(line.unwrap()));
    assert_eq!(two, Some(Item::line(b"two", 4, 2, End::Lf)));
    assert!(lines.next().is_none());
    assert_eq!((lines.rest(), splitter.pending()), (&b""[..], 3));
}

#[test]
fn taking_more_after_the_last_line_changes_nothing() {
    let mut splitter = Splitter::new(Config::new());
    let mut lines = splitter.push(b"one\ntw");

    assert!(lines.next().is_some());
    for _ in 0..3 {
        assert!(lines.next().is_none());
        assert!(lines.next_batch().is_none());
    }

    assert_eq!(splitter.pending(), 2);
}
