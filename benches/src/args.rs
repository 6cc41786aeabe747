//! What the command line asks of a bench target.

use std::fmt;

/// The parsed command line: measure or only try, and which paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    /// True under `cargo bench`, which passes `--bench`; false means that each path runs once.
    pub measure: bool,
    /// Words of which a path's name must contain at least one; none selects every path.
    pub words: Vec<String>,
}

impl Args {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    ///
    /// [`UsageError`] with the first argument that begins with `-` and is not `--bench`.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, UsageError> {
        let mut parsed = Self { measure: false, words: Vec::new() };
        for arg in args {
            match arg.as_str() {
                "--bench" => parsed.measure = true,
                flag if flag.starts_with('-') => return Err(UsageError(arg)),
                _ => parsed.words.push(arg),
            }
        }
        Ok(parsed)
    }

    /// Tells whether the path of this name was asked for.
    #[must_use]
    pub fn selects(&self, path: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| path.contains(word))
    }
}

/// An option that the benches do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown option {:?}: only words that select paths by name are understood",
            self.0
        )
    }
}

impl std::error::Error for UsageError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Args, UsageError> {
        Args::parse(args.iter().map(ToString::to_string))
    }

    #[test]
    fn without_words_every_path_is_selected() {
        let args = parse(&["--bench"]).unwrap();

        assert!(args.measure);
        assert!(args.selects("seal/1420"));
    }

    #[test]
    fn any_word_selects() {
        let args = parse(&["seal", "open"]).unwrap();

        assert!(!args.measure);
        assert!(args.selects("open-default/64"));
        assert!(!args.selects("lines/40"));
    }

    #[test]
    fn unknown_option_is_refused() {
        let refused = parse(&["--nocapture"]).unwrap_err();

        assert!(refused.to_string().contains("--nocapture"));
    }
}
