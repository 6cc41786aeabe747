//! Bare rules or a whole haproxy.cfg, asked in the same way.

use proxy_acl::{Diagnostic, Diagnostics, Explanation, Options, Policy, Proxy, Scratch, Verdict};
use serde_json::{Map, Value};

use crate::request::OwnedRequest;

/// What decides about requests.
#[derive(Debug)]
pub(crate) enum Ruleset {
    /// `acl` lines and rules alone.
    Bare(Policy),
    /// Sections, of which a frontend takes the requests.
    Whole(proxy_acl::Config),
}

/// The words that begin a section (configuration manual, 2.1).
const SECTIONS: [&[u8]; 15] = [
    b"global",
    b"defaults",
    b"frontend",
    b"backend",
    b"listen",
    b"userlist",
    b"peers",
    b"resolvers",
    b"mailers",
    b"cache",
    b"http-errors",
    b"ring",
    b"program",
    b"fcgi-app",
    b"log-forward",
];

impl Ruleset {
    /// Compiles a text, which is a whole configuration if its first word begins a section or is a macro.
    pub(crate) fn parse(text: &[u8], options: &Options) -> Result<Self, Diagnostics> {
        let word = |line: &[u8]| {
            let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            words.next().filter(|word| !word.starts_with(b"#")).map(<[u8]>::to_vec)
        };
        let first = text.split(|&byte| byte == b'\n').find_map(word);
        // Bare rules have no macros.
        let is_whole =
            |first: Vec<u8>| first.starts_with(b".") || SECTIONS.contains(&first.as_slice());
        if first.is_some_and(is_whole) {
            proxy_acl::Config::parse(text, options).map(Self::Whole)
        } else {
            Policy::parse(text, options).map(Self::Bare)
        }
    }

    pub(crate) fn warnings(&self) -> &[Diagnostic] {
        match self {
            Self::Bare(policy) => policy.warnings(),
            Self::Whole(config) => config.warnings(),
        }
    }

    /// Chooses the section that takes the requests: the one of this name, or the only one there is.
    ///
    /// # Errors
    ///
    /// A message that says why none is chosen.
    pub(crate) fn entrance(&self, name: Option<&str>) -> Result<Entrance<'_>, String> {
        let config = match (self, name) {
            (Self::Bare(policy), None) => return Ok(Entrance::Bare(policy)),
            (Self::Bare(_), Some(name)) => {
                return Err(format!("there is no frontend '{name}': these are bare rules"));
            }
            (Self::Whole(config), _) => config,
        };
        let names: Vec<&str> = config
            .proxies()
            .iter()
            .map(|proxy| &*proxy.name)
            .filter(|name| config.frontend(name).is_some())
            .collect();
        let known = names.join(", ");
        match (name, names.as_slice()) {
            (Some(name), _) => config.frontend(name).map(|proxy| Entrance::Proxy(config, proxy)),
            (None, [only]) => config.frontend(only).map(|proxy| Entrance::Proxy(config, proxy)),
            (None, []) => return Err("there is no section 'frontend' or 'listen'".to_string()),
            (None, _) => return Err(format!("there are several frontends, name one: {known}")),
        }
        .ok_or_else(|| format!("there is no such frontend; there are {known}"))
    }
}

/// Where requests come in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entrance<'r> {
    Bare(&'r Policy),
    Proxy(&'r proxy_acl::Config, &'r Proxy),
}

impl<'r> Entrance<'r> {
    pub(crate) fn decide<'v>(
        self,
        request: &'v OwnedRequest,
        scratch: &'v mut Scratch,
    ) -> Verdict<'v, OwnedRequest>
    where
        'r: 'v,
    {
        match self {
            Self::Bare(policy) => policy.decide_with(request, scratch),
            Self::Proxy(config, proxy) => config.decide_with(proxy, request, scratch),
        }
    }

    pub(crate) fn explain(self, request: &OwnedRequest) -> Explanation {
        match self {
            Self::Bare(policy) => policy.explain(request),
            Self::Proxy(config, proxy) => config.explain(proxy, request),
        }
    }

    /// The truth of the acl of this name.
    pub(crate) fn acl(self, name: &str, request: &OwnedRequest) -> Option<bool> {
        self.policy().acl(name, request)
    }

    /// The truth of each acl that is defined here.
    pub(crate) fn acls(self, request: &OwnedRequest) -> Map<String, Value> {
        let names = self.policy().acl_names();
        names.map(|name| (name.to_string(), self.acl(name, request).into())).collect()
    }

    fn policy(self) -> &'r Policy {
        match self {
            Self::Bare(policy) => policy,
            Self::Proxy(_, proxy) => &proxy.policy,
        }
    }
}
