use log_format::haproxy::{Format, prefix};

/// Reads the input as an httplog line and, where it has two lines, its second line by the format
/// that its first describes. What is read writes back as the same bytes, as far as they are
/// printable.
///
/// # Panics
///
/// If one of these does not hold.
pub fn log_format_haproxy(input: &[u8]) {
    line(&Format::httplog(), prefix::strip(input).body);
    if let Some(end) = input.iter().position(|byte| *byte == b'\n')
        && let Ok(directive) = str::from_utf8(&input[..end])
        && let Ok(format) = Format::compile(directive)
    {
        line(&format, &input[end + 1..]);
    }
}

fn line(format: &Format, text: &[u8]) {
    let entry = match format.read(text) {
        Ok(line) => line.entry(),
        Err(error) => {
            assert!(error.at <= text.len(), "{error} in {} bytes", text.len());
            return;
        }
    };

    let mut written = Vec::new();
    let outcome = format.write(&entry, &mut written);
    if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        outcome.expect("what was read can be written");
        assert_eq!(written.escape_ascii().to_string(), text.escape_ascii().to_string());
    } else if outcome.is_ok() {
        // HAProxy writes no such bytes: they are escaped, and then stay as they are.
        let again = format.read(&written).expect("what was written can be read");
        let mut twice = Vec::new();
        format.write(&again.entry(), &mut twice).expect("and written");
        assert_eq!(twice.escape_ascii().to_string(), written.escape_ascii().to_string());
    } else {
        assert!(written.is_empty(), "a failure leaves nothing behind");
    }
}
