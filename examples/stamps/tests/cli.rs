//! What `stamps` promises on the command line.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

struct Outcome {
    status: i32,
    stdout: String,
    stderr: String,
}

fn run(program: &mut Command, input: &[u8]) -> Outcome {
    let piped = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that refuses its command line reads nothing.
    let feeder = std::thread::spawn(move || stdin.write_all(&input));

    let output = child.wait_with_output().unwrap();

    let _ = feeder.join().unwrap();
    Outcome {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn stamps(arguments: &str, input: &str) -> Outcome {
    let mut program = Command::new(env!("CARGO_BIN_EXE_stamps"));
    run(program.args(arguments.split(' ')), input.as_bytes())
}

#[test]
fn format_stamps_unix_micros_in_every_layout() {
    // 2017-05-30T13:03:11.123456Z, by GNU date.
    let expected = [
        ("es-millis", "2017-05-30 13:03:11.123"),
        ("es-micros", "2017-05-30 13:03:11.123456"),
        ("es-nanos", "2017-05-30 13:03:11.123456000"),
        ("rfc3339-seconds", "2017-05-30T13:03:11Z"),
        ("rfc3339-millis", "2017-05-30T13:03:11.123Z"),
        ("rfc3339-micros", "2017-05-30T13:03:11.123456Z"),
        ("rfc3339-nanos", "2017-05-30T13:03:11.123456000Z"),
        ("rfc3339-seconds-offset", "2017-05-30T13:03:11+00:00"),
        ("rfc3339-millis-offset", "2017-05-30T13:03:11.123+00:00"),
        ("rfc3339-micros-offset", "2017-05-30T13:03:11.123456+00:00"),
        ("rfc3339-nanos-offset", "2017-05-30T13:03:11.123456000+00:00"),
        ("haproxy", "30/May/2017:13:03:11.123"),
        ("clf", "30/May/2017:13:03:11 +0000"),
        ("comma-millis", "2017-05-30 13:03:11,123"),
        ("es-log", "2017-05-30T13:03:11,123"),
        ("rfc3164", "May 30 13:03:11"),
    ];

    let help = stamps("--help", "");
    for (layout, stamp) in expected {
        let outcome = stamps(&format!("format --layout {layout}"), "1496149391123456\n");
        assert_eq!((outcome.status, outcome.stdout), (0, format!("{stamp}\n")));
        assert!(help.stdout.contains(&format!("  {layout} ")));
        let input = format!("{stamp}\n");
        let year = if layout == "rfc3164" { " --year 2017" } else { "" };
        let outcome = stamps(&format!("parse --layout {layout}{year}"), &input);
        let micros: i64 = outcome.stdout.trim_end().parse().unwrap();
        assert_eq!(micros.div_euclid(1_000_000), 1_496_149_391);
        assert!([0, 123_000, 123_456].contains(&micros.rem_euclid(1_000_000)));
        assert_eq!(stamps(&format!("check --layout {layout}"), &input).status, 0);
    }
}

#[test]
fn finer_digits_are_cut_downwards_also_before_1970() {
    let outcome = stamps("format --layout es-millis", "-1\n-1000\n999\r\n0");

    let expected = "1969-12-31 23:59:59.999\n1969-12-31 23:59:59.999\n\
                    1970-01-01 00:00:00.000\n1970-01-01 00:00:00.000\n";
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, expected));
}

#[test]
fn bad_integers_and_stamps_are_named_and_nothing_is_written_for_them() {
    let outcome = stamps("format --layout es-millis", "0\n12x\n\n1.5\n9223372036854775807\n0\n");

    assert_eq!(outcome.status, 1);
    assert_eq!(outcome.stdout, "1970-01-01 00:00:00.000\n".repeat(2));
    let named: Vec<_> =
        outcome.stderr.lines().map(|line| line.rsplit_once(": ").unwrap().0).collect();
    assert_eq!(named, ["stamps: 2:1", "stamps: 3:1", "stamps: 4:1", "stamps: 5:1"]);

    let input = "1970-01-01 00:00:01.000\n1970-01-01 00:00:01\n1970-01-01 00:00:02.000 x\n";
    let outcome = stamps("parse --layout es-millis", input);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, "1000000\n"));
    assert_eq!(
        outcome.stderr,
        "stamps: 2:20: fraction missing\nstamps: 3:24: text goes on behind the stamp\n"
    );
}

#[test]
fn check_names_deviating_lines_and_counts_them_by_kind() {
    let input = "2017-05-30 13:03:11.000000 ok\n2017-05-30 13:03:11 a\r\n\
                 2017-05-30T13:03:11.000000\n\nx 2017-05-30 13:03:11\n2017-05-30 13:03:11";

    let text = stamps("check --layout es-micros", input);
    let json = stamps("check --json --layout es-micros", input);
    let found = stamps("check --find --layout es-micros", input);

    let expected = "2:20: missing-fraction\n3:11: wrong-separator\n4:1: not-a-stamp\n\
                    5:1: not-a-stamp\n6:20: missing-fraction\n";
    assert_eq!((text.status, text.stdout.as_str(), text.stderr.as_str()), (1, expected, ""));
    assert_eq!(found.stdout, expected.replace("5:1: not-a-stamp", "5:22: missing-fraction"));
    assert!(json.stdout.ends_with("}\n"));
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    let expected = json!({
        "lines": 6,
        "ok": 1,
        "kinds": { "missing-fraction": 2, "not-a-stamp": 2, "wrong-separator": 1 },
        "first": [
            { "line": 2, "column": 20, "kind": "missing-fraction" },
            { "line": 3, "column": 11, "kind": "wrong-separator" },
            { "line": 4, "column": 1, "kind": "not-a-stamp" },
            { "line": 5, "column": 1, "kind": "not-a-stamp" },
            { "line": 6, "column": 20, "kind": "missing-fraction" },
        ],
    });
    assert_eq!((json.status, report), (1, expected));
}

#[test]
fn sound_and_empty_inputs_check_clean() {
    for input in ["", "2017-05-30 13:03:11.000000\n"] {
        let outcome = stamps("check --layout es-micros -", input);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (0, ""));
    }
    let outcome = stamps("check --layout es-micros --json", "");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report, json!({ "lines": 0, "ok": 0, "kinds": {}, "first": [] }));
}

#[test]
fn repair_changes_stamps_alone_and_keeps_every_ending() {
    let input = "2017-05-30 13:03:11 a\r\n2017-05-30T13:03:11,5\tb \n\r\n\
                 2017-05-30 13:03:11.000000\r\n[2017-05-30 13:03:11]";

    let start = stamps("repair --layout es-micros", input);
    let found = stamps("repair --find --layout es-micros", input);

    // The comma with one digit separates columns, and is kept as such.
    let expected = "2017-05-30 13:03:11.000000 a\r\n2017-05-30 13:03:11.000000,5\tb \n\r\n\
                    2017-05-30 13:03:11.000000\r\n[2017-05-30 13:03:11]";
    assert_eq!((start.status, start.stdout.as_str()), (1, expected));
    assert_eq!(start.stderr, "stamps: 3:1: not a stamp\nstamps: 5:1: not a stamp\n");
    assert_eq!(found.stdout, expected.replace("11]", "11.000000]"));
    assert_eq!(found.stderr, "stamps: 3:1: not a stamp\n");
}

#[test]
fn repair_cuts_and_assumes_only_if_told() {
    let outcome = stamps("repair --layout es-millis", "2017-05-30 13:03:11.123456 x\n");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, "2017-05-30 13:03:11.123456 x\n"));
    assert_eq!(outcome.stderr, "stamps: 1:24: fraction too long\n");
    let outcome = stamps("repair --cut --layout es-millis", "2017-05-30 13:03:11.123456 x\n");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, "2017-05-30 13:03:11.123 x\n"));

    let outcome = stamps("repair --layout rfc3339-millis", "2017-05-30 13:03:11\n");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, "2017-05-30 13:03:11\n"));
    for zone in ["+04:00", "+0400"] {
        let call = format!("repair --zone {zone} --layout rfc3339-millis");
        let outcome = stamps(&call, "2017-05-30 13:03:11\n");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (0, "2017-05-30T09:03:11.000Z\n"));
    }
    let outcome = stamps("repair --layout es-millis --year 2016", "Feb 29 13:03:11 x\n");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, "2016-02-29 13:03:11.000 x\n"));
}

#[test]
fn input_is_bytes_and_comes_from_the_file_named() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"2017-05-30 13:03:11 \xff\x00\n").unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_stamps"));

    let output = program.args(["repair", "--layout=es-millis"]).arg(file.path()).output().unwrap();

    assert_eq!(output.stdout, b"2017-05-30 13:03:11.000 \xff\x00\n");
    let outcome = stamps("check --layout es-millis /nonexistent", "");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""));
    assert!(outcome.stderr.starts_with("stamps: cannot open /nonexistent: No such file"));
    let folder = env!("CARGO_MANIFEST_DIR");
    let outcome = stamps(&format!("check --json --layout es-millis {folder}"), "");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""));
    assert!(outcome.stderr.starts_with(&format!("stamps: cannot read {folder}: Is a directory")));
}

#[test]
fn result_does_not_wait_for_the_next_line() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_stamps"));
    let piped = program.args(["repair", "--layout", "es-millis"]).stdin(Stdio::piped());
    let mut child = piped.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();

    for second in 10..13 {
        writeln!(stdin, "2017-05-30 13:03:{second}").unwrap();

        let line = lines.next().unwrap().unwrap();
        assert_eq!(line, format!("2017-05-30 13:03:{second}.000"));
    }
    drop(stdin);
    assert!(lines.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn reader_that_has_seen_enough_ends_the_run_without_a_message() {
    let line = b"2017-05-30 13:03:11\n";
    for call in ["check --layout es-micros", "repair --layout es-micros"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_stamps"));
        let piped = program.args(call.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();

        drop(child.stdout.take());
        // Endless, so that only the program can end it.
        while stdin.write_all(&line.repeat(1_000)).is_ok() {}

        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(1), Vec::new()), "{call}");
    }
}

#[test]
fn wrong_command_lines_are_usage_errors() {
    let calls = [
        "check",
        "--layout es-millis",
        "measure --layout es-millis",
        "check --layout es-minutes",
        "check --layout es-millis a b",
        "check --layout es-millis --colour",
        "check --layout es-millis --cut",
        "format --layout es-millis --json",
        "repair --layout es-millis --json",
        "parse --layout es-millis --find",
        "parse --layout rfc3164",
        "parse --layout rfc3164 --year 10000",
        "repair --layout es-millis --zone 4",
        "repair --layout es-millis --zone +24:00",
        "repair --layout es-millis --zone +04:60",
        "repair --layout es-millis --zone +4:000",
    ];
    for call in calls {
        let outcome = stamps(call, "");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""), "{call}");
        assert!(outcome.stderr.starts_with("stamps: "), "{call}");
    }
    assert_eq!(stamps("--version", "").stdout, format!("stamps {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(stamps("--help", "").status, 0);
}

/// 2,000 lines by Python's `isoformat(' ')`, which drops the fraction of a whole second (27 % of
/// them here), and the same by `timespec='microseconds'`, which does not.
const PYTHON: &str = "
import datetime, random, sys
random.seed(20170530)
start = datetime.datetime(2017, 5, 30)
for number in range(2000):
    whole = random.random() < 0.27
    time = start + datetime.timedelta(seconds=random.randrange(10**9))
    time = time.replace(microsecond=0 if whole else random.randrange(1, 10**6))
    line = time.isoformat(' ') + ' line ' + str(number)
    print(line + '\\t' + time.isoformat(' ', timespec='microseconds') + ' line ' + str(number))
";

#[test]
#[ignore = "needs python3"]
fn lines_that_python_shortened_are_named_exactly_and_repaired() {
    let python = run(Command::new("python3").args(["-c", PYTHON]), b"");
    let pairs: Vec<_> = python.stdout.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let written: String = pairs.iter().map(|(written, _)| format!("{written}\n")).collect();
    let wanted: String = pairs.iter().map(|(_, wanted)| format!("{wanted}\n")).collect();

    let check = stamps("check --layout es-micros", &written);
    let json = stamps("check --layout es-micros --json", &written);
    let repair = stamps("repair --layout es-micros", &written);

    let numbered = pairs.iter().enumerate();
    let shortened = numbered.filter(|(_, (written, wanted))| written.len() < wanted.len());
    let expected: Vec<_> =
        shortened.map(|(index, _)| format!("{}:20: missing-fraction", index + 1)).collect();
    assert_eq!(pairs.len(), 2_000);
    assert!((480..600).contains(&expected.len()), "{}", expected.len());
    assert_eq!(check.stdout.lines().collect::<Vec<_>>(), expected);
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["kinds"], json!({ "missing-fraction": expected.len() }));
    assert_eq!(report["ok"], json!(2_000 - expected.len()));
    assert_eq!((repair.status, repair.stdout == wanted), (0, true));
    assert_eq!(stamps("check --layout es-micros", &repair.stdout).status, 0);
}
