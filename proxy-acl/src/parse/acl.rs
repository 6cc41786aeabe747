//! `acl <name> <expression>` (configuration manual, 7.1).

use alloc::format;
use alloc::string::String;

use super::expression;
use crate::ast::{AclLine, Word};
use crate::error::DiagnosticKind;
use crate::quote;
use crate::reporter::Reporter;

pub(super) fn parse(
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<AclLine> {
    let Some((name, rest)) = words.split_first() else {
        reporter
            .error(DiagnosticKind::AclName, keyword, String::from("'acl' without a name"))
            .suggest("write 'acl <name> <fetch> [flags] [patterns]'");
        return None;
    };
    let shown = name.display();
    let is_foreign = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
    if let Some(foreign) = String::from_utf8_lossy(&name.text).chars().find(is_foreign) {
        let foreign = quote::shown(foreign.encode_utf8(&mut [0; 4]).as_bytes());
        let message = format!("character '{foreign}' is not permitted in acl name '{shown}'");
        reporter
            .error(DiagnosticKind::AclName, name, message)
            .suggest("use letters, digits, '_', '-', '.' and ':'");
        return None;
    }
    if name.text.eq_ignore_ascii_case(b"or") {
        let message =
            format!("an acl named '{shown}' can never be used: it means 'or' in conditions");
        reporter.error(DiagnosticKind::AclName, name, message).suggest("choose another name");
        return None;
    }
    let expression = expression::parse(name, rest, reporter);
    Some(AclLine { name: name.clone(), expression })
}
