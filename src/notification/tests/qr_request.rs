use axum::http::Method;
use serde_json::{Value, json};

use super::service::{Device, PushService, trial};
use crate::{
    platform::{base::actor::Role, settings::Switch},
    testing::{Client, TestApp, engines::*, make},
};

const LOGIN: &str = "/login?method=qr";

/// A phone with push messages, and a computer on which its owner signed in and out again.
struct Scene {
    app: TestApp,
    service: PushService,
    /// It can read one message.
    device: Option<Device>,
    phone: Client,
    computer: Client,
}

impl Scene {
    async fn new(app: TestApp) -> Self {
        let service = PushService::start().await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut phone, _) = make::program(&app, &artem).await;
        let device = Device::at(&service, "one");
        device.join(&mut phone).await;
        let mut computer = make::browser(&app, &artem).await;
        assert_eq!(computer.form("/logout", &[]).await.status, 303);
        assert_eq!(computer.form("/login/qr/new", &[]).await.status, 303);
        app.mails_to("").await;
        service.take_all();
        Self { app, service, device: Some(device), phone, computer }
    }

    /// What arrived on the phone.
    async fn pushed(&mut self) -> Option<Value> {
        self.app.mails_to("").await;
        let taken = self.service.take_all();
        assert!(taken.len() < 2, "{} messages", taken.len());
        taken.first().map(|message| self.device.take().unwrap().decrypt(&message.body))
    }
}

fn code_in(message: &Value) -> String {
    message["url"].as_str().unwrap().strip_prefix("/qr-login?code=").unwrap().to_owned()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_computer_that_its_owner_used_before_asks_by_push(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(trial(database).await).await;
        let page = scene.computer.get(LOGIN).await;
        assert_eq!((page.count("form[action='/login/qr/push']"), page.count(".number")), (1, 0));
        assert_eq!(scene.computer.form("/login/qr/push", &[]).await.status, 303);
        let page = scene.computer.get(LOGIN).await;
        assert_eq!(
            (page.count("form[action='/login/qr/push']"), page.count(".number")),
            (0, 1),
            "the number must be picked now"
        );
        let message = scene.pushed().await.unwrap();
        assert_eq!(message["title"], "Войти на компьютере? Выберите число");
        let code = code_in(&message);
        let scanned = scene.phone.post("/api/qr-auth/scanning", json!({ "code": code })).await.value();
        let number: i64 = page.texts(".number b")[0].parse().unwrap();
        assert!(scanned["matchNumbers"].as_array().unwrap().contains(&json!(number)), "{scanned}");
        let confirmed = scene.phone.post("/api/qr-auth/confirm", json!({ "code": code, "matchNumber": number })).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text);
        assert_eq!(scene.computer.form("/login/qr", &[]).await.status, 303);
        assert_eq!(scene.computer.get("/api/auth/me").await.value()["user"]["username"], "Имя artem");
        let listed = scene.phone.get("/api/notifications").await.value();
        assert!(!listed.to_string().contains("qr_request"), "what is over in a minute is in no list");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_ask_for_the_push_too_and_once_for_each_code(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(trial(database).await).await;
        let made = scene.computer.post("/api/qr-auth/generate", json!({})).await.value();
        assert!(made["matchNumber"].is_null());
        let ask = json!({ "code": made["code"] });
        for _ in 0..2 {
            let sent = scene.computer.post("/api/qr-auth/push", ask.clone()).await;
            assert_eq!((sent.status.as_u16(), sent.value()["message"].is_string()), (200, true), "{}", sent.text);
        }
        assert_eq!(code_in(&scene.pushed().await.unwrap()), made["code"]);
        assert!(scene.pushed().await.is_none());
        let confirmed = scene.phone.post("/api/qr-auth/confirm", ask.clone()).await;
        assert_eq!(confirmed.value()["code"], "qr_scan_first", "a simple client cannot skip the number");
        let status =
            scene.computer.get(&format!("/api/qr-auth/status/{}", made["code"].as_str().unwrap())).await.value();
        assert!(status["matchNumber"].is_number());
        scene.phone.post("/api/qr-auth/scanning", ask.clone()).await;
        assert_eq!(scene.computer.post("/api/qr-auth/push", ask.clone()).await.status, 409, "a phone decides already");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clicks_at_once_are_one_message(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(trial(database).await).await;
        let made = scene.computer.post("/api/qr-auth/generate", json!({})).await.value();
        let clicks = (0..8).map(|_| {
            let (mut computer, ask) = (scene.computer.clone(), json!({ "code": made["code"] }));
            async move { computer.post("/api/qr-auth/push", ask).await.status.as_u16() }
        });
        assert_eq!(futures_util::future::join_all(clicks).await, [200; 8]);
        assert!(scene.pushed().await.is_some());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_20_nobody_else_reaches_the_phone(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(trial(database).await).await;
        let mut stranger = scene.app.client();
        assert_eq!(stranger.form("/login/qr/new", &[]).await.status, 303);
        assert_eq!(stranger.get(LOGIN).await.count("form[action='/login/qr/push']"), 0);
        let refused = stranger.form("/login/qr/push", &[]).await;
        assert_eq!((refused.status.as_u16(), refused.header("set-cookie").contains("artem")), (403, false));
        let made = scene.computer.post("/api/qr-auth/generate", json!({})).await.value();
        // Who photographed the code has neither cookie nor secret.
        assert_eq!(stranger.post("/api/qr-auth/push", json!({ "code": made["code"] })).await.status, 404);
        assert!(scene.pushed().await.is_none());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_20_a_phone_is_asked_so_often_and_a_request_that_is_over_is_not_sent(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.public_url = String::new();
            config.platform.rate_limits = Switch::On;
        })
        .await;
        let mut scene = Scene::new(app).await;
        let mut last = 0;
        for _ in 0..6 {
            let made = scene.computer.post("/api/qr-auth/generate", json!({})).await.value();
            last = scene.computer.post("/api/qr-auth/push", json!({ "code": made["code"] })).await.status.as_u16();
        }
        assert_eq!(last, 429);
        let panel = scene.computer.form("/login/qr/push?panel=true", &[]).await;
        let said = panel.texts(".qr [role=alert]");
        assert!(panel.status == 200 && panel.count("svg") > 0 && said[0].contains("Слишком много"), "{said:?}");
        scene.app.pass(std::time::Duration::from_secs(61));
        assert!(scene.pushed().await.is_none(), "their minute is over");
        let off = json!({ "kinds": { "qr_request": { "mail": true } } });
        assert_eq!(scene.phone.json(Method::PUT, "/api/notifications/settings", off).await.status, 422);
    })
    .await;
}
