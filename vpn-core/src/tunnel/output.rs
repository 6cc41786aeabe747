use core::net::SocketAddr;
use core::time::Duration;

use alloc::boxed::Box;

use super::Tunnel;
use crate::crypto::{Aead, Drbg, stamp_macs};
use crate::handshake::{Identity, Initiator};
use crate::key::{KeyPair, SecretKey};
use crate::time::Time;
use crate::timer::MAX_JITTER;
use crate::transport::Role;
use crate::wire::{DATA_OVERHEAD, INITIATION_LEN, Index, RESPONSE_LEN};

/// What encoding a message takes from the device.
pub(crate) struct Supplies<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) rng: &'a mut Drbg,
    /// Time since 1970-01-01 UTC.
    pub(crate) since_epoch: Duration,
    /// An index that nothing else has.
    pub(crate) index: Index,
}

impl Supplies<'_> {
    /// The keys of one handshake.
    fn ephemeral(&mut self) -> KeyPair {
        self.identity.another(SecretKey::from_bytes(*self.rng.draw()))
    }
}

impl<A: Aead> Tunnel<A> {
    /// Whether a message waits to be encoded.
    pub(crate) fn has_output(&self) -> bool {
        self.answer.is_some() || self.wants_initiation || self.wants_keepalive
    }

    /// Encodes the next message; returns its length and destination.
    pub(crate) fn encode(
        &mut self,
        now: Time,
        supplies: Supplies<'_>,
        out: &mut [u8; INITIATION_LEN],
    ) -> Option<(usize, SocketAddr)> {
        let (len, to) = if self.answer.is_some() {
            (RESPONSE_LEN, self.encode_response(now, supplies, out.first_chunk_mut()?)?)
        } else if self.wants_initiation {
            (INITIATION_LEN, self.encode_initiation(now, supplies, out)?)
        } else {
            (DATA_OVERHEAD, self.encode_keepalive(now, out.first_chunk_mut()?)?)
        };
        self.tally.sent(len);
        Some((len, to))
    }

    fn encode_response(
        &mut self,
        now: Time,
        mut supplies: Supplies<'_>,
        out: &mut [u8; RESPONSE_LEN],
    ) -> Option<SocketAddr> {
        let authenticated = self.answer.take()?;
        // Where the initiation has come from.
        let to = self.source?;
        let ephemeral = supplies.ephemeral();
        let (keys, message) =
            authenticated.respond::<A>(&self.remote, &ephemeral, supplies.index).ok()?;
        message.emit(out);
        let mac1 = stamp_macs(out, self.remote.mac1_key(), self.cookies.fresh(now));
        self.cookies.sent(mac1);
        self.slots.install_responded(self.session(Role::Responder, now, &keys));
        self.timer.session_derived(now);
        self.timer.handshake_sent(now, supplies.rng.draw_below(MAX_JITTER));
        self.wants_initiation = false;
        Some(to)
    }

    fn encode_initiation(
        &mut self,
        now: Time,
        mut supplies: Supplies<'_>,
        out: &mut [u8; INITIATION_LEN],
    ) -> Option<SocketAddr> {
        self.wants_initiation = false;
        let to = self.endpoint?;
        let ephemeral = supplies.ephemeral();
        let stamp = self.history.stamp(supplies.since_epoch);
        let (initiator, message) = Initiator::start::<A>(
            supplies.identity,
            &self.remote,
            ephemeral,
            supplies.index,
            &stamp,
        )
        .ok()?;
        message.emit(out);
        let mac1 = stamp_macs(out, self.remote.mac1_key(), self.cookies.fresh(now));
        self.cookies.sent(mac1);
        self.initiator = Some(Box::new(initiator));
        self.timer.handshake_sent(now, supplies.rng.draw_below(MAX_JITTER));
        Some(to)
    }

    fn encode_keepalive(&mut self, now: Time, out: &mut [u8; DATA_OVERHEAD]) -> Option<SocketAddr> {
        if !core::mem::take(&mut self.wants_keepalive) {
            return None;
        }
        let to = self.endpoint?;
        let counter = self.slots.sending(now)?.seal(out)?;
        self.timer.keepalive_sent(now);
        if self.timer.renews_on_send(now, counter) {
            self.begin(now, false);
        }
        Some(to)
    }
}
