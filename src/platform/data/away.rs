//! When the database is away: which of its errors mean that the same request may succeed a little later.

use crate::platform::base::error::{Error, Kind, codes};
use sqlx::{postgres::PgDatabaseError, sqlite::SqliteError};

/// What an error of the database means for who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Two wanted the same at once, or something took too long: again in so many seconds.
    Contention(u64),
    /// The database does not answer, does not write or does not let us in: again in so many seconds.
    Away(u64),
    /// What it stored cannot be read: nothing but a backup helps.
    Damaged,
    /// A fault of ours.
    Fault,
}

const SOON: u64 = 2;
const LATER: u64 = 5;

pub fn trouble(error: &sqlx::Error) -> Trouble {
    use sqlx::Error as E;
    let database = match error {
        E::PoolTimedOut => return Trouble::Contention(SOON),
        E::PoolClosed | E::Io(_) | E::Tls(_) | E::Protocol(_) | E::WorkerCrashed | E::BeginFailed => {
            return Trouble::Away(LATER);
        }
        // A connection that is still in a transaction: it has been given up by the time of the next try.
        E::InvalidSavePointStatement => return Trouble::Away(SOON),
        E::Database(database) => database,
        _ => return Trouble::Fault,
    };
    if let Some(error) = database.try_downcast_ref::<PgDatabaseError>() {
        return of_postgres(error.code());
    }
    match database.try_downcast_ref::<SqliteError>() {
        Some(_) => of_sqlite(database.code().and_then(|code| code.parse().ok()).unwrap_or(0)),
        None => Trouble::Fault,
    }
}

/// By SQLSTATE (PostgreSQL's manual, appendix A).
fn of_postgres(code: &str) -> Trouble {
    match code {
        // Serialization, deadlock, a lock that was not had in time.
        "40001" | "40P01" | "55P03" => Trouble::Contention(SOON),
        // Taken too long: `statement_timeout`, `transaction_timeout`, or an administrator cut it off.
        "57014" | "25P03" | "25P04" => Trouble::Contention(LATER),
        // Read-only: a standby, or a disk that is being looked after.
        "25006" => Trouble::Away(LATER),
        "XX001" | "XX002" => Trouble::Damaged,
        _ => match code.get(..2) {
            // Connection, resources (disk, memory, connections), operator intervention, system errors;
            // and being let in no more, for which no caller can do anything.
            Some("08" | "53" | "57" | "58" | "28" | "3D") => Trouble::Away(LATER),
            _ => Trouble::Fault,
        },
    }
}

/// By result code (sqlite.org/rescode.html); the low byte says the kind.
fn of_sqlite(code: i32) -> Trouble {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const NOMEM: i32 = 7;
    const READONLY: i32 = 8;
    const INTERRUPT: i32 = 9;
    const IOERR: i32 = 10;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANTOPEN: i32 = 14;
    const PROTOCOL: i32 = 15;
    const NOTADB: i32 = 26;
    match code & 0xff {
        BUSY | LOCKED | INTERRUPT | PROTOCOL => Trouble::Contention(SOON),
        NOMEM | READONLY | IOERR | FULL | CANTOPEN => Trouble::Away(LATER),
        CORRUPT | NOTADB => Trouble::Damaged,
        _ => Trouble::Fault,
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match trouble(&error) {
            Trouble::Contention(seconds) => {
                tracing::warn!(%error, "the database was busy for too long");
                Self::unavailable(seconds)
            }
            Trouble::Away(seconds) => {
                tracing::error!(%error, "the database is away");
                Self::unavailable(seconds)
            }
            Trouble::Damaged => {
                tracing::error!(%error, "THE DATABASE IS DAMAGED: stop the server, copy its files, restore a backup");
                Self::new(Kind::Internal, codes::INTERNAL)
            }
            Trouble::Fault => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn door_18_what_passes_is_told_from_what_does_not() {
        let postgres = |codes: &[&str], expected| {
            for code in codes {
                assert_eq!(of_postgres(code), expected, "{code}");
            }
        };
        postgres(&["40001", "40P01", "55P03"], Trouble::Contention(SOON));
        postgres(&["57014", "25P03", "25P04"], Trouble::Contention(LATER));
        let away = ["57P01", "57P02", "57P03", "57P05", "08000", "08006", "25006", "53100", "53200", "53300", "58030"];
        postgres(&away, Trouble::Away(LATER));
        postgres(&["XX001", "XX002"], Trouble::Damaged);
        postgres(&["23505", "42P01", "22003", "25P02", "XX000", ""], Trouble::Fault);

        let sqlite = |codes: &[i32], expected| {
            for code in codes {
                assert_eq!(of_sqlite(*code), expected, "{code}");
            }
        };
        // With their extended codes: BUSY_SNAPSHOT, IOERR_WRITE, IOERR_FSYNC, READONLY_DBMOVED, CANTOPEN_ISDIR.
        sqlite(&[5, 517, 6, 15], Trouble::Contention(SOON));
        sqlite(&[13, 10, 778, 1034, 8, 1032, 14, 526], Trouble::Away(LATER));
        sqlite(&[11, 267, 26], Trouble::Damaged);
        sqlite(&[1, 19, 2067, 21, 0], Trouble::Fault);
    }
}
