//! Fetches of values that only a proxy knows, which the caller gives by name (configuration manual,
//! 7.3), and values of log-format.

mod sign;
mod table;

use alloc::format;

use super::phase::Phases;
use super::sample::Kind;
use crate::signature::Signature;
use table::TABLE;

/// What is known of such a fetch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Injected {
    /// Its name, or that which a name with a number in it stands for: of `sc1_conn_rate` it is
    /// `sc_conn_rate`.
    pub(crate) name: &'static str,
    /// The number in the name, which counts as the first argument.
    pub(crate) number: Option<char>,
    pub(crate) kind: Kind,
    /// Its arguments without that number.
    pub(crate) signature: Signature,
    pub(crate) phases: Phases,
}

impl Injected {
    pub(crate) fn named(name: &str) -> Option<Self> {
        sign::named(name).map(Self::sign).or_else(|| Self::fetch(name))
    }

    fn sign(name: &'static str) -> Self {
        let (kind, signature, phases) = (Kind::Text, Signature(""), Phases::ALWAYS);
        Self { name, number: None, kind, signature, phases }
    }

    fn fetch(name: &str) -> Option<Self> {
        let numbered = name.strip_prefix("sc").and_then(|rest| {
            let number = rest.chars().next().filter(|number| ('0'..='2').contains(number))?;
            Some((number, format!("sc{}", rest.strip_prefix(number)?)))
        });
        let (number, name) = match &numbered {
            Some((number, name)) if name.starts_with("sc_") => (Some(*number), name.as_str()),
            _ => (None, name),
        };
        let at = TABLE.binary_search_by_key(&name, |row| row.0).ok()?;
        let (name, kind, signature, phases) = *TABLE.get(at)?;
        let signature = match number {
            None => Signature(signature),
            // Others have no name with a number in it, but for one.
            Some(number) => {
                let is_known = |rest: &&str| *rest == "?t" || (name, number) == ("sc_clr_gpc", '1');
                Signature(signature.strip_prefix('i').filter(is_known)?)
            }
        };
        Some(Self { name, number, kind, signature, phases })
    }
}

/// The names of the fetches, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|&(name, ..)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature;
    use alloc::boxed::Box;
    use alloc::vec::Vec;

    fn call(name: &str, arguments: &[&str]) -> Option<Box<str>> {
        let arguments: Vec<Vec<u8>> = arguments.iter().map(|text| text.as_bytes().into()).collect();
        let injected = Injected::named(name)?;
        let arguments = injected.signature.read(&arguments).ok()?;
        Some(signature::call(injected.name, injected.number, arguments))
    }

    #[test]
    fn table_is_sorted() {
        assert!(TABLE.is_sorted_by_key(|row| row.0));
    }

    #[test]
    fn number_in_the_name_is_the_first_argument() {
        assert_eq!(call("sc1_http_req_rate", &[]).as_deref(), Some("sc_http_req_rate(1)"));
        assert_eq!(call("sc0_get_gpc0", &["t"]).as_deref(), Some("sc_get_gpc0(0,t)"));
        assert_eq!(call("sc_http_req_rate", &["1"]).as_deref(), Some("sc_http_req_rate(1)"));
        assert_eq!(call("sc3_http_req_rate", &[]), None);
        assert_eq!(call("sc1_clr_gpc", &["2"]).as_deref(), Some("sc_clr_gpc(1,2)"));
        assert_eq!(call("sc0_clr_gpc", &["2"]), None);
    }

    #[test]
    fn arguments_are_counted_and_numbers_read() {
        assert_eq!(call("nbsrv", &[]).as_deref(), Some("nbsrv"));
        assert_eq!(call("nbsrv", &["web"]).as_deref(), Some("nbsrv(web)"));
        assert_eq!(call("nbsrv", &["web", "x"]), None);
        assert_eq!(call("http_auth", &[]), None);
        assert_eq!(call("sc_http_req_rate", &["x"]), None);
    }
}
