use super::checksum;
use super::upper::{TCP, Upper};

/// Headers of IPv4 and TCP without options, which an MSS does not count (RFC 9293, section 3.7.1).
const V4_HEADERS: u16 = 20 + 20;
/// Headers of IPv6 and TCP without options.
const V6_HEADERS: u16 = 40 + 20;
const SYN: u8 = 0x02;

/// Lowers the maximum segment size that a TCP SYN announces to what packets of `mtu` bytes carry: 40
/// bytes less over IPv4, 60 over IPv6. Returns whether the packet was changed.
///
/// For packets in either direction: what one side announces limits what the other sends. The checksum
/// is brought up to date (RFC 1624). A size is never raised, nor added where none is announced: what
/// is taken then, 536 bytes over IPv4 and 1,220 over IPv6, fits. Other packets, later fragments,
/// headers behind an authentication header or behind more than eight extension headers, and options
/// that are not well formed, are left as they are.
///
/// # Examples
///
/// ```
/// use vpn_core::link::clamp_mss;
///
/// // A SYN without data, which announces 1,460 bytes.
/// let mut packet = *b"\x45\0\0\x2c\0\0\x40\0\x40\x06\x26\xca\x0a\0\0\x01\x0a\0\0\x02\
///     \xc0\0\0\x50\0\0\0\0\0\0\0\0\x60\x02\xff\xff\xc3\xd3\0\0\x02\x04\x05\xb4";
///
/// assert!(clamp_mss(&mut packet, 1420));
/// assert_eq!(packet[40..], [2, 4, 0x05, 0x64], "1,380 bytes");
/// assert!(!clamp_mss(&mut packet, 1500));
/// ```
pub fn clamp_mss(packet: &mut [u8], mtu: u16) -> bool {
    clamp(packet, mtu).unwrap_or(false)
}

fn clamp(packet: &mut [u8], mtu: u16) -> Option<bool> {
    let upper = Upper::find(packet).filter(|upper| upper.protocol == TCP && upper.is_start)?;
    let headers = if packet.first()? >> 4 == 4 { V4_HEADERS } else { V6_HEADERS };
    let limit = mtu.saturating_sub(headers);
    let segment = packet.get_mut(upper.at..)?;
    let header = segment.first_chunk::<20>()?;
    let end = usize::from(header[12] >> 4) * 4;
    if header[13] & SYN == 0 || segment.len() < end {
        return None;
    }
    let mut changed = false;
    let mut at = header.len();
    while at < end {
        const END: u8 = 0;
        const NOTHING: u8 = 1;
        const MSS: u8 = 2;
        match segment.get(at..end)? {
            [END, ..] => break,
            [NOTHING, ..] => at += 1,
            [MSS, 4, high, low, ..] => {
                let old = u16::from_be_bytes([*high, *low]);
                if old > limit {
                    replace(segment, at + 2, old, limit)?;
                    changed = true;
                }
                at += 4;
            }
            [_, len, ..] if *len >= 2 => at += usize::from(*len),
            _ => break,
        }
    }
    Some(changed)
}

/// Replaces a number in a segment.
fn replace(segment: &mut [u8], at: usize, old: u16, new: u16) -> Option<()> {
    segment.get_mut(at..at + 2)?.copy_from_slice(&new.to_be_bytes());
    // At an odd place the number's bytes belong to two words of the sum, each the wrong way round;
    // swapped as a whole, they add the same.
    let word = |number: u16| if at % 2 == 0 { number } else { number.swap_bytes() };
    let sum = segment.get_mut(16..)?.first_chunk_mut()?;
    *sum = checksum::update(u16::from_be_bytes(*sum), word(old), word(new)).to_be_bytes();
    Some(())
}

/// Whether [`clamp_mss`] is to look at a packet: a few comparisons that let all SYNs through, and of
/// others few.
#[cfg(feature = "mesh")]
#[inline]
pub(crate) fn may_open_connection(packet: &[u8]) -> bool {
    let flags = match packet.first().map_or(0, |first| first >> 4) {
        4 => match packet {
            [first, _, _, _, _, _, _, _, _, TCP, ..] => {
                packet.get(usize::from(first & 0xf) * 4 + 13)
            }
            _ => None,
        },
        6 => match packet.get(6) {
            Some(&TCP) => packet.get(40 + 13),
            // Behind extension headers there may be anything.
            next => return matches!(next, Some(0 | 43 | 44 | 60)),
        },
        _ => None,
    };
    flags.is_some_and(|flags| flags & SYN != 0)
}

#[cfg(all(test, feature = "mesh"))]
mod tests {
    use super::*;

    #[test]
    fn whatever_may_be_a_syn_is_looked_at_and_little_else() {
        let mut v4 = [0; 60];
        (v4[0], v4[9], v4[33]) = (0x45, TCP, SYN);
        let mut v6 = [0; 60];
        (v6[0], v6[6], v6[53]) = (0x60, TCP, SYN);
        let with = |packet: [u8; 60], at: usize, value: u8| {
            let mut packet = packet;
            packet[at] = value;
            may_open_connection(&packet)
        };

        assert!(may_open_connection(&v4) && with(v4, 33, 0xff));
        assert!(may_open_connection(&v6) && with(v6, 53, 0x12));
        assert!(!with(v4, 33, 0xfd) && !with(v4, 9, 17) && !with(v4, 0, 0x46));
        assert!(!with(v6, 53, 0xfd) && !with(v6, 6, 17) && !with(v6, 0, 0x45) && !with(v6, 6, 58));
        for extension in [0, 43, 44, 60] {
            assert!(with(v6, 6, extension) && with([0x60; 60], 6, extension), "{extension}");
        }
        // A byte of an address is no protocol.
        assert!(with(v6, 9, TCP));
        assert!(!may_open_connection(&v4[..33]) && !may_open_connection(&v6[..53]));
        assert!(!may_open_connection(&[]) && !may_open_connection(&[0x45; 9]));
    }
}
