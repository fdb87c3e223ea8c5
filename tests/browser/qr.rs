//! QR sign-in in two browsers: a computer that shows a code, a phone that reads it off the screen.

use rqrr::PreparedImage;
use serde_json::json;

use super::{
    Browser, Driver, PHONE, SESSIONS,
    common::{Install, PASSWORD, Server, until},
};

#[path = "../common/photo.rs"]
mod photo;
use photo::Shot;

const EMAIL: &str = "artem@example.ru";
const QR: &str = "/login?method=qr&next=/dashboard/settings";

/// A computer that shows a code, and a phone whose owner is signed in.
struct Scene {
    computer: Browser,
    phone: Browser,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new(driver: &Driver, install: &Install, server: &Server, scripts: bool) -> Self {
        install.add_user(EMAIL, "customer");
        let (computer, phone) = (driver.open(server, scripts).await, driver.open(server, scripts).await);
        phone.goto("/login?next=/scan").await;
        phone.fill(&[("email", EMAIL), ("password", PASSWORD)]).await;
        phone.click("main form button.primary").await;
        phone.is_at("/scan").await;
        phone.resize(PHONE, 800).await;
        show_code(&computer, scripts).await;
        Self { computer, phone, folder: tempfile::tempdir().unwrap() }
    }

    /// The phone takes a photo of this text and sees who asks.
    async fn scan(&self, text: &str, scripts: bool) {
        self.take_photo(text, scripts).await;
        self.phone.is_at(if scripts { "/qr-login/scan" } else { "/qr-login" }).await;
        if !scripts {
            self.phone.click("form[action='/qr-login/scan'] button").await;
        }
        self.phone.has("form[action='/qr-login/confirm']", 1).await;
    }

    async fn take_photo(&self, text: &str, scripts: bool) {
        self.phone.goto("/scan").await;
        let path = self.folder.path().join("photo.jpg");
        std::fs::write(&path, Shot::bad().jpeg(text)).unwrap();
        self.phone.find("#photo").await.send_keys(path.to_str().unwrap()).await.unwrap();
        // With scripts it is on its way already.
        if !scripts {
            self.phone.click("form[action='/scan'] button").await;
        }
    }

    async fn close(self, expected: &[&str]) {
        for browser in [self.computer, self.phone] {
            browser.is_calm(expected).await;
            browser.close().await;
        }
    }
}

/// Opens the page; without scripts its button shows the code.
async fn show_code(computer: &Browser, scripts: bool) {
    computer.goto(QR).await;
    if !scripts {
        computer.click("form[action='/login/qr/new'] button").await;
    }
}

/// What a camera reads off the screen.
async fn on_screen(computer: &Browser) -> String {
    until("a code on the screen", async || seen(computer).await).await
}

async fn seen(computer: &Browser) -> Option<String> {
    let png = computer.driver.screenshot_as_png().await.ok()?;
    let picture = image::load_from_memory(&png).unwrap().into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, |x, y| picture.as_raw()[y * width + x]);
    prepared.detect_grids().iter().find_map(|grid| Some(grid.decode().ok()?.1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_phone_lets_a_computer_in() {
    let Some(driver) = Driver::start() else { return };
    for scripts in [true, false] {
        let install = Install::on_sqlite();
        let server = install.start().await;
        let scene = Scene::new(&driver, &install, &server, scripts).await;
        let (computer, phone) = (&scene.computer, &scene.phone);
        let text = on_screen(computer).await;
        assert!(text.starts_with("ospabhost://qr-login?code="), "{text}");
        let dark = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
        computer.cdp("Emulation.setEmulatedMedia", json!({ "features": dark })).await;
        assert_eq!(on_screen(computer).await, text, "in the dark");

        scene.scan(&text, scripts).await;
        assert!(phone.text(".facts").await.contains("127.0.0.1"), "who asks");
        computer.has("[data-state=scanning]", 1).await;
        phone.click("form[action='/qr-login/confirm'] button.primary").await;
        phone.is_at("/qr-login/confirm").await;
        if !scripts {
            computer.click("[data-collect] button").await;
        }
        computer.is_at("/login/qr/welcome").await;
        assert!(computer.text("main .who").await.contains(EMAIL), "qr_11: whose account it is");
        computer.click("main a.primary").await;
        computer.is_at("/dashboard/settings").await;
        phone.goto(SESSIONS).await;
        phone.has("li.session", 2).await;
        phone.has("li.session .badge.amber", 1).await;
        scene.close(&[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_refused_computer_stays_out_and_may_ask_again() {
    let Some(driver) = Driver::start() else { return };
    for scripts in [true, false] {
        let install = Install::on_sqlite();
        let server = install.start().await;
        let scene = Scene::new(&driver, &install, &server, scripts).await;
        let text = on_screen(&scene.computer).await;
        scene.scan(&text, scripts).await;
        scene.phone.click("form[action='/qr-login/reject'] button.solid").await;
        scene.phone.is_at("/qr-login/reject").await;
        scene.computer.has("[data-state=rejected]", 1).await;
        scene.computer.click("form[action='/login/qr/new'] button").await;
        scene.computer.has("[data-state=pending]", 1).await;
        assert_ne!(on_screen(&scene.computer).await, text);
        // The old one is worth nothing, and the phone says why.
        scene.take_photo(&text, scripts).await;
        if !scripts {
            scene.phone.click("form[action='/qr-login/scan'] button").await;
        }
        until("the reason", async || scene.phone.text("main").await.contains("отклонён").then_some(())).await;
        scene.close(&["409"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_expired_code_is_renewed_but_not_for_ever() {
    let Some(driver) = Driver::start() else { return };
    for scripts in [true, false] {
        let install = Install::on_sqlite().with("OSPABHOST_QR_LOGIN_LIFE_SECONDS", "2");
        let server = install.start().await;
        let computer = driver.open(&server, scripts).await;
        show_code(&computer, scripts).await;
        let first = on_screen(&computer).await;
        if scripts {
            let next = async || seen(&computer).await.filter(|text| *text != first);
            until("a new code by itself", next).await;
            let codes = async || install.sql("SELECT COUNT(*) FROM qr_login_request".into()).await;
            until("the tenth renewal", async || codes().await.filter(|count| *count == 11)).await;
            computer.has("[data-state=expired]", 1).await;
        }
        computer.has("[data-state=expired]", 1).await;
        computer.click("form[action='/login/qr/new'] button").await;
        computer.has("[data-state=pending]", 1).await;
        assert_ne!(on_screen(&computer).await, first);
        computer.is_calm(&[]).await;
        computer.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_number_on_the_screen_is_picked_on_the_phone() {
    let Some(driver) = Driver::start() else { return };
    for right in [true, false] {
        let install = Install::on_sqlite().with("OSPABHOST_QR_LOGIN_MATCH_NUMBER", "on");
        let server = install.start().await;
        let scene = Scene::new(&driver, &install, &server, true).await;
        let (computer, phone) = (&scene.computer, &scene.phone);
        let number = computer.text(".number b").await;
        scene.scan(&on_screen(computer).await, true).await;
        phone.has(".numbers button", 3).await;
        assert_eq!(computer.text("[data-state=scanning] .number b").await, number);
        if right {
            phone.click(&format!(".numbers button[value='{number}']")).await;
            computer.is_at("/login/qr/welcome").await;
            scene.close(&[]).await;
        } else {
            phone.click(&format!(".numbers button:not([value='{number}'])")).await;
            until("the reason", async || phone.text("main").await.contains("Число не совпало").then_some(())).await;
            computer.has("[data-state=rejected]", 1).await;
            scene.close(&["409"]).await;
        }
    }
}

/// Chromium reads codes itself only on phones, so its detector is played; the camera is Chromium's own.
const DETECTOR: &str = "globalThis.BarcodeDetector = class {
    static async getSupportedFormats() { return ['qr_code']; }
    async detect(video) { return video.videoWidth && globalThis.shown ? [{ rawValue: globalThis.shown }] : []; }
};
if (localStorage.denied) navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('denied'));";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_camera_that_reads_codes_leads_to_the_question() {
    let Some(driver) = Driver::start() else { return };
    let install = Install::on_sqlite();
    let server = install.start().await;
    let scene = Scene::new(&driver, &install, &server, true).await;
    let phone = &scene.phone;
    assert_eq!(phone.count("qr-camera[hidden]").await, 1, "no detector, no camera");
    let shown = "return [...document.querySelectorAll('main [role=alert], video')].some((it) => it.checkVisibility())";
    assert_eq!(phone.script(shown).await, false, "nothing is wrong yet");
    phone.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": DETECTOR })).await;
    phone.script("localStorage.denied = 1").await;
    phone.goto("/scan").await;
    // Allowed before, so it is turned on without a click; the machine says no all the same.
    until("what to do", async || phone.text("qr-camera [role=alert]").await.contains("Разрешите").then_some(())).await;
    phone.script("localStorage.clear()").await;
    phone.goto("/scan").await;
    phone.find("qr-camera video").await;
    phone.script("globalThis.shown = 'https://example.org/?code=1'").await;
    until("a foreign code", async || phone.text("qr-camera [role=alert]").await.contains("не код входа").then_some(()))
        .await;
    let text = on_screen(&scene.computer).await;
    phone.script(&format!("globalThis.shown = '{text}'")).await;
    phone.has("form[action='/qr-login/confirm']", 1).await;

    // A photo in which there is no code of ours.
    scene.take_photo("https://example.org", true).await;
    until("a foreign photo", async || phone.text("qr-photo [role=alert]").await.contains("не код входа").then_some(()))
        .await;
    scene.close(&["422"]).await;
}

/// A computer on which its owner signed in before sends the request to the phone, without a camera.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_known_computer_sends_the_request_and_shows_the_number() {
    let Some(driver) = Driver::start() else { return };
    for scripts in [true, false] {
        let install = Install::on_sqlite();
        let server = install.start().await;
        let scene = Scene::new(&driver, &install, &server, scripts).await;
        let computer = &scene.computer;
        computer.has("form[action='/login/qr/push']", 0).await;
        computer.goto("/login").await;
        computer.fill(&[("email", EMAIL), ("password", PASSWORD)]).await;
        computer.click("main form button.primary").await;
        computer.is_at("/dashboard").await;
        let session = computer.driver.get_named_cookie("session").await.unwrap();
        computer.driver.delete_cookie(session.name).await.unwrap();
        computer.goto(QR).await;
        computer.resize(PHONE, 800).await;
        let text = on_screen(computer).await;
        computer.click("form[action='/login/qr/push'] button").await;
        let number = computer.text(".qr .number b").await;
        computer.pictures(&format!("qr-pushed-{scripts}")).await;
        // The message holds the same code as the picture.
        let code = text.split_once("code=").unwrap().1;
        scene.phone.goto(&format!("/qr-login?code={code}")).await;
        if !scripts {
            scene.phone.click("form[action='/qr-login/scan'] button").await;
        }
        scene.phone.has(".numbers button", 3).await;
        scene.phone.click(&format!(".numbers button[value='{number}']")).await;
        if scripts {
            computer.is_at("/login/qr/welcome").await;
        } else {
            computer.goto(QR).await;
            computer.has("[data-collect]", 1).await;
        }
        scene.close(&[]).await;
    }
}
