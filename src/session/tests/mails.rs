use std::time::Duration;

use serde_json::json;

use crate::{
    platform::base::actor::Role,
    testing::{TestApp, engines::*, make, until},
};

/// The path and query of the first link to `page` in a mail.
fn link(text: &str, page: &str) -> String {
    let start = text.find(page).unwrap_or_else(|| panic!("no link to {page} in {text}"));
    text[start..].split(|c: char| c.is_whitespace() || c == '"').next().unwrap().to_owned()
}

fn token(link: &str) -> &str {
    link.split_once("token=").unwrap().1
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_6_3_5_a_new_device_is_told_to_its_owner(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut own, _) = make::program(&app, &artem).await;
        make::program(&app, &artem).await;
        assert!(app.mails_to(&artem.email).await.is_empty(), "the first sign-in and the same device are no news");
        let credentials = json!({ "email": artem.email, "password": make::PASSWORD });
        let thief = app
            .client()
            .from([203, 0, 113, 66])
            .header("user-agent", "curl/8.5.0")
            .post("/api/auth/login", credentials)
            .await;
        let mut thief = app.client().bearer(thief.value()["token"].as_str().unwrap());
        let mails = app.mails_to(&artem.email).await;
        assert_eq!(mails.len(), 1);
        assert!(
            mails[0].subject.contains("Новый вход")
                && mails[0].text.contains("203.0.113.66")
                && mails[0].html.contains("curl")
        );
        let link = link(&mails[0].text, "/sessions/not-me?");
        // Opening the link ends nothing: mail programs open links by themselves.
        let page = app.client().get(&link).await;
        assert_eq!(page.status, 200);
        assert_eq!(thief.get("/api/auth/me").await.status, 200);
        assert!(page.text.contains("203.0.113.66"));
        assert_eq!(app.client().fill(&link, "/sessions/not-me", &[]).await.status, 200);
        assert_eq!(
            (thief.get("/api/auth/me").await.status.as_u16(), own.get("/api/auth/me").await.status.as_u16()),
            (401, 200)
        );
        assert_eq!(app.client().form("/sessions/not-me", &[("token", token(&link))]).await.status, 410);
        assert_eq!(app.client().form("/sessions/not-me", &[("token", "")]).await.status, 410);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_16_people_are_told_what_others_do_to_their_access(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        use crate::session::{
            admin::Authority,
            managing::{UserChange, change},
        };
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut own, _) = make::program(&app, &artem).await;
        let set = async |role: Option<Role>, blocked: Option<bool>| {
            change(
                &app.app.sessions,
                Authority::Machine,
                artem.id,
                &UserChange { role, blocked, ..UserChange::default() },
            )
            .await
            .unwrap();
        };
        let told = async |client: &mut crate::testing::Client| {
            app.mails_to("").await;
            client.get("/api/notifications").await.value()["data"][0].clone()
        };
        let (mut by, _) = make::program(&app, &admin).await;
        let path = format!("/api/admin/users/{}", artem.id);
        assert_eq!(by.json(axum::http::Method::PATCH, &path, json!({ "role": "operator" })).await.status, 200);
        let notice = told(&mut own).await;
        assert_eq!(
            (&notice["type"], &notice["title"]),
            (&json!("account_access"), &json!("У вас новая роль")),
            "{notice}"
        );
        assert!(app.mails_to(&artem.email).await.last().unwrap().text.contains("Теперь она такая: Оператор"));
        let before = app.mails_to(&artem.email).await.len();
        set(Some(Role::Operator), Some(false)).await;
        assert_eq!(app.mails_to(&artem.email).await.len(), before, "nothing has changed");
        for (blocked, says) in [(true, "заблокировал"), (false, "снял блокировку")] {
            set(None, Some(blocked)).await;
            assert!(app.mails_to(&artem.email).await.last().unwrap().text.contains(says), "{says}");
        }
        crate::session::password::set_for(&app.app.sessions, Authority::Machine, &artem.email, "совсем другой пароль")
            .await
            .unwrap();
        let mails = app.mails_to(&artem.email).await;
        assert!(mails.last().unwrap().text.contains("задал новый пароль") && mails.len() == before + 3);
        assert!(app.mails_to(&admin.email).await.is_empty());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_16_a_burst_of_wrong_passwords_is_told_once_a_day(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut own, _) = make::program(&app, &artem).await;
        let wrong = async |n: u8| {
            let mut stranger = app.client().from([203, 0, 113, n]);
            stranger.post("/api/auth/login", json!({ "email": artem.email, "password": "not the password" })).await;
        };
        for n in 0..4 {
            wrong(n).await;
        }
        assert!(app.mails_to(&artem.email).await.is_empty(), "four may be a slip");
        for n in 4..20 {
            wrong(n).await;
        }
        let mails = app.mails_to(&artem.email).await;
        assert_eq!(mails.len(), 1, "from however many addresses");
        assert!(
            mails[0].subject.contains("пытаются войти") && mails[0].text.contains("203.0.113.4"),
            "{}",
            mails[0].text
        );
        let notice = own.get("/api/notifications").await.value()["data"][0].clone();
        assert_eq!(
            (&notice["type"], &notice["title"]),
            (&json!("account_access"), &json!("В аккаунт пытаются войти")),
            "{notice}"
        );
        app.pass(Duration::from_secs(86_400));
        for n in 0..5 {
            wrong(n).await;
        }
        assert_eq!(app.mails_to(&artem.email).await.len(), 2);
        app.pass(Duration::from_secs(86_400));
        for n in 0..8 {
            app.pass(Duration::from_secs(600));
            wrong(n).await;
        }
        assert_eq!(app.mails_to(&artem.email).await.len(), 2, "one in ten minutes is no burst");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_browser_elsewhere_is_no_news(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await.from([203, 0, 113, 66]);
        browser.fill("/dashboard", "/logout", &[]).await;
        browser.fill("/login", "/login", &[("email", &artem.email), ("password", make::PASSWORD)]).await;
        assert!(app.mails_to(&artem.email).await.is_empty());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_6_5_1_a_reset_link_works_once_for_half_an_hour(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut old, _) = make::program(&app, &artem).await;
        let ask = || async {
            let before = app.mails_to(&artem.email).await.len();
            let sent = app.client().fill("/forgot", "/forgot", &[("email", &artem.email)]).await;
            assert_eq!(sent.status, 200);
            until(|| async { app.mails_to(&artem.email).await.len() > before }).await;
            link(&app.mails_to(&artem.email).await.last().unwrap().text, "/reset?")
        };
        let (first, second) = (ask().await, ask().await);
        assert_eq!(app.client().get(&first).await.status, 410, "a newer link replaces the older");
        assert_eq!(app.client().get(&second).await.status, 200);
        let weak = app.client().fill(&second, "/reset", &[("password", "12345678")]).await;
        assert_eq!(weak.status, 422);
        let set = app.client().fill(&second, "/reset", &[("password", "совсем другой пароль")]).await;
        assert_eq!((set.status.as_u16(), set.header("location")), (303, "/login?done=reset"));
        assert_eq!(old.get("/api/auth/me").await.status, 401, "every session has ended");
        let again = app
            .client()
            .post("/api/auth/password/reset", json!({ "token": token(&second), "password": "ещё один хороший пароль" }))
            .await;
        assert_eq!((again.status.as_u16(), again.value()["code"].clone()), (410, json!("reset_invalid")));
        let new = json!({ "email": artem.email, "password": "совсем другой пароль" });
        assert_eq!(app.client().post("/api/auth/login", new).await.status, 200);
        assert!(app.mails_to(&artem.email).await.iter().any(|mail| mail.subject.contains("изменён")), "asvs_6_3_7");
        let late = ask().await;
        app.pass(Duration::from_secs(30 * 60));
        assert_eq!(app.client().get(&late).await.status, 410);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_a_mail_without_an_account(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let answer = app.client().post("/api/auth/password/forgot", json!({ "email": "nobody@example.ru" })).await;
        assert_eq!(answer.status, 202);
        assert!(app.mails_to("nobody@example.ru").await.is_empty());
        assert!(
            app.client().post("/api/auth/password/forgot", json!({ "email": "x" })).await.value()["fields"]["email"]
                .is_string()
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_7_4_3_a_changed_password_ends_the_others(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut other, _) = make::program(&app, &artem).await;
        let mut browser = make::browser(&app, &artem).await;
        let page = "/dashboard/settings";
        let wrong = browser
            .fill(
                page,
                "/dashboard/settings/password",
                &[("currentPassword", "не тот"), ("newPassword", "совсем другой пароль")],
            )
            .await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text.contains("Пароль не подошёл"));
        let typed = [("currentPassword", make::PASSWORD), ("newPassword", "совсем другой пароль")];
        assert_eq!(
            browser.fill(page, "/dashboard/settings/password", &typed).await.header("location"),
            "/dashboard/settings?saved=password"
        );
        assert_eq!(
            (browser.get(page).await.status.as_u16(), other.get("/api/auth/me").await.status.as_u16()),
            (200, 401)
        );
        let (mut program, body) = (app.client(), json!({ "email": artem.email, "password": "совсем другой пароль" }));
        let token = program.post("/api/auth/login", body).await.value()["token"].as_str().unwrap().to_owned();
        let change = json!({ "currentPassword": "совсем другой пароль", "newPassword": "12345678" });
        assert!(
            app.client().bearer(&token).post("/api/auth/password", change).await.value()["fields"]["newPassword"]
                .is_string()
        );
        let change = json!({ "currentPassword": "совсем другой пароль", "newPassword": "третий хороший пароль" });
        let done = app.client().bearer(&token).post("/api/auth/password", change).await;
        assert_eq!((done.status.as_u16(), done.value()["endedSessions"].clone()), (200, json!(1)));
    })
    .await;
}
