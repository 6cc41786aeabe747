use serde_json::json;

use crate::{Folder, SITE, code, json, stderr, stdout};

const WRONG: &str = "\
acl never path_beg
acl admin pth_beg /admin
http-request deny if admn
";

#[test]
fn nothing_is_said_of_good_rules() {
    let folder = Folder::new(&[("site.acl", SITE)]);

    let text = folder.run(&["lint", "site.acl"]);
    let output = folder.run(&["lint", "site.acl", "--json"]);

    assert_eq!((code(&text), stdout(&text), stderr(&text)), (0, "", ""));
    assert_eq!((code(&output), json(&output)), (0, json!([])));
}

#[test]
fn findings_are_shown_in_their_lines() {
    let folder = Folder::new(&[("wrong.acl", WRONG)]);

    let output = folder.run(&["lint", "wrong.acl"]);

    let expected = "\
wrong.acl:1:11: warning: 'path_beg' has no pattern, so it never matches
    1 | acl never path_beg
      |           ^~~~~~~~
      = help: add patterns, or '-m found' to ask for existence, or '--' if it is meant
wrong.acl:2:11: error: unknown fetch 'pth_beg'
    2 | acl admin pth_beg /admin
      |           ^~~~~~~
      = help: did you mean 'path_beg'?
wrong.acl:3:22: error: no acl named 'admn' is defined above
    3 | http-request deny if admn
      |                      ^~~~
      = help: did you mean 'admin'?
";
    assert_eq!(stdout(&output), expected);
    assert_eq!(code(&output), 1);
}

#[test]
fn findings_of_all_files_are_one_array() {
    let folder = Folder::new(&[("wrong.acl", WRONG), ("site.acl", SITE)]);

    let output = folder.run(&["lint", "--json", "wrong.acl", "site.acl", "none.acl"]);

    let findings = json(&output);
    let brief = |index: usize| {
        let finding = &findings[index];
        json!([
            finding["file"],
            finding["line"],
            finding["column"],
            finding["code"],
            finding["severity"]
        ])
    };
    assert_eq!(brief(0), json!(["wrong.acl", 1, 11, "no-pattern", "warning"]));
    assert_eq!(brief(1), json!(["wrong.acl", 2, 11, "fetch", "error"]));
    assert_eq!(brief(2), json!(["wrong.acl", 3, 22, "unknown-acl", "error"]));
    assert_eq!(brief(3), json!(["none.acl", null, null, "unreadable", "error"]));
    assert_eq!(findings.as_array().map(Vec::len), Some(4));
    assert_eq!(findings[1]["message"], "unknown fetch 'pth_beg'");
    assert_eq!(findings[1]["suggestion"], "did you mean 'path_beg'?");
    assert!(stderr(&output).contains("none.acl: No such file"), "{}", stderr(&output));
    assert_eq!(code(&output), 1);
}

#[test]
fn a_whole_configuration_is_read() {
    let rules = "global\n daemon\ndefaults\n mode http\nfrontend www\n http-request dny\n";
    let folder = Folder::new(&[("haproxy.cfg", rules)]);

    let output = folder.run(&["lint", "haproxy.cfg", "--json"]);

    assert_eq!(json(&output)[0]["line"], 6);
    assert_eq!(json(&output)[0]["code"], "action");
}

#[test]
fn a_warning_alone_is_a_finding() {
    let folder = Folder::new(&[]);

    let output = folder.run_with(&["lint", "--json"], "acl a path_beg\nhttp-request deny if a\n");

    assert_eq!(code(&output), 1);
    assert_eq!(json(&output)[0]["file"], "-");
}

#[test]
fn a_whole_configuration_may_begin_with_a_macro() {
    let folder = Folder::new(&[]);

    let output = folder.run_with(
        &["lint"],
        ".notice \"for the edge\"\nfrontend f\n mode http\n http-request deny\n",
    );

    assert_eq!(stdout(&output), "");
    assert_eq!(code(&output), 0);
}
