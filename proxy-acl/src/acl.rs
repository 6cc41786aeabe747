//! An acl, compiled.

use alloc::vec::Vec;

use crate::ast::Span;
use crate::pattern::Matcher;
use crate::pipeline::Pipeline;
use crate::source::Origin;

/// Expressions of which one must match.
#[derive(Clone, Debug)]
pub(crate) struct Acl {
    /// Defined by a line of the configuration rather than predefined or anonymous.
    pub(crate) by_user: bool,
    /// A line of it was left out.
    pub(crate) incomplete: bool,
    pub(crate) expressions: Vec<Expression>,
}

#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) pipeline: Pipeline,
    pub(crate) matcher: Matcher,
    /// Where each pattern of the matcher came from, in its order.
    pub(crate) origins: Vec<Origin>,
    pub(crate) place: Place,
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Configuration(Span),
    Predefined(&'static [&'static str]),
}
