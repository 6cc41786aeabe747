//! What is refused, and why.

/// What an expression contains that cannot be rewritten, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    LookAround,
    AtomicGroup,
    PossessiveQuantifier,
    /// HAProxy refuses it too, but where something is replaced: groups of patterns do not capture.
    BackReference,
    /// HAProxy refuses it too.
    ClassName,
    /// HAProxy refuses it too.
    ClassNameAlone,
    /// HAProxy refuses it too.
    NothingToRepeat,
    /// HAProxy refuses it too.
    Comment,
    /// HAProxy refuses it too.
    Range,
    /// HAProxy refuses it too.
    Code,
    /// HAProxy refuses it too.
    Options,
    /// The option `n`, where it matters which groups capture.
    NoCapture,
    Callout,
    Verb,
    Recursion,
    Escape,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LookAround => "look-around",
            Self::AtomicGroup => "an atomic group",
            Self::PossessiveQuantifier => "a possessive quantifier",
            Self::BackReference => "a back-reference",
            Self::ClassName => "an unknown class of characters",
            Self::ClassNameAlone => "the name of a class without brackets around it",
            Self::NothingToRepeat => "a quantifier without anything to repeat",
            Self::Range => "a range that begins with a class",
            Self::Code => "a character beyond 255",
            Self::Comment => "a comment without its end",
            Self::Options => "options that do not exist",
            Self::NoCapture => "the option 'n'",
            Self::Callout => "a callout",
            Self::Verb => "a backtracking verb",
            Self::Recursion => "recursion",
            Self::Escape => "an escape",
        }
    }
}
