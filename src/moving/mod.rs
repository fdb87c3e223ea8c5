//! Moving house: what an ospabhost is brought from, and taken away with.

pub mod archive;
pub mod earlier;
