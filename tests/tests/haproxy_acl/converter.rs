//! Random converters.

use std::fmt::Write as _;

use crate::fetch::{Kind, fetch};
use crate::generate::Random;

/// A fetch and up to three converters.
pub(crate) fn pipeline(random: &mut Random) -> String {
    let (fetch, kind, _) = fetch(random);
    converted(random, fetch, kind).0
}

/// Puts up to three converters behind a fetch.
pub(crate) fn converted(random: &mut Random, mut text: String, mut kind: Kind) -> (String, Kind) {
    for _ in 0..random.below(8) / 2 {
        // Of what is mapped nothing can be made but by 'debug', which spoils other fetches in haproxy
        // 2.6; on methods, as in 'map_regm', it crashes now and then.
        if matches!(kind, Kind::Mapped | Kind::Method) {
            break;
        }
        let (name, output) = converter(random, kind);
        // Of an empty cookie or parameter haproxy makes no bytes, of other empty texts it does.
        let is_part = text.starts_with("cook(") || text.starts_with("urlp");
        if is_part && name == "b64dec" {
            continue;
        }
        // Of a mapped address a mask of 0 leaves haproxy bytes that the next one takes for the address.
        if name.starts_with("ipmask(") && text.contains(",ipmask(0,") {
            continue;
        }
        let _ = write!(text, ",{name}");
        kind = output;
    }
    (text, kind)
}

fn converter(random: &mut Random, kind: Kind) -> (&'static str, Kind) {
    loop {
        let (text, input, output) = CONVERTERS[random.below(CONVERTERS.len())];
        // Most often one that is made for it.
        let wanted = input == kind || kind == Kind::Any || random.below(4) == 0;
        // What is calculated of truths is a number to haproxy, but never an address.
        let is_odd = (kind, input, output) == (Kind::Truth, Kind::Number, Kind::Number);
        if wanted && kind.casts(input) && !is_odd {
            return (text, output);
        }
    }
}

impl Kind {
    /// Whether haproxy lets a converter that takes the other kind stand behind this one.
    fn casts(self, to: Self) -> bool {
        match to {
            Self::Any => true,
            _ if self == Self::Mapped => false,
            Self::Truth => !matches!(self, Self::Bytes | Self::Method | Self::Address),
            Self::Number => !matches!(self, Self::Bytes | Self::Method),
            Self::Address => !matches!(self, Self::Bytes | Self::Method | Self::Truth),
            Self::Text | Self::Bytes | Self::Method | Self::Mapped => true,
        }
    }
}

/// Converters, each with what it takes and gives.
const CONVERTERS: [(&str, Kind, Kind); 172] = [
    ("lower", Kind::Text, Kind::Text),
    ("lower", Kind::Text, Kind::Text),
    ("lower", Kind::Text, Kind::Text),
    ("upper", Kind::Text, Kind::Text),
    ("upper", Kind::Text, Kind::Text),
    ("url_dec", Kind::Text, Kind::Text),
    ("url_dec", Kind::Text, Kind::Text),
    ("url_dec(1)", Kind::Text, Kind::Text),
    ("url_dec()", Kind::Text, Kind::Text),
    ("url_enc", Kind::Text, Kind::Text),
    ("url_enc", Kind::Text, Kind::Text),
    ("url_enc(query)", Kind::Text, Kind::Text),
    ("field(2,/)", Kind::Text, Kind::Text),
    ("field(1,:)", Kind::Text, Kind::Text),
    ("field(-1,.)", Kind::Text, Kind::Text),
    ("field(1,:,2)", Kind::Text, Kind::Text),
    ("field(2,/,)", Kind::Text, Kind::Text),
    ("field(2,/,0)", Kind::Text, Kind::Text),
    ("field(-2,/,2)", Kind::Text, Kind::Text),
    ("field(3,/.)", Kind::Text, Kind::Text),
    ("field(1,/,-1)", Kind::Text, Kind::Text),
    ("field(2,a)", Kind::Text, Kind::Text),
    ("field(1,\",\")", Kind::Text, Kind::Text),
    ("word(1,/)", Kind::Text, Kind::Text),
    ("word(2,/)", Kind::Text, Kind::Text),
    ("word(-2,/.)", Kind::Text, Kind::Text),
    ("word(2,/,0)", Kind::Text, Kind::Text),
    ("word(-1,/.,)", Kind::Text, Kind::Text),
    ("word(1,/,2)", Kind::Text, Kind::Text),
    ("word(-1,/,2)", Kind::Text, Kind::Text),
    ("word(1,.)", Kind::Text, Kind::Text),
    ("word(1,/,99999999999999999999)", Kind::Text, Kind::Text),
    ("word(1,xa)", Kind::Text, Kind::Text),
    ("ltrim(/)", Kind::Text, Kind::Text),
    ("ltrim(/a)", Kind::Text, Kind::Text),
    ("ltrim()", Kind::Text, Kind::Text),
    ("rtrim(/)", Kind::Text, Kind::Text),
    ("rtrim(nm)", Kind::Text, Kind::Text),
    ("rtrim()", Kind::Text, Kind::Text),
    ("regsub(a,b)", Kind::Text, Kind::Text),
    ("regsub(a,,g)", Kind::Text, Kind::Text),
    ("regsub(A,b,gi)", Kind::Text, Kind::Text),
    ("regsub([0-9]*,N,g)", Kind::Text, Kind::Text),
    ("regsub(^/,)", Kind::Text, Kind::Text),
    ("regsub(x*,-,g)", Kind::Text, Kind::Text),
    ("regsub(/,//,g)", Kind::Text, Kind::Text),
    (r"regsub(\\.,_,g)", Kind::Text, Kind::Text),
    ("regsub($,!,g)", Kind::Text, Kind::Text),
    ("regsub(a,&,g)", Kind::Text, Kind::Text),
    ("host_only", Kind::Text, Kind::Text),
    ("host_only", Kind::Text, Kind::Text),
    ("concat(<,txn.v,>)", Kind::Text, Kind::Text),
    ("concat(,,)", Kind::Text, Kind::Text),
    ("concat(,txn.v,)", Kind::Text, Kind::Text),
    ("concat(-,txn.none,x)", Kind::Text, Kind::Text),
    ("concat(/)", Kind::Text, Kind::Text),
    (r"concat(\t)", Kind::Text, Kind::Text),
    (r"regsub(/,\t,g)", Kind::Text, Kind::Text),
    (r"field(2,a\n)", Kind::Text, Kind::Text),
    ("hex", Kind::Text, Kind::Text),
    ("cut_crlf", Kind::Text, Kind::Text),
    ("map(text.map)", Kind::Text, Kind::Text),
    ("map(text.map,)", Kind::Text, Kind::Text),
    ("map_str(text.map,d)", Kind::Text, Kind::Text),
    ("map_beg(text.map,none)", Kind::Text, Kind::Text),
    ("map_beg(text.map)", Kind::Text, Kind::Text),
    ("map_sub(word.map)", Kind::Text, Kind::Text),
    ("map_dom(word.map)", Kind::Text, Kind::Text),
    ("map_dir(word.map,none)", Kind::Text, Kind::Text),
    ("map_end(word.map)", Kind::Text, Kind::Text),
    ("map_reg(regex.map)", Kind::Text, Kind::Text),
    ("add_item(\",\",txn.v)", Kind::Text, Kind::Text),
    ("add_item(;,,x)", Kind::Text, Kind::Text),
    ("add_item(-,txn.v,y)", Kind::Text, Kind::Text),
    ("lower", Kind::Text, Kind::Text),
    ("b64dec", Kind::Text, Kind::Bytes),
    ("ub64dec", Kind::Text, Kind::Bytes),
    ("b64dec", Kind::Text, Kind::Bytes),
    ("length", Kind::Text, Kind::Number),
    ("length", Kind::Text, Kind::Number),
    ("port_only", Kind::Text, Kind::Number),
    ("port_only", Kind::Text, Kind::Number),
    ("strcmp(txn.v)", Kind::Text, Kind::Number),
    ("hex2i", Kind::Text, Kind::Number),
    ("hex2i", Kind::Text, Kind::Number),
    ("map_str_int(int.map)", Kind::Text, Kind::Number),
    ("map_beg_int(int.map,7)", Kind::Text, Kind::Number),
    ("map_sub_int(int.map,)", Kind::Text, Kind::Number),
    ("map_str_ip(addr.map)", Kind::Text, Kind::Mapped),
    ("map_beg_ip(addr.map,10.0.0.1)", Kind::Text, Kind::Mapped),
    ("json_query('$.a')", Kind::Text, Kind::Any),
    ("json_query('$.a',int)", Kind::Text, Kind::Any),
    ("hex", Kind::Bytes, Kind::Text),
    ("base64", Kind::Bytes, Kind::Text),
    ("base64", Kind::Bytes, Kind::Text),
    ("ub64enc", Kind::Bytes, Kind::Text),
    ("be2hex(,)", Kind::Bytes, Kind::Text),
    ("be2hex(:,2,)", Kind::Bytes, Kind::Text),
    ("be2hex(.,3,1)", Kind::Bytes, Kind::Text),
    ("be2dec(.,2)", Kind::Bytes, Kind::Text),
    ("be2dec(:,8)", Kind::Bytes, Kind::Text),
    ("be2dec(-,3,1)", Kind::Bytes, Kind::Text),
    ("bytes(1,3)", Kind::Bytes, Kind::Bytes),
    ("bytes(9)", Kind::Bytes, Kind::Bytes),
    ("bytes(1,)", Kind::Bytes, Kind::Bytes),
    ("bytes(-1)", Kind::Bytes, Kind::Bytes),
    ("bytes(2,-1)", Kind::Bytes, Kind::Bytes),
    ("bytes(0,1)", Kind::Bytes, Kind::Bytes),
    ("sha1", Kind::Bytes, Kind::Bytes),
    ("crc32", Kind::Bytes, Kind::Number),
    ("crc32(1)", Kind::Bytes, Kind::Number),
    ("djb2", Kind::Bytes, Kind::Number),
    ("djb2(1)", Kind::Bytes, Kind::Number),
    ("sdbm", Kind::Bytes, Kind::Number),
    ("sdbm(6)", Kind::Bytes, Kind::Number),
    ("wt6", Kind::Bytes, Kind::Number),
    ("wt6(1)", Kind::Bytes, Kind::Number),
    ("xxh32", Kind::Bytes, Kind::Number),
    ("xxh32(-1)", Kind::Bytes, Kind::Number),
    ("xxh32(7)", Kind::Bytes, Kind::Number),
    ("xxh64", Kind::Bytes, Kind::Number),
    ("xxh64(5)", Kind::Bytes, Kind::Number),
    ("xxh3", Kind::Bytes, Kind::Number),
    ("xxh3(1)", Kind::Bytes, Kind::Number),
    ("add(5)", Kind::Number, Kind::Number),
    ("add(5)", Kind::Number, Kind::Number),
    ("add()", Kind::Number, Kind::Number),
    ("add(9223372036854775807)", Kind::Number, Kind::Number),
    ("add(txn.v)", Kind::Number, Kind::Number),
    ("sub(7)", Kind::Number, Kind::Number),
    ("sub(txn.v)", Kind::Number, Kind::Number),
    ("sub(-9223372036854775808)", Kind::Number, Kind::Number),
    ("mul(3)", Kind::Number, Kind::Number),
    ("mul(-1)", Kind::Number, Kind::Number),
    ("mul(9223372036854775807)", Kind::Number, Kind::Number),
    ("div(2)", Kind::Number, Kind::Number),
    ("div(0)", Kind::Number, Kind::Number),
    ("div(-1)", Kind::Number, Kind::Number),
    ("div(txn.v)", Kind::Number, Kind::Number),
    ("mod(4)", Kind::Number, Kind::Number),
    ("mod(0)", Kind::Number, Kind::Number),
    ("mod(-1)", Kind::Number, Kind::Number),
    ("mod(-3)", Kind::Number, Kind::Number),
    ("neg", Kind::Number, Kind::Number),
    ("and(6)", Kind::Number, Kind::Number),
    ("and(-2)", Kind::Number, Kind::Number),
    ("or(99999999999999999999)", Kind::Number, Kind::Number),
    ("or(8)", Kind::Number, Kind::Number),
    ("xor(5)", Kind::Number, Kind::Number),
    ("xor(-1)", Kind::Number, Kind::Number),
    ("cpl", Kind::Number, Kind::Number),
    ("cpl", Kind::Number, Kind::Number),
    ("not", Kind::Number, Kind::Truth),
    ("bool", Kind::Number, Kind::Truth),
    ("even", Kind::Number, Kind::Truth),
    ("odd", Kind::Number, Kind::Truth),
    ("not", Kind::Number, Kind::Truth),
    ("htonl", Kind::Number, Kind::Bytes),
    ("map_int(num.map)", Kind::Number, Kind::Text),
    ("iif(red,x)", Kind::Truth, Kind::Text),
    ("iif(,)", Kind::Truth, Kind::Text),
    ("iif(5,0)", Kind::Truth, Kind::Text),
    ("ipmask(8)", Kind::Address, Kind::Address),
    ("ipmask(24,48)", Kind::Address, Kind::Address),
    ("ipmask(255.0.0.255)", Kind::Address, Kind::Address),
    ("ipmask(24,)", Kind::Address, Kind::Address),
    ("ipmask(0,0)", Kind::Address, Kind::Address),
    ("ipmask(32,ffff::)", Kind::Address, Kind::Address),
    ("ipmask(8,64)", Kind::Address, Kind::Address),
    ("map_ip(ip.map)", Kind::Address, Kind::Text),
    ("map_ip(ip.map,none)", Kind::Address, Kind::Text),
    ("map_ip_int(ipint.map)", Kind::Address, Kind::Number),
];
