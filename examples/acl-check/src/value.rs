//! Values that only a proxy knows, as they are written down.

use std::net::IpAddr;

use proxy_acl::Value;

/// A value that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OwnedValue {
    Bool(bool),
    Integer(i64),
    Address(IpAddr),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
}

impl OwnedValue {
    /// Reads `true`, `false`, a number, an address, or bytes as in `hex:c0ffee`; all else is a text.
    ///
    /// What is a number or an address is still the same as a text, if the rules want one.
    ///
    /// # Errors
    ///
    /// What is wrong with the digits behind `hex:`.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, &'static str> {
        if let Some(digits) = text.strip_prefix(b"hex:") {
            let bytes = bytes(digits).ok_or("'hex:' takes pairs of hexadecimal digits")?;
            return Ok(Self::Bytes(bytes));
        }
        Ok(str::from_utf8(text).ok().and_then(Self::special).unwrap_or(Self::Text(text.to_vec())))
    }

    fn special(text: &str) -> Option<Self> {
        let number = || text.parse().ok().filter(|number: &i64| number.to_string() == text);
        let address = || text.parse().ok().filter(|address: &IpAddr| address.to_string() == text);
        match text {
            "true" => Some(Self::Bool(true)),
            "false" => Some(Self::Bool(false)),
            _ => number().map(Self::Integer).or_else(|| address().map(Self::Address)),
        }
    }

    pub(crate) fn as_value(&self) -> Value<'_> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Integer(value) => Value::Integer(*value),
            Self::Address(value) => Value::Address(*value),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

fn bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

/// The name that the library asks by: of `sc1_conn_cur` that is `sc_conn_cur(1)`.
pub(crate) fn asked_name(name: &str) -> String {
    let numbered = name.strip_prefix("sc").and_then(|rest| {
        let (number, rest) = rest.split_at_checked(1)?;
        let rest = rest.strip_prefix('_').filter(|_| matches!(number, "0" | "1" | "2"))?;
        let (call, arguments) = match rest.split_once('(') {
            Some((call, arguments)) => (call, format!(",{arguments}")),
            None => (rest, ")".to_string()),
        };
        Some(format!("sc_{call}({number}{arguments}"))
    });
    numbered.unwrap_or_else(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_looks_like() {
        let text = |text: &str| OwnedValue::Text(text.into());
        for (written, expected) in [
            ("true", OwnedValue::Bool(true)),
            ("false", OwnedValue::Bool(false)),
            ("-7", OwnedValue::Integer(-7)),
            ("10.0.0.1", OwnedValue::Address([10, 0, 0, 1].into())),
            ("hex:c0FF", OwnedValue::Bytes(vec![0xc0, 0xff])),
            ("hex:", OwnedValue::Bytes(Vec::new())),
            ("007", text("007")),
            ("+7", text("+7")),
            ("0:0:0:0:0:0:0:1", text("0:0:0:0:0:0:0:1")),
            ("True", text("True")),
            ("", text("")),
        ] {
            assert_eq!(OwnedValue::parse(written.as_bytes()), Ok(expected), "{written}");
        }
        for wrong in ["hex:c", "hex:+1", "hex:1+", "hex:zz"] {
            assert!(OwnedValue::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_in_a_name_is_an_argument() {
        for (name, asked) in [
            ("sc1_conn_cur", "sc_conn_cur(1)"),
            ("sc0_get_gpc0(table)", "sc_get_gpc0(0,table)"),
            ("sc_conn_cur(1)", "sc_conn_cur(1)"),
            ("sc3_conn_cur", "sc3_conn_cur"),
            ("nbsrv(web)", "nbsrv(web)"),
            ("sc", "sc"),
        ] {
            assert_eq!(asked_name(name), asked);
        }
    }
}
