//! Lines that outlive the buffer.
#![cfg(feature = "bytes")]

use bytes::Bytes;
use linereader::{Chunk, Config, Delimiter, LineReader, OnLong, Splitter, TooLong};

use crate::naive::{Item, items};

/// The chunks of an input pushed in two pieces.
fn chunks(input: &Bytes, cut: usize, config: Config) -> Result<Vec<Chunk>, TooLong> {
    let mut splitter = Splitter::new(config);
    let mut chunks = Vec::new();
    for piece in [input.slice(..cut), input.slice(cut..)] {
        let mut lines = splitter.push(&piece);
        while let Some(batch) = lines.next_batch() {
            chunks.push(Chunk::share(&batch?, &piece));
        }
    }
    assert_eq!(splitter.pending(), 0);
    Ok(chunks)
}

#[test]
fn chunks_have_the_lines_of_the_batches_wherever_the_input_is_cut() {
    let input = Bytes::from_static(b"\none\r\n\nthree\n\r\nfive five five\n");
    let expected = items(&input, usize::MAX);

    for cut in 0..=input.len() {
        let chunks = chunks(&input, cut, Config::new()).unwrap();

        let lines = chunks.iter().flat_map(|chunk| chunk.lines()).map(Item::from);
        assert_eq!(lines.collect::<Vec<_>>(), expected, "cut at {cut}");
    }
}

#[test]
fn a_chunk_shares_the_bytes_it_came_from() {
    let input = Bytes::from_static(b"one\n\ntwo\n");
    let chunks = chunks(&input, 0, Config::new()).unwrap();

    let [chunk] = &chunks[..] else { unreachable!("one scan finds all: {chunks:?}") };
    assert_eq!(chunk.len(), 3);
    let two = chunk.line_bytes(2).unwrap();
    assert_eq!(two, &b"two"[..]);
    assert!(input.as_ptr_range().contains(&two.as_ptr()));
    assert_eq!(chunk.line_bytes(1), Some(Bytes::new()));
    assert_eq!(chunk.line_bytes(3), None);
}

#[test]
fn parts_keep_their_flags_in_a_chunk() {
    let config = Config::new().max_line(4).on_long(OnLong::Parts);
    let input = Bytes::from_static(b"123456\nx\n");

    for cut in 0..=input.len() {
        let chunks = chunks(&input, cut, config).unwrap();

        let lines = chunks.iter().flat_map(|chunk| chunk.lines());
        let flags: Vec<_> = lines.map(|line| (line.is_first(), line.is_last())).collect();
        assert_eq!(flags, [(true, false), (false, true), (true, true)], "cut at {cut}");
    }
}

#[test]
fn a_batch_of_a_reader_is_copied_into_a_chunk_that_can_be_sent() {
    let config = Config::new().delimiter(Delimiter::Byte(0));
    let mut reader = LineReader::with_config(&b"one\0two\0three"[..], config, 9);
    let mut chunks = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        chunks.push(Chunk::from(&batch));
    }
    drop(reader);

    let texts = std::thread::spawn(move || {
        let lines = chunks.iter().flat_map(|chunk| chunk.lines());
        lines.map(|line| (line.number(), line.bytes().to_vec())).collect::<Vec<_>>()
    });

    let expected = [(1, b"one".to_vec()), (2, b"two".to_vec()), (3, b"three".to_vec())];
    assert_eq!(texts.join().unwrap(), expected);
}
