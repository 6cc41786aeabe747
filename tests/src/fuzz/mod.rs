//! One entry function for each fuzz target: bytes in, a panic if a property does not hold.
//!
//! The targets under `tests/fuzz` call these, and so does a plain test with the committed corpora.

#![expect(clippy::expect_used, reason = "a property that does not hold must stop the target")]

mod linereader;
mod log_format_haproxy;
mod log_format_stamp;
mod mesh;
mod proxy_acl;
mod proxy_acl_config;
mod proxy_acl_converters;
mod proxy_acl_patterns;
mod proxy_acl_request;
mod vpn_core;
mod vpn_duel;
mod vpn_link;
mod vpn_messages;

pub use self::linereader::{linereader_limits, linereader_records, linereader_splitter};
pub use self::log_format_haproxy::log_format_haproxy;
pub use self::log_format_stamp::{log_format_check, log_format_parse, log_format_repair};
pub use self::mesh::{mesh_codec, mesh_node};
pub use self::proxy_acl::proxy_acl;
pub use self::proxy_acl_config::proxy_acl_config;
pub use self::proxy_acl_converters::proxy_acl_converters;
pub use self::proxy_acl_patterns::proxy_acl_patterns;
pub use self::proxy_acl_request::proxy_acl_request;
pub use self::vpn_core::vpn_core;
pub use self::vpn_link::vpn_link;
pub use self::vpn_messages::{vpn_cookie, vpn_data, vpn_initiation, vpn_response};

/// Checks the properties on one input.
pub type Target = fn(&[u8]);

/// The targets by name; each has a corpus of that name under `tests/fuzz/corpus`.
pub const TARGETS: &[(&str, Target)] = &[
    ("linereader_limits", linereader_limits),
    ("linereader_records", linereader_records),
    ("linereader_splitter", linereader_splitter),
    ("log_format_check", log_format_check),
    ("log_format_haproxy", log_format_haproxy),
    ("log_format_parse", log_format_parse),
    ("log_format_repair", log_format_repair),
    ("mesh_codec", mesh_codec),
    ("mesh_node", mesh_node),
    ("proxy_acl", proxy_acl),
    ("proxy_acl_config", proxy_acl_config),
    ("proxy_acl_converters", proxy_acl_converters),
    ("proxy_acl_patterns", proxy_acl_patterns),
    ("proxy_acl_request", proxy_acl_request),
    ("vpn_cookie", vpn_cookie),
    ("vpn_core", vpn_core),
    ("vpn_data", vpn_data),
    ("vpn_initiation", vpn_initiation),
    ("vpn_link", vpn_link),
    ("vpn_response", vpn_response),
];
