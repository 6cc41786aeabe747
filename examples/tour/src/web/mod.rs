//! HTTP through the tunnels: the site, its visitors, and what goes between them.

pub mod connection;
pub mod exchange;
pub mod page;
pub mod plan;
pub mod site;
pub mod visit;
pub mod visitor;
