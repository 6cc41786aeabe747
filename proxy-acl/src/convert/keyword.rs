//! The names of converters (configuration manual, 7.3.1).

use super::{given, map};

/// Whether HAProxy has a converter of this name.
pub(crate) fn is_known(name: &str) -> bool {
    NATIVE.iter().any(|(known, ..)| *known == name)
        || UNSUPPORTED.contains(&name)
        || given::named(name).is_some()
        || map::named(name).is_some()
}

/// Supported converters, those beside `map` all of them, each with the fewest and the most arguments
/// it takes.
pub(crate) const NATIVE: [(&str, usize, usize); 57] = [
    ("add", 0, 1),
    ("add_item", 2, 3),
    ("and", 0, 1),
    ("b64dec", 0, 0),
    ("base64", 0, 0),
    ("be2dec", 2, 3),
    ("be2hex", 0, 3),
    ("bool", 0, 0),
    ("bytes", 1, 2),
    ("capture-req", 1, 1),
    ("capture-res", 1, 1),
    ("concat", 0, 3),
    ("cpl", 0, 0),
    ("crc32", 0, 1),
    ("cut_crlf", 0, 0),
    ("debug", 0, 2),
    ("div", 0, 1),
    ("djb2", 0, 1),
    ("even", 0, 0),
    ("field", 2, 3),
    ("hex", 0, 0),
    ("hex2i", 0, 0),
    ("host_only", 0, 0),
    ("htonl", 0, 0),
    ("iif", 2, 2),
    ("ipmask", 1, 2),
    ("json_query", 1, 2),
    ("length", 0, 0),
    ("lower", 0, 0),
    ("ltrim", 0, 1),
    ("mod", 0, 1),
    ("mul", 0, 1),
    ("neg", 0, 0),
    ("not", 0, 0),
    ("odd", 0, 0),
    ("or", 0, 1),
    ("port_only", 0, 0),
    ("regsub", 2, 3),
    ("rtrim", 0, 1),
    ("sdbm", 0, 1),
    ("sha1", 0, 0),
    ("strcmp", 1, 1),
    ("sub", 0, 1),
    ("ub64dec", 0, 0),
    ("ub64enc", 0, 0),
    ("upper", 0, 0),
    ("url_dec", 0, 1),
    ("url_enc", 0, 1),
    ("word", 2, 3),
    ("wt6", 0, 1),
    ("xor", 0, 1),
    ("xxh3", 0, 1),
    ("xxh32", 0, 1),
    ("xxh64", 0, 1),
    ("map", 1, 2),
    ("map_beg", 1, 2),
    ("map_ip", 1, 2),
];

/// Those that change more than the sample, which is not done here.
pub(crate) const UNSUPPORTED: [&str; 2] = ["set-var", "unset-var"];
