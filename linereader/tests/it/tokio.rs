//! Framed streams and asynchronous reading, without a runtime: every poll is made by hand.
#![cfg(feature = "tokio")]

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use linereader::{AsyncLineReader, ChunkDecoder, Config, OnLong, ReadError};
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

/// The input in pieces of `size` bytes, with a wait and a failure between any two.
fn script(input: &[u8], size: usize, fails: bool) -> Script {
    let steps = input.chunks(size).flat_map(|piece| {
        let fail = fails.then_some(Step::Fail(ErrorKind::WouldBlock));
        [Step::Wait, Step::Give(piece.to_vec())].into_iter().chain(fail)
    });
    Script(steps.collect())
}

const INPUT: &[u8] = b"one\r\nmuch too long\n\ntwo\nagain far too long\r\nlast";

#[test]
fn a_framed_stream_goes_on_behind_a_line_over_the_limit() {
    for size in 1..=INPUT.len() {
        let decoder = ChunkDecoder::new(Config::new().max_line(5));
        let mut framed = pin!(FramedRead::new(script(INPUT, size, false), decoder));
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

        assert_eq!(found, items(INPUT, 5), "pieces of {size}");
    }
}

#[test]
fn a_dropped_future_and_a_failure_lose_nothing() {
    for on_long in [OnLong::Error, OnLong::Truncate, OnLong::Skip, OnLong::Parts] {
        for (size, capacity) in [(1, 1), (1, 64), (3, 2), (7, 64), (64, 64)] {
            let config = Config::new().max_line(5).on_long(on_long);
            let mut reader = AsyncLineReader::new(script(INPUT, size, true), config, capacity);
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
        }
    }
}

#[test]
fn batches_have_all_lines() {
    let mut reader = AsyncLineReader::new(script(INPUT, 20, false), Config::new(), 16);
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
