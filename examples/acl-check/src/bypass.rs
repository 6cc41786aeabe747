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

/// Tries the paths that the text of a configuration names.
pub(crate) fn find(entrances: &[Entrance<'_>], text: &[u8]) -> Vec<Bypass> {
    let paths = paths(text);
    let all = entrances
        .iter()
        .flat_map(|entrance| paths.iter().take(MOST).filter_map(|path| around(*entrance, path)));
    let mut all: Vec<Bypass> = all.collect();
    all.sort_by_key(|bypass| (bypass.line, bypass.column));
    all
}

fn around(entrance: Entrance<'_>, path: &str) -> Option<Bypass> {
    let mut scratch = Scratch::new();
    let mut is_allowed =
        |request: &OwnedRequest| entrance.decide(request, &mut scratch).decision.is_allowed();
    let request = witness::visitor(path);
    if is_allowed(&request) {
        return None;
    }
    let requests = spellings(path).into_iter().map(|spelling| witness::visitor(&spelling));
    let allowed: Vec<OwnedRequest> = requests.filter(is_allowed).collect();
    if allowed.is_empty() {
        return None;
    }
    // Last, since a decision takes far less than an explanation of it.
    let (line, column) = place(&entrance.explain(&request), path)?;
    Some(Bypass { line, column, denied: path.to_string(), allowed })
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
    fn spellings_keep_the_name() {
        assert_eq!(spellings("/a.x"), ["//a.x", "/./a.x", "/x/../a.x", "/%61.x", "/a.x;x", "/A.X"]);
    }
}
