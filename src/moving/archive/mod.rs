//! The whole of an ospabhost in a folder: JSON lines with files beside them, the same from either database.
//! docs/moving.md describes it.

mod checking;
pub mod error;
mod format;
mod lines;
pub mod reading;
mod store_read;
mod store_write;
#[cfg(test)]
mod tests;
pub mod writing;
