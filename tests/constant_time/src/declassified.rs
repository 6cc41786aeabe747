//! What everyone may see of a secret, and where the code shows it.

use std::fs;

use crate::report::{Frame, Report};

/// A place at which vpn-core branches on what was computed from a secret, on purpose.
pub(crate) struct Place {
    /// A file or a folder of vpn-core.
    file: &'static str,
    /// What its line says; any line if empty.
    line: &'static str,
    /// Files of other crates in which the branch itself may lie, called from that line.
    within: &'static [&'static str],
    /// Whether what is shown there may also decide where memory is read.
    indexes: bool,
    pub(crate) why: &'static str,
}

pub(crate) const PLACES: [Place; 12] = [
    Place {
        file: "key/curve.rs",
        line: "shared.was_contributory().then_some(",
        within: &["bool.rs"],
        indexes: false,
        why: "a point of low order is refused, as its sender knew",
    },
    Place {
        file: "crypto/aead.rs",
        line: ".decrypt_inout_detached(",
        within: &["chacha20poly1305-0.11.0/src/cipher.rs"],
        indexes: false,
        why: "a tag verifies or does not, as a whole",
    },
    Place {
        file: "crypto/mac.rs",
        line: "right.then_some(*mac1)",
        within: &["bool.rs"],
        indexes: false,
        why: "mac1 verifies or does not, as a whole",
    },
    Place {
        file: "device/gate.rs",
        line: "if !verify_mac2(message, &cookie)",
        within: &[],
        indexes: false,
        why: "the cookie's mac verifies or does not, as a whole",
    },
    Place {
        file: "device/directory.rs",
        line: "self.ids.get(&self.entry(key))",
        within: &["btree/search.rs", "slice/cmp.rs"],
        indexes: false,
        why: "a keyed hash of the key that an initiator names, which nobody outside can compute",
    },
    Place {
        file: "device/roster.rs",
        line: "if peer.public_key == self.identity.public()",
        within: &["slice/cmp.rs"],
        indexes: false,
        why: "the device's own public key is known to everyone whom it talks to",
    },
    Place {
        file: "tunnel/history.rs",
        line: "timestamp <= greatest",
        within: &["slice/cmp.rs"],
        indexes: false,
        why: "the timestamp is known to its sender, who has authenticated by then",
    },
    Place {
        file: "handshake/",
        line: "",
        within: &["core/src/result.rs", "core/src/slice/mod.rs"],
        indexes: false,
        why: "whether a tag verifies, handed on as a result",
    },
    Place {
        file: "transport/keys.rs",
        line: "",
        within: &["core/src/result.rs"],
        indexes: false,
        why: "whether a tag verifies, handed on as a result",
    },
    Place {
        file: "wire/ip.rs",
        line: "",
        within: &["bool.rs", "core/src/slice/mod.rs"],
        indexes: false,
        why: "a packet that has authenticated is read to be delivered",
    },
    Place {
        file: "device/arrival.rs",
        line: "Ok(&mut text[..header.len])",
        within: &["num/uint_macros.rs", "slice/index.rs"],
        indexes: false,
        why: "a packet that has authenticated is handed on without its padding",
    },
    Place {
        file: "device/route.rs",
        line: "",
        within: &[
            "src/raw.rs",
            "control/bitmask.rs",
            "src/util.rs",
            "ptr/mod.rs",
            "core/src/cmp.rs",
            "ptr/mut_ptr.rs",
        ],
        indexes: true,
        why: "a packet that has authenticated is looked up by its source",
    },
];

impl Place {
    /// Whether a report is about this place.
    pub(crate) fn explains(&self, report: &Report) -> bool {
        let own = |frame: &Frame| frame.file.contains("/vpn-core/src/");
        // What a derive generates has no line of its own, and a table's lines do not say of what.
        let passed_on = |frame: &Frame| {
            frame.file.ends_with("device/table.rs") || source_line(frame).starts_with("#[derive")
        };
        let Some(at) = report.frames.iter().position(|frame| own(frame) && !passed_on(frame))
        else {
            return false;
        };
        let place = &report.frames[at];
        // The C library's comparisons have no lines.
        let innermost = report.frames.iter().find(|frame| !frame.file.is_empty());
        let within = innermost.is_some_and(|frame| {
            own(frame) || self.within.iter().any(|file| frame.file.ends_with(file))
        });
        // A result that is a reference may be looked at through it.
        let of_result = innermost.is_some_and(|frame| frame.file.ends_with("core/src/result.rs"));
        (report.kind == "UninitCondition" || of_result || self.indexes)
            && place.file.contains(&format!("/vpn-core/src/{}", self.file))
            && source_line(place).contains(self.line)
            && within
    }
}

/// A frame's line, without indentation; empty if its source is not here.
fn source_line(frame: &Frame) -> String {
    let Ok(source) = fs::read_to_string(&frame.file) else { return String::new() };
    source.lines().nth(frame.line.saturating_sub(1)).unwrap_or_default().trim().to_string()
}
