use std::net::SocketAddr;

use proxy_acl::{Options, Policy, RequestView, Scratch};

/// More patterns would only make an input slow.
const MOST: usize = 200;

/// Reads what stands before the first NUL as a pattern file and as a map, for every way of matching,
/// and matches the lines behind it.
///
/// A file is taken if each line of it is, and matches what one of its lines matches alone; the value
/// that a map gives is that of one of its keys.
///
/// # Panics
///
/// If one of these does not hold.
pub fn proxy_acl_patterns(input: &[u8]) {
    let mut parts = input.splitn(2, |byte| *byte == 0);
    let list = parts.next().unwrap_or_default();
    let samples = parts.next().unwrap_or(b"/a");
    let lines: Vec<&[u8]> = list.split(|byte| *byte == b'\n').collect();
    if lines.len() > MOST {
        return;
    }
    for method in ["str", "beg", "end", "sub", "dir", "dom", "len", "int", "ip", "bin", "reg"] {
        for flag in ["", "-i "] {
            compare(method, flag, list, &lines, samples);
        }
        // What is not printable is encoded on its way out.
        if list.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\n') {
            value(method, list, &lines, samples);
        }
    }
}

fn compare(method: &str, flag: &str, list: &[u8], lines: &[&[u8]], samples: &[u8]) {
    let rule = format!("acl all url -m {method} {flag}-f list\n");
    let whole = Policy::parse(rule.as_bytes(), &Options::new().pattern_file("list", list));
    let mut rules = String::new();
    let mut options = Options::new();
    for (index, line) in lines.iter().enumerate() {
        rules += &format!("acl all url -m {method} {flag}-f {index}\n");
        options = options.pattern_file(index.to_string(), *line);
    }
    let single = Policy::parse(rules.as_bytes(), &options);
    assert_eq!(whole.is_ok(), single.is_ok(), "-m {method} {flag}");
    let (Ok(whole), Ok(single)) = (whole, single) else {
        return;
    };
    for sample in samples.split(|byte| *byte == b'\n').take(16) {
        let request = RequestView::new(b"GET", sample, SOURCE);
        let truth = whole.acl("all", &request);
        assert_eq!(truth, single.acl("all", &request), "-m {method} {flag}");
    }
}

fn value(method: &str, list: &[u8], lines: &[&[u8]], samples: &[u8]) {
    let rule = format!("http-request set-header X %[url,map_{method}(list)]\n");
    let options = Options::new().pattern_file("list", list);
    let Ok(policy) = Policy::parse(rule.as_bytes(), &options) else {
        return;
    };
    let mut scratch = Scratch::new();
    for sample in samples.split(|byte| *byte == b'\n').take(16) {
        let request = RequestView::new(b"GET", sample, SOURCE);
        let verdict = policy.decide_with(&request, &mut scratch);
        let mut value = Vec::new();
        let _ = proxy_acl::Request::headers(&verdict.request, &mut |_, line| {
            value = line.to_vec();
            std::ops::ControlFlow::Break(())
        });
        let ends = |line: &&[u8]| value.is_empty() || contains(line, &value);
        assert!(lines.iter().any(ends), "map_{method}: {}", value.escape_ascii());
    }
}

fn contains(line: &[u8], value: &[u8]) -> bool {
    line.windows(value.len()).any(|window| window == value)
}

const SOURCE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);
