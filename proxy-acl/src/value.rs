//! Values that only a proxy knows.

use core::net::IpAddr;

/// A value that only a proxy knows, such as a counter of a stick table; see
/// [`Request::value`](crate::Request::value).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A truth value, as of `http_auth(staff)`.
    Bool(bool),
    /// A number, as of `sc_http_req_rate(0)`.
    Integer(i64),
    /// A text, as of `ssl_c_s_dn(cn)`.
    Text(&'a [u8]),
    /// Bytes that are no text, as of `ssl_c_sha1`.
    Bytes(&'a [u8]),
    /// An address, as of `fc_src`.
    Address(IpAddr),
}
