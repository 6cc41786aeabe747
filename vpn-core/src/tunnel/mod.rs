//! One peer: joins handshake, transport and timer, and knows where the peer is.

mod data;
pub(crate) mod frame;
mod history;
mod notice;
mod output;
mod tally;

use alloc::boxed::Box;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use crate::crypto::Aead;
use crate::error::{Discard, PeerError};
use crate::handshake::{
    Authenticated, Claimed, CookieJar, Identity, Initiator, Remote, SessionKeys,
};
use crate::key::{PresharedKey, PublicKey};
use crate::time::Time;
use crate::timer::{Due, Timer};
use crate::transport::{Keys, Role, Session, Slots};
use crate::wire::{CookieReply, INITIATION_LEN, Index, RESPONSE_LEN, Response};

pub(crate) use notice::Notice;
pub(crate) use output::Supplies;
pub(crate) use tally::Tally;
pub use tally::Traffic;

use history::History;
use notice::Notices;

#[derive(Debug)]
pub(crate) struct Tunnel<A> {
    remote: Remote,
    /// Where messages are sent.
    endpoint: Option<SocketAddr>,
    /// Whence they are expected, since the last one came from there, or none did yet: the endpoint,
    /// unless somebody else chooses that.
    source: Option<SocketAddr>,
    /// If somebody else chooses the endpoint: the packets sent since, frames not counted.
    steered: Option<u64>,
    slots: Slots<A>,
    timer: Timer,
    /// Whether the user takes the peer to be up: there is a session to send on.
    up: bool,
    initiator: Option<Box<Initiator>>,
    /// An accepted initiation, to be answered.
    answer: Option<Box<Authenticated>>,
    wants_initiation: bool,
    wants_keepalive: bool,
    history: History,
    cookies: CookieJar,
    notices: Notices,
    tally: Tally,
}

impl<A: Aead> Tunnel<A> {
    pub(crate) fn new(
        remote: Remote,
        endpoint: Option<SocketAddr>,
        persistent_keepalive: Option<Duration>,
        now: Time,
    ) -> Self {
        Self {
            remote,
            endpoint,
            source: endpoint,
            steered: None,
            slots: Slots::new(),
            timer: Timer::new(persistent_keepalive, now),
            up: false,
            initiator: None,
            answer: None,
            wants_initiation: false,
            wants_keepalive: false,
            history: History::default(),
            cookies: CookieJar::default(),
            notices: Notices::default(),
            tally: Tally::default(),
        }
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        self.remote.public()
    }

    pub(crate) fn endpoint(&self) -> Option<&SocketAddr> {
        self.endpoint.as_ref()
    }

    pub(crate) fn set_endpoint(&mut self, now: Time, endpoint: SocketAddr) {
        if self.endpoint.replace(endpoint).is_none() {
            self.timer.endpoint_known(now);
        }
        if self.steered.is_none() {
            self.source = self.endpoint;
        }
        self.notices.forget_roaming();
    }

    /// Leaves the endpoint to the caller, from here on: where the peer's messages come from is only
    /// told, as is that none have come for so long after a packet was sent.
    #[cfg(feature = "mesh")]
    pub(crate) fn steer(&mut self, patience: Duration) {
        if self.steered.is_none() && self.endpoint.is_some() {
            self.steered = Some(0);
            self.timer.set_patience(patience);
        }
    }

    /// How many packets were sent since the endpoint was left to the caller.
    #[cfg(feature = "mesh")]
    pub(crate) fn packets(&self) -> u64 {
        self.steered.unwrap_or(0)
    }

    /// Takes effect with the next handshake; sessions go on.
    pub(crate) fn set_preshared_key(&mut self, psk: Option<PresharedKey>) {
        self.remote.set_preshared_key(psk);
    }

    /// This side has another static key: sessions end, and a handshake under way begins anew.
    pub(crate) fn set_identity(&mut self, now: Time, identity: &Identity) {
        self.remote.set_identity(identity);
        self.wipe();
        self.wants_initiation = self.timer.restart(now);
    }

    /// This side has another static key, and sessions go on; a handshake under way comes to nothing.
    #[cfg(feature = "mesh")]
    pub(crate) fn adopt_identity(&mut self, identity: &Identity) {
        self.remote.set_identity(identity);
        self.initiator = None;
    }

    /// The other side has another static key, and sessions go on; a handshake under way comes to
    /// nothing.
    #[cfg(feature = "mesh")]
    pub(crate) fn replace_remote(&mut self, remote: Remote) {
        self.remote = remote;
        self.initiator = None;
        self.answer = None;
        self.cookies = CookieJar::default();
    }

    pub(crate) fn persistent_keepalive(&self) -> Option<Duration> {
        self.timer.persistent()
    }

    pub(crate) fn set_persistent_keepalive(&mut self, interval: Option<Duration>) {
        self.timer.set_persistent(interval);
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(crate) fn is_up(&self) -> bool {
        self.up
    }

    /// Every index by which the peer may address this tunnel.
    pub(crate) fn indices(&self) -> [Option<Index>; 4] {
        let [previous, current, next] = self.slots.indices();
        [previous, current, next, self.initiator.as_ref().map(|initiator| initiator.local())]
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.timer.deadline()
    }

    pub(crate) fn initiate(&mut self, now: Time) -> Result<(), PeerError> {
        if self.endpoint.is_none() {
            return Err(PeerError::NoEndpoint);
        }
        self.begin(now, true);
        Ok(())
    }

    #[cold]
    fn begin(&mut self, now: Time, afresh: bool) {
        if self.endpoint.is_some() && self.timer.begin(now, afresh) {
            self.wants_initiation = true;
        }
    }

    // Handshake messages received.

    pub(crate) fn accept_initiation(
        &mut self,
        now: Time,
        from: SocketAddr,
        claimed: Claimed,
    ) -> Result<(), Discard> {
        let authenticated = claimed.authenticate::<A>(&self.remote).map_err(|_| Discard::BadTag)?;
        self.history.accept(authenticated.timestamp(), now)?;
        self.answer = Some(Box::new(authenticated));
        self.hear(now, &from, INITIATION_LEN);
        Ok(())
    }

    pub(crate) fn accept_response(
        &mut self,
        now: Time,
        from: SocketAddr,
        identity: &Identity,
        response: &Response,
    ) -> Result<(), Discard> {
        let initiator = self
            .initiator
            .as_ref()
            .filter(|initiator| initiator.local() == response.receiver)
            .ok_or(Discard::UnknownIndex)?;
        let keys =
            initiator.finish::<A>(identity, &self.remote, response).map_err(|_| Discard::BadTag)?;
        self.slots.install_initiated(self.session(Role::Initiator, now, &keys));
        self.timer.session_derived(now);
        self.rise(now);
        self.hear(now, &from, RESPONSE_LEN);
        // The responder may not send before it has received on the session.
        self.wants_keepalive = true;
        Ok(())
    }

    pub(crate) fn accept_cookie(&mut self, now: Time, reply: &CookieReply) -> Result<(), Discard> {
        self.cookies.accept(now, &self.remote.public(), reply).map_err(|_| Discard::BadCookie)
    }

    fn session(&self, role: Role, born: Time, keys: &SessionKeys) -> Session<A> {
        let SessionKeys { send, receive, local, remote } = keys;
        Session::new(Keys::new(role, born, [*local, *remote], [send, receive]))
    }

    /// A datagram that authenticates has come from the peer; whether that stirs the tunnel.
    #[inline(always)]
    fn hear(&mut self, now: Time, from: &SocketAddr, len: usize) -> bool {
        self.tally.received(len);
        let moved = self.timer.authenticated_received(now);
        moved | (self.source.as_ref() != Some(from) && self.roam(*from))
    }

    /// The peer's messages come from elsewhere, or from the same place written in another way, which is
    /// the one that the socket takes.
    #[cold]
    fn roam(&mut self, from: SocketAddr) -> bool {
        let last = self.source.replace(from);
        if self.steered.is_none() {
            self.endpoint = self.source;
        }
        let roamed = last.is_some_and(|last| !is_mapped(last, from));
        if roamed {
            self.notices.add(Notice::Roamed(from));
        }
        roamed
    }

    /// There is a session to send on, so handshakes under way have no use.
    #[cold]
    fn rise(&mut self, now: Time) {
        self.tally.handshake(now);
        if let Some(session) = self.slots.current() {
            self.timer.session_confirmed(session.role(), session.born());
        }
        self.initiator = None;
        self.wants_initiation = false;
        if !self.up {
            self.up = true;
            self.notices.add(Notice::Up);
        }
    }

    /// There is no session to send on.
    #[cold]
    fn lapse(&mut self) {
        self.timer.session_lapsed();
        if self.up {
            self.up = false;
            self.notices.add(Notice::Down);
        }
    }

    /// Drops all keys and every handshake begun or to be answered.
    fn wipe(&mut self) {
        self.lapse();
        self.slots.wipe();
        self.initiator = None;
        self.answer = None;
        self.wants_keepalive = false;
    }

    // Time.

    pub(crate) fn handle_timeout(&mut self, now: Time) {
        while let Some(due) = self.timer.poll_due(now) {
            match due {
                Due::Wipe => self.wipe(),
                Due::Expire => self.lapse(),
                Due::GiveUp => {
                    self.initiator = None;
                    self.wants_initiation = false;
                    self.notices.add(Notice::GaveUp);
                }
                Due::Complain => self.notices.add(Notice::GaveUp),
                Due::Initiate => self.wants_initiation = true,
                Due::Renew => self.begin(now, false),
                Due::Doubt => self.notices.add(Notice::Silent),
                Due::Keepalive => self.wants_keepalive = self.slots.sending(now).is_some(),
                Due::PersistentKeepalive => {
                    if self.slots.sending(now).is_some() {
                        self.wants_keepalive = true;
                    } else {
                        self.begin(now, false);
                    }
                }
            }
        }
    }

    pub(crate) fn has_notice(&self) -> bool {
        !self.notices.is_empty()
    }

    pub(crate) fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.poll()
    }
}

/// Whether two addresses are one, since a socket for both families shows IPv4 mapped into IPv6.
fn is_mapped(a: SocketAddr, b: SocketAddr) -> bool {
    let plain = |address: SocketAddr| match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    };
    plain(a) == plain(b)
}
