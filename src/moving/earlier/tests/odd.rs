//! Odd sources: older tables, dirty text, databases that are none, and those known under another name.

use std::str::FromStr;

use sqlx::mysql::MySqlConnectOptions;

use super::{Old, bring, everything, number, options, refused, text};
use crate::{
    moving::archive::{reading, writing},
    testing::{Database, TestApp, engines::*},
};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_01_tables_of_before_with_capitals_and_few_columns(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::before().await else { return };
        old.sql(
            "INSERT INTO `User` VALUES (7, 'Клиент', 'c@example.test', '', '2025-01-01', 0), (2, 'Анна', 'a@example.test', '', '2025-01-01', 1);
             INSERT INTO `Ticket` VALUES (1, 'Старый', 'b', 7, 'closed', '2019-05-01', '2019-05-02');
             INSERT INTO `Response` VALUES (1, 1, 2, 'Ответ', '2019-05-01 10:00:00')",
        ).await;
        let app = TestApp::new(database).await;
        let report = bring(&app, &old, &options()).await;
        assert_eq!((report.accounts.operator, report.responses.public, report.responses.unmarked), (1, 1, 0));
        assert_eq!(text(&app, "SELECT priority || category || status FROM ticket").await, "normalgeneralclosed");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM ticket WHERE closed_at = 1556755200000").await, 1);
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_03_dirty_text_comes_whole(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        old.sql(
            "INSERT INTO user VALUES (7, 'Лис 🦊', 'c@example.test', '', '2025-01-01', 0, 0);
             INSERT INTO ticket VALUES (1, 'Тема\\nв две', CONCAT('до', CHAR(0), 'после', REPEAT('Ж', 20000)), 7, 'open', NULL, NULL, NULL, '2025-05-01', '2025-05-01', NULL);
             INSERT INTO response VALUES (1, 1, 7, REPEAT('a', 60000), 0, '2025-05-01 10:00:00'), (2, 1, 7, '<b>👩‍👩‍👧‍👦</b>\\r\\n  конец ', 0, '2025-05-01 10:00:00'),
                 (3, 1, 7, CONCAT(CHAR(0), ' '), 0, '2025-05-01 10:00:00')",
        ).await;
        let app = TestApp::new(database).await;
        let report = bring(&app, &old, &options()).await;
        assert_eq!(number(&app, "SELECT length(message) FROM ticket").await, 20_007);
        assert_eq!(number(&app, "SELECT length(message) FROM response ORDER BY id LIMIT 1").await, 60_000);
        assert_eq!(text(&app, "SELECT message FROM response ORDER BY id LIMIT 1 OFFSET 1").await, "<b>👩‍👩‍👧‍👦</b>\n  конец ");
        assert_eq!(text(&app, "SELECT message FROM response ORDER BY id DESC LIMIT 1").await, "—");
        assert_eq!(text(&app, "SELECT title || username FROM ticket t JOIN account a ON a.id = t.user_id").await, "Тема в двеЛис 🦊");
        assert_eq!((report.tickets.with_nul, report.responses.with_nul, report.responses.over_10000), (1, 1, 1));
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_02_a_ticket_of_days_to_come_stays_as_it_is(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        old.sql(
            "INSERT INTO user VALUES (7, 'Клиент', 'c@example.test', '', '2025-01-01', 0, 0);
             INSERT INTO ticket VALUES (1, 'a', 'b', 7, 'closed', NULL, NULL, NULL, '2035-05-01', '2025-05-01', '2025-05-01')",
        ).await;
        let app = TestApp::new(database).await;
        bring(&app, &old, &options()).await;
        let (before, closed) = (everything(&app).await, number(&app, "SELECT closed_at FROM ticket").await);
        assert_eq!(closed, app.app.platform.clock.now().0);
        app.pass(std::time::Duration::from_secs(3600));
        assert_eq!(bring(&app, &old, &options()).await.tickets.followed, 0);
        assert_eq!((everything(&app).await, number(&app, "SELECT closed_at FROM ticket").await), (before, closed));
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_03_times_of_another_zone(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        old.sql("INSERT INTO user VALUES (7, 'Клиент', 'c@example.test', '', '2025-01-01 03:00:00', 0, 0)").await;
        let app = TestApp::new(database).await;
        let mut options = options();
        options.time_zone = jiff::tz::TimeZone::get("Europe/Moscow").unwrap();
        bring(&app, &old, &options).await;
        assert_eq!(number(&app, "SELECT created_at FROM account").await, 1_735_689_600_000);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_05_a_source_that_is_none_is_named(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::before().await else { return };
        let app = TestApp::new(database).await;
        old.sql("DROP TABLE `Response`").await;
        let error = refused(&app, old.options()).await;
        assert!(error.contains("there is no table `response`"), "{error}");
        let nowhere = MySqlConnectOptions::from_str("mysql://root:geheim@127.0.0.1:9/nothing").unwrap();
        let error = refused(&app, nowhere).await;
        assert!(error.contains("the earlier portal's database") && !error.contains("geheim"), "{error}");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM import_map").await, 0);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_02_a_run_after_a_move_by_archive_knows_every_row(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        old.sql(
            "INSERT INTO user VALUES (7, 'Клиент', 'c@example.test', '', '2025-01-01', 0, 0);
             INSERT INTO ticket VALUES (1, 'a', 'b', 7, 'open', NULL, NULL, NULL, '2025-05-01', '2025-05-01', NULL);
             INSERT INTO response VALUES (1, 1, 7, 'c', 0, '2025-05-01 10:00:00')",
        )
        .await;
        let first = TestApp::new(Database::sqlite()).await;
        bring(&first, &old, &options()).await;
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        let platform = &first.app.platform;
        writing::export(&platform.db, &platform.files, &platform.clock, &archive).await.unwrap();
        let app = TestApp::new(database).await;
        reading::import(&app.app.platform.db, &app.app.platform.files, &archive).await.unwrap();
        old.sql("INSERT INTO response VALUES (2, 1, 7, 'd', 0, '2025-05-01 11:00:00')").await;
        let report = bring(&app, &old, &options()).await;
        let written = ["user", "ticket", "response"].map(|table| report.table_written(table));
        assert_eq!(written, [0, 0, 1]);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM ticket WHERE response_count = 2").await, 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_02_a_copy_under_another_name_is_not_brought_over_twice(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let (Some(old), Some(copy)) = (Old::new().await, Old::new().await) else { return };
        for source in [&old, &copy] {
            source.sql("INSERT INTO user VALUES (7, 'Клиент', 'c@example.test', '', '2025-01-01', 0, 0)").await;
        }
        let app = TestApp::new(database).await;
        let first = bring(&app, &old, &options()).await;
        let error = refused(&app, copy.options()).await;
        assert!(error.contains("--source"), "{error}");
        let mut options = options();
        options.source = first.source.clone();
        assert_eq!(bring(&app, &copy, &options).await.table_written("user"), 0);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account").await, 1);
    })
    .await;
}
