//! Links that die, addresses in two spellings, cookies that are not kept, and what is said of them.

use serde_json::json;

use crate::{
    account::{actions, model::Account, store},
    platform::base::actor::Role,
    session::{
        admin::{self, Authority},
        managing, setup,
    },
    testing::{TestApp, engines::*, make, until},
};

const NEW: &str = "совсем другой пароль";

/// The path of a new reset link.
async fn ask(app: &TestApp, account: &Account) -> String {
    let before = app.mails_to(&account.email).await.len();
    assert_eq!(app.client().fill("/forgot", "/forgot", &[("email", &account.email)]).await.status, 200);
    until(|| async { app.mails_to(&account.email).await.len() > before }).await;
    let text = app.mails_to(&account.email).await.pop().unwrap().text;
    let link = text.split_whitespace().find(|word| word.contains("/reset?")).unwrap();
    link.strip_prefix("https://my.example").unwrap().to_owned()
}

/// What the link says, as page and as JSON.
async fn says(app: &TestApp, link: &str) -> (u16, String) {
    let token = link.split_once("token=").unwrap().1;
    let page = app.client().get(link).await.status.as_u16();
    let json = app.client().post("/api/auth/password/reset", json!({ "token": token, "password": "12345678" })).await;
    let code = json.value()["code"].as_str().unwrap().to_owned();
    assert_eq!(page == 410, json.status == 410, "{code}");
    (page, code)
}

async fn block(app: &TestApp, account: &Account, blocked: bool) {
    let change = managing::UserChange { blocked: Some(blocked), ..managing::UserChange::default() };
    managing::change(&app.app.sessions, Authority::Machine, account.id, &change).await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_14_every_link_dies_with_what_it_was_for(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let sessions = &app.app.sessions;
        let artem = make::account(&app, "artem", Role::Customer).await;
        make::account(&app, "boss", Role::Admin).await;
        let dead = (410, "reset_invalid".to_owned());

        let link = ask(&app, &artem).await;
        assert_eq!(says(&app, &link).await, (200, "invalid_fields".into()));
        let (mut own, _) = make::program(&app, &artem).await;
        let change = json!({ "currentPassword": make::PASSWORD, "newPassword": NEW });
        assert_eq!(own.post("/api/auth/password", change).await.status, 200);
        assert_eq!(says(&app, &link).await, dead, "the password was changed");

        let link = ask(&app, &artem).await;
        crate::session::password::set_for(sessions, Authority::Machine, &artem.email, make::PASSWORD).await.unwrap();
        assert_eq!(says(&app, &link).await, dead, "it was set from the command line");

        let link = ask(&app, &artem).await;
        for blocked in [true, false] {
            block(&app, &artem, blocked).await;
            assert_eq!(says(&app, &link).await, dead, "blocked: {blocked}");
        }

        let link = ask(&app, &artem).await;
        admin::erase(sessions, Authority::Machine, artem.id).await.unwrap();
        assert_eq!(says(&app, &link).await, dead, "erased");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_14_the_link_of_a_session_dies_with_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        make::program(&app, &artem).await;
        let credentials = json!({ "email": artem.email, "password": make::PASSWORD });
        let elsewhere = app
            .client()
            .from([203, 0, 113, 66])
            .header("user-agent", "curl/8.5.0")
            .post("/api/auth/login", credentials)
            .await;
        assert_eq!(elsewhere.status, 200);
        let text = app.mails_to(&artem.email).await.pop().unwrap().text;
        let link = text.split_whitespace().find(|word| word.contains("/sessions/not-me?")).unwrap();
        let token = link.split_once("token=").unwrap().1;
        assert!(app.client().get(&format!("/sessions/not-me?token={token}")).await.text.contains("203.0.113.66"));
        make::account(&app, "boss", Role::Admin).await;
        block(&app, &artem, true).await;
        assert!(!app.client().get(&format!("/sessions/not-me?token={token}")).await.text.contains("203.0.113.66"));
        assert_eq!(app.client().form("/sessions/not-me", &[("token", token)]).await.status, 410);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_14_the_first_administrators_link_dies_when_there_is_one(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let link = setup::link(&app.app.sessions).await.unwrap().unwrap();
        let path = link.strip_prefix("https://my.example").unwrap();
        assert_eq!(app.client().get(path).await.status, 200);
        make::account(&app, "boss", Role::Admin).await;
        assert_eq!(app.client().get(path).await.status, 410);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_20_an_older_reset_link_names_the_newer(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (first, second, third) = (ask(&app, &artem).await, ask(&app, &artem).await, ask(&app, &artem).await);
        for old in [&first, &second] {
            assert_eq!(says(&app, old).await, (410, "reset_superseded".into()));
            assert!(app.client().get(old).await.text.contains("самое новое письмо"));
        }
        let page = app.client().get(&third).await;
        assert_eq!(
            page.attributes("input[autocomplete=username]", "value"),
            [artem.email.as_str()],
            "for password managers"
        );
        let weak = app.client().fill(&third, "/reset", &[("password", "12345678")]).await;
        assert_eq!((weak.status.as_u16(), weak.attributes("input[autocomplete=username]", "value").len()), (422, 1));
        assert_eq!(
            app.client().fill(&third, "/reset", &[("password", "artem@example.ru")]).await.status,
            422,
            "weak for its owner"
        );
        assert_eq!(app.client().fill(&third, "/reset", &[("password", NEW)]).await.status, 303);
        assert_eq!(says(&app, &first).await, (410, "reset_invalid".into()), "all are over");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_20_password_managers_find_the_form(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        let there = browser.get("/.well-known/change-password").await;
        assert!(there.status.is_redirection());
        let (path, part) = there.header("location").split_once('#').unwrap();
        assert_eq!(browser.get(path).await.count(&format!("#{part} input[autocomplete=new-password]")), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_20_a_session_that_ended_elsewhere_says_so(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        let (mut phone, _) = make::program(&app, &artem).await;
        assert!(!app.client().get("/login").await.text.contains("Эта сессия завершена"));
        assert_eq!(phone.delete("/api/sessions/others/all").await.status, 200);
        let away = browser.get("/dashboard/settings").await.header("location").to_owned();
        let said = browser.get(&away).await;
        assert!(said.text.contains("Эта сессия завершена"), "{}", said.text);
        assert!(!browser.get(&away).await.text.contains("Эта сессия завершена"), "it is said once");
        // Who signed out knows it.
        let mut other = make::browser(&app, &artem).await;
        other.form("/logout", &[]).await;
        assert!(!other.get("/login").await.text.contains("Эта сессия завершена"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_20_error_pages_keep_the_frame(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        for (path, status) in [("/nothing", 404), ("/dashboard/tickets-new/999", 404), ("/dashboard/admin/users", 403)]
        {
            let page = browser.get(path).await;
            assert_eq!(page.status.as_u16(), status, "{path}");
            assert!(
                page.text.contains("Имя artem") && page.count("a[href=\"/dashboard/settings\"]") > 0,
                "{path}: {}",
                page.text
            );
            assert!(!app.client().get("/nothing").await.text.contains("/logout"));
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_13_without_cookies_nothing_is_begun(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let typed = [("email", artem.email.as_str()), ("password", make::PASSWORD)];
        let refused = app.client().form("/login", &typed).await;
        assert_eq!((refused.status.as_u16(), refused.field("email")), (400, artem.email.clone()));
        assert!(refused.text.contains("Браузер не сохраняет cookie") && refused.text.contains("https://my.example"));
        let new = [("username", "Елена"), ("email", "elena@example.ru"), ("password", make::PASSWORD)];
        let refused = app.client().form("/register", &new).await;
        assert_eq!((refused.status.as_u16(), refused.field("username")), (400, "Елена".into()));
        assert!(store::by_email(&app.app.platform.db, "elena@example.ru").await.unwrap().is_none());
        let (mut program, _) = make::program(&app, &artem).await;
        assert_eq!(program.get("/api/sessions").await.value().as_array().unwrap().len(), 1, "only its own");
        // Whoever cleared them on the way needs one more press.
        let mut browser = app.client();
        assert_eq!(browser.form("/login", &typed).await.status, 400);
        assert_eq!(browser.form("/login", &typed).await.status, 303);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_11_foreign_cookies_sign_nobody_out(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let browser = make::browser(&app, &artem).await;
        let session = format!("__Host-session={}", browser.cookie("__Host-session").unwrap());
        for foreign in ["имя=значение", "theirs=é", "=", "x"] {
            for line in [format!("{foreign}; {session}"), format!("{session}; {foreign}")] {
                let mut client = app.client().header("cookie", &line);
                assert_eq!(client.get("/dashboard/settings").await.status, 200, "{line}");
            }
        }
        // Over plain http another program on the host may have a cookie of the same name.
        let twice = format!("__Host-session=theirs; {session}");
        assert_eq!(app.client().header("cookie", &twice).get("/dashboard/settings").await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_09_either_spelling_is_one_account(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let new = |email: &str| json!({ "username": "Иван", "email": email, "password": make::PASSWORD });
        let spellings =
            ["ivan@почта.рф", "ivan@xn--80a1acny.xn--p1ai", "\u{200b}IVAN@Почта.РФ\u{feff} ", "ivan@почта。рф"];
        assert_eq!(app.client().post("/api/auth/register", new(spellings[2])).await.status, 201);
        for email in spellings {
            assert_eq!(app.client().post("/api/auth/register", new(email)).await.status, 409, "{email:?}");
            let signed_in =
                app.client().post("/api/auth/login", json!({ "email": email, "password": make::PASSWORD })).await;
            assert_eq!(signed_in.status, 200, "{email:?}");
            assert_eq!(signed_in.value()["user"]["email"], "IVAN@Почта.РФ");
        }
        for email in ["a@[127.0.0.1]", "a@e.c", "a@127.0.0.1"] {
            assert!(
                app.client().post("/api/auth/register", new(email)).await.value()["fields"]["email"].is_string(),
                "{email}"
            );
        }
        let found =
            admin::list(&app.app.sessions, admin::Wanted { search: "ivan@почта.рф", unreachable: false }, 1, 10)
                .await
                .unwrap()
                .1;
        assert_eq!(found, 1, "administrators find it by either");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_09_older_accounts_are_found_and_never_merged(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let key = async |account: &Account, key: &str| {
            let mut tx = app.app.platform.db.begin().await.unwrap();
            store::set_email_key(&mut tx, account.id, key).await.unwrap();
            tx.commit().await.unwrap();
        };
        let make = async |email: &str, as_kept: &str| {
            let new =
                actions::Registration {
                    username: "Иван".into(), email: email.into(), password: make::PASSWORD.into()
                };
            let account =
                actions::create(&app.app.accounts, &new, Role::Customer, crate::platform::base::i18n::Lang::Ru)
                    .await
                    .unwrap();
            key(&account, as_kept).await;
            account
        };
        let who =
            async |email: &str| store::by_email(&app.app.platform.db, email).await.unwrap().map(|account| account.id);
        // As an older version kept them: two accounts of one mailbox, and one alone.
        let unicode = make("ivan@почта.рф", "ivan@почта.рф").await;
        let ascii = make("ivan@xn--80a1acny.xn--p1ai", "ivan@xn--80a1acny.xn--p1ai").await;
        let alone = make("olga@почта.рф", "olga@почта.рф").await;
        for _ in 0..2 {
            assert_eq!(who("Ivan@почта.рф").await, Some(unicode.id));
            assert_eq!(who("ivan@XN--80a1acny.xn--p1ai").await, Some(ascii.id));
            assert_eq!(who("olga@почта.рф").await, Some(alone.id));
            actions::tidy(&app.app.accounts).await.unwrap();
        }
        assert_eq!(who("olga@xn--80a1acny.xn--p1ai").await, Some(alone.id), "and from now on by either");
    })
    .await;
}
