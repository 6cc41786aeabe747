//! What the caller hands in beside the configuration: names, environment, pattern files, limits.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// What becomes of a line that bears on access but cannot be evaluated here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsupported {
    /// The configuration is refused.
    #[default]
    Refuse,
    /// The line is left out, and so is every rule that rests on it; each is a warning. Decisions are
    /// then not HAProxy's: a rule that denies may be missing.
    LeaveOut,
}

/// How a configuration is read.
///
/// Nothing is taken from the process: the environment and the pattern files that the configuration
/// names come from here.
///
/// ```
/// use proxy_acl::{Options, Policy};
///
/// let options = Options::new()
///     .file_name("site.acl")
///     .env("OFFICE", "10.66.0.0/24")
///     .pattern_file("blocked.lst", "/wp-login.php\n/xmlrpc.php\n");
/// let text = br#"
/// acl office src "$OFFICE"
/// http-request deny if { path -f blocked.lst } !office
/// "#;
/// assert!(Policy::parse(text, &options).is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) file_name: String,
    pub(crate) environment: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) files: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) predicates: BTreeMap<Vec<u8>, bool>,
    pub(crate) unsupported: Unsupported,
    pub(crate) max_line: usize,
    pub(crate) max_lines: usize,
    pub(crate) max_bytes: usize,
    pub(crate) max_patterns: usize,
    pub(crate) max_regex: usize,
    pub(crate) max_diagnostics: usize,
}

impl Options {
    /// Returns the defaults: file name `policy`, no environment, no files, no predicates, nothing unsupported; lines of at most 64 KiB
    /// after expansion of the environment, 100,000 lines, 64 MiB in all, 2,000,000 patterns, regular
    /// expressions of 1 MiB when compiled, and at most 100 diagnostics.
    #[must_use]
    pub fn new() -> Self {
        Self {
            file_name: String::from("policy"),
            environment: BTreeMap::new(),
            files: BTreeMap::new(),
            predicates: BTreeMap::new(),
            unsupported: Unsupported::Refuse,
            max_line: 64 * 1024,
            max_lines: 100_000,
            max_bytes: 64 * 1024 * 1024,
            max_patterns: 2_000_000,
            max_regex: 1024 * 1024,
            max_diagnostics: 100,
        }
    }

    /// Sets the name that diagnostics give as the file.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = name.into();
        self
    }

    /// Sets a variable for `"$NAME"` and `"${NAME}"`.
    #[must_use]
    pub fn env(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Hands in the content of a pattern or map file under the name by which `-f` or
    /// a `map` converter calls it.
    ///
    /// Which files are needed is told by reading: each that is missing is an error of the kind
    /// [`PatternFile`](crate::DiagnosticKind::PatternFile) with the file's name as its word. Where relative
    /// names begin is the caller's to say: for HAProxy it is the current folder, unless `default-path` in
    /// the section `global`, which is not looked at here, says otherwise.
    ///
    /// ```
    /// use proxy_acl::{DiagnosticKind, Diagnostics, Options, Policy};
    ///
    /// fn read(text: &[u8], open: impl Fn(&str) -> Option<String>) -> Result<Policy, Diagnostics> {
    ///     let mut options = Options::new();
    ///     loop {
    ///         let wrong = match Policy::parse(text, &options) {
    ///             Ok(policy) => return Ok(policy),
    ///             Err(wrong) => wrong,
    ///         };
    ///         let missing = wrong.errors().filter(|one| one.kind == DiagnosticKind::PatternFile);
    ///         let found: Vec<_> =
    ///             missing.filter_map(|one| Some((one.word.clone(), open(&one.word)?))).collect();
    ///         if found.is_empty() {
    ///             return Err(wrong);
    ///         }
    ///         for (name, content) in found {
    ///             options = options.pattern_file(name, content);
    ///         }
    ///     }
    /// }
    ///
    /// let text = b"http-request deny if { path -f blocked.lst }";
    /// let open = |name: &str| (name == "blocked.lst").then(|| String::from("/xmlrpc.php\n"));
    /// assert!(read(text, open).is_ok());
    /// assert!(read(text, |_| None).is_err());
    /// ```
    #[must_use]
    pub fn pattern_file(mut self, name: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(name.into(), content.into());
        self
    }

    /// Tells whether a predicate about HAProxy's build holds in `.if` lines, as it is written there:
    /// `feature(LUA)`, `openssl_version_atleast(3.0)`, `ssllib_name_startswith(OpenSSL)`. A block that rests on
    /// one of which nothing is told is refused. `version_atleast` and `version_before` speak of version
    /// 2.6.12 where nothing else is told.
    ///
    /// ```
    /// use proxy_acl::{Options, Policy, RequestView};
    ///
    /// let text = b"
    /// .if feature(QUIC) && version_atleast(2.6)
    /// http-request deny
    /// .endif
    /// ";
    /// assert!(Policy::parse(text, &Options::new()).is_err());
    /// let policy = Policy::parse(text, &Options::new().predicate("feature(QUIC)", true))?;
    /// let request = RequestView::new(b"GET", b"/", "192.0.2.1:5000".parse().unwrap());
    /// assert!(!policy.decide(&request).is_allowed());
    /// # Ok::<(), proxy_acl::Diagnostics>(())
    /// ```
    #[must_use]
    pub fn predicate(mut self, text: impl Into<Vec<u8>>, holds: bool) -> Self {
        self.predicates.insert(text.into(), holds);
        self
    }

    /// Sets what becomes of a line that bears on access but cannot be evaluated here.
    #[must_use]
    pub fn unsupported(mut self, choice: Unsupported) -> Self {
        self.unsupported = choice;
        self
    }

    /// Sets how many bytes a line may have, before and after expansion of the environment.
    #[must_use]
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }

    /// Sets how many lines a configuration may have. Proxies may inherit ten times as many from
    /// `defaults`, where acls and rules count for each proxy that begins with them.
    #[must_use]
    pub fn max_lines(mut self, lines: usize) -> Self {
        self.max_lines = lines;
        self
    }

    /// Sets how many bytes the words of all lines may have together, after expansion of the environment.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many patterns a policy may have in all, those of pattern files included.
    #[must_use]
    pub fn max_patterns(mut self, patterns: usize) -> Self {
        self.max_patterns = patterns;
        self
    }

    /// Sets how many bytes a compiled regular expression may have, and the same again while it runs.
    #[must_use]
    pub fn max_regex(mut self, bytes: usize) -> Self {
        self.max_regex = bytes;
        self
    }

    /// Sets after how many diagnostics reading ends; at least one is always kept.
    #[must_use]
    pub fn max_diagnostics(mut self, diagnostics: usize) -> Self {
        self.max_diagnostics = diagnostics.max(1);
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
