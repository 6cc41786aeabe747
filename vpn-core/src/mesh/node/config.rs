use alloc::vec::Vec;
use core::net::SocketAddr;

use ipnet::IpNet;
use thiserror::Error;

use crate::device::LoadPolicy;
use crate::key::SecretKey;
use crate::mesh::book::Book;
use crate::mesh::certificate::{Certificate, Claims};
use crate::mesh::error::{ClaimsError, TrustError};
use crate::mesh::identity::SigningKey;
use crate::mesh::network_key::NetworkKey;
use crate::mesh::trust::Trust;

/// Members that a node keeps, if it is not told otherwise.
const MAX_MEMBERS: usize = 16_384;
/// Bytes a second that a node passes on from each member, if it is not told otherwise: 10 Mbit/s.
const RELAY: u32 = 1_250_000;
/// The greatest packet that is sent to anybody, if the node is not told otherwise: it fits an outer
/// MTU of 1,500 over IPv6.
pub(super) const MTU: u16 = 1420;
/// The least that it may be: what IPv6 asks for.
const MIN_MTU: u16 = 1280;
/// The most that it may be: with all headers, a datagram of 65,535 bytes holds it.
const MAX_MTU: u16 = 65_280;

/// Why a node cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The name or the nets cannot be certified.
    #[error("own certificate cannot be issued: {0}")]
    Claims(ClaimsError),
    /// The certificate is not valid in the network, or not now. Where it is not yet, the host's clock may
    /// not have been set: wait for that, or begin with the time at which the certificate does, and correct
    /// it by [`Node::set_wall`](crate::mesh::Node::set_wall).
    #[error("own certificate is refused: {0}")]
    Trust(TrustError),
    /// The certificate is of another signing key or another tunnel key.
    #[error("own certificate is for other keys")]
    Keys,
    /// The address book is of another network.
    #[error("address book is of another network: start without it")]
    Book,
    /// The node has its certificate from others, which a further tunnel key needs too: use
    /// [`Node::set_certified_tunnel_key`](crate::mesh::Node::set_certified_tunnel_key).
    #[error("node does not certify itself: use set_certified_tunnel_key")]
    Certified,
}

/// What a [`Node`](crate::mesh::Node) is made from.
///
/// ```
/// use vpn_core::SecretKey;
/// use vpn_core::mesh::{NetworkKey, NodeConfig, SigningKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Real keys come from the system's random source; the two of the node are kept.
/// let network = NetworkKey::from_bytes([1; 32]);
/// let (signing, tunnel) = (SigningKey::from_bytes([2; 32]), SecretKey::from_bytes([3; 32]));
///
/// let config = NodeConfig::with_network_key(&network, signing, tunnel)
///     .name("printer")
///     .net("10.7.0.9/32".parse()?)
///     .endpoint("192.0.2.1:51820".parse()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct NodeConfig {
    pub(super) trust: Trust,
    pub(super) credentials: Credentials,
    pub(super) signing: SigningKey,
    pub(super) tunnel: SecretKey,
    pub(super) endpoints: Vec<SocketAddr>,
    pub(super) book: Option<Book>,
    pub(super) mtu: u16,
    pub(super) clamps: bool,
    pub(super) load: Option<LoadPolicy>,
    pub(super) max_members: usize,
    pub(super) relay: u32,
}

/// By what a node shows that it is a member.
#[derive(Clone, Debug)]
pub(super) enum Credentials {
    /// It certifies itself, as whoever holds the network key may.
    NetworkKey { root: SigningKey, claims: Claims },
    /// It was certified.
    Certificate { certificate: Certificate, introducer: Option<Certificate> },
}

impl NodeConfig {
    /// A member of the network whose key it holds. It issues its own certificate and renews it.
    ///
    /// `signing` names the member and is kept for life; `tunnel` is the key of its tunnels. No two
    /// nodes may have the same, as a machine and its copy would: they displace one another.
    pub fn with_network_key(key: &NetworkKey, signing: SigningKey, tunnel: SecretKey) -> Self {
        let claims = Claims::new(key.network(), signing.id(), tunnel.public_key());
        let credentials = Credentials::NetworkKey { root: key.root(), claims };
        Self::new(Trust::from_network_key(key), credentials, signing, tunnel)
    }

    /// A member that was certified by one of `trust`'s roots, or by an introducer, whose certificate
    /// is then to be given too. Its name and nets are those of the certificate: [`name`](Self::name) and
    /// [`net`](Self::net) change nothing.
    ///
    /// # Examples
    ///
    /// A root makes a gateway an introducer, the gateway admits a printer, and expels it again.
    ///
    /// ```
    /// use vpn_core::mesh::{
    ///     Certificate, Claims, Event, NetworkId, Node, NodeConfig, Revocation, SigningKey, Subject, Trust,
    /// };
    /// use vpn_core::{SecretKey, Seed, Time, Unix};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // Real keys, ids and seeds come from the system's random source. That of the root stays offline.
    /// let (network, root) = (NetworkId::from_bytes([1; 16]), SigningKey::from_bytes([2; 32]));
    /// let trust = Trust::from_roots(network, [root.id()]);
    /// let (wall, end) = (Unix { secs: 1_800_000_000, nanos: 0 }, 1_800_000_000 + 90 * 86_400);
    ///
    /// // Each member makes its two keys and shows the public ones to who certifies it.
    /// let (gateway, its_tunnel) = (SigningKey::from_bytes([3; 32]), SecretKey::from_bytes([4; 32]));
    /// let claims = Claims::new(network, gateway.id(), its_tunnel.public_key())
    ///     .net("10.7.0.1/32".parse()?)
    ///     .introducer(vec!["10.7.0.0/16".parse()?])
    ///     .valid(wall.secs, end);
    /// let introducer = Certificate::issue(claims, &root)?;
    ///
    /// let (printer, tunnel) = (SigningKey::from_bytes([5; 32]), SecretKey::from_bytes([6; 32]));
    /// let claims = Claims::new(network, printer.id(), tunnel.public_key())
    ///     .net("10.7.0.9/32".parse()?)
    ///     .valid(wall.secs, wall.secs + 30 * 86_400);
    /// let certificate = Certificate::issue(claims, &gateway)?;
    ///
    /// // At the printer. It needs the gateway's address and the key of its tunnels.
    /// let by = Some(introducer.clone());
    /// let id = printer.id();
    /// let config = NodeConfig::with_certificate(trust, certificate, by.clone(), printer, tunnel);
    /// let now = Time::default();
    /// let mut node = Node::new(config, Seed::from_bytes([7; 32]), now, wall)?;
    /// node.join_member(now, "192.0.2.1:51820".parse()?, its_tunnel.public_key());
    ///
    /// // Any member takes a revocation and tells all others, who cut the printer off; so does itself.
    /// let revocation = Revocation::sign(&gateway, network, Subject::member(id), end, by);
    /// node.revoke(now, revocation)?;
    /// assert_eq!(node.poll_event(), Some(Event::Revoked(id)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_certificate(
        trust: Trust,
        certificate: Certificate,
        introducer: Option<Certificate>,
        signing: SigningKey,
        tunnel: SecretKey,
    ) -> Self {
        let credentials = Credentials::Certificate { certificate, introducer };
        Self::new(trust, credentials, signing, tunnel)
    }

    fn new(trust: Trust, credentials: Credentials, signing: SigningKey, tunnel: SecretKey) -> Self {
        Self {
            trust,
            credentials,
            signing,
            tunnel,
            endpoints: Vec::new(),
            book: None,
            mtu: MTU,
            clamps: true,
            load: None,
            max_members: MAX_MEMBERS,
            relay: RELAY,
        }
    }

    /// Sets what people call the node, if it certifies itself: at most 32 bytes.
    pub fn name(self, name: &str) -> Self {
        self.claim(|claims| claims.name(name))
    }

    /// Adds a net that the node answers for, if it certifies itself; at most 8. The address that is
    /// derived from its key it has in any case.
    pub fn net(self, net: IpNet) -> Self {
        self.claim(|claims| claims.net(net))
    }

    /// Adds an address at which other members reach the node, the best first. Those at which they
    /// see it are added by themselves. The first 8 are told; those to which nobody can send, such as
    /// `0.0.0.0:51820`, are left out.
    pub fn endpoint(mut self, endpoint: SocketAddr) -> Self {
        self.endpoints.push(endpoint);
        self
    }

    /// Gives the node the address book of an earlier life, see
    /// [`Node::book`](crate::mesh::Node::book). Members whose certificates are not valid by the wall time
    /// are looked at anew when [`Node::set_wall`](crate::mesh::Node::set_wall) corrects it.
    pub fn book(self, book: Book) -> Self {
        Self { book: Some(book), ..self }
    }

    /// Sets the MTU of the TUN device in bytes, 1280 to 65,280 (the nearer of these is taken for
    /// others); 1420 by default. What the way to each member carries, up to this, is found out; see
    /// [`Event::PathMtu`](crate::mesh::Event::PathMtu).
    pub fn mtu(self, mtu: u16) -> Self {
        Self { mtu: mtu.clamp(MIN_MTU, MAX_MTU), ..self }
    }

    /// Sets whether the maximum segment size that TCP connections announce is lowered to what the way
    /// to the member carries, in packets in both directions; so it is by default. Packets need whole
    /// checksums for it. See [`clamp_mss`](crate::link::clamp_mss).
    pub fn clamp_mss(self, clamps: bool) -> Self {
        Self { clamps, ..self }
    }

    /// Sets when the node is under load, see [`LoadPolicy`].
    pub fn load(self, load: LoadPolicy) -> Self {
        Self { load: Some(load), ..self }
    }

    /// Sets how many other members are kept at most; 16,384 by default. Each takes less than 1 KiB.
    pub fn max_members(self, max_members: usize) -> Self {
        Self { max_members, ..self }
    }

    /// Sets how many bytes a second the node passes on from each member to others, whose tunnels it
    /// cannot look into: 1,250,000 by default, 0 for none.
    pub fn relay(self, bytes_per_second: u32) -> Self {
        Self { relay: bytes_per_second, ..self }
    }

    fn claim(mut self, change: impl FnOnce(Claims) -> Claims) -> Self {
        if let Credentials::NetworkKey { root, claims } = self.credentials {
            self.credentials = Credentials::NetworkKey { root, claims: change(claims) };
        }
        self
    }
}
