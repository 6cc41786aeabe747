//! What becomes of inner packets because of their length, judged by etherparse: it builds the packets,
//! reads what comes of them, and computes every checksum again.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use etherparse::{
    Icmpv4Header, Icmpv4Type, Icmpv6Header, Icmpv6Type, Ipv4HeaderSlice, NetSlice, PacketBuilder,
    SlicedPacket, TcpOptionElement, TransportSlice, icmpv4, icmpv6,
};
use proptest::prelude::*;
use vpn_core::link::{ANSWER_HEADROOM, Fragments, answer_too_big, clamp_mss};

const V4: [[u8; 4]; 2] = [[10, 0, 0, 1], [10, 0, 0, 2]];
const V6: [[u8; 16]; 2] = [[0xfd; 16], [0xfc; 16]];

fn options() -> impl Strategy<Value = Vec<TcpOptionElement>> {
    let option = prop_oneof![
        Just(TcpOptionElement::Noop),
        any::<u16>().prop_map(TcpOptionElement::MaximumSegmentSize),
        any::<u8>().prop_map(TcpOptionElement::WindowScale),
        Just(TcpOptionElement::SelectiveAcknowledgementPermitted),
        any::<(u32, u32)>().prop_map(|(a, b)| TcpOptionElement::Timestamp(a, b)),
    ];
    prop::collection::vec(option, 0..4)
}

/// A TCP packet with these options.
fn tcp(is_v6: bool, syn: bool, options: &[TcpOptionElement], payload: &[u8]) -> Vec<u8> {
    let builder = match is_v6 {
        true => PacketBuilder::ipv6(V6[0], V6[1], 64),
        false => PacketBuilder::ipv4(V4[0], V4[1], 64),
    };
    let builder = builder.tcp(49152, 80, 1, 65_535).options(options).unwrap();
    let builder = if syn { builder.syn() } else { builder.ack(7) };
    let mut packet = Vec::new();
    builder.write(&mut packet, payload).unwrap();
    packet
}

fn udp(is_v6: bool, payload: &[u8]) -> Vec<u8> {
    let builder = match is_v6 {
        true => PacketBuilder::ipv6(V6[0], V6[1], 64),
        false => PacketBuilder::ipv4(V4[0], V4[1], 64),
    };
    let mut packet = Vec::new();
    builder.udp(1, 2).write(&mut packet, payload).unwrap();
    packet
}

proptest! {
    #[test]
    fn announced_sizes_are_lowered_and_nothing_else_changes(
        is_v6: bool,
        syn: bool,
        options in options(),
        payload in prop::collection::vec(any::<u8>(), 0..40),
        mtu in 576..1500_u16,
    ) {
        let before = tcp(is_v6, syn, &options, &payload);
        let mut after = before.clone();

        let changed = clamp_mss(&mut after, mtu);

        let limit = mtu - if is_v6 { 60 } else { 40 };
        let lowered: Vec<_> = options
            .iter()
            .map(|option| {
                let TcpOptionElement::MaximumSegmentSize(size) = option else {
                    return option.clone();
                };
                TcpOptionElement::MaximumSegmentSize(if syn { limit.min(*size) } else { *size })
            })
            .collect();
        prop_assert_eq!(changed, lowered != options);
        // Built anew with what is expected, checksum included.
        prop_assert_eq!(after, tcp(is_v6, syn, &lowered, &payload));
    }

    #[test]
    fn answers_are_well_formed_and_quote_the_packet(
        is_v6: bool,
        len in 1300..3000_usize,
        mtu in 1280..1300_u16,
    ) {
        let packet = udp(is_v6, &vec![0xa5; len]);
        let mut buf = [&[0; ANSWER_HEADROOM][..], &packet].concat();
        let range = ANSWER_HEADROOM..buf.len();

        let at = answer_too_big(&mut buf, range, mtu).unwrap();

        let answer = SlicedPacket::from_ip(&buf[at.clone()]).unwrap();
        match (answer.net.unwrap(), answer.transport.unwrap()) {
            (NetSlice::Ipv4(net), TransportSlice::Icmpv4(icmp)) => {
                let header = net.header();
                prop_assert_eq!(header.header_checksum(), header.to_header().calc_header_checksum());
                prop_assert_eq!([header.destination(), header.source()], V4);
                let unreachable = icmpv4::DestUnreachableHeader::FragmentationNeeded {
                    next_hop_mtu: mtu,
                };
                let expected = Icmpv4Type::DestinationUnreachable(unreachable);
                prop_assert_eq!(icmp.icmp_type(), expected.clone());
                let sum = Icmpv4Header::with_checksum(expected, icmp.payload());
                prop_assert_eq!(icmp.checksum(), sum.checksum);
                prop_assert_eq!((at.len(), icmp.payload()), (576, &packet[..548]));
            }
            (NetSlice::Ipv6(net), TransportSlice::Icmpv6(icmp)) => {
                let header = net.header();
                prop_assert_eq!([header.destination(), header.source()], V6);
                let expected = Icmpv6Type::PacketTooBig { mtu: mtu.into() };
                prop_assert_eq!(icmp.icmp_type(), expected);
                prop_assert_eq!(icmp.code_u8(), 0);
                prop_assert_eq!(icmp.type_u8(), icmpv6::TYPE_PACKET_TOO_BIG);
                let (source, destination) = (header.source(), header.destination());
                let sum = Icmpv6Header::with_checksum(
                    expected, source, destination, icmp.payload(),
                );
                prop_assert_eq!(icmp.checksum(), sum.unwrap().checksum);
                prop_assert_eq!((at.len(), icmp.payload()), (1280, &packet[..1232]));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn fragments_are_put_together_again(len in 100..4000_usize, mtu in 68..1500_u16) {
        let mut packet = udp(false, &(0..len).map(|at| at as u8).collect::<Vec<_>>());
        packet[6] = 0;
        prop_assume!(packet.len() > mtu.into());
        let mut whole = vec![0; packet.len() - 20];
        let mut fragments = Fragments::new(&packet, mtu).unwrap();
        let (mut out, mut more) = (vec![0; mtu.into()], true);

        while let Some(len) = fragments.write_next(&mut out) {
            prop_assert!(more);
            let header = Ipv4HeaderSlice::from_slice(&out[..len]).unwrap();
            prop_assert_eq!(header.header_checksum(), header.to_header().calc_header_checksum());
            prop_assert_eq!(usize::from(header.total_len()), len);
            more = header.more_fragments();
            let start = usize::from(header.fragments_offset().value()) * 8;
            whole[start..start + len - 20].copy_from_slice(&out[20..len]);
        }

        prop_assert!(!more);
        prop_assert_eq!(&whole[..], &packet[20..]);
    }
}
