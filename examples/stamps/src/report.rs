use std::collections::BTreeMap;

use log_format::Deviation;
use serde_json::{Value, json};

/// Deviations that the report shows one by one.
const SHOWN: usize = 10;

/// What `check` saw; each line counts once, by its first deviation.
#[derive(Default)]
pub(crate) struct Report {
    lines: u64,
    kinds: BTreeMap<&'static str, u64>,
    first: Vec<Value>,
}

impl Report {
    pub(crate) fn count(&mut self, line: u64, deviation: Option<Deviation>) {
        self.lines += 1;
        let Some(deviation) = deviation else { return };
        let kind = deviation.kind.name();
        *self.kinds.entry(kind).or_default() += 1;
        if self.first.len() < SHOWN {
            self.first.push(json!({ "line": line, "column": deviation.at + 1, "kind": kind }));
        }
    }

    pub(crate) fn deviating(&self) -> u64 {
        self.kinds.values().sum()
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "lines": self.lines,
            "ok": self.lines - self.deviating(),
            "kinds": self.kinds,
            "first": self.first,
        })
    }
}
