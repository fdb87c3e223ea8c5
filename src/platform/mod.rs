//! What the product stands on and what knows nothing about it. Rooms in order, each using only those before
//! it: base, data, outbox, files, the services, web, live.

pub mod asking;
pub mod base;
pub mod data;
pub mod files;
pub mod live;
pub mod outbox;
mod services;
pub mod settings;
pub mod watch;
pub mod web;

#[cfg(test)]
mod tests;

pub use services::{Platform, StartError};
