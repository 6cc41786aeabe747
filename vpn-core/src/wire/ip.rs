//! The few header fields of an inner packet that routing needs (RFC 791, RFC 8200).

use core::net::IpAddr;

const IPV4_HEADER_LEN: usize = 20;
const IPV6_HEADER_LEN: usize = 40;

/// An inner address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    V4(u32),
    V6(u128),
}

impl From<IpAddr> for Address {
    #[inline]
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => Self::V6(address.to_bits()),
        }
    }
}

/// Addresses and length of an inner packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    /// Length of the whole packet as its header states it; what follows is padding.
    pub(crate) len: usize,
}

impl Header {
    /// Reads the header; `None` unless a whole packet of version 4 or 6 is there.
    #[inline]
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        // The shorter of the two headers.
        let start: &[u8; IPV4_HEADER_LEN] = packet.first_chunk()?;
        match start[0] >> 4 {
            4 => Self::parse_v4(start, packet),
            6 => Self::parse_v6(packet),
            _ => None,
        }
    }

    #[inline]
    fn parse_v4(header: &[u8; IPV4_HEADER_LEN], packet: &[u8]) -> Option<Self> {
        let len = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let (_, addresses) = header.split_last_chunk::<8>()?;
        let (source, destination) = addresses.split_first_chunk::<4>()?;
        let destination = destination.first_chunk::<4>()?;
        if len < IPV4_HEADER_LEN || len > packet.len() {
            return None;
        }
        Some(Self {
            source: IpAddr::from(*source).into(),
            destination: IpAddr::from(*destination).into(),
            len,
        })
    }

    #[inline]
    fn parse_v6(packet: &[u8]) -> Option<Self> {
        let header: &[u8; IPV6_HEADER_LEN] = packet.first_chunk()?;
        let len = IPV6_HEADER_LEN + usize::from(u16::from_be_bytes([header[4], header[5]]));
        let (_, addresses) = header.split_last_chunk::<32>()?;
        let (source, destination) = addresses.split_first_chunk::<16>()?;
        let destination = destination.first_chunk::<16>()?;
        if len > packet.len() {
            return None;
        }
        Some(Self {
            source: IpAddr::from(*source).into(),
            destination: IpAddr::from(*destination).into(),
            len,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_length_of_ipv4() {
        let mut packet = [0; 28];
        packet[0] = 0x45;
        packet[3] = 24;
        packet[12..16].copy_from_slice(&[10, 0, 0, 1]);
        packet[16..20].copy_from_slice(&[10, 0, 0, 2]);

        let header = Header::parse(&packet).unwrap();

        assert_eq!(header.source, IpAddr::from([10, 0, 0, 1]).into());
        assert_eq!(header.destination, IpAddr::from([10, 0, 0, 2]).into());
        assert_eq!(header.len, 24);
    }

    #[test]
    fn addresses_and_length_of_ipv6() {
        let mut packet = [0; 50];
        packet[0] = 0x60;
        packet[5] = 9;
        packet[8] = 0xfd;
        packet[39] = 1;

        let header = Header::parse(&packet).unwrap();

        assert_eq!(header.source, "fd00::".parse::<IpAddr>().unwrap().into());
        assert_eq!(header.destination, "::1".parse::<IpAddr>().unwrap().into());
        assert_eq!(header.len, 49);
    }

    #[test]
    fn packets_shorter_than_their_header_says_are_refused() {
        let mut v4 = [0; 20];
        v4[0] = 0x45;
        v4[3] = 20;
        assert!(Header::parse(&v4).is_some());
        assert!(Header::parse(&v4[..19]).is_none());
        v4[3] = 21;
        assert!(Header::parse(&v4).is_none());
        v4[3] = 19;
        assert!(Header::parse(&v4).is_none());

        let mut v6 = [0; 40];
        v6[0] = 0x60;
        assert!(Header::parse(&v6).is_some());
        assert!(Header::parse(&v6[..39]).is_none());
        v6[5] = 1;
        assert!(Header::parse(&v6).is_none());
    }

    #[test]
    fn other_versions_and_nothing_are_refused() {
        assert!(Header::parse(&[]).is_none());
        for version in (0..16u8).filter(|version| !matches!(version, 4 | 6)) {
            assert!(Header::parse(&[version << 4; 64]).is_none());
        }
    }
}
