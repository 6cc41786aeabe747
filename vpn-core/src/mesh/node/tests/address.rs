use alloc::vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::super::{HEADROOM, TAILROOM, TRANSMIT_LEN};
use super::{
    HONEST, LIAR, Pair, VICTIM, WALL, at, carry, claims, config, network, signing, tunnel,
};
use crate::mesh::certificate::Certificate;
use crate::mesh::event::Outbound;
use crate::mesh::frame::{Call, Frame, Probe};
use crate::mesh::identity::MemberId;
use crate::mesh::record::Record;

/// The address that a liar says it sees is one among others, and told only if nobody contradicts.
#[test]
fn one_members_word_of_where_this_node_is_gives_way_to_twos() {
    let mut own = Pair::new().honest.membership.own;
    let [true_at, false_at] = [at(77), at(78)];
    let id = |byte| MemberId::from_bytes([byte; 32]);
    own.observe(id(1), true_at);
    own.observe(id(2), true_at);
    own.observe(id(3), false_at);
    own.publish(Duration::from_secs(WALL.secs));

    assert!(own.record().endpoints().contains(&true_at));
    assert!(!own.record().endpoints().contains(&false_at));
}

/// A socket's address is no address to be told of; nothing is to be published again for it.
#[test]
fn an_endpoint_that_names_no_host_is_not_told_and_changes_nothing() {
    let nowhere = SocketAddr::from(([0, 0, 0, 0], 51820));
    let mut own = Pair::with(config(HONEST).endpoint(nowhere)).honest.membership.own;
    own.observe(signing(LIAR).id(), at(77));
    own.publish(Duration::from_secs(WALL.secs));

    assert_eq!(own.record().endpoints(), [at(HONEST), at(77)]);
    assert!(!own.observe(signing(LIAR).id(), at(77)));
}

/// Who could say where others are would have them flooded.
#[test]
fn a_member_that_says_it_is_elsewhere_is_not_sent_much_there() {
    let mut pair = Pair::new();
    let (mut sent, mut out) = (0, [0; TRANSMIT_LEN]);
    for second in 0..60_u8 {
        let endpoints = (0..8).map(|port| (at(99).ip(), 1000 + u16::from(second) * 8 + port));
        let endpoints = endpoints.map(SocketAddr::from).collect();
        let peer = pair.peer();
        let call = Frame::Call(Call { is_answer: false, endpoints }).to_bytes();
        pair.liar.send(false, peer, call);
        for _ in 0..10 {
            pair.now = pair.now + Duration::from_millis(100);
            carry(pair.now, &mut pair.liar, LIAR, &mut pair.honest);
            pair.honest.handle_timeout(pair.now);
            while let Some(message) = pair.honest.poll_transmit(pair.now, &mut out) {
                sent += usize::from(message.to.ip() == at(99).ip());
                if message.to == at(LIAR) {
                    let _ = pair.liar.open(pair.now, at(HONEST), message.datagram);
                }
            }
        }
    }

    assert_eq!(sent, 12, "to one host that is not heard");
    assert!(pair.honest.member(&pair.liar.id()).unwrap().is_up);
}

#[test]
fn an_echo_that_nobody_asked_for_proves_nothing() {
    let mut pair = Pair::new();
    let peer = pair.honest.device.find_peer(&tunnel(LIAR).public_key()).unwrap();
    let endpoints = vec![at(99)];
    pair.say(&Frame::Call(Call { is_answer: false, endpoints }));
    for token in 0..64 {
        pair.say(&Frame::Echo(Probe { token, observed: Some(at(98)) }));
    }

    assert_eq!(pair.honest.device.endpoint(peer), Ok(Some(at(LIAR))));
    assert!(!pair.honest.record().endpoints().contains(&at(98)));
}

/// Others take eight editions, and then one in 15 s: who says ever other things of where a node is would
/// have it change its record until nobody takes it.
#[test]
fn words_that_change_all_the_time_change_the_own_record_no_more_than_others_take() {
    let mut pair = Pair::new();
    let edition = |pair: &Pair| pair.honest.record().sequence() >> 16;
    let (mut last, mut changes) = (edition(&pair), 0);
    for second in 0..300_u64 {
        let observed = Some(at(70 + (second % 2) as u8));
        pair.say(&Frame::Probe(Probe { token: second, observed }));
        pair.run(8);
        changes += usize::from(edition(&pair) != last);
        last = edition(&pair);
    }

    assert!((15..=28).contains(&changes), "{changes}");
}

/// A member may name what listens on the host of another, or in its site.
#[test]
fn private_addresses_of_no_shared_network_are_not_dialled() {
    let mut pair = Pair::new();
    let endpoints = ["127.0.0.1:22", "10.0.0.1:22", "[fd00::1]:22"].map(|at| at.parse().unwrap());
    let certificate = Certificate::issue(claims(VICTIM), &network().root()).unwrap();
    pair.say_record(&Record::sign(&signing(VICTIM), 1, &endpoints, certificate, None));
    let address = pair.honest.member(&signing(VICTIM).id()).unwrap().address;

    let mut packet = [0; HEADROOM + 40 + TAILROOM];
    packet[HEADROOM] = 0x60;
    packet[HEADROOM + 24..][..16].copy_from_slice(&address.octets());
    let sealed = pair.honest.seal(pair.now, &mut packet, HEADROOM..HEADROOM + 40);
    assert!(matches!(sealed, Ok(Outbound::Held(_))), "through the liar: {sealed:?}");

    let mut out = [0; TRANSMIT_LEN];
    for _ in 0..300 {
        while let Some(message) = pair.honest.poll_transmit(pair.now, &mut out) {
            assert_eq!(message.to, at(LIAR));
        }
        pair.now = pair.now + Duration::from_millis(100);
        pair.honest.handle_timeout(pair.now);
    }
}
