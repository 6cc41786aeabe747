use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;

use crate::crypto::{Aead, ChaCha20Poly1305};
use crate::time::Time;
use crate::transport::{Keys, OpenError};
use crate::wire::{DataHeader, Index};

/// The keys of all sessions at one moment, by which any thread can decrypt without the device.
///
/// It does not change: [`Device::key_table`](crate::Device::key_table) gives another once sessions
/// have come or gone. Keys that are older than 180 s are not used, and all are wiped when the device
/// has dropped the session and the last table that holds them is gone.
///
/// # Examples
///
/// Datagrams of one peer, decrypted on another thread and accepted together. An [`Opened`] borrows
/// its buffer, so the buffers are there for as long as the batch takes.
///
/// ```
/// # use vpn_core::{
/// #     CONTROL_LEN, Device, DeviceConfig, HEADROOM, Inbound, PeerConfig, SecretKey, Seed, TAILROOM,
/// #     Time, Unix,
/// # };
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (now, wall) = (Time::from_nanos(0), Unix { secs: 1_800_000_000, nanos: 0 });
/// # let [mut alice, mut bob] = [1, 2].map(|n| {
/// #     let config = DeviceConfig::new(SecretKey::from_bytes([n; 32]));
/// #     Device::new(config, Seed::from_bytes([n + 2; 32]), now, wall)
/// # });
/// # let (alice_at, bob_at) = ("192.0.2.1:51820".parse()?, "192.0.2.2:51820".parse()?);
/// # let to_bob = alice.add_peer(now, PeerConfig::new(bob.public_key()).endpoint(bob_at))?;
/// # let to_alice = bob.add_peer(now, PeerConfig::new(alice.public_key()))?;
/// # alice.allow(to_bob, "10.0.0.2/32".parse()?)?;
/// # bob.allow(to_alice, "10.0.0.1/32".parse()?)?;
/// # alice.initiate(now, to_bob)?;
/// # let mut out = [0; CONTROL_LEN];
/// # bob.open(now, alice_at, alice.poll_transmit(now, &mut out).ok_or("nothing")?.datagram)?;
/// # alice.open(now, bob_at, bob.poll_transmit(now, &mut out).ok_or("nothing")?.datagram)?;
/// # let packet = *b"\x45\0\0\x14\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02";
/// # let mut lease = alice.lease(now, to_bob, 3)?.ok_or("no session")?;
/// # let mut received = Vec::new();
/// # for _ in 0..3 {
/// #     let mut buf = [0; HEADROOM + 20 + TAILROOM];
/// #     buf[HEADROOM..HEADROOM + 20].copy_from_slice(&packet);
/// #     received.push(lease.seal(now, &mut buf, HEADROOM..HEADROOM + 20)?.datagram.to_vec());
/// # }
/// let table = bob.key_table();
/// let datagrams = received.iter_mut();
/// let opened = std::thread::scope(|scope| {
///     let open = || datagrams.map(|datagram| table.open(now, alice_at, datagram)).collect::<Vec<_>>();
///     scope.spawn(open).join()
/// });
/// let opened = opened.map_err(|_| "the thread has panicked")?;
///
/// // The device checks what only it can: counters, and whether the peer may have sent this.
/// let inbound = bob.commit_all(now, opened);
/// assert_eq!(inbound.filter(|one| matches!(one, Ok(Inbound::Packet { .. }))).count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KeyTable<A: Aead = ChaCha20Poly1305> {
    /// In the order of their indices.
    keys: Vec<Arc<Keys<A>>>,
}

impl<A: Aead> KeyTable<A> {
    pub(super) fn new(mut keys: Vec<Arc<Keys<A>>>) -> Self {
        keys.sort_unstable_by_key(|keys| keys.local());
        Self { keys }
    }

    /// Decrypts a received datagram in place, if it is a data message of a session in this table.
    ///
    /// Nothing is accepted yet: hand the result to [`Device::commit`](crate::Device::commit),
    /// whatever it is, which also opens what this table could not.
    pub fn open<'b>(&self, now: Time, from: SocketAddr, datagram: &'b mut [u8]) -> Opened<'b> {
        let state = self.state(now, datagram);
        Opened { from, datagram, state }
    }

    fn state(&self, now: Time, datagram: &mut [u8]) -> State {
        let Some((header, sealed)) = DataHeader::parse(datagram) else { return State::Sealed };
        let Some(keys) = self.find(header.receiver).filter(|keys| !keys.is_expired(now)) else {
            return State::Sealed;
        };
        match keys.open(header.counter, sealed) {
            Ok(len) => State::Open { header, remote: keys.remote(), len },
            Err(OpenError::BadTag) => State::Forged(header),
            // The device says the same.
            Err(OpenError::Limit | OpenError::Replay) => State::Sealed,
        }
    }

    fn find(&self, index: Index) -> Option<&Keys<A>> {
        let at = self.keys.binary_search_by_key(&index, |keys| keys.local()).ok()?;
        self.keys.get(at).map(Arc::as_ref)
    }
}

/// A datagram that went through [`KeyTable::open`] and waits for
/// [`Device::commit`](crate::Device::commit): neither its counter nor its inner source has been
/// checked.
#[must_use = "what is not committed was not received"]
pub struct Opened<'b> {
    pub(super) from: SocketAddr,
    pub(super) datagram: &'b mut [u8],
    pub(super) state: State,
}

/// Says nothing of the content.
impl fmt::Debug for Opened<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Opened");
        shown.field("from", &self.from).field("len", &self.datagram.len());
        shown.field("state", &self.state).finish()
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// Not touched: no data message, or none of a session in the table.
    Sealed,
    /// Decrypted: the text follows the header. A receiver index may have been drawn again since,
    /// but hardly together with the same index of the other side.
    Open { header: DataHeader, remote: Index, len: usize },
    /// Names a session and does not authenticate under its keys.
    Forged(DataHeader),
}
