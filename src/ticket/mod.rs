//! Support tickets: customers write, operators answer.

pub mod model;
pub mod views;
pub mod workflow;

#[cfg(test)]
mod tests;
