use alloc::sync::Arc;

use super::arrival::Arrival;
use super::{Device, Inbound, KeyTable, Lease, Opened, PeerId};
use crate::crypto::Aead;
use crate::error::{Discard, PeerError, SealError};
use crate::time::Time;
use crate::wire::ip;

/// Sharing the work of one device among threads: each takes a lease or a key table to seal and to
/// open without the device, which is told of the outcome once for each batch.
impl<A: Aead> Device<A> {
    /// Returns the peer that the IP packet's destination routes to.
    ///
    /// # Errors
    ///
    /// [`SealError::NotIp`] if the bytes are no whole packet, [`SealError::NoRoute`] if no peer is
    /// allowed the destination.
    pub fn route(&self, packet: &[u8]) -> Result<PeerId, SealError> {
        let header = ip::Header::parse(packet).ok_or(SealError::NotIp)?;
        self.routes.lookup(header.destination).ok_or(SealError::NoRoute)
    }

    /// Sets counters aside for up to `packets` packets, which are to be sealed and sent at once: the
    /// timers take them for sent, and an answer is waited for. For none of them, nothing is stirred.
    ///
    /// `None` says that there is no session: keep the packets as after
    /// [`Outbound::Held`](crate::Outbound::Held). A lease has fewer counters than asked for only at
    /// the end of a session.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id, [`PeerError::NoEndpoint`] if it is not
    /// known where the peer is.
    pub fn lease(
        &mut self,
        now: Time,
        peer: PeerId,
        packets: u32,
    ) -> Result<Option<Lease<A>>, PeerError> {
        let (now, mtu) = (self.observe(now), self.mtu);
        let tunnel = self.tunnel(peer)?;
        let to = *tunnel.endpoint().ok_or(PeerError::NoEndpoint)?;
        let leased = tunnel.lease(now, packets);
        self.refresh(peer);
        Ok(leased.map(|leased| Lease::new(peer, to, mtu, leased)))
    }

    /// Counts what was sealed under a lease of this device; of another one's lease, nothing. The counters
    /// that it has left are skipped.
    pub fn settle(&mut self, lease: Lease<A>) {
        if let Ok(tunnel) = self.tunnel(lease.peer()) {
            tunnel.settle(lease.traffic());
        }
    }

    /// Returns the keys of all sessions, to open datagrams on any thread.
    ///
    /// Allocates when sessions have come or gone since the last call, in proportion to their
    /// number; otherwise it is the same table again.
    pub fn key_table(&mut self) -> Arc<KeyTable<A>> {
        self.peers.key_table()
    }

    /// Accepts a datagram that went through [`KeyTable::open`] of this device, or opens it if the
    /// table could not.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn commit<'b>(&mut self, now: Time, opened: Opened<'b>) -> Result<Inbound<'b>, Discard> {
        Arrival::new(self, now).commit(opened)
    }

    /// As [`commit`](Self::commit), for a batch. Each datagram is accepted when it is taken from
    /// the iterator, and the timers of a peer are looked at once for each run of its datagrams.
    pub fn commit_all<'b>(
        &mut self,
        now: Time,
        opened: impl IntoIterator<Item = Opened<'b>>,
    ) -> impl Iterator<Item = Result<Inbound<'b>, Discard>> {
        let mut arrival = Arrival::new(self, now);
        opened.into_iter().map(move |opened| arrival.commit(opened))
    }
}
