use vpn_core::{PublicKey, Time};

/// What another implementation is made from; our device is its only peer.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) secret: [u8; 32],
    pub(crate) peer: PublicKey,
    pub(crate) psk: Option<[u8; 32]>,
    /// For whatever it draws at random, if it lets the caller.
    pub(crate) seed: u64,
    /// Whether it asks every handshake message for a cookie.
    pub(crate) under_load: bool,
}

/// What another implementation has to say.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) datagrams: Vec<Vec<u8>>,
    /// What came out of the tunnel, perhaps with its padding.
    pub(crate) packets: Vec<Vec<u8>>,
}

/// Another implementation of one tunnel. What it does not send at once it holds itself.
pub(crate) trait Other {
    /// Whether it takes the time as an argument. Others read a real clock, by which nothing becomes
    /// due in a test: they are asked to repeat their initiations.
    const TAKES_TIME: bool;

    fn new(setup: Setup) -> Self;

    /// Takes a packet of its user.
    fn send(&mut self, now: Time, packet: &[u8], out: &mut Output);

    /// Takes a datagram of ours; whether it is accepted.
    fn receive(&mut self, now: Time, datagram: &[u8], out: &mut Output) -> bool;

    /// Begins a handshake, whether one is under way or not.
    fn begin(&mut self, now: Time, out: &mut Output);

    /// Acts on what has become due.
    fn handle_timeout(&mut self, now: Time, out: &mut Output);
}
