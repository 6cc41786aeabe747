use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::OnceLock;

use proxy_acl::{Options, Policy, Request as _, RequestView, Scratch};

type Known = fn(&[u8]) -> Option<Vec<u8>>;

/// Chains of which the result is known by other means.
const KNOWN: [(&str, Known); 8] = [
    ("lower", |value| Some(value.to_ascii_lowercase())),
    ("upper", |value| Some(value.to_ascii_uppercase())),
    ("length", |value| Some(value.len().to_string().into_bytes())),
    ("hex", |value| {
        Some(value.iter().map(|byte| format!("{byte:02X}")).collect::<String>().into())
    }),
    ("base64,b64dec", |value| Some(value.to_vec())),
    ("ub64enc,ub64dec", |value| Some(value.to_vec())),
    ("url_enc,url_dec", |value| Some(value.to_vec())),
    ("not", |value| digits(value).map(|value| if value == 0 { b"1" } else { b"0" }.to_vec())),
];

/// Converts what stands behind the first line by the chain of converters in that line, and by chains
/// whose results are known.
///
/// A chain gives the same result in a room that was used before, and known results are what they
/// should be.
///
/// # Panics
///
/// If one of these does not hold.
pub fn proxy_acl_converters(input: &[u8]) {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let chain = parts.next().unwrap_or_default();
    let value = parts.next().unwrap_or_default();
    let headers = [(&b"In"[..], value)];
    let source = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
    let request = RequestView::new(b"GET", b"/", source).headers(&headers);
    let mut scratch = Scratch::new();

    // Blanks around a value do not belong to it, and what is not printable is encoded on its way out.
    let printable = value.iter().all(|byte| (b' '..=b'~').contains(byte));
    if printable && value.trim_ascii() == value && !value.is_empty() {
        let known = POLICY.get_or_init(|| {
            let rule = |(chain, _): &(&str, _)| {
                format!("http-request add-header Out %[req.fhdr(in),{chain}]\n")
            };
            let rules: String = KNOWN.iter().map(rule).collect();
            Policy::parse(rules.as_bytes(), &Options::new()).expect("the chains are valid")
        });
        let results = results(known, &request, &mut scratch);
        for ((chain, expected), result) in KNOWN.iter().zip(&results) {
            if let Some(expected) = expected(value) {
                assert_eq!(result.as_slice(), expected, "{chain}");
            }
        }
    }

    let rule = [b"http-request add-header Out %[req.fhdr(in),", chain, b"]\n"].concat();
    let options = Options::new().pattern_file("map", "a 1\nab 2\n10.0.0.0/8 3\n");
    if let Ok(policy) = Policy::parse(&rule, &options) {
        let first = results(&policy, &request, &mut Scratch::new());
        assert_eq!(results(&policy, &request, &mut scratch), first, "in used room");
        assert_eq!(policy.explain(&request).decision, policy.decide(&request));
    }
}

/// The headers called `Out` when the rules are through.
fn results(policy: &Policy, request: &RequestView<'_>, scratch: &mut Scratch) -> Vec<Vec<u8>> {
    let verdict = policy.decide_with(request, scratch);
    let mut results = Vec::new();
    let _ = verdict.request.headers(&mut |name, value| {
        if name == b"Out" {
            results.push(value.to_vec());
        }
        ControlFlow::Continue(())
    });
    results
}

/// The number that a text of few digits alone is.
fn digits(value: &[u8]) -> Option<u32> {
    let few = value.len() < 9 && value.iter().all(u8::is_ascii_digit);
    str::from_utf8(value).ok().filter(|_| few)?.parse().ok()
}
