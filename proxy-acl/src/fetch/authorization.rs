//! What a client tells in `Authorization` (RFC 9110, 11.6.2; RFC 7617; RFC 6750).

use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::header::{self, Unit};
use crate::convert::encoding::from_base64;
use crate::request::Request;

/// A scheme that HAProxy knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Basic,
    Bearer,
}

/// The scheme that the first value of `Authorization` names; HAProxy is content with the beginning
/// of the name, so that `B` is `Basic`.
pub(super) fn scheme<R: Request + ?Sized>(request: &R) -> Option<Scheme> {
    with_first(request, b"authorization", |value| split(value).and_then(|(name, _)| named(name)))
}

/// Appends the name and the password to `out`, with the colon between them.
pub(super) fn credentials<R: Request + ?Sized>(request: &R, out: &mut Vec<u8>) -> Option<()> {
    with_first(request, b"authorization", |value| {
        let (name, encoded) = split(value)?;
        if named(name)? != Scheme::Basic {
            return None;
        }
        from_base64(encoded, out)?;
        memchr::memchr(b':', out).map(|_| ())
    })
}

/// Appends the token in the header of this name to `out`, in `Authorization` if the name is empty; in
/// others the name of the scheme is whole.
pub(super) fn token<R: Request + ?Sized>(
    request: &R,
    header: &[u8],
    out: &mut Vec<u8>,
) -> Option<()> {
    let usual = header.is_empty();
    let header = if usual { b"authorization" } else { header };
    with_first(request, header, |value| {
        let (name, token) = split(value)?;
        let bearer = if usual {
            named(name) == Some(Scheme::Bearer)
        } else {
            name.eq_ignore_ascii_case(b"bearer")
        };
        out.extend_from_slice(if bearer { token } else { return None });
        (!token.is_empty()).then_some(())
    })
}

fn with_first<R: Request + ?Sized, T>(
    request: &R,
    header: &[u8],
    look: impl FnOnce(&[u8]) -> Option<T>,
) -> Option<T> {
    let mut look = Some(look);
    let mut seen = None;
    let _ = header::each(request, header, 1, Unit::Value, |value| {
        seen = look.take().and_then(|look| look(value));
        ControlFlow::Break(())
    });
    seen
}

/// The scheme and what stands behind the blanks.
fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = memchr::memchr(b' ', value)?;
    let (name, rest) = value.split_at(blank);
    let start = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
    Some((name, rest.get(start..)?))
}

fn named(name: &[u8]) -> Option<Scheme> {
    let begins = |whole: &[u8]| {
        whole.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    if begins(b"Basic") { Some(Scheme::Basic) } else { begins(b"Bearer").then_some(Scheme::Bearer) }
}
