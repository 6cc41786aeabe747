//! The committed corpora of the fuzz targets, replayed by a stable compiler.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tests::fuzz::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The names in a folder, without their extensions.
fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_string())
        .collect()
}

#[test]
fn every_target_has_its_function_and_its_corpus() {
    let functions: BTreeSet<String> = TARGETS.iter().map(|(name, _)| name.to_string()).collect();

    assert_eq!(names(&fuzz().join("targets")), functions);
    assert_eq!(names(&fuzz().join("corpus")), functions);
}

#[test]
fn every_input_of_every_corpus_keeps_the_properties() {
    for (name, target) in TARGETS {
        let corpus = fuzz().join("corpus").join(name);
        let mut inputs: Vec<PathBuf> =
            fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();

        assert!(!inputs.is_empty(), "{} holds no input", corpus.display());
        for input in inputs {
            // Shown if the target panics.
            println!("{}", input.display());
            target(&fs::read(&input).unwrap());
        }
    }
}
