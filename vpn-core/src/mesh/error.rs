//! Errors of what members show one another, one for each operation.

use thiserror::Error;

/// Why a text is not a network key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NetworkKeyError {
    /// The text has another length than 48 characters.
    #[error("network key has {0} characters, expected 48")]
    Length(usize),
    /// The text has characters that are not of base64 for URLs.
    #[error("network key has characters other than letters, digits, `-` and `_`")]
    NotBase64,
    /// A character is wrong, or two are swapped: the checksum differs.
    #[error("network key is mistyped: its checksum differs")]
    Checksum,
}

/// Why a certificate cannot be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// The name is longer than 32 bytes.
    #[error("name has {0} bytes, at most 32 are allowed")]
    NameLength(usize),
    /// The name holds a control character.
    #[error("name holds a control character")]
    NameControl,
    /// A list holds more than 8 nets.
    #[error("{0} nets are listed, at most 8 are allowed")]
    TooManyNets(usize),
    /// The certificate would end before it begins.
    #[error("validity ends before it begins")]
    Validity,
}

/// Why bytes are not what they should be. Each thing has one encoding, all others are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("bytes end too early")]
    Truncated,
    /// Bytes follow the end.
    #[error("bytes follow the end")]
    Trailing,
    /// The version is not known.
    #[error("version {0} is not known")]
    Version(u8),
    /// A list is longer than allowed.
    #[error("list of {0} is too long")]
    TooMany(usize),
    /// A flag, kind or family is not known.
    #[error("value {0} is not known here")]
    Unknown(u8),
    /// A net has host bits or too long a prefix, or nets are not in ascending order.
    #[error("net is not in its one form or place")]
    Net,
    /// An endpoint names no single host, or is IPv4 written as IPv6.
    #[error("endpoint names no single host")]
    Endpoint,
    /// The name is not UTF-8 or holds a control character.
    #[error("name is not text")]
    Name,
    /// The validity ends before it begins.
    #[error("validity ends before it begins")]
    Validity,
    /// An introducer is said to have been introduced by another.
    #[error("introducer was introduced by another")]
    Introducers,
}

/// Why a record, certificate or revocation is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrustError {
    /// It belongs to another network.
    #[error("belongs to another network")]
    Network,
    /// The issuer of a certificate, or the signer of a revocation, is no root, and no root says that it may
    /// introduce members.
    #[error("signer is neither a root nor an introducer")]
    Issuer,
    /// The certificate claims more than its issuer may grant: a net, or a time.
    #[error("certificate claims more than its issuer may grant")]
    Constraint,
    /// The certificate claims addresses that belong to another member for ever: those derived from
    /// members' keys.
    #[error("certificate claims derived addresses")]
    DerivedNet,
    /// A signature does not verify.
    #[error("signature does not verify")]
    Signature,
    /// The validity has not begun.
    #[error("validity has not begun")]
    NotYet,
    /// The validity has ended.
    #[error("validity has ended")]
    Expired,
    /// A revocation covers the certificate, or its issuer.
    #[error("certificate is revoked")]
    Revoked,
    /// As many revocations are kept as fit.
    #[error("as many revocations are kept as fit")]
    Full,
}
