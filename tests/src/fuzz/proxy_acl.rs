use std::net::SocketAddr;

use proxy_acl::{Diagnostic, Diagnostics, Options, Policy, RequestView, ResponseView, Scratch};

/// Parses the input as a configuration and asks it about a request and a response; where the input has
/// a NUL, what stands before the first one is the request: target, `Host` and source address by lines.
///
/// Diagnostics point into the text, the same text gives the same policy, and a decision names a line
/// of it, is explained as it was made, and is made again.
///
/// # Panics
///
/// If one of these does not hold.
pub fn proxy_acl(input: &[u8]) {
    let (request, text) = halves(input);
    let lines = text.split(|byte| *byte == b'\n').count();
    let options = Options::new().file_name("fuzz.acl").env("ACL_HOST", "example.com");

    let policy = match Policy::parse(text, &options) {
        Ok(policy) => policy,
        Err(diagnostics) => {
            check_refusal(text, &diagnostics);
            assert_eq!(Policy::parse(text, &options).err(), Some(diagnostics), "parsed again");
            return;
        }
    };

    check_places(text, policy.warnings());
    let Asked { uri, headers, source } = Asked::new(request);
    let request = RequestView::new(b"GET", uri, source).headers(&headers);

    let decision = policy.decide(&request);
    let in_text = |line| (1..=lines).contains(&(line as usize));
    assert!(decision.line.is_none_or(in_text), "{decision}");
    let explanation = policy.explain(&request);
    assert_eq!(explanation.decision, decision, "{explanation}");
    let mut scratch = Scratch::new();
    assert_eq!(policy.decide_with(&request, &mut scratch).decision, decision, "with room");
    let response = ResponseView::new(403).headers(&headers);
    let answered = policy.decide_response(&request, &response, &mut scratch).decision;
    let explanation = policy.explain_response(&request, &response);
    assert_eq!(explanation.decision, answered, "{explanation}");
    for name in policy.acl_names() {
        let truth = policy.acl(name, &request);
        assert!(truth.is_some(), "{name} is named, but has no truth");
        assert_eq!(truth, policy.acl(name, &request), "{name} asked again");
    }
    let again = Policy::parse(text, &options).expect("parsed before");
    assert_eq!(again.decide(&request), decision, "parsed again");
}

/// The request and the configuration that an input holds.
pub(super) fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    let nul = input.iter().position(|byte| *byte == 0);
    nul.map_or((&b"/"[..], input), |at| (&input[..at], &input[at + 1..]))
}

/// What a request is made of.
pub(super) struct Asked<'i> {
    pub(super) uri: &'i [u8],
    pub(super) headers: [(&'static [u8], &'i [u8]); 1],
    pub(super) source: SocketAddr,
}

impl<'i> Asked<'i> {
    /// Reads target, `Host` and source address, each in a line; the first stands there at least.
    pub(super) fn new(lines: &'i [u8]) -> Self {
        let mut fields = lines.split(|byte| *byte == b'\n');
        let uri = fields.next().unwrap_or(b"/");
        let headers = [(&b"Host"[..], fields.next().unwrap_or(b"example.com"))];
        let source = fields.next().and_then(address).unwrap_or(([10, 0, 0, 1], 40_000).into());
        Self { uri, headers, source }
    }
}

/// Checks that there is an error, that all of them point into the text, and that they can be shown.
pub(super) fn check_refusal(text: &[u8], diagnostics: &Diagnostics) {
    assert!(diagnostics.errors().next().is_some(), "refused without an error");
    check_places(text, diagnostics);
    assert!(!diagnostics.render().to_string().is_empty());
}

/// Checks that diagnostics point into the text.
pub(super) fn check_places<'d>(text: &[u8], diagnostics: impl IntoIterator<Item = &'d Diagnostic>) {
    for diagnostic in diagnostics {
        let line = (diagnostic.line as usize).checked_sub(1);
        let source = line.and_then(|line| text.split(|byte| *byte == b'\n').nth(line));
        let width = source.expect("the line is one of the text").len();
        assert!((1..=width + 1).contains(&(diagnostic.column as usize)), "{diagnostic}");
    }
}

fn address(text: &[u8]) -> Option<SocketAddr> {
    let address = str::from_utf8(text).ok()?.parse().ok()?;
    Some(SocketAddr::new(address, 40_000))
}
