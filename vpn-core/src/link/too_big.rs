use core::ops::Range;

use super::checksum::Sum;
use super::upper::{ICMPV4, ICMPV6, Upper};

/// Free bytes that [`answer_too_big`] needs in front of the packet.
pub const ANSWER_HEADROOM: usize = V6_HEADERS;

const V4_HEADERS: usize = 20 + 8;
const V6_HEADERS: usize = 40 + 8;
/// The greatest length of an answer: RFC 1812, section 4.3.2.3; RFC 4443, section 2.4 (c).
const MAX_V4: usize = 576;
const MAX_V6: usize = 1280;

/// Makes the answer to the packet in `buf[packet]` that is longer than `mtu`, in its place: an ICMP
/// message which tells the packet's source that MTU. Returns where in the buffer it lies; it is to be
/// handed to whoever sent the packet, as if it had come from the packet's destination.
///
/// Of IPv6 it is Packet Too Big (RFC 4443, section 3.2), of up to 1,280 bytes; of IPv4 Destination
/// Unreachable, Fragmentation Needed (RFC 792 and RFC 1191), of up to 576. Needs
/// [`ANSWER_HEADROOM`] free bytes in front of the packet, which are overwritten.
///
/// Returns `None`, and changes nothing, where nobody is to be told: of packets that are no whole IP
/// packets or not longer than `mtu`; of IPv4 packets that routers may cut, see
/// [`Fragments`](super::Fragments); if `mtu` is below 1,280 of IPv6 or 68 of IPv4, which sources do
/// not believe; in answer to an ICMP error or redirect, or what may be one; to later fragments; and to
/// packets to or from an address that is not of one host (RFC 1122, section 3.2.2; RFC 4443, section
/// 2.4 (e)). Unless the caller limits the rate of answers anyway, it must see to it (RFC 4443, 2.4
/// (f)).
///
/// # Examples
///
/// ```
/// use vpn_core::link::{ANSWER_HEADROOM, answer_too_big};
///
/// // A packet of 1,420 bytes from fd00::1 to fd00::2 with an UDP header and data.
/// let mut buf = [0; ANSWER_HEADROOM + 1420];
/// let packet = ANSWER_HEADROOM..buf.len();
/// buf[packet.clone()][..8].copy_from_slice(&[0x60, 0, 0, 0, 0x05, 0x64, 17, 64]);
/// for (at, byte) in [(8, 0xfd), (23, 1), (24, 0xfd), (39, 2)] {
///     buf[packet.clone()][at] = byte;
/// }
///
/// let answer = answer_too_big(&mut buf, packet, 1380).ok_or("nobody is to be told")?;
/// assert_eq!(answer.len(), 1280);
/// // Type, code, and behind the checksum the MTU.
/// assert_eq!(buf[answer][40..][..8], [2, 0, 0x88, 0xdb, 0, 0, 0x05, 0x64]);
/// # Ok::<(), &str>(())
/// ```
pub fn answer_too_big(buf: &mut [u8], packet: Range<usize>, mtu: u16) -> Option<Range<usize>> {
    let content = buf.get(packet.clone())?;
    let (is_v6, len) = match content.first()? >> 4 {
        4 => {
            let header = content.first_chunk::<20>()?;
            (false, usize::from(u16::from_be_bytes([header[2], header[3]])))
        }
        6 => {
            let header = content.first_chunk::<40>()?;
            (true, 40 + usize::from(u16::from_be_bytes([header[4], header[5]])))
        }
        _ => return None,
    };
    let whole = len <= content.len() && len > mtu.into();
    let content = content.get(..len).filter(|_| whole)?;
    if is_v6 {
        let hosts = addresses_v6(content).filter(|_| usize::from(mtu) >= MAX_V6)?;
        let quoted = len.min(MAX_V6 - V6_HEADERS);
        is_answered(content, ICMPV6, |kind| kind < 128 || kind == 137).then_some(())?;
        let start = packet.start.checked_sub(V6_HEADERS)?;
        let answer = start..packet.start + quoted;
        emit_v6(buf.get_mut(answer.clone())?, hosts, mtu)?;
        return Some(answer);
    }
    let header = content.first_chunk::<20>()?;
    let hosts = addresses_v4(header).filter(|_| mtu >= 68 && header[6] & 0x40 != 0)?;
    is_answered(content, ICMPV4, |kind| matches!(kind, 3 | 4 | 5 | 11 | 12)).then_some(())?;
    let quoted = len.min(MAX_V4 - V4_HEADERS);
    let start = packet.start.checked_sub(V4_HEADERS)?;
    let answer = start..packet.start + quoted;
    emit_v4(buf.get_mut(answer.clone())?, hosts, mtu)?;
    Some(answer)
}

/// Whether what a packet carries may be answered: `is_error` says of types of ICMP that they may not.
fn is_answered(packet: &[u8], icmp: u8, is_error: fn(u8) -> bool) -> bool {
    let Some(Upper { protocol, at, is_start }) = Upper::find(packet) else { return false };
    is_start && (protocol != icmp || packet.get(at).is_some_and(|kind| !is_error(*kind)))
}

/// Source and destination, if each is of one host (RFC 1122, section 3.2.1.3).
fn addresses_v4(header: &[u8; 20]) -> Option<[[u8; 4]; 2]> {
    let source = *header[12..].first_chunk::<4>()?;
    let destination = *header[16..].first_chunk::<4>()?;
    let is_host = |address: [u8; 4]| !matches!(address[0], 0 | 127 | 224..);
    [source, destination].map(is_host).iter().all(|it| *it).then_some([source, destination])
}

/// Source and destination, if each is of one host (RFC 4291, section 2).
fn addresses_v6(packet: &[u8]) -> Option<[[u8; 16]; 2]> {
    let source = *packet.get(8..)?.first_chunk::<16>()?;
    let destination = *packet.get(24..)?.first_chunk::<16>()?;
    // Unspecified and loopback are 0 and 1.
    let is_host = |address: [u8; 16]| address[0] != 0xff && u128::from_be_bytes(address) > 1;
    [source, destination].map(is_host).iter().all(|it| *it).then_some([source, destination])
}

/// Writes the headers of an answer in front of what it quotes.
fn emit_v4(answer: &mut [u8], [source, destination]: [[u8; 4]; 2], mtu: u16) -> Option<()> {
    /// Precedence of messages that control the network (RFC 1812, section 4.3.2.5).
    const TYPE_OF_SERVICE: u8 = 0xc0;
    let len = u16::try_from(answer.len()).ok()?.to_be_bytes();
    let (header, message) = answer.split_first_chunk_mut::<20>()?;
    *header = [0; 20];
    header[..4].copy_from_slice(&[0x45, TYPE_OF_SERVICE, len[0], len[1]]);
    header[8..10].copy_from_slice(&[64, ICMPV4]);
    header[12..16].copy_from_slice(&destination);
    header[16..].copy_from_slice(&source);
    let sum = Sum::default().add(header).checksum();
    header[10..12].copy_from_slice(&sum.to_be_bytes());

    let [high, low] = mtu.to_be_bytes();
    message.first_chunk_mut().map(|front| *front = [3, 4, 0, 0, 0, 0, high, low])?;
    let sum = Sum::default().add(message).checksum();
    message.get_mut(2..4)?.copy_from_slice(&sum.to_be_bytes());
    Some(())
}

/// Writes the headers of an answer in front of what it quotes.
fn emit_v6(answer: &mut [u8], [source, destination]: [[u8; 16]; 2], mtu: u16) -> Option<()> {
    let (header, message) = answer.split_first_chunk_mut::<40>()?;
    let len = u16::try_from(message.len()).ok()?.to_be_bytes();
    *header = [0; 40];
    header[..8].copy_from_slice(&[0x60, 0, 0, 0, len[0], len[1], ICMPV6, 64]);
    header[8..24].copy_from_slice(&destination);
    header[24..].copy_from_slice(&source);

    let [high, low] = mtu.to_be_bytes();
    message.first_chunk_mut().map(|front| *front = [2, 0, 0, 0, 0, 0, high, low])?;
    let pseudo = Sum::default().add(&header[8..]).add(&len).add(&[0, ICMPV6]);
    let sum = pseudo.add(message).checksum();
    message.get_mut(2..4)?.copy_from_slice(&sum.to_be_bytes());
    Some(())
}
