use alloc::vec;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::super::{Node, NodeConfig, TRANSMIT_LEN};
use super::{HONEST, LIAR, Pair, VICTIM, WALL, at, carry, config, signing};
use crate::crypto::Seed;
use crate::mesh::event::Inbound;
use crate::mesh::frame::Frame;
use crate::mesh::path::Hop;
use crate::mesh::path::relay::{Carried, HEADER_LEN, Leg};
use crate::mesh::roster;

/// An honest node that has tunnels with the liar and with another.
struct Triple {
    pair: Pair,
    other: Node,
}

impl Triple {
    fn new(honest: NodeConfig) -> Self {
        let mut pair = Pair::with(honest);
        let other = config(VICTIM);
        let mut other = Node::new(other, Seed::from_bytes([3; 32]), pair.now, WALL).unwrap();
        other.join(pair.now, at(HONEST)).unwrap();
        for _ in 0..20 {
            carry(pair.now, &mut other, VICTIM, &mut pair.honest);
            let mut out = [0; TRANSMIT_LEN];
            while let Some(sent) = pair.honest.poll_transmit(pair.now, &mut out) {
                let (to, number) = match sent.to {
                    to if to == at(VICTIM) => (&mut other, HONEST),
                    _ => (&mut pair.liar, HONEST),
                };
                let _ = to.open(pair.now, at(number), sent.datagram);
            }
            pair.now = pair.now + Duration::from_millis(100);
            other.handle_timeout(pair.now);
            pair.honest.handle_timeout(pair.now);
        }
        assert!(pair.honest.member(&other.id()).unwrap().is_up);
        Self { pair, other }
    }

    /// A datagram of the liar with something to be passed on to a member.
    fn carried(&mut self, to: u8, message: &[u8]) -> Vec<u8> {
        let peer = self.pair.peer();
        let mut buf = [0; 1500];
        let front = buf[16..].first_chunk_mut::<HEADER_LEN>().unwrap();
        let tag = roster::tag(&signing(to).id());
        Carried::emit(Leg::Out, tag, message.len(), front).unwrap();
        let frame = 16..16 + HEADER_LEN + message.len();
        buf[frame.end - message.len()..frame.end].copy_from_slice(message);
        let sealed = self.pair.liar.device.seal_frame(self.pair.now, peer, &mut buf, frame);
        let (message, _) = sealed.unwrap().unwrap();
        buf[message].to_vec()
    }

    /// Where the honest node passes it on to, if it does, and how many bytes.
    fn passed_on(&mut self, mut datagram: Vec<u8>) -> Option<(SocketAddr, usize)> {
        match self.pair.honest.open(self.pair.now, at(LIAR), &mut datagram) {
            Ok(Inbound::Forward(sent)) => Some((sent.to, sent.datagram.len())),
            Ok(_) | Err(_) => None,
        }
    }
}

/// A data message, as far as anybody can see who has not its key.
fn message(len: usize) -> Vec<u8> {
    let mut message = vec![0x5a; len];
    message[..4].copy_from_slice(&[4, 0, 0, 0]);
    message
}

#[test]
fn a_message_is_passed_on_to_whom_it_names_in_a_datagram_of_the_same_length() {
    let mut triple = Triple::new(config(HONEST));
    let datagram = triple.carried(VICTIM, &message(1312));
    let len = datagram.len();

    assert_eq!(triple.passed_on(datagram.clone()), Some((at(VICTIM), len)));
    assert_eq!(triple.passed_on(datagram), None, "a replay");
    let nonsense = triple.carried(VICTIM, &[0x45; 40]);
    assert_eq!(triple.passed_on(nonsense), None, "no message of the protocol");
}

#[test]
fn what_was_passed_on_is_not_passed_on_again() {
    let mut triple = Triple::new(config(HONEST));
    let mut datagram = triple.carried(VICTIM, &message(100));
    let via = Hop::Via { relay: 0, party: roster::tag(&signing(LIAR).id()) }.address();

    let now = triple.pair.now;
    assert!(triple.pair.honest.open(now, via, &mut datagram.clone()).is_err(), "nobody is there");
    let opened = triple.pair.honest.open_from(now, via, &mut datagram);
    assert_eq!(opened, Ok(Inbound::Control));
}

#[test]
fn a_member_has_no_more_passed_on_than_is_allowed() {
    let mut triple = Triple::new(config(HONEST).relay(1000));
    let mut passed = 0;
    for _ in 0..30 {
        let datagram = triple.carried(VICTIM, &message(100));
        passed += triple.passed_on(datagram).map_or(0, |(_, len)| len);
    }

    assert!((800..=1000).contains(&passed), "{passed}");
}

#[test]
fn whoever_does_not_pass_on_says_so_and_not_too_often() {
    for (config, to) in [(config(HONEST).relay(0), VICTIM), (config(HONEST), VICTIM + 1)] {
        let mut triple = Triple::new(config);
        triple.pair.honest.outbox.letters.clear();
        for _ in 0..5 {
            let datagram = triple.carried(to, &message(100));
            assert_eq!(triple.passed_on(datagram), None);
        }

        let refusal = Frame::Refusal(roster::tag(&signing(to).id())).to_bytes();
        let said = |letter: &super::super::outbox::Letter| letter.frame == refusal;
        assert_eq!(
            triple.pair.honest.outbox.letters.iter().filter(|letter| said(letter)).count(),
            1
        );
        drop(triple.other);
    }
}
