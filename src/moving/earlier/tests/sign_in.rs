//! Signing in after the move, by the real door: every sort of hash opens once and is replaced; who has none comes
//! in by mail.

use serde_json::json;

use super::{Old, bring, number, options, text};
use crate::testing::{TestApp, engines::*, until};

/// Passwords with what the earlier portal kept of them: by its registration, by its change of a password, by PHP,
/// of three characters, and of 92 bytes, of which bcrypt sees 72.
const SORTS: [(&str, &str); 5] = [
    ("Harness-pass-1", "$2a$10$abcdefghijklmnopqrstu.nv3bfahD9IRqMy9uIAqTIJ9LmV6VsfW"),
    ("Пароль-Ёж 42", "$2b$10$utsrqponmlkjihgfedcbaO7F4fiHw7PjlVqQCDXi2rXDs7RQCliXK"),
    ("php-style-77", "$2y$10$Zyxwvutsrqponmlkjihgf.gepFQOO7g2Hg1R0TCiibKrnlV1SBr1m"),
    ("abc", "$2a$10$AbCdEfGhIjKlMnOpQrStU.cfV6RteA1DFPflEHuF616zD0Dhv/nuK"),
    (LONG, "$2b$10$0123456789abcdefghijk.xP8xmP4xrTCOtLs1m5fit9iD9qS3Fbq"),
];
const LONG: &str = "ЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖпарольхххххххххххххххххххх";

/// What no password can have, by the address of who has it.
const NONE: [(&str, &str); 4] =
    [("github", ""), ("plain", "qwerty123"), ("cut", "$2a$10$abcdefghijklmnopqrstu"), ("odd", "$2x$10$")];

async fn people(old: &Old, rows: impl Iterator<Item = (String, &str)>) {
    for (id, (name, hash)) in (1..).zip(rows) {
        old.sql(&format!(
            "INSERT INTO user VALUES ({id}, '{name}', '{name}@example.test', '{hash}', '2025-03-01 10:00:00', 0, 0)"
        ))
        .await;
    }
}

async fn sign_in(app: &TestApp, name: &str, password: &str) -> u16 {
    let body = json!({ "email": format!("{name}@example.test"), "password": password });
    app.client().post("/api/auth/login", body).await.status.as_u16()
}

async fn kept(app: &TestApp, name: &str) -> String {
    text(app, &format!("SELECT password_hash FROM account WHERE email = '{name}@example.test'")).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_04_every_sort_of_hash_opens_once_and_is_replaced(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old, SORTS.iter().enumerate().map(|(n, (_, hash))| (format!("s{n}"), *hash))).await;
        let app = TestApp::new(database).await;
        let report = bring(&app, &old, &options()).await;
        assert_eq!((report.accounts.password_usable, report.accounts.password_unusable), (5, 0));
        for (n, (password, hash)) in SORTS.iter().enumerate() {
            let name = format!("s{n}");
            assert_eq!(sign_in(&app, &name, "не тот пароль").await, 401, "{hash}");
            assert_eq!(kept(&app, &name).await, *hash, "a wrong password replaces nothing");
            assert_eq!(sign_in(&app, &name, password).await, 200, "{hash}");
            let new = kept(&app, &name).await;
            assert!(new.starts_with("$argon2id$"), "{hash} became {new}");
            assert_eq!(sign_in(&app, &name, password).await, 200, "{hash}, again");
            assert_eq!(kept(&app, &name).await, new, "only once");
        }
        // From now on all of it counts, and not only what bcrypt saw.
        assert_eq!(sign_in(&app, "s4", &LONG[..72]).await, 401);
        assert_eq!(sign_in(&app, "s3", "abcd").await, 401);
        // Nothing of the next run brings an old hash back.
        bring(&app, &old, &options()).await;
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account WHERE password_hash LIKE '$2%'").await, 0);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_04_who_has_no_password_is_told_from_nobody_and_comes_in_by_mail(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        people(&old, NONE.iter().map(|(name, hash)| ((*name).to_owned(), *hash))).await;
        let app = TestApp::new(database).await;
        assert_eq!(bring(&app, &old, &options()).await.accounts.password_unusable, 4);
        let hasher = &app.app.accounts.hasher;
        let costs = async |name: &str, password: &str| {
            let before = hasher.computed();
            assert_eq!(sign_in(&app, name, password).await, 401, "{name}");
            hasher.computed() - before
        };
        let nobody = costs("nobody", "qwerty123").await;
        for (name, stood_there) in NONE {
            assert!(kept(&app, name).await.starts_with(hasher.beginning()), "{name}");
            for password in [stood_there, "", "qwerty123", "Harness-pass-1"] {
                assert_eq!(sign_in(&app, name, password).await / 100, 4, "{name}: {password}");
            }
            assert_eq!(
                costs(name, "qwerty123").await,
                nobody,
                "{name}: the same work as for an address that nobody has"
            );
            let email = format!("{name}@example.test");
            let asked = app.client().post("/api/auth/password/forgot", json!({ "email": email })).await;
            assert!(asked.status.is_success(), "{}", asked.text);
            until(async || app.mails_to(&email).await.iter().any(|mail| mail.text.contains("/reset?token="))).await;
            let mails = app.mails_to(&email).await;
            let link = mails
                .iter()
                .flat_map(|mail| mail.text.split_whitespace())
                .find(|word| word.contains("/reset?token="))
                .unwrap();
            let token = link.split_once("token=").unwrap().1;
            let new = json!({ "token": token, "password": "совсем другой пароль" });
            let set = app.client().post("/api/auth/password/reset", new).await;
            assert!(set.status.is_success(), "{}", set.text);
            assert_eq!(sign_in(&app, name, "совсем другой пароль").await, 200);
        }
    })
    .await;
}
