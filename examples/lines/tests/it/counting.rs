use std::io::Write;
#[cfg(target_os = "linux")]
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::{Dir, json, lines, lines_of_stdin};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A few thousand lines of a log, with every kind of ending and some bytes that are no text.
fn log() -> Vec<u8> {
    let mut log = Vec::new();
    for index in 0..20_000_usize {
        log.extend(std::iter::repeat_n(b'x', index * 37 % 171));
        if index % 97 == 0 {
            log.extend_from_slice(b"\xff");
        }
        log.extend_from_slice(if index % 5 == 0 { b"\r\n" } else { b"\n" });
    }
    log.extend_from_slice("läst".as_bytes());
    log
}

#[test]
fn a_file_is_counted_with_all_that_is_asked_for() {
    let dir = Dir::new();
    let file = dir.file("log", b"one\r\ntwo \xff\nthree\n\nlast");

    let output = lines(&["--json"], &[&file]);

    let value = json(&output);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(value["file"], file.to_str().unwrap());
    for (key, expected) in [
        ("lines", json!(5)),
        ("bytes", json!(22)),
        ("longest", json!(5)),
        ("unterminated", json!(true)),
        ("crlf", json!(1)),
        ("invalid_utf8", json!(1)),
        ("overlong", json!(0)),
    ] {
        assert_eq!(value[key], expected, "{key}");
    }
    assert!(value["seconds"].is_f64());
    assert_eq!(value["peak_rss_kb"].is_u64(), cfg!(target_os = "linux"));
}

#[test]
fn counts_agree_with_wc_and_between_files_pipes_gzip_and_threads() {
    let dir = Dir::new();
    let log = log();
    let file = dir.file("log", &log);
    // Of several members, as `cat a.gz b.gz` makes them, one of which is empty.
    let (head, tail) = log.split_at(log.len() / 3);
    let members = [gzip(head), gzip(b""), gzip(tail)].concat();
    let packed = dir.file("log.gz", &members);

    let wc = Command::new("wc").arg("-lc").arg(&file).output().unwrap();
    let wc = String::from_utf8(wc.stdout).unwrap();
    let mut wc = wc.split_whitespace().map(str::parse::<u64>);
    let (ends, bytes) = (wc.next().unwrap().unwrap(), wc.next().unwrap().unwrap());

    let outputs = [
        lines(&["--json"], &[&file]),
        lines(&["--json", "--threads", "4"], &[&file]),
        lines(&["--json", "--threads", "4"], &[&packed]),
        lines_of_stdin(&["--json"], &log),
        lines_of_stdin(&["--json", "-"], &members),
    ];
    for output in outputs {
        let value = json(&output);
        assert_eq!((&value["lines"], &value["bytes"]), (&json!(ends + 1), &json!(bytes)));
        assert_eq!(value["longest"], 171);
        assert_eq!((&value["crlf"], &value["invalid_utf8"]), (&json!(4000), &json!(207)));
        assert_eq!(value["unterminated"], true);
    }
}

#[test]
fn an_array_comes_if_more_than_one_input_was_named() {
    let dir = Dir::new();
    let (one, two) = (dir.file("one", "1\n"), dir.file("two", "1\n2\n"));

    let values = json(&lines(&["--json"], &[&one, &two]));

    assert_eq!(values[0]["lines"], 1);
    assert_eq!(values[1]["lines"], 2);
    assert!(json(&lines(&["--json"], &[&one])).is_object());
}

#[test]
fn an_empty_input_has_no_lines() {
    let value = json(&lines_of_stdin(&["--json"], b""));

    assert_eq!((&value["lines"], &value["unterminated"]), (&json!(0), &json!(false)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_tells_no_length_is_counted_by_any_number_of_threads() {
    let path = Path::new("/proc/version");
    let length = std::fs::read(path).expect("Linux has it").len();

    for args in [&["--json"][..], &["--json", "--threads", "2"], &["--json", "--from", "1"]] {
        let from = usize::from(args.contains(&"--from"));
        let value = json(&lines(args, &[path]));
        assert_eq!((&value["lines"], &value["bytes"]), (&json!(1), &json!(length - from)));
    }
}

#[test]
fn the_delimiter_is_a_choice() {
    let count = |delimiter: &str, input: &[u8]| {
        json(&lines_of_stdin(&["--json", "--delimiter", delimiter], input))["lines"].clone()
    };

    assert_eq!(count("nul", b"a\nb\0c\0"), 2);
    assert_eq!(count("any", b"a\rb\r\nc\nd"), 4);
    assert_eq!(count(";", b"a;b;c"), 3);
    assert_eq!(count("0xff", b"a\xffb\xff\xff"), 3);
}

#[test]
fn counting_begins_where_it_is_told_to() {
    let dir = Dir::new();
    let file = dir.file("log", "one\ntwo\nthree\n");
    let packed = dir.file("log.gz", gzip(b"one\ntwo\nthree\n"));

    for args in [&["--json", "--from", "4"][..], &["--json", "--from", "4", "--threads", "2"]] {
        for file in [&file, &packed] {
            let value = json(&lines(args, &[file]));
            assert_eq!((&value["lines"], &value["bytes"]), (&json!(2), &json!(10)));
        }
    }
    let beyond = json(&lines(&["--json", "--from", "99"], &[&file]));
    assert_eq!((&beyond["lines"], &beyond["bytes"]), (&json!(0), &json!(0)));
}

#[test]
fn lines_over_the_limit_count_under_every_policy() {
    // The long line is text only as a whole: the limit cuts a character in two.
    let input = "one\n1234ä67890\ntwo\n\u{e4}\n".as_bytes();

    for (policy, status) in [("error", 1), ("truncate", 0), ("skip", 0), ("parts", 0)] {
        let args = ["--json", "--max-line", "5", "--on-long", policy];
        let output = lines_of_stdin(&args, input);

        let value = json(&output);
        assert_eq!(output.status.code(), Some(status), "{policy}");
        assert_eq!((&value["lines"], &value["overlong"]), (&json!(4), &json!(1)), "{policy}");
        assert_eq!((&value["longest"], &value["invalid_utf8"]), (&json!(11), &json!(0)));
    }
}

#[test]
fn without_json_there_is_a_line_for_each_input() {
    let dir = Dir::new();
    let file = dir.file("log", "one\ntwo");

    let output = lines(&[], &[&file]);

    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("2 lines, 7 bytes, longest 3, 0 with CRLF, 0 invalid UTF-8, 0 over the limit, last line unterminated\n"), "{text}");
    assert!(output.stderr.is_empty());
}
