//! Decisions about responses.

use super::Policy;
use crate::decision::Decision;
use crate::evaluation;
use crate::explain::{Explanation, Reasons};
use crate::pipeline::Text;
use crate::request::Request;
use crate::response::{Answered, Response, ResponseVerdict};
use crate::rewritten::Rewritten;
use crate::rule::Rule;
use crate::scratch::Scratch;

impl Policy {
    /// Decides about the response to `request`, by the rules of `tcp-response` and `http-response`.
    ///
    /// `scratch` is the one with which [`Policy::decide_with`] decided about the request: variables
    /// that its rules set are read there. Of the request itself only what [`Request::method`] and the
    /// ends of the connection tell is left, as in HAProxy.
    ///
    /// # Examples
    ///
    /// ```
    /// use proxy_acl::{Options, Policy, RequestView, Response as _, ResponseView, Scratch};
    ///
    /// let text = b"
    /// http-request set-var(txn.path) path
    /// http-response del-header x-powered-by
    /// http-response deny if { var(txn.path) -m beg /private } { status 200 }
    /// ";
    /// let policy = Policy::parse(text, &Options::new())?;
    /// let mut scratch = Scratch::new();
    ///
    /// let request = RequestView::new(b"GET", b"/private/x", "192.0.2.7:5000".parse().unwrap());
    /// assert!(policy.decide_with(&request, &mut scratch).decision.is_allowed());
    /// let found = ResponseView::new(200);
    /// let verdict = policy.decide_response(&request, &found, &mut scratch);
    /// assert_eq!(verdict.decision.line, Some(4));
    /// let missing = ResponseView::new(404).headers(&[(b"x-powered-by", b"PHP")]);
    /// let verdict = policy.decide_response(&request, &missing, &mut scratch);
    /// assert!(verdict.decision.is_allowed());
    /// assert!(verdict.response.headers(&mut |_, _| std::ops::ControlFlow::Break(())).is_continue());
    /// # Ok::<(), proxy_acl::Diagnostics>(())
    /// ```
    pub fn decide_response<'v, R: Request + ?Sized, S: Response + ?Sized>(
        &self,
        request: &R,
        response: &'v S,
        scratch: &'v mut Scratch,
    ) -> ResponseVerdict<'v, S> {
        let decision = self.run_response(request, response, scratch, |rule, view, text| {
            self.applies(rule, view, text)
        });
        ResponseVerdict::new(decision, response, scratch)
    }

    /// Decides like [`Policy::decide_response`] after [`Policy::decide_with`] for `request`, and says
    /// why.
    ///
    /// # Examples
    ///
    /// ```
    /// use proxy_acl::{Options, Policy, RequestView, ResponseView};
    ///
    /// let text = b"
    /// http-response deny if { res.hdr(x-secret) -m found }
    /// http-response deny deny_status 404 if { status 401 403 }
    /// ";
    /// let policy = Policy::parse(text, &Options::new())?;
    /// let request = RequestView::new(b"GET", b"/", "192.0.2.7:5000".parse().unwrap());
    ///
    /// let explanation = policy.explain_response(&request, &ResponseView::new(403));
    /// assert_eq!(
    ///     explanation.to_string(),
    ///     "\
    /// denied with status 404 by line 3
    /// line 2 does not apply: http-response deny if { res.hdr(x-secret) -m found }
    ///   { res.hdr(x-secret) -m found }: false
    ///     res.hdr(x-secret) -m found (line 2): there is none, so it does not match
    /// line 3 applies: http-response deny deny_status 404 if { status 401 403 }
    ///   { status 401 403 }: true
    ///     status 401 403 (line 3): '403' matches '403'"
    /// );
    /// # Ok::<(), proxy_acl::Diagnostics>(())
    /// ```
    #[must_use]
    pub fn explain_response<R: Request + ?Sized, S: Response + ?Sized>(
        &self,
        request: &R,
        response: &S,
    ) -> Explanation {
        let mut scratch = Scratch::new();
        let _ = self.run(request, &mut scratch);
        let mut reasons = Reasons::default();
        let decision = self.run_response(request, response, &mut scratch, |rule, view, text| {
            reasons.applies(self, rule, view, text)
        });
        reasons.explain(decision, &scratch)
    }

    fn run_response<R: Request + ?Sized, S: Response + ?Sized>(
        &self,
        request: &R,
        response: &S,
        scratch: &mut Scratch,
        holds: impl FnMut(&Rule, &Rewritten<'_, Answered<'_, R, S>>, &mut Text) -> bool,
    ) -> Decision {
        scratch.changes.start_response(response.status());
        evaluation::pass_response(&self.lists, &Answered { request, response }, scratch, holds)
    }
}
