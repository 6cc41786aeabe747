use alloc::string::{String, ToString};
use alloc::vec::Vec;

use ipnet::IpNet;

use super::encoding::{MAX_NETS, Reader, put_nets};
use super::error::{ClaimsError, DecodeError};
use super::identity::{MemberId, NetworkId, SIGNATURE_LEN, SigningKey};
use super::signed::{Signed, Statement};
use crate::key::PublicKey;

const VERSION: u8 = 1;
/// Greatest length of a name, in bytes of UTF-8.
const MAX_NAME_LEN: usize = 32;
/// Greatest length of an encoded list of nets, in bytes.
const MAX_NETS_LEN: usize = 1 + MAX_NETS * 18;
/// Greatest length of an encoded certificate that is no introducer's, in bytes.
pub(super) const MAX_PLAIN_LEN: usize =
    1 + 16 + 32 + 32 + 3 * 8 + (1 + MAX_NAME_LEN) + MAX_NETS_LEN + 1 + 32 + SIGNATURE_LEN;
/// Greatest length of an encoded certificate, in bytes.
pub(super) const MAX_CERTIFICATE_LEN: usize = MAX_PLAIN_LEN + MAX_NETS_LEN;

/// What a certificate says of a member.
///
/// ```
/// use vpn_core::SecretKey;
/// use vpn_core::mesh::{Certificate, Claims, NetworkId, SigningKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Real keys and ids come from the system's random source.
/// let root = SigningKey::from_bytes([1; 32]);
/// let member = SigningKey::from_bytes([2; 32]).id();
/// let tunnel = SecretKey::from_bytes([3; 32]).public_key();
///
/// let claims = Claims::new(NetworkId::from_bytes([4; 16]), member, tunnel)
///     .name("printer")
///     .net("10.7.0.9/32".parse()?)
///     .valid(1_800_000_000, 1_800_000_000 + 30 * 86_400);
/// let certificate = Certificate::issue(claims, &root)?;
///
/// assert_eq!(Certificate::decode(&certificate.to_bytes())?, certificate);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The network that it is a member of.
    pub network: NetworkId,
    /// The member's own key.
    pub member: MemberId,
    /// The key of its tunnels.
    pub tunnel: PublicKey,
    /// Counts the certificates of this member, so that those up to one of them can be revoked. Which
    /// of two is in force, its record's sequence number decides.
    pub serial: u64,
    /// When the validity begins, in seconds since 1970-01-01 UTC.
    pub not_before: u64,
    /// When it ends: the first second in which the certificate is not valid any more.
    pub not_after: u64,
    /// What people call the member: at most 32 bytes, no control characters. Not unique.
    pub name: String,
    /// The overlay addresses that it answers for, beside the one derived from its key; at most 8.
    pub nets: Vec<IpNet>,
    /// For an introducer, which may issue certificates in its turn, but not to introducers: the
    /// nets that contain every net it grants; at most 8. `None` for all others.
    pub introduces: Option<Vec<IpNet>>,
}

impl Claims {
    /// Claims nothing but membership, for ever.
    pub fn new(network: NetworkId, member: MemberId, tunnel: PublicKey) -> Self {
        Self {
            network,
            member,
            tunnel,
            serial: 0,
            not_before: 0,
            not_after: u64::MAX,
            name: String::new(),
            nets: Vec::new(),
            introduces: None,
        }
    }

    /// Sets the serial number.
    #[must_use]
    pub fn serial(self, serial: u64) -> Self {
        Self { serial, ..self }
    }

    /// Sets when the validity begins and ends, in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn valid(self, not_before: u64, not_after: u64) -> Self {
        Self { not_before, not_after, ..self }
    }

    /// Sets the name.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        Self { name: name.to_string(), ..self }
    }

    /// Adds a net that the member answers for. Host bits are ignored.
    #[must_use]
    pub fn net(mut self, net: IpNet) -> Self {
        self.nets.push(net);
        self
    }

    /// Makes the member an introducer, who may grant nets within `nets`.
    #[must_use]
    pub fn introducer(self, nets: Vec<IpNet>) -> Self {
        Self { introduces: Some(nets), ..self }
    }

    /// The one form of these claims, if they can be encoded.
    fn canonical(mut self) -> Result<Self, ClaimsError> {
        if self.name.len() > MAX_NAME_LEN {
            return Err(ClaimsError::NameLength(self.name.len()));
        }
        if self.name.chars().any(char::is_control) {
            return Err(ClaimsError::NameControl);
        }
        if self.not_after < self.not_before {
            return Err(ClaimsError::Validity);
        }
        for nets in [Some(&mut self.nets), self.introduces.as_mut()].into_iter().flatten() {
            nets.iter_mut().for_each(|net| *net = net.trunc());
            nets.sort_unstable();
            nets.dedup();
            if nets.len() > MAX_NETS {
                return Err(ClaimsError::TooManyNets(nets.len()));
            }
        }
        Ok(self)
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend(self.network.as_bytes());
        out.extend(self.member.as_bytes());
        out.extend(self.tunnel.as_bytes());
        for number in [self.serial, self.not_before, self.not_after] {
            out.extend(number.to_le_bytes());
        }
        out.push(u8::try_from(self.name.len()).unwrap_or(u8::MAX));
        out.extend(self.name.as_bytes());
        put_nets(out, &self.nets);
        out.push(self.introduces.is_some().into());
        if let Some(nets) = &self.introduces {
            put_nets(out, nets);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.version(VERSION)?;
        let network = NetworkId::from_bytes(reader.array()?);
        let member = MemberId::from_bytes(reader.array()?);
        let tunnel = PublicKey::from_bytes(reader.array()?);
        let (serial, not_before, not_after) = (reader.u64()?, reader.u64()?, reader.u64()?);
        if not_after < not_before {
            return Err(DecodeError::Validity);
        }
        let len = reader.count(MAX_NAME_LEN)?;
        let name = core::str::from_utf8(reader.bytes(len)?).map_err(|_| DecodeError::Name)?;
        if name.chars().any(char::is_control) {
            return Err(DecodeError::Name);
        }
        let nets = reader.nets()?;
        let introduces = if reader.flag()? { Some(reader.nets()?) } else { None };
        let name = name.to_string();
        Ok(Self { network, member, tunnel, serial, not_before, not_after, name, nets, introduces })
    }
}

/// Claims about a member and the signature of an issuer: a root, or an introducer.
///
/// That it is well formed says nothing; [`Trust`](crate::mesh::Trust) judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(Signed<Grant>);

/// What an issuer says of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Grant {
    claims: Claims,
    issuer: MemberId,
}

impl Certificate {
    /// Signs claims.
    ///
    /// # Errors
    ///
    /// A [`ClaimsError`] if the claims cannot be encoded: the name is too long or holds a control
    /// character, more than 8 nets are listed, the validity ends before it begins.
    pub fn issue(claims: Claims, issuer: &SigningKey) -> Result<Self, ClaimsError> {
        let grant = Grant { claims: claims.canonical()?, issuer: issuer.id() };
        Ok(Self(Signed::sign(grant, issuer)))
    }

    /// Returns what it says of the member.
    pub fn claims(&self) -> &Claims {
        &self.0.statement().claims
    }

    /// Returns who signed it.
    pub fn issuer(&self) -> MemberId {
        self.0.statement().issuer
    }

    /// Encodes it: at most 525 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Decodes exactly one certificate.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] if the bytes are not the encoding of a certificate. The signature is not
    /// looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Signed::decode(bytes).map(Self)
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Signed::read(reader).map(Self)
    }

    /// Whether the issuer that it names signed it.
    pub(super) fn is_signed(&self) -> bool {
        self.0.is_signed()
    }
}

impl Statement for Grant {
    const LABEL: &'static [u8] = b"vpn-core mesh certificate";

    fn signer(&self) -> MemberId {
        self.issuer
    }

    fn put(&self, out: &mut Vec<u8>) {
        self.claims.put(out);
        out.extend(self.issuer.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let claims = Claims::read(reader)?;
        Ok(Self { claims, issuer: MemberId::from_bytes(reader.array()?) })
    }
}
