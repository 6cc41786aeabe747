//! What tests of several crates share: the entry functions of the fuzz targets.

#![forbid(unsafe_code)]

pub mod fuzz;
