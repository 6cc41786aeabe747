//! A fetch and its converters.

use alloc::boxed::Box;
use alloc::string::String;
use core::cell::{Cell, RefCell};
use core::ops::ControlFlow;

use crate::asked::{Asked, Missing};
use crate::convert::{self, Buffers, Converter};
use crate::fetch::{Fetch, Kind, Room, Sample, Subject};
use crate::request::Request;
use crate::rewritten::Rewritten;
use crate::value::Value;

#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    pub(crate) fetch: Fetch,
    pub(crate) converters: Box<[Converter]>,
}

/// Room for samples that must be put together, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    fetched: Room,
    converted: Buffers,
}

impl Text {
    /// What the caller was asked for in vain.
    pub(crate) fn missing(&self) -> &Missing {
        &self.fetched.missing
    }

    /// Remembers that the caller did not give the value of this number.
    pub(crate) fn miss(&mut self, number: usize) {
        self.fetched.missing.insert(number);
    }

    /// Forgets what was missing, and makes room for this many numbers.
    #[inline]
    pub(crate) fn start(&mut self, room: usize) {
        self.fetched.missing.start(room);
    }
}

impl Pipeline {
    pub(crate) fn kind(&self) -> Kind {
        self.converters.last().map_or_else(|| self.fetch.kind(), Converter::output)
    }

    /// Whether its samples are parts of the request as it came, for which no room is needed.
    pub(crate) fn is_plain(&self) -> bool {
        self.converters.is_empty()
            && !matches!(
                self.fetch.subject,
                Subject::Base
                    | Subject::Variable { .. }
                    | Subject::Injected { derived: Some(_), .. }
            )
    }

    /// Shows each sample to `visit` until it breaks. Where one cannot be converted, those behind it
    /// are not looked at either.
    #[inline]
    pub(crate) fn each<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        text: &mut Text,
        mut visit: impl FnMut(Sample<'_>) -> ControlFlow<()>,
    ) {
        let Text { fetched, converted } = text;
        if self.converters.is_empty() {
            let _ = self.fetch.each(view, fetched, visit);
            return;
        }
        let unknown = Cell::new(None);
        let ask = |asked: &Asked, value: Value<'_>| ask(view, asked, value, &unknown);
        let variables = view.variables();
        let _ = self.fetch.each(view, fetched, |sample| {
            match convert::convert(&self.converters, sample, variables, &ask, converted) {
                Some(sample) => visit(sample),
                None => ControlFlow::Break(()),
            }
        });
        if let Some(number) = unknown.get() {
            fetched.missing.insert(number);
        }
    }

    /// Shows what the fetch finds, before any conversion.
    pub(crate) fn each_fetched<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        text: &mut Text,
        visit: impl FnMut(Sample<'_>) -> ControlFlow<()>,
    ) {
        let _ = self.fetch.each(view, &mut text.fetched, visit);
    }

    /// Returns the name of the converter of which the caller did not know the result for the sample
    /// behind the first `converted`, if that is what stopped it.
    pub(crate) fn not_given<R: Request + ?Sized>(
        &self,
        converted: usize,
        view: &Rewritten<'_, R>,
        text: &mut Text,
    ) -> Option<String> {
        let name = RefCell::new(None);
        let ask = |asked: &Asked, value: Value<'_>| {
            let known = view.converted(&asked.name, value);
            *name.borrow_mut() = known.is_none().then(|| String::from(&*asked.name));
            known
        };
        let mut left = converted;
        let Text { fetched, converted } = text;
        let _ = self.fetch.each(view, fetched, |sample| {
            if left > 0 {
                left -= 1;
                return ControlFlow::Continue(());
            }
            let _ = convert::convert(&self.converters, sample, view.variables(), &ask, converted);
            ControlFlow::Break(())
        });
        name.into_inner()
    }

    /// Shows the one sample that counts outside of acls.
    pub(crate) fn one<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        text: &mut Text,
        visit: impl FnOnce(Sample<'_>),
    ) {
        let Text { fetched, converted } = text;
        let unknown = Cell::new(None);
        let ask = |asked: &Asked, value: Value<'_>| ask(view, asked, value, &unknown);
        self.fetch.one(view, fetched, |sample| {
            if self.converters.is_empty() {
                visit(sample);
            } else if let Some(sample) =
                convert::convert(&self.converters, sample, view.variables(), &ask, converted)
            {
                visit(sample);
            }
        });
        if let Some(number) = unknown.get() {
            fetched.missing.insert(number);
        }
    }
}

/// Asks for the result of a conversion, and leaves the number of its name in `unknown` if there is none.
fn ask<'v, R: Request + ?Sized>(
    view: &'v Rewritten<'_, R>,
    asked: &Asked,
    value: Value<'_>,
    unknown: &Cell<Option<usize>>,
) -> Option<Value<'v>> {
    let known = view.converted(&asked.name, value);
    if known.is_none() {
        unknown.set(Some(asked.number));
    }
    known
}
