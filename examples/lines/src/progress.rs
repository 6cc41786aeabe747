use std::io::{IsTerminal, Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

/// Below this nothing is drawn: it is read before anyone looks.
const DELAY: Duration = Duration::from_millis(500);
const PERIOD: Duration = Duration::from_millis(100);
const WIDTH: u64 = 40;

/// A bar on standard error, if that is a terminal.
pub(crate) struct Progress {
    done: Arc<AtomicU64>,
    bar: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins a bar for an input of `total` bytes, if that is known.
    pub(crate) fn start(total: Option<u64>) -> Self {
        let done = Arc::new(AtomicU64::new(0));
        let bar = stderr().is_terminal().then(|| {
            let (stop, stopped) = channel();
            let done = Arc::clone(&done);
            let thread = spawn(move || {
                let mut wait = DELAY;
                while stopped.recv_timeout(wait).is_err() {
                    wait = PERIOD;
                    draw(&bar(done.load(Ordering::Relaxed), total));
                }
                if wait == PERIOD {
                    draw("");
                }
            });
            (stop, thread)
        });
        Self { done, bar }
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.bar.take() {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

/// Takes the place of what was drawn before.
fn draw(text: &str) {
    let _ = write!(stderr(), "\r\x1b[K{text}");
}

fn bar(done: u64, total: Option<u64>) -> String {
    let mib = done >> 20;
    match total.filter(|total| *total > 0) {
        Some(total) => {
            let done = done.min(total);
            let full = (u128::from(done) * u128::from(WIDTH) / u128::from(total)) as usize;
            let percent = u128::from(done) * 100 / u128::from(total);
            format!("[{:<40}] {percent:3} % {mib} MiB", "=".repeat(full))
        }
        None => format!("{mib} MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_from_nothing_to_all() {
        assert_eq!(bar(0, Some(1 << 20)), format!("[{}]   0 % 0 MiB", " ".repeat(40)));
        assert_eq!(bar(2 << 20, Some(2 << 20)), format!("[{}] 100 % 2 MiB", "=".repeat(40)));
        assert_eq!(bar(3 << 20, None), "3 MiB");
    }
}
