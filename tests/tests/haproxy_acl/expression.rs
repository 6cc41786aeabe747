//! Random expressions.

use std::fmt::Write as _;

use crate::converter::converted;
use crate::fetch::{Kind, fetch};
use crate::generate::Random;
use crate::pattern::patterns;

pub(crate) fn expression(random: &mut Random) -> String {
    if random.below(24) == 0 {
        return with_isolated_converter(random);
    }
    let (fetch, kind, suffixed) = fetch(random);
    let mut method = "";
    let (mut out, kind) = if suffixed && random.below(3) == 0 {
        let (name, arguments) = fetch.split_at(fetch.find('(').unwrap_or(fetch.len()));
        method = random.pick(&["beg", "end", "sub", "dir", "dom", "len", "reg"]);
        (format!("{name}_{method}{arguments}"), kind)
    } else {
        converted(random, fetch, kind)
    };
    let has_none = matches!(kind, Kind::Any | Kind::Bytes) || out.starts_with("meth(");
    let needed = method.is_empty() && has_none;
    let quoted = out.contains(['<', '*', '$', '"', ';', '&', '\\', '\'']);
    if quoted {
        out = format!("'{out}'");
    }
    if needed || random.below(3) == 0 {
        method = random.pick(&[
            "found", "bool", "int", "ip", "len", "str", "beg", "sub", "dir", "dom", "end", "reg",
            "bin",
        ]);
        let fits = match kind {
            Kind::Method | Kind::Bytes => !matches!(method, "bool" | "int" | "ip" | "bin"),
            Kind::Truth => method != "ip",
            Kind::Mapped => method == "found",
            Kind::Text | Kind::Number | Kind::Address | Kind::Any => true,
        };
        let other = if kind == Kind::Mapped { "found" } else { "str" };
        method = if fits { method } else { other };
        let _ = write!(out, " -m {method}");
    } else if method.is_empty() {
        method = match kind {
            Kind::Number => "int",
            Kind::Address | Kind::Mapped => "ip",
            Kind::Truth => "bool",
            Kind::Text | Kind::Method | Kind::Bytes | Kind::Any => "str",
        };
    }
    if random.below(3) == 0 {
        out.push_str(" -i");
    }
    if random.below(12) == 0 {
        out.push_str(match method {
            "ip" => random.pick(&[" -f nets.lst", " -M -f ip.map"]),
            "str" | "beg" | "sub" | "end" if kind != Kind::Method => {
                random.pick(&[" -f texts.lst", " -M -f text.map"])
            }
            _ => "",
        });
    }
    match random.below(6) {
        0 => out.push_str(" --"),
        1 => out.push_str(" -n --"),
        _ => {}
    }
    if method != "found" {
        patterns(random, method, kind, &mut out);
    }
    out
}

/// A fetch with a converter in a word of its own, which is a pattern too.
fn with_isolated_converter(random: &mut Random) -> String {
    let fetch = random.pick(&[
        "query",
        "pathq",
        "src",
        "req.fhdr(x-tag)",
        "req.hdr(host)",
        "req.hdr(x-tag,1),lower",
        "str(Red)",
        "var(txn.v,Dft)",
    ]);
    let converter = random.pick(&["lower", "upper", "hex", "lower upper", "lower,upper", "hex x"]);
    let flag = random.pick(&["", "", " -i"]);
    let (first, second) = (random.pick(&["red", "RED", "10.0.0.1"]), random.pick(&["a", "lower"]));
    format!("{fetch} {converter}{flag} {first} {second}")
}

/// Whether words behind a fetch begin with such a converter, before which no flag may stand.
pub(crate) fn is_isolated(words: &str) -> bool {
    ["lower", "upper", "hex"].iter().any(|converter| words.starts_with(converter))
}
