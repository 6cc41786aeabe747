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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::seal_cookie;
    use crate::wire::Index;

    const MAC1: Mac = [7; 16];
    const COOKIE: Cookie = [9; 16];

    fn reply(sender: &PublicKey) -> CookieReply {
        let nonce = [8; 24];
        let sealed_cookie = seal_cookie(&cookie_key(sender), &nonce, &MAC1, &COOKIE).unwrap();
        CookieReply { receiver: Index(1), nonce, sealed_cookie }
    }

    #[test]
    fn cookie_serves_for_120_seconds() {
        let sender = PublicKey::from_bytes([2; 32]);
        let received = Time::default() + Duration::from_secs(1000);
        let mut jar = CookieJar::default();
        jar.sent(MAC1);

        jar.accept(received, &sender, &reply(&sender)).unwrap();

        assert_eq!(jar.fresh(received), Some(&COOKIE));
        assert_eq!(jar.fresh(received + Duration::from_millis(119_999)), Some(&COOKIE));
        assert_eq!(jar.fresh(received + Duration::from_secs(120)), None);
    }

    #[test]
    fn reply_is_taken_once_and_from_the_receiver_alone() {
        let [sender, other] = [2, 3].map(|byte| PublicKey::from_bytes([byte; 32]));
        let now = Time::default();
        let mut jar = CookieJar::default();
        assert_eq!(jar.accept(now, &sender, &reply(&sender)), Err(NotAuthentic));
        jar.sent(MAC1);

        assert_eq!(jar.accept(now, &sender, &reply(&other)), Err(NotAuthentic));
        assert_eq!(jar.fresh(now), None);
        assert_eq!(jar.accept(now, &sender, &reply(&sender)), Ok(()));
        assert_eq!(jar.accept(now, &sender, &reply(&sender)), Err(NotAuthentic));
    }
}
