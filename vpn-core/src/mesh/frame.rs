//! What members say inside their tunnels, beside packets.
//!
//! A frame begins with a byte whose upper half is 14, where that of a packet is 4 or 6, and whose
//! lower half is the kind; then follow a version, the length of the body in two bytes, and the
//! body. Behind it lie zeros, for messages are padded.

use alloc::vec::Vec;
use core::net::SocketAddr;

use super::encoding::{Reader, put_endpoints, put_optional_endpoint};
use super::error::DecodeError;
use super::gossip::{Message, Tag};
#[cfg(feature = "__simulation")]
use super::path::relay::Carried;
use super::thing::Thing;

/// The upper half of the first byte.
const MARK: u8 = 0xe0;
const VERSION: u8 = 1;
const HEADER_LEN: usize = 4;
/// Greatest length of a frame: with all headers it fits the least MTU of IPv6, 1,280 bytes.
pub(super) const MAX_FRAME_LEN: usize = 1200;

const HELLO: u8 = 0;
const WELCOME: u8 = 1;
const GOSSIP: u8 = 2;
const THINGS: u8 = 3;
const CALL: u8 = 4;
const PROBE: u8 = 5;
const ECHO: u8 = 6;
const REFUSAL: u8 = 9;

/// Length of a probe and of an echo with the longest address: so none is longer than the other.
const PROBE_LEN: usize = 8 + 19;

/// One frame. Records and revocations are left encoded: whether they are needed is known before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// "I am a member, here is my record; I see you there." Asks for a welcome.
    Hello(Greeting<'a>),
    /// The same, in answer to a hello.
    Welcome(Greeting<'a>),
    /// Between neighbours.
    Gossip(Message),
    /// Records and revocations, new to the receiver.
    Things(Vec<Thing<'a>>),
    /// "I may be there; look for me, as I look for you."
    Call(Call),
    /// Asks for an echo on the same way.
    Probe(Probe),
    /// A probe's token, sent back on the way on which it came.
    Echo(Probe),
    /// "I do not pass on to this member."
    Refusal(Tag),
}

/// A probe or its echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) token: u64,
    /// Where the sender sees the receiver: where it sends this, if not through another member.
    pub(super) observed: Option<SocketAddr>,
}

/// Where the sender may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// It answers a call, and asks for none.
    pub(super) is_answer: bool,
    pub(super) endpoints: Vec<SocketAddr>,
}

/// Who the sender is, for how long that is to be believed, and where it sees the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Greeting<'a> {
    /// `None` if the receiver is reached through another member.
    pub(super) observed: Option<SocketAddr>,
    /// In units of four seconds.
    pub(super) life: u16,
    pub(super) record: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads a frame with its padding.
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let first = reader.u8()?;
        reader.version(VERSION)?;
        let len = usize::from(reader.u16()?);
        if len > MAX_FRAME_LEN - HEADER_LEN {
            return Err(DecodeError::TooMany(len));
        }
        let mut body = Reader::new(reader.bytes(len)?);
        if reader.rest().iter().any(|byte| *byte != 0) {
            return Err(DecodeError::Trailing);
        }
        let frame = match first ^ MARK {
            HELLO => Self::Hello(Greeting::read(&mut body)?),
            WELCOME => Self::Welcome(Greeting::read(&mut body)?),
            GOSSIP => {
                let message = Message::parse(body.bytes(len)?);
                Self::Gossip(message.ok_or(DecodeError::Unknown(first))?)
            }
            THINGS => {
                let mut things = Vec::new();
                while !body.rest().is_empty() {
                    things.push(Thing::read(&mut body)?);
                }
                Self::Things(things)
            }
            CALL => {
                let is_answer = body.flag()?;
                Self::Call(Call { is_answer, endpoints: body.endpoints()? })
            }
            PROBE => Self::Probe(Probe::read(&mut body)?),
            ECHO => Self::Echo(Probe::read(&mut body)?),
            REFUSAL => {
                let party = Tag::from_bits(body.u64()?);
                if !party.is_member() {
                    return Err(DecodeError::Unknown(first));
                }
                Self::Refusal(party)
            }
            _ => return Err(DecodeError::Unknown(first)),
        };
        body.finish()?;
        Ok(frame)
    }

    /// Encodes the frame without padding.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (kind, mut bytes) = (self.kind(), Vec::from([0; HEADER_LEN]));
        match self {
            Self::Hello(greeting) | Self::Welcome(greeting) => greeting.put(&mut bytes),
            Self::Gossip(message) => message.emit(&mut bytes),
            Self::Things(things) => things.iter().for_each(|thing| thing.put(&mut bytes)),
            Self::Call(call) => {
                bytes.push(call.is_answer.into());
                put_endpoints(&mut bytes, &call.endpoints);
            }
            Self::Probe(probe) | Self::Echo(probe) => probe.put(&mut bytes),
            Self::Refusal(party) => bytes.extend(party.bits().to_le_bytes()),
        }
        let [low, high] = u16::try_from(bytes.len() - HEADER_LEN).unwrap_or(u16::MAX).to_le_bytes();
        bytes[..HEADER_LEN].copy_from_slice(&[MARK | kind, VERSION, low, high]);
        bytes
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Hello(_) => HELLO,
            Self::Welcome(_) => WELCOME,
            Self::Gossip(_) => GOSSIP,
            Self::Things(_) => THINGS,
            Self::Call(_) => CALL,
            Self::Probe(_) => PROBE,
            Self::Echo(_) => ECHO,
            Self::Refusal(_) => REFUSAL,
        }
    }
}

impl<'a> Greeting<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (observed, life) = (reader.optional_endpoint()?, reader.u16()?);
        let len = reader.rest().len();
        Ok(Self { observed, life, record: reader.bytes(len)? })
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_optional_endpoint(out, self.observed);
        out.extend(self.life.to_le_bytes());
        out.extend(self.record);
    }
}

impl Probe {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut body = Reader::new(reader.bytes(PROBE_LEN)?);
        let probe = Self { token: body.u64()?, observed: body.optional_endpoint()? };
        match body.rest().iter().all(|byte| *byte == 0) {
            true => Ok(probe),
            false => Err(DecodeError::Trailing),
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend(self.token.to_le_bytes());
        put_optional_endpoint(out, self.observed);
        out.resize(start + PROBE_LEN, 0);
    }
}

/// Reads a frame and writes it again, for the fuzzer.
#[cfg(feature = "__simulation")]
pub fn reencode_frame(bytes: &[u8]) -> Option<Vec<u8>> {
    if let Some(Carried { leg, party, message }) = Carried::parse(bytes) {
        let mut frame = bytes[..message.end].to_vec();
        let front = frame.first_chunk_mut()?;
        *front = [0; 12];
        return Carried::emit(leg, party, message.len(), front).map(|()| frame);
    }
    Frame::decode(bytes).ok().map(|frame| frame.to_bytes())
}

/// Frames that carry `things`, as many in each as fit.
pub(super) fn pack<'a>(things: impl IntoIterator<Item = Thing<'a>>) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let (mut batch, mut len) = (Vec::new(), HEADER_LEN);
    for thing in things {
        if len + thing.len() > MAX_FRAME_LEN && !batch.is_empty() {
            frames.push(Frame::Things(core::mem::take(&mut batch)).to_bytes());
            len = HEADER_LEN;
        }
        len += thing.len();
        batch.push(thing);
    }
    if !batch.is_empty() {
        frames.push(Frame::Things(batch).to_bytes());
    }
    frames
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;
    use crate::mesh::record::MAX_RECORD_LEN;
    use crate::mesh::renewal::Renewal;
    use crate::mesh::thing::Content;

    fn greeting() -> Greeting<'static> {
        Greeting { observed: "192.0.2.1:51820".parse().ok(), life: 90, record: b"record" }
    }

    fn thing(len: usize) -> Thing<'static> {
        const BYTES: &[u8] = &[7; MAX_RECORD_LEN];
        Thing { life: 300, content: Content::Record(&BYTES[..len]) }
    }

    #[test]
    fn frames_read_back_as_they_were_written_with_and_without_padding() {
        let revocation = Thing { life: 1, content: Content::Revocation(b"revocation") };
        let renewal = Content::Renewal(Renewal::decode(&[9; 80]).unwrap());
        let renewal = Thing { life: 2, content: renewal };
        let frames = [
            Frame::Hello(greeting()),
            Frame::Welcome(greeting()),
            Frame::Gossip(Message::Linked),
            Frame::Things(vec![thing(300), revocation, renewal]),
            Frame::Things(Vec::new()),
            Frame::Hello(Greeting { observed: None, ..greeting() }),
            Frame::Call(Call {
                is_answer: true,
                endpoints: vec!["192.0.2.1:51820".parse().unwrap()],
            }),
            Frame::Probe(Probe { token: u64::MAX, observed: greeting().observed }),
            Frame::Echo(Probe { token: 0, observed: None }),
            Frame::Refusal(Tag::member(8)),
        ];
        for frame in frames {
            let mut bytes = frame.to_bytes();

            assert_eq!(Frame::decode(&bytes), Ok(frame.clone()));
            bytes.extend([0; 15]);
            assert_eq!(Frame::decode(&bytes), Ok(frame.clone()));
            bytes.push(1);
            assert_eq!(Frame::decode(&bytes), Err(DecodeError::Trailing));
        }
    }

    /// Kind and version, length, family, address, port, life, record.
    #[test]
    fn the_layout_of_a_hello() {
        let expected = b"\xe0\x01\x0f\x00\x04\xc0\x00\x02\x01\x6c\xca\x5a\x00record";

        assert_eq!(Frame::Hello(greeting()).to_bytes(), expected);
    }

    /// Kind and version, length, token, and an address of up to 19 bytes.
    #[test]
    fn the_layout_of_a_probe() {
        let probe = Probe { token: 0x0807_0605_0403_0201, observed: greeting().observed };
        let mut expected = b"\xe5\x01\x1b\x00\x01\x02\x03\x04\x05\x06\x07\x08".to_vec();
        expected.extend(b"\x04\xc0\x00\x02\x01\x6c\xca");
        expected.resize(4 + 27, 0);

        assert_eq!(Frame::Probe(probe).to_bytes(), expected);
        expected[30] = 1;
        assert_eq!(Frame::decode(&expected), Err(DecodeError::Trailing));
    }

    #[test]
    fn an_address_of_a_socket_for_both_families_is_told_as_ipv4() {
        let mapped = Greeting { observed: "[::ffff:192.0.2.1]:51820".parse().ok(), ..greeting() };

        assert_eq!(Frame::decode(&Frame::Hello(mapped).to_bytes()), Ok(Frame::Hello(greeting())));
    }

    #[test]
    fn deviations_are_named() {
        let decode = |at: usize, value: u8| {
            let mut bytes = Frame::Things(vec![thing(2)]).to_bytes();
            bytes[at] = value;
            Frame::decode(&bytes).err()
        };

        assert_eq!(decode(0, 0xea), Some(DecodeError::Unknown(0xea)));
        assert_eq!(decode(0, 0x43), Some(DecodeError::Unknown(0x43)));
        assert_eq!(decode(1, 2), Some(DecodeError::Version(2)));
        assert_eq!(decode(2, 9), Some(DecodeError::Truncated));
        assert_eq!(decode(2, 6), Some(DecodeError::Trailing));
        assert_eq!(decode(6, 3), Some(DecodeError::Unknown(3)));
        assert_eq!(decode(6, 2), Some(DecodeError::Truncated));
        assert_eq!(decode(7, 3), Some(DecodeError::Truncated));
        assert_eq!(decode(8, 5), Some(DecodeError::TooMany(1282)));
        assert_eq!(Frame::decode(&[0xe2, 1, 1, 0, 99]), Err(DecodeError::Unknown(0xe2)));
        let longest = |len| Frame::Things(vec![thing(1133), thing(len)]).to_bytes();
        assert!(Frame::decode(&longest(1200 - 4 - 1138 - 5)).is_ok());
        let longer = longest(1200 - 4 - 1138 - 5 + 1);
        assert_eq!(Frame::decode(&longer), Err(DecodeError::TooMany(1197)));
    }

    #[test]
    fn things_are_packed_into_as_few_frames_as_hold_them() {
        let frames = pack([400, 380, 400, 100, 1133].map(thing));

        let lengths: Vec<usize> = frames.iter().map(Vec::len).collect();
        assert_eq!(lengths, [4 + 405 + 385 + 405, 4 + 105, 4 + 1138]);
        let full = pack([586, 600].map(thing));
        assert_eq!(full.iter().map(Vec::len).collect::<Vec<_>>(), [1200]);
        assert!(pack([]).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(
            body in prop::collection::vec(any::<u8>(), 0..80),
            kind in 0..11_u8,
        ) {
            let bytes = [&[0xe0 | kind, 1, body.len() as u8, 0], &body[..]].concat();
            if let Ok(frame) = Frame::decode(&bytes) {
                prop_assert_eq!(frame.to_bytes(), bytes);
            }
        }
    }
}
