//! The database: pools, transactions, what others hear of them, and what is remembered of it.

pub mod away;
pub mod cache;
pub mod db;
pub mod db_ids;
pub mod db_there;
pub mod db_wipe;
pub mod events;
pub mod holding;
pub mod pools;
pub mod row;
pub mod secrets;
mod write_check;
mod writing;
