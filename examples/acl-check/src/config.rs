//! A configuration, read together with the files it names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use proxy_acl::{Diagnostic, DiagnosticKind, Options, Severity, Unsupported};

use crate::ruleset::Ruleset;

/// A configuration that was accepted.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) text: Vec<u8>,
    pub(crate) rules: Ruleset,
}

/// Why there is none.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The file cannot be read.
    Unreadable { name: String, error: io::Error },
    /// It is no valid configuration; at least one of these is an error.
    Invalid(Vec<Diagnostic>),
}

/// Where a configuration's pattern and map files come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Files<'f> {
    /// From the disk, beginning at the folder that HAProxy would begin at.
    OnDisk,
    /// From these alone, by name.
    Given(&'f BTreeMap<String, String>),
}

/// Reads configurations: all that it takes from outside.
#[derive(Debug, Clone)]
pub(crate) struct Loader {
    environment: Vec<(Vec<u8>, Vec<u8>)>,
    /// What holds of HAProxy's build, in `.if` lines.
    predicates: Vec<(Vec<u8>, bool)>,
    unsupported: Unsupported,
    directory: Option<PathBuf>,
}

impl Loader {
    /// Takes the environment of the process, in which `variables` are replaced.
    pub(crate) fn new(
        variables: Vec<(Vec<u8>, Vec<u8>)>,
        predicates: Vec<(Vec<u8>, bool)>,
        unsupported: Unsupported,
        directory: Option<PathBuf>,
    ) -> Self {
        let inherited = std::env::vars_os();
        let inherited = inherited.map(|(name, value)| (name.into_vec(), value.into_vec()));
        let environment = inherited.chain(variables).collect();
        Self { environment, predicates, unsupported, directory }
    }

    /// The same for a HAProxy of which this holds too, whatever was told before.
    pub(crate) fn with_predicates(&self, predicates: &BTreeMap<String, bool>) -> Self {
        let mut loader = self.clone();
        let predicates = predicates.iter().map(|(name, holds)| (name.as_bytes().to_vec(), *holds));
        loader.predicates.extend(predicates);
        loader
    }

    /// Reads a file; `-` is standard input.
    pub(crate) fn read(&self, path: &Path) -> Result<Config, Refused> {
        let text = read(path)
            .map_err(|error| Refused::Unreadable { name: path.display().to_string(), error })?;
        self.compile(&path.display().to_string(), text, Files::OnDisk)
    }

    /// Compiles a text called `name`.
    pub(crate) fn compile(
        &self,
        name: &str,
        text: Vec<u8>,
        files: Files<'_>,
    ) -> Result<Config, Refused> {
        let mut options = Options::new().file_name(name).unsupported(self.unsupported);
        for (name, value) in &self.environment {
            options = options.env(name.as_slice(), value.as_slice());
        }
        for (text, holds) in &self.predicates {
            options = options.predicate(text.as_slice(), *holds);
        }
        let rules = match files {
            Files::Given(files) => {
                for (name, content) in files {
                    options = options.pattern_file(name.as_str(), content.as_str());
                }
                Ruleset::parse(&text, &options).map_err(|all| all.into_iter().collect())
            }
            Files::OnDisk => {
                let base = self.directory.clone().unwrap_or_else(|| base(&text, Path::new(name)));
                with_files(&text, options, &base)
            }
        };
        match rules {
            Ok(rules) => Ok(Config { text, rules }),
            Err(mut diagnostics) => {
                diagnostics.iter_mut().for_each(name_option);
                Err(Refused::Invalid(diagnostics))
            }
        }
    }
}

impl Refused {
    /// Prints what is wrong to standard error: about a file that cannot be read it is we who speak.
    pub(crate) fn print(&self) {
        let speaker = if matches!(self, Self::Unreadable { .. }) { "acl-check: " } else { "" };
        eprint!("{speaker}{}", self.render());
    }

    /// What is wrong, with source lines and carets.
    pub(crate) fn render(&self) -> String {
        match self {
            Self::Unreadable { name, error } => format!("{name}: {error}\n"),
            Self::Invalid(diagnostics) => render(diagnostics),
        }
    }
}

/// Names our option where the library names its own, or knows no help.
fn name_option(diagnostic: &mut Diagnostic) {
    if diagnostic.kind == DiagnosticKind::Predicate {
        let predicate = &diagnostic.word;
        let help = format!("tell it with --predicate '{predicate}=true' or '{predicate}=false'");
        diagnostic.suggestion = Some(help);
    }
    if diagnostic.kind == DiagnosticKind::Unsupported && diagnostic.severity == Severity::Error {
        let help = "--leave-out goes on without it: decisions are then not HAProxy's";
        diagnostic.suggestion.get_or_insert_with(|| help.to_string());
    }
}

/// Diagnostics with source lines and carets.
pub(crate) fn render(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().fold(String::new(), |mut text, diagnostic| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}", diagnostic.render());
        text
    })
}

/// Reads a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return fs::read(path);
    }
    let mut text = Vec::new();
    io::stdin().lock().read_to_end(&mut text)?;
    Ok(text)
}

/// Compiles with the pattern files that the text names: the diagnostics tell which are wanted.
fn with_files(text: &[u8], mut options: Options, base: &Path) -> Result<Ruleset, Vec<Diagnostic>> {
    let mut errors = BTreeMap::new();
    let mut found = Vec::new();
    loop {
        let mut diagnostics: Vec<Diagnostic> = match Ruleset::parse(text, &options) {
            Ok(rules) => return Ok(rules),
            Err(diagnostics) => diagnostics.into_iter().collect(),
        };
        let known = found.len();
        for wanted in diagnostics.iter().filter(|one| one.kind == DiagnosticKind::PatternFile) {
            let name = &wanted.word;
            if found.contains(name) || errors.contains_key(name) {
                continue;
            }
            match fs::read(base.join(name)) {
                Ok(content) => {
                    options = options.pattern_file(name.as_str(), content);
                    found.push(name.clone());
                }
                Err(error) => drop(errors.insert(name.clone(), error)),
            }
        }
        if found.len() > known {
            continue;
        }
        for diagnostic in &mut diagnostics {
            if let Some(error) = errors.get(&diagnostic.word) {
                let path = base.join(&diagnostic.word);
                diagnostic.message = format!("cannot read '{}': {error}", path.display());
                let begin = if base.as_os_str().is_empty() { Path::new(".") } else { base };
                let help =
                    format!("relative names begin at '{}'; -C changes that", begin.display());
                let is_relative = Path::new(&diagnostic.word).is_relative();
                diagnostic.suggestion = is_relative.then_some(help);
            }
        }
        return Err(diagnostics);
    }
}

/// Where relative file names begin: in the current folder, or where `default-path` of the section
/// `global` says (configuration manual, 3.1).
fn base(text: &[u8], config: &Path) -> PathBuf {
    let folder = |path: &Path| path.parent().map(Path::to_path_buf).unwrap_or_default();
    for line in text.split(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let mut words = line.split_ascii_whitespace();
        if words.next() == Some("default-path") {
            return match (words.next(), words.next()) {
                (Some("config"), _) => folder(config),
                (Some("parent"), _) => folder(config).join(".."),
                (Some("origin"), Some(path)) => path.into(),
                _ => PathBuf::new(),
            };
        }
    }
    PathBuf::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_path_moves_relative_names() {
        let base = |line: &str| {
            let text = format!("global\n    {line}\n");
            base(text.as_bytes(), Path::new("etc/haproxy/site.cfg"))
        };

        assert_eq!(base(""), Path::new(""));
        assert_eq!(base("default-path current"), Path::new(""));
        assert_eq!(base("default-path config"), Path::new("etc/haproxy"));
        assert_eq!(base("default-path parent"), Path::new("etc/haproxy/.."));
        assert_eq!(base("default-path origin /srv/acl # here"), Path::new("/srv/acl"));
        assert_eq!(base("# default-path config"), Path::new(""));
    }
}
