use core::net::SocketAddr;

use super::datagram::Inbound;
use super::frame::{FRAME_NIBBLE, Received};
use super::keytable::{Opened, State};
use super::{Device, PeerId};
use crate::crypto::Aead;
use crate::error::Discard;
use crate::time::Time;
use crate::wire::{DATA_HEADER_LEN, DataHeader, Index, ip};

/// How many bytes of a train are opened before the first of them are asked for: they still lie in the
/// nearest cache.
const STRIDE: usize = 32 * 1024;

/// The way of datagrams from the socket to the peers that they are from, at one moment.
///
/// What is the same for all messages of a run is done once, with the first two: the search for the
/// peer, and what its timers are told.
pub(super) struct Arrival<'d, A: Aead> {
    /// Which keeps the time of this moment.
    device: &'d mut Device<A>,
    run: Option<Run>,
}

/// How the last data message came, if another that comes alike has nothing to tell the timers.
#[derive(Clone, Copy)]
struct Run {
    receiver: Index,
    from: SocketAddr,
    peer: PeerId,
}

/// Datagrams of one run that were opened before they were asked for.
pub(super) struct Ahead {
    pub(super) peer: PeerId,
    pub(super) opened: usize,
    /// Why the next one was not.
    pub(super) refused: Option<Discard>,
}

impl<'d, A: Aead> Arrival<'d, A> {
    #[inline]
    pub(super) fn new(device: &'d mut Device<A>, now: Time) -> Self {
        device.observe(now);
        Self { device, run: None }
    }

    /// Opens a datagram in place, which came from where those before it came from.
    ///
    /// Here the way of a packet is compiled as one: a fifth of what it costs beside its cipher.
    #[inline(always)]
    pub(super) fn open<'b, R: Received<'b>>(
        &mut self,
        from: &SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<R, Discard> {
        match DataHeader::parse(datagram) {
            Some((header, _)) => self.receive(from, header, datagram, None),
            None => self.open_handshake(*from, datagram).map(|()| Inbound::Control.into()),
        }
    }

    /// Opens those of the next datagrams that go on with the run, at most [`STRIDE`] bytes of them.
    pub(super) fn open_ahead(&mut self, datagrams: &mut [u8], segment: usize) -> Option<Ahead> {
        let Run { receiver, peer, .. } = self.run?;
        let Device { peers, now, .. } = &mut *self.device;
        let tunnel = &mut peers.get_mut(peer)?.tunnel;
        let len = datagrams.len().min(STRIDE.max(segment));
        let (opened, refused) = tunnel.open_run(*now, receiver, &mut datagrams[..len], segment);
        (opened > 0 || refused.is_some()).then_some(Ahead { peer, opened, refused })
    }

    /// Counts a datagram that named a peer and is discarded.
    pub(super) fn refuse(&mut self, id: PeerId, discard: Discard) -> Discard {
        self.device.refuse(id, discard)
    }

    /// Accepts a datagram that was opened elsewhere, or opens it here.
    pub(super) fn commit<'b>(&mut self, opened: Opened<'b>) -> Result<Inbound<'b>, Discard> {
        let Opened { from, datagram, state } = opened;
        self.run = self.run.filter(|run| run.from == from);
        match state {
            State::Sealed => self.open(&from, datagram),
            State::Open { header, remote, len } => {
                self.receive(&from, header, datagram, Some((remote, len)))
            }
            State::Forged(header) => Err(match self.device.peers.owner(header.receiver) {
                Some(id) => self.device.refuse(id, Discard::BadTag),
                None => self.device.drops.add(Discard::UnknownIndex),
            }),
        }
    }

    /// Receives a data message. What was `opened` elsewhere has the index by which that session
    /// addresses the other side, and the length of its text.
    #[inline(always)]
    fn receive<'b, R: Received<'b>>(
        &mut self,
        from: &SocketAddr,
        header: DataHeader,
        datagram: &'b mut [u8],
        opened: Option<(Index, usize)>,
    ) -> Result<R, Discard> {
        let receiver = header.receiver;
        let run = self.run.filter(|run| run.receiver == receiver);
        let id = match run {
            Some(run) => Some(run.peer),
            None => self.device.peers.of_receiver(receiver),
        };
        let found = id.and_then(|id| Some((id, self.device.peers.get_mut(id)?)));
        let Some((id, peer)) = found else {
            return Err(self.device.drops.add(Discard::UnknownIndex));
        };
        let (tunnel, now) = (&mut peer.tunnel, self.device.now);
        let authentic = match opened {
            None => tunnel.open(now, header, &mut datagram[DATA_HEADER_LEN..]),
            Some((remote, len)) => tunnel.accept(now, header, remote).map(|()| len),
        };
        let len = match authentic {
            Ok(len) => len,
            Err(discard) => return Err(self.device.refuse(id, discard)),
        };
        let steady = if run.is_some() || tunnel.is_steady(now, from) {
            tunnel.heard_again(now, len);
            true
        } else {
            self.device.hear(id, from, receiver, len)
        };
        self.run = steady.then_some(Run { receiver, from: *from, peer: id });
        debug_assert!(
            self.device.peers.get(id).is_none_or(|peer| self.device.agenda.is_fresh(id, peer)),
            "a stirred peer kept quiet"
        );
        self.deliver(id, datagram, len)
    }

    /// Hands on the content of a data message from a peer, if it may send that.
    #[inline(always)]
    fn deliver<'b, R: Received<'b>>(
        &mut self,
        id: PeerId,
        datagram: &'b mut [u8],
        len: usize,
    ) -> Result<R, Discard> {
        match self.packet_of(id, datagram, len) {
            Ok(packet) => Ok(Inbound::Packet { peer: id, packet }.into()),
            Err(datagram) => self.device.deliver_other(id, datagram, len),
        }
    }

    /// Hands on what a data message holds that is no packet which its sender may send.
    pub(super) fn deliver_other<'b>(
        &mut self,
        id: PeerId,
        datagram: &'b mut [u8],
        len: usize,
    ) -> Result<Inbound<'b>, Discard> {
        self.device.deliver_other(id, datagram, len)
    }

    /// The packet that a data message from a peer holds, if it may send that; or else the datagram.
    #[inline(always)]
    pub(super) fn packet_of<'b>(
        &mut self,
        id: PeerId,
        datagram: &'b mut [u8],
        len: usize,
    ) -> Result<&'b mut [u8], &'b mut [u8]> {
        let text = &datagram[DATA_HEADER_LEN..DATA_HEADER_LEN + len];
        match ip::Header::parse(text) {
            Some(header) if self.device.routes.of_source(header.source) == Some(id) => {
                let text = &mut datagram[DATA_HEADER_LEN..DATA_HEADER_LEN + len];
                Ok(&mut text[..header.len])
            }
            Some(_) | None => Err(datagram),
        }
    }

    /// Opens what is no data message. It may end a session, so that no run goes on.
    #[inline]
    fn open_handshake(&mut self, from: SocketAddr, datagram: &[u8]) -> Result<(), Discard> {
        self.run = None;
        self.device.open_handshake(self.device.now, from, datagram)
    }
}

/// What is seldom done: apart, so that nothing of an [`Arrival`] need be kept in memory for it.
impl<A: Aead> Device<A> {
    /// Sees to what follows from a data message that is not one of many; whether from another one at
    /// the same time, from the same place, nothing would follow.
    #[cold]
    #[inline(never)]
    fn hear(&mut self, id: PeerId, from: &SocketAddr, receiver: Index, len: usize) -> bool {
        let Some(peer) = self.peers.get_mut(id) else { return false };
        let heard = peer.tunnel.heard(self.now, from, receiver, len);
        if heard.confirmed {
            self.peers.reindex(id);
        }
        if heard.stirred {
            self.refresh(id);
        }
        heard.steady
    }

    /// Hands on what a data message holds that is no packet which its sender may send.
    #[inline(never)]
    fn deliver_other<'b, R: Received<'b>>(
        &mut self,
        id: PeerId,
        datagram: &'b mut [u8],
        len: usize,
    ) -> Result<R, Discard> {
        let text = datagram.get(DATA_HEADER_LEN..).and_then(|rest| rest.get(..len));
        let Some([first, ..]) = text else { return Ok(Inbound::Keepalive(id).into()) };
        let frames = self.peers.get(id).is_some_and(|peer| peer.frames);
        if frames && first >> 4 == FRAME_NIBBLE {
            return R::of_frame(id, datagram);
        }
        match text.and_then(ip::Header::parse) {
            Some(header) if frames => {
                R::of_stray(id, &mut datagram[DATA_HEADER_LEN..][..header.len])
            }
            Some(_) => Err(self.refuse(id, Discard::SpoofedSource)),
            None => Err(self.refuse(id, Discard::NotIp)),
        }
    }

    /// Counts a datagram that named a peer and is discarded.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuse(&mut self, id: PeerId, discard: Discard) -> Discard {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.drops.add(discard);
        }
        self.drops.add(discard)
    }
}
