//! What `/metrics` says, and what it never remembers.

use std::collections::BTreeSet;

use axum::{body::Body, http::Method};

use crate::{
    platform::{
        base::{clock::Clock, figures::KNOWN},
        outbox::{
            jobs::{Job, Jobs},
            jobs_store,
        },
        watch,
    },
    testing::{Database, TestApp, engines::*},
};

/// The values of a label in the whole text.
fn values(text: &str, label: &str) -> BTreeSet<String> {
    let start = format!("{label}=\"");
    let found = text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split(&start).skip(1));
    found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_19_what_callers_invent_is_not_remembered() {
    let app = TestApp::new(Database::sqlite()).await;
    let mut client = app.client();
    for number in 0..300 {
        for path in ["/", "/api/sessions", "/healthz", "/invented", "/assets/invented/x.css", "/ws"] {
            let method = Method::from_bytes(format!("INVENTED{number}").as_bytes()).unwrap();
            let path = format!("{path}?invented={number}");
            client.send(method, &path, Some("invented/type"), Body::empty()).await;
        }
        client.get(&format!("/invented/{number}")).await;
    }
    let text = client.get("/metrics").await.text;
    assert!(!text.to_lowercase().contains("invented"), "{text}");
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
    let found = values(&text, "method");
    assert!(found.contains("other") && found.iter().all(|method| methods.contains(&method.as_str())), "{found:?}");
    assert!(values(&text, "status").iter().all(|status| status.len() == 3 && status.parse::<u16>().is_ok()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_28_every_figure_is_there_and_in_the_docs(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        watch::ahead(&app.app.platform).await.unwrap();
        assert_eq!(app.client().get("/healthz").await.status, 200);
        let text = app.client().get("/metrics").await.text;
        let docs = include_str!("../../../docs/figures.md");
        for (name, _) in KNOWN {
            let value = |line: &str| line.starts_with(name) && line[name.len()..].starts_with([' ', '{', '_']);
            assert!(text.lines().any(value), "{name} is not in {text}");
            assert!(text.contains(&format!("# HELP {name} ")), "{name} has no words");
            assert!(docs.contains(&format!("| `{name}` |")), "{name} is not in docs/figures.md");
        }
        let rows = docs.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, KNOWN.len());
        let known = |line: &&str| KNOWN.iter().any(|(name, _)| line.starts_with(&format!("# TYPE {name} ")));
        let unknown: Vec<_> = text.lines().filter(|line| line.starts_with("# TYPE ") && !known(line)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(text.contains("version=\"") && text.contains("commit=\""));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_28_jobs_and_their_age(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let platform = &app.app.platform;
        let jobs: &Jobs = &platform.jobs;
        let backlog = async || jobs_store::backlog(&platform.db, platform.clock.now()).await.unwrap();
        assert_eq!((backlog().await.waiting, backlog().await.oldest), (0, None));
        let asked = platform.clock.now();
        for key in ["a", "b"] {
            let mut tx = platform.db.begin().await.unwrap();
            jobs.enqueue(&mut tx, key, &Job::task("nobody-does-it", "", &())).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert!(jobs.work_one(&platform.db, &platform.mailer).await.unwrap());
        app.pass(std::time::Duration::from_secs(10));
        let found = backlog().await;
        // Tried in vain and waiting for its next try, it is as old as it is.
        assert_eq!((found.waiting, found.failed, found.oldest), (2, 0, Some(asked)));
        for _ in 0..40 {
            app.pass(std::time::Duration::from_secs(5 * 3600));
            while jobs.work_one(&platform.db, &platform.mailer).await.unwrap() {}
        }
        let found = backlog().await;
        assert_eq!((found.waiting, found.failed, found.oldest), (0, 2, None));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_28_how_far_the_clocks_are_apart(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let expected = (app.app.platform.clock.now().0 - Clock::System.now().0) as f64 / 1000.0;
        let ahead = watch::ahead(&app.app.platform).await.unwrap();
        // The database runs on this machine.
        assert!((ahead - expected).abs() < 60.0, "{ahead} {expected}");
        assert!(ahead.abs() > 60.0, "the clock of the tests stands still");
    })
    .await;
}
