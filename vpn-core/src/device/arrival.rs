use core::net::SocketAddr;

use super::datagram::Inbound;
use super::frame::{FRAME_NIBBLE, Received};
use super::keytable::{Opened, State};
use super::{Device, PeerId};
use crate::crypto::Aead;
use crate::error::Discard;
use crate::time::Time;
use crate::tunnel::Heard;
use crate::wire::{DATA_HEADER_LEN, DataHeader, Index, ip};

/// How many datagrams of a train are opened before the first of them is asked for: what that saves is
/// saved by then, and they still lie in the nearest cache.
const STRIDE: usize = 16;

/// The way of datagrams from the socket to the peers that they are from, at one moment.
///
/// What is the same for all messages of a run is done once: the search for the peer and its timers
/// with the first two, its entry in the agenda when another peer's come, at the latest when this is
/// dropped.
pub(super) struct Arrival<'d, A: Aead> {
    device: &'d mut Device<A>,
    now: Time,
    /// A peer to be entered in the agenda.
    touched: Option<PeerId>,
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
    /// So many were opened,
    pub(super) opened: usize,
    /// and the next one was not.
    pub(super) refused: Option<Discard>,
}

impl<'d, A: Aead> Arrival<'d, A> {
    #[inline]
    pub(super) fn new(device: &'d mut Device<A>, now: Time) -> Self {
        let now = device.observe(now);
        Self { device, now, touched: None, run: None }
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

    /// Opens those of the next datagrams that go on with the run, at most [`STRIDE`] of them.
    pub(super) fn open_ahead(&mut self, datagrams: &mut [u8], segment: usize) -> Option<Ahead> {
        let Run { receiver, peer, .. } = self.run?;
        let tunnel = &mut self.device.peers.get_mut(peer)?.tunnel;
        let len = datagrams.len().min(segment.saturating_mul(STRIDE));
        let (opened, refused) = tunnel.open_run(self.now, receiver, &mut datagrams[..len], segment);
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
        let tunnel = &mut peer.tunnel;
        let authentic = match opened {
            None => tunnel.open(self.now, header, &mut datagram[DATA_HEADER_LEN..]),
            Some((remote, len)) => tunnel.accept(self.now, header, remote).map(|()| len),
        };
        let len = match authentic {
            Ok(len) => len,
            Err(discard) => return Err(self.device.refuse(id, discard)),
        };
        let mut steady = run.is_some() || len > 0 && tunnel.is_steady(self.now, from, receiver);
        if steady {
            tunnel.heard_again(self.now, len);
        } else {
            let heard = self.device.hear(self.now, id, from, receiver, len);
            if heard.stirred {
                self.touch(id);
            }
            steady = heard.steady;
        }
        self.run = steady.then_some(Run { receiver, from: *from, peer: id });
        debug_assert!(
            self.touched == Some(id) || self.device.agenda.is_fresh(&self.device.peers, id),
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
        self.settle();
        self.device.open_handshake(self.now, from, datagram)
    }

    /// Sees to it that a peer is entered in the agenda.
    #[inline]
    fn touch(&mut self, id: PeerId) {
        if self.touched != Some(id) {
            self.settle();
            self.touched = Some(id);
        }
    }

    #[inline]
    fn settle(&mut self) {
        if let Some(id) = self.touched.take() {
            self.device.refresh(id);
        }
    }
}

/// What is seldom done: apart, so that nothing of an [`Arrival`] need be kept in memory for it.
impl<A: Aead> Device<A> {
    /// Sees to what follows from a data message that is not one of many.
    #[cold]
    #[inline(never)]
    fn hear(
        &mut self,
        now: Time,
        id: PeerId,
        from: &SocketAddr,
        receiver: Index,
        len: usize,
    ) -> Heard {
        let Some(peer) = self.peers.get_mut(id) else { return Heard::default() };
        let heard = peer.tunnel.heard(now, from, receiver, len);
        if heard.confirmed {
            self.peers.reindex(id);
        }
        heard
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

impl<A: Aead> Drop for Arrival<'_, A> {
    #[inline]
    fn drop(&mut self) {
        self.settle();
    }
}
