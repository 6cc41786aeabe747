//! The names of actions, and the rules in which each may stand (configuration manual, 4.2).

use crate::ast::List;
use crate::update::UpdateKind;

/// What an action has to do with access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It decides, or changes something that later rules see.
    Seen,
    /// It does neither.
    Unseen,
    /// It does, and is not evaluated here.
    Unsupported,
}

/// Kinds of rules, one bit each.
type Lists = u8;

/// `tcp-request connection` and `session`
const CONNECTION: Lists = 1;
/// `tcp-request content`
const CONTENT: Lists = 1 << 1;
/// `tcp-response content`
const CONTENT_OF_RESPONSE: Lists = 1 << 2;
/// `http-request`
const REQUEST: Lists = 1 << 3;
/// `http-response`
const RESPONSE: Lists = 1 << 4;
/// `http-after-response`
const AFTER: Lists = 1 << 5;
const CONTENTS: Lists = CONTENT | CONTENT_OF_RESPONSE;
const TCP: Lists = CONNECTION | CONTENTS;
const HTTP: Lists = REQUEST | RESPONSE;

/// Every action without the brackets some of them take, in alphabetical order.
static ACTIONS: [(&str, Effect, Lists); 67] = [
    ("accept", Effect::Seen, TCP),
    ("add-acl", Effect::Seen, HTTP),
    ("add-header", Effect::Seen, HTTP | AFTER),
    ("allow", Effect::Seen, HTTP | AFTER),
    ("auth", Effect::Seen, REQUEST),
    ("cache-store", Effect::Unseen, RESPONSE),
    ("cache-use", Effect::Unseen, REQUEST),
    ("capture", Effect::Unseen, CONTENT | HTTP | AFTER),
    ("close", Effect::Seen, CONTENT_OF_RESPONSE),
    ("del-acl", Effect::Seen, HTTP),
    ("del-header", Effect::Seen, HTTP | AFTER),
    ("del-map", Effect::Seen, HTTP),
    ("deny", Effect::Seen, HTTP),
    ("disable-l7-retry", Effect::Unseen, REQUEST),
    ("do-resolve", Effect::Unsupported, CONTENT | REQUEST),
    ("early-hint", Effect::Unseen, REQUEST),
    ("expect-netscaler-cip", Effect::Unseen, CONNECTION),
    ("expect-proxy", Effect::Unseen, CONNECTION),
    ("normalize-uri", Effect::Seen, REQUEST),
    ("ot-group", Effect::Unsupported, CONTENTS | HTTP | AFTER),
    ("redirect", Effect::Seen, HTTP),
    ("reject", Effect::Seen, TCP | REQUEST),
    ("replace-header", Effect::Seen, HTTP | AFTER),
    ("replace-path", Effect::Seen, REQUEST),
    ("replace-pathq", Effect::Seen, REQUEST),
    ("replace-uri", Effect::Seen, REQUEST),
    ("replace-value", Effect::Seen, HTTP | AFTER),
    ("return", Effect::Seen, HTTP),
    ("sc-inc-gpc", Effect::Unseen, TCP | HTTP),
    ("sc-inc-gpc0", Effect::Unseen, TCP | HTTP),
    ("sc-inc-gpc1", Effect::Unseen, TCP | HTTP),
    ("sc-set-gpt", Effect::Unseen, TCP | HTTP),
    ("sc-set-gpt0", Effect::Unseen, TCP | HTTP),
    ("send-spoe-group", Effect::Unsupported, CONTENTS | HTTP),
    ("set-dst", Effect::Seen, CONNECTION | CONTENT | REQUEST),
    ("set-dst-port", Effect::Seen, CONNECTION | CONTENT | REQUEST),
    ("set-header", Effect::Seen, HTTP | AFTER),
    ("set-log-level", Effect::Unseen, CONTENTS | HTTP),
    ("set-map", Effect::Seen, HTTP),
    ("set-mark", Effect::Unseen, TCP | HTTP),
    ("set-method", Effect::Seen, REQUEST),
    ("set-nice", Effect::Unseen, CONTENTS | HTTP),
    ("set-path", Effect::Seen, REQUEST),
    ("set-pathq", Effect::Seen, REQUEST),
    ("set-priority-class", Effect::Unseen, CONTENT | REQUEST),
    ("set-priority-offset", Effect::Unseen, CONTENT | REQUEST),
    ("set-query", Effect::Seen, REQUEST),
    ("set-src", Effect::Seen, CONNECTION | CONTENT | REQUEST),
    ("set-src-port", Effect::Seen, CONNECTION | CONTENT | REQUEST),
    ("set-status", Effect::Seen, RESPONSE | AFTER),
    ("set-timeout", Effect::Unseen, REQUEST),
    ("set-tos", Effect::Unseen, TCP | HTTP),
    ("set-uri", Effect::Seen, REQUEST),
    ("set-var", Effect::Seen, TCP | HTTP | AFTER),
    ("set-var-fmt", Effect::Seen, TCP | HTTP | AFTER),
    ("silent-drop", Effect::Seen, TCP | HTTP),
    ("strict-mode", Effect::Unseen, HTTP | AFTER),
    ("switch-mode", Effect::Unsupported, CONTENT),
    ("tarpit", Effect::Seen, REQUEST),
    ("track-sc", Effect::Unseen, CONNECTION | CONTENT | HTTP),
    ("track-sc0", Effect::Unseen, CONNECTION | CONTENT | HTTP),
    ("track-sc1", Effect::Unseen, CONNECTION | CONTENT | HTTP),
    ("track-sc2", Effect::Unseen, CONNECTION | CONTENT | HTTP),
    ("unset-var", Effect::Seen, TCP | HTTP | AFTER),
    ("use-service", Effect::Seen, CONTENT | REQUEST),
    ("wait-for-body", Effect::Unseen, HTTP),
    ("wait-for-handshake", Effect::Unseen, REQUEST),
];

/// Actions with an argument in brackets.
const WITH_BRACKETS: [&str; 9] = [
    "do-resolve",
    "sc-inc-gpc",
    "sc-inc-gpc0",
    "sc-inc-gpc1",
    "sc-set-gpt",
    "sc-set-gpt0",
    "set-var",
    "set-var-fmt",
    "unset-var",
];

/// Returns the name before the brackets, if there are any and they may be there. Of updates HAProxy only
/// looks at how the word begins.
pub(super) fn without_brackets(word: &str) -> &str {
    let update =
        UpdateKind::ALL.map(UpdateKind::name).into_iter().find(|name| word.starts_with(name));
    if let Some(name) = update {
        return name;
    }
    match word.split_once('(') {
        Some((name, _)) if WITH_BRACKETS.contains(&name) => name,
        _ => word,
    }
}

/// Returns what the action of this name has to do with access; nothing if rules of this list have no
/// such action.
pub(super) fn effect(name: &str, list: List) -> Option<Effect> {
    if name.starts_with("lua.") {
        return Some(Effect::Unsupported);
    }
    let name = counter(name).unwrap_or(name);
    let (_, effect, lists) = ACTIONS.iter().find(|(known, ..)| *known == name)?;
    (lists & kind(list) != 0).then_some(*effect)
}

/// Returns the names of the actions that rules of this list have.
pub(super) fn names(list: List) -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().filter(move |(.., lists)| lists & kind(list) != 0).map(|(name, ..)| *name)
}

/// Returns the usual spelling of an action whose number HAProxy takes by its low 32 bits, as in
/// `track-sc00`.
fn counter(name: &str) -> Option<&'static str> {
    let digits = name.strip_prefix("track-sc")?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| plain)?;
    ["track-sc0", "track-sc1", "track-sc2"].get(number as u32 as usize).copied()
}

fn kind(list: List) -> Lists {
    match list {
        List::TcpConnection | List::TcpSession => CONNECTION,
        List::TcpContent => CONTENT,
        List::TcpResponse => CONTENT_OF_RESPONSE,
        List::HttpResponse => RESPONSE,
        List::HttpAfterResponse => AFTER,
        List::HttpRequest | List::Redirect | List::UseBackend => REQUEST,
    }
}
