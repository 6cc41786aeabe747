//! Texts with values put in (configuration manual, 8.2.6).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::convert::{LARGEST_TEXT, encoding};
use crate::pipeline::{Pipeline, Text};
use crate::request::Request;
use crate::rewritten::Rewritten;

#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) pieces: Box<[Piece]>,
}

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Literal(Box<[u8]>),
    Value(Pipeline),
}

impl Format {
    /// Appends the text to `out`; a missing value leaves no trace, control characters of values are
    /// percent-encoded. What exceeds the largest text is cut off.
    #[inline(never)]
    pub(crate) fn write<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        text: &mut Text,
        out: &mut Vec<u8>,
    ) {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => out.extend_from_slice(literal),
                Piece::Value(pipeline) => pipeline.one(view, text, |sample| {
                    sample.with_text(|value| value.iter().for_each(|&byte| encode(byte, out)));
                }),
            }
            if out.len() > LARGEST_TEXT {
                return out.truncate(LARGEST_TEXT);
            }
        }
    }
}

fn encode(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'\t' | 0x20..=0x7e | 0x80.. => out.push(byte),
        _ => out.extend([b'%', encoding::digit(byte >> 4), encoding::digit(byte & 15)]),
    }
}
