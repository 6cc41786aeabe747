//! Configurations with a mistake in them: haproxy and the parser accept the same ones, and refuse the
//! others at the same line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use proxy_acl::{Config, Diagnostic, Diagnostics, Options};

use crate::generate::Random;
use crate::known::{KNOWN, is_said_last};
use crate::live::seed;
use crate::mutate::mutated;
use crate::pattern::FILES;

/// How many there are if `ACL_CONFIGURATIONS` does not say otherwise.
const CONFIGURATIONS: usize = 500;

#[test]
#[ignore = "needs haproxy"]
fn mutated_configurations_are_refused_where_haproxy_refuses_them() {
    let seed = seed();
    let mut random = Random(seed);
    let folder = tempfile::tempdir().expect("folder");
    for (name, content) in FILES {
        fs::write(folder.path().join(name), content).expect("file is written");
    }
    let options = FILES
        .iter()
        .fold(Options::new(), |options, (name, content)| options.pattern_file(*name, *content));
    let wanted = std::env::var("ACL_CONFIGURATIONS")
        .map_or(CONFIGURATIONS, |count| count.parse().expect("ACL_CONFIGURATIONS is a number"));
    let (mut accepted, mut refused) = (0, 0);
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = 0;

    while accepted + refused < wanted {
        let text = mutated(&mut random);
        let theirs = haproxy(folder.path(), &text);
        let ours = Config::parse(text.as_bytes(), &options).err();
        let ours = ours.as_ref().and_then(|all| first(all, &text));
        let answers = Answers { text: &text, theirs: &theirs, ours };
        match answers.agree() {
            Some(true) => accepted += 1,
            Some(false) => refused += 1,
            None => match KNOWN.iter().find(|(_, holds)| holds(&answers)) {
                Some((name, _)) => *known.entry(name).or_default() += 1,
                None => {
                    wrong += 1;
                    println!("{}\n", answers.report());
                }
            },
        }
    }

    println!("{accepted} accepted and {refused} refused by both; known differences: {known:#?}");
    assert_eq!(wrong, 0, "seed {seed}: differences that are not known, printed above");
    assert!(known.values().sum::<usize>() < wanted / 5, "too many known differences");
    assert!(accepted > wanted / 20 && refused > wanted / 4);
}

/// What haproxy and the parser say of a configuration.
pub(crate) struct Answers<'a> {
    text: &'a str,
    theirs: &'a Theirs,
    /// The first error, in the order in which haproxy looks for them.
    ours: Option<&'a Diagnostic>,
}

impl Answers<'_> {
    /// Whether both accept; nothing if they differ.
    fn agree(&self) -> Option<bool> {
        match (self.theirs.refusal, self.ours) {
            (None, None) => Some(true),
            // What haproxy finds when all is read has no line.
            (Some(line), Some(ours)) if line.is_none_or(|line| line == ours.line) => Some(false),
            _ => None,
        }
    }

    /// Whether haproxy accepts it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.theirs.refusal.is_none()
    }

    /// The line that haproxy refuses first.
    pub(crate) fn theirs_at(&self) -> Option<u32> {
        self.theirs.refusal.flatten()
    }

    /// The first of haproxy's messages.
    pub(crate) fn theirs(&self) -> &str {
        self.theirs.output.lines().next().unwrap_or_default()
    }

    /// The first error here.
    pub(crate) fn ours(&self) -> Option<&Diagnostic> {
        self.ours
    }

    pub(crate) fn line(&self, number: u32) -> &str {
        self.text.lines().nth(number as usize - 1).unwrap_or_default()
    }

    fn report(&self) -> String {
        let mut shown = String::new();
        for (number, line) in (1..).zip(self.text.lines()) {
            let _ = writeln!(shown, "{number}: {line}");
        }
        let ours = self.ours.map_or_else(|| "accepted".to_owned(), ToString::to_string);
        format!("{shown}here    {ours}\nhaproxy {}", self.theirs.output)
    }
}

/// The error that haproxy finds first.
fn first<'d>(all: &'d Diagnostics, text: &str) -> Option<&'d Diagnostic> {
    all.errors().min_by_key(|error| {
        let line = text.lines().nth(error.line as usize - 1).unwrap_or_default();
        (is_said_last(error, line), error.line)
    })
}

/// What `haproxy -c` says.
struct Theirs {
    /// The line of the first error, where it has one.
    refusal: Option<Option<u32>>,
    output: String,
}

fn haproxy(folder: &Path, text: &str) -> Theirs {
    fs::write(folder.join("t.cfg"), text).expect("configuration is written");
    let run = Command::new("haproxy")
        .current_dir(folder)
        .args(["-c", "-f", "t.cfg"])
        .output()
        .expect("haproxy runs");
    let output = String::from_utf8_lossy(&run.stderr);
    let alerts: Vec<&str> = output
        .lines()
        .filter(|line| line.contains("[ALERT]") && !line.contains("rror(s) found"))
        // Of a line that makes no section; it refuses those below.
        .filter(|line| !line.contains("please use the 'bind' keyword"))
        .collect();
    let output = alerts.join("\n");
    // It ends with 2 where it would not start for want of a listener, and crashes when it has told of
    // some mistakes.
    let refusal =
        (!matches!(run.status.code(), Some(0 | 2))).then(|| place(alerts.first().unwrap_or(&"")));
    Theirs { refusal, output }
}

/// The line that the first of haproxy's messages names.
fn place(output: &str) -> Option<u32> {
    let (_, rest) = output.lines().next()?.split_once("[t.cfg:")?;
    rest.split(']').next()?.parse().ok()
}
