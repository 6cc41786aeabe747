//! Random mistakes in a line.

use crate::generate::Random;

pub(crate) fn with_mistake(line: &str, random: &mut Random) -> String {
    let mistake: fn(&str, &mut Random) -> String = match random.below(12) {
        0..=2 => with_other_words,
        3..=4 => with_other_bytes,
        5..=7 => with_other_arguments,
        8 => with_other_number,
        9 => with_other_quotes,
        10 => with_other_condition,
        _ => with_cut_word,
    };
    mistake(line, random)
}

/// Words that stand somewhere in configurations, most of them in the wrong place.
const WORDS: [&str; 68] = [
    "acl",
    "if",
    "unless",
    "or",
    "||",
    "!",
    "{",
    "}",
    "-i",
    "-f",
    "-m",
    "-M",
    "-u",
    "-n",
    "--",
    "-q",
    "str",
    "beg",
    "reg",
    "int",
    "ip",
    "foo",
    "path",
    "path_beg",
    "hdr(host)",
    "hdr(",
    "src",
    "status",
    "res.hdr(x)",
    "method",
    "var(txn.v)",
    "var(x)",
    "nbsrv(b0)",
    "nbsrv",
    "fe_conn",
    "be_name",
    "be_id",
    "%[be_name]",
    "srv_id",
    "sc0_conn_cnt",
    "sc_conn_cnt",
    "path,lower",
    "path,lowr",
    "path,field(0,/)",
    "src,ipmask(33)",
    "deny",
    "allow",
    "tarpit",
    "accept",
    "http-request",
    "http-response",
    "tcp-request",
    "use_backend",
    "default_backend",
    "redirect",
    "backend",
    "frontend",
    "b0",
    "b2",
    "TRUE",
    "NOPE",
    "''",
    "5",
    "10.0.0.0/8",
    "10.0.0.0/33",
    "[",
    "%[path]",
    "%[pat]",
];

fn with_other_words(line: &str, random: &mut Random) -> String {
    let mut words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return line.to_owned();
    }
    let at = random.below(words.len());
    let word = random.pick(&WORDS);
    match random.below(5) {
        0 => {
            words.remove(at);
        }
        1 => words.insert(at, word),
        2 => words[at] = word,
        3 => words.insert(at, words[at]),
        _ => {
            let other = random.below(words.len());
            words.swap(at, other);
        }
    }
    format!(" {}", words.join(" "))
}

fn with_other_bytes(line: &str, random: &mut Random) -> String {
    let mut text: Vec<char> = line.chars().collect();
    if text.is_empty() {
        return line.to_owned();
    }
    let at = random.below(text.len());
    let other = random.pick(&[
        "(", ")", ",", "'", "\"", "\\", "#", "{", "}", "!", "%", "[", "]", "$", "x", "0", " ", "-",
        "_", ".",
    ]);
    let other = other.chars().next().expect("one");
    match random.below(4) {
        0 => {
            text.remove(at);
        }
        1 => text.insert(at, other),
        2 => text[at] = other,
        _ if text[at].is_ascii_uppercase() => text[at].make_ascii_lowercase(),
        _ => text[at].make_ascii_uppercase(),
    }
    text.into_iter().collect()
}

/// What stands in brackets is changed, or a word gets brackets.
fn with_other_arguments(line: &str, random: &mut Random) -> String {
    let argument = random.pick(&[
        "",
        "",
        "",
        "0",
        "1",
        "2",
        "-1",
        "-",
        "+5",
        "08",
        "1.5",
        "0x1",
        "4294967297",
        "-2147483649",
        "99999999999999999999",
        "/",
        ",",
        "\\,",
        "' '",
        "\"a,b\"",
        "txn.v",
        "txn.",
        "proc.x",
        "x",
        "g",
        "i",
        "int",
        "query",
        "ms",
        "$.a",
        "10.0.0.1",
        "255.0.255.0",
        "::1",
        "33",
        "129",
        "b0",
        "f",
        "text.map",
        "none.map",
    ]);
    let Some(open) = line.match_indices('(').map(|(at, _)| at).nth(random.below(3)) else {
        let (at, _) = word(line, random);
        let end = line[at..].find([' ', ',']).map_or(line.len(), |end| at + end);
        return format!("{}({argument}){}", &line[..end], &line[end..]);
    };
    let close = line[open..].find(')').map_or(line.len(), |close| open + close);
    let mut arguments: Vec<&str> = line[open + 1..close].split(',').collect();
    let at = random.below(arguments.len());
    match random.below(6) {
        0 => arguments.insert(at, argument),
        1 => arguments.push(argument),
        2 => {
            arguments.remove(at);
        }
        3 => arguments[at] = "",
        _ => arguments[at] = argument,
    }
    format!("{}({}{}", &line[..open], arguments.join(","), &line[close..])
}

/// Some digits are another number, or a number stands before some byte.
fn with_other_number(line: &str, random: &mut Random) -> String {
    let number = random.pick(&[
        "0",
        "1",
        "-1",
        "+1",
        "00",
        "007",
        "99",
        "256",
        "65536",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1.2",
        "1:",
        ":1",
        "1-2",
        "2:1",
        "1x",
        "0x10",
        "1e3",
        "",
        "-",
    ]);
    let digits: Vec<usize> =
        line.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let start = match digits.as_slice() {
        [] => word(line, random).0,
        digits => digits[random.below(digits.len())],
    };
    let rest = line[start..].trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{}{number}{rest}", &line[..start])
}

/// A word stands in other quotes, or something in it is escaped.
fn with_other_quotes(line: &str, random: &mut Random) -> String {
    let (start, end) = word(line, random);
    let (before, word, behind) = (&line[..start], &line[start..end], &line[end..]);
    let word = match random.below(10) {
        0 => format!("'{word}'"),
        1 => format!("\"{word}\""),
        2 => format!("'{word}"),
        3 => format!("{word}\""),
        4 => format!("\\{word}"),
        5 => format!("{word}\\"),
        6 => format!("\"${{ACL_NOPE}}\"{word}"),
        7 => format!("\"${{ACL_NOPE-{word}}}\""),
        8 => format!(
            "\\x{:02x}{}",
            word.as_bytes().first().unwrap_or(&0),
            word.get(1..).unwrap_or("")
        ),
        _ => word.replace(['\'', '"'], ""),
    };
    format!("{before}{word}{behind}")
}

/// A word of conditions comes, goes, or sticks to its neighbour.
fn with_other_condition(line: &str, random: &mut Random) -> String {
    let joint = random.pick(&[
        "if",
        "unless",
        "or",
        "||",
        "OR",
        "and",
        "&&",
        "!",
        "! !",
        "{",
        "}",
        "{ }",
        "{ path",
        "a0",
        "!a0",
        "!{ path /x }",
        "{ path /x }",
        "{ path /x} ",
        "{path /x }",
        "TRUE",
        "!TRUE",
        "false",
    ]);
    let (start, end) = word(line, random);
    match random.below(5) {
        0 => format!("{line} {joint}"),
        1 => format!("{} {joint} {}", &line[..start], &line[start..]),
        2 => format!("{}{joint}{}", &line[..start], &line[end..]),
        3 => line.replacen(" if ", &format!(" {joint} "), 1),
        _ => line.replacen("{ ", random.pick(&["{", "{ {", "!{ ", "! { ", "} "]), 1),
    }
}

/// A word loses its end or its beginning, or runs into the next one.
fn with_cut_word(line: &str, random: &mut Random) -> String {
    let (start, end) = word(line, random);
    let cut = line[start..end].char_indices().map(|(at, _)| start + at).nth(random.below(8));
    let cut = cut.unwrap_or(end);
    match random.below(3) {
        0 => format!("{}{}", &line[..cut], &line[end..]),
        1 => format!("{}{}", &line[..start], &line[cut..]),
        _ => format!("{}{}", &line[..end], line[end..].trim_start()),
    }
}

/// Where one of the words begins and ends.
fn word(line: &str, random: &mut Random) -> (usize, usize) {
    let starts: Vec<usize> = line
        .char_indices()
        .filter(|(at, c)| {
            *c != ' ' && line[..*at].chars().next_back().is_none_or(|before| before == ' ')
        })
        .map(|(at, _)| at)
        .collect();
    let Some(&start) = starts.get(random.below(starts.len().max(1))) else { return (0, 0) };
    (start, line[start..].find(' ').map_or(line.len(), |end| start + end))
}
