use std::path::Path;
use std::time::Duration;

use linereader::ReadError;
use serde_json::{Value, json};

use crate::count::{Count, Counted};

/// What is said of one input.
pub(crate) fn json(path: &Path, counted: &Counted, time: Duration) -> Value {
    let Count { lines, bytes, longest, unterminated, crlf, invalid_utf8, overlong } = counted.count;
    let mut value = json!({
        "file": path.to_string_lossy(),
        "lines": lines,
        "bytes": bytes,
        "longest": longest,
        "unterminated": unterminated,
        "crlf": crlf,
        "invalid_utf8": invalid_utf8,
        "overlong": overlong,
        "seconds": time.as_secs_f64(),
        "peak_rss_kb": peak_rss_kb(),
    });
    if let Some(error) = failure(counted) {
        value["error"] = error.into();
    }
    value
}

/// The same for people.
pub(crate) fn text(path: &Path, counted: &Counted) -> String {
    let Count { lines, bytes, longest, unterminated, crlf, invalid_utf8, overlong } = counted.count;
    let last = if unterminated { ", last line unterminated" } else { "" };
    format!(
        "{}: {lines} lines, {bytes} bytes, longest {longest}, {crlf} with CRLF, \
         {invalid_utf8} invalid UTF-8, {overlong} over the limit{last}",
        path.display()
    )
}

/// The error with its causes and the byte at which it stands.
pub(crate) fn failure(counted: &Counted) -> Option<String> {
    let (error, offset) = counted.failure.as_ref()?;
    let cause =
        if let ReadError::Io(cause) = error { cause.to_string() } else { error.to_string() };
    Some(match offset {
        Some(offset) => format!("byte {offset}: {cause}"),
        None => cause,
    })
}

/// The most memory the process has had, which Linux tells.
fn peak_rss_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
