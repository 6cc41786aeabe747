//! Where a redirect sends the client (configuration manual, `redirect`).

use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::ast::RedirectKind;
use crate::fetch::{header, path};
use crate::log_format::Format;
use crate::pipeline::Text;
use crate::request::Request;
use crate::rewritten::Rewritten;

#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    pub(crate) kind: RedirectKind,
    pub(crate) target: Format,
    pub(crate) status: u16,
    pub(crate) drop_query: bool,
    pub(crate) append_slash: bool,
    /// The rule counts for nothing where the location is empty.
    pub(crate) ignore_empty: bool,
}

impl Redirect {
    /// Writes the location to `out`, which is empty.
    #[inline(never)]
    pub(crate) fn write<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        text: &mut Text,
        out: &mut Vec<u8>,
    ) {
        self.target.write(view, text, out);
        match self.kind {
            RedirectKind::Location => return,
            // A prefix of `/` stands for none, so that one can redirect to oneself.
            RedirectKind::Prefix if out == b"/" => out.clear(),
            RedirectKind::Prefix => {}
            RedirectKind::Scheme => {
                out.extend_from_slice(b"://");
                let _ = header::each(view, b"host", 1, header::Unit::Value, |host| {
                    out.extend_from_slice(host);
                    ControlFlow::Break(())
                });
            }
        }
        let rest = if self.drop_query { view.path() } else { path::with_query(view.uri()) };
        out.extend_from_slice(rest.unwrap_or(b"/"));
        if self.append_slash && out.last().is_some_and(|last| *last != b'/') {
            out.push(b'/');
        }
    }
}
