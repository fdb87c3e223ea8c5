use std::{io::Cursor, time::Duration};

use axum::{body::Body, http::Method};
use image::{GrayImage, ImageFormat, Luma};
use serde_json::json;

use super::{Scene, said, step};
use crate::{
    platform::{
        base::{keys::random_token, workers::Workers},
        settings::Switch,
    },
    qr_login::photo::Photos,
    testing::{Answer, Client, TestApp, engines::*, make},
};

#[path = "../../../tests/common/photo.rs"]
mod shots;
use shots::{Shot, bomb, encode, encode_grey, turned};

fn link() -> (String, String) {
    let code = random_token();
    (format!("ospabhost://qr-login?code={code}"), code)
}

fn photos(most: Duration) -> Photos {
    Photos::within(Workers::with_threads(2), most)
}

/// What the reader finds in a file, however slow a test build is.
async fn read(bytes: Vec<u8>) -> Result<String, &'static str> {
    let ours = |text: &str| text.strip_prefix("ospabhost://qr-login?code=").map(str::to_owned);
    photos(Duration::from_secs(120)).read(Cursor::new(bytes), ours).await.map_err(|error| error.code.as_str())
}

#[tokio::test]
async fn a_code_is_read_however_the_phone_was_held() {
    let (text, code) = link();
    let picture = Shot { degrees: 4.0, ..Shot::default() }.of(&text);
    for exif in 1..=8 {
        assert_eq!(read(turned(&picture, exif)).await, Ok(code.clone()), "orientation {exif}");
    }
}

#[tokio::test]
async fn a_code_is_read_from_the_side_in_noise_in_bad_light_and_from_afar() {
    let shots = [
        ("turned", Shot { degrees: 37.0, ..Shot::default() }),
        ("upside down", Shot { degrees: 180.0, ..Shot::default() }),
        ("from the side", Shot { tilt: 0.6, ..Shot::default() }),
        ("noisy", Shot { noise: 110.0, ..Shot::default() }),
        ("badly lit", Shot { shade: 0.75, ..Shot::default() }),
        ("from afar", Shot { width: 2000, height: 1500, size: 0.14, noise: 30.0, ..Shot::default() }),
        ("small", Shot { width: 240, height: 240, size: 0.75, ..Shot::default() }),
        ("all of it", Shot::bad()),
    ];
    for (name, shot) in shots {
        let (text, code) = link();
        assert_eq!(read(shot.jpeg(&text)).await, Ok(code), "{name}");
    }
}

#[tokio::test]
async fn a_photo_of_twelve_megapixels_and_each_format_is_read() {
    let (text, code) = link();
    let picture = Shot { width: 1008, height: 756, size: 0.4, tilt: 0.2, degrees: 10.0, ..Shot::default() }.of(&text);
    let large = GrayImage::from_fn(4032, 3024, |x, y| *picture.get_pixel(x / 4, y / 4));
    assert_eq!(read(encode_grey(&large)).await, Ok(code.clone()));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        assert_eq!(read(encode(&picture, format)).await, Ok(code.clone()), "{format:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    let jpeg = Shot::default().jpeg("WIFI:S:guests;;");
    let cut = Shot::default().jpeg(&link().0)[..3000].to_vec();
    let grey = GrayImage::from_pixel(300, 300, Luma([128]));
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    for (name, bytes, why) in [
        ("another's code", jpeg, "qr_photo_foreign"),
        ("no code", encode(&grey, ImageFormat::Png), "qr_photo_unreadable"),
        ("half a file", cut, "qr_photo_unreadable"),
        ("a GIF", gif, "qr_photo_type"),
        ("a text", b"ospabhost://qr-login?code=".to_vec(), "qr_photo_type"),
        ("a bomb", bomb(60_000, 60_000), "qr_photo_too_large"),
        ("just over 40 million pixels", bomb(8_000, 5_001), "qr_photo_too_large"),
    ] {
        assert_eq!(read(bytes).await, Err(why), "{name}");
    }
}

#[tokio::test]
async fn cost_01_a_photo_of_many_scans_is_not_unpacked() {
    let photo = Shot::default().jpeg(&link().0);
    let at = photo.windows(2).rposition(|two| two == [0xff, 0xda]).unwrap();
    let (head, scan) = photo[..photo.len() - 2].split_at(at);
    let many = [head, &scan.repeat(21), b"\xff\xd9"].concat();
    assert_eq!(read(many).await, Err("qr_photo_unreadable"));
}

#[tokio::test]
async fn nobody_waits_longer_than_allowed() {
    // The time that is allowed is what is tested.
    let photos = photos(Duration::from_millis(200));
    let (text, _) = link();
    let bytes = Shot::default().jpeg(&text);
    let slow = |_: &str| {
        std::thread::sleep(Duration::from_secs(2));
        None
    };
    let (first, second) =
        tokio::join!(photos.read(Cursor::new(bytes.clone()), slow), photos.read(Cursor::new(bytes), slow));
    let codes = [first, second].map(|result| result.unwrap_err().code);
    assert_eq!(codes, ["qr_photo_unreadable", "too_many_requests"]);
}

#[tokio::test]
async fn one_photo_is_read_at_a_time() {
    let photos = photos(Duration::from_secs(120));
    let (text, _) = link();
    let bytes = Shot::default().jpeg(&text);
    let running = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let read = |_| {
        let running = running.clone();
        let ours = move |_: &str| {
            let others = running.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            // Time for the others to come in beside it, if they could: a short one hides a fault and makes none.
            std::thread::sleep(Duration::from_millis(30));
            running.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            Some(others.to_string())
        };
        photos.read(Cursor::new(bytes.clone()), ours)
    };
    for others in futures_util::future::join_all((0..4).map(read)).await {
        assert_eq!(others.unwrap(), "0");
    }
}

async fn send(client: &mut Client, kind: &str, photo: Vec<u8>) -> Answer {
    client.send(Method::POST, "/api/qr-auth/decode", Some(kind), Body::from(photo)).await
}

/// A form with one file, as browsers send it.
fn form(name: &str, photo: &[u8]) -> Vec<u8> {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    );
    [head.as_bytes(), photo, b"\r\n--edge--\r\n"].concat()
}

const FORM: &str = "multipart/form-data; boundary=edge";

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_of_the_screen_leads_to_the_question_and_in(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        let photo = Shot::bad().jpeg(code["url"].as_str().unwrap());
        let decoded = send(&mut scene.phone, "image/jpeg", photo.clone()).await;
        assert_eq!((decoded.status.as_u16(), decoded.value()), (200, json!({ "code": code["code"] })));
        let camera =
            Shot::default().jpeg(&format!("https://my.example/qr-login?code={}", code["code"].as_str().unwrap()));
        assert_eq!(
            send(&mut scene.phone, FORM, form("photo", &camera)).await.value()["code"],
            code["code"],
            "the other link form"
        );
        assert_eq!(step(&mut scene.phone, "confirm", &decoded.value()).await.status, 200);
        assert_eq!(step(&mut computer, "claim", &code).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_is_refused_with_words(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let phone = &mut scene.phone;
        for (text, why) in [
            ("https://evil.example/qr-login?code=0123456789012345678901234567890123456789012", "qr_photo_foreign"),
            ("ospabhost://qr-login?code=short", "qr_photo_foreign"),
            ("ospabhost://qr-login?code=012345678901234567890123456789012345678901/&", "qr_photo_foreign"),
        ] {
            let answer = send(phone, "image/jpeg", Shot::default().jpeg(text)).await;
            assert_eq!(said(&answer), (422, why.into()), "{text}");
        }
        let blank = encode(&GrayImage::from_pixel(200, 200, Luma([200])), ImageFormat::Png);
        let answer = send(phone, "image/png", blank).await;
        assert!(answer.status == 422 && answer.text.contains("снимите ещё раз"), "{}", answer.text);
        assert_eq!(said(&send(phone, "image/jpeg", Vec::new()).await), (422, "qr_photo_missing".into()));
        assert_eq!(said(&send(phone, FORM, form("other", b"x")).await), (422, "qr_photo_missing".into()));
        assert_eq!(said(&send(phone, "application/json", b"{}".to_vec()).await), (415, "qr_photo_type".into()));
        assert_eq!(said(&send(phone, "image/svg+xml", b"<svg/>".to_vec()).await), (415, "qr_photo_type".into()));
        let large = vec![0xff; 5 * 1024 * 1024 + 1];
        assert_eq!(said(&send(phone, "image/jpeg", large.clone()).await), (413, "qr_photo_too_large".into()));
        assert_eq!(
            said(&send(phone, FORM, form("photo", &[large.clone(), large].concat())).await),
            (413, "qr_photo_too_large".into())
        );
        assert_eq!(said(&send(&mut scene.app.client(), "image/jpeg", vec![1]).await), (401, "not_signed_in".into()));
        let body = json!({ "code": "x".repeat(140_000) });
        assert_eq!(scene.phone.post("/api/qr-auth/scanning", body).await.status, 413, "other bodies stay small");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_are_limited_per_account(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.qr_login.photos_per_account = 2;
        })
        .await;
        let mut scene = Scene::new(app).await;
        for _ in 0..2 {
            assert_eq!(send(&mut scene.phone, "image/png", bomb(60_000, 60_000)).await.status, 413);
        }
        assert_eq!(send(&mut scene.phone, "image/png", bomb(60_000, 60_000)).await.status, 429);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scan_page_works_without_scripts(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let mut phone = make::browser(&scene.app, &scene.artem).await;
        let (_, code) = scene.computer().await;
        assert_eq!(scene.app.client().get("/scan").await.header("location"), "/login?next=/scan");
        for path in ["/dashboard", "/dashboard/settings/sessions"] {
            assert_eq!(phone.get(path).await.count("a[href='/scan']"), 1, "{path}");
        }
        let page = phone.get("/scan").await;
        assert_eq!(
            page.count(
                "form[action='/scan'][enctype='multipart/form-data'] input[type=file][name=photo][capture=environment]"
            ),
            1
        );
        assert_eq!((page.count("qr-camera[hidden]"), page.count("[role=alert]:not([hidden])")), (1, 0));
        let mut scan =
            async |photo: &[u8]| phone.send(Method::POST, "/scan", Some(FORM), Body::from(form("photo", photo))).await;
        let found = scan(&Shot::bad().jpeg(code["url"].as_str().unwrap())).await;
        assert_eq!(
            (found.status.as_u16(), found.header("location")),
            (303, format!("/qr-login?code={}", code["code"].as_str().unwrap()).as_str())
        );
        let foreign = scan(&Shot::default().jpeg("https://example.org")).await;
        assert_eq!(
            (foreign.status.as_u16(), foreign.texts("[role=alert]:not([hidden])")),
            (422, vec!["Это не код входа на портал. Снимите код со страницы входа на компьютере".to_owned()])
        );
        assert_eq!(foreign.count("form[action='/scan']"), 1, "to try again");
        assert_eq!(scan(b"").await.status, 422);
        assert_eq!(scan(&vec![0xff; 6 * 1024 * 1024]).await.status, 413);
    })
    .await;
}
