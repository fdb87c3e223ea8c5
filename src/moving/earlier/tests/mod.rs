//! The import from a small earlier database of our own, on both databases here.

mod files;
mod odd;
mod old;
mod people;
mod sign_in;
mod talks;

use jiff::tz::TimeZone;
use sqlx::mysql::MySqlConnectOptions;

use super::{Options, report::Report, run};
use crate::{on_read, testing::TestApp};
pub use old::Old;

pub fn options() -> Options {
    Options {
        source: String::new(),
        uploads: None,
        dry_run: false,
        time_zone: TimeZone::UTC,
        take_existing: false,
        reminders: false,
        unmarked_internal: false,
        take_scripts: false,
    }
}

/// Runs an import that must add up.
pub async fn bring(app: &TestApp, old: &Old, options: &Options) -> Report {
    let report = run(&app.app, old.options(), options).await.unwrap().0;
    assert!(report.adds_up, "{:?}", report.wrong);
    report
}

/// Runs an import that must fail, and gives its words.
pub async fn refused(app: &TestApp, from: MySqlConnectOptions) -> String {
    run(&app.app, from, &options()).await.err().unwrap().to_string()
}

/// A number that is read here.
pub async fn number(app: &TestApp, sql: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT CAST(({sql}) AS BIGINT)"));
    on_read!(app.app.platform.db, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

/// A text that is read here.
pub async fn text(app: &TestApp, sql: &str) -> String {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    on_read!(app.app.platform.db, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

/// All that is here of what was brought over, as text; what tells of the run itself aside.
pub async fn everything(app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT id || '|' || username || '|' || email || '|' || role || '|' || language || '|' || timezone || '|' || created_at FROM account ORDER BY id",
        "SELECT id || '|' || user_id || '|' || title || '|' || message || '|' || status || '|' || status_since || '|' || priority || '|' || category || '|' || COALESCE(assigned_to, 0) || '|' || response_count || '|' || COALESCE(last_response_at, 0) || '|' || COALESCE(waiting_since, 0) || '|' || COALESCE(due_at, 0) || '|' || updated_at || '|' || COALESCE(closed_at, 0) FROM ticket ORDER BY id",
        "SELECT ticket_id || '|' || COALESCE(author_id, 0) || '|' || message || '|' || created_at || '|' || (CASE WHEN is_internal THEN 'n' ELSE 'p' END) || (CASE WHEN by_staff THEN 's' ELSE 'c' END) FROM response ORDER BY ticket_id, id",
        "SELECT ticket_id || '|' || filename || '|' || file_size FROM ticket_attachment ORDER BY id",
        "SELECT user_id || '|' || message_key || '|' || COALESCE(read_at, 0) FROM notification ORDER BY id",
        "SELECT user_id || '|' || kind || '|' || channel FROM notification_setting ORDER BY 1",
        "SELECT kind || '|' || source_id FROM import_map ORDER BY kind, source_id",
    ] {
        let rows: Vec<String> = on_read!(app.app.platform.db, c => sqlx::query_scalar(sql).fetch_all(c).await).unwrap();
        all.extend(rows);
    }
    all
}
