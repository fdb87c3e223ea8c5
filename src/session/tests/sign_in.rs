use std::time::Duration;

use serde_json::json;

use crate::{
    platform::{base::actor::Role, settings::Switch},
    testing::{TestApp, engines::*, make},
};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_gives_tokens_and_the_person(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Operator).await;
        let answer = app
            .client()
            .post("/api/auth/login", json!({ "email": " ARTEM@example.ru ", "password": make::PASSWORD }))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.value();
        assert_eq!(body["expiresIn"], 900);
        assert_eq!(body["user"]["id"], artem.id);
        assert_eq!((&body["user"]["operator"], &body["user"]["isAdmin"]), (&json!(1), &json!(false)));
        let me = app.client().bearer(body["token"].as_str().unwrap()).get("/api/auth/me").await.value();
        assert_eq!(me["user"], body["user"]);
        assert_eq!(answer.header("cache-control"), "no-store");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_signs_in_and_goes_where_one_was_heading(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = app.client();
        let away = browser.get("/dashboard/settings/sessions?x=1").await;
        assert_eq!(
            (away.status.as_u16(), away.header("location")),
            (303, "/login?next=/dashboard/settings/sessions%3Fx%3D1")
        );
        let page = away.header("location").to_owned();
        let answer = browser.fill(&page, "/login", &[("email", &artem.email), ("password", make::PASSWORD)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/dashboard/settings/sessions?x=1"));
        assert_eq!(browser.get("/dashboard").await.status, 200);
        let line = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|v| v.to_str().unwrap())
            .find(|line| line.starts_with("__Host-session="))
            .unwrap();
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(line.contains(part), "asvs_3_3 {line}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_6_3_8_nobody_learns_which_accounts_exist(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        make::account(&app, "artem", Role::Customer).await;
        let wrong = app
            .client()
            .post("/api/auth/login", json!({ "email": "artem@example.ru", "password": "not it at all" }))
            .await;
        let unknown = app
            .client()
            .post("/api/auth/login", json!({ "email": "nobody@example.ru", "password": "not it at all" }))
            .await;
        assert_eq!(wrong.status, 401);
        assert_eq!((unknown.status, &unknown.text), (wrong.status, &wrong.text));
        assert_eq!(wrong.value()["code"], "invalid_credentials");
        let forgot = |email: &'static str| {
            let mut client = app.client();
            async move { client.post("/api/auth/password/forgot", json!({ "email": email })).await }
        };
        let (known, unknown) = (forgot("artem@example.ru").await, forgot("nobody@example.ru").await);
        assert_eq!((known.status, known.text), (unknown.status, unknown.text));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_keeps_what_was_typed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        make::account(&app, "artem", Role::Customer).await;
        let typed = [("email", "artem@example.ru"), ("password", "не тот пароль")];
        let answer = app.client().fill("/login?next=/dashboard/settings", "/login", &typed).await;
        assert_eq!(answer.status, 401);
        assert_eq!(
            (answer.field("email"), answer.field("next")),
            ("artem@example.ru".into(), "/dashboard/settings".into())
        );
        assert_eq!(answer.field("password"), "");
        assert!(answer.text.contains("Неверная почта или пароль"));
        let empty = app.client().header("accept-language", "en").fill("/login", "/login", &[]).await;
        assert_eq!(empty.status, 422);
        assert!(empty.text.contains("aria-invalid"), "{}", empty.text);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_15_4_2_thirty_at_once_leave_ten_sessions(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let sign_ins = (0..30).map(|_| {
            let mut client = app.client();
            let email = artem.email.clone();
            tokio::spawn(async move {
                client.post("/api/auth/login", json!({ "email": email, "password": make::PASSWORD })).await
            })
        });
        let mut tokens = Vec::new();
        for sign_in in sign_ins.collect::<Vec<_>>() {
            let answer = sign_in.await.unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text);
            tokens.push(answer.value()["token"].as_str().unwrap().to_owned());
        }
        let mut alive = 0;
        for token in &tokens {
            alive += usize::from(app.client().bearer(token).get("/api/auth/me").await.status == 200);
        }
        assert_eq!(alive, 10);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_eleventh_ends_the_one_idle_longest(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut clients = Vec::new();
        for _ in 0..10 {
            clients.push(make::program(&app, &artem).await.0);
            app.pass(Duration::from_secs(60));
        }
        // The oldest session is used again, so the second is the one idle longest.
        assert_eq!(clients[0].get("/api/auth/me").await.status, 200);
        crate::session::activity::flush(&app.app.sessions).await.unwrap();
        let (mut newest, _) = make::program(&app, &artem).await;
        assert_eq!(clients[0].get("/api/auth/me").await.status, 200);
        assert_eq!(clients[1].get("/api/auth/me").await.status, 401);
        let history = newest.get("/api/sessions/history").await.value();
        assert_eq!((&history[0]["success"], &history[0]["reason"]), (&json!(true), &json!("session_limit")));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_6_3_1_an_address_has_a_budget(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.session.sign_ins_per_address = 5;
        })
        .await;
        let mut client = app.client();
        for n in 0..5 {
            let answer = client
                .post("/api/auth/login", json!({ "email": format!("n{n}@example.ru"), "password": "some password" }))
                .await;
            assert_eq!(answer.status, 401);
        }
        let answer =
            client.post("/api/auth/login", json!({ "email": "n9@example.ru", "password": "some password" })).await;
        assert_eq!(answer.status, 429);
        assert!(answer.value()["message"].as_str().unwrap().contains(answer.header("retry-after")));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_4_1_3_a_client_cannot_fake_its_address(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.trusted_proxies = "10.0.0.0/8".into()).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let credentials = json!({ "email": artem.email, "password": make::PASSWORD });
        for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
            app.client()
                .from([203, 0, 113, 9])
                .header(name, "1.2.3.4")
                .post("/api/auth/login", credentials.clone())
                .await;
        }
        let proxied = app
            .client()
            .from([10, 0, 0, 1])
            .header("x-forwarded-for", "1.2.3.4, 198.51.100.7")
            .post("/api/auth/login", credentials)
            .await;
        let sessions =
            app.client().bearer(proxied.value()["token"].as_str().unwrap()).get("/api/sessions").await.value();
        let addresses: Vec<_> = sessions.as_array().unwrap().iter().map(|s| s["ipAddress"].as_str().unwrap()).collect();
        assert_eq!(addresses, ["198.51.100.7", "203.0.113.9", "203.0.113.9", "203.0.113.9"]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bcrypt_hash_is_accepted_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut tx = app.app.platform.db.begin().await.unwrap();
        let old = bcrypt::hash(make::PASSWORD, 4).unwrap();
        crate::account::store::set_password(&mut tx, artem.id, &old).await.unwrap();
        tx.commit().await.unwrap();
        make::program(&app, &artem).await;
        let now = crate::account::store::by_id(&app.app.platform.db, artem.id).await.unwrap().unwrap();
        assert!(now.password_hash.starts_with("$argon2id$"));
        make::program(&app, &artem).await;
    })
    .await;
}
