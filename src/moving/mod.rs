//! Moving in and out: what another portal holds, brought over.

pub mod earlier;
