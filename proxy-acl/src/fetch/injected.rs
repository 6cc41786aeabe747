//! Fetches of values that only a proxy knows, which the caller gives by name (configuration manual,
//! 7.3), and values of log-format (8.2.4). The fetches are those that `haproxy -dKsmp` of version 2.6.12
//! prints.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::phase::Phases;
use super::sample::Kind;

/// What is known of such a fetch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Injected {
    /// Its name, or that which a name with a number in it stands for: of `sc1_conn_rate` it is
    /// `sc_conn_rate`.
    pub(crate) name: &'static str,
    /// The number in the name, which counts as the first argument.
    pub(crate) number: Option<char>,
    pub(crate) kind: Kind,
    /// A letter for each argument, those behind `?` may be left out: string, integer, table, backend,
    /// frontend, server, user list.
    arguments: &'static str,
    pub(crate) phases: Phases,
}

/// Why arguments do not fit, with the wrong one.
pub(crate) enum Misfit {
    Count { least: usize, most: usize },
    Integer { at: usize },
}

impl Injected {
    pub(crate) fn named(name: &str) -> Option<Self> {
        let numbered = name.strip_prefix("sc").and_then(|rest| {
            let number = rest.chars().next().filter(|number| ('0'..='2').contains(number))?;
            Some((number, format!("sc{}", rest.strip_prefix(number)?)))
        });
        let (number, name) = match &numbered {
            Some((number, name)) if name.starts_with("sc_") => (Some(*number), name.as_str()),
            _ => (None, name),
        };
        let at = TABLE.binary_search_by_key(&name, |row| row.0).ok()?;
        let (name, kind, arguments, phases) = *TABLE.get(at)?;
        Some(Self { name, number, kind, arguments, phases })
    }

    /// Returns the name by which the caller is asked, arguments included.
    pub(crate) fn call(&self, arguments: &[Vec<u8>]) -> Result<Box<str>, Misfit> {
        let (needed, optional) = self.arguments.split_once('?').unwrap_or((self.arguments, ""));
        // The number in the name has taken the first place.
        let before = usize::from(self.number.is_some());
        let (least, most) = (needed.len() - before, needed.len() + optional.len() - before);
        if !(least..=most).contains(&arguments.len()) {
            return Err(Misfit::Count { least, most });
        }
        let codes = needed.chars().chain(optional.chars()).skip(before);
        for (at, (code, argument)) in codes.zip(arguments).enumerate() {
            let text = core::str::from_utf8(argument).unwrap_or_default();
            if code == 'i' && text.parse::<i64>().is_err() {
                return Err(Misfit::Integer { at });
            }
        }
        let mut call = String::from(self.name);
        let number = self.number.map(String::from);
        let arguments = arguments.iter().map(|argument| String::from_utf8_lossy(argument).into());
        let all: Vec<String> = number.into_iter().chain(arguments).collect();
        if !all.is_empty() {
            call.push('(');
            call.push_str(&all.join(","));
            call.push(')');
        }
        Ok(call.into())
    }
}

/// All names, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|&(name, ..)| name)
}

/// Name, type, arguments and when it is there; by name.
#[rustfmt::skip]
const TABLE: [(&str, Kind, &str, Phases); 354] = [
    ("%B", Kind::Text, "", Phases::ALWAYS),
    ("%CC", Kind::Text, "", Phases::ALWAYS),
    ("%CS", Kind::Text, "", Phases::ALWAYS),
    ("%H", Kind::Text, "", Phases::ALWAYS),
    ("%HM", Kind::Text, "", Phases::ALWAYS),
    ("%HP", Kind::Text, "", Phases::ALWAYS),
    ("%HPO", Kind::Text, "", Phases::ALWAYS),
    ("%HQ", Kind::Text, "", Phases::ALWAYS),
    ("%HU", Kind::Text, "", Phases::ALWAYS),
    ("%HV", Kind::Text, "", Phases::ALWAYS),
    ("%ID", Kind::Text, "", Phases::ALWAYS),
    ("%ST", Kind::Text, "", Phases::ALWAYS),
    ("%T", Kind::Text, "", Phases::ALWAYS),
    ("%TR", Kind::Text, "", Phases::ALWAYS),
    ("%Ta", Kind::Text, "", Phases::ALWAYS),
    ("%Tc", Kind::Text, "", Phases::ALWAYS),
    ("%Td", Kind::Text, "", Phases::ALWAYS),
    ("%Th", Kind::Text, "", Phases::ALWAYS),
    ("%Ti", Kind::Text, "", Phases::ALWAYS),
    ("%Tl", Kind::Text, "", Phases::ALWAYS),
    ("%Tq", Kind::Text, "", Phases::ALWAYS),
    ("%Tr", Kind::Text, "", Phases::ALWAYS),
    ("%Ts", Kind::Text, "", Phases::ALWAYS),
    ("%Tt", Kind::Text, "", Phases::ALWAYS),
    ("%Tu", Kind::Text, "", Phases::ALWAYS),
    ("%Tw", Kind::Text, "", Phases::ALWAYS),
    ("%U", Kind::Text, "", Phases::ALWAYS),
    ("%ac", Kind::Text, "", Phases::ALWAYS),
    ("%b", Kind::Text, "", Phases::ALWAYS),
    ("%bc", Kind::Text, "", Phases::ALWAYS),
    ("%bi", Kind::Text, "", Phases::ALWAYS),
    ("%bp", Kind::Text, "", Phases::ALWAYS),
    ("%bq", Kind::Text, "", Phases::ALWAYS),
    ("%f", Kind::Text, "", Phases::ALWAYS),
    ("%fc", Kind::Text, "", Phases::ALWAYS),
    ("%ft", Kind::Text, "", Phases::ALWAYS),
    ("%hr", Kind::Text, "", Phases::ALWAYS),
    ("%hrl", Kind::Text, "", Phases::ALWAYS),
    ("%hs", Kind::Text, "", Phases::ALWAYS),
    ("%hsl", Kind::Text, "", Phases::ALWAYS),
    ("%lc", Kind::Text, "", Phases::ALWAYS),
    ("%ms", Kind::Text, "", Phases::ALWAYS),
    ("%o", Kind::Text, "", Phases::ALWAYS),
    ("%pid", Kind::Text, "", Phases::ALWAYS),
    ("%r", Kind::Text, "", Phases::ALWAYS),
    ("%rc", Kind::Text, "", Phases::ALWAYS),
    ("%rt", Kind::Text, "", Phases::ALWAYS),
    ("%s", Kind::Text, "", Phases::ALWAYS),
    ("%sc", Kind::Text, "", Phases::ALWAYS),
    ("%si", Kind::Text, "", Phases::ALWAYS),
    ("%sp", Kind::Text, "", Phases::ALWAYS),
    ("%sq", Kind::Text, "", Phases::ALWAYS),
    ("%sslc", Kind::Text, "", Phases::ALWAYS),
    ("%sslv", Kind::Text, "", Phases::ALWAYS),
    ("%t", Kind::Text, "", Phases::ALWAYS),
    ("%tr", Kind::Text, "", Phases::ALWAYS),
    ("%trg", Kind::Text, "", Phases::ALWAYS),
    ("%trl", Kind::Text, "", Phases::ALWAYS),
    ("%ts", Kind::Text, "", Phases::ALWAYS),
    ("%tsc", Kind::Text, "", Phases::ALWAYS),
    ("avg_queue", Kind::Integer, "?b", Phases::ALWAYS),
    ("base32", Kind::Integer, "", Phases::REQUEST),
    ("base32+src", Kind::Binary, "", Phases::REQUEST),
    ("baseq", Kind::Text, "", Phases::REQUEST),
    ("bc_dst", Kind::Integer, "", Phases::RESPONSE),
    ("bc_dst_port", Kind::Integer, "", Phases::RESPONSE),
    ("bc_err", Kind::Integer, "", Phases::RESPONSE),
    ("bc_err_str", Kind::Text, "", Phases::RESPONSE),
    ("bc_http_major", Kind::Integer, "", Phases::RESPONSE),
    ("bc_src", Kind::Integer, "", Phases::RESPONSE),
    ("bc_src_port", Kind::Integer, "", Phases::RESPONSE),
    ("be_conn", Kind::Integer, "?b", Phases::ALWAYS),
    ("be_conn_free", Kind::Integer, "?b", Phases::ALWAYS),
    ("be_id", Kind::Integer, "", Phases::EXCHANGE),
    ("be_name", Kind::Text, "", Phases::EXCHANGE),
    ("be_server_timeout", Kind::Integer, "", Phases::EXCHANGE),
    ("be_sess_rate", Kind::Integer, "?b", Phases::ALWAYS),
    ("be_tunnel_timeout", Kind::Integer, "", Phases::EXCHANGE),
    ("capture.req.hdr", Kind::Text, "i", Phases::EXCHANGE),
    ("capture.req.method", Kind::Text, "", Phases::EXCHANGE),
    ("capture.req.uri", Kind::Text, "", Phases::EXCHANGE),
    ("capture.req.ver", Kind::Text, "", Phases::EXCHANGE),
    ("capture.res.hdr", Kind::Text, "i", Phases::RESPONSE),
    ("capture.res.ver", Kind::Text, "", Phases::EXCHANGE),
    ("connslots", Kind::Integer, "?b", Phases::ALWAYS),
    ("cpu_calls", Kind::Integer, "", Phases::ALWAYS),
    ("cpu_ns_avg", Kind::Integer, "", Phases::ALWAYS),
    ("cpu_ns_tot", Kind::Integer, "", Phases::ALWAYS),
    ("cur_server_timeout", Kind::Integer, "", Phases::EXCHANGE),
    ("cur_tunnel_timeout", Kind::Integer, "", Phases::EXCHANGE),
    ("date", Kind::Integer, "?is", Phases::ALWAYS),
    ("date_us", Kind::Integer, "", Phases::ALWAYS),
    ("distcc_body", Kind::Binary, "s?i", Phases::EXCHANGE),
    ("distcc_param", Kind::Integer, "s?i", Phases::EXCHANGE),
    ("dst_conn", Kind::Integer, "", Phases::ALWAYS),
    ("dst_is_local", Kind::Bool, "", Phases::ALWAYS),
    ("env", Kind::Text, "s", Phases::ALWAYS),
    ("fc_dst", Kind::Address, "", Phases::ALWAYS),
    ("fc_dst_is_local", Kind::Bool, "", Phases::ALWAYS),
    ("fc_dst_port", Kind::Integer, "", Phases::ALWAYS),
    ("fc_err", Kind::Integer, "", Phases::ALWAYS),
    ("fc_err_str", Kind::Text, "", Phases::ALWAYS),
    ("fc_fackets", Kind::Integer, "?s", Phases::ALWAYS),
    ("fc_http_major", Kind::Integer, "", Phases::ALWAYS),
    ("fc_lost", Kind::Integer, "?s", Phases::ALWAYS),
    ("fc_pp_authority", Kind::Text, "", Phases::ALWAYS),
    ("fc_pp_unique_id", Kind::Text, "", Phases::ALWAYS),
    ("fc_rcvd_proxy", Kind::Bool, "", Phases::ALWAYS),
    ("fc_reordering", Kind::Integer, "?s", Phases::ALWAYS),
    ("fc_retrans", Kind::Integer, "?s", Phases::ALWAYS),
    ("fc_rtt", Kind::Integer, "?s", Phases::ALWAYS),
    ("fc_rttvar", Kind::Integer, "?s", Phases::ALWAYS),
    ("fc_sacked", Kind::Integer, "?s", Phases::ALWAYS),
    ("fc_src", Kind::Address, "", Phases::ALWAYS),
    ("fc_src_is_local", Kind::Bool, "", Phases::ALWAYS),
    ("fc_src_port", Kind::Integer, "", Phases::ALWAYS),
    ("fc_unacked", Kind::Integer, "?s", Phases::ALWAYS),
    ("fcgi.docroot", Kind::Text, "", Phases::REQUEST),
    ("fcgi.index", Kind::Text, "", Phases::REQUEST),
    ("fe_client_timeout", Kind::Integer, "", Phases::ALWAYS),
    ("fe_conn", Kind::Integer, "?f", Phases::ALWAYS),
    ("fe_defbe", Kind::Text, "", Phases::ALWAYS),
    ("fe_id", Kind::Integer, "", Phases::ALWAYS),
    ("fe_name", Kind::Text, "", Phases::ALWAYS),
    ("fe_req_rate", Kind::Integer, "?f", Phases::ALWAYS),
    ("fe_sess_rate", Kind::Integer, "?f", Phases::ALWAYS),
    ("hostname", Kind::Text, "", Phases::ALWAYS),
    ("http_auth", Kind::Bool, "u", Phases::REQUEST),
    ("http_auth_bearer", Kind::Text, "?s", Phases::REQUEST),
    ("http_auth_group", Kind::Text, "u", Phases::REQUEST),
    ("http_auth_pass", Kind::Text, "", Phases::REQUEST),
    ("http_auth_type", Kind::Text, "", Phases::REQUEST),
    ("http_auth_user", Kind::Text, "", Phases::REQUEST),
    ("http_first_req", Kind::Bool, "", Phases::EXCHANGE),
    ("last_rule_file", Kind::Text, "", Phases::ALWAYS),
    ("last_rule_line", Kind::Integer, "", Phases::ALWAYS),
    ("lat_ns_avg", Kind::Integer, "", Phases::ALWAYS),
    ("lat_ns_tot", Kind::Integer, "", Phases::ALWAYS),
    ("nbproc", Kind::Integer, "", Phases::ALWAYS),
    ("nbsrv", Kind::Integer, "?b", Phases::ALWAYS),
    ("payload", Kind::Binary, "ii", Phases::EXCHANGE),
    ("payload_lv", Kind::Binary, "ii?s", Phases::EXCHANGE),
    ("prio_class", Kind::Integer, "", Phases::ALWAYS),
    ("prio_offset", Kind::Integer, "", Phases::ALWAYS),
    ("proc", Kind::Integer, "", Phases::ALWAYS),
    ("queue", Kind::Integer, "?b", Phases::ALWAYS),
    ("rand", Kind::Integer, "?i", Phases::ALWAYS),
    ("rdp_cookie", Kind::Text, "?s", Phases::REQUEST),
    ("rdp_cookie_cnt", Kind::Integer, "?s", Phases::REQUEST),
    ("rep_ssl_hello_type", Kind::Integer, "", Phases::RESPONSE),
    ("req.body", Kind::Binary, "", Phases::REQUEST),
    ("req.body_len", Kind::Integer, "", Phases::REQUEST),
    ("req.body_param", Kind::Binary, "?s", Phases::REQUEST),
    ("req.body_size", Kind::Integer, "", Phases::REQUEST),
    ("req.hdr_names", Kind::Text, "?s", Phases::REQUEST),
    ("req.hdrs", Kind::Binary, "", Phases::REQUEST),
    ("req.hdrs_bin", Kind::Binary, "", Phases::REQUEST),
    ("req.len", Kind::Integer, "", Phases::REQUEST),
    ("req.payload", Kind::Binary, "ii", Phases::REQUEST),
    ("req.payload_lv", Kind::Binary, "ii?s", Phases::REQUEST),
    ("req.proto_http", Kind::Bool, "", Phases::EXCHANGE),
    ("req.rdp_cookie", Kind::Text, "?s", Phases::REQUEST),
    ("req.rdp_cookie_cnt", Kind::Integer, "?s", Phases::REQUEST),
    ("req.ssl_alpn", Kind::Text, "", Phases::REQUEST),
    ("req.ssl_ec_ext", Kind::Bool, "", Phases::REQUEST),
    ("req.ssl_hello_type", Kind::Integer, "", Phases::REQUEST),
    ("req.ssl_sni", Kind::Text, "", Phases::REQUEST),
    ("req.ssl_st_ext", Kind::Integer, "", Phases::REQUEST),
    ("req.ssl_ver", Kind::Integer, "", Phases::REQUEST),
    ("req_len", Kind::Integer, "", Phases::REQUEST),
    ("req_proto_http", Kind::Bool, "", Phases::EXCHANGE),
    ("req_ssl_hello_type", Kind::Integer, "", Phases::REQUEST),
    ("req_ssl_sni", Kind::Text, "", Phases::REQUEST),
    ("req_ssl_ver", Kind::Integer, "", Phases::REQUEST),
    ("res.body", Kind::Binary, "", Phases::RESPONSE),
    ("res.body_len", Kind::Integer, "", Phases::RESPONSE),
    ("res.body_size", Kind::Integer, "", Phases::RESPONSE),
    ("res.cache_hit", Kind::Bool, "", Phases::RESPONSE),
    ("res.cache_name", Kind::Text, "", Phases::RESPONSE),
    ("res.comp", Kind::Bool, "", Phases::RESPONSE),
    ("res.comp_algo", Kind::Text, "", Phases::RESPONSE),
    ("res.hdr_names", Kind::Text, "?s", Phases::RESPONSE),
    ("res.hdrs", Kind::Binary, "", Phases::RESPONSE),
    ("res.hdrs_bin", Kind::Binary, "", Phases::RESPONSE),
    ("res.len", Kind::Integer, "", Phases::RESPONSE),
    ("res.payload", Kind::Binary, "ii", Phases::RESPONSE),
    ("res.payload_lv", Kind::Binary, "ii?s", Phases::RESPONSE),
    ("res.ssl_hello_type", Kind::Integer, "", Phases::RESPONSE),
    ("sc_bytes_in_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_bytes_out_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_clr_gpc", Kind::Integer, "ii?t", Phases::ALWAYS),
    ("sc_clr_gpc0", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_clr_gpc1", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_conn_cnt", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_conn_cur", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_conn_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_get_gpc", Kind::Integer, "ii?t", Phases::ALWAYS),
    ("sc_get_gpc0", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_get_gpc1", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_get_gpt", Kind::Integer, "ii?t", Phases::ALWAYS),
    ("sc_get_gpt0", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_gpc0_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_gpc1_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_gpc_rate", Kind::Integer, "ii?t", Phases::ALWAYS),
    ("sc_http_err_cnt", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_http_err_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_http_fail_cnt", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_http_fail_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_http_req_cnt", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_http_req_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_inc_gpc", Kind::Integer, "ii?t", Phases::ALWAYS),
    ("sc_inc_gpc0", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_inc_gpc1", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_kbytes_in", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_kbytes_out", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_sess_cnt", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_sess_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("sc_tracked", Kind::Bool, "i?t", Phases::ALWAYS),
    ("sc_trackers", Kind::Integer, "i?t", Phases::ALWAYS),
    ("so_id", Kind::Integer, "", Phases::ALWAYS),
    ("so_name", Kind::Text, "", Phases::ALWAYS),
    ("src_bytes_in_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_bytes_out_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_clr_gpc", Kind::Integer, "i?t", Phases::ALWAYS),
    ("src_clr_gpc0", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_clr_gpc1", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_conn_cnt", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_conn_cur", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_conn_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_get_gpc", Kind::Integer, "i?t", Phases::ALWAYS),
    ("src_get_gpc0", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_get_gpc1", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_get_gpt", Kind::Integer, "i?t", Phases::ALWAYS),
    ("src_get_gpt0", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_gpc0_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_gpc1_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_gpc_rate", Kind::Integer, "i?t", Phases::ALWAYS),
    ("src_http_err_cnt", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_http_err_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_http_fail_cnt", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_http_fail_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_http_req_cnt", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_http_req_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_inc_gpc", Kind::Integer, "i?t", Phases::ALWAYS),
    ("src_inc_gpc0", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_inc_gpc1", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_is_local", Kind::Bool, "", Phases::ALWAYS),
    ("src_kbytes_in", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_kbytes_out", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_sess_cnt", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_sess_rate", Kind::Integer, "?t", Phases::ALWAYS),
    ("src_updt_conn_cnt", Kind::Integer, "?t", Phases::ALWAYS),
    ("srv_conn", Kind::Integer, "v", Phases::ALWAYS),
    ("srv_conn_free", Kind::Integer, "v", Phases::ALWAYS),
    ("srv_id", Kind::Integer, "", Phases::RESPONSE),
    ("srv_is_up", Kind::Bool, "v", Phases::ALWAYS),
    ("srv_iweight", Kind::Integer, "v", Phases::ALWAYS),
    ("srv_name", Kind::Text, "", Phases::RESPONSE),
    ("srv_queue", Kind::Integer, "v", Phases::ALWAYS),
    ("srv_sess_rate", Kind::Integer, "v", Phases::ALWAYS),
    ("srv_uweight", Kind::Integer, "v", Phases::ALWAYS),
    ("srv_weight", Kind::Integer, "v", Phases::ALWAYS),
    ("ssl_bc", Kind::Bool, "", Phases::RESPONSE),
    ("ssl_bc_alg_keysize", Kind::Integer, "", Phases::RESPONSE),
    ("ssl_bc_alpn", Kind::Text, "", Phases::RESPONSE),
    ("ssl_bc_cipher", Kind::Text, "", Phases::RESPONSE),
    ("ssl_bc_client_random", Kind::Binary, "", Phases::RESPONSE),
    ("ssl_bc_err", Kind::Integer, "", Phases::RESPONSE),
    ("ssl_bc_err_str", Kind::Text, "", Phases::RESPONSE),
    ("ssl_bc_is_resumed", Kind::Bool, "", Phases::RESPONSE),
    ("ssl_bc_npn", Kind::Text, "", Phases::RESPONSE),
    ("ssl_bc_protocol", Kind::Text, "", Phases::RESPONSE),
    ("ssl_bc_server_random", Kind::Binary, "", Phases::RESPONSE),
    ("ssl_bc_session_id", Kind::Binary, "", Phases::RESPONSE),
    ("ssl_bc_session_key", Kind::Binary, "", Phases::RESPONSE),
    ("ssl_bc_unique_id", Kind::Binary, "", Phases::RESPONSE),
    ("ssl_bc_use_keysize", Kind::Integer, "", Phases::RESPONSE),
    ("ssl_c_ca_err", Kind::Integer, "", Phases::SESSION),
    ("ssl_c_ca_err_depth", Kind::Integer, "", Phases::SESSION),
    ("ssl_c_chain_der", Kind::Binary, "", Phases::SESSION),
    ("ssl_c_der", Kind::Binary, "", Phases::SESSION),
    ("ssl_c_err", Kind::Integer, "", Phases::SESSION),
    ("ssl_c_i_dn", Kind::Text, "?sis", Phases::SESSION),
    ("ssl_c_key_alg", Kind::Text, "", Phases::SESSION),
    ("ssl_c_notafter", Kind::Text, "", Phases::SESSION),
    ("ssl_c_notbefore", Kind::Text, "", Phases::SESSION),
    ("ssl_c_s_dn", Kind::Text, "?sis", Phases::SESSION),
    ("ssl_c_serial", Kind::Binary, "", Phases::SESSION),
    ("ssl_c_sha1", Kind::Binary, "", Phases::SESSION),
    ("ssl_c_sig_alg", Kind::Text, "", Phases::SESSION),
    ("ssl_c_used", Kind::Bool, "", Phases::SESSION),
    ("ssl_c_verify", Kind::Integer, "", Phases::SESSION),
    ("ssl_c_version", Kind::Integer, "", Phases::SESSION),
    ("ssl_f_der", Kind::Binary, "", Phases::SESSION),
    ("ssl_f_i_dn", Kind::Text, "?sis", Phases::SESSION),
    ("ssl_f_key_alg", Kind::Text, "", Phases::SESSION),
    ("ssl_f_notafter", Kind::Text, "", Phases::SESSION),
    ("ssl_f_notbefore", Kind::Text, "", Phases::SESSION),
    ("ssl_f_s_dn", Kind::Text, "?sis", Phases::SESSION),
    ("ssl_f_serial", Kind::Binary, "", Phases::SESSION),
    ("ssl_f_sha1", Kind::Binary, "", Phases::SESSION),
    ("ssl_f_sig_alg", Kind::Text, "", Phases::SESSION),
    ("ssl_f_version", Kind::Integer, "", Phases::SESSION),
    ("ssl_fc_alg_keysize", Kind::Integer, "", Phases::SESSION),
    ("ssl_fc_cipher", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_cipherlist_bin", Kind::Text, "?i", Phases::SESSION),
    ("ssl_fc_cipherlist_hex", Kind::Binary, "?i", Phases::SESSION),
    ("ssl_fc_cipherlist_str", Kind::Text, "?i", Phases::SESSION),
    ("ssl_fc_cipherlist_xxh", Kind::Integer, "", Phases::SESSION),
    ("ssl_fc_client_early_traffic_secret", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_client_handshake_traffic_secret", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_client_random", Kind::Binary, "", Phases::SESSION),
    ("ssl_fc_client_traffic_secret_0", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_early_exporter_secret", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_ecformats_bin", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_eclist_bin", Kind::Text, "?i", Phases::SESSION),
    ("ssl_fc_err", Kind::Integer, "", Phases::SESSION),
    ("ssl_fc_err_str", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_exporter_secret", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_extlist_bin", Kind::Text, "?i", Phases::SESSION),
    ("ssl_fc_has_crt", Kind::Bool, "", Phases::SESSION),
    ("ssl_fc_has_early", Kind::Bool, "", Phases::SESSION),
    ("ssl_fc_is_resumed", Kind::Bool, "", Phases::SESSION),
    ("ssl_fc_npn", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_protocol", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_protocol_hello_id", Kind::Integer, "", Phases::SESSION),
    ("ssl_fc_server_handshake_traffic_secret", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_server_random", Kind::Binary, "", Phases::SESSION),
    ("ssl_fc_server_traffic_secret_0", Kind::Text, "", Phases::SESSION),
    ("ssl_fc_session_id", Kind::Binary, "", Phases::SESSION),
    ("ssl_fc_session_key", Kind::Binary, "", Phases::SESSION),
    ("ssl_fc_unique_id", Kind::Binary, "", Phases::SESSION),
    ("ssl_fc_use_keysize", Kind::Integer, "", Phases::SESSION),
    ("ssl_s_chain_der", Kind::Binary, "", Phases::SESSION),
    ("ssl_s_der", Kind::Binary, "", Phases::SESSION),
    ("ssl_s_i_dn", Kind::Text, "?sis", Phases::SESSION),
    ("ssl_s_key_alg", Kind::Text, "", Phases::SESSION),
    ("ssl_s_notafter", Kind::Text, "", Phases::SESSION),
    ("ssl_s_notbefore", Kind::Text, "", Phases::SESSION),
    ("ssl_s_s_dn", Kind::Text, "?sis", Phases::SESSION),
    ("ssl_s_serial", Kind::Binary, "", Phases::SESSION),
    ("ssl_s_sha1", Kind::Binary, "", Phases::SESSION),
    ("ssl_s_sig_alg", Kind::Text, "", Phases::SESSION),
    ("ssl_s_version", Kind::Integer, "", Phases::SESSION),
    ("stopping", Kind::Bool, "", Phases::ALWAYS),
    ("table_avl", Kind::Integer, "?t", Phases::ALWAYS),
    ("table_cnt", Kind::Integer, "?t", Phases::ALWAYS),
    ("thread", Kind::Integer, "", Phases::ALWAYS),
    ("unique-id", Kind::Text, "", Phases::ALWAYS),
    ("url32", Kind::Integer, "", Phases::REQUEST),
    ("url32+src", Kind::Binary, "", Phases::REQUEST),
    ("url_ip", Kind::Address, "", Phases::REQUEST),
    ("url_port", Kind::Integer, "", Phases::REQUEST),
    ("uuid", Kind::Text, "?i", Phases::ALWAYS),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, arguments: &[&str]) -> Option<Box<str>> {
        let arguments: Vec<Vec<u8>> = arguments.iter().map(|text| text.as_bytes().into()).collect();
        Injected::named(name)?.call(&arguments).ok()
    }

    #[test]
    fn table_is_sorted() {
        assert!(TABLE.is_sorted_by_key(|row| row.0));
    }

    #[test]
    fn number_in_the_name_is_the_first_argument() {
        assert_eq!(call("sc1_http_req_rate", &[]).as_deref(), Some("sc_http_req_rate(1)"));
        assert_eq!(call("sc0_get_gpc0", &["t"]).as_deref(), Some("sc_get_gpc0(0,t)"));
        assert_eq!(call("sc_http_req_rate", &["1"]).as_deref(), Some("sc_http_req_rate(1)"));
        assert_eq!(call("sc3_http_req_rate", &[]), None);
    }

    #[test]
    fn arguments_are_counted_and_numbers_read() {
        assert_eq!(call("nbsrv", &[]).as_deref(), Some("nbsrv"));
        assert_eq!(call("nbsrv", &["web"]).as_deref(), Some("nbsrv(web)"));
        assert_eq!(call("nbsrv", &["web", "x"]), None);
        assert_eq!(call("http_auth", &[]), None);
        assert_eq!(call("sc_http_req_rate", &["x"]), None);
    }
}
