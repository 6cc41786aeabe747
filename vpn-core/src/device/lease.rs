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
/// told of them. Afterwards [`Device::settle`](crate::Device::settle) of the same device counts what
/// was sealed; counters not used are skipped. Each packet must be one that
/// [`Device::route`](crate::Device::route) gives to this peer.
///
/// What happens to the peer meanwhile changes nothing here: messages go where it was when the lease
/// was given, also when it has roamed, has another key or was removed.
///
/// A receiver takes no counter that is more than 8,128 behind the greatest it has seen. So leases
/// that are in use at the same time should not be larger than that together.
///
/// The keys are wiped when the device has dropped the session and the last lease is gone.
///
/// # Examples
///
/// A train of two packets, for one call of `sendmsg` with `UDP_SEGMENT`, and what the receiver makes
/// of it.
///
/// ```
/// # use vpn_core::{
/// #     CONTROL_LEN, Device, DeviceConfig, HEADROOM, Inbound, PeerConfig, SecretKey, Seed, Time, Unix,
/// # };
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (now, wall) = (Time::from_nanos(0), Unix { secs: 1_800_000_000, nanos: 0 });
/// # let [mut alice, mut bob] = [1, 2].map(|n| {
/// #     let config = DeviceConfig::new(SecretKey::from_bytes([n; 32]));
/// #     Device::new(config, Seed::from_bytes([n + 2; 32]), now, wall)
/// # });
/// # let (alice_at, bob_at) = ("192.0.2.1:51820".parse()?, "192.0.2.2:51820".parse()?);
/// # let to_bob = alice.add_peer(now, PeerConfig::new(bob.public_key()).endpoint(bob_at))?;
/// # let to_alice = bob.add_peer(now, PeerConfig::new(alice.public_key()))?;
/// # alice.allow(to_bob, "10.0.0.2/32".parse()?)?;
/// # bob.allow(to_alice, "10.0.0.1/32".parse()?)?;
/// # alice.initiate(now, to_bob)?;
/// # let mut out = [0; CONTROL_LEN];
/// # bob.open(now, alice_at, alice.poll_transmit(now, &mut out).ok_or("nothing")?.datagram)?;
/// # alice.open(now, bob_at, bob.poll_transmit(now, &mut out).ok_or("nothing")?.datagram)?;
/// let packet = *b"\x45\0\0\x14\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02";
/// assert_eq!(alice.route(&packet)?, to_bob);
/// let mut lease = alice.lease(now, to_bob, 2)?.ok_or("no session")?;
///
/// let segment = lease.message_len(packet.len());
/// let mut buf = vec![0; 2 * segment];
/// for place in buf.chunks_mut(segment) {
///     place[HEADROOM..HEADROOM + packet.len()].copy_from_slice(&packet);
/// }
/// let train = lease.seal_train(now, &mut buf, packet.len())?;
/// assert_eq!((train.to, train.datagrams.len(), train.segment), (bob_at, 2 * segment, segment));
/// let opened = bob.open_train(now, alice_at, train.datagrams, segment);
/// assert_eq!(opened.filter(|opened| matches!(opened, Ok(Inbound::Packet { .. }))).count(), 2);
///
/// alice.settle(lease);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "its counters are skipped if it is dropped"]
pub struct Lease<A: Aead = ChaCha20Poly1305> {
    peer: PeerId,
    to: SocketAddr,
    mtu: usize,
    keys: Arc<Keys<A>>,
    counters: Range<u64>,
    sent: Traffic,
    /// The latest time told, so that a session that has expired stays so.
    now: Time,
}

impl<A: Aead> Lease<A> {
    pub(super) fn new(
        peer: PeerId,
        to: SocketAddr,
        mtu: usize,
        (keys, counters): (Arc<Keys<A>>, Range<u64>),
    ) -> Self {
        Self { peer, to, mtu, keys, counters, sent: Traffic::default(), now: Time::default() }
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
    /// What one call of `sendmsg` takes is the caller's to heed: Linux refuses more than 64 segments
    /// (128 from 6.9 on), and more than 65,507 bytes.
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
        if len > frame::MAX_PACKET_LEN {
            return Err(SealError::TooLong.into());
        }
        let segment = self.message_len(len);
        let packets = buf.len().div_ceil(segment);
        self.check(now, u64::try_from(packets).unwrap_or(u64::MAX))?;
        let Some(full) = packets.checked_sub(1) else { return Ok(self.train(buf, segment)) };
        let (places, place) = buf.split_at_mut(full * segment);
        let packet = HEADROOM..HEADROOM + len;
        if !places.chunks_exact(segment).all(|place| packet_len(place) == Some(len)) {
            return Err(SealError::NotIp.into());
        }
        let last = packet_len(place).filter(|last| *last <= len).ok_or(SealError::NotIp)?;
        let last = HEADROOM..HEADROOM + last;
        frame::frame(segment, &packet, self.mtu)?;
        let message = frame::frame(place.len(), &last, self.mtu)?;
        for place in places.chunks_exact_mut(segment) {
            self.seal_frame(place, packet.clone(), 0..segment)?;
        }
        let total = full * segment + message.len();
        self.seal_frame(place, last, message)?;
        Ok(self.train(&mut buf[..total], segment))
    }

    fn train<'b>(&self, datagrams: &'b mut [u8], segment: usize) -> Train<'b> {
        Train { peer: self.peer, to: self.to, datagrams, segment }
    }

    fn check(&mut self, now: Time, packets: u64) -> Result<(), LeaseError> {
        self.now = self.now.max(now);
        if self.keys.is_expired(self.now) {
            Err(LeaseError::Expired)
        } else if self.remaining() < packets {
            Err(LeaseError::Exhausted)
        } else {
            Ok(())
        }
    }

    #[inline(always)]
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

/// The length of the packet in a place of a train.
#[inline]
fn packet_len(place: &[u8]) -> Option<usize> {
    Some(ip::Header::parse(place.get(HEADROOM..)?)?.len)
}
