//! What rules order to be changed in pattern and map files.

use proxy_acl::{
    Diagnostic, DiagnosticKind, Options, Policy, RequestView, ResponseView, Scratch, Update,
    UpdateKind,
};

use crate::{get, policy};

fn shown(update: Update<'_>) -> String {
    let text = String::from_utf8_lossy;
    format!("{} {} {} {}", update.kind, text(update.file), text(update.key), text(update.value))
}

fn updates(policy: &Policy, request: &RequestView<'_>, scratch: &mut Scratch) -> Vec<String> {
    policy.decide_with(request, scratch).updates().map(shown).collect()
}

#[test]
fn updates_are_told_in_the_order_of_the_rules() {
    let policy = policy(
        "http-request add-acl(bad.acl) %[src] if { path_beg /.env }
http-request del-acl(good.acl) %[src],%[path] if { path_beg /.env }
http-request set-map(seen.map) %[src] %[method] if { path_beg /.env }
http-request deny if { path_beg /.env }
http-request del-map(seen.map) %[src]",
    );
    let mut scratch = Scratch::new();

    assert_eq!(
        updates(&policy, &get("/.env"), &mut scratch),
        [
            "add-acl bad.acl 192.0.2.1 ",
            "del-acl good.acl 192.0.2.1,/.env ",
            "set-map seen.map 192.0.2.1 GET",
        ]
    );
    assert_eq!(updates(&policy, &get("/"), &mut scratch), ["del-map seen.map 192.0.2.1 "]);
}

#[test]
fn updates_of_a_response_are_its_own() {
    let policy = policy(
        "http-request set-map(seen.map) %[src] request
http-response set-map(seen.map) %[src] %[status]",
    );
    let mut scratch = Scratch::new();
    let request = get("/");

    assert_eq!(updates(&policy, &request, &mut scratch), ["set-map seen.map 192.0.2.1 request"]);
    let response = ResponseView::new(404);
    let verdict = policy.decide_response(&request, &response, &mut scratch);
    assert_eq!(
        verdict.updates().map(shown).collect::<Vec<_>>(),
        ["set-map seen.map 192.0.2.1 404"]
    );
}

#[test]
fn warning_says_that_rules_do_not_see_an_update() {
    let warnings = |text: &str| -> Vec<(u32, u32, DiagnosticKind)> {
        let options = Options::new().pattern_file("bad.acl", "192.0.2.1\n");
        let policy = Policy::parse(text.as_bytes(), &options).expect("accepted");
        let place = |warning: &Diagnostic| (warning.line, warning.column, warning.kind);
        policy.warnings().iter().map(place).collect()
    };
    let update = "http-request add-acl(bad.acl) %[src] if { path /x }\n";

    assert_eq!(
        warnings(&format!("{update}http-request deny if {{ src -f bad.acl }}\n")),
        [(1, 14, DiagnosticKind::NotEvaluated)]
    );
    assert_eq!(warnings(update), []);
}

/// What haproxy 2.6.12 says to each was seen with `haproxy -c`.
#[test]
fn name_of_the_file_is_what_stands_in_the_brackets() {
    for (name, file, is_warned) in [
        ("set-map(a/b.map)", "a/b.map", false),
        ("set-map()", "", false),
        ("set-map(m.map,x)", "m.map,x", false),
        ("set-map(m.map))", "m.map)", false),
        ("set-map(m.map", "m.ma", true),
        ("set-mapx(m.map)", "(m.map", true),
        ("set-map(", "", true),
        ("set-map", "", true),
    ] {
        let policy = policy(&format!("http-request {name} a b"));

        let misread = policy.warnings().iter().any(|one| one.kind == DiagnosticKind::Misread);
        assert_eq!(misread, is_warned, "{name}");
        let mut scratch = Scratch::new();
        let verdict_updates = updates(&policy, &get("/"), &mut scratch);
        assert_eq!(verdict_updates, [format!("set-map {file} a b")], "{name}");
    }
}

/// The same.
#[test]
fn updates_take_a_key_and_maps_a_value() {
    for rule in [
        "http-request set-map(m) %[src]",
        "http-request set-map(m)",
        "http-request set-map(m) %[src] if TRUE",
        "http-request set-map(m) %[src] %[path] foo",
        "http-request set-map(m) %[status] a",
        "http-request set-map(m) %[src] %[nope]",
        "http-request set-map(m) %[src] ''",
        "http-request del-map(m)",
        "http-request del-map(m) %[src] %[path]",
        "http-request add-acl(l)",
        "http-request add-acl(l) if TRUE",
        "http-response set-map(m) %[path] a",
        "http-after-response set-map(m) %[status] a",
        "tcp-request content set-map(m) %[src] a",
    ] {
        assert!(Policy::parse(rule.as_bytes(), &Options::new()).is_err(), "{rule}");
    }
    for rule in ["http-request set-map(m) if TRUE", "http-request set-map(m) if a if TRUE"] {
        assert!(Policy::parse(rule.as_bytes(), &Options::new()).is_ok(), "{rule}");
    }
}

#[test]
fn updates_beyond_what_there_is_room_for_are_left_out() {
    let uri = format!("/{}", "x".repeat(1024 * 1024 - 1));
    let request = get(&uri);
    let mut scratch = Scratch::new();

    // Of 16 MiB, without a name all are taken up.
    for (file, count) in [("", 8), ("m", 7), ("seen.map", 7)] {
        let rule = format!("http-request set-map({file}) %[path] %[path]\n");
        let policy = policy(&rule.repeat(10));
        let verdict = policy.decide_with(&request, &mut scratch);

        assert_eq!(verdict.updates().count(), count, "{file}");
        let is_whole = |one: Update<'_>| one.kind == UpdateKind::SetMap && one.key == one.value;
        assert!(verdict.updates().all(is_whole), "{file}");
    }
}
