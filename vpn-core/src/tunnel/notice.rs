use core::mem::take;
use core::net::SocketAddr;

/// What the user is to be told about a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Up,
    Down,
    GaveUp,
    /// A packet has stayed unanswered for as long as was asked for.
    Silent,
    Roamed(SocketAddr),
}

/// What the user was not told yet. Of repeated changes the last is kept, so this does not grow.
#[derive(Debug, Default)]
pub(super) struct Notices {
    down: bool,
    gave_up: bool,
    up: bool,
    silent: bool,
    roamed: Option<SocketAddr>,
}

impl Notices {
    pub(super) fn is_empty(&self) -> bool {
        let Self { down, gave_up, up, silent, roamed } = *self;
        !(down || gave_up || up || silent || roamed.is_some())
    }

    pub(super) fn add(&mut self, notice: Notice) {
        match notice {
            Notice::Up => self.up = true,
            Notice::Down => {
                self.up = false;
                self.down = true;
            }
            Notice::GaveUp => self.gave_up = true,
            Notice::Silent => self.silent = true,
            Notice::Roamed(to) => self.roamed = Some(to),
        }
    }

    /// The endpoint is the user's own choice again.
    pub(super) fn forget_roaming(&mut self) {
        self.roamed = None;
    }

    /// Takes one; what ends comes before what begins, so that the last told is what holds.
    pub(super) fn poll(&mut self) -> Option<Notice> {
        if take(&mut self.down) {
            Some(Notice::Down)
        } else if take(&mut self.gave_up) {
            Some(Notice::GaveUp)
        } else if take(&mut self.up) {
            Some(Notice::Up)
        } else if take(&mut self.silent) {
            Some(Notice::Silent)
        } else {
            take(&mut self.roamed).map(Notice::Roamed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(notices: &[Notice]) -> [Option<Notice>; 3] {
        let mut queue = Notices::default();
        for notice in notices {
            queue.add(*notice);
        }
        let told = core::array::from_fn(|_| queue.poll());
        assert!(queue.is_empty());
        told
    }

    #[test]
    fn the_last_told_is_what_holds() {
        use Notice::{Down, GaveUp, Roamed, Up};

        assert_eq!(told(&[Up, Down]), [Some(Down), None, None]);
        assert_eq!(told(&[Down, Up]), [Some(Down), Some(Up), None]);
        assert_eq!(told(&[Up, Down, Up, Down, Up]), [Some(Down), Some(Up), None]);
        let [first, last] = [1, 2].map(|port| Roamed(SocketAddr::from(([192, 0, 2, 1], port))));
        assert_eq!(told(&[GaveUp, Up, first, last]), [Some(GaveUp), Some(Up), Some(last)]);
    }

    #[test]
    fn an_endpoint_that_the_user_has_set_since_is_not_told() {
        let mut queue = Notices::default();
        queue.add(Notice::Roamed(SocketAddr::from(([192, 0, 2, 1], 1))));

        queue.forget_roaming();

        assert_eq!(queue.poll(), None);
    }
}
