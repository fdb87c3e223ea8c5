//! Reading the whole database as it stands at one moment, however long that takes.

use super::{Db, Hold, Inner, Pools, Tx, holding};

/// The server's bounds are for requests; this reads, and files are copied between two statements.
const PATIENT: &str = "SELECT set_config('statement_timeout', '0', TRUE),
    set_config('idle_in_transaction_session_timeout', '0', TRUE)";

impl Db {
    /// Begins a transaction that only reads: it sees what was committed before its first statement, and
    /// nobody waits for it.
    pub async fn snapshot(&self) -> Result<Tx, sqlx::Error> {
        holding::ask();
        let inner = match &self.pools {
            Pools::Sqlite { read, .. } => Inner::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                let mut tx = pool.begin_with(begin).await?;
                sqlx::query(PATIENT).execute(&mut *tx).await?;
                Inner::Postgres(tx)
            }
        };
        let (bus, _held) = (self.bus.clone(), Hold::new());
        Ok(Tx { inner, _turn: None, _held, bus, events: Vec::new(), entries: Vec::new(), after: Vec::new() })
    }

    /// Begins a transaction that writes and may take as long as it takes: for whoever works alone.
    pub async fn begin_patiently(&self) -> Result<Tx, sqlx::Error> {
        let mut tx = self.begin().await?;
        if let Inner::Postgres(tx) = &mut tx.inner {
            sqlx::query(PATIENT).execute(&mut **tx).await?;
        }
        Ok(tx)
    }
}
