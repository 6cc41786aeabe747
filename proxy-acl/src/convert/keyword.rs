//! The names of converters (configuration manual, 7.3.1).

use super::{given, map};

/// Whether HAProxy has a converter of this name.
pub(crate) fn is_known(name: &str) -> bool {
    NATIVE.iter().any(|(known, _)| *known == name)
        || UNSUPPORTED.contains(&name)
        || given::named(name).is_some()
        || map::named(name).is_some()
}

/// Supported converters, those beside `map` all of them, each with the signature of its
/// arguments.
pub(crate) const NATIVE: [(&str, &str); 57] = [
    ("add", "s"),
    ("add_item", "ss?s"),
    ("and", "s"),
    ("b64dec", ""),
    ("base64", ""),
    ("be2dec", "s?ii"),
    ("be2hex", "s?ii"),
    ("bool", ""),
    ("bytes", "i?i"),
    ("capture-req", "i"),
    ("capture-res", "i"),
    ("concat", "s?ss"),
    ("cpl", ""),
    ("crc32", "?i"),
    ("cut_crlf", ""),
    ("debug", "?ss"),
    ("div", "s"),
    ("djb2", "?i"),
    ("even", ""),
    ("field", "is?i"),
    ("hex", ""),
    ("hex2i", ""),
    ("host_only", ""),
    ("htonl", ""),
    ("iif", "ss"),
    ("ipmask", "4?6"),
    ("json_query", "s?s"),
    ("length", ""),
    ("lower", ""),
    ("ltrim", "s"),
    ("mod", "s"),
    ("mul", "s"),
    ("neg", ""),
    ("not", ""),
    ("odd", ""),
    ("or", "s"),
    ("port_only", ""),
    ("regsub", "rs?s"),
    ("rtrim", "s"),
    ("sdbm", "?i"),
    ("sha1", ""),
    ("strcmp", "s"),
    ("sub", "s"),
    ("ub64dec", ""),
    ("ub64enc", ""),
    ("upper", ""),
    ("url_dec", "?i"),
    ("url_enc", "s"),
    ("word", "is?i"),
    ("wt6", "?i"),
    ("xor", "s"),
    ("xxh3", "?i"),
    ("xxh32", "?i"),
    ("xxh64", "?i"),
    ("map", "s?s"),
    ("map_beg", "s?s"),
    ("map_ip", "s?s"),
];

/// Those that change more than the sample, which is not done here.
pub(crate) const UNSUPPORTED: [&str; 2] = ["set-var", "unset-var"];
