use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Dir, json, lines, lines_of_stdin, stderr};

#[test]
fn a_missing_file_is_named_and_the_others_are_counted() {
    let dir = Dir::new();
    let (missing, file) = (dir.path("missing"), dir.file("log", "one\n"));

    let output = lines(&["--json"], &[&missing, &file]);

    let values = json(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(values[0]["error"].is_string());
    assert_eq!(values[0]["file"], missing.to_str().unwrap());
    assert_eq!(values[1]["lines"], 1);
    assert!(values[1].get("error").is_none());
    assert!(stderr(&output).contains("missing"), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_opened_or_read_is_named_without_a_byte_or_a_count() {
    let dir = Dir::new();
    let (missing, file) = (dir.path("missing"), dir.file("log", "one\n"));

    let output = lines(&[], &[&missing, dir.0.path(), &file]);

    let (said, counts) = (stderr(&output), String::from_utf8(output.stdout).unwrap());
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("missing: ") && !said.contains("byte"), "{said}");
    assert_eq!(counts.lines().count(), 1, "{counts}");
    assert!(counts.starts_with(file.to_str().unwrap()), "{counts}");
}

#[test]
fn a_directory_is_an_error_and_no_endless_loop() {
    let dir = Dir::new();

    for threads in ["1", "2"] {
        let output = lines(&["--json", "--threads", threads], &[dir.0.path()]);

        assert_eq!(output.status.code(), Some(1));
        assert!(json(&output)["error"].is_string());
    }
}

#[test]
fn a_broken_gzip_is_named_with_its_byte_after_the_lines_that_could_be_read() {
    let dir = Dir::new();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(&b"0123456789abcde\n".repeat(20_000)).unwrap();
    let whole = encoder.finish().unwrap();
    let file = dir.file("log.gz", &whole[..whole.len() / 2]);

    let output = lines(&["--json"], &[&file]);

    let value = json(&output);
    assert_eq!(output.status.code(), Some(1));
    let (read, bytes) = (value["lines"].as_u64().unwrap(), value["bytes"].as_u64().unwrap());
    assert!(read > 5000 && read < 11_000, "{value}");
    assert_eq!(bytes / 16, read);
    let error = value["error"].as_str().unwrap();
    assert!(error.starts_with(&format!("byte {bytes}: ")), "{error}");
    assert!(stderr(&output).contains(error));
}

#[test]
fn a_line_over_the_limit_is_named_with_number_and_byte_also_by_threads() {
    let dir = Dir::new();
    let text = "short\n".repeat(1000) + &"x".repeat(100) + "\n" + &"short\n".repeat(1000);
    let file = dir.file("log", text);

    for threads in ["1", "3"] {
        let output = lines(&["--max-line", "10", "--threads", threads], &[&file]);

        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(said.ends_with("line 1001 at byte 6000 is longer than 10 bytes\n"), "{said}");
    }
}

#[test]
fn of_several_lines_over_the_limit_the_first_is_named_and_all_are_counted() {
    let output = lines_of_stdin(&["--max-line", "3"], b"four\none\nfive\n");

    let said = stderr(&output);
    assert_eq!(
        said,
        "lines: -: line 1 at byte 0 is longer than 3 bytes, the first of 2 such lines\n"
    );
}

#[test]
fn wrong_usage_is_told_and_exits_with_2() {
    let wrong: [&[&str]; 8] = [
        &["--unknown"],
        &["--max-line", "many"],
        &["--on-long", "guess"],
        &["--delimiter", "crlf"],
        &["--threads", "0"],
        &["--follow"],
        &["--follow", "--json", "file"],
        &["--follow", "one", "two"],
    ];
    for args in wrong {
        let output = lines_of_stdin(args, b"");

        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && stderr(&output).starts_with("lines: "), "{args:?}");
    }
}

#[test]
fn help_and_version_are_results() {
    let (help, version) = (lines(&["--help"], &[]), lines(&["--version"], &[]));

    assert!(help.status.success() && help.stdout.starts_with(b"Counts"));
    assert!(version.status.success() && version.stdout.starts_with(b"lines 0."));
}
