//! A decision with all that goes with it.

use alloc::string::String;
use core::fmt;

use crate::decision::{Action, Decision};
use crate::request::Request;
use crate::rewritten::Rewritten;
use crate::scratch::Scratch;
use crate::update::{Update, Updates};

/// A decision with all that goes with it; see [`Policy::decide_with`](crate::Policy::decide_with).
#[non_exhaustive]
pub struct Verdict<'v, R: ?Sized> {
    /// What is to be done.
    pub decision: Decision,
    /// The backend that an allowed request goes to: by the first `use_backend` whose condition holds,
    /// or `default_backend`. `None` if the configuration names none, or if `use_backend` puts together
    /// a name that it has no backend of and there is no default: then HAProxy answers with status 503. So it
    /// does where the backend is disabled; where it is not in the mode of an HTTP frontend, it closes the
    /// connection.
    pub backend: Option<&'v [u8]>,
    /// The value of `Location` if the client is sent elsewhere.
    pub location: Option<&'v [u8]>,
    /// The request as the rules left it.
    pub request: Rewritten<'v, R>,
    updates: &'v Updates,
}

impl<'v, R: Request + ?Sized> Verdict<'v, R> {
    /// Puts together what the evaluation left in `scratch`.
    pub(crate) fn new(
        decision: Decision,
        backend: Option<&'v [u8]>,
        request: &'v R,
        scratch: &'v Scratch,
    ) -> Self {
        let redirected = matches!(decision.action, Action::Redirect { .. });
        Self {
            decision,
            backend: backend.filter(|_| decision.is_allowed()),
            location: redirected.then_some(&*scratch.location),
            request: Rewritten::new(request, &scratch.changes),
            updates: &scratch.changes.updates,
        }
    }

    /// Returns what rules order to be changed in pattern and map files, in the order of the rules.
    ///
    /// # Examples
    ///
    /// ```
    /// use proxy_acl::{Options, Policy, RequestView, Scratch, UpdateKind};
    ///
    /// let text = b"
    /// http-request add-acl(banned.acl) %[src] if { path_beg /.env }
    /// http-request deny if { path_beg /.env }
    /// ";
    /// let policy = Policy::parse(text, &Options::new())?;
    /// let mut scratch = Scratch::new();
    ///
    /// let request = RequestView::new(b"GET", b"/.env", "192.0.2.7:5000".parse().unwrap());
    /// let verdict = policy.decide_with(&request, &mut scratch);
    /// let update = verdict.updates().next().expect("one");
    /// assert_eq!((update.kind, update.file), (UpdateKind::AddAcl, &b"banned.acl"[..]));
    /// assert_eq!(update.key, b"192.0.2.7");
    /// # Ok::<(), proxy_acl::Diagnostics>(())
    /// ```
    pub fn updates(&self) -> impl Iterator<Item = Update<'v>> + use<'v, R> {
        self.updates.iter()
    }
}

impl<R: Request + ?Sized> fmt::Debug for Verdict<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict")
            .field("decision", &self.decision)
            .field("backend", &self.backend.map(String::from_utf8_lossy))
            .field("location", &self.location.map(String::from_utf8_lossy))
            .field("request", &self.request)
            .finish()
    }
}
