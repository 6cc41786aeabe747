//! Other spellings of a path that is denied, which are not.
//!
//! Rules see the path as it came; many servers decode and simplify it before they look, and then serve
//! under another spelling what the rules deny.

use std::collections::BTreeSet;

use proxy_acl::{Action, Explanation, Outcome, Scratch};

use crate::request::OwnedRequest;
use crate::ruleset::Entrance;
use crate::witness;

/// A denied path, and spellings of it that are allowed.
#[derive(Debug, Clone)]
pub(crate) struct Bypass {
    /// Where the expression stands that is got around, or else the rule.
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) denied: String,
    /// At least one.
    pub(crate) allowed: Vec<OwnedRequest>,
}

/// More paths of one configuration are not tried.
const MOST: usize = 200;
const LONGEST: usize = 100;

/// More host names are not tried with each path.
const MOST_HOSTS: usize = 8;

/// What came of trying.
#[derive(Debug, Default)]
pub(crate) struct Search {
    pub(crate) found: Vec<Bypass>,
    /// How many requests were decided about.
    pub(crate) requests: usize,
    pub(crate) paths: usize,
    /// How many paths no request got to a rule with that looks at them.
    pub(crate) hidden: usize,
    /// The last line that those got to.
    pub(crate) last: Option<u32>,
}

/// Tries the paths that the text of a configuration names, at the hosts it names, by TLS and in the
/// clear.
pub(crate) fn find(entrances: &[Entrance<'_>], text: &[u8]) -> Search {
    let paths = paths(text);
    let hosts = hosts(text);
    let mut search = Search { paths: paths.len().min(MOST), ..Search::default() };
    for path in paths.iter().take(MOST) {
        let mut last = None;
        let mut seen = false;
        for entrance in entrances {
            match search.around(*entrance, path, &hosts) {
                Reach::Rules => seen = true,
                Reach::Hidden(line) => last = last.max(line),
            }
        }
        if !seen {
            search.hidden += 1;
            search.last = search.last.max(last);
        }
    }
    search.found.sort_by_key(|bypass| (bypass.line, bypass.column));
    search
}

/// How far a path got.
enum Reach {
    /// To a rule that looks at it, or through.
    Rules,
    /// To a rule that decides whatever the path is.
    Hidden(Option<u32>),
}

impl Search {
    /// Tries one path until a way around its denial is found.
    fn around(&mut self, entrance: Entrance<'_>, path: &str, hosts: &[String]) -> Reach {
        let mut scratch = Scratch::new();
        let mut reach = Reach::Hidden(None);
        for (host, encrypted) in hosts.iter().flat_map(|host| [(host, false), (host, true)]) {
            let mut is_allowed = |request: &OwnedRequest| {
                self.requests += 1;
                entrance.decide(request, &mut scratch).decision.is_allowed()
            };
            let request = witness::visitor_of(host, encrypted, path);
            if is_allowed(&request) {
                reach = Reach::Rules;
                continue;
            }
            let explanation = entrance.explain(&request);
            let Some((line, column)) = place(&explanation, path) else {
                if let Reach::Hidden(line) = &mut reach {
                    *line = (*line).max(explanation.decision.line);
                }
                continue;
            };
            reach = Reach::Rules;
            let spellings = spellings(path).into_iter();
            let requests =
                spellings.map(|spelling| witness::visitor_of(host, encrypted, &spelling));
            let allowed: Vec<OwnedRequest> = requests.filter(is_allowed).collect();
            if !allowed.is_empty() {
                let denied = path.to_string();
                self.found.push(Bypass { line, column, denied, allowed });
                break;
            }
        }
        reach
    }
}

/// Where the expression stands by which this path is denied.
fn place(explanation: &Explanation, path: &str) -> Option<(u32, u32)> {
    let rule = explanation.rules.last()?;
    let denied = matches!(
        explanation.decision.action,
        Action::Deny { .. } | Action::Tarpit { .. } | Action::Reject | Action::SilentDrop
    );
    // Of a negated term what matches keeps the rule from applying, but behind `unless`.
    let terms = rule.suites.iter().flatten().filter(|term| term.negated == rule.unless);
    let expressions = terms.flat_map(|term| &term.expressions);
    let mut matched = expressions.filter(|expression| {
        matches!(&expression.outcome, Outcome::Matched { sample, .. } if sample.contains(path))
    });
    matched.next().filter(|_| denied)?.place
}

/// The words of a text that can be paths; those that end files begin with a point.
fn paths(text: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let words = lines.flat_map(|line| line.split([' ', '\t', '"', '\'']));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let words = words.filter(|word| word.len() <= LONGEST && word.bytes().all(plain));
    words
        .filter_map(|word| match word.as_bytes() {
            [b'/', b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'_', ..] => Some(word.to_string()),
            [b'.', b'A'..=b'Z' | b'a'..=b'z', ..] => Some(format!("/index{word}")),
            _ => None,
        })
        .collect()
}

/// The host names of a text, behind one that it hardly has.
fn hosts(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().filter(|line| {
        !line.trim_start().starts_with('#')
            && ["host)", "host,", "ssl_fc_sni", "base"].iter().any(|fetch| line.contains(fetch))
    });
    let words = lines.flat_map(|line| line.split([' ', '\t', '"', '\'']));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    let is_name = |word: &&str| {
        let inner = word.trim_start_matches('.');
        word.len() <= LONGEST
            && inner.contains('.')
            && word.bytes().all(plain)
            && inner.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    let mut hosts = vec![witness::HOST.to_string()];
    for word in words.filter(is_name) {
        let host = if word.starts_with('.') { format!("www{word}") } else { word.to_string() };
        if hosts.len() <= MOST_HOSTS && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// Spellings that servers may take for the same path.
fn spellings(path: &str) -> Vec<String> {
    let Some((first, rest)) = path.strip_prefix('/').and_then(|path| path.split_at_checked(1))
    else {
        return Vec::new();
    };
    let escaped = first.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let mut all = vec![
        format!("/{path}"),
        format!("/.{path}"),
        format!("/x/..{path}"),
        format!("/{escaped}{rest}"),
        format!("{path};x"),
    ];
    all.extend(Some(path.to_ascii_uppercase()).filter(|upper| upper != path));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_words_that_look_like_some() {
        let text = b"# /not\nacl a path_beg /a '/b c' \"/c\" /d#e .php 10.0.0.0/8 /^x .. /\n";

        let paths: Vec<String> = paths(text).into_iter().collect();

        assert_eq!(paths, ["/a", "/b", "/c", "/index.php"]);
    }

    #[test]
    fn hosts_are_names_beside_what_looks_at_them() {
        let text = b"acl a hdr(host) -i www.example.org .example.net 192.0.2.1 x\n\
                     acl b path /a.b\nuse_backend one.two if { ssl_fc_sni shop.example }\n";

        let expected =
            ["example.com", "www.example.org", "www.example.net", "one.two", "shop.example"];
        assert_eq!(hosts(text), expected);
    }

    #[test]
    fn spellings_keep_the_name() {
        assert_eq!(spellings("/a.x"), ["//a.x", "/./a.x", "/x/../a.x", "/%61.x", "/a.x;x", "/A.X"]);
    }
}
