//! A timer for the formatters of tracing-subscriber.

use core::fmt;
use core::marker::PhantomData;
use std::time::SystemTime;

use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::layout::Layout;
use crate::moment::Moment;
use crate::stamp::push;

/// Stamps events in the layout `L`, with the time that a clock function gives.
///
/// Where a time cannot be stamped (see [`StampError`](crate::StampError)) the formatter is told
/// so; tracing-subscriber then writes `<unknown time>`.
///
/// # Examples
///
/// ```
/// use log_format::EsMicros;
/// use log_format::tracing::Timer;
///
/// let subscriber = tracing_subscriber::fmt().with_timer(Timer::<EsMicros>::new());
/// # let _ = subscriber;
/// ```
///
/// With a clock of one's own, such as one that a test sets:
///
/// ```
/// use log_format::tracing::Timer;
/// use log_format::{EsMicros, UnixMicros};
/// use tracing_subscriber::fmt::format::Writer;
/// use tracing_subscriber::fmt::time::FormatTime;
///
/// let timer = Timer::<EsMicros, _>::with_clock(|| UnixMicros(0));
///
/// let mut line = String::new();
/// timer.format_time(&mut Writer::new(&mut line))?;
/// assert_eq!(line, "1970-01-01 00:00:00.000000");
/// # Ok::<(), std::fmt::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Timer<L, C = fn() -> SystemTime> {
    clock: C,
    layout: PhantomData<L>,
}

impl<L: Layout> Timer<L> {
    /// Takes the time from the system's clock. This is the one place of this crate that reads it.
    pub const fn new() -> Self {
        Self { clock: SystemTime::now, layout: PhantomData }
    }
}

impl<L: Layout> Default for Timer<L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<L: Layout, M: Moment, C: Fn() -> M> Timer<L, C> {
    /// Takes the time from a function, which is called once an event.
    pub const fn with_clock(clock: C) -> Self {
        Self { clock, layout: PhantomData }
    }
}

impl<L: Layout, M: Moment, C: Fn() -> M> FormatTime for Timer<L, C> {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        push::<L>(&(self.clock)(), writer).map_err(|_| fmt::Error)
    }
}

impl<L: Layout, C> fmt::Debug for Timer<L, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("layout", &L::NAME).finish_non_exhaustive()
    }
}
