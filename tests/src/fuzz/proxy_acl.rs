use std::net::SocketAddr;

use proxy_acl::{Options, Policy, RequestView, ResponseView, Scratch};

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
    let nul = input.iter().position(|byte| *byte == 0);
    let (request, text) = nul.map_or((&b"/"[..], input), |at| (&input[..at], &input[at + 1..]));
    let lines = text.split(|byte| *byte == b'\n').count();
    let options = Options::new().file_name("fuzz.acl").env("ACL_HOST", "example.com");

    let policy = match Policy::parse(text, &options) {
        Ok(policy) => policy,
        Err(diagnostics) => {
            assert!(diagnostics.errors().next().is_some(), "refused without an error");
            for diagnostic in &diagnostics {
                let (line, column) = (diagnostic.line as usize, diagnostic.column as usize);
                assert!((1..=lines).contains(&line), "{diagnostic}");
                let source = text.split(|byte| *byte == b'\n').nth(line - 1).expect("counted");
                assert!((1..=source.len() + 1).contains(&column), "{diagnostic}");
            }
            assert!(!diagnostics.render().to_string().is_empty());
            assert_eq!(Policy::parse(text, &options).err(), Some(diagnostics), "parsed again");
            return;
        }
    };

    let mut fields = request.split(|byte| *byte == b'\n');
    let uri = fields.next().unwrap_or(b"/");
    let headers = [(&b"Host"[..], fields.next().unwrap_or(b"example.com"))];
    let source = fields.next().and_then(address).unwrap_or(([10, 0, 0, 1], 40_000).into());
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

fn address(text: &[u8]) -> Option<SocketAddr> {
    let address = str::from_utf8(text).ok()?.parse().ok()?;
    Some(SocketAddr::new(address, 40_000))
}
