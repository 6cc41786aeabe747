//! vpn-core's modules know only those to their left:
//!
//! ```text
//! time key error < wire < crypto < handshake, transport < timer < tunnel < device < link < mesh
//! ```
//!
//! This reads the sources and follows every path that starts with `crate::` or `super::`.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::fs;
use std::path::Path;

/// The layers from left to right. The first may know one another; of the others, those that stand
/// side by side may not.
const LAYERS: [&[&str]; 9] = [
    &["time", "key", "error"],
    &["wire"],
    &["crypto"],
    &["handshake", "transport"],
    &["timer"],
    &["tunnel"],
    &["device"],
    &["link"],
    &["mesh"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Whether `from` may use `to`; an unknown module may neither use nor be used.
fn allowed(from: &str, to: &str) -> bool {
    match (layer(from), layer(to)) {
        (Some(0), Some(0)) => true,
        (Some(of_from), Some(of_to)) => from == to || of_to < of_from,
        _ => false,
    }
}

/// The modules directly below the crate's root that a piece of code names, where `module` is the
/// path of the module that the code stands in.
fn used(code: &str, module: &[&str]) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if !continues_a_word(code, at) {
            used.extend(heads(&code[at + "crate::".len()..]));
        }
    }
    for (at, _) in code.match_indices("super::") {
        if continues_a_word(code, at) || code[..at].ends_with("super::") {
            continue;
        }
        let mut rest = &code[at..];
        let mut depth = module.len();
        while let Some(after) = rest.strip_prefix("super::") {
            rest = after;
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            used.extend(heads(rest));
        }
    }
    used
}

fn continues_a_word(code: &str, at: usize) -> bool {
    code[..at].ends_with(|before: char| before.is_alphanumeric() || "_:$".contains(before))
}

/// The first name of a path, or of each path in a group.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let mut depth = 0;
    let mut heads = vec![word(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(word(&group[at + 1..])),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// Every use in a source file, given by its path below `src`, of a module that it may not know.
fn violations(file: &str, source: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    let module: Vec<&str> = path.split('/').collect();
    if layer(module[0]).is_none() {
        return vec![format!("{file}: {} is in no layer", module[0])];
    }
    let code: String = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .flat_map(|line| [line, "\n"])
        .collect();
    // Inline modules make `super` begin one deeper; only a test module at the foot is inline here.
    let (body, tests) = code.split_at(code.find("\nmod tests {").unwrap_or(code.len()));
    let inner: Vec<&str> = module.iter().copied().chain(["tests"]).collect();
    [(body, module.as_slice()), (tests, inner.as_slice())]
        .into_iter()
        .flat_map(|(code, module)| used(code, module))
        .filter(|used| !allowed(module[0], used))
        .map(|used| format!("{file}: {} may not use {used}", module[0]))
        .collect()
}

/// Every source file below a folder, with its path below it.
fn sources(folder: &Path, prefix: &str) -> Vec<(String, String)> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::path);
    let mut sources = Vec::new();
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            sources.extend(self::sources(&entry.path(), &format!("{name}/")));
        } else if name.ends_with(".rs") {
            sources.push((name, fs::read_to_string(entry.path()).unwrap()));
        }
    }
    sources
}

#[test]
fn modules_know_only_those_to_their_left() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vpn-core/src");
    let sources: Vec<_> =
        sources(&folder, "").into_iter().filter(|(file, _)| file != "lib.rs").collect();
    assert!(sources.len() > 20, "the sources are not where they are looked for");

    let violations: Vec<_> =
        sources.iter().flat_map(|(file, source)| violations(file, source)).collect();

    assert_eq!(violations, [""; 0]);
}

#[test]
fn a_use_to_the_right_is_reported() {
    let planted = [
        ("wire/mod.rs", "use crate::crypto::Aead;"),
        ("time.rs", "fn f() { crate::wire::Index(1); }"),
        ("handshake/mod.rs", "use crate::transport::Session;"),
        ("transport/slot.rs", "use crate::handshake::SessionKeys;"),
        ("tunnel.rs", "use crate::{time::Time, device::{PeerId, Event}};"),
        ("timer.rs", "use super::tunnel::Tunnel;"),
        ("wire/data.rs", "use super::super::crypto::Key;"),
        ("wire/data.rs", "use super::TYPE;\nmod tests {\n    use super::super::super::mesh;\n}"),
        ("crypto/mod.rs", "pub(crate) use crate::tunnel;"),
        ("device/mod.rs", "use crate::Time;"),
        ("helpers.rs", ""),
    ];

    for (file, source) in planted {
        assert_eq!(violations(file, source).len(), 1, "{file}: {source}");
    }
}

#[test]
fn uses_to_the_left_or_within_are_not_reported() {
    let fine = [
        ("key.rs", "use crate::error::KeyError;"),
        ("tunnel.rs", "use crate::{time::Time, wire::{Index, ip}, handshake};"),
        ("device/route.rs", "use super::PeerId;\nuse crate::device::index;"),
        ("transport/slot.rs", "\nmod tests {\n    use super::super::session::Role;\n}"),
        ("wire/mod.rs", "// use crate::device::Device;\n//! [`crate::Device`]"),
        ("timer.rs", "use my_crate::device::X; use core::time::Duration;"),
    ];

    for (file, source) in fine {
        assert_eq!(violations(file, source), [""; 0], "{file}: {source}");
    }
}
