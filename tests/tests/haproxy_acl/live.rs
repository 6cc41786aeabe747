//! Fresh random cases, answered by an installed haproxy on unix sockets.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use std::ops::ControlFlow;

use proxy_acl::{Action, Options, Policy, Request, RequestView, Scratch};

use crate::generate::{Random, Ruleset};
use crate::pattern::FILES;
use crate::sent::Sent;

const RULESETS: usize = 500;
const REQUESTS: usize = 40;

#[test]
#[ignore = "needs haproxy"]
fn random_cases_answer_as_haproxy_does() {
    let seed = seed();
    let mut random = Random(seed);
    let rulesets: Vec<Ruleset> = (0..RULESETS).map(|_| Ruleset::random(&mut random)).collect();
    let folder = tempfile::tempdir().expect("folder");
    let haproxy = Haproxy::start(folder.path(), RULESETS, |sockets| config(&rulesets, sockets));
    let options = FILES
        .iter()
        .fold(Options::new(), |options, (name, content)| options.pattern_file(*name, *content));
    let (mut compared, mut truths, mut refused, mut skipped) = (0, 0, 0, 0);
    let mut wrong = Vec::new();

    for (index, ruleset) in rulesets.iter().enumerate() {
        let text = ruleset.text();
        let policy = Policy::parse(text.as_bytes(), &options)
            .unwrap_or_else(|wrong| panic!("haproxy accepts this\n{text}\n{}", wrong.render()));
        for _ in 0..REQUESTS {
            let request = Sent::random(&mut random);
            // haproxy 2.6 joins the old and the new target of a CONNECT to one.
            if request.is_connect() && (text.contains("set-uri") || text.contains("-header")) {
                skipped += 1;
                continue;
            }
            let Some(theirs) = haproxy.ask(index, &request) else {
                refused += 1;
                continue;
            };
            let ours = request.view(|view| answer(&policy, ruleset, view));
            compared += 1;
            truths += ruleset.acls;
            if ours != theirs {
                wrong.push(format!("{text}\n{request:?}\nhere    {ours:?}\nhaproxy {theirs:?}"));
            }
        }
    }

    let shown: Vec<&str> = wrong.iter().take(10).map(String::as_str).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} differ\n{}", wrong.len(), shown.join("\n\n"));
    println!("{compared} decisions and {truths} acl truths compared; haproxy refused {refused}");
    let asked = RULESETS * REQUESTS - skipped;
    assert!(compared >= asked * 9 / 10, "too many requests were refused");
}

fn config(rulesets: &[Ruleset], sockets: &[PathBuf]) -> String {
    // The cache of pattern lookups gave an answer once that a second run did not.
    let mut config = "global\n tune.pattern.cache-size 0\n expose-experimental-directives\n\
                      defaults\n mode http\n timeout client 30s\n timeout server 30s\n \
                      timeout connect 30s\n timeout tarpit 1ms\n"
        .to_owned();
    for name in ["b0", "b1"] {
        config += &format!(
            "backend {name}\n http-request return status 200 hdr x-rest \
             \"{name}|%[url]|%[req.fhdr_cnt(x-tag)]|%[req.fhdr(x-tag)]\"\n"
        );
    }
    for (index, (ruleset, socket)) in rulesets.iter().zip(sockets).enumerate() {
        config += &ruleset.frontend(socket, index);
    }
    config
}

/// Another seed each time, or the one in the environment; printed.
pub(crate) fn seed() -> u64 {
    let seed = match std::env::var("ACL_SEED") {
        Ok(seed) => seed.parse().expect("ACL_SEED is a number"),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).expect("clock").as_nanos() as u64,
    };
    println!("ACL_SEED={seed}");
    seed
}

/// The truth of each acl as digits, the deciding line or 0, the status, and the location or what
/// the backend got: its name, target and headers.
#[derive(Debug, PartialEq)]
struct Answer {
    acls: String,
    line: u32,
    status: u16,
    rest: String,
}

fn answer(policy: &Policy, ruleset: &Ruleset, request: &RequestView<'_>) -> Answer {
    let truth = |index: usize| policy.acl(&format!("a{index}"), request).expect("defined above");
    let acls = (0..ruleset.acls).map(|index| if truth(index) { '1' } else { '0' }).collect();
    let mut scratch = Scratch::new();
    let verdict = policy.decide_with(request, &mut scratch);
    let decision = verdict.decision;
    assert_eq!(policy.explain(request).decision, decision);
    let status = match decision.action {
        Action::Allow => 200,
        Action::Deny { status }
        | Action::Tarpit { status }
        | Action::Return { status }
        | Action::Redirect { status } => status,
        Action::Authenticate => 401,
        other @ (Action::Reject | Action::SilentDrop | Action::Service | _) => {
            panic!("unexpected action {other:?}")
        }
    };
    let mut rest = verdict.location.unwrap_or_default().to_vec();
    if decision.action == Action::Allow {
        let mut tags = Vec::new();
        let _ = verdict.request.headers(&mut |name, value| {
            if name.eq_ignore_ascii_case(b"x-tag") {
                tags.push(value.trim_ascii().to_vec());
            }
            ControlFlow::Continue(())
        });
        let tag = tags.last().cloned().unwrap_or_default();
        let backend = verdict.backend.unwrap_or(b"b0");
        let count = tags.len().to_string();
        rest = [backend, verdict.request.uri(), count.as_bytes(), &tag].join(&b'|');
    }
    let rest = String::from_utf8_lossy(&rest).trim().to_owned();
    // A change that cannot be made ends all too, and haproxy does not note its line.
    let by_change = decision.action == Action::Deny { status: 400 }
        && decision.line.is_some_and(|line| ruleset.changes(line));
    let line = if by_change { 0 } else { decision.line.unwrap_or(0) };
    Answer { acls, line, status, rest }
}

/// A running haproxy, ended when it is dropped, also by a failing assertion.
pub(crate) struct Haproxy {
    process: Child,
    sockets: Vec<PathBuf>,
}

impl Haproxy {
    /// Starts one whose frontend of each index listens on the socket of that index.
    pub(crate) fn start(
        folder: &Path,
        count: usize,
        config: impl Fn(&[PathBuf]) -> String,
    ) -> Self {
        let sockets: Vec<_> =
            (0..count).map(|index| folder.join(format!("{index}.sock"))).collect();
        for (name, content) in FILES {
            fs::write(folder.join(name), content).expect("file is written");
        }
        let path = folder.join("haproxy.cfg");
        fs::write(&path, config(&sockets)).expect("configuration is written");
        let log = fs::File::create(folder.join("log")).expect("log");
        let process = Command::new("haproxy")
            .current_dir(folder)
            .arg("-db")
            .arg("-f")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log"))
            .stderr(log)
            .spawn()
            .expect("haproxy starts");
        let mut haproxy = Self { process, sockets };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !haproxy.sockets.iter().all(|socket| UnixStream::connect(socket).is_ok()) {
            let ended = haproxy.process.try_wait().expect("status").is_some();
            assert!(
                !ended && Instant::now() < deadline,
                "haproxy does not listen:\n{}",
                refusal(folder)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        haproxy
    }

    /// Sends bytes, and returns the head of the answer.
    pub(crate) fn exchange(&self, index: usize, bytes: &[u8]) -> String {
        let mut stream = UnixStream::connect(&self.sockets[index]).expect("connection");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("timeout");
        stream.write_all(bytes).expect("request is sent");
        let mut head = Vec::new();
        let mut chunk = [0; 4096];
        while !head.windows(4).any(|window| window == b"\r\n\r\n") {
            match stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => head.extend(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    panic!("no answer from frontend {index} to {}: {error}", bytes.escape_ascii())
                }
            }
        }
        String::from_utf8_lossy(&head).into_owned()
    }

    /// Sends a request; `None` if haproxy refused it before any rule.
    fn ask(&self, ruleset: usize, request: &Sent) -> Option<Answer> {
        let head = self.exchange(ruleset, &request.bytes());
        Some(Answer {
            acls: field(&head, "x-acl")?.to_owned(),
            line: field(&head, "x-line")?.parse().expect("line"),
            status: status(&head),
            rest: field(&head, "x-rest")
                .or(field(&head, "location"))
                .unwrap_or_default()
                .trim()
                .to_owned(),
        })
    }
}

/// What haproxy says, each message with the line it is about.
fn refusal(folder: &Path) -> String {
    let read = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let (log, config) = (read("log"), read("haproxy.cfg"));
    let shown = log.lines().map(|message| {
        let number = message.split_once(".cfg:").and_then(|(_, rest)| rest.split(']').next());
        let index = number.and_then(|number| number.parse::<usize>().ok()?.checked_sub(1));
        let line = index.and_then(|index| config.lines().nth(index)).unwrap_or_default();
        format!("{message}\n    {line}\n")
    });
    shown.collect()
}

/// The first header of this name, in the spelling of haproxy.
pub(crate) fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

pub(crate) fn status(head: &str) -> u16 {
    head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
