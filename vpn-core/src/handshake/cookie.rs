use core::fmt;
use core::time::Duration;

use super::NotAuthentic;
use crate::crypto::{Cookie, Mac, cookie_key, open_cookie};
use crate::key::PublicKey;
use crate::time::Time;
use crate::wire::CookieReply;

/// How long a cookie serves; the responder renews its secret as often (paper, section 5.4.7).
const COOKIE_LIFETIME: Duration = Duration::from_secs(120);

/// Keeps the cookie that a loaded responder gave, and what a cookie reply must answer.
#[derive(Default)]
pub(crate) struct CookieJar {
    cookie: Option<(Cookie, Time)>,
    /// mac1 of the last handshake message sent, until a cookie reply to it is accepted.
    unanswered: Option<Mac>,
}

impl CookieJar {
    /// Notes the mac1 of a handshake message that was sent.
    pub(crate) fn sent(&mut self, mac1: Mac) {
        self.unanswered = Some(mac1);
    }

    /// Takes the cookie of a reply, once per message sent.
    pub(crate) fn accept(
        &mut self,
        now: Time,
        sender: &PublicKey,
        reply: &CookieReply,
    ) -> Result<(), NotAuthentic> {
        let mac1 = self.unanswered.as_ref().ok_or(NotAuthentic)?;
        let cookie = open_cookie(&cookie_key(sender), &reply.nonce, mac1, &reply.sealed_cookie)
            .map_err(|_| NotAuthentic)?;
        self.unanswered = None;
        self.cookie = Some((cookie, now));
        Ok(())
    }

    /// The cookie that keys mac2 of a message sent at `now`.
    pub(crate) fn fresh(&self, now: Time) -> Option<&Cookie> {
        let (cookie, received) = self.cookie.as_ref()?;
        (now.since(*received) < COOKIE_LIFETIME).then_some(cookie)
    }
}

impl fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieJar(..)")
    }
}
