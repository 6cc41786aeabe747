use log_format::haproxy::prefix::{Kind, strip};

fn stripped(line: &str) -> (Kind, Option<u8>, &str) {
    let stripped = strip(line.as_bytes());
    (stripped.kind, stripped.priority, std::str::from_utf8(stripped.body).unwrap())
}

#[test]
fn rfc3164_comes_with_and_without_priority_host_and_pid() {
    let prefixes = [
        ("<134>Nov 22 05:01:17 web01 haproxy[5803]: ", Some(134)),
        ("Nov 22 05:01:17 web01 haproxy[5803]: ", None),
        ("<134>Nov  2 05:01:17 haproxy[5803]: ", Some(134)),
        ("Nov  2 05:01:17 ::1 haproxy: ", None),
    ];

    for (prefix, priority) in prefixes {
        let line = format!("{prefix}BODY of: it");
        assert_eq!(stripped(&line), (Kind::Rfc3164, priority, "BODY of: it"));
    }
}

#[test]
fn rfc5424_structured_data_ends_at_its_own_bracket() {
    let line = r#"<134>1 2026-11-22T05:01:17.401610+00:00 web01 haproxy 5803 - [a x="\"] \\"][b] BODY ] it"#;

    assert_eq!(stripped(line), (Kind::Rfc5424, Some(134), "BODY ] it"));
}

#[test]
fn iso_takes_any_fraction_and_zone() {
    for time in ["2026-11-22T05:01:17Z", "2026-11-22T05:01:17.3-08:00", "2026-11-22T05:01:17+04:30"]
    {
        assert_eq!(stripped(&format!("{time} BODY")), (Kind::Iso, None, "BODY"));
        assert_eq!(stripped(&format!("<0>{time} BODY")), (Kind::Timed, Some(0), "BODY"));
    }
}

#[test]
fn one_line_ending_comes_off() {
    for (line, body) in [
        ("<134>BODY\n", "BODY"),
        ("<134>BODY\r\n", "BODY"),
        ("<134>BODY\n\n", "BODY\n"),
        ("<134>BODY\r", "BODY\r"),
        ("<134>BO\nDY", "BO\nDY"),
        ("<134>\n", ""),
    ] {
        assert_eq!(stripped(line), (Kind::Priority, Some(134), body));
    }
    assert_eq!(stripped("\n"), (Kind::Raw, None, ""));
}

#[test]
fn what_only_looks_like_a_prefix_stays() {
    let raw = [
        "",
        "<",
        "<BADREQ>",
        "<192>x",
        "<007>x",
        "<>x",
        "<1",
        "127.0.0.1:1 [22/Nov/2026",
        "Nov 22 05:01:17 no tag here",
        "Nov 22 05:01:17",
        "2026-11-22T05:01:17. BODY",
        "2026-11-22T05:01:17",
    ];

    for line in raw {
        assert_eq!(stripped(line), (Kind::Raw, None, line));
    }
    assert_eq!(stripped("<134>1 short"), (Kind::Priority, Some(134), "1 short"));
    assert_eq!(stripped("<191>"), (Kind::Priority, Some(191), ""));
    assert_eq!(stripped("<7>x"), (Kind::Short, Some(7), "x"));
}
