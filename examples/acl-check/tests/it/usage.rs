use crate::{Folder, SITE, code, stderr, stdout};

#[test]
fn wrong_usage_ends_with_2_and_a_reason() {
    let folder = Folder::new(&[("site.acl", SITE)]);
    let cases: [(&[&str], &str); 16] = [
        (&[], "a command is missing"),
        (&["evil"], "no command is called 'evil'"),
        (&["--json"], "--json"),
        (&["eval", "site.acl", "--path=/"], "--src is missing"),
        (&["eval", "site.acl", "--src=::1"], "--path is missing"),
        (&["eval", "--src=::1", "--path=wp-admin"], "--path begins with '/'"),
        (&["eval", "a", "b", "--src=::1", "--path=/"], "one FILE"),
        (&["eval", "--src=host", "--path=/"], "expected an address"),
        (&["eval", "--src=::1", "--path=/", "--header=x"], "Name: value"),
        (&["eval", "--src=::1", "--path=/", "--value=nbsrv(web)"], "--value takes NAME=VALUE"),
        (&["eval", "--src=::1", "--path=/", "--value=x=hex:0"], "pairs of hexadecimal digits"),
        (&["eval", "--src=::1", "--path=/", "--response=20"], "a status from 100 to 999"),
        (&["eval", "--src=::1", "--path=/", "--response-header=a: b"], "--response is missing"),
        (&["lint", "--env", "x"], "NAME=VALUE"),
        (&["lint", "--src=::1"], "--src"),
        (&["test", "-x"], "-x"),
    ];

    for (args, reason) in cases {
        let output = folder.run(args);

        assert_eq!(code(&output), 2, "{args:?}");
        assert_eq!(stdout(&output), "", "{args:?}");
        assert!(stderr(&output).contains(reason), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("--help"), "{args:?}");
    }
}

#[test]
fn help_and_version_are_results() {
    let folder = Folder::new(&[]);

    for args in [&["--help"][..], &["-h"], &["eval", "--help"], &["test", "-h"], &["lint", "-h"]] {
        let output = folder.run(args);

        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("Usage: acl-check eval FILE"));
    }
    let version = folder.run(&["--version"]);
    assert_eq!(stdout(&version), concat!("acl-check ", env!("CARGO_PKG_VERSION"), "\n"));
}
