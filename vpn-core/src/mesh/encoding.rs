//! The pieces of which everything signed or sent is made. Integers are little-endian; each value
//! has one form.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::error::DecodeError;

/// Stands before an IPv4 address.
const V4: u8 = 4;
/// Stands before an IPv6 address.
const V6: u8 = 6;
/// The greatest number of nets in a list.
pub(super) const MAX_NETS: usize = 8;
/// The greatest number of endpoints in a list.
pub(super) const MAX_ENDPOINTS: usize = 8;

/// What is left of bytes being decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes not yet read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Says that all was read.
    pub(super) fn finish(self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::Trailing) }
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (head, tail) = self.0.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.0 = tail;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, tail) = self.0.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.0 = tail;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A byte that is 0 or 1.
    pub(super) fn flag(&mut self) -> Result<bool, DecodeError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(DecodeError::Unknown(other)),
        }
    }

    pub(super) fn version(&mut self, known: u8) -> Result<(), DecodeError> {
        let version = self.u8()?;
        if version == known { Ok(()) } else { Err(DecodeError::Version(version)) }
    }

    /// The number of things in a list of at most `limit`.
    pub(super) fn count(&mut self, limit: usize) -> Result<usize, DecodeError> {
        let count = usize::from(self.u8()?);
        if count <= limit { Ok(count) } else { Err(DecodeError::TooMany(count)) }
    }

    fn address(&mut self) -> Result<IpAddr, DecodeError> {
        match self.u8()? {
            V4 => Ok(Ipv4Addr::from(self.array::<4>()?).into()),
            V6 => Ok(Ipv6Addr::from(self.array::<16>()?).into()),
            other => Err(DecodeError::Unknown(other)),
        }
    }

    /// Nets without host bits, each once, ascending.
    pub(super) fn nets(&mut self) -> Result<Vec<IpNet>, DecodeError> {
        let count = self.count(MAX_NETS)?;
        let mut nets = Vec::with_capacity(count);
        for _ in 0..count {
            let address = self.address()?;
            let net = IpNet::new(address, self.u8()?).map_err(|_| DecodeError::Net)?;
            if net.network() != address || nets.last().is_some_and(|last| *last >= net) {
                return Err(DecodeError::Net);
            }
            nets.push(net);
        }
        Ok(nets)
    }

    pub(super) fn endpoint(&mut self) -> Result<SocketAddr, DecodeError> {
        let endpoint = SocketAddr::new(self.address()?, self.u16()?);
        if is_endpoint(&endpoint) { Ok(endpoint) } else { Err(DecodeError::Endpoint) }
    }

    /// An endpoint, or one byte of zero for none.
    pub(super) fn optional_endpoint(&mut self) -> Result<Option<SocketAddr>, DecodeError> {
        if self.0.first() == Some(&0) {
            return self.u8().map(|_| None);
        }
        self.endpoint().map(Some)
    }

    pub(super) fn endpoints(&mut self) -> Result<Vec<SocketAddr>, DecodeError> {
        let count = self.count(MAX_ENDPOINTS)?;
        (0..count).map(|_| self.endpoint()).collect()
    }
}

/// Whether datagrams can be sent there, to one host.
pub(super) fn is_endpoint(endpoint: &SocketAddr) -> bool {
    let ip = endpoint.ip();
    let single = match ip {
        IpAddr::V4(ip) => !ip.is_broadcast(),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().is_none(),
    };
    single && endpoint.port() != 0 && !ip.is_unspecified() && !ip.is_multicast()
}

/// The form in which an endpoint is told: IPv4 as such, and no scope, which means something to one
/// host alone.
pub(super) fn canonical(endpoint: SocketAddr) -> SocketAddr {
    SocketAddr::new(endpoint.ip().to_canonical(), endpoint.port())
}

fn put_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            out.push(V4);
            out.extend(address.octets());
        }
        IpAddr::V6(address) => {
            out.push(V6);
            out.extend(address.octets());
        }
    }
}

/// Writes nets, which are ascending and few.
pub(super) fn put_nets(out: &mut Vec<u8>, nets: &[IpNet]) {
    out.push(u8::try_from(nets.len()).unwrap_or(u8::MAX));
    for net in nets {
        put_address(out, net.network());
        out.push(net.prefix_len());
    }
}

pub(super) fn put_endpoint(out: &mut Vec<u8>, endpoint: SocketAddr) {
    put_address(out, endpoint.ip());
    out.extend(endpoint.port().to_le_bytes());
}

/// Writes an endpoint, or one byte of zero for none. A socket for both families shows IPv4 mapped into
/// IPv6, which nobody would read.
pub(super) fn put_optional_endpoint(out: &mut Vec<u8>, endpoint: Option<SocketAddr>) {
    match endpoint {
        Some(endpoint) => put_endpoint(out, canonical(endpoint)),
        None => out.push(0),
    }
}

/// Writes endpoints, which are few.
pub(super) fn put_endpoints(out: &mut Vec<u8>, endpoints: &[SocketAddr]) {
    out.push(u8::try_from(endpoints.len()).unwrap_or(u8::MAX));
    for endpoint in endpoints {
        put_endpoint(out, *endpoint);
    }
}
