use axum::http::Method;
use serde_json::json;

use super::reply;
use crate::{
    platform::{
        base::actor::Role,
        outbox::jobs::{Job, NotDone},
    },
    testing::{Client, Database, TestApp, engines::*, make, until},
};

const PAGE: &str = "/dashboard/notifications";
const DELIVERIES: &str = "/dashboard/admin/deliveries";

/// Three deliveries that fail until the answer is set to true.
async fn three_that_fail(app: &TestApp) -> std::sync::Arc<std::sync::atomic::AtomicBool> {
    let platform = &app.app.platform;
    let works = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    platform.jobs.on("test", {
        let works = works.clone();
        move |_: serde_json::Value| {
            let works = works.load(std::sync::atomic::Ordering::SeqCst);
            async move { if works { Ok(()) } else { Err(NotDone::Failed("550 no such user".into())) } }
        }
    });
    let mut tx = platform.db.begin().await.unwrap();
    for n in 0..3 {
        let job = Job::task("test", "artem@example.ru", &json!({ "link": "https://my.example/reset?token=SECRET" }));
        platform.jobs.enqueue(&mut tx, &format!("test-{n}"), &job).await.unwrap();
    }
    tx.commit().await.unwrap();
    works
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_lists_reads_and_deletes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        let empty = browser.get(PAGE).await;
        assert!(empty.text.contains("Уведомлений пока нет"));
        for n in 1..=25 {
            reply(&app, &artem, &format!("<i>reply-{n}</i>")).await;
        }
        let page = browser.get(PAGE).await;
        assert_eq!((page.count("li.notice.unread"), page.texts("a .count")), (20, vec!["25".to_owned()]));
        assert!(page.text.contains("reply-25") && !page.text.contains("<i>reply"), "what was written is escaped");
        let second = browser.get(&format!("{PAGE}?page=2")).await;
        assert_eq!(second.count("li.notice"), 5);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_read_and_removed_by_forms(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        for n in 1..=25 {
            reply(&app, &artem, &format!("reply-{n}")).await;
        }
        let page = browser.get(PAGE).await;
        let id = page.text.split("id=\"notice-").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let read = browser.fill(PAGE, &format!("{PAGE}/{id}/read"), &[]).await;
        assert_eq!((read.status.as_u16(), read.header("location")), (303, PAGE));
        let page = browser.get(&format!("{PAGE}?filter=unread")).await;
        assert!(!page.text.contains(&format!("notice-{id}\"")));
        assert_eq!(page.texts("a .count"), ["24"]);
        // Back to where the form was, never to another site.
        let away = browser.form(&format!("{PAGE}/read-all"), &[("back", "https://evil.example")]).await;
        assert_eq!(away.header("location"), "/dashboard");
        assert_eq!(browser.get(PAGE).await.count("a .count:not([hidden])"), 0, "the bell is quiet");
        assert_eq!(browser.fill(PAGE, &format!("{PAGE}/{id}/delete"), &[]).await.status, 303);
        assert_eq!(browser.fill(PAGE, &format!("{PAGE}/delete-read"), &[]).await.status, 303);
        assert_eq!(browser.get(PAGE).await.count("li.notice"), 0);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_can_be_installed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let manifest = app.client().get("/manifest.webmanifest").await;
        assert!(manifest.header("content-type").starts_with("application/manifest+json"));
        let manifest = manifest.value();
        assert_eq!((&manifest["start_url"], &manifest["display"]), (&json!("/dashboard"), &json!("standalone")));
        for icon in manifest["icons"].as_array().unwrap() {
            let answer = app.client().get(icon["src"].as_str().unwrap()).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png"));
        }
        let worker = app.client().get("/sw.js").await;
        assert_eq!(
            (worker.header("cache-control"), worker.header("content-type")),
            ("no-cache", "text/javascript; charset=utf-8")
        );
        assert!(!worker.text.contains("__ASSETS__") && worker.text.contains("\"/assets/"));
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        let offline = browser.get("/offline").await;
        assert!(offline.status == 200 && !offline.text.contains("artem"), "the page that is kept is nobody's");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_administrator_sees_and_mends_what_was_not_delivered(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.jobs.tries = 1).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let mut browser = make::browser(&app, &admin).await;
        assert!(browser.get(DELIVERIES).await.text.contains("Всё доставлено"));
        assert!(!browser.get("/dashboard").await.text.contains("не удалось доставить"));
        let works = three_that_fail(&app).await;
        app.mails_to("").await;
        let page = browser.get(DELIVERIES).await;
        assert_eq!(page.count(".deliveries li"), 3);
        assert!(
            page.text.contains("artem@example.ru")
                && page.text.contains("550 no such user")
                && !page.text.contains("SECRET")
        );
        app.pass(std::time::Duration::from_secs(10));
        assert!(browser.get("/dashboard").await.text.contains("3 сообщения не удалось доставить"));
        let (mut by, _) = make::program(&app, &admin).await;
        let listed = by.get("/api/admin/deliveries").await;
        assert!(!listed.text.contains("SECRET"));
        let listed = listed.value();
        assert_eq!((&listed["pagination"]["total"], &listed["waiting"]), (&json!(3), &json!(0)));
        assert_eq!((&listed["deliveries"][0]["kind"], &listed["deliveries"][0]["tries"]), (&json!("test"), &json!(1)));
        let id = |n: usize| listed["deliveries"][n]["id"].clone();
        assert_eq!(browser.fill(DELIVERIES, &format!("{DELIVERIES}/{}/delete", id(0)), &[]).await.status, 303);
        assert_eq!(by.delete(&format!("/api/admin/deliveries/{}", id(0))).await.value()["code"], "delivery_not_found");
        works.store(true, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(by.post(&format!("/api/admin/deliveries/{}/retry", id(1)), json!({})).await.value()["count"], 1);
        assert_eq!(browser.fill(DELIVERIES, &format!("{DELIVERIES}/retry-all"), &[]).await.status, 303);
        app.mails_to("").await;
        assert_eq!(by.get("/api/admin/deliveries").await.value()["pagination"]["total"], 0);
        assert_eq!(by.json(Method::DELETE, "/api/admin/deliveries", json!({})).await.value()["count"], 0);
        assert!(!browser.get("/dashboard").await.text.contains("не удалось доставить"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bell_moves_on_every_node_at_once() {
    let Some(database) = Database::postgres().await else { return };
    let app = TestApp::new(database).await;
    let artem = make::account(&app, "artem", Role::Customer).await;
    let (_, tokens) = make::program(&app, &artem).await;
    let node = app.other_app().await;
    // Until it hears the first node, it remembers nothing.
    until(async || node.platform.db.bus.is_alive()).await;
    let there = Client::new(node.router()).bearer(tokens["token"].as_str().unwrap());
    let unread = async || there.clone().get("/api/notifications/unread-count").await.value()["count"].clone();
    assert_eq!(unread().await, 0);
    reply(&app, &artem, "reply-1").await;
    until(async || unread().await == 1).await;
}
