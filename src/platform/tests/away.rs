//! A database that does not answer, or not in time.

use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{is_away, sign_in};
use crate::{
    platform::base::actor::Role,
    testing::{Answer, Client, Database, TestApp, make, until},
};

/// Ends every other connection to this database, as a restart or an administrator does.
pub(super) async fn kill_backends(admin: &mut PgConnection) {
    const SQL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(SQL).execute(admin).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_18_killed_backends_are_away_and_then_back() {
    let Some(database) = Database::postgres().await else { return };
    let app = TestApp::new(database).await;
    let artem = make::account(&app, "artem", Role::Customer).await;
    let mut admin = PgConnection::connect(&app.config.platform.database_url).await.unwrap();
    let (program, _) = make::program(&app, &artem).await;
    let asking = |number: usize, program: Client| async move {
        let mut program = program;
        match number % 3 {
            0 => program.get("/api/sessions").await,
            1 => program.get("/api/ticket").await,
            _ => program.post("/api/ticket/create", json!({ "title": "Сервер", "message": "Не отвечает" })).await,
        }
    };
    for _ in 0..5 {
        let asked: Vec<_> = (0..30).map(|number| tokio::spawn(asking(number, program.clone()))).collect();
        kill_backends(&mut admin).await;
        for answer in asked {
            let answer = answer.await.unwrap();
            assert!(answer.status.is_success() || is_away(&answer), "{} {}", answer.status, answer.text);
        }
        until(async || sign_in(&app, "artem").await.status == 200).await;
    }
    // All well again, without a single one that remembers.
    for number in 0..40 {
        let answer = asking(number, program.clone()).await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text);
    }
}

async fn ask_for_tickets(mut program: Client, number: usize) -> Answer {
    let title = format!("Сервер {number}");
    match number % 2 {
        0 => program.get(&format!("/api/ticket/{number}")).await,
        _ => program.post("/api/ticket/create", json!({ "title": title, "message": "Не отвечает" })).await,
    }
}

/// How many connections to this database wait for a lock.
async fn waiting_for_locks(app: &TestApp) -> i64 {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut admin = PgConnection::connect(&app.config.platform.database_url).await.unwrap();
    sqlx::query_scalar(SQL).fetch_one(&mut admin).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_18_a_locked_table_does_not_take_sign_in_down() {
    let Some(database) = Database::postgres().await else { return };
    let app = TestApp::new(database).await;
    let artem = make::account(&app, "artem", Role::Customer).await;
    let (program, _) = make::program(&app, &artem).await;
    let mut browser = make::browser(&app, &artem).await;
    let mut locking = PgConnection::connect(&app.config.platform.database_url).await.unwrap();
    let mut lock = locking.begin().await.unwrap();
    sqlx::query("LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    let stuck: Vec<_> = (0..60).map(|number| tokio::spawn(ask_for_tickets(program.clone(), number))).collect();
    until(async || waiting_for_locks(&app).await >= 8).await;
    for _ in 0..5 {
        let answer = sign_in(&app, "artem").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut signed_in = app.client().bearer(answer.value()["token"].as_str().unwrap());
        assert_eq!(signed_in.get("/api/sessions").await.status, 200);
    }
    assert_eq!(browser.get("/dashboard/settings/sessions").await.status, 200);
    assert_eq!(app.client().get("/readyz").await.status, 200);
    // They are still waiting while all that went on, and are told to come back.
    for answer in stuck {
        let answer = answer.await.unwrap();
        assert!(is_away(&answer), "{} {}", answer.status, answer.text);
    }
    lock.rollback().await.unwrap();
    let mut program = program;
    let made = program.post("/api/ticket/create", json!({ "title": "Сервер", "message": "Не отвечает" })).await;
    assert_eq!(made.status, 201, "{}", made.text);
}
