use axum::http::Method;
use serde_json::json;

use crate::{
    platform::base::actor::Role,
    testing::{TestApp, engines::*, make},
};

const PAGE: &str = "/dashboard/settings/sessions";

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_7_4_1_an_ended_session_is_out_at_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut one, _) = make::program(&app, &artem).await;
        let mut two = make::browser(&app, &artem).await;
        assert_eq!(two.get("/dashboard").await.status, 200);
        let list = one.get("/api/sessions").await.value();
        assert_eq!(list.as_array().unwrap().len(), 2);
        let theirs = list.as_array().unwrap().iter().find(|s| s["isCurrent"] == false).unwrap();
        let answer = one.delete(&format!("/api/sessions/{}", theirs["id"])).await;
        assert_eq!(answer.status, 200);
        assert!(answer.value()["message"].is_string());
        let out = two.get("/dashboard").await;
        assert_eq!((out.status.as_u16(), out.header("location")), (303, "/login?next=/dashboard"));
        assert_eq!(one.delete(&format!("/api/sessions/{}", theirs["id"])).await.status, 404);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_says_what_its_owner_needs_and_no_secret(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let session = client.get("/api/sessions").await.value()[0].clone();
        assert_eq!(
            (&session["device"], &session["deviceType"], &session["browser"]),
            (&json!("Windows"), &json!("desktop"), &json!("Chrome 143"))
        );
        assert_eq!(
            (&session["ipAddress"], &session["location"], &session["signInMethod"]),
            (&json!("198.51.100.1"), &json!("Неизвестно"), &json!("password"))
        );
        assert_eq!((&session["isCurrent"], &session["createdAt"]), (&json!(true), &json!("2026-01-31T09:00:00.000Z")));
        assert_eq!(session["expiresAt"], "2026-03-02T09:00:00.000Z");
        let mut names: Vec<_> = session.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "browser",
                "createdAt",
                "device",
                "deviceType",
                "expiresAt",
                "id",
                "ipAddress",
                "isCurrent",
                "lastActivity",
                "location",
                "os",
                "signInMethod",
                "userAgent"
            ]
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_ends_names_and_clears(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut one = make::browser(&app, &artem).await;
        let (mut two, _) = make::program(&app, &artem).await;
        let (mut three, _) = make::program(&app, &artem).await;
        let page = one.get(PAGE).await;
        assert_eq!((page.count(".session"), page.count(".session.current")), (3, 1));
        let list = two.get("/api/sessions").await.value();
        let of_two = list.as_array().unwrap().iter().find(|s| s["isCurrent"] == true).unwrap()["id"].clone();
        let named = one.fill(PAGE, &format!("{PAGE}/{of_two}/name"), &[("name", "Рабочий ноутбук")]).await;
        assert_eq!((named.status.as_u16(), named.header("location")), (303, PAGE));
        assert!(one.get(PAGE).await.texts(".session").join(" ").contains("Рабочий ноутбук"));
        let long = one.form(&format!("{PAGE}/{of_two}/name"), &[("name", &"я".repeat(65))]).await;
        assert_eq!(long.status, 422);
        assert_eq!(one.fill(PAGE, &format!("{PAGE}/{of_two}/end"), &[]).await.status, 303);
        assert_eq!(
            (two.get("/api/auth/me").await.status.as_u16(), three.get("/api/auth/me").await.status.as_u16()),
            (401, 200)
        );
        assert_eq!(one.fill(PAGE, &format!("{PAGE}/end-others"), &[]).await.status, 303);
        assert_eq!(three.get("/api/auth/me").await.status, 401);
        assert_eq!(one.get(PAGE).await.count(".session"), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_end_together_and_are_counted(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut one, _) = make::program(&app, &artem).await;
        for _ in 0..3 {
            make::program(&app, &artem).await;
        }
        let answer = one.delete("/api/sessions/others/all").await;
        assert_eq!((answer.status.as_u16(), answer.value()["deletedCount"].clone()), (200, json!(3)));
        assert_eq!(one.get("/api/sessions").await.value().as_array().unwrap().len(), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_8_2_2_another_users_session_is_not_there(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut mine, _) = make::program(&app, &artem).await;
        let id = mine.get("/api/sessions").await.value()[0]["id"].clone();
        let (mut other, _) = make::program(&app, &admin).await;
        let path = format!("/api/sessions/{id}");
        assert_eq!(other.delete(&path).await.status, 404);
        assert_eq!(other.json(Method::PATCH, &path, json!({ "name": "мой" })).await.status, 404);
        assert_eq!(
            other.json(Method::PATCH, &path, json!({ "nmae": "мой" })).await.status,
            422,
            "no name is none to take away"
        );
        assert_eq!(make::browser(&app, &admin).await.form(&format!("{PAGE}/{id}/end"), &[]).await.status, 404);
        for unknown in
            ["/api/sessions/999999", "/api/sessions/x", "/api/sessions/-1", "/api/sessions/99999999999999999999"]
        {
            assert_eq!(other.delete(unknown).await.status, 404, "{unknown}");
        }
        assert_eq!(mine.get("/api/auth/me").await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_session(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut program, _) = make::program(&app, &artem).await;
        assert_eq!(program.post("/api/auth/logout", json!({})).await.status, 200);
        assert_eq!(program.get("/api/auth/me").await.status, 401);
        let mut browser = make::browser(&app, &artem).await;
        let kept = browser.cookie("__Host-session").unwrap().to_owned();
        let answer = browser.fill("/dashboard", "/logout", &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/login?done=out"));
        assert!(browser.cookie("__Host-session").is_none());
        browser.set_cookie("__Host-session", &kept);
        assert_eq!(browser.get("/api/auth/me").await.status, 401);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn activity_is_written_in_batches_and_shown_at_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        app.pass(std::time::Duration::from_secs(120));
        let at = "2026-01-31T09:02:00.000Z";
        assert_eq!(client.get("/api/sessions").await.value()[0]["lastActivity"], at);
        let kept = || async {
            crate::session::store::of_user(&app.app.platform.db, artem.id, app.app.platform.clock.now()).await.unwrap()
                [0]
            .clone()
        };
        assert_eq!(kept().await.last_activity.rfc3339(), "2026-01-31T09:00:00.000Z");
        crate::session::activity::flush(&app.app.sessions).await.unwrap();
        assert_eq!(kept().await.last_activity.rfc3339(), at);
        assert_eq!(kept().await.expires_at.rfc3339(), "2026-03-02T09:02:00.000Z");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_sessions_and_old_history_are_removed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        make::program(&app, &artem).await;
        app.pass(std::time::Duration::from_secs(181 * 86_400));
        let (mut client, _) = make::program(&app, &artem).await;
        crate::session::activity::clean(&app.app.sessions).await.unwrap();
        assert_eq!(client.get("/api/sessions/history").await.value().as_array().unwrap().len(), 1);
        let all = crate::session::store::any_dump_for_test(&app.app.platform.db).await;
        assert_eq!(all.lines().count(), 1, "{all}");
    })
    .await;
}
