//! Random fetches.

use crate::generate::Random;

/// What a fetch or converter gives.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Text,
    Number,
    Address,
    /// An address out of a map.
    Mapped,
    Truth,
    Method,
    Bytes,
    Any,
}

/// A fetch with arguments, whether it may have a suffix.
pub(crate) fn fetch(random: &mut Random) -> (String, Kind, bool) {
    let header = |random: &mut Random, occurrence: bool| {
        let name = random.pick(&[
            "host",
            "host",
            "x-tag",
            "x-tag",
            "X-Tag",
            "x-forwarded-for",
            "x-forwarded-for",
            "x-none",
            "user-agent",
            "cookie",
            "",
        ]);
        let place = random.pick(&[
            "",
            "",
            "",
            ",1",
            ",2",
            ",-1",
            ",-2",
            ",0",
            ",3",
            ",-3",
            ",-10",
            ",9",
            ",",
            ",4294967297",
        ]);
        format!("({name}{})", if occurrence { place } else { "" })
    };
    match random.below(36) {
        0..=3 => ("path".to_owned(), Kind::Text, true),
        4 => (random.pick(&["base", "url"]).to_owned(), Kind::Text, true),
        5 => (random.pick(&["query", "pathq", "req.ver"]).to_owned(), Kind::Text, false),
        6 => ("src".to_owned(), Kind::Address, false),
        7 => (random.pick(&["dst", "src"]).to_owned(), Kind::Address, false),
        8 => {
            let fetch = random.pick(&["method", "method", "method", "meth(GET)", "meth(purge)"]);
            (fetch.to_owned(), Kind::Method, false)
        }
        9 => {
            (random.pick(&["always_true", "always_false", "ssl_fc"]).to_owned(), Kind::Truth, false)
        }
        10..=13 => (format!("hdr{}", header(random, true)), Kind::Text, true),
        14 => (format!("req.hdr{}", header(random, true)), Kind::Text, false),
        15..=16 => (format!("req.fhdr{}", header(random, true)), Kind::Text, false),
        17..=18 => (format!("hdr_ip{}", header(random, true)), Kind::Address, false),
        19 => (format!("hdr_val{}", header(random, true)), Kind::Number, false),
        20 => {
            let name = random.pick(&["hdr_cnt", "req.fhdr_cnt", "req.hdr_cnt"]);
            (format!("{name}{}", header(random, false)), Kind::Number, false)
        }
        21..=22 => {
            let name = random.pick(&["sid", "SID", "a", "none", "", "$sid", "sidx"]);
            (format!("cook({name})"), Kind::Text, true)
        }
        23 => {
            let fetch = random.pick(&[
                "cook_cnt(sid)",
                "cook_cnt()",
                "cook_val(sid)",
                "cook_val()",
                "urlp_val(id)",
                "urlp_val()",
                "urlp_val(id,;)",
                "dst_port",
            ]);
            (fetch.to_owned(), Kind::Number, false)
        }
        24..=26 => {
            let argument = random.pick(&[
                "(id)", "(id)", "(ID)", "(user)", "(id,;)", "(q)", "(none)", "(id,)", "()", "",
                "(a)", "(i)", "(id,/)", "(id,&)", "(id,=)", "(b,;)", "(,;)", "(a[])", "(id,?x)",
            ]);
            (format!("urlp{argument}"), Kind::Text, true)
        }
        27..=28 => {
            let fetch = random.pick(&[
                "var(txn.v)",
                "var(txn.v)",
                "var(txn.v,dft)",
                "var(txn.v,)",
                "var(req.w)",
            ]);
            (fetch.to_owned(), Kind::Any, false)
        }
        29..=30 => {
            let fetch = random.pick(&[
                "str(red)",
                "str(5)",
                "str(/a/b)",
                "str",
                "str(10.0.0.1)",
                "str(::1)",
                "str(aGk=)",
                "str(2f61zz)",
                "str(-9223372036854775808)",
                "str(9223372036854775808)",
                "str(0x10)",
                "str(a%2Fb%+c)",
                "str(1.2.3)",
                "str(example.com:443)",
                "str([::1]:80)",
                "str(true)",
                "str(ffffffffffffffff)",
                "str(\"a,b\")",
            ]);
            (fetch.to_owned(), Kind::Text, false)
        }
        31 => {
            let fetch =
                random.pick(&["bin(2f61)", "bin(00)", "bin(0a000001)", "bin(ff80)", "bin(3132)"]);
            (fetch.to_owned(), Kind::Bytes, false)
        }
        32 => {
            let fetch = random.pick(&["ipv4(10.0.0.1)", "ipv4(0.0.0.0)"]);
            (fetch.to_owned(), Kind::Address, false)
        }
        33 => (random.pick(&["bool(true)", "bool(0)"]).to_owned(), Kind::Truth, false),
        _ => {
            let fetch = random.pick(&[
                "int(5)",
                "int(-3)",
                "src_port",
                "int(0)",
                "int(9223372036854775807)",
                "int(-9223372036854775808)",
                "int(4294967296)",
                "int(167772161)",
            ]);
            (fetch.to_owned(), Kind::Number, false)
        }
    }
}
