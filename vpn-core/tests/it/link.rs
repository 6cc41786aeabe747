//! What becomes of inner packets because of their length.

use proptest::prelude::*;
use vpn_core::link::{ANSWER_HEADROOM, Fragments, answer_too_big, clamp_mss};

const SYN: u8 = 2;
const ACK: u8 = 16;
const DONT_FRAGMENT: u8 = 0x40;

/// The checksum as RFC 1071 describes it, a word at a time.
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for at in (0..bytes.len()).step_by(2) {
        let low = bytes.get(at + 1).copied().unwrap_or(0);
        sum += u32::from(bytes[at]) * 256 + u32::from(low);
        sum = sum % 65_536 + sum / 65_536;
    }
    !(sum as u16)
}

/// An IPv4 packet from 10.0.0.1 to 10.0.0.2.
fn v4(protocol: u8, flags: u8, options: &[u8], content: &[u8]) -> Vec<u8> {
    let len = (20 + options.len() + content.len()) as u16;
    let mut header = vec![0x45 + options.len() as u8 / 4, 0];
    header.extend(len.to_be_bytes());
    header.extend([0, 7, flags, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    header.extend(options);
    let sum = checksum(&header).to_be_bytes();
    header[10..12].copy_from_slice(&sum);
    header.extend(content);
    header
}

/// An IPv6 packet from fd00::1 to fd00::2.
fn v6(next: u8, content: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((content.len() as u16).to_be_bytes());
    packet.extend([next, 64]);
    packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    packet.extend(content);
    packet
}

fn pseudo_header(packet: &[u8], protocol: u8, len: usize) -> Vec<u8> {
    let addresses = if packet[0] >> 4 == 4 { &packet[12..20] } else { &packet[8..40] };
    let mut pseudo = addresses.to_vec();
    pseudo.extend([0, protocol]);
    pseudo.extend((len as u16).to_be_bytes());
    pseudo
}

/// A TCP header with these options, to be at the end of a packet.
fn tcp(flags: u8, options: &[u8]) -> Vec<u8> {
    let mut header = vec![0xc0, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0];
    let options_len = options.len().next_multiple_of(4);
    header.extend([(5 + options_len as u8 / 4) << 4, flags, 255, 255, 0, 0, 0, 0]);
    header.extend(options);
    header.resize(20 + options_len, 0);
    header
}

/// Gives the TCP header at `at` its checksum.
fn with_checksum(mut packet: Vec<u8>, at: usize) -> Vec<u8> {
    let mut bytes = pseudo_header(&packet, 6, packet.len() - at);
    packet[at + 16..at + 18].fill(0);
    bytes.extend(&packet[at..]);
    let sum = checksum(&bytes).to_be_bytes();
    packet[at + 16..at + 18].copy_from_slice(&sum);
    packet
}

/// The options of a SYN after it was clamped, of which the checksum is right, and whether it says that
/// they have changed.
fn clamped(packet: Vec<u8>, at: usize, mtu: u16) -> (bool, Vec<u8>) {
    let packet = with_checksum(packet, at);
    let mut after = packet.clone();

    let changed = clamp_mss(&mut after, mtu);

    assert_eq!(after, with_checksum(after.clone(), at), "the checksum is right");
    assert_eq!(changed, after != packet);
    (changed, after[at + 20..].to_vec())
}

#[test]
fn a_syn_announces_no_more_than_the_mtu_carries() {
    let mss = |mss: u16| [2, 4, (mss >> 8) as u8, mss as u8];
    let v4_syn = |flags, size| v4(6, DONT_FRAGMENT, &[], &tcp(flags, &mss(size)));
    let v6_syn = |flags, size| v6(6, &tcp(flags, &mss(size)));

    assert_eq!(clamped(v4_syn(SYN, 1460), 20, 1376), (true, mss(1336).to_vec()));
    assert_eq!(clamped(v4_syn(SYN | ACK, 1337), 20, 1376), (true, mss(1336).to_vec()));
    assert_eq!(clamped(v6_syn(SYN, 1440), 40, 1376), (true, mss(1316).to_vec()));
    assert_eq!(clamped(v6_syn(SYN | ACK, 65_535), 40, 1200), (true, mss(1140).to_vec()));
}

#[test]
fn what_is_announced_is_never_raised_nor_added() {
    let mss = [2, 4, 0x05, 0x38];
    assert_eq!(clamped(v4(6, 0, &[], &tcp(SYN, &mss)), 20, 1376), (false, mss.to_vec()));
    assert_eq!(clamped(v4(6, 0, &[], &tcp(SYN, &mss)), 20, 9000), (false, mss.to_vec()));
    assert_eq!(clamped(v4(6, 0, &[], &tcp(SYN, &[])), 20, 1000), (false, Vec::new()));
    assert_eq!(clamped(v4(6, 0, &[], &tcp(ACK, &mss)), 20, 100), (false, mss.to_vec()));
}

#[test]
fn the_option_is_found_wherever_it_is() {
    for (options, expected) in [
        (vec![1, 2, 4, 0x05, 0xb4], vec![1, 2, 4, 0x04, 0xd8, 0, 0, 0]),
        (vec![1, 1, 1, 2, 4, 0x05, 0xb4], vec![1, 1, 1, 2, 4, 0x04, 0xd8, 0]),
        (vec![8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 0x05, 0xb4], {
            vec![8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 0x04, 0xd8, 0, 0]
        }),
        // Whichever of two is believed.
        (vec![2, 4, 0x05, 0xb4, 1, 2, 4, 0x05, 0xb4], {
            vec![2, 4, 0x04, 0xd8, 1, 2, 4, 0x04, 0xd8, 0, 0, 0]
        }),
    ] {
        let packet = v4(6, 0, &[], &tcp(SYN, &options));

        assert_eq!(clamped(packet, 20, 1280), (true, expected));
    }
}

#[test]
fn it_is_found_behind_other_headers() {
    let tcp = tcp(SYN, &[2, 4, 0x05, 0xb4]);
    let behind = |extension: &[u8]| [extension, &tcp].concat();
    let lowered = (true, vec![2, 4, 0x04, 0xc4]);

    let router_alert = [0x94, 4, 0, 0];
    assert_eq!(clamped(v4(6, 0, &router_alert, &tcp), 24, 1280), (true, vec![2, 4, 0x04, 0xd8]));
    let two = behind(&[43, 0, 1, 4, 0, 0, 0, 0, 6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(clamped(v6(0, &two), 64, 1280), lowered);
    assert_eq!(clamped(v6(44, &behind(&[6, 0, 0, 1, 0, 0, 0, 9])), 48, 1280), lowered);
}

#[test]
fn what_is_not_well_formed_is_left_as_it_is() {
    let mss = [2, 4, 0x05, 0xb4];
    let whole = v4(6, 0, &[], &tcp(SYN, &mss));
    let altered = |at: usize, value: u8| {
        let mut packet = whole.clone();
        packet[at] = value;
        packet
    };
    let options = |options: &[u8]| v4(6, 0, &[], &tcp(SYN, options));
    for mut packet in [
        altered(9, 17),
        altered(0, 0x44),
        altered(0, 0x4f),
        altered(7, 1),
        altered(32, 0x70),
        altered(32, 0xf0),
        altered(32, 0x40),
        options(&[3, 0, 2, 4, 0x05, 0xb4]),
        options(&[3, 1, 2, 4, 0x05, 0xb4]),
        options(&[3, 200, 2, 4, 0x05, 0xb4]),
        options(&[0, 2, 4, 0x05, 0xb4]),
        // Behind the end lies nothing, whatever it looks like.
        options(&[0, 3, 0, 2, 4, 0x05, 0xb4]),
        options(&[2, 3, 0x05, 0xb4]),
        options(&[1, 1, 1, 2]),
        whole[..43].to_vec(),
        whole[..39].to_vec(),
        v6(51, &tcp(SYN, &mss)),
        v6(44, &[&[6, 0, 0, 9, 0, 0, 0, 9][..], &tcp(SYN, &mss)].concat()),
        v6(0, &[6; 8]),
        Vec::new(),
    ] {
        let before = packet.clone();

        assert!(!clamp_mss(&mut packet, 600), "{before:?}");
        assert_eq!(packet, before);
    }
}

/// The answer to a packet, if there is one.
fn answer(packet: &[u8], mtu: u16) -> Option<Vec<u8>> {
    let mut buf = [&[0x5a; ANSWER_HEADROOM + 3][..], packet, &[0x5a; 9]].concat();
    let at = ANSWER_HEADROOM + 3;
    let answer = answer_too_big(&mut buf, at..at + packet.len(), mtu)?;
    Some(buf[answer].to_vec())
}

#[test]
fn the_answer_of_ipv6_quotes_as_much_as_fits_and_tells_the_mtu() {
    for len in [1241, 1242, 1300, 1420, 9000] {
        let packet = v6(17, &(0..len).map(|byte| byte as u8).collect::<Vec<_>>());

        let answer = answer(&packet, 1280).unwrap();

        let quoted = &packet[..packet.len().min(1232)];
        let mut message = [&[2, 0, 0, 0, 0, 0, 0x05, 0x00], quoted].concat();
        let pseudo = pseudo_header(&answer, 58, message.len());
        let sum = checksum(&[&pseudo, &message[..]].concat()).to_be_bytes();
        message[2..4].copy_from_slice(&sum);
        let mut expected = v6(58, &message);
        (expected[23], expected[39]) = (2, 1);
        assert_eq!(answer, expected);
    }
}

#[test]
fn the_answer_of_ipv4_quotes_up_to_576_bytes_and_tells_the_mtu() {
    for len in [1261, 1400, 9000] {
        let packet = v4(17, DONT_FRAGMENT, &[], &(0..len).map(|it| it as u8).collect::<Vec<_>>());

        let answer = answer(&packet, 1280).unwrap();

        let mut message = [&[3, 4, 0, 0, 0, 0, 0x05, 0x00], &packet[..548]].concat();
        let sum = checksum(&message).to_be_bytes();
        message[2..4].copy_from_slice(&sum);
        let mut header = vec![0x45, 0xc0, 0x02, 0x40, 0, 0, 0, 0, 64, 1, 0, 0];
        header.extend([10, 0, 0, 2, 10, 0, 0, 1]);
        let sum = checksum(&header).to_be_bytes();
        header[10..12].copy_from_slice(&sum);
        assert_eq!(answer, [header, message].concat());
    }
}

#[test]
fn who_must_not_be_told_is_not() {
    let udp = [0; 1400];
    let long_v6 = |at: usize, value: u8| {
        let mut packet = v6(17, &udp);
        packet[at] = value;
        answer(&packet, 1280)
    };
    let long_v4 = |at: usize, value: u8| {
        let mut packet = v4(17, DONT_FRAGMENT, &[], &udp);
        packet[at] = value;
        answer(&packet, 1280)
    };
    let icmp = |kind: u8| [&[kind][..], &udp].concat();
    assert!(long_v6(1, 0).is_some() && long_v4(1, 0).is_some());

    for kind in [1, 2, 3, 4, 100, 127, 137] {
        assert_eq!(answer(&v6(58, &icmp(kind)), 1280), None, "ICMPv6 {kind}");
    }
    let destination_options = [&[58, 0, 1, 4, 0, 0, 0, 0][..], &icmp(1)].concat();
    assert_eq!(answer(&v6(60, &destination_options), 1280), None);
    for kind in [3, 4, 5, 11, 12] {
        assert_eq!(answer(&v4(1, DONT_FRAGMENT, &[], &icmp(kind)), 1280), None, "ICMP {kind}");
    }
    assert!(answer(&v6(58, &icmp(128)), 1280).is_some(), "echoes are no errors");
    assert!(answer(&v4(1, DONT_FRAGMENT, &[], &icmp(8)), 1280).is_some());
    assert_eq!((long_v6(8, 0xff), long_v6(24, 0xff)), (None, None), "multicast");
    let of_nobody = [&v6(17, &udp)[..8], &[0; 16], &[0xfd; 16], &udp].concat();
    assert_eq!(answer(&of_nobody, 1280), None, "unspecified");
    let of_itself = [&v6(17, &udp)[..8], &[0; 15], &[1], &[0xfd; 16], &udp].concat();
    assert_eq!(answer(&of_itself, 1280), None, "loopback");
    for first in [0, 127, 224, 240, 255] {
        assert_eq!((long_v4(12, first), long_v4(16, first)), (None, None), "{first}.0.0.x");
    }
    assert_eq!(long_v4(6, 0), None, "it may be cut");
    assert_eq!(long_v4(7, 9), None, "a later fragment");
    assert_eq!(answer(&v6(44, &[&[17, 0, 0, 8, 0, 0, 0, 1][..], &udp].concat()), 1280), None);
    assert!(answer(&v6(44, &[&[17, 0, 0, 1, 0, 0, 0, 1][..], &udp].concat()), 1280).is_some());
    assert_eq!(answer(&v6(60, &[60; 1400]), 1280), None, "not to be understood");
    assert_eq!(answer(&v6(17, &udp), 1440), None, "not too long");
    assert_eq!(answer(&v6(17, &udp), 1279), None, "nobody believes that");
    assert_eq!(answer(&v6(17, &udp)[..1439], 1280), None, "cut off");
    let mut buf = v6(17, &udp);
    assert_eq!(answer_too_big(&mut buf, 0..1440, 1280), None, "no room in front");
    assert_eq!(answer_too_big(&mut buf, 0..1441, 1280), None, "not in the buffer");
}

/// Cuts a packet; the fragments.
fn cut(packet: &[u8], mtu: u16) -> Vec<Vec<u8>> {
    let mut out = vec![0; mtu.into()];
    let mut fragments = Fragments::new(packet, mtu).unwrap();
    std::iter::from_fn(|| fragments.write_next(&mut out).map(|len| out[..len].to_vec())).collect()
}

#[test]
fn options_are_in_all_fragments_if_they_say_so() {
    // A route to be kept, a nothing, a record of the route that only the first has.
    let options = [0x83, 7, 4, 10, 0, 0, 9, 1, 7, 7, 4, 0, 0, 0, 0, 0];
    let content: Vec<u8> = (0..60).collect();

    let fragments = cut(&v4(17, 0, &options, &content), 68);

    let headers: Vec<_> = fragments.iter().map(|it| &it[..usize::from(it[0] & 15) * 4]).collect();
    assert!(headers.iter().all(|header| checksum(header) == 0));
    assert_eq!(headers[0][..8], [0x49, 0, 0, 68, 0, 7, 0x20, 0]);
    assert_eq!(headers[1][..8], [0x47, 0, 0, 56, 0, 7, 0x00, 4]);
    assert_eq!((&headers[0][20..], &fragments[0][36..]), (&options[..], &content[..32]));
    let kept = [0x83, 7, 4, 10, 0, 0, 9, 0];
    assert_eq!((&headers[1][20..], &fragments[1][28..]), (&kept[..], &content[32..]));
    assert_eq!(fragments.len(), 2);
}

#[test]
fn options_that_are_padded_or_not_well_formed_keep_no_packet_from_being_cut() {
    for (options, kept) in [
        // Behind the end lies nothing, whatever it looks like.
        ([0, 3, 0, 0x83, 4, 9, 9, 0], &[][..]),
        ([1, 0x83, 3, 4, 0, 0, 0, 0], &[0x83, 3, 4, 0][..]),
        ([0x83, 3, 4, 0x84, 0, 0, 0, 0], &[0x83, 3, 4, 0][..]),
        ([0x83, 3, 4, 0x84, 1, 0, 0, 0], &[0x83, 3, 4, 0][..]),
        ([0x83, 3, 4, 0x84, 6, 0, 0, 0], &[0x83, 3, 4, 0][..]),
    ] {
        let fragments = cut(&v4(17, 0, &options, &[7; 60]), 68);

        assert_eq!(fragments.iter().map(Vec::len).collect::<Vec<_>>(), [68, 40 + kept.len()]);
        assert_eq!(fragments[1][20..], [kept, &[7; 20]].concat(), "{options:?}");
    }
}

#[test]
fn what_may_not_or_need_not_be_cut_is_not() {
    let packet = v4(17, 0, &[], &[7; 1400]);
    assert!(Fragments::new(&packet, 1419).is_some());
    assert!(Fragments::new(&packet, 1420).is_none());
    assert!(Fragments::new(&packet, 67).is_none());
    assert!(Fragments::new(&packet[..1419], 1280).is_none());
    assert!(Fragments::new(&v4(17, DONT_FRAGMENT, &[], &[7; 1400]), 1280).is_none());
    assert!(Fragments::new(&v6(17, &[7; 1400]), 1280).is_none());
    assert!(Fragments::new(&[], 1280).is_none());
    let mut fragments = Fragments::new(&packet, 1280).unwrap();
    assert_eq!(fragments.write_next(&mut [0; 1275]), None, "too short");
    assert_eq!(fragments.write_next(&mut [0; 1276]), Some(1276));
}

proptest! {
    #[test]
    fn fragments_are_the_packet_again(
        len in 0..3000_usize,
        mtu in 68..1500_u16,
        offset in 0..100_u8,
        more in any::<bool>(),
    ) {
        let content: Vec<u8> = (0..len).map(|at| (at * 7 % 251) as u8).collect();
        let mut packet = v4(17, if more { 0x20 } else { 0 }, &[], &content);
        packet[7] = offset;
        if packet.len() <= mtu.into() {
            prop_assert!(Fragments::new(&packet, mtu).is_none());
            return Ok(());
        }

        let fragments = cut(&packet, mtu);

        let last = fragments.len() - 1;
        let mut together = Vec::<u8>::new();
        for (number, fragment) in fragments.iter().enumerate() {
            prop_assert!(fragment.len() <= mtu.into());
            prop_assert_eq!(checksum(&fragment[..20]), 0);
            let flags = u16::from_be_bytes([fragment[6], fragment[7]]);
            prop_assert_eq!(flags & 0x2000 != 0, more || number < last);
            prop_assert_eq!(usize::from(flags & 0x1fff), usize::from(offset) + together.len() / 8);
            together.extend(&fragment[20..]);
        }
        prop_assert_eq!(together, content);
    }
}
