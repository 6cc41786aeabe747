//! Packets inside the tunnel: UDP over IPv4 or IPv6, as an operating system would make them.

use std::net::{IpAddr, SocketAddr};

use etherparse::{NetSlice, PacketBuilder, SlicedPacket, TransportSlice};

/// Bytes of the headers of IP and UDP.
pub(crate) fn headers_len(address: IpAddr) -> usize {
    8 + if address.is_ipv4() { 20 } else { 40 }
}

/// A packet with all its checksums.
pub(crate) fn packet(from: SocketAddr, to: SocketAddr, content: &[u8]) -> Vec<u8> {
    let builder = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64),
        (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), 64),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => panic!("two families"),
    };
    let mut packet = Vec::new();
    builder.udp(from.port(), to.port()).write(&mut packet, content).unwrap();
    packet
}

/// Source, destination and content of a packet, which is to be exactly one of UDP.
pub(crate) fn parse(packet: &[u8]) -> (SocketAddr, SocketAddr, &[u8]) {
    let sliced = SlicedPacket::from_ip(packet).unwrap();
    let (from, to): (IpAddr, IpAddr) = match sliced.net {
        Some(NetSlice::Ipv4(ip)) => {
            (ip.header().source_addr().into(), ip.header().destination_addr().into())
        }
        Some(NetSlice::Ipv6(ip)) => {
            (ip.header().source_addr().into(), ip.header().destination_addr().into())
        }
        Some(NetSlice::Arp(_)) | None => panic!("not IP"),
    };
    let Some(TransportSlice::Udp(udp)) = sliced.transport else { panic!("not UDP") };
    let content = udp.payload();
    assert_eq!(headers_len(from) + content.len(), packet.len(), "bytes behind the packet");
    ((from, udp.source_port()).into(), (to, udp.destination_port()).into(), content)
}
