use vpn_core::link::{ANSWER_HEADROOM, Fragments, answer_too_big, clamp_mss};

/// Free bytes in front of the packet, and behind it.
const ROOM: usize = ANSWER_HEADROOM + 4;

/// A packet of any bytes, and an MTU: what is announced is lowered, a packet that is too long answered
/// or cut.
///
/// The first two bytes are the MTU, the rest the packet. What is changed keeps its checksum if it had
/// one; what is made has one, tells the MTU to nobody but the source, and is not answered itself; cut
/// packets can be put together again.
///
/// # Panics
///
/// If one of these does not hold.
pub fn vpn_link(input: &[u8]) {
    let Some((mtu, packet)) = input.split_first_chunk::<2>() else { return };
    let mtu = u16::from_be_bytes(*mtu);
    clamp(packet, mtu);
    answer(packet, mtu);
    cut(packet, mtu);
}

fn clamp(packet: &[u8], mtu: u16) {
    let mut clamped = packet.to_vec();
    let changed = clamp_mss(&mut clamped, mtu);

    assert_eq!(changed, clamped != packet, "what it says is what it did");
    assert!(!clamp_mss(&mut clamped, mtu), "once is enough");
    // Headers before that of TCP have whole words, so this is about the segment's checksum too.
    assert_eq!(sum(&clamped), sum(packet));
    // Two bytes of the checksum, and two of each option, of which there is room for ten.
    let differ = clamped.iter().zip(packet).filter(|(new, old)| new != old).count();
    assert!(clamped.len() == packet.len() && differ <= 22, "{differ} bytes changed");
}

fn answer(packet: &[u8], mtu: u16) {
    let mut buf = vec![0x5a; ROOM + packet.len() + 4];
    let range = ROOM..ROOM + packet.len();
    buf[range.clone()].copy_from_slice(packet);
    let before = buf.clone();
    let Some(at) = answer_too_big(&mut buf, range.clone(), mtu) else {
        return assert_eq!(buf, before, "nothing changes where nobody is to be told");
    };

    assert_eq!(buf[..at.start], before[..at.start]);
    assert_eq!(buf[range.start..], before[range.start..], "the packet is quoted where it lies");
    let answer = &buf[at.clone()];
    if answer[0] == 0x45 {
        assert!(answer.len() <= 576 && at.start == range.start - 28);
        assert_eq!(usize::from(word(answer, 2)), answer.len());
        assert_eq!((&answer[12..16], &answer[16..20]), (&packet[16..20], &packet[12..16]));
        assert_eq!((answer[9], &answer[20..22], word(answer, 26)), (1, &[3, 4][..], mtu));
        assert_eq!((sum(&answer[..20]), sum(&answer[20..])), (0xffff, 0xffff));
        assert!(packet[6] & 0x40 != 0, "it was not to be cut");
    } else {
        assert!(answer.len() <= 1280 && at.start == range.start - 48);
        assert_eq!(usize::from(word(answer, 4)) + 40, answer.len());
        assert_eq!((&answer[8..24], &answer[24..40]), (&packet[24..40], &packet[8..24]));
        assert_eq!((answer[6], &answer[40..42], word(answer, 46)), (58, &[2, 0][..], mtu));
        let pseudo = [&answer[8..40], &answer[4..6], &[0, 58]].concat();
        assert_eq!(sum(&[&pseudo, &answer[40..]].concat()), 0xffff);
    }
    let end = at.end;
    buf.copy_within(at, ROOM - 48);
    let len = end - (range.start - if packet[0] >> 4 == 4 { 28 } else { 48 });
    let again = ROOM - 48..ROOM - 48 + len;
    let mut room = vec![0; ROOM];
    room.extend(&buf[again]);
    let again = ROOM..room.len();
    assert_eq!(answer_too_big(&mut room, again, 68), None, "an answer is not answered");
}

fn cut(packet: &[u8], mtu: u16) {
    let Some(mut fragments) = Fragments::new(packet, mtu) else { return };
    let header = |bytes: &[u8]| usize::from(bytes[0] & 0xf) * 4;
    let total = usize::from(word(packet, 2));
    let (mut content, mut more) = (Vec::<u8>::new(), true);
    let start = usize::from(word(packet, 6) & 0x1fff);
    let mut out = vec![0; mtu.into()];
    while let Some(len) = fragments.write_next(&mut out) {
        let (piece, from) = (&out[..len], header(&out));
        assert!(more, "nothing follows the last");
        assert_eq!((usize::from(word(piece, 2)), sum(&piece[..from])), (len, 0xffff));
        assert_eq!((&piece[4..6], &piece[8..10]), (&packet[4..6], &packet[8..10]));
        assert_eq!(piece[12..20], packet[12..20]);
        assert_eq!(usize::from(word(piece, 6) & 0x1fff), (start + content.len() / 8) & 0x1fff);
        assert!(len > from, "it carries something");
        content.extend(&piece[from..]);
        more = word(piece, 6) & 0x2000 != 0;
        let is_last = content.len() == total - header(packet);
        assert_eq!(more, !is_last || word(packet, 6) & 0x2000 != 0);
        more = !is_last;
    }
    assert_eq!(content, packet[header(packet)..total]);
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// The ones' complement sum, folded word by word; 0xffff for zero too.
fn sum(bytes: &[u8]) -> u16 {
    let mut sum: u16 = 0;
    for at in (0..bytes.len()).step_by(2) {
        let last = bytes.get(at + 1).copied().unwrap_or(0);
        let (next, carry) = sum.overflowing_add(u16::from_be_bytes([bytes[at], last]));
        sum = next + u16::from(carry);
    }
    if sum == 0 { 0xffff } else { sum }
}
