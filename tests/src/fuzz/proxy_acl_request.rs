use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use proxy_acl::{Options, Policy, RequestView, Scratch, Tls};

/// Every way of looking and matching, and rules that change what is looked at.
const RULES: &str = r"
acl many_paths path -f paths
acl many_paths_i path -i -f paths
acl begins path_beg -f paths
acl ends path_end -i -f paths
acl inside path_sub -f paths
acl dirs path_dir -f paths
acl hosts hdr_dom(host) -i -f paths
acl nets src -f nets
acl forwarded hdr_ip(x) -f nets
acl last hdr_ip(x,-1) 10.0.0.0/8
acl cookie cook(sid) -m found
acl sum url_param(id) -m int ge 5
acl value hdr_val(x) lt 3
acl regex url_reg -i ^/[a-z]+[.]php$ [^/]*://
acl len path_len 3:9
acl safe method GET HEAD
acl named ssl_fc_sni_end .example.com
acl text src -m beg 10.
tcp-request connection reject if nets { src_port 1 }
http-request deny if many_paths forwarded
http-request tarpit if begins last !safe
http-request deny unless hosts or cookie or sum or value or regex or len or inside or ends or dirs
";

const REWRITING: &str = r"
tcp-request content set-var(txn.net) src,ipmask(24,48)
http-request set-var(txn.host) hdr(host),host_only,lower
http-request set-var(txn.site) var(txn.host),map_beg(sites,none)
http-request set-header X %[path,url_dec,word(1,/)]
http-request add-header X %[url_param(id),add(7),mul(3)]
http-request del-header Cookie if { cook_cnt(sid) 2 }
http-request set-path /v2%[path] if { base,lower -m sub example }
http-request set-query %[query,regsub(a,b,g)] if { query -m found }
http-request set-uri http://other/%[req.fhdr(x),url_enc] if { path_end /u }
http-request set-method POST if { method PURGE }
http-request deny if { hdr_cnt(x) gt 3 }
redirect prefix https://b code 301 if { path_sub login }
use_backend %[var(txn.site)] if { var(txn.site) -m found }
";

/// Shows a request to policies that look at every part of it: by lines its method, target, source
/// address and headers.
///
/// A decision is explained as it was made and made again in a room that was used before; a list in one
/// acl, which is searched by an index, answers as the same list over several lines, of which each is
/// walked.
///
/// # Panics
///
/// If one of these does not hold.
pub fn proxy_acl_request(input: &[u8]) {
    static POLICIES: OnceLock<[Policy; 3]> = OnceLock::new();
    let [indexed, walked, rewriting] = POLICIES.get_or_init(policies);
    let mut lines = input.split(|byte| *byte == b'\n');
    let method = lines.next().unwrap_or(b"GET");
    let target = lines.next().unwrap_or(b"/");
    let source = lines.next().and_then(address).unwrap_or(([10, 0, 0, 1], 1).into());
    let headers: Vec<(&[u8], &[u8])> = lines
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((&line[..colon], &line[colon + 1..]))
        })
        .collect();
    let tls = Tls::new().server_name(method).protocol(b"h2");
    let request = RequestView::new(method, target, source).headers(&headers).tls(tls);

    for name in indexed.acl_names() {
        let truth = indexed.acl(name, &request);
        assert_eq!(truth, walked.acl(name, &request), "{name} by index and by walk");
    }
    let mut scratch = Scratch::new();
    for policy in [indexed, walked, rewriting, rewriting] {
        let decision = policy.decide(&request);
        assert_eq!(policy.explain(&request).decision, decision, "explained");
        let verdict = policy.decide_with(&request, &mut scratch);
        assert_eq!(verdict.decision, decision, "in used room");
        assert!(verdict.location.is_none() || !decision.is_allowed(), "{decision}");
    }
    assert_eq!(indexed.decide(&request).action, walked.decide(&request).action);
}

fn address(text: &[u8]) -> Option<SocketAddr> {
    let ip: IpAddr = str::from_utf8(text).ok()?.parse().ok()?;
    Some(SocketAddr::new(ip, 40_000))
}

fn policies() -> [Policy; 3] {
    let mut paths = String::from("admin\n/\n/a\nexample.com\n.php\nA/b\nab\nb\n");
    let mut nets = String::from("10.0.0.0/8\n10.1.0.0/255.0.255.0\n::1\n2002:a00::/24\n::/3\n");
    for index in 0..30 {
        // Writing into a string cannot fail.
        let _ = writeln!(paths, "/p{index}/x\n{index}.example.com");
        let _ = writeln!(nets, "192.0.{index}.0/24\n2001:db8:{index:x}::/48");
    }
    let options = |paths: &str, nets: &str| {
        Options::new().pattern_file("paths", paths).pattern_file("nets", nets).pattern_file(
            "sites",
            "example example\nexample.org org\nexample.com com\na a\nab ab\n",
        )
    };
    let parse = |rules: &str, options: Options| {
        Policy::parse(rules.as_bytes(), &options).expect("the rules are valid")
    };
    // Each line with a file once for each of its patterns.
    let mut lines = Vec::new();
    let mut walked = options(&paths, &nets);
    for line in RULES.lines() {
        let Some((start, file)) = line.split_once(" -f ") else {
            lines.push(line.to_string());
            continue;
        };
        let list = if file == "nets" { &nets } else { &paths };
        for (index, pattern) in list.lines().enumerate() {
            lines.push(format!("{start} -f {file}{index}"));
            walked = walked.pattern_file(format!("{file}{index}"), pattern);
        }
    }
    [
        parse(RULES, options(&paths, &nets)),
        parse(&lines.join("\n"), walked),
        parse(REWRITING, options(&paths, &nets)),
    ]
}
