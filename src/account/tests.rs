//! Accounts through the real router, as page and as JSON, on both databases.

use axum::http::Method;
use serde_json::json;

use crate::{
    platform::{base::actor::Role, settings::Switch},
    testing::{TestApp, engines::*, make},
};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_by_json(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let new = json!({ "username": " Артём ", "email": " Artem@Example.ru ", "password": make::PASSWORD, "role": "admin", "extra": 1 });
        let answer = app.client().post("/api/auth/register", new.clone()).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let user = answer.value()["user"].clone();
        assert_eq!((&user["username"], &user["email"]), (&json!("Артём"), &json!("Artem@Example.ru")));
        assert_eq!((&user["operator"], &user["isAdmin"], &user["locale"]), (&json!(0), &json!(false), &json!("ru")));
        let again = app.client().post("/api/auth/register", json!({ "username": "Другой", "email": "ARTEM@example.ru", "password": make::PASSWORD })).await;
        assert_eq!((again.status.as_u16(), again.value()["code"].clone()), (409, json!("email_taken")));
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_in_the_readers_language(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let russian = app.client().post("/api/auth/register", json!({})).await;
        assert_eq!(russian.status, 422);
        let body = russian.value();
        assert_eq!((&body["code"], &body["error"]), (&json!("invalid_fields"), &body["message"]));
        assert_eq!(body["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "password", "username"]);
        assert_eq!(body["fields"]["email"], "Заполните это поле");
        let english =
            app.client().header("accept-language", "en-GB,en;q=0.9").post("/api/auth/register", json!({})).await;
        assert!(english.value()["fields"]["email"].as_str().unwrap().is_ascii());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let path = "/api/auth/register";
        let send = |kind: Option<&'static str>, body: &'static str| {
            let mut client = app.client();
            async move { client.send(Method::POST, path, kind, body.into()).await }
        };
        assert_eq!(send(Some("application/json"), "{").await.status, 400);
        assert_eq!(send(Some("text/plain"), "{}").await.status, 415);
        assert_eq!(send(None, "{}").await.status, 415);
        assert_eq!(send(Some("application/json"), "{\"email\": 5}").await.status, 422);
        let large = format!("{{\"email\": \"{}\"}}", "x".repeat(140_000));
        let answer = app.client().send(Method::POST, path, Some("application/json"), large.into()).await;
        assert_eq!((answer.status.as_u16(), answer.value()["code"].clone()), (413, json!("too_large")));
        let method = app.client().get(path).await;
        assert_eq!(
            (method.status.as_u16(), method.value()["code"].clone(), method.header("allow")),
            (405, json!("method_not_allowed"), "POST"),
            "asvs_4_1_4"
        );
        assert_eq!(app.client().get("/api/nothing").await.value()["code"], "not_found");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_registers_and_signs_in(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let mut browser = app.client();
        let weak = browser
            .fill(
                "/register",
                "/register",
                &[("username", "Артём <b>"), ("email", "artem@example.ru"), ("password", "12345678")],
            )
            .await;
        assert_eq!(weak.status, 422);
        assert_eq!(
            (weak.field("username").as_str(), weak.field("email").as_str(), weak.field("password").as_str()),
            ("Артём <b>", "artem@example.ru", "")
        );
        let typed = [("username", "Артём <b>"), ("email", "artem@example.ru"), ("password", make::PASSWORD)];
        let done = browser.fill("/register", "/register", &typed).await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, "/dashboard"));
        let page = browser.get("/dashboard").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Артём") && !page.text.contains("Артём <b>"), "names are escaped");
        let taken = app.client().fill("/register", "/register", &typed).await;
        assert_eq!(taken.status, 409);
        assert!(taken.text.contains("уже есть"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registration_can_be_switched_off(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.registration = Switch::Off).await;
        let new = json!({ "username": "Артём", "email": "artem@example.ru", "password": make::PASSWORD });
        assert_eq!(app.client().post("/api/auth/register", new).await.value()["code"], "registration_off");
        assert_eq!(app.client().get("/register").await.status, 403);
        assert!(!app.client().get("/login").await.text.contains("/register"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_has_a_budget(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.account.registrations_per_hour = 2;
        })
        .await;
        for n in 0..3 {
            let new = json!({ "username": "Артём", "email": format!("n{n}@example.ru"), "password": make::PASSWORD });
            assert_eq!(app.client().post("/api/auth/register", new).await.status, if n < 2 { 201 } else { 429 });
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_01_only_what_passed_the_cheap_checks_and_has_a_budget_is_computed(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.account.registrations_per_hour = 2;
        })
        .await;
        let computed = || app.app.accounts.hasher.computed();
        let register = |username: &'static str, email: &'static str| {
            let mut client = app.client();
            async move {
                client
                    .post("/api/auth/register", json!({ "username": username, "email": email, "password": "12345678" }))
                    .await
            }
        };
        // A weak password beside another wrong field is not judged, however often.
        for _ in 0..5 {
            let wrong = register("", "artem@example.ru").await.value();
            assert_eq!(wrong["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["username"]);
            assert_eq!(register("Артём", "x").await.value()["fields"].as_object().unwrap().len(), 1);
        }
        for _ in 0..2 {
            assert!(register("Артём", "artem@example.ru").await.value()["fields"]["password"].is_string());
        }
        assert_eq!(register("Артём", "artem@example.ru").await.status, 429, "judged after the budget");
        assert_eq!(computed(), 0, "and what is weak is not hashed");
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let before = computed();
        let change = json!({ "currentPassword": "", "newPassword": "12345678" });
        assert_eq!(client.post("/api/auth/password", change).await.value()["fields"].as_object().unwrap().len(), 1);
        let change = json!({ "currentPassword": make::PASSWORD, "newPassword": "1234567" });
        assert!(client.post("/api/auth/password", change).await.value()["fields"]["newPassword"].is_string());
        let reset = json!({ "token": "none", "password": "12345678" });
        assert_eq!(app.client().post("/api/auth/password/reset", reset).await.status, 410);
        assert_eq!(computed(), before);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_register_the_same_email_at_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let mut client = app.client();
                let new = json!({ "username": "Артём", "email": "artem@example.ru", "password": make::PASSWORD });
                tokio::spawn(async move { client.post("/api/auth/register", new).await.status.as_u16() })
            })
            .collect();
        let mut answers = Vec::new();
        for answer in tries {
            answers.push(answer.await.unwrap());
        }
        answers.sort_unstable();
        assert_eq!(answers, [201, 409, 409, 409, 409, 409, 409, 409]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_profile_is_shown_and_changed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let body = client.get("/api/user/profile").await.value();
        assert_eq!(
            (&body["success"], &body["data"]["id"], &body["data"]["profile"]["language"]),
            (&json!(true), &json!(artem.id), &json!("ru"))
        );
        let changed = client
            .json(Method::PUT, "/api/user/profile", json!({ "username": "Артём С.", "timezone": "Asia/Omsk" }))
            .await
            .value();
        assert_eq!(
            (&changed["data"]["username"], &changed["data"]["profile"]["timezone"]),
            (&json!("Артём С."), &json!("Asia/Omsk"))
        );
        assert_eq!(client.get("/api/auth/me").await.value()["user"]["username"], "Артём С.", "at once");
        let wrong = client
            .json(Method::PUT, "/api/user/profile", json!({ "username": "", "language": "xx", "timezone": "Mars" }))
            .await;
        assert_eq!(wrong.value()["fields"].as_object().unwrap().len(), 3);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_page_keeps_what_was_typed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        let action = "/dashboard/settings/profile";
        let wrong = browser.fill("/dashboard/settings", action, &[("username", "Я"), ("timezone", "Asia/Omsk")]).await;
        assert_eq!((wrong.status.as_u16(), wrong.field("username").as_str()), (422, "Я"));
        assert!(wrong.text.contains("От 2 до 64 символов"));
        let saved = browser.fill("/dashboard/settings", action, &[("username", "Артём"), ("language", "en")]).await;
        assert_eq!(saved.header("location"), "/dashboard/settings?saved=profile");
        let page = browser.get("/dashboard/settings?saved=profile").await;
        assert!(page.text.contains("<html lang=\"en\""), "the page speaks the new language");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_in_a_profile_is_wrong_on_both_sides(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut program, mut browser) = (make::program(&app, &artem).await.0, make::browser(&app, &artem).await);
        let action = "/dashboard/settings/profile";
        for (field, value) in
            [("username", ""), ("language", ""), ("language", "xx"), ("timezone", ""), ("timezone", "Mars")]
        {
            let json = program.json(Method::PUT, "/api/user/profile", json!({ field: value })).await;
            assert_eq!((json.status.as_u16(), json.value()["fields"].as_object().unwrap().len()), (422, 1), "{field}");
            let page = browser.fill("/dashboard/settings", action, &[(field, value)]).await;
            assert_eq!(
                (page.status.as_u16(), page.texts(&format!("#{field}-error"))),
                (422, vec![json.value()["fields"][field].as_str().unwrap().to_owned()])
            );
        }
        let kept = json!({ "username": null, "email": artem.email });
        assert_eq!(
            program.json(Method::PUT, "/api/user/profile", kept).await.value()["data"]["username"],
            artem.username
        );
        assert_eq!(browser.form(action, &[("language", "en")]).await.status, 303);
        let profile = program.get("/api/user/profile").await.value()["data"].clone();
        assert_eq!(
            (&profile["username"], &profile["profile"]["language"]),
            (&json!(artem.username), &json!("en")),
            "what is not given stays"
        );
        assert_eq!(program.json(Method::PUT, "/api/user/profile", json!({ "username": 7 })).await.status, 422);
        for (path, kind, status) in
            [(action, "application/json", 415), ("/api/user/profile", "application/x-www-form-urlencoded", 415)]
        {
            let method = if path == action { Method::POST } else { Method::PUT };
            assert_eq!(browser.send(method, path, Some(kind), "{}".into()).await.status, status, "{path}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn language_and_theme_are_remembered(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let mut browser = app.client();
        assert!(browser.get("/login").await.text.contains("<html lang=\"ru\""));
        let back = browser.form("/preferences", &[("lang", "en"), ("back", "/login?next=/dashboard")]).await;
        assert_eq!((back.status.as_u16(), back.header("location")), (303, "/login?next=/dashboard"));
        browser.form("/preferences", &[("theme", "dark"), ("back", "https://evil.example")]).await;
        let page = browser.get("/login").await;
        assert!(page.text.contains("<html lang=\"en\" data-theme=\"dark\""), "{}", page.text);
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        browser.form("/preferences", &[("lang", "en"), ("back", "/dashboard")]).await;
        let profile = browser.get("/api/user/profile").await.value();
        assert_eq!(profile["data"]["profile"]["language"], "en", "the choice belongs to the account");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_carries_its_headers(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        for path in ["/login", "/api/auth/me", "/nothing", "/healthz"] {
            let answer = app.client().get(path).await;
            for (name, part) in [
                ("content-security-policy", "default-src 'none'"),
                ("content-security-policy", "frame-ancestors 'none'"),
                ("x-content-type-options", "nosniff"),
                ("strict-transport-security", "max-age=63072000"),
                ("cache-control", "no-store"),
                ("content-type", "charset=utf-8"),
            ] {
                assert!(answer.header(name).contains(part), "{path} {name}: {}", answer.header(name));
            }
            assert!(!answer.header("content-security-policy").contains("unsafe"), "asvs_3_4_3");
            assert!(answer.header("access-control-allow-origin").is_empty(), "asvs_3_4_2");
            assert_eq!(answer.header("x-request-id").len(), 16);
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assets_live_for_ever_and_pages_use_only_them(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let page = app.client().get("/login").await;
        assert!(!page.text.contains(" style=") && !page.text.contains("<style") && !page.text.contains(" onclick"));
        let mut found = 0;
        for link in page.text.split('"').filter(|text| text.starts_with("/assets/")) {
            let path = link.split('#').next().unwrap();
            let asset = app.client().header("accept-encoding", "gzip, br").get(path).await;
            // Pictures are compressed as they are.
            let encoding = if path.ends_with(".png") { "" } else { "br" };
            assert_eq!((asset.status.as_u16(), asset.header("content-encoding")), (200, encoding), "{path}");
            assert!(asset.header("cache-control").contains("immutable"));
            let old = app.client().header("accept-encoding", "gzip;q=1.0, br-no").get(path).await;
            assert_eq!(old.header("content-encoding").replace("gzip", "br"), encoding, "{path}");
            found += 1;
        }
        assert!(found >= 2);
        assert_eq!(app.client().get("/assets/x/../../Cargo.toml").await.status, 404);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_3_5_1_another_site_changes_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let browser = make::browser(&app, &artem).await;
        for headers in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let mut forged = browser.clone().header(headers.0, headers.1);
            let answer = forged.delete("/api/sessions/others/all").await;
            assert_eq!(
                (answer.status.as_u16(), answer.value()["code"].clone()),
                (403, json!("cross_origin")),
                "{headers:?}"
            );
        }
        let mut own = browser.clone().header("origin", "https://my.example");
        assert_eq!(own.delete("/api/sessions/others/all").await.status, 200);
    })
    .await;
}
