use core::fmt;
use core::time::Duration;

use super::NotAuthentic;
use crate::crypto::{Cookie, Drbg, Key, Mac, cookie_key, make_cookie, seal_cookie};
use crate::key::PublicKey;
use crate::time::Time;
use crate::wire::{CookieReply, Index};

/// How long a secret serves, and so the cookies made of it (paper, section 5.4.7).
const SECRET_LIFETIME: Duration = Duration::from_secs(120);

/// Makes the cookies of a responder under load. One comes back only from who receives at the
/// source that it was made for.
pub(crate) struct CookieIssuer {
    /// Seals the replies; anyone who knows the responder's public key has it.
    key: [u8; 32],
    secret: Option<(Key, Time)>,
}

impl CookieIssuer {
    pub(crate) fn new(own: &PublicKey) -> Self {
        Self { key: cookie_key(own), secret: None }
    }

    /// Seals replies under another public key of the responder; cookies stay what they are.
    pub(crate) fn set_own(&mut self, own: &PublicKey) {
        self.key = cookie_key(own);
    }

    /// The cookie for a source, the bytes of its address and port.
    pub(crate) fn cookie(&mut self, now: Time, source: &[u8], rng: &mut Drbg) -> Cookie {
        let fresh = self.secret.take().filter(|(_, drawn)| now.since(*drawn) < SECRET_LIFETIME);
        let (secret, _) = self.secret.insert(fresh.unwrap_or_else(|| (rng.draw(), now)));
        make_cookie(secret, source)
    }

    /// Answers the message of `receiver` that had this mac1.
    pub(crate) fn reply(
        &mut self,
        now: Time,
        source: &[u8],
        rng: &mut Drbg,
        receiver: Index,
        mac1: &Mac,
    ) -> Result<CookieReply, NotAuthentic> {
        let cookie = self.cookie(now, source, rng);
        let mut nonce = [0; 24];
        nonce.copy_from_slice(&rng.draw()[..24]);
        let sealed_cookie =
            seal_cookie(&self.key, &nonce, mac1, &cookie).map_err(|_| NotAuthentic)?;
        Ok(CookieReply { receiver, nonce, sealed_cookie })
    }
}

impl fmt::Debug for CookieIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieIssuer(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::CookieJar;
    use super::*;
    use crate::crypto::Seed;

    fn after(secs: u64) -> Time {
        Time::default() + Duration::from_secs(secs)
    }

    #[test]
    fn secret_is_renewed_after_120_seconds() {
        let mut rng = Drbg::new(Seed::from_bytes([1; 32]));
        let mut issuer = CookieIssuer::new(&PublicKey::from_bytes([2; 32]));
        let mut at = |secs| issuer.cookie(after(secs), b"source", &mut rng);

        let first = at(7);
        assert_eq!(at(126), first);
        let second = at(127);
        assert_ne!(second, first);
        assert_eq!(at(246), second);
        assert_ne!(at(247), second);
    }

    #[test]
    fn cookies_differ_by_source() {
        let mut rng = Drbg::new(Seed::from_bytes([1; 32]));
        let mut issuer = CookieIssuer::new(&PublicKey::from_bytes([2; 32]));

        let cookies = [b"a", b"b"].map(|source| issuer.cookie(after(0), source, &mut rng));

        assert_ne!(cookies[0], cookies[1]);
    }

    #[test]
    fn replies_are_read_by_the_jar_and_never_share_a_nonce() {
        let own = PublicKey::from_bytes([2; 32]);
        let mut rng = Drbg::new(Seed::from_bytes([1; 32]));
        let mut issuer = CookieIssuer::new(&own);
        let mut jar = CookieJar::default();
        jar.sent([7; 16]);

        let replies = [0, 1]
            .map(|_| issuer.reply(after(0), b"source", &mut rng, Index(1), &[7; 16]).unwrap());

        assert_ne!(replies[0].nonce, replies[1].nonce);
        assert_eq!(jar.accept(after(0), &own, &replies[0]), Ok(()));
        assert_eq!(jar.fresh(after(0)), Some(&issuer.cookie(after(0), b"source", &mut rng)));
    }
}
