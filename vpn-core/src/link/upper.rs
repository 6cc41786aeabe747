/// So many extension headers are looked behind; real packets have one or two.
const MAX_EXTENSIONS: usize = 8;

pub(super) const ICMPV4: u8 = 1;
pub(super) const TCP: u8 = 6;
pub(super) const ICMPV6: u8 = 58;

/// What a packet carries, behind its headers and, of IPv6, the extension headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Upper {
    pub(super) protocol: u8,
    /// Where in the packet it begins.
    pub(super) at: usize,
    /// Whether it begins there: not so in a fragment that is not the first.
    pub(super) is_start: bool,
}

impl Upper {
    /// Looks behind the headers; `None` if they do not lie whole in the packet, if there are too many,
    /// or if what is behind is not to be understood.
    pub(super) fn find(packet: &[u8]) -> Option<Self> {
        match packet.first()? >> 4 {
            4 => Self::find_v4(packet),
            6 => Self::find_v6(packet),
            _ => None,
        }
    }

    fn find_v4(packet: &[u8]) -> Option<Self> {
        let header = packet.first_chunk::<20>()?;
        let at = usize::from(header[0] & 0xf) * 4;
        let whole = at >= header.len() && at <= packet.len();
        let is_start = u16::from_be_bytes([header[6], header[7]]) & 0x1fff == 0;
        whole.then_some(Self { protocol: header[9], at, is_start })
    }

    /// The extension headers of RFC 8200, section 4. An authentication header is not looked behind:
    /// nothing there may be changed.
    fn find_v6(packet: &[u8]) -> Option<Self> {
        const HOP_BY_HOP: u8 = 0;
        const ROUTING: u8 = 43;
        const FRAGMENT: u8 = 44;
        const DESTINATION: u8 = 60;

        let (mut protocol, mut at) = (packet.first_chunk::<40>()?[6], 40);
        for _ in 0..=MAX_EXTENSIONS {
            let extension = packet.get(at..).and_then(|rest| rest.first_chunk::<8>());
            match protocol {
                HOP_BY_HOP | ROUTING | DESTINATION => {
                    let [next, len, ..] = *extension?;
                    (protocol, at) = (next, at + 8 + usize::from(len) * 8);
                }
                FRAGMENT => {
                    let [next, _, high, low, ..] = *extension?;
                    (protocol, at) = (next, at + 8);
                    if u16::from_be_bytes([high, low]) & 0xfff8 != 0 {
                        return Some(Self { protocol, at, is_start: false });
                    }
                }
                _ => return (at <= packet.len()).then_some(Self { protocol, at, is_start: true }),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// An IPv6 header, these extension headers, and 20 bytes.
    fn v6(first: u8, extensions: &[&[u8]]) -> Vec<u8> {
        let mut packet = Vec::from([0; 40]);
        (packet[0], packet[6]) = (0x60, first);
        extensions.iter().for_each(|extension| packet.extend(*extension));
        packet.extend([0; 20]);
        packet
    }

    fn at(protocol: u8, at: usize) -> Option<Upper> {
        Some(Upper { protocol, at, is_start: true })
    }

    #[test]
    fn options_of_ipv4_are_passed_over() {
        let mut packet = [0; 32];
        (packet[0], packet[9]) = (0x46, TCP);

        assert_eq!(Upper::find(&packet), at(TCP, 24));
        packet[0] = 0x48;
        assert_eq!(Upper::find(&packet), at(TCP, 32));
        packet[0] = 0x49;
        assert_eq!(Upper::find(&packet), None, "more than there is");
        packet[0] = 0x44;
        assert_eq!(Upper::find(&packet), None, "less than there must be");
    }

    #[test]
    fn extension_headers_are_passed_over() {
        let fragment = [TCP, 0, 0, 1, 0, 0, 0, 7];

        assert_eq!(Upper::find(&v6(TCP, &[])), at(TCP, 40));
        assert_eq!(Upper::find(&v6(60, &[&[0, 1, 0, 0, 0, 0, 0, 0], &[0; 8], &[TCP; 8]])), None);
        let two = v6(0, &[&[43, 1, 0, 0, 0, 0, 0, 0], &[0; 8], &[TCP, 0, 0, 0, 0, 0, 0, 0]]);
        assert_eq!(Upper::find(&two), at(TCP, 64));
        assert_eq!(Upper::find(&v6(44, &[&fragment])), at(TCP, 48));
        let (esp, authentication) = (50, 51);
        assert_eq!(Upper::find(&v6(esp, &[])), at(esp, 40));
        assert_eq!(Upper::find(&v6(authentication, &[])), at(authentication, 40));
    }

    #[test]
    fn later_fragments_do_not_begin_with_a_header() {
        let later = Some(Upper { protocol: TCP, at: 48, is_start: false });
        assert_eq!(Upper::find(&v6(44, &[&[TCP, 0, 0, 8, 0, 0, 0, 7]])), later);

        let mut packet = [0; 20];
        (packet[0], packet[7], packet[9]) = (0x45, 1, TCP);
        assert_eq!(Upper::find(&packet).map(|upper| upper.is_start), Some(false));
        packet[6..8].copy_from_slice(&[0xe0, 0]);
        assert_eq!(Upper::find(&packet).map(|upper| upper.is_start), Some(true));
    }

    #[test]
    fn chains_that_are_too_long_or_cut_off_end_the_search() {
        let chain = |len: usize| {
            let mut extensions = Vec::from([[60, 0, 0, 0, 0, 0, 0, 0]; 12]);
            extensions.truncate(len);
            extensions[len - 1][0] = TCP;
            let extensions: Vec<&[u8]> = extensions.iter().map(|it| &it[..]).collect();
            Upper::find(&v6(60, &extensions))
        };

        assert_eq!(chain(8), at(TCP, 104));
        assert_eq!(chain(9), None);
        assert_eq!(Upper::find(&v6(60, &[])[..47]), None);
        assert_eq!(Upper::find(&v6(44, &[])[..47]), None);
        assert_eq!(Upper::find(&v6(60, &[&[TCP, 255, 0, 0, 0, 0, 0, 0]])), None);
        assert_eq!(Upper::find(&[]), None);
        assert_eq!(Upper::find(&[0x50; 60]), None);
    }
}
