//! How long a piece of work took.

use std::time::{Duration, Instant};

/// What counts as time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// That of the processor, for the calling thread: what else the machine does meanwhile does not
    /// count. On systems without such a clock it is that of the wall.
    Thread,
    /// That of the wall, for work that is spread over threads.
    Wall,
}

impl Clock {
    /// Runs `work` and says how long it took.
    pub(crate) fn time(self, work: impl FnOnce()) -> Duration {
        match self {
            Self::Thread => {
                let start = thread_time();
                work();
                thread_time().saturating_sub(start)
            }
            Self::Wall => {
                let start = Instant::now();
                work();
                start.elapsed()
            }
        }
    }
}

#[cfg(unix)]
fn thread_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

#[cfg(not(unix))]
fn thread_time() -> Duration {
    use std::sync::LazyLock;

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_thread_that_sleeps_takes_no_time_but_on_the_wall() {
        let nap = Duration::from_millis(30);

        assert!(Clock::Wall.time(|| thread::sleep(nap)) >= nap);
        #[cfg(unix)]
        assert!(Clock::Thread.time(|| thread::sleep(nap)) < nap);
    }
}
