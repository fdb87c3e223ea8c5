use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use crate::{
    platform::base::actor::Role,
    testing::{Client, TestApp, engines::*, make},
};

async fn refresh(mut client: Client, token: &str) -> crate::testing::Answer {
    client.post("/api/auth/refresh", json!({ "refreshToken": token })).await
}

fn token(pair: &Value) -> &str {
    pair["refreshToken"].as_str().unwrap()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_use_brings_a_new_pair(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, first) = make::program(&app, &artem).await;
        let second = refresh(app.client(), token(&first)).await;
        assert_eq!(second.status, 200, "{}", second.text);
        let second = second.value();
        assert_ne!(token(&first), token(&second));
        assert_eq!(app.client().bearer(second["token"].as_str().unwrap()).get("/api/auth/me").await.status, 200);
        assert_eq!(refresh(app.client(), token(&second)).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_10_4_5_twenty_at_once_sign_nobody_out(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, first) = make::program(&app, &artem).await;
        let refreshes: Vec<_> = (0..20)
            .map(|_| {
                let (client, presented) = (app.client(), token(&first).to_owned());
                tokio::spawn(async move { refresh(client, &presented).await })
            })
            .collect();
        let mut successors = BTreeSet::new();
        for answer in refreshes {
            let answer = answer.await.unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text);
            successors.insert(token(&answer.value()).to_owned());
        }
        assert_eq!(successors.len(), 1, "there is one successor, no second branch");
        assert_eq!(client.get("/api/auth/me").await.status, 200);
        assert_eq!(refresh(app.client(), successors.first().unwrap()).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_after_the_grace_ends_the_session(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, first) = make::program(&app, &artem).await;
        let second = refresh(app.client(), token(&first)).await.value();
        app.pass(Duration::from_secs(29));
        assert_eq!(token(&refresh(app.client(), token(&first)).await.value()), token(&second));
        app.pass(Duration::from_secs(2));
        let replay = refresh(app.client(), token(&first)).await;
        assert_eq!((replay.status.as_u16(), replay.value()["code"].clone()), (401, json!("refresh_reused")));
        assert_eq!(refresh(app.client(), token(&second)).await.status, 401);
        assert_eq!(app.client().bearer(second["token"].as_str().unwrap()).get("/api/auth/me").await.status, 401);
        let (mut again, _) = make::program(&app, &artem).await;
        let history = again.get("/api/sessions/history").await.value();
        let mails = app.mails_to(&artem.email).await;
        assert!(
            mails.iter().any(|mail| mail.subject.contains("украсть") && mail.text.contains("198.51.100.1")),
            "asvs_6_3_5"
        );
        assert_eq!((&history[1]["reason"], &history[1]["success"]), (&json!("token_reuse"), &json!(false)));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_one_ends_the_session_even_within_the_grace(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, first) = make::program(&app, &artem).await;
        let second = refresh(app.client(), token(&first)).await.value();
        let third = refresh(app.client(), token(&second)).await.value();
        assert_eq!(refresh(app.client(), token(&first)).await.value()["code"], "refresh_reused");
        assert_eq!(refresh(app.client(), token(&third)).await.status, 401);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_else_refreshes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, pair) = make::program(&app, &artem).await;
        for other in ["", "nonsense", pair["token"].as_str().unwrap()] {
            let answer = refresh(app.client(), other).await;
            assert_eq!(
                (answer.status.as_u16(), answer.value()["code"].clone()),
                (401, json!("refresh_invalid")),
                "{other}"
            );
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_7_3_1_sessions_end_without_use_and_in_any_case(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, idle) = make::program(&app, &artem).await;
        app.pass(Duration::from_secs(30 * 86_400));
        assert_eq!(refresh(app.client(), token(&idle)).await.status, 401);
        let (_, mut used) = make::program(&app, &artem).await;
        for _ in 0..4 {
            app.pass(Duration::from_secs(20 * 86_400));
            let answer = refresh(app.client(), token(&used)).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            used = answer.value();
        }
        app.pass(Duration::from_secs(10 * 86_400));
        assert_eq!(refresh(app.client(), token(&used)).await.status, 401, "asvs_10_4_8");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_holds_no_token(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, first) = make::program(&app, &artem).await;
        let second = refresh(app.client(), token(&first)).await.value();
        let mut browser = make::browser(&app, &artem).await;
        browser.get("/dashboard").await;
        let text = crate::session::store::any_dump_for_test(&app.app.platform.db).await;
        for secret in
            [token(&first), token(&second), browser.cookie("__Host-session").unwrap().split_once('.').unwrap().1]
        {
            assert!(!text.contains(secret), "a secret is in the database");
            assert!(!text.contains(&hex(secret.as_bytes())), "a secret is in the database");
        }
    })
    .await;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
