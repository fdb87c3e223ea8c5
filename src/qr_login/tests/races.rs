use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;

use super::{Scene, sessions, status, step};
use crate::{
    platform::base::actor::Role,
    testing::{Answer, Database, TestApp, engines::*, make, until},
};

/// How often each status came.
fn counts(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status.as_u16()).or_default() += 1;
    }
    counts
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_08_of_a_hundred_confirms_one_wins(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        let answers = join_all((0..100).map(|_| {
            let (mut phone, code) = (scene.phone.clone(), code.clone());
            async move { step(&mut phone, "confirm", &code).await }
        }))
        .await;
        assert_eq!(counts(&answers), BTreeMap::from([(200, 1), (409, 99)]));
        assert_eq!(step(&mut computer, "claim", &code).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_08_of_two_phones_one_wins_and_the_computer_is_his(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let elena = make::account(&scene.app, "elena", Role::Customer).await;
        let (hers, _) = make::program(&scene.app, &elena).await;
        for _ in 0..10 {
            let (mut computer, code) = scene.computer().await;
            let (mut one, mut two) = (scene.phone.clone(), hers.clone());
            let (a, b) = tokio::join!(step(&mut one, "confirm", &code), step(&mut two, "confirm", &code));
            assert_eq!(a.status.as_u16() + b.status.as_u16(), 200 + 409);
            let winner = if a.status == 200 { scene.artem.id } else { elena.id };
            assert_eq!(status(&mut computer, &code).await.value()["user"]["id"], winner);
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_09_confirm_and_expiry_at_once_end_one_way(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        for _ in 0..10 {
            let (mut computer, code) = scene.computer().await;
            scene.app.pass(Duration::from_millis(59_999));
            let mut phone = scene.phone.clone();
            let (confirmed, ()) = tokio::join!(step(&mut phone, "confirm", &code), async {
                scene.app.pass(Duration::from_millis(1));
            });
            let claimed = step(&mut computer, "claim", &code).await;
            let expected = if confirmed.status == 200 { 200 } else { 410 };
            assert!([200, 410].contains(&confirmed.status.as_u16()));
            assert_eq!(claimed.status, expected);
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_07_collected_at_once_there_is_one_session(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (computer, code) = scene.computer().await;
        step(&mut scene.phone, "confirm", &code).await;
        let polls = join_all((0..20).map(|_| {
            let (mut computer, code) = (computer.clone(), code.clone());
            async move { status(&mut computer, &code).await }
        }))
        .await;
        assert_eq!(counts(&polls), BTreeMap::from([(200, 20)]));
        assert_eq!(polls.iter().filter(|answer| answer.value()["token"].is_string()).count(), 1, "handed out once");
        let claims = join_all((0..10).map(|_| {
            let (mut computer, code) = (computer.clone(), code.clone());
            async move { step(&mut computer, "claim", &code).await }
        }))
        .await;
        assert_eq!(counts(&claims), BTreeMap::from([(200, 10)]), "within ten seconds");
        assert_eq!(sessions(&mut scene.phone).await.iter().filter(|s| s["signInMethod"] == "qr").count(), 1);
        let mut alive = 0;
        for claim in claims {
            let token = claim.value()["token"].as_str().unwrap().to_owned();
            alive += usize::from(scene.app.client().bearer(&token).get("/api/auth/me").await.status == 200);
        }
        assert_eq!(alive, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_wakes_the_one_that_waits() {
    let Some(database) = Database::postgres().await else { return };
    let scene = Scene::new(TestApp::new(database).await).await;
    let (computer, code) = scene.computer().await;
    let path = format!("/api/qr-auth/status/{}?wait=25", code["code"].as_str().unwrap());
    // Until it hears the other node, it looks by itself.
    until(async || scene.app.app.platform.db.bus.is_alive()).await;
    let held = tokio::spawn({
        let mut computer = computer.clone();
        async move { computer.get(&path).await }
    });
    until(async || scene.app.app.qr.waiting.has_listeners()).await;
    let mut elsewhere = scene.app.other_node().await;
    elsewhere = elsewhere.bearer(make::program(&scene.app, &scene.artem).await.1["token"].as_str().unwrap());
    assert_eq!(step(&mut elsewhere, "scanning", &code).await.status, 200);
    // Sooner than it would come of itself, after 25 seconds.
    until(async || held.is_finished()).await;
    assert_eq!(held.await.unwrap().value()["status"], "scanning");
}
