//! Framed streams and asynchronous reading, without a runtime: every poll is made by hand.
#![cfg(feature = "tokio")]

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use linereader::{AsyncLineReader, ChunkDecoder, Config, End, OnLong, ReadError};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::codec::FramedRead;

use crate::naive::{Item, items, items_by};

/// What the next poll does; after the last step the input has ended.
#[derive(Clone, Debug)]
enum Step {
    Give(Vec<u8>),
    Wait,
    Fail(ErrorKind),
}

struct Script(VecDeque<Step>);

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.0.pop_front() {
            Some(Step::Wait) => Poll::Pending,
            Some(Step::Fail(kind)) => Poll::Ready(Err(kind.into())),
            Some(Step::Give(mut bytes)) => {
                let rest = bytes.split_off(bytes.len().min(buffer.remaining()));
                buffer.put_slice(&bytes);
                if !rest.is_empty() {
                    self.0.push_front(Step::Give(rest));
                }
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Ok(())),
        }
    }
}

/// The input in pieces of `size` bytes, with a wait and a failure, if there is one, between any two.
fn script(input: &[u8], size: usize, failure: Option<ErrorKind>) -> Script {
    let steps = input.chunks(size).flat_map(|piece| {
        [Step::Wait, Step::Give(piece.to_vec())].into_iter().chain(failure.map(Step::Fail))
    });
    Script(steps.collect())
}

const INPUT: &[u8] = b"one\r\nmuch too long\n\ntwo\nagain far too long\r\nlast";

/// What a framed stream has up to its first `None`, with a limit of 5 bytes.
fn framed(input: &[u8], size: usize) -> Vec<Item> {
    let decoder = ChunkDecoder::new(Config::new().max_line(5));
    let mut framed = pin!(FramedRead::new(script(input, size, None), decoder));
    let mut context = Context::from_waker(Waker::noop());
    let mut found = Vec::new();
    loop {
        match framed.as_mut().poll_next(&mut context) {
            Poll::Pending => {}
            Poll::Ready(None) => break,
            Poll::Ready(Some(item)) => match item.unwrap() {
                Ok(chunk) => found.extend(chunk.lines().iter().map(Item::from)),
                Err(error) => found.push(error.into()),
            },
        }
    }

    let decoder = framed.decoder();
    let reports = found.iter().filter(|item| matches!(item, Item::TooLong { .. })).count();
    assert_eq!(
        (decoder.position().offset, decoder.overlong()),
        (input.len() as u64, reports as u64)
    );
    found
}

#[test]
fn a_framed_stream_goes_on_behind_a_line_over_the_limit() {
    for size in 1..=INPUT.len() {
        assert_eq!(framed(INPUT, size), items(INPUT, 5), "pieces of {size}");
    }
}

#[test]
fn a_framed_stream_goes_on_behind_bytes_that_are_not_text() {
    let input = b"one\n\xff\xfe\n\xc3\r\nlast\x80";

    for size in 1..=input.len() {
        assert_eq!(framed(input, size), items(input, 5), "pieces of {size}");
    }
}

#[test]
fn a_framed_stream_tells_of_a_long_line_that_the_input_ends() {
    let input = b"12345\r\nmuch too long";

    for size in 1..=input.len() {
        let expected =
            [Item::line(b"12345", 0, 1, End::CrLf), Item::TooLong { offset: 7, number: 2 }];
        assert_eq!(framed(input, size), expected, "pieces of {size}");
    }
}

#[test]
fn a_framed_stream_keeps_a_carriage_return_that_the_input_ends() {
    let input = b"one\r\nx\r";

    for size in 1..=input.len() {
        let expected = [Item::line(b"one", 0, 1, End::CrLf), Item::line(b"x\r", 5, 2, End::Eof)];
        assert_eq!(framed(input, size), expected, "pieces of {size}");
    }
}

#[test]
fn an_interrupted_poll_is_repeated() {
    for size in 1..=INPUT.len() {
        let source = script(INPUT, size, Some(ErrorKind::Interrupted));
        let mut reader = AsyncLineReader::new(source, Config::new(), 8);
        let mut context = Context::from_waker(Waker::noop());
        let mut found = Vec::new();

        loop {
            match pin!(reader.next_line()).poll(&mut context) {
                Poll::Pending => {}
                Poll::Ready(line) => match line.unwrap() {
                    Some(line) => found.push(Item::from(line)),
                    None => break,
                },
            }
        }

        assert_eq!(found, items(INPUT, usize::MAX), "pieces of {size}");
    }
}

#[test]
fn a_dropped_future_and_a_failure_lose_nothing() {
    for on_long in [OnLong::Error, OnLong::Truncate, OnLong::Skip, OnLong::Parts] {
        for (size, capacity) in [(1, 1), (1, 64), (3, 2), (7, 64), (64, 64)] {
            let config = Config::new().max_line(5).on_long(on_long);
            let mut reader = AsyncLineReader::new(
                script(INPUT, size, Some(ErrorKind::WouldBlock)),
                config,
                capacity,
            );
            let mut context = Context::from_waker(Waker::noop());
            let mut found = Vec::new();

            loop {
                // A future for each poll: what is pending is dropped.
                match pin!(reader.next_line()).poll(&mut context) {
                    Poll::Pending | Poll::Ready(Err(ReadError::Io(_))) => {}
                    Poll::Ready(Err(ReadError::TooLong(error))) => found.push(Item::from(error)),
                    Poll::Ready(Ok(Some(line))) => found.push(line.into()),
                    Poll::Ready(Ok(None)) => break,
                    Poll::Ready(Err(error)) => unreachable!("{error}"),
                }
            }

            let (delimiter, bom) = (Default::default(), Default::default());
            let expected = items_by(INPUT, 5, delimiter, on_long, bom);
            assert_eq!(found, expected, "{on_long:?} by {size} and {capacity}");
            assert_eq!(reader.overlong(), 2);
            assert_eq!(reader.position().offset, INPUT.len() as u64);
        }
    }
}

#[test]
fn batches_have_all_lines() {
    let mut reader = AsyncLineReader::new(script(INPUT, 20, None), Config::new(), 16);
    let mut context = Context::from_waker(Waker::noop());
    let mut found = Vec::new();

    loop {
        match pin!(reader.next_batch()).poll(&mut context) {
            Poll::Pending => {}
            Poll::Ready(batch) => match batch.unwrap() {
                Some(batch) => found.extend(batch.iter().map(Item::from)),
                None => break,
            },
        }
    }

    assert_eq!(found, items(INPUT, usize::MAX));
}
