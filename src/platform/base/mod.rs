//! What knows nobody: time, chance, words, places, devices, bounds. It uses nothing else of the platform.

pub mod actor;
pub mod address;
pub mod assets;
pub mod bodies;
pub mod brand;
pub mod clock;
pub mod csv;
pub mod error;
pub mod figures;
pub mod folder;
pub mod geo;
pub mod i18n;
pub mod jwt;
pub mod keys;
mod lean;
pub mod limits;
pub mod lock;
pub mod log;
pub mod mailbox;
pub mod markdown;
pub mod neighbours;
pub mod process;
pub mod public_id;
pub mod text;
pub mod trial;
pub mod user_agent;
pub mod workers;
