use core::net::SocketAddr;
use core::time::Duration;

use super::load::LoadPolicy;
use crate::key::{Curve, PresharedKey, PublicKey, SecretKey};

/// The default rate: their cost is below a tenth of one core.
const HANDSHAKES_PER_SEC: u32 = 500;

/// What a [`Device`](crate::Device) is made from.
///
/// ```
/// use vpn_core::{DeviceConfig, SecretKey};
///
/// let config = DeviceConfig::new(SecretKey::from_bytes([7; 32])).mtu(1280);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceConfig {
    /// This side's key.
    pub secret: SecretKey,
    /// The tunnel's MTU in bytes: padding never makes a plaintext longer than this. Packets that
    /// are longer themselves are sealed too, without padding, up to 65,503 bytes: the MTU limits nothing
    /// else.
    pub mtu: u16,
    /// When handshakes without a cookie are turned away.
    pub load: LoadPolicy,
    /// Who computes the Diffie-Hellman of handshakes.
    pub curve: Curve,
}

impl DeviceConfig {
    /// Takes this side's key; the MTU is 1420 bytes, which fits an outer MTU of 1500 over IPv6, and
    /// more than 500 handshake messages a second are load.
    pub fn new(secret: SecretKey) -> Self {
        let load = LoadPolicy::Auto { handshakes_per_sec: HANDSHAKES_PER_SEC };
        Self { secret, mtu: 1420, load, curve: Curve::default() }
    }

    /// Sets the tunnel's MTU in bytes.
    #[must_use]
    pub fn mtu(self, mtu: u16) -> Self {
        Self { mtu, ..self }
    }

    /// Sets who computes the Diffie-Hellman of handshakes.
    #[must_use]
    pub fn curve(self, curve: Curve) -> Self {
        Self { curve, ..self }
    }

    /// Sets when the device is under load.
    #[must_use]
    pub fn load(self, load: LoadPolicy) -> Self {
        Self { load, ..self }
    }
}

/// What a peer is made from: its key, and what is known of it.
///
/// ```
/// use core::time::Duration;
/// use vpn_core::{PeerConfig, PresharedKey, SecretKey};
///
/// let peer = PeerConfig::new(SecretKey::from_bytes([7; 32]).public_key())
///     .preshared_key(PresharedKey::from_bytes([9; 32]))
///     .endpoint(([192, 0, 2, 1], 51820).into())
///     .persistent_keepalive(Duration::from_secs(25));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PeerConfig {
    /// The peer's key, by which it is known.
    pub public_key: PublicKey,
    /// A secret shared with this peer alone.
    pub preshared_key: Option<PresharedKey>,
    /// Where the peer is; learned from its messages if `None`. Any address and port is taken, as is any
    /// that authenticated messages come from.
    pub endpoint: Option<SocketAddr>,
    /// Sends something at least this often, so that a NAT keeps its mapping; zero means `None`, and
    /// less than a second means a second. 25 s suit most NATs.
    pub persistent_keepalive: Option<Duration>,
}

impl PeerConfig {
    /// Takes the peer's key; nothing else is known.
    pub fn new(public_key: PublicKey) -> Self {
        Self { public_key, preshared_key: None, endpoint: None, persistent_keepalive: None }
    }

    /// Sets a secret shared with this peer alone.
    #[must_use]
    pub fn preshared_key(self, key: PresharedKey) -> Self {
        Self { preshared_key: Some(key), ..self }
    }

    /// Sets where the peer is.
    #[must_use]
    pub fn endpoint(self, endpoint: SocketAddr) -> Self {
        Self { endpoint: Some(endpoint), ..self }
    }

    /// Sets how often something is sent at the least; zero means never, less than a second means a
    /// second.
    #[must_use]
    pub fn persistent_keepalive(self, interval: Duration) -> Self {
        Self { persistent_keepalive: Some(interval), ..self }
    }
}

/// The shortest interval that `wg` takes.
const MIN_KEEPALIVE: Duration = Duration::from_secs(1);

/// An interval of zero means none, and one that is too short the shortest.
pub(super) fn interval(interval: Option<Duration>) -> Option<Duration> {
    let interval = interval.filter(|interval| !interval.is_zero());
    interval.map(|interval| interval.max(MIN_KEEPALIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_kept_and_nothing_else_changes() {
        let config = DeviceConfig::new(SecretKey::from_bytes([7; 32]));
        assert_eq!(config.mtu, 1420);
        let config = config.mtu(1280).load(LoadPolicy::Caller);
        assert_eq!((config.mtu, config.load), (1280, LoadPolicy::Caller));
        #[cfg(feature = "aws-lc")]
        assert_eq!(config.curve(Curve::AwsLc).curve, Curve::AwsLc);

        let peer = PeerConfig::new(PublicKey::from_bytes([8; 32]));
        let peer = peer.preshared_key(PresharedKey::from_bytes([9; 32]));
        let peer = peer.endpoint(([192, 0, 2, 1], 1).into());
        let peer = peer.persistent_keepalive(Duration::from_secs(25));
        assert_eq!(peer.preshared_key.map(|key| *key.as_bytes()), Some([9; 32]));
        assert_eq!(peer.endpoint, Some(([192, 0, 2, 1], 1).into()));
        assert_eq!(peer.persistent_keepalive, Some(Duration::from_secs(25)));
    }

    #[test]
    fn an_interval_of_zero_is_none() {
        assert_eq!(interval(Some(Duration::ZERO)), None);
        assert_eq!(interval(Some(Duration::from_nanos(1))), Some(Duration::from_secs(1)));
        assert_eq!(interval(Some(Duration::from_millis(1500))), Some(Duration::from_millis(1500)));
    }
}
