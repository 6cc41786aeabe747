//! What tests of several crates share: the entry functions of the fuzz targets, a simulated network,
//! and an input without end. Its doc tests are the examples of the suite's README.

#![forbid(unsafe_code)]

pub mod cycle;
pub mod fuzz;
pub mod sim;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
