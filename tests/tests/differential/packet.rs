//! Who there is, where they are, and what they send each other.

use std::net::SocketAddr;

use vpn_core::Unix;

/// Wall time at the beginning.
pub(crate) const WALL: Unix = Unix { secs: 1_800_000_000, nanos: 0 };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    Theirs,
}

use Side::{Ours, Theirs};

pub(crate) fn address(side: Side) -> SocketAddr {
    match side {
        Ours => SocketAddr::from(([192, 0, 2, 1], 1)),
        Theirs => SocketAddr::from(([192, 0, 2, 2], 2)),
    }
}

/// An IPv4 or IPv6 packet from one side to the other; its number is written at the end.
pub(crate) fn packet(from: Side, v6: bool, len: usize, number: u32) -> Vec<u8> {
    let (from, to) = if from == Ours { (1, 2) } else { (2, 1) };
    let mut packet = vec![0xa5; len];
    if v6 {
        packet[..40].fill(0);
        packet[0] = 0x60;
        packet[4..6].copy_from_slice(&u16::try_from(len - 40).unwrap().to_be_bytes());
        (packet[8], packet[23], packet[24], packet[39]) = (0xfd, from, 0xfd, to);
    } else {
        packet[..20].fill(0);
        packet[0] = 0x45;
        packet[2..4].copy_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
        packet[12..20].copy_from_slice(&[10, 0, 0, from, 10, 0, 0, to]);
    }
    packet[len - 4..].copy_from_slice(&number.to_be_bytes());
    packet
}

/// The packet at the beginning of bytes of which the rest is padding: less than 16 bytes of zeros.
pub(crate) fn without_padding(bytes: &[u8]) -> &[u8] {
    let len = match bytes[0] >> 4 {
        4 => usize::from(u16::from_be_bytes([bytes[2], bytes[3]])),
        _ => 40 + usize::from(u16::from_be_bytes([bytes[4], bytes[5]])),
    };
    let (packet, padding) = bytes.split_at(len);
    assert!(padding.len() < 16 && padding.iter().all(|byte| *byte == 0), "{padding:?}");
    packet
}
