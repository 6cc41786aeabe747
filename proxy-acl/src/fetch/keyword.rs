//! The names of fetches.

use crate::pattern::matching::Matching;

/// A supported fetch before its arguments are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    AlwaysTrue,
    AlwaysFalse,
    Method,
    Path,
    Version,
    Source,
    Header,
}

/// Suffixes of `path` and `hdr`.
const SUFFIXES: [(&str, Matching); 6] = [
    ("_beg", Matching::Beg),
    ("_dir", Matching::Dir),
    ("_dom", Matching::Dom),
    ("_end", Matching::End),
    ("_len", Matching::Len),
    ("_sub", Matching::Sub),
];

impl Keyword {
    /// Finds a fetch and the way of matching that its suffix names.
    pub(crate) fn named(name: &str) -> Option<(Self, Option<Matching>)> {
        let plain = match name {
            "always_true" => Self::AlwaysTrue,
            "always_false" => Self::AlwaysFalse,
            "method" => Self::Method,
            "path" => Self::Path,
            "req.ver" | "req_ver" => Self::Version,
            "src" => Self::Source,
            "hdr" | "req.hdr" => Self::Header,
            _ => {
                return SUFFIXES.iter().find_map(|&(suffix, matching)| {
                    let keyword = match name.strip_suffix(suffix)? {
                        "path" => Self::Path,
                        "hdr" => Self::Header,
                        _ => return None,
                    };
                    Some((keyword, Some(matching)))
                });
            }
        };
        Some((plain, None))
    }
}

/// Supported names, for suggestions.
pub(crate) const SUPPORTED: &[&str] = &[
    "always_false",
    "always_true",
    "hdr",
    "hdr_beg",
    "hdr_dir",
    "hdr_dom",
    "hdr_end",
    "hdr_len",
    "hdr_sub",
    "method",
    "path",
    "path_beg",
    "path_dir",
    "path_dom",
    "path_end",
    "path_len",
    "path_sub",
    "req.hdr",
    "req.ver",
    "src",
];

/// Other fetches of HAProxy that rules on requests are known to use.
pub(crate) const UNSUPPORTED: &[&str] = &[
    "avg_queue",
    "base",
    "base32",
    "base_beg",
    "base_dir",
    "base_dom",
    "base_end",
    "base_len",
    "base_reg",
    "base_sub",
    "be_conn",
    "be_id",
    "be_name",
    "be_sess_rate",
    "bool",
    "capture.req.hdr",
    "capture.req.method",
    "capture.req.uri",
    "connslots",
    "cook",
    "cook_beg",
    "cook_cnt",
    "cook_dir",
    "cook_dom",
    "cook_end",
    "cook_len",
    "cook_reg",
    "cook_sub",
    "cook_val",
    "date",
    "dst",
    "dst_conn",
    "dst_is_local",
    "dst_port",
    "env",
    "fc_http_major",
    "fc_rcvd_proxy",
    "fc_rtt",
    "fe_conn",
    "fe_id",
    "fe_name",
    "fe_sess_rate",
    "hdr_cnt",
    "hdr_ip",
    "hdr_reg",
    "hdr_val",
    "hostname",
    "http_auth",
    "http_auth_group",
    "http_first_req",
    "int",
    "ipv4",
    "ipv6",
    "meth",
    "nbproc",
    "nbsrv",
    "path_reg",
    "pathq",
    "payload",
    "payload_lv",
    "proc",
    "query",
    "queue",
    "rand",
    "req.body",
    "req.body_len",
    "req.body_param",
    "req.body_size",
    "req.cook",
    "req.cook_cnt",
    "req.cook_val",
    "req.fhdr",
    "req.fhdr_cnt",
    "req.hdr_cnt",
    "req.hdr_ip",
    "req.hdr_names",
    "req.hdr_val",
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
    "src_port",
    "srv_conn",
    "srv_is_up",
    "ssl_bc",
    "ssl_c_ca_err",
    "ssl_c_s_dn",
    "ssl_c_sha1",
    "ssl_c_used",
    "ssl_c_verify",
    "ssl_fc",
    "ssl_fc_alpn",
    "ssl_fc_has_crt",
    "ssl_fc_has_sni",
    "ssl_fc_protocol",
    "ssl_fc_sni",
    "ssl_fc_sni_end",
    "ssl_fc_sni_reg",
    "status",
    "stopping",
    "str",
    "table_cnt",
    "thread",
    "txn.timer.total",
    "unique-id",
    "url",
    "url32",
    "url_beg",
    "url_dir",
    "url_dom",
    "url_end",
    "url_ip",
    "url_len",
    "url_param",
    "url_port",
    "url_reg",
    "url_sub",
    "urlp",
    "urlp_beg",
    "urlp_dir",
    "urlp_dom",
    "urlp_end",
    "urlp_ip",
    "urlp_len",
    "urlp_reg",
    "urlp_sub",
    "urlp_val",
    "uuid",
    "var",
    "wait_end",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_name_is_found() {
        for name in SUPPORTED {
            assert!(Keyword::named(name).is_some(), "{name}");
        }
        for name in UNSUPPORTED {
            assert!(Keyword::named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn suffixes_belong_to_bare_names_only() {
        assert_eq!(Keyword::named("hdr_beg"), Some((Keyword::Header, Some(Matching::Beg))));
        assert_eq!(Keyword::named("req.hdr_beg"), None);
        assert_eq!(Keyword::named("src_beg"), None);
    }
}
