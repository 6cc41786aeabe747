//! Numbers and addresses as text.

use core::fmt::{self, Write};
use core::net::{IpAddr, Ipv4Addr};

/// The text form of an address or a number, made without allocation.
pub(crate) struct Printed {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl Printed {
    const CAPACITY: usize = 46;

    pub(crate) fn integer(value: i64) -> Self {
        let mut text = Self { bytes: [0; Self::CAPACITY], length: 0 };
        // The longest has 20 characters, so writing cannot fail.
        let _ = write!(text, "{value}");
        text
    }

    pub(crate) fn unsigned(value: u64) -> Self {
        let mut text = Self { bytes: [0; Self::CAPACITY], length: 0 };
        // The longest has 20 characters, so writing cannot fail.
        let _ = write!(text, "{value}");
        text
    }

    /// As the C library writes it: in addition to mapped addresses, those that only have their last
    /// 32 bits set end in dotted form.
    pub(crate) fn address(address: IpAddr) -> Self {
        let mut text = Self { bytes: [0; Self::CAPACITY], length: 0 };
        // The longest form has 45 characters, so writing cannot fail.
        let _ = match address {
            IpAddr::V4(address) => write!(text, "{address}"),
            IpAddr::V6(address) => match address.to_bits() {
                bits @ 0x1_0000..=0xffff_ffff => {
                    let low = u32::try_from(bits).unwrap_or_default();
                    write!(text, "::{}", Ipv4Addr::from_bits(low))
                }
                _ => write!(text, "{address}"),
            },
        };
        text
    }

    /// A finite number with six significant digits and an exponent, as in `1.50000e-5`.
    pub(crate) fn scientific(value: f64) -> Self {
        let mut text = Self { bytes: [0; Self::CAPACITY], length: 0 };
        // The longest has 13 characters, so writing cannot fail.
        let _ = write!(text, "{value:.5e}");
        text
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Write for Printed {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_text_is_the_c_librarys() {
        for text in ["::1", "::", "::1.2.3.4", "::ffff:10.0.0.1", "2001:db8::1", "1::", "::2:0:3"] {
            let address: IpAddr = text.parse().expect(text);

            assert_eq!(Printed::address(address).as_bytes(), text.as_bytes());
        }
        let longest: IpAddr = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".parse().expect("address");
        assert_eq!(Printed::address(longest).as_bytes().len(), 39);
    }
}
