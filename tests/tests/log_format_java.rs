//! Stamps of `log-format` before the parsers that Elasticsearch has used: Joda-Time (up to
//! version 6) and java.time (from 7 on), both real.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fs;
use std::path::Path;
use std::process::Command;

use log_format::{
    EsMicros, EsMillis, EsNanos, Layout, Repair, Rfc3339Micros, Rfc3339Millis, Rfc3339Nanos,
    UnixNanos, check, stamp,
};

/// Where Debian's libjoda-time-java puts it.
const JODA: &str = "/usr/share/java/joda-time.jar";

/// Elasticsearch's pattern of a layout.
const MILLIS: &str = "yyyy-MM-dd HH:mm:ss.SSS";
const MICROS: &str = "yyyy-MM-dd HH:mm:ss.SSSSSS";
const NANOS: &str = "yyyy-MM-dd HH:mm:ss.SSSSSSSSS";
const ZONED_MILLIS: &str = "yyyy-MM-dd'T'HH:mm:ss.SSSZ";
const ZONED_MICROS: &str = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSZ";
const ZONED_NANOS: &str = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSSZ";

/// What the two libraries make of one stamp; `None` where they refuse it.
#[derive(Debug, Eq, PartialEq)]
struct Verdict {
    joda_millis: Option<i64>,
    java_nanos: Option<i128>,
}

impl Verdict {
    const REFUSED: Self = Self { joda_millis: None, java_nanos: None };
}

/// Asks both about lines of a pattern, a tab and a stamp.
fn ask(lines: &str) -> Vec<Verdict> {
    let folder = tempfile::tempdir().unwrap();
    let (questions, answers) = (folder.path().join("questions"), folder.path().join("answers"));
    fs::write(&questions, lines).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("java/Stamps.java");

    let status = Command::new("java")
        .args(["-cp", JODA])
        .arg(program)
        .args([&questions, &answers])
        .status()
        .unwrap();

    assert!(status.success());
    fs::read_to_string(answers).unwrap().lines().map(verdict).collect()
}

fn verdict(answer: &str) -> Verdict {
    let mut numbers = answer.split(' ').map(|number| number.parse::<i64>().ok());
    let (joda, seconds, nanos) = (numbers.next(), numbers.next(), numbers.next());
    let java_nanos = seconds
        .flatten()
        .zip(nanos.flatten())
        .map(|(seconds, nanos)| i128::from(seconds) * 1_000_000_000 + i128::from(nanos));
    Verdict { joda_millis: joda.unwrap(), java_nanos }
}

/// Steele, Lea and Flood's SplitMix64: plain, seeded, and the same everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// A line of a layout's pattern and the stamp of unix nanoseconds.
type Question = fn(&str, i128) -> String;

fn question<L: Layout>(pattern: &str, nanos: i128) -> String {
    format!("{pattern}\t{}\n", stamp::<L>(&UnixNanos(nanos)).unwrap())
}

/// The year 0 is not asked for: java.time has it, Joda-Time's `yyyy` has not.
#[test]
#[ignore = "needs java and libjoda-time-java"]
fn a_million_stamps_are_read_by_joda_time_and_java_time_with_the_right_value() {
    // 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z in seconds, by GNU date.
    const START: i64 = -62_135_596_800;
    const END: i64 = 253_402_300_800;
    let layouts: [(Question, &str, i128); 6] = [
        (question::<EsMillis>, MILLIS, 1_000_000),
        (question::<EsMicros>, MICROS, 1_000),
        (question::<EsNanos>, NANOS, 1),
        (question::<Rfc3339Millis>, ZONED_MILLIS, 1_000_000),
        (question::<Rfc3339Micros>, ZONED_MICROS, 1_000),
        (question::<Rfc3339Nanos>, ZONED_NANOS, 1),
    ];
    let mut random = SplitMix(2017);
    let mut questions = String::new();
    let mut expected = Vec::new();
    for number in 0..1_000_000_usize {
        let seconds = START + random.below((END - START) as u64) as i64;
        let fraction = if number % 3 == 0 { 0 } else { random.below(1_000_000_000) };
        let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(fraction);
        let (question, pattern, unit) = layouts[random.below(6) as usize];
        questions += &question(pattern, nanos);
        expected.push(Verdict {
            joda_millis: Some(nanos.div_euclid(1_000_000) as i64),
            java_nanos: Some(nanos.div_euclid(unit) * unit),
        });
    }

    let verdicts = ask(&questions);

    assert_eq!(verdicts.len(), 1_000_000);
    let pairs = verdicts.iter().zip(&expected).zip(questions.lines());
    let wrong: Vec<_> = pairs.filter(|((verdict, expected), _)| verdict != expected).collect();
    assert!(wrong.is_empty(), "{} differ, such as {:?}", wrong.len(), wrong[0]);
}

#[test]
#[ignore = "needs java, libjoda-time-java and python3"]
fn both_refuse_what_check_names_and_take_what_repair_gives() {
    let script = "
import datetime, random
random.seed(544)
start = datetime.datetime(2017, 5, 30)
for _ in range(2000):
    time = start + datetime.timedelta(seconds=random.randrange(10**9))
    whole = random.random() < 0.27
    print(time.replace(microsecond=0 if whole else random.randrange(1, 10**6)).isoformat(' '))
";
    let python = Command::new("python3").args(["-c", script]).output().unwrap();
    let written = String::from_utf8(python.stdout).unwrap();
    let findings: Vec<_> = written.lines().map(|line| check::<EsMicros>(line.as_bytes())).collect();
    let repaired = findings.iter().map(|finding| finding.repair(Repair::new()).unwrap());

    let before: String = written.lines().map(|line| format!("{MICROS}\t{line}\n")).collect();
    let after: String = repaired.map(|stamp| format!("{MICROS}\t{stamp}\n")).collect();
    let (before, after) = (ask(&before), ask(&after));

    assert_eq!((before.len(), after.len()), (2_000, 2_000));
    let refused = before.iter().filter(|verdict| **verdict == Verdict::REFUSED).count();
    assert!((480..600).contains(&refused), "{refused}");
    for ((finding, before), after) in findings.iter().zip(&before).zip(&after) {
        match finding.deviation() {
            Some(_) => assert_eq!(before, &Verdict::REFUSED),
            None => assert_eq!(before, after),
        }
        assert!(after.joda_millis.is_some() && after.java_nanos.is_some());
    }
}
