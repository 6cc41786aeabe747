//! Randomness from the system, for keys and seeds.

use std::io;

use crate::failure::Failure;

/// Returns fresh random bytes.
///
/// # Errors
///
/// [`Failure::System`] when the system has none.
pub fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Failure::System {
        action: "get random bytes",
        source: io::Error::other(error.to_string()),
    })?;
    Ok(bytes)
}
