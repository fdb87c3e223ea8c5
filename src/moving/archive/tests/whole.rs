//! Nothing is forgotten: every table and column that there is stands in the archive, or is named as left out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Folder, assert_same, export, house::House, import};
use crate::{
    commands::erase::erase,
    platform::{base::actor::Role, data::db::Db},
    testing::{
        Database, TestApp,
        dump::{Dump, difference, dump, execute, tables},
        engines::*,
        make,
    },
};

/// What an archive holds, by table and column.
const ARCHIVED: [(&str, &str); 16] = [
    (
        "account",
        "id username email email_key password_hash role language timezone avatar_url blocked_at created_at signed_in_at
         email_set_at",
    ),
    ("import_map", "source kind source_id target_id state"),
    ("known_device", "user_id key_hash seen_at"),
    (
        "notification",
        "id user_id message_key kind ticket_id staff_only facts in_app by_mail author_id created_at read_at mailed_at",
    ),
    ("notification_setting", "user_id kind channel is_on"),
    ("public_id_key", "key"),
    ("quiet_hours", "user_id from_minute to_minute"),
    ("response", "id ticket_id author_id by_staff message is_internal created_at"),
    ("response_attachment", "id response_id filename storage_key file_size mime_type created_at"),
    (
        "sign_in_attempt",
        "id user_id method success reason ip_address location user_agent device browser count created_at",
    ),
    (
        "ticket",
        "id user_id title message status status_since priority category assigned_to previous_id response_count
         last_response_at last_by_staff first_answer_at waiting_since due_at reminded_at created_at updated_at closed_at
         version read_before quiet_before",
    ),
    ("ticket_attachment", "id ticket_id filename storage_key file_size mime_type created_at"),
    ("ticket_change", "id ticket_id author_id field old_value new_value old_user new_user reason created_at"),
    // Made anew, and the same.
    ("ticket_count", "slot status category priority assigned_to count"),
    ("ticket_left", "ticket_id"),
    ("ticket_seen", "user_id ticket_id seen_at"),
];

/// What docs/moving.md names as left out. Some are of one of the two databases only.
const LEFT_OUT: [&str; 16] = [
    "account_word",
    "event_count",
    "event_log",
    "idempotency_key",
    "job",
    "outside_event",
    "password_reset",
    "pending_file",
    "push_subscription",
    "qr_login_request",
    "session",
    "setup_link",
    "shared_secret",
    "ticket_doc",
    "ticket_reindex",
    "write_check",
];

fn archived() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    ARCHIVED.into_iter().map(|(table, columns)| (table, columns.split_whitespace().collect())).collect()
}

/// Columns that say nothing in any row: a test with them would not see that they are forgotten.
async fn silent(db: &Db) -> Vec<String> {
    let mut all = Vec::new();
    for (table, columns) in archived() {
        for column in columns {
            let sql = format!(
                "SELECT COUNT(*) FROM {table} WHERE {column} IS NOT NULL
                 AND CAST({column} AS TEXT) NOT IN ('', '0', 'false', '{{}}')"
            );
            let sql = sqlx::AssertSqlSafe(sql);
            let count: i64 = crate::on_read!(db, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap();
            all.extend((count == 0).then(|| format!("{table}.{column}")));
        }
    }
    all
}

/// A house in which every column that is archived says something.
async fn full(database: Database) -> House {
    let house = House::on(database).await;
    let app = &house.app;
    let oleg = make::account(app, "oleg", Role::Operator).await;
    let db = &app.app.platform.db;
    for sql in [
        "UPDATE account SET avatar_url = '/a.png', signed_in_at = 5 WHERE id = 1".to_owned(),
        format!("UPDATE ticket SET assigned_to = {} WHERE id = 3", oleg.id),
        "UPDATE ticket SET last_by_staff = TRUE, due_at = 6, reminded_at = 7, read_before = 8, quiet_before = 9 WHERE id = 2".into(),
        "UPDATE ticket_change SET reason = 'blocked', old_user = 3 WHERE id = 2".into(),
        "UPDATE notification SET read_at = 10, mailed_at = 11, staff_only = TRUE WHERE id = 1".into(),
        "INSERT INTO notification_setting (user_id, kind, channel, is_on) VALUES (3, 'ticket_status', 'push', TRUE)"
            .into(),
        // Nobody's attempts are in no archive.
        "DELETE FROM sign_in_attempt WHERE user_id IS NULL".into(),
    ] {
        execute(db, &sql).await;
    }
    erase(&app.app, oleg.id).await.unwrap();
    house
}

/// What an archive must hold, row by row.
async fn kept(app: &TestApp) -> Dump {
    let mut all = dump(&app.app.platform.db, &[]).await;
    all.retain(|table, _| archived().contains_key(table.as_str()));
    // A sort of which no ticket is left may still have its row.
    all.get_mut("ticket_count").unwrap().retain(|row| !row.ends_with("|0"));
    all
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_is_archived_or_named_as_left_out(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let there = tables(&app.app.platform.db).await;
        let archived = archived();
        // The index of words is made anew, and in SQLite tables of its own.
        for (table, columns) in there.iter().filter(|(table, _)| !table.starts_with("ticket_fts")) {
            let columns: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
            match archived.get(table.as_str()) {
                Some(known) => {
                    assert_eq!(columns, *known, "{table}: a column is not in the archive (format.rs), nor here")
                }
                None => {
                    assert!(LEFT_OUT.contains(&table.as_str()), "{table} is not in the archive, nor named as left out")
                }
            }
        }
        assert!(archived.keys().all(|table| there.contains_key(*table)));
        let told = include_str!("../../../../docs/moving.md");
        for table in LEFT_OUT {
            assert!(told.contains(&format!("`{table}`")), "docs/moving.md does not say that {table} is left out");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_comes_along(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let other = match &database {
            Database::Sqlite => Database::sqlite(),
            Database::Postgres { .. } => Database::postgres().await.unwrap(),
        };
        let house = full(database).await;
        assert_eq!(silent(&house.app.app.platform.db).await, Vec::<String>::new());
        let (out, again) = (Folder::new(), Folder::new());
        export(&house.app, &out.path()).await.unwrap();
        let empty = TestApp::new(other).await;
        import(&empty, &out.path()).await.unwrap();
        let (before, after) = (kept(&house.app).await, kept(&empty).await);
        assert!(before == after, "{}", difference(&before, &after));
        export(&empty, &again.path()).await.unwrap();
        assert_same(&out.path(), &again.path());
    })
    .await;
}
