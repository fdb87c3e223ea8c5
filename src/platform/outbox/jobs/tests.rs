//! Jobs and the keys that seal them, on both databases.

use serde_json::json;

use crate::{
    platform::{
        base::{
            keys::{Keys, random_token},
            trial::Trial,
        },
        outbox::{
            jobs::{Job, Jobs, Outcome, Settings},
            mail::Mailer,
        },
    },
    testing::{TestApp, engines::*},
};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_23_a_job_waits_for_a_node_that_can_read_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let platform = &app.app.platform;
        let (old, new) = (format!("a:{}", random_token()), format!("b:{}", random_token()));
        let (sender, mut done) = tokio::sync::mpsc::unbounded_channel();
        let node = |keys: &str| {
            let jobs = Jobs::new(Keys::parse(keys).unwrap(), platform.clock.clone(), Settings::default());
            let sender = sender.clone();
            jobs.on("test", move |word: String| {
                sender.send(word).unwrap();
                std::future::ready(Outcome::Ok(()))
            });
            jobs
        };
        let mailer = Mailer::Off { show: Trial::new(false) };
        let work = async |jobs: &Jobs| {
            let mut some = 0;
            while jobs.work_one(&platform.db, &mailer).await.unwrap() {
                some += 1;
            }
            some
        };
        // Nodes are given the new key one by one: the first of them seals with it already.
        let (behind, ahead) = (node(&old), node(&format!("{new},{old}")));
        let mut tx = platform.db.begin().await.unwrap();
        ahead.enqueue(&mut tx, "one", &Job::task("test", "", &json!("by the new key"))).await.unwrap();
        behind.enqueue(&mut tx, "two", &Job::task("test", "", &json!("by the old key"))).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(work(&behind).await, 1);
        assert_eq!(done.recv().await.unwrap(), "by the old key");
        assert_eq!(
            crate::platform::outbox::jobs_store::waiting(&platform.db).await.unwrap(),
            1,
            "the other one waits, untried"
        );
        assert_eq!(work(&ahead).await, 1);
        assert_eq!(done.recv().await.unwrap(), "by the new key");
        // Asked for again by another node, a job has that node's seal.
        for (asking, key) in [(&ahead, "three"), (&behind, "three")] {
            let mut tx = platform.db.begin().await.unwrap();
            let wait = std::time::Duration::ZERO;
            asking.debounce(&mut tx, key, &Job::task("test", "", &json!(key)), wait, wait).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(work(&behind).await, 1);
    })
    .await;
}

#[test]
fn door_16_a_mail_servers_answer_is_no_line_of_the_log() {
    let answer = "the mail server did not take it: permanent error (550): <artem@example.ru>: user unknown";
    for kind in ["mail", "digest_mail"] {
        assert!(!super::loggable(kind, answer).contains("artem"), "{kind}");
    }
    assert_eq!(super::loggable("push", "push.example answered 503"), "push.example answered 503");
}
