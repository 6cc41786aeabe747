//! What to look at in a request (configuration manual, 7.3).

mod header;
mod host;
pub(crate) mod keyword;
mod path;
mod sample;

use alloc::boxed::Box;
use core::cell::OnceCell;
use core::ops::ControlFlow;

use crate::request::Request;
pub(crate) use sample::{Kind, Sample};

/// A request while it is decided about, with what need not be looked for twice.
pub(crate) struct View<'r, R: ?Sized> {
    pub(crate) request: &'r R,
    path: OnceCell<Option<&'r [u8]>>,
}

impl<'r, R: Request + ?Sized> View<'r, R> {
    pub(crate) fn new(request: &'r R) -> Self {
        Self { request, path: OnceCell::new() }
    }

    #[inline]
    fn path(&self) -> Option<&'r [u8]> {
        *self.path.get_or_init(|| path::of(self.request.uri()))
    }
}

/// One thing to look at. It may be missing, and headers may have several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fetch {
    AlwaysTrue,
    AlwaysFalse,
    Method,
    Path,
    Version,
    Source,
    /// Every comma-separated value of every line with this name, of all lines without a name; with
    /// an occurrence other than 0 that value alone, counted from the left, or from the right if
    /// negative.
    Header {
        name: Box<[u8]>,
        occurrence: i64,
    },
}

impl Fetch {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::AlwaysTrue | Self::AlwaysFalse => Kind::Bool,
            Self::Method => Kind::Method,
            Self::Source => Kind::Address,
            Self::Path | Self::Version | Self::Header { .. } => Kind::Text,
        }
    }

    /// Shows each sample to `visit` until it breaks; never called when the sample is missing.
    #[inline]
    pub(crate) fn each<R: Request + ?Sized>(
        &self,
        view: &View<'_, R>,
        mut visit: impl FnMut(Sample<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let request = view.request;
        match self {
            Self::AlwaysTrue => visit(Sample::Bool(true)),
            Self::AlwaysFalse => visit(Sample::Bool(false)),
            Self::Method => visit(Sample::Method(request.method())),
            Self::Path => match view.path() {
                Some(path) => visit(Sample::Text(path)),
                None => ControlFlow::Continue(()),
            },
            Self::Version => match memchr::memchr(b'/', request.version()) {
                Some(slash) => {
                    visit(Sample::Text(request.version().get(slash + 1..).unwrap_or_default()))
                }
                None => ControlFlow::Continue(()),
            },
            Self::Source => visit(Sample::Address(request.source().ip())),
            Self::Header { name, occurrence } => {
                header::each(request, name, *occurrence, |value| visit(Sample::Text(value)))
            }
        }
    }
}
