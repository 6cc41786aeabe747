//! What linereader promises, through its public API.
#![cfg(feature = "std")]

mod delimiter;
mod differential;
mod faulty;
mod follow;
mod limit;
mod naive;
mod place;
mod reader;
mod splitter;
