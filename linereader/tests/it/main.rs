//! What linereader promises, through its public API.
#![cfg(feature = "std")]

mod chunk;
mod chunkings;
mod cut;
mod delimiter;
mod differential;
mod faulty;
mod follow;
mod limit;
mod naive;
mod place;
mod reader;
mod record;
mod splitter;
mod tokio;
