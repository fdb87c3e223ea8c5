use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    account::{self, store::NewAccount, store_address::UNREACHABLE},
    notification::{model::Kind, unsubscribing},
    on_read,
    platform::base::{actor::Role, mailbox},
    testing::{
        Answer, Client, TestApp,
        dump::{difference, dump},
        engines::*,
        make, until,
    },
};

/// What follows `token=` in the newest mail that has a link to this page.
async fn token(app: &TestApp, email: &str, page: &str) -> String {
    let mails = app.mails_to(email).await;
    let text = mails.iter().rev().map(|mail| mail.text.clone()).find(|text| text.contains(page)).unwrap();
    let rest = text.split(&format!("{page}?token=")).nth(1).unwrap().to_owned();
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

async fn change(by: &mut Client, user: i64, email: &str) -> Answer {
    by.json(Method::PATCH, &format!("/api/admin/users/{user}"), json!({ "email": email })).await
}

async fn sign_in(app: &TestApp, email: &str) -> u16 {
    let body = json!({ "email": email, "password": make::PASSWORD });
    app.client().post("/api/auth/login", body).await.status.as_u16()
}

/// Somebody with an address that nobody could type here.
async fn brought_over(app: &TestApp, email: &str) -> i64 {
    let mut tx = app.app.platform.db.begin().await.unwrap();
    let (password_hash, now) = ("$argon2id$none", app.app.platform.clock.now());
    let (role, language, timezone) = (Role::Customer, "ru", "UTC");
    let new = NewAccount { username: "Октокот", email, password_hash, role, language, timezone, now };
    let id = account::store::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn emails(list: &Value) -> Vec<&str> {
    list["users"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_6_3_7_both_addresses_are_told_and_what_was_sent_before_is_void(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut by, _) = make::program(&app, &admin).await;
        let (mut own, _) = make::program(&app, &artem).await;
        let mut stranger = app.client().from([203, 0, 113, 66]).header("user-agent", "curl/8.5.0");
        stranger.post("/api/auth/login", json!({ "email": artem.email, "password": make::PASSWORD })).await;
        stranger.post("/api/auth/password/forgot", json!({ "email": artem.email })).await;
        until(async || app.mails_to(&artem.email).await.iter().any(|mail| mail.text.contains("/reset?token="))).await;
        let (reset, not_me) =
            (token(&app, &artem.email, "/reset").await, token(&app, &artem.email, "/sessions/not-me").await);
        let unsubscribe = unsubscribing::link(&app.app.notifications, artem.id, None, &[Kind::TicketReply]);
        let unsubscribe = unsubscribe.strip_prefix("https://my.example").unwrap();
        let mut computer = app.client();
        let code = computer.post("/api/qr-auth/generate", json!({})).await.value()["code"].clone();
        assert_eq!(own.post("/api/qr-auth/confirm", json!({ "code": code })).await.status, 200);
        assert_eq!(app.client().get(unsubscribe).await.status, 200);
        let told_before = app.mails_to(&artem.email).await.len();

        let done = change(&mut by, artem.id, " Artyom@Пример.РФ ").await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!(done.value()["user"]["email"], "Artyom@Пример.РФ");
        let old = app.mails_to(&artem.email).await;
        let new = app.mails_to("Artyom@Пример.РФ").await;
        assert_eq!((old.len(), new.len()), (told_before + 1, 1));
        for (mail, lead) in
            [(old.last().unwrap(), "На этот ящик письма больше не приходят"), (&new[0], "входить нужно с этим адресом")]
        {
            for words in [lead, "artem@example.ru", "Artyom@Пример.РФ"] {
                assert!(mail.text.contains(words) && mail.html.contains(words), "{words}: {}", mail.text);
            }
        }
        assert_eq!(
            app.client()
                .post("/api/auth/password/reset", json!({ "token": reset, "password": "совсем другой пароль" }))
                .await
                .status,
            410
        );
        assert_eq!(app.client().form("/sessions/not-me", &[("token", &not_me)]).await.status, 410);
        assert_eq!(app.client().get(unsubscribe).await.status, 404);
        assert_eq!(app.client().form(unsubscribe, &[]).await.status, 404);
        assert_eq!(computer.post("/api/qr-auth/claim", json!({ "code": code })).await.value()["code"], "qr_expired");

        let me = own.get("/api/auth/me").await;
        assert_eq!(
            (me.status.as_u16(), &me.value()["user"]["email"]),
            (200, &json!("Artyom@Пример.РФ")),
            "sessions stay"
        );
        assert_eq!(
            (sign_in(&app, "artem@example.ru").await, sign_in(&app, "ARTYOM@xn--e1afmkfd.xn--p1ai").await),
            (401, 200)
        );
        let found = async |by: &mut Client, search: &str| {
            by.get(&format!("/api/admin/users?search={search}")).await.value()["meta"]["total"].clone()
        };
        assert_eq!((found(&mut by, "artyom").await, found(&mut by, "artem@example.ru").await), (json!(1), json!(0)));
        let told = own.get("/api/notifications").await.text;
        assert!(told.contains("У аккаунта новый адрес почты"), "{told}");
        // What is sent from now on works.
        app.client().post("/api/auth/password/forgot", json!({ "email": "artyom@пример.рф" })).await;
        until(async || app.mails_to("Artyom@Пример.РФ").await.iter().any(|mail| mail.text.contains("/reset?token=")))
            .await;
        let reset = token(&app, "Artyom@Пример.РФ", "/reset").await;
        let set = app
            .client()
            .post("/api/auth/password/reset", json!({ "token": reset, "password": "совсем другой пароль" }))
            .await;
        assert_eq!(set.status, 200, "{}", set.text);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_address_changes_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut by, _) = make::program(&app, &admin).await;
        make::program(&app, &artem).await;
        app.mails_to("nobody").await;
        let before = dump(&app.app.platform.db, &[]).await;
        for same in ["artem@example.ru", " artem@example.ru\u{200b}"] {
            assert_eq!(change(&mut by, artem.id, same).await.status, 200);
        }
        app.mails_to("nobody").await;
        let after = dump(&app.app.platform.db, &[]).await;
        assert!(before == after, "{}", difference(&before, &after));
        // Another spelling is taken, and its mailbox told once.
        assert_eq!(change(&mut by, artem.id, "Artem+1@example.ru").await.status, 200);
        assert_eq!(
            change(&mut by, artem.id, "ARTEM+1@example.ru").await.value()["user"]["email"],
            "ARTEM+1@example.ru"
        );
        assert_eq!(app.mails_to("ARTEM+1@example.ru").await.len(), 1);
        assert_eq!(app.mails_to("Artem+1@example.ru").await.len(), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_nobody_elses_and_mail_can_arrive_there(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        make::account(&app, "maria", Role::Customer).await;
        let (mut by, _) = make::program(&app, &admin).await;
        assert_eq!(change(&mut by, artem.id, "ivan@почта.рф").await.status, 200);
        let olga = make::account(&app, "olga", Role::Customer).await;
        for (typed, says) in [
            ("maria@example.ru", "уже есть"),
            ("MARIA@Example.RU", "уже есть"),
            ("ｍａｒｉａ@example.ru", ""),
            ("maria@ｅｘａｍｐｌｅ．ｒｕ", "уже есть"),
            ("Ivan@xn--80a1acny.xn--p1ai", "уже есть"),
            ("octocat@users.noreply.github.com", "не доходят"),
            ("a@mail.invalid", "не доходят"),
            ("imported-7@invalid", ""),
            ("", ""),
            ("olga", ""),
            ("olga@@example.ru", ""),
            ("ol ga@example.ru", ""),
            ("olga@example.ru\r\nBcc: x@example.ru", ""),
        ] {
            let answer = change(&mut by, olga.id, typed).await;
            let said = answer.value()["fields"]["email"].as_str().unwrap_or_default().to_owned();
            if typed.starts_with('ｍ') {
                // Another mailbox by every standard: whether one may have it is the mail server's business.
                assert!([200, 422].contains(&answer.status.as_u16()), "{}", answer.text);
                assert_eq!(change(&mut by, olga.id, "olga@example.ru").await.status, 200);
                continue;
            }
            assert_eq!(answer.status, 422, "{typed:?}: {}", answer.text);
            assert!(!said.is_empty() && said.contains(says), "{typed:?}: {said}");
        }
        assert_eq!(change(&mut by, 999_999, "x@example.ru").await.status, 404);
        let mut browser = make::browser(&app, &admin).await;
        let path = format!("/dashboard/admin/users/{}/email", olga.id);
        let refused = browser.fill(&path, &path, &[("email", "Maria@Example.ru")]).await;
        assert_eq!(
            (refused.status.as_u16(), refused.count("#email-error"), refused.field("email").as_str()),
            (422, 1, "Maria@Example.ru")
        );
        let done = browser.fill(&path, &path, &[("email", "olga.n@example.ru")]).await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, "/dashboard/admin/users?done=changed"));
        assert_eq!(browser.get(&path).await.status, 200);
        assert!(browser.get("/dashboard/admin/users?search=olga").await.text.contains("olga.n@example.ru"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_get_an_address_at_once_one_has_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut one, _) = make::program(&app, &admin).await;
        let mut two = one.clone();
        for n in 0..5 {
            let (a, b) = (
                make::account(&app, &format!("a{n}"), Role::Customer).await,
                make::account(&app, &format!("b{n}"), Role::Customer).await,
            );
            let email = format!("wanted{n}@example.ru");
            let (first, second) = tokio::join!(change(&mut one, a.id, &email), change(&mut two, b.id, &email));
            let mut statuses = [first.status.as_u16(), second.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 422], "{} {}", first.text, second.text);
            let lost = if first.status == 422 { first } else { second };
            assert_eq!(lost.value()["fields"]["email"], "Аккаунт с такой почтой уже есть");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_sees_whom_no_mail_reaches_and_none_is_sent(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let mut browser = make::browser(&app, &admin).await;
        let (mut by, _) = make::program(&app, &admin).await;
        assert!(!browser.get("/dashboard/admin/users").await.text.contains("unreachable=true"));
        let there = ["ivan@почта.рф", "a@notinvalid.ru", "invalid@example.ru", "b@github.com", "root@localhost"];
        let nowhere = ["imported-17@invalid", "a@mail.Invalid", "Octocat@Users.NoReply.GitHub.com", "octocat", "a b@example.ru"];
        for email in there.into_iter().chain(nowhere) {
            brought_over(&app, email).await;
        }
        let all = by.get("/api/admin/users?pageSize=100").await.value();
        for user in all["users"].as_array().unwrap() {
            let email = user["email"].as_str().unwrap();
            assert_eq!(user["reachable"], !nowhere.contains(&email), "{email}");
            let sql = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM account WHERE email = $1 AND {UNREACHABLE}");
            let by_sql: i64 = on_read!(app.app.platform.db, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(email).fetch_one(c).await).unwrap();
            assert_eq!(by_sql == 0, mailbox::is_reachable(email), "{email}: both rules are one");
        }
        let list = by.get("/api/admin/users?unreachable=true").await.value();
        assert_eq!((&list["meta"]["total"], emails(&list).len()), (&json!(5), 5));
        let one = by.get("/api/admin/users?unreachable=true&search=octocat").await.value();
        assert_eq!(emails(&one), ["octocat", "Octocat@Users.NoReply.GitHub.com"]);
        let page = browser.get("/dashboard/admin/users?unreachable=true").await;
        assert_eq!((page.count("li.person"), page.count("li.person .badge.amber")), (5, 5));
        let page = browser.get("/dashboard/admin/users").await;
        assert_eq!((page.count("li.person"), page.count("li.person .badge.amber"), page.count("a[href$='?unreachable=true']")), (11, 5, 1));

        // A notice to one of them ends as done, and nothing is left for the administrator to try again.
        let octocat = account::store::by_email(&app.app.platform.db, "octocat@users.noreply.github.com").await.unwrap().unwrap();
        assert_eq!(by.json(Method::PATCH, &format!("/api/admin/users/{}", octocat.id), json!({ "role": "operator" })).await.status, 200);
        assert!(app.mails_to("GitHub").await.is_empty());
        assert_eq!(change(&mut by, octocat.id, "cat@example.ru").await.status, 200);
        assert_eq!((app.mails_to("GitHub").await.len(), app.mails_to("cat@example.ru").await.len()), (0, 1));
        assert_eq!(by.get("/api/admin/deliveries").await.value()["deliveries"], json!([]));
        assert_eq!(crate::platform::outbox::jobs_store::waiting(&app.app.platform.db).await.unwrap(), 0);
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_22_an_account_is_erased_with_what_waits_for_its_old_address(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut by, _) = make::program(&app, &admin).await;
        assert_eq!(
            by.json(Method::PATCH, &format!("/api/admin/users/{}", artem.id), json!({ "blocked": true })).await.status,
            200
        );
        assert_eq!(change(&mut by, artem.id, "new@example.ru").await.status, 200);
        crate::commands::erase::erase(&app.app, artem.id).await.unwrap();
        let jobs = format!("{:?}", dump(&app.app.platform.db, &[("job", "payload")]).await["job"]);
        assert!(!jobs.contains("artem@") && !jobs.contains("new@"), "{jobs}");
        assert!(app.mails_to("").await.is_empty());
    })
    .await;
}
