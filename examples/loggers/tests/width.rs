//! Each recipe logs a line that begins with a stamp of the layout.

use std::process::Command;

use log_format::{EsMicros, check};

#[test]
fn every_recipe_begins_its_line_with_a_stamp() {
    let recipes = [
        env!("CARGO_BIN_EXE_with_env_logger"),
        env!("CARGO_BIN_EXE_with_slog"),
        env!("CARGO_BIN_EXE_with_log4rs"),
    ];
    for recipe in recipes {
        let output = Command::new(recipe).env_remove("RUST_LOG").output().unwrap();

        let line = [output.stdout, output.stderr].concat();
        let finding = check::<EsMicros>(&line);

        let text = String::from_utf8_lossy(&line);
        assert_eq!((finding.deviation(), finding.range()), (None, 0..26), "{text}");
        assert!(text.trim_end().contains("started"), "{text}");
    }
}
