use serde_json::json;

use super::{Scene, status};
use crate::{
    on_both,
    platform::actor::Role,
    qr_login::{Link, MatchNumber},
    testing::{Client, TestApp, make},
};

/// What a camera would read from the page's picture.
fn code(page: &str, browser: &Client) -> serde_json::Value {
    assert!(page.contains("<svg class=\"code\""), "{page}");
    let secret = browser.cookie("__Host-qr").unwrap().to_owned();
    json!({ "code": crate::qr_login::model::Secrets::of(secret).code })
}

on_both! {
    async fn the_pages_sign_a_computer_in(database) {
        let app = TestApp::with(database, |config| config.qr_link = Link::Https).await;
        let scene = Scene::new(app).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let mut computer = scene.app.client();
        assert!(computer.get("/login").await.text.contains("/login?method=qr"));
        let offered = computer.fill("/login?method=qr&next=/dashboard/settings", "/login/qr/new", &[]).await;
        assert_eq!((offered.status.as_u16(), offered.header("location")), (303, "/login?method=qr&next=/dashboard/settings"));
        let page = computer.get(offered.header("location")).await;
        assert_eq!((page.status.as_u16(), page.count("qr-sign-in [data-state=pending]")), (200, 1), "{}", page.text);
        assert_eq!(page.count("noscript"), 1);
        let number = page.texts(".number b")[0].clone();
        let code = code(&page.text, &computer);
        assert_eq!(computer.get("/login?method=qr").await.texts("svg path"), page.texts("svg path"), "the same code after a reload");

        let path = format!("/qr-login?code={}", code["code"].as_str().unwrap());
        let away = scene.app.client().get(&path).await;
        assert_eq!(away.header("location"), format!("/login?next=/qr-login%3Fcode%3D{}", code["code"].as_str().unwrap()));
        let asked = phone.fill(&path, "/qr-login/scan", &[]).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        assert!(asked.text.contains("198.51.100.1") && asked.text.contains("Chrome 143"));
        assert_eq!((asked.count(".numbers button"), asked.count("form[action='/qr-login/reject'] button")), (3, 2));
        assert_eq!(computer.get("/login/qr?seen=pending&wait=5").await.count("[data-state=scanning]"), 1);
        let done = phone.form("/qr-login/confirm", &[("code", code["code"].as_str().unwrap()), ("number", &number)]).await;
        assert_eq!((done.status.as_u16(), done.texts("h1")[0].as_str()), (200, "Вход подтверждён"));

        let entered = computer.fill("/login?method=qr&next=/dashboard/settings", "/login/qr", &[]).await;
        assert_eq!((entered.status.as_u16(), entered.header("location")), (303, "/login/qr/welcome?next=/dashboard/settings"));
        let welcome = computer.get(entered.header("location")).await;
        assert!(welcome.text.contains(&scene.artem.email) && welcome.count("a[href='/dashboard/settings'].primary") == 1, "qr_11");
        assert_eq!(computer.get("/login?method=qr").await.status, 303, "signed in already");
    }

    async fn qr_14_opening_the_link_changes_nothing_and_warns(database) {
        let scene = Scene::new(TestApp::new(database).await).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let (mut computer, code) = scene.computer().await;
        let path = format!("/qr-login?code={}", code["code"].as_str().unwrap());
        let own = phone.get(&path).await;
        assert_eq!((own.count("send-at-once form"), own.count("[role=alert]")), (1, 0));
        assert_eq!(own.header("referrer-policy"), "no-referrer", "qr_16");
        let foreign = phone.clone().header("sec-fetch-site", "cross-site").get(&path).await;
        assert_eq!((foreign.count("send-at-once"), foreign.count("[role=alert]")), (0, 1));
        assert_eq!(status(&mut computer, &code).await.value()["status"], "pending");
    }

    async fn what_went_wrong_is_said_on_the_phone(database) {
        let app = TestApp::with(database, |config| config.qr_login.match_number = MatchNumber::On).await;
        let scene = Scene::new(app).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let (_, code) = scene.computer().await;
        let text = code["code"].as_str().unwrap();
        assert_eq!(phone.form("/qr-login/scan", &[("code", "nonsense")]).await.status, 404);
        phone.form("/qr-login/scan", &[("code", text)]).await;
        let wrong = phone.form("/qr-login/confirm", &[("code", text), ("number", "5")]).await;
        assert!(wrong.status == 409 && wrong.text.contains("Число не совпало"), "{}", wrong.text);
        let elena = make::account(&scene.app, "elena", Role::Customer).await;
        let mut other = make::browser(&scene.app, &elena).await;
        assert_eq!(other.form("/qr-login/reject", &[("code", text)]).await.status, 409);
        let mut computer = scene.app.client();
        computer.get("/login?method=qr").await;
        let renewed = computer.form("/login/qr/new", &[("next", "/dashboard")]).await;
        assert_eq!(renewed.header("location"), "/login?method=qr&next=/dashboard");
        assert_eq!(computer.form("/login/qr/new?panel=true", &[("next", "")]).await.count("svg.code"), 1);
    }
}
