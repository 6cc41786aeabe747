//! The names of fetches.

use super::header::Unit;
use crate::pattern::matching::Matching;

/// A supported fetch before its arguments are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    AlwaysFalse,
    AlwaysTrue,
    Base,
    Bool,
    Cookie,
    CookieCount,
    CookieNumber,
    Destination,
    DestinationPort,
    Header(Unit),
    HeaderCount(Unit),
    HeaderAddress,
    HeaderNumber,
    Integer,
    Ipv4,
    Ipv6,
    Method,
    Path,
    PathQuery,
    Query,
    Version,
    Source,
    SourcePort,
    Tls,
    TlsProtocol,
    TlsHasName,
    TlsName,
    Text,
    Target,
    Parameter,
    ParameterAddress,
    ParameterNumber,
    Variable,
}

const KEYWORDS: &[(&str, Keyword)] = &[
    ("always_false", Keyword::AlwaysFalse),
    ("always_true", Keyword::AlwaysTrue),
    ("base", Keyword::Base),
    ("bool", Keyword::Bool),
    ("cook", Keyword::Cookie),
    ("cook_cnt", Keyword::CookieCount),
    ("cook_val", Keyword::CookieNumber),
    ("dst", Keyword::Destination),
    ("dst_port", Keyword::DestinationPort),
    ("hdr", Keyword::Header(Unit::Value)),
    ("hdr_cnt", Keyword::HeaderCount(Unit::Value)),
    ("hdr_ip", Keyword::HeaderAddress),
    ("hdr_val", Keyword::HeaderNumber),
    ("int", Keyword::Integer),
    ("ipv4", Keyword::Ipv4),
    ("ipv6", Keyword::Ipv6),
    ("method", Keyword::Method),
    ("path", Keyword::Path),
    ("pathq", Keyword::PathQuery),
    ("query", Keyword::Query),
    ("req.cook", Keyword::Cookie),
    ("req.cook_cnt", Keyword::CookieCount),
    ("req.cook_val", Keyword::CookieNumber),
    ("req.fhdr", Keyword::Header(Unit::Line)),
    ("req.fhdr_cnt", Keyword::HeaderCount(Unit::Line)),
    ("req.hdr", Keyword::Header(Unit::Value)),
    ("req.hdr_cnt", Keyword::HeaderCount(Unit::Value)),
    ("req.hdr_ip", Keyword::HeaderAddress),
    ("req.hdr_val", Keyword::HeaderNumber),
    ("req.ver", Keyword::Version),
    ("req_ver", Keyword::Version),
    ("src", Keyword::Source),
    ("src_port", Keyword::SourcePort),
    ("ssl_fc", Keyword::Tls),
    ("ssl_fc_alpn", Keyword::TlsProtocol),
    ("ssl_fc_has_sni", Keyword::TlsHasName),
    ("ssl_fc_sni", Keyword::TlsName),
    ("str", Keyword::Text),
    ("url", Keyword::Target),
    ("url_param", Keyword::Parameter),
    ("urlp", Keyword::Parameter),
    ("urlp_ip", Keyword::ParameterAddress),
    ("urlp_val", Keyword::ParameterNumber),
    ("var", Keyword::Variable),
    ("wait_end", Keyword::AlwaysTrue),
];

/// Fetches that exist with a suffix for each way of matching.
const SUFFIXED: [&str; 6] = ["base", "cook", "hdr", "path", "url", "urlp"];

const SUFFIXES: [(&str, Matching); 7] = [
    ("_beg", Matching::Beg),
    ("_dir", Matching::Dir),
    ("_dom", Matching::Dom),
    ("_end", Matching::End),
    ("_len", Matching::Len),
    ("_reg", Matching::Reg),
    ("_sub", Matching::Sub),
];

impl Keyword {
    /// Finds a fetch and the way of matching that its suffix names.
    pub(crate) fn named(name: &str) -> Option<(Self, Option<Matching>)> {
        if let Some((_, keyword)) = KEYWORDS.iter().find(|(known, _)| *known == name) {
            return Some((*keyword, None));
        }
        match name {
            "ssl_fc_sni_end" => return Some((Self::TlsName, Some(Matching::End))),
            "ssl_fc_sni_reg" => return Some((Self::TlsName, Some(Matching::Reg))),
            _ => {}
        }
        SUFFIXES.iter().find_map(|&(suffix, matching)| {
            let bare = name.strip_suffix(suffix)?;
            let (keyword, _) = SUFFIXED.contains(&bare).then(|| Self::named(bare))??;
            Some((keyword, Some(matching)))
        })
    }
}

/// Supported names, for suggestions.
pub(crate) fn supported() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|&(name, _)| name).chain(WITH_SUFFIX.iter().copied())
}

/// Names with a suffix, for suggestions.
const WITH_SUFFIX: &[&str] = &[
    "base_beg",
    "base_dir",
    "base_dom",
    "base_end",
    "base_len",
    "base_reg",
    "base_sub",
    "cook_beg",
    "cook_dir",
    "cook_dom",
    "cook_end",
    "cook_len",
    "cook_reg",
    "cook_sub",
    "hdr_beg",
    "hdr_dir",
    "hdr_dom",
    "hdr_end",
    "hdr_len",
    "hdr_reg",
    "hdr_sub",
    "path_beg",
    "path_dir",
    "path_dom",
    "path_end",
    "path_len",
    "path_reg",
    "path_sub",
    "ssl_fc_sni_end",
    "ssl_fc_sni_reg",
    "url_beg",
    "url_dir",
    "url_dom",
    "url_end",
    "url_len",
    "url_reg",
    "url_sub",
    "urlp_beg",
    "urlp_dir",
    "urlp_dom",
    "urlp_end",
    "urlp_len",
    "urlp_reg",
    "urlp_sub",
];

/// Other fetches of HAProxy that rules on requests are known to use.
pub(crate) const UNSUPPORTED: &[&str] = &[
    "avg_queue",
    "base32",
    "be_conn",
    "be_id",
    "be_name",
    "be_sess_rate",
    "capture.req.hdr",
    "capture.req.method",
    "capture.req.uri",
    "connslots",
    "date",
    "dst_conn",
    "dst_is_local",
    "env",
    "fc_http_major",
    "fc_rcvd_proxy",
    "fc_rtt",
    "fe_conn",
    "fe_id",
    "fe_name",
    "fe_sess_rate",
    "hostname",
    "http_auth",
    "http_auth_group",
    "http_first_req",
    "meth",
    "nbproc",
    "nbsrv",
    "payload",
    "payload_lv",
    "proc",
    "queue",
    "rand",
    "req.body",
    "req.body_len",
    "req.body_param",
    "req.body_size",
    "req.hdr_names",
    "req.hdrs",
    "req.len",
    "req.payload",
    "req.proto_http",
    "req.rdp_cookie",
    "req.ssl_alpn",
    "req.ssl_hello_type",
    "req.ssl_sni",
    "req.ssl_ver",
    "req_proto_http",
    "req_ssl_hello_type",
    "req_ssl_sni",
    "req_ssl_ver",
    "res.hdr",
    "res.ver",
    "sc0_conn_cnt",
    "sc0_conn_rate",
    "sc0_get_gpc0",
    "sc0_http_req_rate",
    "sc_conn_rate",
    "sc_get_gpc",
    "sc_get_gpc0",
    "sc_get_gpt0",
    "sc_http_err_rate",
    "sc_http_req_rate",
    "so_id",
    "so_name",
    "src_conn_cnt",
    "src_conn_rate",
    "src_get_gpc0",
    "src_http_err_rate",
    "src_http_req_rate",
    "src_is_local",
    "srv_conn",
    "srv_is_up",
    "ssl_bc",
    "ssl_c_ca_err",
    "ssl_c_s_dn",
    "ssl_c_sha1",
    "ssl_c_used",
    "ssl_c_verify",
    "ssl_fc_has_crt",
    "ssl_fc_protocol",
    "status",
    "stopping",
    "table_cnt",
    "thread",
    "txn.timer.total",
    "unique-id",
    "url32",
    "url_ip",
    "url_port",
    "uuid",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_name_is_found() {
        for name in supported() {
            assert!(Keyword::named(name).is_some(), "{name}");
        }
        for name in UNSUPPORTED {
            assert!(Keyword::named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn suffixes_belong_to_some_bare_names_only() {
        let header = Keyword::Header(Unit::Value);
        assert_eq!(Keyword::named("hdr_beg"), Some((header, Some(Matching::Beg))));
        for name in ["req.hdr_beg", "src_beg", "url_param_beg", "ssl_fc_sni_beg", "pathq_beg"] {
            assert_eq!(Keyword::named(name), None, "{name}");
        }
    }
}
