//! Maps: `map(file[,default])` and its variants by way of matching and by type of value.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::Compiler;
use super::patterns::Builder;
use crate::ast::{Call, PatternFile, Word};
use crate::convert::Converter;
use crate::convert::map::{self, Map, Value};
use crate::error::DiagnosticKind;
use crate::fetch::{Kind, Sample};
use crate::pattern::Choice;
use crate::quote;
use crate::signature::{self, Signature};

impl Compiler<'_, '_> {
    pub(super) fn map(&mut self, call: &Call, word: &Word) -> Option<Converter> {
        let groups = call.name == "map_regm";
        let Some((matching, output)) = map::named(&call.name) else {
            self.unknown_converter(&call.name, word);
            return None;
        };
        let signature = Signature(if output == Kind::Integer { "s?i" } else { "s?s" });
        let [file, default @ ..] = self.arguments(call, signature, word)? else { return None };
        if file.is_empty() {
            let message = format!("'{}' takes the name of a file", call.name);
            self.reporter.error(DiagnosticKind::Argument, word, message);
            return None;
        }
        let name = Word { text: file.clone(), span: word.span };
        let file = PatternFile { name, ignore_case: false, map: true };
        let mut builder = Builder::new(matching, Choice::Longest);
        let texts = self.pattern_file(&file, &mut builder)?;
        let mut values = Vec::with_capacity(texts.len());
        for (line, text) in texts {
            let value = self.value(output, text, &file.name, Some(line))?;
            values.push(value);
        }
        let default = match default.first() {
            None => None,
            Some(text) => Some(self.value(output, text, word, None)?),
        };
        let (keys, _) = builder.finish();
        // Its patterns have a number as an acl's have that is given none.
        self.numbers.insert(-1);
        Some(Converter::Map(Box::new(Map { matching, keys, values, default, output, groups })))
    }

    fn value(&mut self, kind: Kind, text: &[u8], word: &Word, line: Option<u32>) -> Option<Value> {
        let value = match kind {
            Kind::Integer => signature::integer(text).map(Value::Integer),
            Kind::Address | Kind::Ipv6 | Kind::MappedAddress => {
                Sample::Text(text).address().map(Value::Address)
            }
            Kind::Text | Kind::Bool | Kind::Method | Kind::Binary | Kind::Any => {
                Some(Value::Text(text.into()))
            }
        };
        if value.is_none() {
            let what = if kind == Kind::Integer { "a number" } else { "an address" };
            let place = line.map(|line| format!(", in line {line} of '{}'", word.display()));
            let place = place.unwrap_or_default();
            let shown = quote::shown(text);
            let message = format!("the value '{shown}' is not {what}{place}");
            self.reporter.error(DiagnosticKind::Argument, word, message);
        }
        value
    }
}
