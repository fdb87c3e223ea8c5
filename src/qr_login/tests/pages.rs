use serde_json::json;

use super::{Scene, status, step};
use crate::{
    platform::base::actor::Role,
    qr_login::{Link, MatchNumber},
    testing::{Client, TestApp, engines::*, make},
};

const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";

/// What a camera would read from the page's picture.
fn code(page: &str, browser: &Client) -> serde_json::Value {
    assert!(page.contains("<svg class=\"code\""), "{page}");
    let secret = browser.cookie("__Host-qr").unwrap().to_owned();
    json!({ "code": crate::qr_login::model::Secrets::of(secret).code })
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_sign_a_computer_in(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.qr_link = Link::Https).await;
        let scene = Scene::new(app).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let mut computer = scene.app.client();
        assert!(computer.get("/login").await.text.contains("/login?method=qr"));
        let offered = computer.fill("/login?method=qr&next=/dashboard/settings", "/login/qr/new", &[]).await;
        assert_eq!(
            (offered.status.as_u16(), offered.header("location")),
            (303, "/login?method=qr&next=/dashboard/settings")
        );
        let page = computer.get(offered.header("location")).await;
        assert_eq!((page.status.as_u16(), page.count("qr-sign-in [data-state=pending]")), (200, 1), "{}", page.text);
        assert_eq!(page.count("noscript"), 1);
        let number = page.texts(".number b")[0].clone();
        let code = code(&page.text, &computer);
        assert_eq!(
            computer.get("/login?method=qr").await.texts("svg path"),
            page.texts("svg path"),
            "the same code after a reload"
        );

        let path = format!("/qr-login?code={}", code["code"].as_str().unwrap());
        let away = scene.app.client().get(&path).await;
        assert_eq!(
            away.header("location"),
            format!("/login?next=/qr-login%3Fcode%3D{}", code["code"].as_str().unwrap())
        );
        let asked = phone.fill(&path, "/qr-login/scan", &[]).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        assert!(asked.text.contains("198.51.100.1") && asked.text.contains("Chrome 143"));
        assert_eq!((asked.count(".numbers button"), asked.count("form[action='/qr-login/reject'] button")), (3, 2));
        assert_eq!(computer.get("/login/qr?seen=pending&wait=5").await.count("[data-state=scanning]"), 1);
        let done = phone
            .form("/qr-login/confirm", &[("code", code["code"].as_str().unwrap()), ("matchNumber", &number)])
            .await;
        assert_eq!((done.status.as_u16(), done.texts("h1")[0].as_str()), (200, "Вход подтверждён"));

        let entered = computer.fill("/login?method=qr&next=/dashboard/settings", "/login/qr", &[]).await;
        assert_eq!(
            (entered.status.as_u16(), entered.header("location")),
            (303, "/login/qr/welcome?next=/dashboard/settings")
        );
        let welcome = computer.get(entered.header("location")).await;
        assert!(
            welcome.text.contains(&scene.artem.email) && welcome.count("a[href='/dashboard/settings'].primary") == 1,
            "qr_11"
        );
        assert_eq!(computer.get("/login?method=qr").await.status, 303, "signed in already");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_14_opening_the_link_changes_nothing_and_warns(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let (mut computer, code) = scene.computer().await;
        let path = format!("/qr-login?code={}", code["code"].as_str().unwrap());
        let own = phone.get(&path).await;
        assert_eq!((own.count("send-at-once form"), own.count("[role=alert]")), (1, 0));
        assert_eq!(
            own.header("referrer-policy"),
            "strict-origin",
            "qr_16, and our own form still says that it is ours"
        );
        let foreign = phone.clone().header("sec-fetch-site", "cross-site").get(&path).await;
        assert_eq!((foreign.count("send-at-once"), foreign.count("[role=alert]")), (0, 1));
        assert_eq!(status(&mut computer, &code).await.value()["status"], "pending");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_went_wrong_is_said_on_the_phone(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.qr_login.match_number = MatchNumber::On).await;
        let scene = Scene::new(app).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let (_, code) = scene.computer().await;
        let text = code["code"].as_str().unwrap();
        assert_eq!(phone.form("/qr-login/scan", &[("code", "nonsense")]).await.status, 404);
        phone.form("/qr-login/scan", &[("code", text)]).await;
        let wrong = phone.form("/qr-login/confirm", &[("code", text), ("matchNumber", "5")]).await;
        assert!(wrong.status == 409 && wrong.text.contains("Число не совпало"), "{}", wrong.text);
        let elena = make::account(&scene.app, "elena", Role::Customer).await;
        let mut other = make::browser(&scene.app, &elena).await;
        assert_eq!(other.form("/qr-login/reject", &[("code", text)]).await.status, 409);
        let mut computer = scene.app.client();
        computer.get("/login?method=qr").await;
        let renewed = computer.form("/login/qr/new", &[("next", "/dashboard")]).await;
        assert_eq!(renewed.header("location"), "/login?method=qr&next=/dashboard");
        assert_eq!(computer.form("/login/qr/new?panel=true", &[("next", "")]).await.count("svg.code"), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_12_with_another_account_beside_the_computer_asks(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.qr_login.match_number = MatchNumber::Off).await;
        let mut scene = Scene::new(app).await;
        let elena = make::account(&scene.app, "elena", Role::Customer).await;
        let mut computer = make::browser(&scene.app, &elena).await;
        let code = computer.post("/api/qr-auth/generate", json!({})).await.value();
        assert_eq!(step(&mut scene.phone, "confirm", &code).await.status, 200);
        let asked = computer.form("/login/qr", &[("next", "/dashboard/settings")]).await;
        assert_eq!(asked.status, 409, "{}", asked.text);
        assert!(
            asked.text.contains("Войти как Имя artem") && asked.text.contains("Остаться: Имя elena"),
            "{}",
            asked.text
        );
        assert_eq!(asked.count("a[href='/dashboard/settings'].primary"), 1, "no is nearer than yes");
        assert_eq!(computer.get("/api/auth/me").await.value()["user"]["id"], elena.id, "nothing happened");
        let entered = computer.form("/login/qr", &[("next", "/dashboard/settings"), ("replace", "true")]).await;
        assert_eq!(entered.header("location"), "/login/qr/welcome?next=/dashboard/settings", "{}", entered.text);
        assert_eq!(computer.get("/api/auth/me").await.value()["user"]["id"], scene.artem.id);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_12_two_windows_of_a_browser_show_the_same_code(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let mut browser = scene.app.client();
        let name = |page: &str| page.split_once("data-code=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        let new = "/login/qr/new?panel=true";
        let first = browser.form(new, &[("next", ""), ("shown", "")]).await;
        let shown = name(&first.text);
        assert_eq!(shown.len(), 8, "{}", first.text);
        let second = browser.form(new, &[("next", ""), ("shown", "")]).await;
        assert_eq!((name(&second.text), second.texts("svg path")), (shown.clone(), first.texts("svg path")));
        // One of them takes a new one: the other, which still waits for news of the old, has it at once.
        let newer = name(&browser.form(new, &[("next", ""), ("shown", &shown)]).await.text);
        assert_ne!(newer, shown);
        let waits = format!("/login/qr?wait=25&seen=pending&shown={shown}");
        let news =
            tokio::time::timeout(std::time::Duration::from_secs(15), browser.get(&waits)).await.expect("at once");
        assert_eq!((name(&news.text), news.count("[data-state=pending] svg")), (newer.clone(), 1), "{}", news.text);
        assert_eq!(name(&browser.form(new, &[("next", ""), ("shown", &shown)]).await.text), newer, "no third one");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_12_the_phone_and_the_steps_say_what_is_so(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.qr_login.match_number = MatchNumber::On;
            config.qr_link = Link::Https;
        })
        .await;
        let scene = Scene::new(app).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let mut computer = scene.app.client().header("user-agent", WINDOWS);
        let code = computer.post("/api/qr-auth/generate", json!({})).await.value();
        let text = code["code"].as_str().unwrap();
        let page = computer.get("/login?method=qr").await;
        assert!(
            page.texts(".steps li")[1].contains("камеру") && !page.text.contains("обзор портала"),
            "any camera opens the link"
        );
        let asked = phone.form("/qr-login/scan", &[("code", text)]).await;
        assert_eq!(asked.texts(".facts dd")[0], "Windows · Chrome 143", "{}", asked.text);
        let wrong = phone.form("/qr-login/confirm", &[("code", text), ("matchNumber", "5")]).await;
        assert_eq!(
            (wrong.status.as_u16(), wrong.texts("h1")[0].as_str()),
            (409, "Вход отклонён"),
            "it did change something"
        );
        let told = computer.get("/login/qr").await;
        assert!(told.count("[data-state=rejected]") == 1 && told.text.contains("не то число"), "{}", told.text);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_12_the_form_is_ours_over_plain_http(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let (_, code) = scene.computer().await;
        let page = phone.get(&format!("/qr-login?code={}", code["code"].as_str().unwrap())).await;
        // Browsers send `Origin: null` from a page with this policy, and over plain http nothing else.
        assert_ne!(page.header("referrer-policy"), "no-referrer");
        assert_ne!(page.header("referrer-policy"), "unsafe-url");
    })
    .await;
}
