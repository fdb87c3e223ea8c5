//! A database that cannot be written to for a while.

use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{is_away, sign_in};
use crate::{
    on_tx,
    platform::{
        base::actor::Role,
        data::{db::Db, pools::Pools},
    },
    testing::{Database, TestApp, engines::*, make, until},
};

/// Writes so many bytes in a transaction.
async fn write(db: &Db, bytes: i64) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO shared_secret (name, sealed) VALUES ('filler', $1)
                       ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed";
    let filler = vec![7_u8; bytes.try_into().unwrap()];
    let mut tx = db.begin().await?;
    on_tx!(tx, c => sqlx::query(SQL).bind(&filler).execute(c).await.map(|_| ()))?;
    tx.commit().await
}

/// What the connection that writes says to a pragma.
async fn pragma(db: &Db, pragma: &'static str) -> i64 {
    let Pools::Sqlite { write, .. } = db.pools() else { unreachable!() };
    sqlx::query_scalar(pragma).fetch_one(write).await.unwrap()
}

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().unwrap().code().unwrap().into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_17_a_disk_that_was_full_does_not_stop_the_next_write() {
    let app = TestApp::new(Database::sqlite()).await;
    make::account(&app, "artem", Role::Customer).await;
    let db = &app.app.platform.db;
    let usual = pragma(db, "PRAGMA max_page_count").await;
    for round in 1..=3 {
        let more = round * (4 << 20);
        // As far as this connection is concerned, there is no more room.
        let now = pragma(db, "PRAGMA max_page_count = 1").await;
        assert!(now < usual);
        assert_eq!(code(&write(db, more).await.unwrap_err()), "13");
        write(db, more).await.unwrap();
        assert_eq!(pragma(db, "PRAGMA max_page_count").await, usual, "a new connection");
        assert_eq!(sign_in(&app, "artem").await.status, 200);
        assert!(db.can_write().await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_17_a_connection_that_cannot_begin_is_given_up() {
    let app = TestApp::new(Database::sqlite()).await;
    make::account(&app, "artem", Role::Customer).await;
    let db = &app.app.platform.db;
    let usual = pragma(db, "PRAGMA busy_timeout").await;
    // Or the test would take as long as the server waits.
    assert_eq!(pragma(db, "PRAGMA busy_timeout = 1").await, 1);
    let mut other = SqliteConnection::connect(&app.config.platform.database_url).await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    assert_eq!(code(&write(db, 10).await.unwrap_err()), "5");
    lock.rollback().await.unwrap();
    write(db, 10).await.unwrap();
    assert_eq!(pragma(db, "PRAGMA busy_timeout").await, usual, "a new connection");
    assert_eq!(sign_in(&app, "artem").await.status, 200);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_17_ready_means_that_it_writes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        assert_eq!(app.client().get("/readyz").await.status, 200);
        let db = &app.app.platform.db;
        let broken = "ALTER TABLE write_check RENAME TO write_check_away";
        let mended = "ALTER TABLE write_check_away RENAME TO write_check";
        for (sql, status) in [(broken, 503), (mended, 200)] {
            let mut tx = db.begin().await.unwrap();
            on_tx!(tx, c => sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
            tx.commit().await.unwrap();
            until(async || app.client().get("/readyz").await.status == status).await;
        }
        let ready = app.client().get("/readyz").await;
        assert_eq!(ready.value()["status"], "ready");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_17_read_only_for_a_while_on_postgresql() {
    let Some(database) = Database::postgres().await else { return };
    let app = TestApp::new(database).await;
    make::account(&app, "artem", Role::Customer).await;
    let mut admin = PgConnection::connect(&app.config.platform.database_url).await.unwrap();
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut admin).await.unwrap();
    for (read_only, status) in [("on", 503), ("off", 200)] {
        let sql = format!("ALTER DATABASE {name} SET default_transaction_read_only = {read_only}");
        // On the way back this connection, too, is read-only until it says otherwise.
        sqlx::query("SET default_transaction_read_only = off").execute(&mut admin).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
        super::away::kill_backends(&mut admin).await;
        until(async || app.client().get("/readyz").await.status == status).await;
        let answer = sign_in(&app, "artem").await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(status == 200 || is_away(&answer), "{}", answer.text);
    }
}
