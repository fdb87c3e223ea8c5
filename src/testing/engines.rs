//! A test on each database: it is written once, and each variant runs by its name
//! (`cargo test --lib name::engine_2_Postgres`). For `use crate::testing::engines::*`.

pub use rstest::rstest;

use super::Database;
use crate::platform::data::holding::watched;

/// What a test runs on, for `#[values(Sqlite, Postgres)]`.
#[derive(Clone, Copy, Debug)]
pub enum DbEngine {
    Sqlite,
    Postgres,
}

pub use DbEngine::{Postgres, Sqlite};

/// Runs a test on a database of its own. Without a server of PostgreSQL it is skipped, which is said aloud.
pub async fn run_on(engine: DbEngine, test: impl AsyncFnOnce(Database)) {
    let database = match engine {
        Sqlite => Some(Database::sqlite()),
        Postgres => Database::postgres().await,
    };
    if let Some(database) = database {
        watched(test(database)).await;
    }
}
