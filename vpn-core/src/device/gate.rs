use alloc::collections::VecDeque;
use core::net::{IpAddr, SocketAddr};

use super::limiter::Limiter;
use super::load::{Load, LoadPolicy};
use crate::crypto::{Drbg, Mac, Mac1Key, verify_mac1, verify_mac2};
use crate::error::Discard;
use crate::handshake::CookieIssuer;
use crate::key::PublicKey;
use crate::time::Time;
use crate::wire::{COOKIE_REPLY_LEN, Index};

/// How many cookie replies wait to be polled; further ones are not sent.
const MAX_REPLIES: usize = 64;

/// Decides which handshake messages are worth a Diffie-Hellman: those whose sender knows this
/// side's key and, under load, receives at its address and does not send too many.
#[derive(Debug)]
pub(super) struct Gate {
    mac1_key: Mac1Key,
    load: Load,
    issuer: CookieIssuer,
    limiter: Limiter,
    replies: VecDeque<Reply>,
}

/// A cookie reply to be encoded.
#[derive(Debug)]
struct Reply {
    to: SocketAddr,
    receiver: Index,
    mac1: Mac,
}

impl Gate {
    pub(super) fn new(own: PublicKey, policy: LoadPolicy, now: Time, rng: &mut Drbg) -> Self {
        Self {
            mac1_key: Mac1Key::new(&own),
            load: Load::new(policy, now),
            issuer: CookieIssuer::new(&own),
            limiter: Limiter::new(rng.draw()),
            replies: VecDeque::with_capacity(MAX_REPLIES),
        }
    }

    /// Judges by another public key; what was sent to the last one is not answered any more.
    pub(super) fn set_own(&mut self, own: PublicKey) {
        self.mac1_key = Mac1Key::new(&own);
        self.issuer.set_own(&own);
        self.replies.clear();
    }

    pub(super) fn set_under_load(&mut self, loaded: bool) {
        self.load.tell(loaded);
    }

    pub(super) fn is_under_load(&self, now: Time) -> bool {
        self.load.is_high(now)
    }

    /// Judges a handshake message from `from`, whose sender has the index `sender`.
    pub(super) fn admit(
        &mut self,
        now: Time,
        from: SocketAddr,
        message: &[u8],
        sender: Index,
        rng: &mut Drbg,
    ) -> Result<(), Discard> {
        let mac1 = verify_mac1(message, &self.mac1_key).ok_or(Discard::BadMac1)?;
        if !self.load.note(now) {
            return Ok(());
        }
        let cookie = self.issuer.cookie(now, &source(from), rng);
        if !verify_mac2(message, &cookie) {
            if self.replies.len() < MAX_REPLIES {
                self.replies.push_back(Reply { to: from, receiver: sender, mac1 });
            }
            return Err(Discard::UnderLoad);
        }
        if self.limiter.admit(now, from.ip()) { Ok(()) } else { Err(Discard::SourceLimited) }
    }

    pub(super) fn has_reply(&self) -> bool {
        !self.replies.is_empty()
    }

    /// Encodes the next cookie reply; returns its destination.
    pub(super) fn poll_reply(
        &mut self,
        now: Time,
        rng: &mut Drbg,
        out: &mut [u8; COOKIE_REPLY_LEN],
    ) -> Option<SocketAddr> {
        let Reply { to, receiver, mac1 } = self.replies.pop_front()?;
        self.issuer.reply(now, &source(to), rng, receiver, &mac1).ok()?.emit(out);
        Some(to)
    }
}

/// What a cookie is bound to: address and port, both big-endian.
fn source(from: SocketAddr) -> [u8; 18] {
    let address = match from.ip() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    let mut source = [0; 18];
    source[..16].copy_from_slice(&address.octets());
    source[16..].copy_from_slice(&from.port().to_be_bytes());
    source
}
