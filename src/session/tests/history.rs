use serde_json::json;

use crate::{
    platform::base::actor::Role,
    testing::{TestApp, engines::*, make},
};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_and_bad_attempts_newest_first(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let bad = json!({ "email": artem.email, "password": "не тот пароль" });
        make::program(&app, &artem).await;
        app.pass(std::time::Duration::from_secs(1));
        for _ in 0..3 {
            app.client().post("/api/auth/login", bad.clone()).await;
        }
        app.pass(std::time::Duration::from_secs(601));
        app.client().post("/api/auth/login", bad).await;
        app.pass(std::time::Duration::from_secs(1));
        let (mut client, _) = make::program(&app, &artem).await;
        let rows = client.get("/api/sessions/history").await.value();
        let seen: Vec<_> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|r| (r["success"].as_bool().unwrap(), r["reason"].as_str(), r["count"].as_i64().unwrap()))
            .collect();
        assert_eq!(
            seen,
            [(true, None, 1), (false, Some("wrong_password"), 1), (false, Some("wrong_password"), 3), (true, None, 1)]
        );
        assert_eq!((&rows[0]["method"], &rows[0]["browser"]), (&json!("password"), &json!("Chrome 143")));
        assert_eq!(client.get("/api/sessions/history?limit=2").await.value().as_array().unwrap().len(), 2);
        for limit in ["0", "101", "x", "-1"] {
            assert_eq!(client.get(&format!("/api/sessions/history?limit={limit}")).await.status, 422, "{limit}");
        }
        let mut browser = make::browser(&app, &artem).await;
        let page = browser.get("/dashboard/settings/sessions").await;
        let text = page.texts("table tbody tr").join("\n");
        assert!(text.contains("Неверный пароль") && text.contains("Пароль"), "{text}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_anothers_history(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        make::program(&app, &artem).await;
        app.client()
            .post("/api/auth/login", json!({ "email": "nobody@example.ru", "password": "some password" }))
            .await;
        let (mut other, _) = make::program(&app, &admin).await;
        assert_eq!(other.get("/api/sessions/history").await.value().as_array().unwrap().len(), 1);
    })
    .await;
}
