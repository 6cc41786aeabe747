//! The words that begin sections and lines of proxies (configuration manual, 3, 4 and 4.1).

use alloc::format;

use super::did_you_mean;
use crate::ast::{SectionKind, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;
use crate::spelling;

/// Every word that begins a section.
pub(super) const NAMES: [&str; 15] = [
    "backend",
    "cache",
    "defaults",
    "fcgi-app",
    "frontend",
    "global",
    "http-errors",
    "listen",
    "log-forward",
    "mailers",
    "peers",
    "program",
    "resolvers",
    "ring",
    "userlist",
];

/// What may bear on access at the start of a line of a proxy.
pub(super) const ACCESS: [&str; 12] = [
    "acl",
    "default_backend",
    "filter",
    "http-after-response",
    "http-request",
    "http-response",
    "mode",
    "redirect",
    "tcp-request",
    "tcp-response",
    "use-server",
    "use_backend",
];

/// The other keywords of proxies (configuration manual, 4.1).
pub(super) const WITHOUT_EFFECT: [&str; 64] = [
    "backlog",
    "balance",
    "bind",
    "bind-process",
    "capture",
    "clitcpka-cnt",
    "clitcpka-idle",
    "clitcpka-intvl",
    "compression",
    "cookie",
    "declare",
    "default-server",
    "description",
    "disabled",
    "dispatch",
    "email-alert",
    "enabled",
    "error-log-format",
    "errorfile",
    "errorfiles",
    "errorloc",
    "errorloc302",
    "errorloc303",
    "external-check",
    "force-persist",
    "fullconn",
    "guid",
    "hash-type",
    "http-check",
    "http-error",
    "http-reuse",
    "http-send-name-header",
    "id",
    "ignore-persist",
    "load-server-state-from-file",
    "log",
    "log-format",
    "log-format-sd",
    "log-tag",
    "max-keep-alive-queue",
    "maxconn",
    "monitor",
    "monitor-uri",
    "option",
    "persist",
    "rate-limit",
    "retries",
    "retry-on",
    "server",
    "server-state-file-name",
    "server-template",
    "source",
    "srvtcpka-cnt",
    "srvtcpka-idle",
    "srvtcpka-intvl",
    "stats",
    "stick",
    "stick-table",
    "tcp-check",
    "timeout",
    "transparent",
    "unique-id-format",
    "unique-id-header",
    "use-fcgi-app",
];

/// Those that cannot stand in sections of a kind; rules and acls in `defaults` are another matter.
const NOT_IN_DEFAULTS: [&str; 18] = [
    "bind",
    "capture",
    "declare",
    "description",
    "dispatch",
    "filter",
    "force-persist",
    "id",
    "ignore-persist",
    "monitor",
    "redirect",
    "server",
    "server-template",
    "stick",
    "stick-table",
    "use-fcgi-app",
    "use-server",
    "use_backend",
];
const NOT_IN_FRONTENDS: [&str; 6] =
    ["default-server", "retry-on", "server", "server-template", "tcp-response", "use-fcgi-app"];
const NOT_IN_BACKENDS: [&str; 1] = ["declare"];

/// Reports a keyword that cannot stand in sections of this kind, and returns whether it is one.
pub(super) fn is_misplaced(keyword: &Word, kind: SectionKind, reporter: &mut Reporter<'_>) -> bool {
    let (section, names, suggestion) = match kind {
        SectionKind::Defaults => {
            ("defaults", NOT_IN_DEFAULTS.as_slice(), "move it to the sections that need it")
        }
        SectionKind::Frontend => (
            "frontend",
            NOT_IN_FRONTENDS.as_slice(),
            "move it to a backend, or make the section 'listen'",
        ),
        SectionKind::Backend => ("backend", NOT_IN_BACKENDS.as_slice(), "move it to a frontend"),
        SectionKind::Listen => return false,
    };
    let is_misplaced = names.iter().any(|name| keyword.is(name));
    if is_misplaced {
        let message = format!("'{}' cannot stand in '{section}'", keyword.display());
        reporter.error(DiagnosticKind::Keyword, keyword, message).suggest(suggestion);
    }
    is_misplaced
}

/// Those that were replaced by `http-request` rules; a second `i` is for patterns without case.
const REMOVED: [&str; 14] = [
    "block",
    "reqadd",
    "reqallow",
    "reqdel",
    "reqdeny",
    "reqiallow",
    "reqidel",
    "reqideny",
    "reqipass",
    "reqirep",
    "reqitarpit",
    "reqpass",
    "reqrep",
    "reqtarpit",
];

const REMOVED_OF_RESPONSES: [&str; 7] =
    ["rspadd", "rspdel", "rspdeny", "rspidel", "rspideny", "rspirep", "rsprep"];

/// Reports a word that begins no line of a proxy.
pub(super) fn unknown(keyword: &Word, reporter: &mut Reporter<'_>) {
    let shown = keyword.display();
    let removed = |names: &[&str]| names.iter().any(|name| keyword.is(name));
    if removed(&REMOVED) || removed(&REMOVED_OF_RESPONSES) {
        let message = format!("'{shown}' was removed from HAProxy in version 2.1");
        let of_responses = removed(&REMOVED_OF_RESPONSES);
        let instead = if of_responses { "http-response" } else { "http-request" };
        reporter
            .error(DiagnosticKind::Keyword, keyword, message)
            .suggest(format!("write a rule of '{instead}'"));
        return;
    }
    let known = ACCESS.iter().chain(&WITHOUT_EFFECT).chain(&NAMES).copied();
    let near = spelling::nearest(&keyword.text, known);
    let message = format!("unknown keyword '{shown}'");
    let report = reporter.error(DiagnosticKind::Keyword, keyword, message);
    if let Some(near) = near {
        report.suggest(did_you_mean(near));
    }
}
