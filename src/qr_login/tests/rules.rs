use std::time::Duration;

use serde_json::json;

use super::{Scene, said, sessions, status, step};
use crate::{
    platform::{
        base::{actor::Role, keys::random_token},
        settings::Switch,
    },
    qr_login::{Link, store, upkeep},
    testing::{TestApp, engines::*, make, until},
};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_lets_a_computer_in(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        assert_eq!((&code["expiresIn"], &code["interval"]), (&json!(60), &json!(2)));
        assert_eq!(code["url"], format!("ospabhost://qr-login?code={}", code["code"].as_str().unwrap()));
        assert!(code.get("matchNumber").is_none());
        assert_eq!(status(&mut computer, &code).await.value(), json!({ "status": "pending", "interval": 2 }));
        let scanned = step(&mut scene.phone, "scanning", &code).await;
        let requester = &scanned.value()["requester"];
        assert_eq!(
            (&requester["ip"], &requester["sameNetwork"]),
            (&json!("198.51.100.1"), &json!(true)),
            "{}",
            scanned.text
        );
        assert_eq!(requester["browser"], "Chrome 143");
        assert_eq!(status(&mut computer, &code).await.value()["status"], "scanning");
        assert_eq!(step(&mut scene.phone, "confirm", &code).await.value()["success"], true);
        let done = status(&mut computer, &code).await;
        let body = done.value();
        assert_eq!(
            (&body["status"], &body["user"]["id"], &body["expiresIn"]),
            (&json!("confirmed"), &json!(scene.artem.id), &json!(900))
        );
        assert_eq!(computer.get("/api/auth/me").await.value()["user"]["id"], scene.artem.id, "by the cookie");
        let by_token = scene.app.client().bearer(body["token"].as_str().unwrap()).get("/api/auth/me").await;
        assert_eq!(by_token.status, 200);
        let all = sessions(&mut scene.phone).await;
        assert_eq!(all.len(), 2);
        assert!(all.iter().any(|session| session["signInMethod"] == "qr"));
        let history = scene.phone.get("/api/sessions/history").await.value();
        assert_eq!((&history[0]["method"], &history[0]["success"]), (&json!("qr"), &json!(true)));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simple_phone_confirms_straight_away_and_the_computer_claims(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        assert_eq!(said(&step(&mut computer, "claim", &code).await), (409, "qr_not_confirmed".into()));
        assert_eq!(step(&mut scene.phone, "confirm", &code).await.status, 200);
        let claimed = step(&mut computer, "claim", &code).await;
        assert_eq!(claimed.status, 200, "{}", claimed.text);
        assert!(claimed.value()["refreshToken"].is_string());
        assert_eq!(status(&mut computer, &code).await.value(), json!({ "status": "consumed", "interval": 2 }));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_answer_comes_as_soon_as_something_changes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (computer, code) = scene.computer().await;
        let path = format!("/api/qr-auth/status/{}?wait=25", code["code"].as_str().unwrap());
        let held = tokio::spawn({
            let (mut computer, path) = (computer.clone(), path.clone());
            async move { computer.get(&path).await }
        });
        until(async || scene.app.app.qr.waiting.has_listeners()).await;
        assert!(!held.is_finished());
        assert_eq!(step(&mut scene.phone, "scanning", &code).await.status, 200);
        // Sooner than it would come of itself, after 25 seconds.
        until(async || held.is_finished()).await;
        assert_eq!(held.await.unwrap().value()["status"], "scanning");
        let mut late = computer.clone();
        assert_eq!(late.get(&format!("{path}&seen=pending")).await.value()["status"], "scanning", "nothing is missed");
        assert_eq!(late.get(&format!("{path}&seen=nonsense")).await.status, 422);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_03_a_session_by_code_is_unconfirmed_and_its_owner_is_told(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        step(&mut scene.phone, "confirm", &code).await;
        step(&mut computer, "claim", &code).await;
        let end = computer.json(axum::http::Method::DELETE, "/api/sessions/others/all", json!({})).await;
        assert_eq!(said(&end), (403, "proof_required".into()));
        let mails = scene.app.mails_to(&scene.artem.email).await;
        let mail = mails.last().expect("a mail to the owner");
        assert!(mail.text.contains("по QR-коду") && mail.text.contains("/sessions/not-me?token="), "{}", mail.text);
        scene.app.pass(Duration::from_secs(24 * 3600 + 1));
        let end = computer.json(axum::http::Method::DELETE, "/api/sessions/others/all", json!({})).await;
        assert_eq!(said(&end), (403, "proof_required".into()), "confirmed, but nobody gave a password in it");
        let proof = json!({ "password": make::PASSWORD });
        assert_eq!(computer.json(axum::http::Method::DELETE, "/api/sessions/others/all", proof).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_04_wrong_codes_and_secrets_are_the_same_404_and_cost(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.qr_login.misses_per_address = 4;
        })
        .await;
        let scene = Scene::new(app).await;
        let (_, code) = scene.computer().await;
        let mut stranger = scene.app.client().from([203, 0, 113, 9]).header("x-poll-secret", &random_token());
        let wrong_secret = status(&mut stranger, &code).await;
        let unknown = status(&mut stranger, &json!({ "code": random_token() })).await;
        assert_eq!((wrong_secret.status.as_u16(), &wrong_secret.text), (404, &unknown.text));
        assert_eq!(said(&unknown), (404, "qr_not_found".into()));
        let mut phone = scene.phone.clone().from([203, 0, 113, 9]);
        for step_name in ["scanning", "confirm"] {
            assert_eq!(
                said(&step(&mut phone, step_name, &json!({ "code": random_token() })).await),
                (404, "qr_not_found".into())
            );
        }
        let limited = step(&mut phone, "reject", &json!({ "code": "x" })).await;
        assert_eq!(limited.status, 429);
        assert!(!limited.header("retry-after").is_empty());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_05_the_code_alone_collects_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        step(&mut scene.phone, "confirm", &code).await;
        let mut thief = scene.app.client();
        assert_eq!(said(&status(&mut thief, &code).await), (404, "qr_not_found".into()));
        assert_eq!(said(&step(&mut thief, "claim", &code).await), (404, "qr_not_found".into()));
        let (mut other, _) = scene.computer().await;
        assert_eq!(status(&mut other, &code).await.status, 404, "a secret of another request");
        let mut native = scene.app.client().header("x-poll-secret", code["pollSecret"].as_str().unwrap());
        assert_eq!(step(&mut native, "claim", &code).await.status, 200);
        assert_eq!(status(&mut computer, &code).await.value()["status"], "consumed");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_06_only_hashes_are_stored(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let (_, code) = scene.computer().await;
        let dump = store::any_dump_for_test(&scene.app.app.platform.db).await;
        for secret in ["code", "pollSecret"] {
            let secret = code[secret].as_str().unwrap();
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(!dump.contains(secret) && !dump.to_lowercase().contains(&hex), "{dump}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_07_each_step_works_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        assert_eq!(step(&mut scene.phone, "confirm", &code).await.status, 200);
        for name in ["confirm", "scanning", "reject"] {
            assert_eq!(said(&step(&mut scene.phone, name, &code).await), (409, "qr_confirmed".into()), "{name}");
        }
        assert_eq!(status(&mut computer, &code).await.value()["status"], "confirmed");
        assert_eq!(said(&step(&mut scene.phone, "confirm", &code).await), (409, "qr_confirmed".into()));
        assert!(status(&mut computer, &code).await.value().get("token").is_none());
        scene.app.pass(Duration::from_secs(11));
        assert_eq!(said(&step(&mut computer, "claim", &code).await), (410, "qr_used".into()));
        let (mut computer, code) = scene.computer().await;
        assert_eq!(step(&mut scene.phone, "reject", &code).await.status, 200);
        assert_eq!(status(&mut computer, &code).await.value()["status"], "rejected");
        assert_eq!(said(&step(&mut scene.phone, "confirm", &code).await), (409, "qr_rejected".into()));
        assert_eq!(said(&step(&mut computer, "claim", &code).await), (409, "qr_rejected".into()));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_09_after_its_time_nothing_comes_of_a_code(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        step(&mut scene.phone, "scanning", &code).await;
        scene.app.pass(Duration::from_secs(60));
        for name in ["confirm", "scanning", "reject"] {
            assert_eq!(said(&step(&mut scene.phone, name, &code).await), (410, "qr_expired".into()), "{name}");
        }
        assert_eq!(status(&mut computer, &code).await.value()["status"], "expired");
        let (mut computer, code) = scene.computer().await;
        scene.app.pass(Duration::from_secs(59));
        assert_eq!(step(&mut scene.phone, "confirm", &code).await.status, 200);
        scene.app.pass(Duration::from_secs(29));
        assert_eq!(step(&mut computer, "claim", &code).await.status, 200, "30 s to collect");
        let (mut late, late_code) = scene.computer().await;
        step(&mut scene.phone, "confirm", &late_code).await;
        scene.app.pass(Duration::from_secs(30));
        assert_eq!(said(&step(&mut late, "claim", &late_code).await), (410, "qr_expired".into()));
        upkeep::clean(&scene.app.app.qr).await.unwrap();
        assert_eq!(status(&mut late, &late_code).await.value()["status"], "expired");
        scene.app.pass(Duration::from_secs(3601));
        upkeep::clean(&scene.app.app.qr).await.unwrap();
        assert_eq!(status(&mut late, &late_code).await.status, 404);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_10_a_lost_answer_can_be_asked_for_again(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        step(&mut scene.phone, "confirm", &code).await;
        let lost = step(&mut computer.clone(), "claim", &code).await.value();
        scene.app.pass(Duration::from_secs(9));
        let again = step(&mut computer, "claim", &code).await;
        assert_eq!(again.status, 200, "{}", again.text);
        assert_eq!(scene.app.client().bearer(lost["token"].as_str().unwrap()).get("/api/auth/me").await.status, 401);
        assert_eq!(computer.get("/api/auth/me").await.status, 200);
        assert_eq!(sessions(&mut scene.phone).await.iter().filter(|s| s["signInMethod"] == "qr").count(), 1);
        scene.app.pass(Duration::from_secs(2));
        assert_eq!(said(&step(&mut computer, "claim", &code).await), (410, "qr_used".into()));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_11_another_account_is_not_replaced_without_a_word(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let elena = make::account(&scene.app, "elena", Role::Customer).await;
        let mut browser = make::browser(&scene.app, &elena).await;
        let code = browser.post("/api/qr-auth/generate", json!({})).await.value();
        step(&mut scene.phone, "confirm", &code).await;
        assert_eq!(said(&status(&mut browser, &code).await), (409, "qr_other_account".into()));
        assert_eq!(said(&step(&mut browser, "claim", &code).await), (409, "qr_other_account".into()));
        assert_eq!(browser.get("/api/auth/me").await.value()["user"]["id"], elena.id);
        let replaced = browser.post("/api/qr-auth/claim", json!({ "code": code["code"], "replace": true })).await;
        assert_eq!(replaced.status, 200);
        assert_eq!(browser.get("/api/auth/me").await.value()["user"]["id"], scene.artem.id);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_16_17_the_binding_cookie_is_strict_and_short(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let answer = scene.app.client().post("/api/qr-auth/generate", json!({})).await;
        let line = answer.header("set-cookie");
        for part in ["__Host-qr=", "HttpOnly", "Secure", "SameSite=Strict", "Max-Age=90", "Path=/"] {
            assert!(line.contains(part), "{line}");
        }
        assert_eq!(answer.header("cache-control"), "no-store");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_18_codes_are_limited_per_address_and_in_all(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.qr_login.codes_per_minute_in_all = 18;
        })
        .await;
        for _ in 0..5 {
            assert_eq!(app.client().post("/api/qr-auth/generate", json!({})).await.status, 200);
        }
        let sixth = app.client().post("/api/qr-auth/generate", json!({})).await;
        assert_eq!(sixth.status, 429, "five at once");
        assert_eq!(sixth.header("retry-after"), "61");
        app.pass(Duration::from_secs(60));
        let mut one = app.client();
        for _ in 0..4 {
            assert_eq!(
                one.post("/api/qr-auth/generate", json!({})).await.status,
                200,
                "a renewed code replaces the old one"
            );
        }
        assert_eq!(one.post("/api/qr-auth/generate", json!({})).await.status, 429, "ten a minute");
        let from = |n: u8| app.client().from([203, 0, 113, n]);
        for n in 0..8 {
            assert_eq!(from(n).post("/api/qr-auth/generate", json!({})).await.status, 200);
        }
        assert_eq!(from(100).post("/api/qr-auth/generate", json!({})).await.status, 429, "of all addresses together");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_19_polling_too_fast_is_429(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.rate_limits = Switch::On).await;
        let scene = Scene::new(app).await;
        let (mut computer, code) = scene.computer().await;
        for _ in 0..4 {
            assert_eq!(status(&mut computer, &code).await.status, 200);
        }
        let fast = status(&mut computer, &code).await;
        assert_eq!(fast.status, 429);
        assert!(fast.header("retry-after").parse::<u64>().unwrap() <= 2);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_code_of_the_same_browser_supersedes_the_old_one(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, old) = scene.computer().await;
        let new = computer.post("/api/qr-auth/generate", json!({})).await.value();
        assert_ne!(old["code"], new["code"]);
        let mut native = scene.app.client().header("x-poll-secret", old["pollSecret"].as_str().unwrap());
        assert_eq!(status(&mut native, &old).await.value()["status"], "superseded");
        assert_eq!(said(&step(&mut scene.phone, "confirm", &old).await), (410, "qr_superseded".into()));
        assert_eq!(step(&mut scene.phone, "confirm", &new).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_for_cameras_is_a_page_of_ours_with_a_number(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.qr_link = Link::Https).await;
        let scene = Scene::new(app).await;
        let (_, code) = scene.computer().await;
        assert_eq!(code["url"], format!("https://my.example/qr-login?code={}", code["code"].as_str().unwrap()));
        assert!((10..100).contains(&code["matchNumber"].as_i64().unwrap()));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_browser_hears_that_its_code_expired(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let (computer, code) = scene.computer().await;
        let path = format!("/api/qr-auth/status/{}?wait=25", code["code"].as_str().unwrap());
        let held = tokio::spawn({
            let mut computer = computer.clone();
            async move { computer.get(&path).await }
        });
        until(async || scene.app.app.qr.waiting.has_listeners()).await;
        scene.app.pass(Duration::from_secs(61));
        upkeep::clean(&scene.app.app.qr).await.unwrap();
        until(async || held.is_finished()).await;
        assert_eq!(held.await.unwrap().value()["status"], "expired");
    })
    .await;
}
