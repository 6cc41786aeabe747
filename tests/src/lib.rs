//! What tests of several crates share: the entry functions of the fuzz targets, and a simulated
//! network. Its doc tests are the examples of the suite's README.

#![forbid(unsafe_code)]

pub mod fuzz;
pub mod sim;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
