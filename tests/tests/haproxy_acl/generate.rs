//! Random configurations.

use std::fmt::Write as _;
use std::path::Path;

use crate::converter::pipeline;
use crate::expression::{expression, is_isolated};

/// Lines of acls named a0, a1 and so on, then rules.
pub(crate) struct Ruleset {
    pub(crate) acls: usize,
    lines: Vec<String>,
    rules: Vec<Rule>,
}

struct Rule {
    action: String,
    condition: String,
    list: List,
}

#[derive(PartialEq)]
enum List {
    /// `http-request` rules that end.
    Final,
    Variable,
    Change,
    Backend,
}

impl Ruleset {
    pub(crate) fn random(random: &mut Random) -> Self {
        let acls = 1 + random.below(5);
        let mut lines = Vec::new();
        for index in 0..acls {
            for _ in 0..1 + random.below(8) / 6 {
                let mut text = expression(random);
                let flags = text.find(' ').filter(|end| !is_isolated(&text[end + 1..]));
                if let (0, Some(end)) = (random.below(10), flags) {
                    text.insert_str(end, &format!(" -u {}", 1 + random.below(2_000_000_000)));
                }
                lines.push(format!("acl a{index} {text}"));
            }
        }
        let mut rules: Vec<Rule> = (0..1 + random.below(6)).map(|_| rule(random, acls)).collect();
        rules.sort_by_key(|rule| rule.list == List::Backend);
        Self { acls, lines, rules }
    }

    pub(crate) fn text(&self) -> String {
        let rules = self.rules.iter().map(|rule| format!("{} {}", rule.action, rule.condition));
        let lines: Vec<String> = self.lines.iter().cloned().chain(rules).collect();
        lines.join("\n")
    }

    /// Whether the rule of this line changes something.
    pub(crate) fn changes(&self, line: u32) -> bool {
        let rule = (line as usize).checked_sub(self.lines.len() + 1);
        rule.and_then(|rule| self.rules.get(rule)).is_some_and(|rule| rule.list == List::Change)
    }

    /// The same for haproxy, with variables that note what holds.
    pub(crate) fn frontend(&self, socket: &Path, index: usize) -> String {
        let mut out = format!("frontend f{index}\n bind unix@{} accept-proxy\n", socket.display());
        for line in &self.lines {
            let _ = writeln!(out, " {line}");
        }
        let leading = self.rules.iter().take_while(|rule| rule.list == List::Variable).count();
        let (variables, rules) = self.rules.split_at(leading);
        for rule in variables {
            let _ = writeln!(out, " {} {}", rule.action, rule.condition);
        }
        let mut truths = String::new();
        for acl in 0..self.acls {
            let _ = writeln!(out, " http-request set-var(txn.p{acl}) int(0)");
            let _ = writeln!(out, " http-request set-var(txn.p{acl}) int(1) if a{acl}");
            let _ = write!(truths, "%[var(txn.p{acl})]");
        }
        out.push_str(" http-request set-var(txn.r) int(0)\n");
        for (line, rule) in (self.lines.len() + leading + 1..).zip(rules) {
            let Rule { action, condition, list } = rule;
            if *list == List::Final {
                let _ = writeln!(out, " http-request set-var(txn.r) int({line}) {condition}");
            }
            let _ = writeln!(out, " {action} {condition}");
        }
        let _ = writeln!(out, " http-after-response set-header x-acl {truths}");
        out.push_str(" http-after-response set-header x-line %[var(txn.r)]\n default_backend b0\n");
        out
    }
}

fn rule(random: &mut Random, acls: usize) -> Rule {
    let (list, action) = match random.below(18) {
        0..=1 => (List::Final, "http-request allow".to_owned()),
        2 => {
            let code = random.pick(&["400", "401", "404", "410", "429", "500", "503"]);
            (List::Final, format!("http-request deny deny_status {code}"))
        }
        3 => {
            let code = random.pick(&["404", "418", "301"]);
            (List::Final, format!("http-request deny status {code}"))
        }
        4 => (List::Final, "http-request return status 410".to_owned()),
        5 => {
            let action = random.pick(&["tarpit", "auth realm x"]);
            (List::Final, format!("http-request {action}"))
        }
        6..=7 => {
            let target = random.pick(&[
                "location /l?p=%[path,url_enc]",
                "location https://%[hdr(host),lower]%[path]",
                "location \"/%[hdr(x-tag)]|%[urlp(id)]|%[cook(sid)]|%[src]\"",
                "prefix https://n.example drop-query",
                "prefix /p%[method]",
                "prefix / append-slash",
                "scheme https code 307",
                "scheme https drop-query append-slash",
            ]);
            (List::Final, format!("http-request redirect {target}"))
        }
        8..=10 => {
            let value = pipeline(random);
            let guard = random.pick(&[
                "",
                "",
                "",
                "",
                ",ifset",
                ",ifnotexists",
                ",ifnotempty",
                ",ifgt",
                ",iflt",
                ",ifexists,ifnotempty",
            ]);
            if random.below(4) == 0 {
                let value = random.pick(&[
                    "%{+Q}[urlp(id)]|%{+E}[hdr(user-agent)]",
                    "%{+Q,+M}o%[hdr(x-tag)] %{-Q}[hdr(x-none)]%[urlp(q),url_dec]",
                    "%[path,url_dec]%{+E}o%{-E,+Q}[query] %[query]",
                    "%[req.fhdr(x-tag)]%-%{+M}[cook(sid)]",
                    "%{+X}[src]:%[src_port]",
                ]);
                (List::Variable, format!("http-request set-var-fmt(txn.v{guard}) '{value}'"))
            } else {
                (List::Variable, format!("http-request set-var(txn.v{guard}) '{value}'"))
            }
        }
        11..=14 => {
            let change = random.pick(&[
                "set-header X-Tag %[hdr(host),lower]",
                "set-header x-tag \"%[path],%[var(txn.v)]\"",
                "set-header x-tag \"%{+E}[var(txn.v)] %{+Q}[path]%.\"",
                "add-header X-Tag new",
                "add-header X-Tag \"%[req.fhdr(x-tag)]; %[src]\"",
                "del-header x-tag",
                "del-header x- -m beg",
                "set-path /admin",
                "set-path /p%[path]",
                "set-pathq /a%[path]?id=5",
                "set-query id=7&%[query]",
                "set-query %[query,regsub(id,x)]",
                "set-query %[query,regsub(.*,,)]",
                "set-header Host %[src]",
                "set-header host \"n.example\"",
                "set-method PURGE",
                "replace-header x-tag (a|r) <\\1\\0>",
                "replace-header host (.*) \\1",
                "replace-value x-tag ^([a-z]+) \\1-%[src]",
                "replace-value x-forwarded-for ^10\\..* \\x41",
                "replace-path /(.*) /a/\\1",
                "replace-path admin %[method]",
                "replace-pathq ([^?]*)(.*) \\1x\\2",
                "replace-uri ^/x(.*) /y\\1",
                "del-header ^x-t -m reg",
                "del-header ag -m sub",
                "set-src hdr(x-forwarded-for)",
                "set-src-port int(70000)",
                "set-dst src",
                "normalize-uri path-merge-slashes",
                "normalize-uri path-strip-dot",
                "normalize-uri path-strip-dotdot",
                "normalize-uri path-strip-dotdot full",
                "normalize-uri percent-decode-unreserved",
                "normalize-uri percent-decode-unreserved strict",
                "normalize-uri percent-to-uppercase",
                "normalize-uri query-sort-by-name",
                "set-uri http://h/x.php?user=admin",
                "set-uri /admin/%[method]",
            ]);
            (List::Change, format!("http-request {change}"))
        }
        15 => (List::Backend, "use_backend b1".to_owned()),
        _ => (List::Final, "http-request deny".to_owned()),
    };
    let mut condition = random.pick(&["if", "if", "if", "unless"]).to_owned();
    for _ in 0..random.below(5) {
        // A line has 64 words at most.
        if condition.split_ascii_whitespace().count() > 24 {
            break;
        }
        let negation = random.pick(&["", "", "", "!", "! ", "!!"]);
        let term = match random.below(6) {
            0 => format!("{{ {} }}", expression(random)),
            1 => random
                .pick(&[
                    "TRUE",
                    "FALSE",
                    "METH_GET",
                    "METH_POST",
                    "LOCALHOST",
                    "HTTP_1.1",
                    "HTTP",
                    "HTTP_URL_ABS",
                    "HTTP_URL_SLASH",
                    "HTTP_URL_STAR",
                    "HTTP_CONTENT",
                    "WAIT_END",
                ])
                .to_owned(),
            _ => format!("a{}", random.below(acls)),
        };
        let joint = random.pick(&["", "", "", " or", " ||", " OR", " or or", " !or"]);
        let _ = write!(condition, " {negation}{term}{joint}");
    }
    Rule { action, condition, list }
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }
}
