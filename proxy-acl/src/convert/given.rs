//! Converters of which only the caller knows the results (configuration manual, 7.3.1): those that look at
//! tables, servers and keys, or at formats of their own. They are the ones that `haproxy -dKcnv` of version
//! 2.6.12 prints beside those of [`NATIVE`](super::keyword::NATIVE).

use crate::asked::Asked;
use crate::fetch::Kind;
use crate::signature::Signature;

/// A converter with its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The name by which the caller is asked.
    pub(crate) asked: Asked,
    pub(crate) input: Kind,
    pub(crate) output: Kind,
}

/// Returns what the converter of this name takes and gives, and its arguments.
pub(crate) fn named(name: &str) -> Option<(Kind, Kind, Signature)> {
    let at = TABLE.binary_search_by_key(&name, |row| row.0).ok()?;
    let (_, input, output, signature) = *TABLE.get(at)?;
    Some((input, output, Signature(signature)))
}

/// All names, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|&(name, ..)| name)
}

/// Name, what it takes, what it gives, and its arguments; by name.
const TABLE: [(&str, Kind, Kind, &str); 50] = [
    ("aes_gcm_dec", Kind::Binary, Kind::Binary, "isss"),
    ("crc32c", Kind::Binary, Kind::Integer, "?i"),
    ("digest", Kind::Binary, Kind::Binary, "s"),
    ("fix_is_valid", Kind::Binary, Kind::Bool, ""),
    ("fix_tag_value", Kind::Binary, Kind::Binary, "s"),
    ("hmac", Kind::Binary, Kind::Binary, "ss"),
    ("http_date", Kind::Integer, Kind::Text, "?is"),
    ("in_table", Kind::Any, Kind::Bool, "t"),
    ("json", Kind::Text, Kind::Text, "s"),
    ("jwt_header_query", Kind::Binary, Kind::Any, "?ss"),
    ("jwt_payload_query", Kind::Binary, Kind::Any, "?ss"),
    ("jwt_verify", Kind::Binary, Kind::Integer, "ss"),
    ("language", Kind::Text, Kind::Text, "s?s"),
    ("ltime", Kind::Integer, Kind::Text, "s?i"),
    ("mqtt_field_value", Kind::Binary, Kind::Text, "ss"),
    ("mqtt_is_valid", Kind::Binary, Kind::Bool, ""),
    ("nbsrv", Kind::Text, Kind::Integer, ""),
    ("protobuf", Kind::Binary, Kind::Binary, "n?s"),
    ("secure_memcmp", Kind::Binary, Kind::Bool, "s"),
    ("sha2", Kind::Binary, Kind::Binary, "?i"),
    ("srv_queue", Kind::Text, Kind::Integer, ""),
    ("table_bytes_in_rate", Kind::Any, Kind::Integer, "t"),
    ("table_bytes_out_rate", Kind::Any, Kind::Integer, "t"),
    ("table_conn_cnt", Kind::Any, Kind::Integer, "t"),
    ("table_conn_cur", Kind::Any, Kind::Integer, "t"),
    ("table_conn_rate", Kind::Any, Kind::Integer, "t"),
    ("table_expire", Kind::Any, Kind::Integer, "t?i"),
    ("table_gpc", Kind::Any, Kind::Integer, "it"),
    ("table_gpc0", Kind::Any, Kind::Integer, "t"),
    ("table_gpc0_rate", Kind::Any, Kind::Integer, "t"),
    ("table_gpc1", Kind::Any, Kind::Integer, "t"),
    ("table_gpc1_rate", Kind::Any, Kind::Integer, "t"),
    ("table_gpc_rate", Kind::Any, Kind::Integer, "it"),
    ("table_gpt", Kind::Any, Kind::Integer, "it"),
    ("table_gpt0", Kind::Any, Kind::Integer, "t"),
    ("table_http_err_cnt", Kind::Any, Kind::Integer, "t"),
    ("table_http_err_rate", Kind::Any, Kind::Integer, "t"),
    ("table_http_fail_cnt", Kind::Any, Kind::Integer, "t"),
    ("table_http_fail_rate", Kind::Any, Kind::Integer, "t"),
    ("table_http_req_cnt", Kind::Any, Kind::Integer, "t"),
    ("table_http_req_rate", Kind::Any, Kind::Integer, "t"),
    ("table_idle", Kind::Any, Kind::Integer, "t?i"),
    ("table_kbytes_in", Kind::Any, Kind::Integer, "t"),
    ("table_kbytes_out", Kind::Any, Kind::Integer, "t"),
    ("table_server_id", Kind::Any, Kind::Integer, "t"),
    ("table_sess_cnt", Kind::Any, Kind::Integer, "t"),
    ("table_sess_rate", Kind::Any, Kind::Integer, "t"),
    ("table_trackers", Kind::Any, Kind::Integer, "t"),
    ("ungrpc", Kind::Binary, Kind::Binary, "n?s"),
    ("utime", Kind::Integer, Kind::Text, "s?i"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted() {
        assert!(TABLE.is_sorted_by_key(|row| row.0));
    }
}
