use serde_json::json;

use super::{
    stage::{Stage, outcome},
    table::{Need, Outcome, State, TABLE, document},
};
use crate::{
    platform::{base::actor::Role, settings::Switch},
    testing::{
        Database, TestApp,
        dump::{difference, dump},
        engines::*,
        make,
        routes::{has_shape, routes},
    },
};

async fn one_session_at_a_time(app: &TestApp, state: State, numbers: &mut impl Iterator<Item = usize>) {
    for row in TABLE.iter().filter(|row| !matches!(row.need, Need::Nothing | Need::Link)) {
        let mut stage = Stage::new(app, numbers.next().unwrap(), state, row.is_page()).await;
        let before = dump(&app.app.platform.db, &[]).await;
        let answer = stage.send(row).await;
        let what = format!("{} in {state:?}: {} {}", row.call, answer.status, answer.text);
        assert_eq!(outcome(row, &answer), row.need.outcome(state), "{what}");
        if row.need.outcome(state) == Outcome::Done {
            assert!(row.done == 0 || answer.status == row.done, "{what}");
            continue;
        }
        let after = dump(&app.app.platform.db, &[]).await;
        assert!(before == after, "{what}\nit was done all the same:{}", difference(&before, &after));
        if row.need.is_proof() {
            let done = stage.prove(row, &answer).await;
            assert_eq!(done.status, row.done, "{what}\nand with the password: {}", done.text);
            let (again, at) = (stage.send(row).await, row.call);
            assert_ne!(outcome(row, &again), Outcome::AsksPassword, "{at}: the password counts for ten minutes");
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_11_every_act_in_every_state_by_both_ways(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.jobs.tries = 1).await;
        let mut numbers = 1..;
        for state in State::ALL {
            one_session_at_a_time(&app, state, &mut numbers).await;
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_11_a_proof_counts_on_every_node_and_for_its_session_only(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut one, _) = make::program(&app, &artem).await;
        let (mut two, tokens) = make::program(&app, &artem).await;
        app.pass(std::time::Duration::from_secs(601));
        let mut elsewhere = app.other_node().await.bearer(tokens["token"].as_str().unwrap());
        assert_eq!(elsewhere.get("/api/auth/me").await.status, 200);
        assert_eq!(two.post("/api/auth/prove", json!({ "password": make::PASSWORD })).await.status, 200);
        let list = elsewhere.get("/api/sessions").await.value();
        let other =
            list.as_array().unwrap().iter().find(|session| session["isCurrent"] == false).unwrap()["id"].clone();
        assert_eq!(one.delete("/api/sessions/others/all").await.value()["code"], "proof_required");
        assert_eq!(elsewhere.delete(&format!("/api/sessions/{other}")).await.status, 200, "at once");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_11_wrong_passwords_cost_the_session_in_which_they_are_typed(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.session.sign_ins_per_account = 3;
        })
        .await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut intruder, _) = make::program(&app, &artem).await;
        let (mut owner, _) = make::program(&app, &artem).await;
        let mut wrong = Vec::new();
        for _ in 0..4 {
            wrong.push(intruder.post("/api/auth/prove", json!({ "password": "a guess" })).await.status.as_u16());
        }
        assert_eq!(wrong, [403, 403, 403, 429]);
        assert_eq!(owner.post("/api/auth/prove", json!({ "password": make::PASSWORD })).await.status, 200);
        let history = owner.get("/api/sessions/history").await.value();
        assert_eq!(
            (&history[0]["reason"], &history[0]["count"]),
            (&json!("wrong_password"), &json!(3)),
            "and its owner sees it"
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_11_a_script_is_sent_to_the_page_and_comes_back(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        let page = "/prove?next=/dashboard/settings/notifications";
        assert_eq!(browser.get(page).await.header("location"), "/dashboard/settings/notifications", "proven already");
        app.pass(std::time::Duration::from_secs(601));
        let done = browser.fill(page, "/prove", &[("proofPassword", make::PASSWORD)]).await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, "/dashboard/settings/notifications"));
        assert_eq!(browser.get("/prove?next=https://evil.example").await.header("location"), "/dashboard");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_11_every_route_that_changes_something_is_in_the_table() {
    let app = TestApp::new(Database::sqlite()).await;
    let known =
        |method: &str, path: &str| TABLE.iter().any(|row| row.method() == method && has_shape(row.path(), path));
    let all = routes(&app.app.router());
    for (method, path) in all.iter().filter(|(method, _)| method != "GET" && method != "HEAD") {
        assert!(known(method, path), "{method} {path} is not in src/tests/table.rs");
    }
    let openapi = app.client().get("/api/openapi.json").await.value();
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            assert!(all.contains(&(method.clone(), path.clone())), "{method} {path} is described and is no route");
        }
    }
    for row in TABLE {
        let is_route = all.iter().any(|(method, path)| row.method() == method && has_shape(row.path(), path));
        assert!(is_route, "{} is no route", row.call);
    }
}

#[test]
fn door_11_the_document_says_what_the_table_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/access.md");
    if std::env::var_os("OSPABHOST_WRITE_DOCS").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), document(), "OSPABHOST_WRITE_DOCS=1 writes it anew");
}
