//! The files of a tour: written while the site serves, read back for the report.

pub mod digest;
pub mod journal;
