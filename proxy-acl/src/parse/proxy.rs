//! Lines of proxies: rules, what bears on them, and what is skipped (configuration manual, 4.1).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::keyword::{self, ACCESS, WITHOUT_EFFECT};
use super::{capture, condition, directive, line, not_evaluated};
use crate::ast::{Directive, List, Mode, RuleAction, Section, SectionKind, Slot, Word};
use crate::error::{DiagnosticKind, Severity};
use crate::reporter::Reporter;

/// Reads a line of a section that is a proxy, or presets for some.
pub(super) fn line(section: &mut Section, words: Vec<Word>, reporter: &mut Reporter<'_>) {
    let Some((keyword, rest)) = words.split_first() else { return };
    let shown = keyword.display();
    let anonymous = section.kind == SectionKind::Defaults && section.name.is_none();
    if keyword::is_misplaced(keyword, section.kind, reporter) {
        return;
    }
    match keyword.text.as_slice() {
        b"bind" => {
            if rest.iter().any(|word| word.is("accept-proxy")) {
                section.proxied.get_or_insert(keyword.span.line);
            }
            reporter.skip(shown);
        }
        b"mode" => section.mode = mode(keyword, rest, reporter).or(section.mode),
        b"disabled" | b"enabled" => {
            section.disabled = Some(keyword.is("disabled"));
            match rest.first() {
                None => reporter.skip(shown),
                Some(word) => {
                    let message = format!("unexpected '{}' behind '{shown}'", word.display());
                    reporter.error(DiagnosticKind::Keyword, word, message);
                }
            }
        }
        b"monitor-uri" => {
            let [target] = rest else {
                let message = String::from("'monitor-uri' takes one target");
                reporter.error(DiagnosticKind::Keyword, keyword, message);
                return;
            };
            section.monitor = Some((target.clone(), keyword.span.to(target.span)));
            if section.kind == SectionKind::Backend {
                ignored("monitor-uri", keyword, reporter);
            }
        }
        _ if answers(keyword, rest) => not_evaluated(keyword, reporter),
        b"filter" if !rest.first().is_some_and(|kind| kind.is("spoe")) => reporter.skip(shown),
        b"stick-table" => {
            section.table = Some(key_type(rest));
            reporter.skip(shown);
        }
        b"declare" => {
            // What is wrong was reported.
            let _ = capture::declare(keyword, rest, &mut section.slots, reporter);
            reporter.skip(shown);
        }
        b"capture" => {
            let _ = capture::line(keyword, rest, &mut section.slots, reporter);
            reporter.skip(shown);
        }
        b"monitor" => {
            section.directives.extend(failure(keyword, rest, reporter));
            if section.kind == SectionKind::Backend {
                ignored("monitor", keyword, reporter);
            }
        }
        b"acl"
        | b"http-after-response"
        | b"http-request"
        | b"http-response"
        | b"tcp-request"
        | b"tcp-response"
            if anonymous =>
        {
            let message = format!("'{shown}' cannot stand in 'defaults' without a name");
            reporter
                .error(DiagnosticKind::Keyword, keyword, message)
                .suggest("give these defaults a name, and refer to it with 'from'");
        }
        b"no" | b"default" => match rest.first() {
            Some(word) if word.is("option") || word.is("log") => reporter.skip(shown),
            _ => {
                let message = format!("only 'option' and 'log' can stand behind '{shown}'");
                reporter.error(DiagnosticKind::Keyword, keyword, message);
            }
        },
        _ if ACCESS.iter().any(|known| keyword.is(known)) => {
            let words = line::effective(words, reporter);
            let directive = directive(&words, reporter);
            let directive = directive.filter(|one| belongs(section.kind, one, reporter));
            section.slots.request += usize::from(directive.as_ref().is_some_and(makes_slot));
            section.directives.extend(directive);
        }
        _ if WITHOUT_EFFECT.iter().any(|known| keyword.is(known)) => reporter.skip(shown),
        _ => keyword::unknown(keyword, reporter),
    }
}

/// Whether HAProxy answers some requests itself, or otherwise, by this line.
fn answers(keyword: &Word, words: &[Word]) -> bool {
    let first =
        |names: &[&str]| words.first().is_some_and(|word| names.iter().any(|name| word.is(name)));
    match keyword.text.as_slice() {
        b"stats" => first(&["admin", "auth", "enable", "http-request", "uri"]),
        b"option" => first(&["http-restrict-req-hdr-names"]),
        b"errorloc" | b"errorloc302" | b"errorloc303" => true,
        // Deny answers with it, and the file may hold another status.
        b"errorfile" => first(&["403"]),
        _ => false,
    }
}

/// `monitor fail <condition>`
fn failure(keyword: &Word, words: &[Word], reporter: &mut Reporter<'_>) -> Option<Directive> {
    match words {
        [fail, word, rest @ ..] if fail.is("fail") && (word.is("if") || word.is("unless")) => {
            let span = keyword.span.to(words.last().unwrap_or(word).span);
            Some(Directive::MonitorFailure(condition::parse(word, rest, reporter)?, span))
        }
        _ => {
            let message = String::from("'monitor' takes 'fail' and a condition");
            reporter
                .error(DiagnosticKind::Keyword, keyword, message)
                .suggest("write 'monitor fail if ...'");
            None
        }
    }
}

/// The type of a stick table's keys, by the words of the line that makes it.
pub(super) fn key_type(words: &[Word]) -> Vec<u8> {
    let mut behind = words.iter().skip_while(|word| !word.is("type")).skip(1);
    behind.next().map_or_else(Vec::new, |word| word.text.clone())
}

/// Whether a directive may stand in a section of this kind; what may not is reported.
fn belongs(kind: SectionKind, directive: &Directive, reporter: &mut Reporter<'_>) -> bool {
    let (what, keyword) = match (directive, kind) {
        (Directive::DefaultBackend(name), SectionKind::Backend) => ("default_backend", name),
        (Directive::Rule(rule), _) => match (&rule.action, rule.list, kind) {
            (RuleAction::Backend(word), _, SectionKind::Backend) => ("use_backend", word),
            (_, list @ (List::TcpConnection | List::TcpSession), SectionKind::Backend) => {
                let message = format!("'{}' cannot stand in 'backend'", list.name());
                let span = rule.span;
                reporter.at(Severity::Error, DiagnosticKind::Keyword, span, String::new(), message);
                return false;
            }
            (RuleAction::Capture { sample, slot: Slot::New }, _, SectionKind::Backend) => {
                let message = String::from("no backend makes slots to capture in");
                reporter.error(DiagnosticKind::Action, &sample.word, message).suggest(
                    "write 'declare capture' in the frontend, and here 'id' and its number",
                );
                return false;
            }
            _ => return true,
        },
        _ => return true,
    };
    // The name is checked all the same.
    ignored(what, keyword, reporter);
    true
}

fn makes_slot(directive: &Directive) -> bool {
    let Directive::Rule(rule) = directive else { return false };
    matches!(rule.action, RuleAction::Capture { slot: Slot::New, .. })
}

/// Warns of what is read in a backend, but takes a frontend.
fn ignored(what: &str, at: &Word, reporter: &mut Reporter<'_>) {
    let message = format!("'{what}' is ignored in 'backend'");
    reporter
        .warning(DiagnosticKind::Ignored, at, message)
        .suggest("move it to a frontend, or make the section 'listen'");
}

fn mode(keyword: &Word, words: &[Word], reporter: &mut Reporter<'_>) -> Option<Mode> {
    match words {
        [mode] if mode.is("http") => Some(Mode::Http),
        [mode] if mode.is("tcp") => Some(Mode::Tcp),
        _ => {
            let wrong = words.first().unwrap_or(keyword);
            let message = String::from("'mode' takes 'http' or 'tcp'");
            reporter.error(DiagnosticKind::Keyword, wrong, message);
            None
        }
    }
}
