use core::net::SocketAddr;

use super::datagram::Inbound;
use super::frame::{Content, FRAME_NIBBLE};
use super::keytable::{Opened, State};
use super::{Device, PeerId};
use crate::crypto::Aead;
use crate::error::Discard;
use crate::time::Time;
use crate::tunnel::Tunnel;
use crate::wire::{DATA_HEADER_LEN, DataHeader, Index, ip};

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
    pub(super) fn open<'b>(
        &mut self,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        self.open_content(from, datagram)?.into_inbound()
    }

    /// Opens a datagram in place, which may hold a frame of the mesh.
    #[inline(always)]
    pub(super) fn open_content<'b>(
        &mut self,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Content<'b>, Discard> {
        let now = self.now;
        let opened = match DataHeader::parse(datagram) {
            Some((header, _)) => self.receive(from, header, datagram, |tunnel, datagram| {
                tunnel.open(now, header, &mut datagram[DATA_HEADER_LEN..])
            }),
            None => self.open_handshake(from, datagram).map(|()| Inbound::Control.into()),
        };
        opened.inspect_err(|discard| self.device.drops.add(*discard))
    }

    /// Accepts a datagram that was opened elsewhere, or opens it here.
    pub(super) fn commit<'b>(&mut self, opened: Opened<'b>) -> Result<Inbound<'b>, Discard> {
        let Opened { from, datagram, state } = opened;
        let now = self.now;
        self.run = self.run.filter(|run| run.from == from);
        let accepted = match state {
            State::Sealed => return self.open(from, datagram),
            State::Open { header, remote, len } => {
                self.receive(from, header, datagram, |tunnel, _| {
                    tunnel.accept(now, header, remote).map(|()| len)
                })
            }
            State::Forged(header) => Err(match self.device.peers.owner_mut(header.receiver) {
                Some((_, peer)) => peer.blame(Discard::BadTag),
                None => Discard::UnknownIndex,
            }),
        };
        accepted.inspect_err(|discard| self.device.drops.add(*discard))?.into_inbound()
    }

    /// Receives a data message. `open` returns the length of its text, if the message is authentic
    /// and comes for the first time.
    #[inline(always)]
    fn receive<'b>(
        &mut self,
        from: SocketAddr,
        header: DataHeader,
        datagram: &'b mut [u8],
        open: impl FnOnce(&mut Tunnel<A>, &mut [u8]) -> Result<usize, Discard>,
    ) -> Result<Content<'b>, Discard> {
        let receiver = header.receiver;
        let run = self.run.filter(|run| run.receiver == receiver);
        let peers = &mut self.device.peers;
        let found = match run {
            Some(Run { peer: id, .. }) => peers.get_mut(id).map(|peer| (id, peer)),
            None => peers.owner_mut(receiver),
        };
        let Some((id, peer)) = found else { return Err(Discard::UnknownIndex) };
        let len = match open(&mut peer.tunnel, datagram) {
            Ok(len) => len,
            Err(discard) => return Err(peer.blame(discard)),
        };
        if run.is_some() {
            peer.tunnel.heard_again(len);
        } else {
            let heard = peer.tunnel.heard(self.now, from, receiver, len);
            if heard.confirmed {
                self.device.peers.reindex(id);
            }
            if heard.stirred {
                self.touch(id);
            }
            self.run = heard.steady.then_some(Run { receiver, from, peer: id });
        }
        debug_assert!(
            self.touched == Some(id) || self.device.agenda.is_fresh(&self.device.peers, id),
            "a stirred peer kept quiet"
        );
        self.deliver(id, datagram, len)
    }

    /// Hands on the content of a data message from a peer, if it may send that.
    #[inline(always)]
    fn deliver<'b>(
        &mut self,
        id: PeerId,
        datagram: &'b mut [u8],
        len: usize,
    ) -> Result<Content<'b>, Discard> {
        if len == 0 {
            return Ok(Inbound::Keepalive(id).into());
        }
        let text = &datagram[DATA_HEADER_LEN..DATA_HEADER_LEN + len];
        let discard = match ip::Header::parse(text) {
            Some(header) if self.device.routes.of_source(header.source) == Some(id) => {
                let packet = &mut datagram[DATA_HEADER_LEN..DATA_HEADER_LEN + header.len];
                return Ok(Inbound::Packet { peer: id, packet }.into());
            }
            Some(_) => Discard::SpoofedSource,
            None => Discard::NotIp,
        };
        let Some(peer) = self.device.peers.get_mut(id) else { return Err(discard) };
        if peer.frames && text[0] >> 4 == FRAME_NIBBLE {
            return Ok(Content::Frame { peer: id, message: datagram });
        }
        Err(peer.blame(discard))
    }

    /// Opens what is no data message. It may end a session, so that no run goes on.
    #[cold]
    fn open_handshake(&mut self, from: SocketAddr, datagram: &[u8]) -> Result<(), Discard> {
        self.run = None;
        self.settle();
        self.device.open_handshake(self.now, from, datagram)
    }

    /// Sees to it that a peer is entered in the agenda.
    fn touch(&mut self, id: PeerId) {
        if self.touched != Some(id) {
            self.settle();
            self.touched = Some(id);
        }
    }

    fn settle(&mut self) {
        if let Some(id) = self.touched.take() {
            self.device.refresh(id);
        }
    }
}

impl<A: Aead> Drop for Arrival<'_, A> {
    #[inline]
    fn drop(&mut self) {
        self.settle();
    }
}
