use alloc::sync::Arc;
use core::net::SocketAddr;
use core::ops::Range;

use super::datagram::{Train, Transmit};
use super::{HEADROOM, PeerId};
use crate::crypto::{Aead, ChaCha20Poly1305};
use crate::error::{LeaseError, SealError};
use crate::time::Time;
use crate::transport::Keys;
use crate::tunnel::{Traffic, frame};
use crate::wire::{DATA_OVERHEAD, ip};

/// The right to seal a number of packets for one peer, on any thread and without the device.
///
/// [`Device::lease`](crate::Device::lease) sets counters aside, once for all packets; no two
/// leases have one in common. Packets are to be sealed and sent at once, since the timers have been
/// told of them. Afterwards [`Device::settle`](crate::Device::settle) counts what was sealed;
/// counters not used are skipped. Each packet must be one that
/// [`Device::route`](crate::Device::route) gives to this peer.
///
/// The keys are wiped when the device has dropped the session and the last lease is gone.
#[derive(Debug)]
pub struct Lease<A: Aead = ChaCha20Poly1305> {
    peer: PeerId,
    to: SocketAddr,
    mtu: usize,
    keys: Arc<Keys<A>>,
    counters: Range<u64>,
    sent: Traffic,
}

impl<A: Aead> Lease<A> {
    pub(super) fn new(
        peer: PeerId,
        to: SocketAddr,
        mtu: usize,
        (keys, counters): (Arc<Keys<A>>, Range<u64>),
    ) -> Self {
        Self { peer, to, mtu, keys, counters, sent: Traffic::default() }
    }

    /// Returns whom the packets are for.
    pub fn peer(&self) -> PeerId {
        self.peer
    }

    /// Returns how many packets can still be sealed.
    pub fn remaining(&self) -> u64 {
        self.counters.end - self.counters.start
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.sent
    }

    /// Returns the length of the message that carries a packet of `len` bytes: the distance from
    /// one place of a train to the next.
    ///
    /// ```
    /// # fn length(lease: &vpn_core::Lease) {
    /// assert_eq!(lease.message_len(100), 16 + 112 + 16);
    /// # }
    /// ```
    pub fn message_len(&self, len: usize) -> usize {
        frame::padded_len(len, self.mtu).saturating_add(DATA_OVERHEAD)
    }

    /// Seals one packet in place, as [`Device::seal`](crate::Device::seal) does.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Expired`] if the session is older than 180 s at `now`,
    /// [`LeaseError::Exhausted`] if no counter is left, [`LeaseError::Packet`] for the buffer and
    /// its content. The buffer is unchanged.
    pub fn seal<'b>(
        &mut self,
        now: Time,
        buf: &'b mut [u8],
        packet: Range<usize>,
    ) -> Result<Transmit<'b>, LeaseError> {
        self.check(now, 1)?;
        let content = buf.get(packet.clone()).ok_or(SealError::Range)?;
        ip::Header::parse(content).ok_or(SealError::NotIp)?;
        let message = frame::frame(buf.len(), &packet, self.mtu)?;
        self.seal_frame(buf, packet, message.clone())?;
        Ok(Transmit { peer: self.peer, to: self.to, datagram: &mut buf[message] })
    }

    /// Seals a train in place: packets that go out in one call with UDP segmentation offload.
    ///
    /// `buf` is divided into places of [`message_len(len)`](Self::message_len) bytes. In each,
    /// [`HEADROOM`] bytes are followed by a packet of `len` bytes; the last packet may be shorter,
    /// as its header says, and its place as much as its message. Afterwards the messages follow
    /// one another without a gap.
    ///
    /// # Errors
    ///
    /// As for [`Lease::seal`], with [`LeaseError::Exhausted`] if there are fewer counters than
    /// packets, and [`SealError::NotIp`] also if a packet has another length than `len`. Nothing
    /// is sealed then, and the buffer is unchanged.
    pub fn seal_train<'b>(
        &mut self,
        now: Time,
        buf: &'b mut [u8],
        len: usize,
    ) -> Result<Train<'b>, LeaseError> {
        let segment = self.message_len(len);
        let packets = buf.len().div_ceil(segment);
        self.check(now, u64::try_from(packets).unwrap_or(u64::MAX))?;
        let mut total = 0;
        for (at, place) in buf.chunks(segment).enumerate() {
            let is_last = at + 1 == packets;
            let content = place.get(HEADROOM..).ok_or(SealError::NotIp)?;
            let header = ip::Header::parse(content).ok_or(SealError::NotIp)?;
            if header.len > len || (header.len < len && !is_last) {
                return Err(SealError::NotIp.into());
            }
            let packet = HEADROOM..HEADROOM + header.len;
            total += frame::frame(place.len(), &packet, self.mtu)?.len();
        }
        for place in buf.chunks_mut(segment) {
            let len = ip::Header::parse(&place[HEADROOM..]).map_or(0, |header| header.len);
            let packet = HEADROOM..HEADROOM + len;
            let message = frame::frame(place.len(), &packet, self.mtu)?;
            self.seal_frame(place, packet, message)?;
        }
        Ok(Train { peer: self.peer, to: self.to, datagrams: &mut buf[..total], segment })
    }

    fn check(&self, now: Time, packets: u64) -> Result<(), LeaseError> {
        if self.keys.is_expired(now) {
            Err(LeaseError::Expired)
        } else if self.remaining() < packets {
            Err(LeaseError::Exhausted)
        } else {
            Ok(())
        }
    }

    fn seal_frame(
        &mut self,
        buf: &mut [u8],
        packet: Range<usize>,
        message: Range<usize>,
    ) -> Result<(), LeaseError> {
        let counter = self.counters.next().ok_or(LeaseError::Exhausted)?;
        frame::pad(buf, packet, &message);
        self.keys.seal(counter, &mut buf[message.clone()]).ok_or(SealError::TooLong)?;
        self.sent.add(message.len());
        Ok(())
    }
}
