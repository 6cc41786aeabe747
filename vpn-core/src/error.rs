//! Errors, grouped by who is to blame: the caller's mistakes are returned, what the network can
//! provoke is a [`Discard`], counted and never answered.

use thiserror::Error;

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text has another length than 44 characters.
    #[error("key has {0} characters, expected 44 of base64")]
    Length(usize),
    /// The text is not the padded base64 of 32 bytes.
    #[error("key is not the base64 of 32 bytes")]
    NotBase64,
}

/// Why a call about a peer was refused. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PeerError {
    /// No peer has this id: it was removed, or the id is another device's.
    #[error("no peer has this id")]
    UnknownPeer,
    /// A peer with this public key exists already.
    #[error("a peer with this public key exists already")]
    Duplicate,
    /// The public key is the device's own.
    #[error("the public key is the device's own")]
    OwnKey,
    /// The public key has a low order, so no secret can be agreed with it.
    #[error("the public key has a low order")]
    LowOrderKey,
    /// The peer has no endpoint: set one, or wait until the peer makes contact.
    #[error("the peer has no endpoint")]
    NoEndpoint,
    /// The device holds as many peers as it can number.
    #[error("the device is full")]
    Full,
}

/// Why a packet was not sealed. The buffer is unchanged.
///
/// None of these is provoked from the network: they are about the packet, its place, and what the
/// device was told of peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SealError {
    /// The range does not lie within the buffer.
    #[error("the packet's range does not lie within the buffer")]
    Range,
    /// The bytes are no whole IPv4 or IPv6 packet.
    #[error("the bytes are no whole IPv4 or IPv6 packet")]
    NotIp,
    /// No peer is allowed the packet's destination.
    #[error("no peer is allowed the packet's destination")]
    NoRoute,
    /// The peer has no endpoint: set one, or wait until the peer makes contact.
    #[error("the peer has no endpoint")]
    NoEndpoint,
    /// Too few free bytes in front of the packet.
    #[error("the packet has {have} free bytes in front, needs {need}")]
    Headroom {
        /// Bytes needed.
        need: usize,
        /// Bytes found.
        have: usize,
    },
    /// Too few free bytes behind the packet.
    #[error("the packet has {have} free bytes behind, needs {need}")]
    Tailroom {
        /// Bytes needed.
        need: usize,
        /// Bytes found.
        have: usize,
    },
    /// The packet does not fit a message of 65,535 bytes, or is longer than the cipher takes.
    #[error("the packet is longer than a message can carry")]
    TooLong,
}

/// Why a packet was not sealed under a lease. The buffer is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// The session is older than 180 s: ask the device for another lease.
    #[error("the leased session has expired")]
    Expired,
    /// Fewer counters are left than packets are to be sealed.
    #[error("the lease has too few counters left")]
    Exhausted,
    /// The packet or its place is not fit to be sealed.
    #[error(transparent)]
    Packet(#[from] SealError),
}

/// Why a received datagram was discarded. Anyone can provoke each of these: count it, say nothing.
/// (The cookie reply to [`Discard::UnderLoad`] is the device's own output.)
///
/// A discarded datagram has changed no session, endpoint or timer, with two exceptions:
/// [`Discard::NotIp`] and [`Discard::SpoofedSource`] are about the content of a message that did
/// authenticate, so that the peer's counters, endpoint and timers have moved on. Apart from that it
/// is counted, as a discard and, with a right mac1, as load; [`Discard::UnderLoad`] may leave a
/// cookie reply to be sent, [`Discard::UnknownPeer`] an event to be polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
#[non_exhaustive]
pub enum Discard {
    /// The type or the length fits none of the four messages: the first byte is not 1 to 4, the next
    /// three are not zero, or the length is not 148, 92 or 64 bytes, or for data less than 32.
    #[error("not a message of the protocol")]
    NotWireGuard,
    /// The mac1 of an initiation or response is wrong: the sender does not know this device's public
    /// key. Costs one hash, and is no load.
    #[error("mac1 does not verify")]
    BadMac1,
    /// The initiator holds the key it names, but no peer has that key.
    #[error("initiation by an unknown peer")]
    UnknownPeer,
    /// The initiation's timestamp is not greater than the peer's last: a replay or a clock set back.
    #[error("timestamp is not greater than the last")]
    StaleTimestamp,
    /// The peer's last initiation was accepted less than a fiftieth of a second ago.
    #[error("initiation too soon after the last")]
    RateLimited,
    /// Under load ([`LoadPolicy`](crate::LoadPolicy)) an initiation or response has no mac2, or one
    /// of a cookie for another address or port, or of a secret that was renewed since, as it is
    /// after 120 s. Its sender is told a cookie, unless 64 replies wait already.
    #[error("handshake message without a cookie under load")]
    UnderLoad,
    /// Under load, more than 20 handshake messages a second and 5 at once came with a right cookie
    /// from one IPv4 address, or one /64 of IPv6.
    #[error("too many handshake messages from one source")]
    SourceLimited,
    /// A message does not authenticate under the keys it claims: those of the session that a data
    /// message names, of the handshake that a response answers, or of the peer that an initiation
    /// says it is from. So are responses of a peer that has another preshared key, or none.
    #[error("authentication failed")]
    BadTag,
    /// No handshake and no session has the receiver index: it never had, or a later handshake has
    /// taken its place, or its keys were wiped.
    #[error("unknown receiver index")]
    UnknownIndex,
    /// The data message authenticates, but its counter was received before or is more than 8,128
    /// behind the greatest received.
    #[error("counter was received before or is too old")]
    Replay,
    /// The session is older than 180 s, or the counter of the data message is at the limit of
    /// 2^64 - 2^13 - 1.
    #[error("session has expired")]
    SessionExpired,
    /// The cookie reply does not authenticate under mac1 of the last handshake message sent, or is
    /// not the first to answer it.
    #[error("cookie reply answers no message or fails to authenticate")]
    BadCookie,
    /// The plaintext of an authenticated message is no whole IPv4 or IPv6 packet.
    #[error("content is no whole IPv4 or IPv6 packet")]
    NotIp,
    /// The inner source address is not one that the peer is allowed.
    #[error("inner source address is not allowed to the peer")]
    SpoofedSource,
}

impl Discard {
    /// Every kind, in the order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::NotWireGuard,
        Self::BadMac1,
        Self::UnknownPeer,
        Self::StaleTimestamp,
        Self::RateLimited,
        Self::UnderLoad,
        Self::SourceLimited,
        Self::BadTag,
        Self::UnknownIndex,
        Self::Replay,
        Self::SessionExpired,
        Self::BadCookie,
        Self::NotIp,
        Self::SpoofedSource,
    ];
}
