//! What is kept for the log. What haproxy 2.6.12 says to each line was seen with `haproxy -c`.

use proxy_acl::{DiagnosticKind, Policy};

use crate::config::{config, errors};

const FRONTEND: &str = "frontend f\n mode http\n declare capture request len 8\n declare capture \
                        response len 8\n";

#[test]
fn captures_are_accepted_and_count_as_skipped() {
    for line in [
        "http-request capture path len 10",
        "http-request capture path len 10x",
        "http-request capture path len +5",
        "http-request capture path,lower len 4294967297 if TRUE",
        "http-request capture path lower upper len 10",
        "http-request capture path id 0 unless TRUE",
        "http-request capture path id -1",
        "http-request capture path id 4294967296",
        "http-request capture path id 99999999999999999999",
        "http-request capture path lower id",
        "http-response capture status id 0",
        "http-response capture res.hdr(x) lower id 0",
        "http-after-response capture status id 0",
        "tcp-request content capture src lower len 3 if TRUE",
        "declare capture request len 10 more",
        "declare capture response len 05",
        "capture cookie SESS len x",
        "capture cookie '' '' 10",
        "capture request header host len 0",
        "capture response header host len 10 '' more",
    ] {
        let config = config(&format!("{FRONTEND} {line}\n"));

        let lines: usize = config.skipped().map(|(_, count)| count).sum();
        assert_eq!(lines, 3, "{line}");
    }
}

#[test]
fn captures_that_are_not_whole_are_refused_at_their_line() {
    for line in [
        "http-request capture",
        "http-request capture path",
        "http-request capture path len",
        "http-request capture path id",
        "http-request capture path lower len",
        "http-request capture path lower upper",
        "http-request capture path len 0",
        "http-request capture path len -1",
        "http-request capture path len x",
        "http-request capture path len 4294967296",
        "http-request capture path len '' 5",
        "http-request capture path id 0x",
        "http-request capture path foo 10",
        "http-request capture path if TRUE",
        "http-request capture path len if TRUE",
        "http-request capture path len 10 foo",
        "http-request capture path len 3 id 0",
        "http-request capture status len 10",
        "http-request capture path_beg len 10",
        "http-response capture status len 10",
        "http-response capture path id 0",
        "http-response capture status lower id if TRUE",
        "http-after-response capture status len 3",
        "tcp-request content capture",
        "tcp-request content capture src",
        "tcp-request content capture src id 0",
        "tcp-request content capture src len",
        "tcp-request content capture status len 3",
        "tcp-request session capture src len 10",
        "declare",
        "declare foo",
        "declare capture",
        "declare capture foo len 10",
        "declare capture request",
        "declare capture request len",
        "declare capture request len ''",
        "declare capture request len 0",
        "declare capture request len 10x",
        "declare capture request foo 10",
        "capture",
        "capture foo",
        "capture cookie SESS",
        "capture cookie SESS len ''",
        "capture cookie a b c d e",
        "capture request header host len",
        "capture request header '' len 10",
        "capture request header host foo 10",
        "capture request cookie host len 10",
        "capture response header host len 10 more",
    ] {
        let lines: Vec<u32> = errors(&format!("{FRONTEND} {line}\n")).iter().map(|e| e.0).collect();

        assert_eq!(lines, [5], "{line}");
    }
}

#[test]
fn captures_go_into_slots_that_are_there() {
    let at_5 = [(5, 23, DiagnosticKind::Reference)];
    for line in ["http-request capture path id 1", "http-request capture path id 4294967297"] {
        assert_eq!(errors(&format!("{FRONTEND} {line}\n")), at_5, "{line}");
    }
    for line in ["http-response capture status id 1", "http-after-response capture status id 1"] {
        assert_eq!(errors(&format!("{FRONTEND} {line}\n"))[0].2, DiagnosticKind::Reference);
    }

    // Slots may be made below, by any of these, and by the rules of defaults.
    for more in [
        "declare capture request len 1",
        "capture request header host len 1",
        "http-request capture src len 1",
        "tcp-request content capture src len 1",
    ] {
        config(&format!("{FRONTEND} http-request capture path id 1\n {more}\n"));
    }
    config(&format!(
        "defaults d\n mode http\n http-request capture src len 1\n http-request capture src id 0\n\
         {} http-request capture path id 1\n",
        FRONTEND.replace("frontend f", "frontend f from d")
    ));
    for more in ["capture cookie a len 1", "capture response header host len 1"] {
        let text = format!("{FRONTEND} http-request capture path id 1\n {more}\n");
        assert_eq!(errors(&text), at_5, "{more}");
    }
}

#[test]
fn backends_make_no_slots_and_take_those_of_any_frontend() {
    let backend = "backend b\n mode http\n";

    for line in ["http-request capture path id 7", "http-response capture status id 7"] {
        config(&format!("{backend} {line}\n"));
    }
    config(&format!("{FRONTEND} disabled\n http-request capture path id 7\n"));
    for line in [
        "http-request capture path len 7",
        "tcp-request content capture src len 7",
        "http-request capture be_name id 7",
        "declare capture request len 1",
    ] {
        assert_eq!(errors(&format!("{backend} {line}\n"))[0].0, 3, "{line}");
    }
    let heir = "defaults d\n mode http\n http-request capture path len 3\nbackend b from d\n";
    assert_eq!(errors(heir), [(4, 1, DiagnosticKind::Section)]);
}

#[test]
fn captures_in_defaults_are_for_those_that_inherit_them() {
    let rule = "defaults d\n mode http\n http-request capture path id 0\n";

    assert_eq!(errors(&format!("{rule}frontend f from d\n")), [(3, 23, DiagnosticKind::Reference)]);
    config(&format!("{rule}backend b from d\n"));
    config(&format!("{rule}defaults\n mode http\nfrontend f\n"));
    for line in ["declare capture request len 1", "capture request header host len 1"] {
        let text = format!("defaults\n mode http\n {line}\nfrontend f\n");
        assert_eq!(errors(&text), [(3, 2, DiagnosticKind::Keyword)], "{line}");
    }
}

#[test]
fn bare_rules_capture_in_slots_that_are_made_elsewhere() {
    let text = b"http-request capture path id 7\nhttp-request capture path len 8\n";

    assert!(Policy::parse(text, &proxy_acl::Options::new()).is_ok());
}
