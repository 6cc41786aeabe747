use std::collections::BTreeSet;

use proxy_acl::{Config, Options, ProxyKind, RequestView, ResponseView, Scratch};

use super::proxy_acl::{Asked, check_places, check_refusal, halves};

/// Parses the input as a whole configuration and asks each of its frontends about a request and a
/// response; where the input has a NUL, what stands before the first one is the request, as for
/// [`proxy_acl`](super::proxy_acl()).
///
/// Diagnostics point into the text, the same text gives the same proxies, a decision names a line of the
/// text and a backend of the configuration, is explained as it was made, and is made again.
///
/// # Panics
///
/// If one of these does not hold.
pub fn proxy_acl_config(input: &[u8]) {
    let (request, text) = halves(input);
    let lines = text.split(|byte| *byte == b'\n').count();
    let options = Options::new().file_name("fuzz.cfg").env("ACL_HOST", "example.com");

    let config = match Config::parse(text, &options) {
        Ok(config) => config,
        Err(diagnostics) => {
            check_refusal(text, &diagnostics);
            assert_eq!(Config::parse(text, &options).err(), Some(diagnostics), "parsed again");
            return;
        }
    };

    check_places(text, config.warnings());
    let again = Config::parse(text, &options).expect("parsed before");
    let names = |config: &Config| -> Vec<(Box<str>, u32)> {
        config.proxies().iter().map(|proxy| (proxy.name.clone(), proxy.line)).collect()
    };
    assert_eq!(names(&config), names(&again), "parsed again");
    assert!(config.skipped().eq(again.skipped()), "parsed again");

    let Asked { uri, headers, source } = Asked::new(request);
    let request = RequestView::new(b"GET", uri, source).headers(&headers);
    let response = ResponseView::new(403).headers(&headers);
    let value_names: BTreeSet<&str> = config.value_names().collect();
    let mut scratch = Scratch::new();
    for proxy in config.proxies().iter().filter(|proxy| proxy.kind != ProxyKind::Backend) {
        let verdict = config.decide_with(proxy, &request, &mut scratch);
        let (decision, backend) = (verdict.decision, verdict.backend.map(<[u8]>::to_vec));
        let in_text = |line| (1..=lines).contains(&(line as usize));
        assert!(decision.line.is_none_or(in_text), "{decision}");
        let name = backend.as_deref().map(|name| str::from_utf8(name).expect("a name of the text"));
        assert!(name.is_none_or(|name| config.backend(name).is_some()), "{name:?}");
        assert!(config.missing_values(&scratch).all(|name| value_names.contains(name)));
        assert_eq!(config.explain(proxy, &request).decision, decision, "explained");

        let answered = config.decide_response(proxy, &request, &response, &mut scratch).decision;
        assert!(answered.line.is_none_or(in_text), "{answered}");
        let explanation = config.explain_response(proxy, &request, &response);
        assert_eq!(explanation.decision, answered, "{explanation}");

        let repeated = config.decide_with(proxy, &request, &mut scratch);
        assert_eq!((repeated.decision, repeated.backend), (decision, backend.as_deref()));
    }
}
