//! HAProxy's access rules as a library: parsed, checked, explained and evaluated with HAProxy's own
//! answers.
//!
//! It opens no files, resolves no names and talks to nobody. It is no proxy: whoever holds the
//! connection shows a request, and acts on the answer. Of HAProxy's language it takes the part that
//! the README lists; anything else that bears on access is refused with its place, never skipped.
//!
//! [`Policy::parse`] compiles a configuration under [`Options`] or returns [`Diagnostics`]. A
//! [`Policy`] decides about anything that is a [`Request`], such as a [`RequestView`], and gives a
//! [`Decision`]; [`Policy::decide_with`] gives a [`Verdict`] with all that goes with it, in the room
//! of a [`Scratch`], and [`Policy::explain`] an [`Explanation`].
//!
//! ```
//! use proxy_acl::{Action, Options, Policy, RequestView};
//!
//! let text = b"
//! acl is_admin path_beg /wp-admin
//! acl is_local src 10.66.0.0/24
//! http-request deny if !is_local is_admin
//! ";
//! let policy = Policy::parse(text, &Options::new().file_name("site.acl"))?;
//!
//! let outside = RequestView::new(b"GET", b"/wp-admin/", "192.0.2.7:5000".parse()?);
//! let decision = policy.decide(&outside);
//! assert_eq!(decision.action, Action::Deny { status: 403 });
//! assert_eq!(decision.line, Some(4));
//!
//! let inside = RequestView::new(b"GET", b"/wp-admin/", "10.66.0.7:5000".parse()?);
//! assert!(policy.decide(&inside).is_allowed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! `std` (default) only turns on `std` in the dependencies; without it the crate needs `alloc`.
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing)]

extern crate alloc;

mod acl;
mod asked;
mod ast;
mod change;
mod compile;
mod config;
mod convert;
mod decision;
mod error;
mod evaluation;
mod explain;
mod fetch;
mod lex;
mod log_format;
mod normalize;
mod number;
mod options;
mod parse;
mod pattern;
mod pipeline;
mod policy;
mod quote;
mod redirect;
mod reporter;
mod request;
mod response;
mod rewritten;
mod rule;
mod scratch;
mod signature;
mod source;
mod spelling;
mod update;
mod value;
mod variable;
mod verdict;

pub use config::{Config, Proxy, ProxyKind};
pub use decision::{Action, Decision};
pub use error::{Diagnostic, DiagnosticKind, Diagnostics, Severity};
pub use explain::{Explanation, ExpressionReason, Outcome, PatternReason, RuleReason, TermReason};
pub use options::{Options, Unsupported};
pub use policy::Policy;
pub use request::{HeaderVisitor, Request, RequestView, Tls};
pub use response::{Response, ResponseVerdict, ResponseView, RewrittenResponse};
pub use rewritten::Rewritten;
pub use scratch::Scratch;
pub use update::{Update, UpdateKind};
pub use value::Value;
pub use verdict::Verdict;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
