//! Values of log-format that only a proxy knows (configuration manual, 8.2.4).

/// By the name.
#[rustfmt::skip]
const NAMES: [&str; 59] = [
    "%B", "%CC", "%CS", "%H", "%HM", "%HP", "%HPO", "%HQ", "%HU", "%HV", "%ID", "%ST", "%T",
    "%TR", "%Ta", "%Tc", "%Td", "%Th", "%Ti", "%Tl", "%Tq", "%Tr", "%Ts", "%Tt", "%Tu", "%Tw",
    "%U", "%ac", "%b", "%bc", "%bi", "%bp", "%bq", "%f", "%fc", "%ft", "%hr", "%hrl", "%hs",
    "%hsl", "%lc", "%ms", "%pid", "%r", "%rc", "%rt", "%s", "%sc", "%si", "%sp", "%sq",
    "%sslc", "%sslv", "%t", "%tr", "%trg", "%trl", "%ts", "%tsc",
];

/// Returns the name as it is listed, if it is one of these; a `%` begins it.
pub(super) fn named(name: &str) -> Option<&'static str> {
    NAMES.binary_search(&name).ok().and_then(|at| NAMES.get(at)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(NAMES.is_sorted());
    }
}
