//! The names of fetches.

use super::header::Unit;
use super::phase::Phases;
use crate::pattern::matching::Matching;

/// A supported fetch before its arguments are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    AlwaysFalse,
    AlwaysTrue,
    Base,
    Binary,
    Bool,
    ConstantMethod,
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
    Status,
    Tls,
    TlsProtocol,
    TlsHasName,
    TlsName,
    Text,
    Target,
    Parameter,
    ParameterNumber,
    Variable,
}

/// Name, meaning, and when it is there.
const KEYWORDS: &[(&str, Keyword, Phases)] = &[
    ("always_false", Keyword::AlwaysFalse, Phases::ALWAYS),
    ("always_true", Keyword::AlwaysTrue, Phases::ALWAYS),
    ("base", Keyword::Base, Phases::REQUEST),
    ("bin", Keyword::Binary, Phases::ALWAYS),
    ("bool", Keyword::Bool, Phases::ALWAYS),
    ("cook", Keyword::Cookie, Phases::REQUEST),
    ("cook_cnt", Keyword::CookieCount, Phases::REQUEST),
    ("cook_val", Keyword::CookieNumber, Phases::REQUEST),
    ("cookie", Keyword::Cookie, Phases::EXCHANGE),
    ("dst", Keyword::Destination, Phases::ALWAYS),
    ("dst_port", Keyword::DestinationPort, Phases::ALWAYS),
    ("hdr", Keyword::Header(Unit::Value), Phases::REQUEST),
    ("hdr_cnt", Keyword::HeaderCount(Unit::Value), Phases::REQUEST),
    ("hdr_ip", Keyword::HeaderAddress, Phases::REQUEST),
    ("hdr_val", Keyword::HeaderNumber, Phases::REQUEST),
    ("int", Keyword::Integer, Phases::ALWAYS),
    ("ipv4", Keyword::Ipv4, Phases::ALWAYS),
    ("ipv6", Keyword::Ipv6, Phases::ALWAYS),
    ("meth", Keyword::ConstantMethod, Phases::ALWAYS),
    ("method", Keyword::Method, Phases::EXCHANGE),
    ("path", Keyword::Path, Phases::REQUEST),
    ("pathq", Keyword::PathQuery, Phases::REQUEST),
    ("query", Keyword::Query, Phases::REQUEST),
    ("req.cook", Keyword::Cookie, Phases::REQUEST),
    ("req.cook_cnt", Keyword::CookieCount, Phases::REQUEST),
    ("req.cook_val", Keyword::CookieNumber, Phases::REQUEST),
    ("req.fhdr", Keyword::Header(Unit::Line), Phases::REQUEST),
    ("req.fhdr_cnt", Keyword::HeaderCount(Unit::Line), Phases::REQUEST),
    ("req.hdr", Keyword::Header(Unit::Value), Phases::REQUEST),
    ("req.hdr_cnt", Keyword::HeaderCount(Unit::Value), Phases::REQUEST),
    ("req.hdr_ip", Keyword::HeaderAddress, Phases::REQUEST),
    ("req.hdr_val", Keyword::HeaderNumber, Phases::REQUEST),
    ("req.ver", Keyword::Version, Phases::REQUEST),
    ("req_ver", Keyword::Version, Phases::REQUEST),
    ("res.cook", Keyword::Cookie, Phases::RESPONSE),
    ("res.cook_cnt", Keyword::CookieCount, Phases::RESPONSE),
    ("res.cook_val", Keyword::CookieNumber, Phases::RESPONSE),
    ("res.fhdr", Keyword::Header(Unit::Line), Phases::RESPONSE),
    ("res.fhdr_cnt", Keyword::HeaderCount(Unit::Line), Phases::RESPONSE),
    ("res.hdr", Keyword::Header(Unit::Value), Phases::RESPONSE),
    ("res.hdr_cnt", Keyword::HeaderCount(Unit::Value), Phases::RESPONSE),
    ("res.hdr_ip", Keyword::HeaderAddress, Phases::RESPONSE),
    ("res.hdr_val", Keyword::HeaderNumber, Phases::RESPONSE),
    ("res.ver", Keyword::Version, Phases::RESPONSE),
    ("resp_ver", Keyword::Version, Phases::RESPONSE),
    ("scook", Keyword::Cookie, Phases::RESPONSE),
    ("scook_cnt", Keyword::CookieCount, Phases::RESPONSE),
    ("scook_val", Keyword::CookieNumber, Phases::RESPONSE),
    ("shdr", Keyword::Header(Unit::Value), Phases::RESPONSE),
    ("shdr_cnt", Keyword::HeaderCount(Unit::Value), Phases::RESPONSE),
    ("shdr_ip", Keyword::HeaderAddress, Phases::RESPONSE),
    ("shdr_val", Keyword::HeaderNumber, Phases::RESPONSE),
    ("src", Keyword::Source, Phases::ALWAYS),
    ("src_port", Keyword::SourcePort, Phases::ALWAYS),
    ("ssl_fc", Keyword::Tls, Phases::SESSION),
    ("ssl_fc_alpn", Keyword::TlsProtocol, Phases::SESSION),
    ("ssl_fc_has_sni", Keyword::TlsHasName, Phases::SESSION),
    ("ssl_fc_sni", Keyword::TlsName, Phases::SESSION),
    ("status", Keyword::Status, Phases::RESPONSE),
    ("str", Keyword::Text, Phases::ALWAYS),
    ("url", Keyword::Target, Phases::REQUEST),
    ("url_param", Keyword::Parameter, Phases::REQUEST),
    ("urlp", Keyword::Parameter, Phases::REQUEST),
    ("urlp_val", Keyword::ParameterNumber, Phases::REQUEST),
    ("var", Keyword::Variable, Phases::ALWAYS),
    ("wait_end", Keyword::AlwaysTrue, Phases::ALWAYS),
];

/// Fetches that exist with a suffix for each way of matching.
const SUFFIXED: [&str; 8] = ["base", "cook", "hdr", "path", "scook", "shdr", "url", "urlp"];

const SUFFIXES: [(&str, Matching); 7] = [
    ("_beg", Matching::Beg),
    ("_dir", Matching::Dir),
    ("_dom", Matching::Dom),
    ("_end", Matching::End),
    ("_len", Matching::Len),
    ("_reg", Matching::Reg),
    ("_sub", Matching::Sub),
];

/// A fetch as its name tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) keyword: Keyword,
    /// The way of matching that its suffix names; such names are for acls alone.
    pub(crate) suffix: Option<Matching>,
    pub(crate) phases: Phases,
}

impl Keyword {
    pub(crate) fn named(name: &str) -> Option<Named> {
        let bare = |name: &str| {
            let (_, keyword, phases) = KEYWORDS.iter().find(|(known, ..)| *known == name)?;
            Some(Named { keyword: *keyword, suffix: None, phases: *phases })
        };
        if let Some(named) = bare(name) {
            return Some(named);
        }
        SUFFIXES.iter().find_map(|&(suffix, matching)| {
            let stem = name.strip_suffix(suffix)?;
            let known = SUFFIXED.contains(&stem)
                || stem == "ssl_fc_sni" && matches!(matching, Matching::End | Matching::Reg);
            Some(Named { suffix: Some(matching), ..bare(stem).filter(|_| known)? })
        })
    }
}

/// Whether HAProxy has a keyword of this name for acls, rather than a fetch alone.
pub(crate) fn is_of_acls(name: &str) -> bool {
    OF_ACLS.contains(&name) || Keyword::named(name).is_some_and(|named| named.suffix.is_some())
}

/// Keywords for acls without a suffix, as `haproxy -dKacl` of version 2.6.12 prints them.
const OF_ACLS: [&str; 19] = [
    "base",
    "cook",
    "hdr",
    "http_auth_group",
    "method",
    "path",
    "payload",
    "payload_lv",
    "req.ssl_ver",
    "req_rdp_cookie",
    "req_rdp_cookie_cnt",
    "req_ssl_sni",
    "req_ssl_ver",
    "req_ver",
    "resp_ver",
    "scook",
    "shdr",
    "url",
    "urlp",
];

/// Supported names, for suggestions.
pub(crate) fn supported() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|&(name, ..)| name).chain(WITH_SUFFIX.iter().copied())
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
    "scook_beg",
    "scook_dir",
    "scook_dom",
    "scook_end",
    "scook_len",
    "scook_reg",
    "scook_sub",
    "shdr_beg",
    "shdr_dir",
    "shdr_dom",
    "shdr_end",
    "shdr_len",
    "shdr_reg",
    "shdr_sub",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::injected;

    #[test]
    fn every_supported_name_is_found() {
        for name in supported() {
            assert!(Keyword::named(name).is_some(), "{name}");
        }
        for name in injected::names() {
            assert!(Keyword::named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn suffixes_belong_to_some_bare_names_only() {
        let header = Keyword::Header(Unit::Value);
        let named = Keyword::named("hdr_beg");
        let found = named.map(|named| (named.keyword, named.suffix));
        assert_eq!(found, Some((header, Some(Matching::Beg))));
        for name in ["req.hdr_beg", "src_beg", "url_param_beg", "ssl_fc_sni_beg", "pathq_beg"] {
            assert_eq!(Keyword::named(name), None, "{name}");
        }
    }
}
