use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use vpn_core::Discard;

use super::vpn_duel::{Content, Duel, Script};

/// Steps of an input; more find nothing that fewer do not, only later.
const STEPS: usize = 64;
/// Messages of the peer that wait to be delivered.
const MESSAGES: usize = 16;
/// The least time between two initiations that are accepted.
const INITIATION_INTERVAL: Duration = Duration::from_millis(20);
/// So long an initiation may stay unanswered without being given up (90 s in the paper).
const ATTEMPT: Duration = Duration::from_secs(80);
/// Time enough for an initiation to be repeated: 5 s and a jitter.
const RETRANSMITTED: Duration = Duration::from_millis(5400);

/// Initiations: genuine ones in any order, forged ones, and bytes from the input.
///
/// One is accepted if it is genuine, later than the last one that was accepted, and that one was
/// 20 ms ago; without a cookie under load none is. In the end the device can be talked to.
///
/// # Panics
///
/// If one of these does not hold.
pub fn vpn_initiation(input: &[u8]) {
    let mut script = Script::new(input);
    let mut duel = Duel::new();
    let mut genuine = Vec::new();
    let mut last = None;
    let mut loaded = false;
    for _ in 0..STEPS {
        match script.byte() % 6 {
            0 if genuine.len() < MESSAGES => genuine.push(duel.peer_initiates()),
            1 => {
                let Some((at, initiation)) = script.pick(&genuine) else { continue };
                let expected = match last {
                    _ if loaded => Err(Discard::UnderLoad),
                    Some((last, _)) if at <= last => Err(Discard::StaleTimestamp),
                    Some((_, then)) if duel.now.since(then) < INITIATION_INTERVAL => {
                        Err(Discard::RateLimited)
                    }
                    Some(_) | None => Ok(Content::Control),
                };
                assert_eq!(duel.deliver(initiation), expected);
                if expected.is_ok() {
                    last = Some((at, duel.now));
                }
            }
            2 => duel.deliver_forged(&mut script, &genuine),
            3 => duel.wait(Duration::from_millis(script.byte().into())),
            4 => duel.deliver_raw(&mut script, 1, 148),
            _ => {
                loaded = !loaded;
                duel.device.set_under_load(loaded);
            }
        }
        duel.drain();
    }

    duel.device.set_under_load(false);
    duel.wait(Duration::from_secs(1));
    let initiation = duel.peer_initiates();
    assert_eq!(duel.deliver(&initiation), Ok(Content::Control));
    let response = duel.drain().pop().expect("a response");
    duel.peer_receives(&response, false);
    assert!(duel.peer.is_established(), "the response is not accepted");
}

/// Responses: to initiations of any time, in any order, forged ones, and bytes from the input.
///
/// One is accepted if it is genuine and answers the last initiation, once. In the end there is a
/// session.
///
/// # Panics
///
/// If one of these does not hold.
pub fn vpn_response(input: &[u8]) {
    let mut script = Script::new(input);
    let mut duel = Duel::new();
    let mut responses: Vec<Vec<u8>> = Vec::new();
    // Which of them answers the last initiation.
    let mut open = None;
    for _ in 0..STEPS {
        match script.byte() % 5 {
            0 => duel.initiate(),
            1 => {
                let Some((at, response)) = script.pick(&responses) else { continue };
                let delivered = duel.deliver(response);
                if open == Some(at) {
                    assert_eq!(delivered, Ok(Content::Control));
                    open = None;
                } else {
                    assert_eq!(delivered, Err(Discard::UnknownIndex));
                }
            }
            2 => duel.deliver_forged(&mut script, &responses),
            3 => {
                let wait = Duration::from_millis(30 * u64::from(script.byte()));
                if duel.waited + wait < ATTEMPT {
                    duel.wait(wait);
                }
            }
            _ => duel.deliver_raw(&mut script, 2, 92),
        }
        for initiation in duel.drain_initiations() {
            open = Some(responses.len());
            responses.extend(duel.peer_receives(&initiation, false));
        }
    }

    duel.initiate();
    duel.wait(RETRANSMITTED);
    let initiation = duel.drain_initiations().pop().expect("an initiation");
    let response = duel.peer_receives(&initiation, false).expect("a response");
    assert_eq!(duel.deliver(&response), Ok(Content::Control));
    assert!(duel.state().is_up);
}

/// Cookie replies: to initiations of any time, in any order, forged ones, bytes from the input.
///
/// One is accepted if it is genuine and answers the last initiation, once; it changes nothing but
/// that later initiations show the cookie. In the end the peer under load is talked to.
///
/// # Panics
///
/// If one of these does not hold.
pub fn vpn_cookie(input: &[u8]) {
    let mut script = Script::new(input);
    let mut duel = Duel::new();
    let mut cookies: Vec<Vec<u8>> = Vec::new();
    let mut open = None;
    let mut has_cookie = false;
    let answer = |duel: &mut Duel, has_cookie: bool| {
        let initiation = duel.drain_initiations().pop()?;
        assert_eq!(initiation[132..] != [0; 16], has_cookie, "mac2");
        let answer = duel.peer_receives(&initiation, true).expect("an answer");
        assert_eq!(answer[0], if has_cookie { 2 } else { 3 }, "cookie reply or response");
        Some(answer)
    };
    for _ in 0..STEPS {
        match script.byte() % 5 {
            0 => duel.initiate(),
            1 => {
                let Some((at, cookie)) = script.pick(&cookies) else { continue };
                let before = duel.state();
                let delivered = duel.deliver(cookie);
                if open == Some(at) {
                    assert_eq!(delivered, Ok(Content::Control));
                    (open, has_cookie) = (None, true);
                } else {
                    assert!(delivered.is_err(), "an old cookie is taken");
                }
                assert_eq!(duel.state(), before);
            }
            2 => duel.deliver_forged(&mut script, &cookies),
            3 => {
                let wait = Duration::from_millis(30 * u64::from(script.byte()));
                if duel.waited + wait < ATTEMPT {
                    duel.wait(wait);
                }
            }
            _ => duel.deliver_raw(&mut script, 3, 64),
        }
        // With a cookie the answer is a response, which is not delivered.
        if let Some(cookie) = answer(&mut duel, has_cookie).filter(|_| !has_cookie) {
            open = Some(cookies.len());
            cookies.push(cookie);
        }
    }

    if !has_cookie {
        duel.initiate();
        duel.wait(RETRANSMITTED);
        let cookie = answer(&mut duel, false).expect("a cookie reply");
        assert_eq!(duel.deliver(&cookie), Ok(Content::Control));
    }
    duel.initiate();
    duel.wait(RETRANSMITTED);
    let response = answer(&mut duel, true).expect("a response");
    assert_eq!(duel.deliver(&response), Ok(Content::Control));
    assert!(duel.state().is_up);
}

thread_local! {
    /// The session that the device has begun and the one that its peer has: a handshake for each
    /// input would take nearly all the time. No time passes in them, and counters do not end.
    static SESSIONS: [Cell<Option<Duel>>; 2] = const { [Cell::new(None), Cell::new(None)] };
}

/// Data: anything that a peer may seal, in any order and more than once, forged messages, and bytes
/// from the input.
///
/// Each genuine message is opened once. A whole packet from an address that the peer is allowed is
/// handed on without what follows it; nothing else is.
///
/// # Panics
///
/// If one of these does not hold.
pub fn vpn_data(input: &[u8]) {
    let mut script = Script::new(input);
    let side = usize::from(script.byte() % 2);
    let session = SESSIONS.with(|sessions| sessions[side].take());
    let mut duel = session.unwrap_or_else(|| Duel::connected(side == 0));
    let mut contents: Vec<Vec<u8>> = Vec::new();
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut opened = BTreeSet::new();
    for _ in 0..STEPS {
        let content = match script.byte() % 8 {
            0 => script.bytes().to_vec(),
            1 | 2 => {
                let mut packet = packet(script.byte().is_multiple_of(2), script.byte());
                if let Some(byte) = packet.get_mut(usize::from(script.byte())) {
                    *byte = script.byte();
                }
                packet
            }
            3..=5 => {
                let Some((at, message)) = script.pick(&messages) else { continue };
                let expected =
                    if opened.insert(at) { judge(&contents[at]) } else { Err(Discard::Replay) };
                assert_eq!(duel.deliver(message), expected);
                continue;
            }
            6 => {
                duel.deliver_forged(&mut script, &messages);
                continue;
            }
            _ => {
                duel.deliver_raw(&mut script, 4, 16);
                continue;
            }
        };
        if messages.len() < MESSAGES {
            messages.push(duel.peer_seals(&content));
            contents.push(content);
        }
        duel.drain();
    }
    SESSIONS.with(|sessions| sessions[side].set(Some(duel)));
}

/// A packet from the peer to the device with so many bytes behind its header.
fn packet(v6: bool, len: u8) -> Vec<u8> {
    let mut packet = if v6 { vec![0; 40] } else { vec![0; 20] };
    if v6 {
        (packet[0], packet[5]) = (0x60, len);
        (packet[8], packet[23], packet[24], packet[39]) = (0xfd, 2, 0xfd, 1);
    } else {
        packet[0] = 0x45;
        packet[2..4].copy_from_slice(&(20 + u16::from(len)).to_be_bytes());
        packet[12..20].copy_from_slice(&[10, 0, 0, 2, 10, 0, 0, 1]);
    }
    packet.resize(packet.len() + usize::from(len), 0x5a);
    packet
}

/// What is to become of authenticated content, after the rules of the WireGuard paper, section
/// 5.4.6, and of the two headers.
fn judge(content: &[u8]) -> Result<Content, Discard> {
    let mut padded = content.to_vec();
    padded.resize(content.len().next_multiple_of(16), 0);
    let word = |at: usize| usize::from(u16::from_be_bytes([padded[at], padded[at + 1]]));
    let (len, is_peer) = match padded.first().map(|byte| byte >> 4) {
        None => return Ok(Content::Keepalive),
        Some(4) if padded.len() >= 20 && word(2) >= 20 => {
            (word(2), padded[12..16] == [10, 0, 0, 2])
        }
        Some(6) if padded.len() >= 40 => (40 + word(4), padded[8..24] == PEER_V6),
        Some(_) => return Err(Discard::NotIp),
    };
    match padded.get(..len) {
        None => Err(Discard::NotIp),
        Some(_) if !is_peer => Err(Discard::SpoofedSource),
        Some(packet) => Ok(Content::Packet(packet.to_vec())),
    }
}

/// fd00::2
const PEER_V6: [u8; 16] = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
