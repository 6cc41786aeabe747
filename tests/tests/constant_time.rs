//! vpn-core under memcheck, with its secrets marked as undefined: see `tests/constant_time`.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
#[ignore = "needs valgrind"]
fn nothing_depends_on_a_secret_but_what_is_declassified() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tests.parent().unwrap();
    // The versions that the workspace has.
    fs::copy(root.join("Cargo.lock"), tests.join("constant_time/Cargo.lock")).unwrap();

    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--manifest-path"])
        .arg(tests.join("constant_time/Cargo.toml"))
        .env("CARGO_TARGET_DIR", root.join("target/constant_time"))
        .output()
        .unwrap();

    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complaint}");
    println!("{said}");
}
