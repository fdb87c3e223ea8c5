//! People: passwords, mailboxes, roles, names, choices; who is here already.

use serde_json::json;

use super::{Old, bring, number, options, text};
use crate::{
    platform::base::actor::Role,
    testing::{TestApp, engines::*, make},
};

/// bcrypt of "Harness-pass-1" and of "Пароль-Ёж 42".
const HASH: &str = "$2a$10$abcdefghijklmnopqrstu.nv3bfahD9IRqMy9uIAqTIJ9LmV6VsfW";
const OTHER: &str = "$2b$10$utsrqponmlkjihgfedcbaO7F4fiHw7PjlVqQCDXi2rXDs7RQCliXK";

async fn people(old: &Old, rows: &[(i64, &str, &str, &str, i64, i64)]) {
    for (id, name, email, hash, operator, admin) in rows {
        old.sql(&format!(
            "INSERT INTO user VALUES ({id}, '{name}', '{email}', '{hash}', '2025-03-01 10:00:00.{id:03}', {operator}, {admin})"
        ))
        .await;
    }
}

async fn signs_in(app: &TestApp, email: &str, password: &str) -> bool {
    let body = json!({ "email": email, "password": password });
    app.client().post("/api/auth/login", body).await.status == 200
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_04_people_are_who_they_were(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old, &[
            (1, "Админ", "admin@example.test", HASH, 1, 1),
            (2, "Анна", "anna@example.test", OTHER, 1, 0),
            (3, "Только админ", "boss@example.test", HASH, 0, 1),
            (4, "Странная роль", "two@example.test", HASH, 2, 0),
            (5, "Пришёл по GitHub", "octocat@users.noreply.github.com", "", 0, 0),
            (6, "Открытый пароль", "plain@example.test", "qwerty123", 0, 0),
            (7, "", "  Spaced@example.test ", HASH, 0, 0),
            (8, "Имя\tс\nсимволами", "no-at-sign", HASH, 0, 0),
        ]).await;
        old.sql("INSERT INTO user_profile VALUES (1, 1, NULL, 'Asia/Yekaterinburg', 'en'), (2, 2, '/uploads/avatars/a.png', 'UTC+3', 'uk'), (3, 99, NULL, NULL, NULL)").await;
        old.sql("INSERT INTO notification_settings VALUES (1, 4, 0, 1), (2, 2, 0, 0)").await;
        let app = TestApp::new(database).await;
        let report = bring(&app, &old, &options()).await;
        let all = &report.accounts;
        assert_eq!((all.admin, all.operator, all.customer), (2, 1, 5));
        assert_eq!(all.gained_rights, [3]);
        assert_eq!(all.email_unusable, [8]);
        assert_eq!(all.unreachable, [5, 8]);
        assert_eq!((all.password_usable, all.password_unusable), (6, 2));
        assert_eq!(all.passwords["not_a_hash"], [6]);
        assert_eq!(report.tables["user_profile"].left_out["owner_gone"], 1);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account WHERE id BETWEEN 1 AND 8").await, 8, "ids are kept");
        assert_eq!(text(&app, "SELECT username || '/' || email FROM account WHERE id = 7").await, "Spaced/Spaced@example.test");
        assert_eq!(text(&app, "SELECT username || '/' || email FROM account WHERE id = 8").await, "Имя с символами/imported-8@invalid");
        assert_eq!(text(&app, "SELECT language || timezone FROM account WHERE id = 1").await, "enAsia/Yekaterinburg");
        assert_eq!(text(&app, "SELECT language || timezone FROM account WHERE id = 2").await, "ruEurope/Moscow");
        assert_eq!(text(&app, "SELECT role FROM account WHERE id = 4").await, "customer");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM notification_setting WHERE NOT is_on").await, 3 + 4);
        // An unusable password costs what every password costs here.
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account WHERE password_hash LIKE '$argon2id$%'").await, 2);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM job").await + number(&app, "SELECT COUNT(*) FROM event_log").await, 0);
        assert!(signs_in(&app, "anna@example.test", "Пароль-Ёж 42").await);
        assert!(signs_in(&app, "spaced@example.test", "Harness-pass-1").await);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account WHERE password_hash LIKE '$2%'").await, 4, "replaced");
        for (email, password) in [("plain@example.test", "qwerty123"), ("octocat@users.noreply.github.com", "")] {
            assert!(!signs_in(&app, email, password).await);
        }
        // Who comes next gets a number above all of theirs.
        assert!(make::account(&app, "new", Role::Customer).await.id > 8);
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_04_two_accounts_of_one_mailbox_are_never_one(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(
            &old,
            &[
                (1, "Двойник", "Dup@example.test", HASH, 0, 0),
                (2, "Двойник 2", "dup@example.test", OTHER, 0, 0),
                (3, "Подделка", " victim@example.test", OTHER, 0, 0),
                (4, "Жертва", "victim@example.test", HASH, 0, 0),
            ],
        )
        .await;
        old.sql(
            "INSERT INTO ticket VALUES (1, 'a', 'b', 4, 'open', NULL, NULL, NULL, '2025-05-01', '2025-05-01', NULL)",
        )
        .await;
        let app = TestApp::new(database).await;
        let report = bring(&app, &old, &options()).await;
        assert_eq!(report.accounts.email_conflicts, [vec![1, 2], vec![3, 4]]);
        assert_eq!(text(&app, "SELECT email FROM account WHERE id = 1").await, "Dup@example.test", "the first");
        assert_eq!(text(&app, "SELECT email FROM account WHERE id = 2").await, "imported-2@invalid");
        assert_eq!(
            text(&app, "SELECT email FROM account WHERE id = 4").await,
            "victim@example.test",
            "who used it last"
        );
        for (email, password) in [
            ("imported-3@invalid", "Пароль-Ёж 42"),
            ("victim@example.test", "Пароль-Ёж 42"),
            ("dup@example.test", "Пароль-Ёж 42"),
        ] {
            assert!(!signs_in(&app, email, password).await, "{email}");
        }
        assert!(signs_in(&app, "victim@example.test", "Harness-pass-1").await);
        // Somebody who comes later has no better right.
        people(&old, &[(5, "Ещё один", "VICTIM@example.test", OTHER, 0, 0)]).await;
        bring(&app, &old, &options()).await;
        assert_eq!(text(&app, "SELECT email FROM account WHERE id = 5").await, "imported-5@invalid");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_05_people_who_are_here_stay_as_they_are(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "boss", Role::Customer).await;
        let (here, email) = (admin.id, admin.email.clone());
        people(&old, &[(here, "Другой", "other@example.test", HASH, 0, 0), (50, "Он же", &email, OTHER, 1, 1)]).await;
        old.sql(
            "INSERT INTO ticket VALUES (1, 'мой', 'b', 50, 'open', NULL, NULL, 50, '2025-05-01', '2025-05-01', NULL)",
        )
        .await;
        let before = text(&app, &format!("SELECT password_hash || role || email FROM account WHERE id = {here}")).await;
        let report = bring(&app, &old, &options()).await;
        assert_eq!(report.accounts.email_here_already, [50]);
        assert_eq!(report.accounts.other_id, 1, "the number was taken");
        assert_eq!(
            text(&app, &format!("SELECT password_hash || role || email FROM account WHERE id = {here}")).await,
            before
        );
        assert_eq!(text(&app, "SELECT email FROM account WHERE id = 50").await, "imported-50@invalid");
        assert_eq!(number(&app, "SELECT user_id FROM ticket WHERE id = 1").await, 50);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account").await, 3);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_05_an_account_here_is_taken_only_when_asked(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "boss", Role::Customer).await;
        let here = admin.id;
        people(&old, &[(50, "Он же", &admin.email.to_uppercase(), OTHER, 1, 1)]).await;
        old.sql(
            "INSERT INTO ticket VALUES (1, 'мой', 'b', 50, 'open', NULL, NULL, 50, '2025-05-01', '2025-05-01', NULL)",
        )
        .await;
        let mut options = options();
        options.take_existing = true;
        let before = text(&app, &format!("SELECT password_hash || role || email FROM account WHERE id = {here}")).await;
        let report = bring(&app, &old, &options).await;
        assert_eq!(report.accounts.taken, [50]);
        assert_eq!(
            text(&app, &format!("SELECT password_hash || role || email FROM account WHERE id = {here}")).await,
            before
        );
        assert_eq!(number(&app, "SELECT user_id FROM ticket WHERE id = 1").await, here);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM ticket WHERE assigned_to IS NULL").await, 1, "no operator here");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account").await, 1);
        bring(&app, &old, &options).await;
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account").await, 1);
    })
    .await;
}
