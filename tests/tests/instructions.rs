//! vpn-core's instructions, counted by callgrind: see `tests/instructions`.

use std::path::Path;
use std::process::Command;

#[test]
#[ignore = "needs valgrind"]
fn trains_meshes_and_crowds_cost_no_more_than_is_claimed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();

    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--locked", "--package", "instructions"])
        .current_dir(root)
        .output()
        .unwrap();

    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complaint}");
    println!("{said}");
}
