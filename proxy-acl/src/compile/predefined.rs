//! Acls that exist without a line of their own (configuration manual, 7.4).

/// The words of a predefined acl's expression.
pub(super) type Words = &'static [&'static str];

const ACLS: [(&str, Words); 22] = [
    ("FALSE", &["always_false"]),
    // Every request this crate is asked about is HTTP.
    ("HTTP", &["always_true"]),
    ("HTTP_1.0", &["req.ver", "1.0"]),
    ("HTTP_1.1", &["req.ver", "1.1"]),
    ("HTTP_2.0", &["req.ver", "2.0"]),
    ("HTTP_CONTENT", &["req.hdr_val(content-length)", "gt", "0"]),
    ("HTTP_URL_ABS", &["url_reg", "^[^/:]*://"]),
    ("HTTP_URL_SLASH", &["url_beg", "/"]),
    ("HTTP_URL_STAR", &["url", "*"]),
    ("LOCALHOST", &["src", "127.0.0.1/8", "::1"]),
    ("METH_CONNECT", &["method", "CONNECT"]),
    ("METH_DELETE", &["method", "DELETE"]),
    ("METH_GET", &["method", "GET", "HEAD"]),
    ("METH_HEAD", &["method", "HEAD"]),
    ("METH_OPTIONS", &["method", "OPTIONS"]),
    ("METH_POST", &["method", "POST"]),
    ("METH_PUT", &["method", "PUT"]),
    ("METH_TRACE", &["method", "TRACE"]),
    ("RDP_COOKIE", &["req.rdp_cookie_cnt", "gt", "0"]),
    ("REQ_CONTENT", &["req.len", "gt", "0"]),
    ("TRUE", &["always_true"]),
    ("WAIT_END", &["wait_end"]),
];

pub(super) fn find(name: &[u8]) -> Option<Words> {
    let (_, words) = ACLS.iter().find(|(known, _)| known.as_bytes() == name)?;
    Some(words)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ACLS.iter().map(|&(name, _)| name)
}
