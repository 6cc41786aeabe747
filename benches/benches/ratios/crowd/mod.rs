//! A device with many peers: what finding one of them costs, and what time costs all of them. The
//! peer beside 1,000 and 10,000 is the same device with ten, so that a ratio near 1 says that the
//! number does not matter.

mod work;

use std::hint::black_box;
use std::time::Duration;

use benches::{Contest, Suite};
use vpn_core::Time;

use crate::tunnel::IdleBoringtun;
use work::{KEEPALIVE, LOOKUPS, crowd, deadline, index, route};

const FEW: u32 = 10;
const MANY: [u32; 2] = [1_000, 10_000];
/// Peers of the path that prices one idle peer.
const IDLE: u32 = 1_000;

pub(crate) fn enter(suite: &mut Suite) {
    for peers in MANY {
        suite.path(&format!("route/{peers}"), || flat(route, peers).operations(LOOKUPS));
        suite.path(&format!("index/{peers}"), || flat(index, peers).operations(LOOKUPS));
        suite.path(&format!("deadline/{peers}"), || flat(deadline, peers));
    }
    suite.path("timer/idle-peer", || {
        let mut boringtun = IdleBoringtun::new(IDLE);
        Contest::new(tick(IDLE)).peer("boringtun", move || boringtun.tick()).operations(IDLE)
    });
}

/// The work among many peers beside the same among few.
fn flat<'a, W: FnMut() + 'a>(work: impl Fn(u32) -> W, peers: u32) -> Contest<'a> {
    Contest::new(work(peers)).peer("vpn-core", work(FEW))
}

/// Lives for a second, as a caller does that looks at its peers each second; each of them has
/// something due every 25 s.
fn tick(peers: u32) -> impl FnMut() {
    let mut device = crowd(peers, |peer| peer.persistent_keepalive(KEEPALIVE));
    let mut now = Time::default() + KEEPALIVE;
    move || {
        now = now + Duration::from_secs(1);
        device.handle_timeout(now);
        assert!(black_box(device.poll_timeout()).is_some_and(|next| next > now));
    }
}
