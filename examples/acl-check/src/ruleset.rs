//! Bare rules or a whole haproxy.cfg, asked in the same way.

use std::collections::BTreeSet;

use proxy_acl::{
    Diagnostic, Diagnostics, Explanation, Options, Policy, Proxy, ProxyKind, ResponseVerdict,
    Scratch, Verdict,
};
use serde_json::{Map, Value};

use crate::request::OwnedRequest;
use crate::response::OwnedResponse;

/// What decides about requests.
#[derive(Debug)]
pub(crate) enum Ruleset {
    /// `acl` lines and rules alone.
    Bare(Box<Policy>),
    /// Sections, of which a frontend takes the requests.
    Whole(proxy_acl::Config),
}

impl Ruleset {
    /// Compiles a text, by its first word a whole configuration or bare rules.
    pub(crate) fn parse(text: &[u8], options: &Options) -> Result<Self, Diagnostics> {
        if proxy_acl::Config::is_whole(text) {
            proxy_acl::Config::parse(text, options).map(Self::Whole)
        } else {
            Policy::parse(text, options).map(|policy| Self::Bare(policy.into()))
        }
    }

    pub(crate) fn warnings(&self) -> &[Diagnostic] {
        match self {
            Self::Bare(policy) => policy.warnings(),
            Self::Whole(config) => config.warnings(),
        }
    }

    /// What was skipped since it has no bearing on access, if anything was.
    pub(crate) fn skipped(&self) -> Option<String> {
        let Self::Whole(config) = self else { return None };
        let lines = config.skipped().map(|(what, count)| match count {
            1 => what.to_string(),
            _ => format!("{what} ({count})"),
        });
        let lines: Vec<String> = lines.collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }

    /// Checks that each value of a request is one that rules may ask for.
    ///
    /// # Errors
    ///
    /// A message about the first that is not, which would be ignored.
    pub(crate) fn check_values(&self, request: &OwnedRequest) -> Result<(), String> {
        let asked: BTreeSet<&str> = match self {
            Self::Bare(policy) => policy.value_names().collect(),
            Self::Whole(config) => {
                config.proxies().iter().flat_map(|proxy| proxy.policy.value_names()).collect()
            }
        };
        let Some((name, _)) = request.values.iter().find(|(name, _)| !asked.contains(&**name))
        else {
            return Ok(());
        };
        let name = name.escape_debug();
        if asked.is_empty() {
            return Err(format!("no rule asks for the value '{name}', nor for any other"));
        }
        let asked: Vec<String> = asked.iter().map(|name| name.escape_debug().to_string()).collect();
        let asked = asked.join(", ");
        Err(format!("no rule asks for the value '{name}'; they ask for {asked}"))
    }

    /// All places where requests come in.
    pub(crate) fn entrances(&self) -> Vec<Entrance<'_>> {
        match self {
            Self::Bare(policy) => vec![Entrance::Bare(policy)],
            Self::Whole(config) => {
                frontends(config).map(|proxy| Entrance::Proxy(config, proxy)).collect()
            }
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
        let names: Vec<&str> = frontends(config).map(|proxy| &*proxy.name).collect();
        let known = names.join(", ");
        match (name, names.as_slice()) {
            (Some(name), _) => config.frontend(name).map(|proxy| Entrance::Proxy(config, proxy)),
            (None, [only]) => config.frontend(only).map(|proxy| Entrance::Proxy(config, proxy)),
            (None, []) => return Err("there is no section 'frontend' or 'listen'".to_string()),
            (None, _) => {
                return Err(format!(
                    "there are several frontends, name one by --frontend, or by 'frontend' in a \
                     test case: {known}"
                ));
            }
        }
        .ok_or_else(|| format!("there is no such frontend; there are {known}"))
    }
}

fn frontends(config: &proxy_acl::Config) -> impl Iterator<Item = &Proxy> {
    config.proxies().iter().filter(|proxy| proxy.kind != ProxyKind::Backend)
}

/// Where requests come in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entrance<'r> {
    Bare(&'r Policy),
    Proxy(&'r proxy_acl::Config, &'r Proxy),
}

impl<'r> Entrance<'r> {
    /// What HAProxy answers where these rules allow a request and no backend is chosen; nothing for
    /// bare rules, which stand in some configuration, and a `listen` section, which is its own.
    pub(crate) fn without_backend(self) -> Option<&'static str> {
        match self {
            Self::Proxy(_, proxy) if proxy.kind == ProxyKind::Frontend && proxy.http => {
                Some("none is there for it: HAProxy answers with status 503")
            }
            Self::Proxy(_, proxy) if proxy.kind == ProxyKind::Frontend => {
                Some("none is there for it: HAProxy closes the connection")
            }
            Self::Bare(_) | Self::Proxy(..) => None,
        }
    }

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

    /// Decides about the response, in the room in which it was decided about the request.
    pub(crate) fn decide_response<'v>(
        self,
        request: &OwnedRequest,
        response: &'v OwnedResponse,
        scratch: &'v mut Scratch,
    ) -> ResponseVerdict<'v, OwnedResponse> {
        match self {
            Self::Bare(policy) => policy.decide_response(request, response, scratch),
            Self::Proxy(config, proxy) => config.decide_response(proxy, request, response, scratch),
        }
    }

    pub(crate) fn explain_response(
        self,
        request: &OwnedRequest,
        response: &OwnedResponse,
    ) -> Explanation {
        match self {
            Self::Bare(policy) => policy.explain_response(request, response),
            Self::Proxy(config, proxy) => config.explain_response(proxy, request, response),
        }
    }

    pub(crate) fn explain(self, request: &OwnedRequest) -> Explanation {
        match self {
            Self::Bare(policy) => policy.explain(request),
            Self::Proxy(config, proxy) => config.explain(proxy, request),
        }
    }

    /// The names of values that the last decision with `scratch` asked for in vain.
    pub(crate) fn missing(self, scratch: &Scratch) -> Vec<String> {
        match self {
            Self::Bare(policy) => policy.missing_values(scratch).map(ToString::to_string).collect(),
            Self::Proxy(config, _) => {
                config.missing_values(scratch).map(ToString::to_string).collect()
            }
        }
    }

    /// The truth of the acl of this name.
    pub(crate) fn acl(self, name: &str, request: &OwnedRequest) -> Option<bool> {
        self.policy().acl(name, request)
    }

    /// The names of the acls that are defined here.
    pub(crate) fn acl_names(self) -> impl Iterator<Item = &'r str> {
        self.policy().acl_names()
    }

    /// The truth of each acl that is defined here.
    pub(crate) fn acls(self, request: &OwnedRequest) -> Map<String, Value> {
        self.acl_names().map(|name| (name.to_string(), self.acl(name, request).into())).collect()
    }

    fn policy(self) -> &'r Policy {
        match self {
            Self::Bare(policy) => policy,
            Self::Proxy(_, proxy) => &proxy.policy,
        }
    }
}
