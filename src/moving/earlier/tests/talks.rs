//! Tickets and what was said in them: as they stood, read by everybody, quiet; and what a later run adds.

use std::time::Duration;

use serde_json::json;

use super::{Old, bring, everything, number, options, text};
use crate::{
    platform::base::actor::Role,
    testing::{TestApp, engines::*, make},
    ticket::upkeep,
};

/// An administrator, two operators and a customer; nobody has a password.
async fn people(old: &Old) {
    old.sql(
        "INSERT INTO user VALUES (1, 'Админ', 'a@example.test', '', '2025-01-01', 1, 1),
         (2, 'Анна', 'anna@example.test', '', '2025-01-01', 1, 0), (3, 'Бывшая', 'ex@example.test', '', '2025-01-01', 0, 0),
         (7, 'Клиент', 'c@example.test', '', '2025-01-01', 0, 0)",
    )
    .await;
}

/// A ticket that was closed twice over, with a note that moved its last change there.
async fn talk(old: &Old) {
    old.sql(
        "INSERT INTO ticket VALUES
         (12, 'Сервер', 'не отвечает вифлеемский', 7, 'awaiting_reply', 'urgent', 'technical', 2,
             '2025-05-01 10:00:00.100', '2025-06-09 09:00:00.020', '2025-05-02 00:00:00'),
         (13, '', '', 7, 'ANSWERED', NULL, 'vps', 7, '2025-05-01 10:00:00', '0000-00-00 00:00:00', NULL),
         (14, 'Закрыт', 'b', 7, 'Closed ', 'critical', NULL, 888, '2025-05-01 10:00:00', '2025-05-03 10:00:00.500', NULL),
         (15, 'Закрыт', 'b', 7, 'closed', 'low', 'billing', 1, '2025-05-01 10:00:00', '2025-05-03 10:00:00', '2025-05-04 10:00:00'),
         (16, 'Ничей', 'b', 900, 'open', 'low', 'billing', 1, '2025-05-01 10:00:00', '2025-05-03 10:00:00', NULL),
         (17, 'Из будущего', 'b', 7, 'open', 'low', 'billing', 1, '2035-05-01 10:00:00', '2035-05-03 10:00:00', NULL)",
    )
    .await;
    old.sql(
        "INSERT INTO response VALUES
         (30, 12, 2, 'Смотрю', 0, '2025-05-01 11:00:00'), (29, 12, 7, 'Спасибо', 0, '2025-05-01 11:05:00'),
         (31, 12, 3, 'Бывшая отвечала', 0, '2025-05-01 12:00:00'), (28, 12, 2, 'тайна заметки', 1, '2025-06-09 09:00:00'),
         (32, 12, 2, 'ничья отметка', NULL, '2025-05-01 12:00:00'),
         (33, 14, 555, ' ', 0, '2025-05-01 10:30:00'), (34, 14, 2, 'Заметка', 1, '2025-05-03 10:00:00.400'),
         (35, 13, 7, 'раньше вопроса', 0, '2025-05-01 09:00:00'),
         (36, 16, 2, 'чужому', 0, '2025-05-01 10:30:00'), (37, 990, 2, 'без тикета', 0, '2025-05-01 10:30:00')",
    )
    .await;
}

fn at(moment: &str) -> i64 {
    moment.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_03_tickets_stand_as_they_stood(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old).await;
        talk(&old).await;
        let app = TestApp::new(database).await;
        let report = bring(&app, &old, &options()).await;
        let all = async |sql: &str| number(&app, sql).await;
        assert_eq!((report.tickets.imported, report.tickets.without_owner), (5, 1));
        assert_eq!((report.responses.imported, report.responses.without_imported_ticket), (8, 2));
        assert_eq!((report.responses.internal, report.responses.unmarked, report.responses.author_gone), (2, 1, 1));
        // The order of time, then of ids; who answered another's ticket was an operator then.
        let said = "SELECT string_agg(message || CASE WHEN by_staff THEN '+' ELSE '-' END, ' ') FROM
            (SELECT message, by_staff FROM response WHERE ticket_id = 12 ORDER BY id) a";
        assert_eq!(text(&app, said).await, "Смотрю+ Спасибо- Бывшая отвечала+ ничья отметка+ тайна заметки+");
        // A note moves nothing that its customer sees; `closedAt` of an open ticket is none.
        assert_eq!(all("SELECT updated_at FROM ticket WHERE id = 12").await, at("2025-05-01T12:00:00Z"));
        assert_eq!(all("SELECT COUNT(*) FROM ticket WHERE id = 12 AND closed_at IS NULL AND response_count = 4 AND assigned_to = 2 AND waiting_since IS NULL").await, 1);
        assert_eq!(all("SELECT first_answer_at FROM ticket WHERE id = 12").await, at("2025-05-01T11:00:00Z"));
        assert_eq!(text(&app, "SELECT title || '/' || message || '/' || status || '/' || priority || '/' || category FROM ticket WHERE id = 13").await, "(без темы)//open/normal/other");
        assert_eq!(all("SELECT waiting_since FROM ticket WHERE id = 13").await, at("2025-05-01T10:00:00Z"));
        assert_eq!(text(&app, "SELECT status || priority || category FROM ticket WHERE id = 14").await, "closednormalgeneral");
        assert_eq!(all("SELECT COUNT(*) FROM ticket WHERE assigned_to IS NULL").await, 2, "a customer and somebody who is gone");
        // The note was the last thing that touched this one there, so its moment is not told.
        assert_eq!(all("SELECT closed_at FROM ticket WHERE id = 14").await, at("2025-05-01T10:30:00Z"));
        assert_eq!(all("SELECT closed_at FROM ticket WHERE id = 15").await, at("2025-05-04T10:00:00Z"));
        assert_eq!(text(&app, "SELECT message FROM response WHERE ticket_id = 14 ORDER BY id LIMIT 1").await, "—");
        let now = app.app.platform.clock.now().0;
        assert_eq!(all("SELECT updated_at FROM ticket WHERE id = 17").await, now, "it does not lead lists for years");
        assert_eq!(all("SELECT COUNT(*) FROM ticket_change").await, 5);
        assert_eq!(all("SELECT SUM(count) FROM ticket_count").await, 5);
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_03_nobody_hears_of_it_and_time_does_not_act(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old).await;
        talk(&old).await;
        let app = TestApp::new(database).await;
        bring(&app, &old, &options()).await;
        let before = everything(&app).await;
        for _ in 0..3 {
            upkeep::date_anew(&app.app.tickets).await.unwrap();
            upkeep::act(&app.app.tickets).await.unwrap();
            app.pass(Duration::from_secs(40 * 86_400));
        }
        assert_eq!(everything(&app).await, before);
        for table in ["job", "event_log", "notification", "idempotency_key"] {
            assert_eq!(number(&app, &format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_03_reminders_come_when_they_are_asked_for(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old).await;
        talk(&old).await;
        let app = TestApp::new(database).await;
        let mut options = options();
        options.reminders = true;
        bring(&app, &old, &options).await;
        assert_eq!(number(&app, "SELECT COUNT(*) FROM ticket WHERE due_at IS NOT NULL").await, 1);
        assert_eq!(upkeep::act(&app.app.tickets).await.unwrap(), 1);
        assert_eq!(text(&app, "SELECT status FROM ticket WHERE id = 12").await, "resolved");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_03_its_owner_reads_it_and_learns_nothing_of_notes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old).await;
        talk(&old).await;
        let app = TestApp::new(database).await;
        let owner = make::account(&app, "c", Role::Customer).await;
        let operator = make::account(&app, "o", Role::Operator).await;
        old.sql("UPDATE user SET email = 'C@example.ru' WHERE id = 7").await;
        let mut options = options();
        options.take_existing = true;
        bring(&app, &old, &options).await;
        let (mut customer, _) = make::program(&app, &owner).await;
        let list = customer.get("/api/ticket").await;
        assert_eq!(list.value()["meta"]["total"], 5);
        let ticket = customer.get("/api/ticket/12").await;
        assert_eq!(ticket.status, 200);
        for text in [&list.text, &ticket.text] {
            assert!(!text.contains("тайна") && !text.contains("2025-06-09"), "{text}");
        }
        for query in ["вифлеемский", "спасибо"] {
            assert!(customer.get(&format!("/api/ticket?search={query}")).await.text.contains("Сервер"), "{query}");
        }
        assert!(!customer.get("/api/ticket?search=тайна").await.text.contains("Сервер"));
        let mut page = make::browser(&app, &owner).await;
        let shown = page.get("/dashboard/tickets-new/12").await;
        assert!(shown.text.contains("Бывшая отвечала") && !shown.text.contains("тайна"));
        let (mut staff, _) = make::program(&app, &operator).await;
        assert!(staff.get("/api/ticket?search=тайна").await.text.contains("Сервер"));
        assert!(staff.get("/api/ticket/12").await.text.contains("тайна заметки"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_03_what_was_said_counts_as_read(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old).await;
        talk(&old).await;
        let app = TestApp::new(database).await;
        let owner = make::account(&app, "c", Role::Customer).await;
        let operator = make::account(&app, "o", Role::Operator).await;
        old.sql("UPDATE user SET email = 'c@example.ru' WHERE id = 7").await;
        let mut options = options();
        options.take_existing = true;
        bring(&app, &old, &options).await;
        let unread = async |account| {
            let mut browser = make::browser(&app, account).await;
            browser.get("/dashboard/tickets-new").await.text.matches("ticket unread").count()
        };
        assert_eq!((unread(&owner).await, unread(&operator).await), (0, 0));
        app.pass(Duration::from_secs(60));
        let (mut staff, _) = make::program(&app, &operator).await;
        let answer = staff.post("/api/ticket/respond", json!({ "ticketId": 12, "message": "Новый ответ" })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let after = unread(&owner).await;
        assert!(after > 0, "what is said here is news");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_02_a_second_run_brings_only_what_is_new(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old).await;
        talk(&old).await;
        let app = TestApp::new(database).await;
        bring(&app, &old, &options()).await;
        let before = everything(&app).await;
        app.pass(Duration::from_secs(3600));
        let again = bring(&app, &old, &options()).await;
        assert!(again.tables.values().all(|counts| counts.written == 0), "{:?}", again.tables);
        assert_eq!(everything(&app).await, before);
        // The source goes on: another ticket, another answer, one that was closed.
        old.sql(
            "INSERT INTO ticket VALUES (20, 'Новый', 'b', 7, 'open', 'low', 'billing', 1, '2025-12-01', '2025-12-01', NULL);
             INSERT INTO response VALUES (40, 12, 7, 'Ещё вопрос', 0, '2025-12-02 10:00:00'), (41, 15, 2, 'Тайна', 1, '2025-12-02 10:00:00');
             UPDATE ticket SET status = 'closed', closedAt = '2025-12-03 10:00:00', updatedAt = '2025-12-03 10:00:00' WHERE id = 13",
        ).await;
        let report = bring(&app, &old, &options()).await;
        assert_eq!((report.table_written("ticket"), report.table_written("response")), (1, 2));
        assert_eq!((report.tickets.grown, report.tickets.followed), (2, 1));
        assert_eq!(number(&app, "SELECT updated_at FROM ticket WHERE id = 12").await, at("2025-12-02T10:00:00Z"));
        assert_eq!(number(&app, "SELECT COUNT(*) FROM ticket WHERE id = 12 AND response_count = 5 AND NOT last_by_staff AND due_at IS NULL").await, 1);
        assert_eq!(number(&app, "SELECT updated_at FROM ticket WHERE id = 15").await, at("2025-05-04T10:00:00Z"), "a note moves nothing");
        assert_eq!(text(&app, "SELECT status FROM ticket WHERE id = 13").await, "closed");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM ticket WHERE updated_at > read_before").await, 0);
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_02_what_lives_on_here_is_not_overwritten(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old).await;
        talk(&old).await;
        let app = TestApp::new(database).await;
        bring(&app, &old, &options()).await;
        let operator = make::account(&app, "o", Role::Operator).await;
        let (mut staff, _) = make::program(&app, &operator).await;
        app.pass(Duration::from_secs(60));
        let answer = staff.post("/api/ticket/respond", json!({ "ticketId": 13, "message": "Ответ здесь" })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let taken = staff.post("/api/ticket/assign", json!({ "ticketId": 12, "operatorId": operator.id })).await;
        assert_eq!(taken.status, 200, "{}", taken.text);
        sqlx_run(&app, "DELETE FROM ticket WHERE id = 15").await;
        sqlx_run(&app, "DELETE FROM account WHERE id = 3").await;
        sqlx_run(&app, "UPDATE account SET username = 'Другое имя' WHERE id = 7").await;
        old.sql(
            "UPDATE ticket SET status = 'closed', title = 'Другая тема', closedAt = '2025-12-03 10:00:00';
             INSERT INTO response VALUES (50, 13, 7, 'Из прошлого', 0, '2025-05-02 10:00:00'), (51, 15, 7, 'В никуда', 0, '2025-05-02 10:00:00')",
        ).await;
        let report = bring(&app, &old, &options()).await;
        assert_eq!(report.table_written("response"), 1);
        assert_eq!(text(&app, "SELECT status FROM ticket WHERE id = 13").await, "awaiting_reply");
        assert_eq!(number(&app, "SELECT assigned_to FROM ticket WHERE id = 12").await, operator.id);
        assert_ne!(text(&app, "SELECT status || title FROM ticket WHERE id = 12").await, "closedДругая тема");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM ticket WHERE id = 15").await, 0, "what was removed stays removed");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account WHERE id = 3").await, 0);
        assert_eq!(text(&app, "SELECT username FROM account WHERE id = 7").await, "Другое имя");
        assert_eq!(number(&app, "SELECT response_count FROM ticket WHERE id = 13").await, 3);
    }).await;
}

async fn sqlx_run(app: &TestApp, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    crate::on_write!(app.app.platform.db, c => sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
}
