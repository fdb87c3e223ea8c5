use axum::http::Method;
use serde_json::json;

use super::{Scene, said, sessions, status, step};
use crate::{
    config::Config,
    platform::{base::actor::Role, settings::Switch},
    qr_login::MatchNumber,
    testing::{TestApp, engines::*, make},
};

fn with_number(config: &mut Config) {
    config.qr_login.match_number = MatchNumber::On;
}

/// A database in which the phone's and the computer's address are in two countries.
fn two_countries(config: &mut Config) {
    let path = config.platform.data_dir.join("places.mmdb");
    let places = [("::27d:a000/116", "GB", "London", "Лондон"), ("::59a0:1400/120", "SE", "Linköping", "Линчёпинг")];
    let mut db = maxminddb_writer::Database::default();
    db.metadata.ip_version = maxminddb_writer::metadata::IpVersion::V6;
    db.metadata.binary_format_major_version = 2;
    for (network, country, en, ru) in places {
        let record = json!({ "city": { "names": { "en": en, "ru": ru } }, "country": { "iso_code": country, "names": { "en": country } } });
        let data = db.insert_value(record).unwrap();
        db.insert_node(network.parse::<maxminddb_writer::paths::IpAddrWithMask>().unwrap(), data);
    }
    let mut bytes = Vec::new();
    db.write_to(&mut bytes).unwrap();
    std::fs::write(&path, bytes).unwrap();
    config.platform.geoip_database = path.display().to_string();
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_02_the_right_number_approves_and_a_wrong_one_refuses(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::with(database, with_number).await).await;
        let (mut computer, code) = scene.computer().await;
        assert_eq!(said(&step(&mut scene.phone, "confirm", &code).await), (409, "qr_scan_first".into()));
        let shown = code["matchNumber"].as_i64().unwrap();
        let choices = step(&mut scene.phone, "scanning", &code).await.value()["matchNumbers"].clone();
        let choices: Vec<i64> = choices.as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
        assert!(choices.len() == 3 && choices.contains(&shown));
        assert_eq!(status(&mut computer, &code).await.value()["matchNumber"], shown);
        let none = step(&mut scene.phone, "confirm", &code).await;
        assert!(none.status == 422 && none.value()["fields"]["matchNumber"].is_string());
        let right =
            scene.phone.post("/api/qr-auth/confirm", json!({ "code": code["code"], "matchNumber": shown })).await;
        assert_eq!(right.status, 200, "{}", right.text);

        let (mut computer, code) = scene.computer().await;
        let shown = code["matchNumber"].as_i64().unwrap();
        let choices = step(&mut scene.phone, "scanning", &code).await.value()["matchNumbers"].clone();
        let wrong = choices.as_array().unwrap().iter().find(|n| n.as_i64() != Some(shown)).unwrap().clone();
        let answer =
            scene.phone.post("/api/qr-auth/confirm", json!({ "code": code["code"], "matchNumber": wrong })).await;
        assert_eq!(said(&answer), (409, "qr_wrong_number".into()));
        assert_eq!(status(&mut computer, &code).await.value()["status"], "rejected");
        let again =
            scene.phone.post("/api/qr-auth/confirm", json!({ "code": code["code"], "matchNumber": shown })).await;
        assert_eq!(said(&again), (409, "qr_rejected".into()));
        let history = scene.phone.get("/api/sessions/history").await.value();
        assert_eq!((&history[0]["method"], &history[0]["reason"]), (&json!("qr"), &json!("qr_wrong_number")));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_04_an_unreadable_address_is_no_network(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.trusted_proxies = "10.0.0.1".into()).await;
        let mut scene = Scene::new(app).await;
        let behind =
            |client: crate::testing::Client, told: &str| client.from([10, 0, 0, 1]).header("x-forwarded-for", told);
        for told in ["unknown", "junk", "", "_hidden", "203.0.113.7, unknown"] {
            let mut computer = behind(scene.app.client(), told);
            let code = computer.post("/api/qr-auth/generate", json!({})).await.value();
            let mut phone = behind(scene.phone.clone(), told);
            let requester = step(&mut phone, "scanning", &code).await.value()["requester"].clone();
            assert_eq!((&requester["sameNetwork"], &requester["ip"]), (&json!(false), &json!("unknown")), "{told}");
            assert_ne!(requester["location"], "Локальная сеть", "{told}");
            let answer = step(&mut phone, "confirm", &code).await;
            assert_ne!(answer.status, 200, "{told}: neither number nor password were asked for");
        }
        // A house is no network either, but one's own.
        for inside in ["127.0.0.1", "192.168.1.5", "100.64.0.1", "::1", "fe80::1"] {
            let code = behind(scene.app.client(), inside).post("/api/qr-auth/generate", json!({})).await.value();
            let mut phone = behind(scene.phone.clone(), inside);
            assert_eq!(
                step(&mut phone, "scanning", &code).await.value()["requester"]["sameNetwork"],
                false,
                "{inside}"
            );
        }
        let (_, code) = scene.computer().await;
        assert_eq!(step(&mut scene.phone, "scanning", &code).await.value()["requester"]["sameNetwork"], true);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_04_an_unknown_address_is_a_risk_even_if_its_owner_came_from_one(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.trusted_proxies = "10.0.0.1".into()).await;
        let mut scene = Scene::new(app).await;
        let hidden = |client: crate::testing::Client| client.from([10, 0, 0, 1]).header("x-forwarded-for", "junk");
        let credentials = json!({ "email": scene.artem.email, "password": make::PASSWORD });
        assert_eq!(hidden(scene.app.client()).post("/api/auth/login", credentials).await.status, 200);
        let code = hidden(scene.app.client()).post("/api/qr-auth/generate", json!({})).await.value();
        let scanned = step(&mut scene.phone, "scanning", &code).await.value();
        assert_eq!(
            (&scanned["requester"]["newPlace"], &scanned["needsPassword"]),
            (&json!(false), &json!(true)),
            "{scanned}"
        );
        let (_, code) = scene.computer().await;
        let scanned = step(&mut hidden(scene.phone.clone()), "scanning", &code).await.value();
        assert_eq!(
            (&scanned["requester"]["newPlace"], &scanned["needsPassword"]),
            (&json!(false), &json!(true)),
            "{scanned}"
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_14_an_approval_dies_with_the_session_that_gave_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        assert_eq!(step(&mut scene.phone, "confirm", &code).await.status, 200);
        let (mut owner, _) = make::program(&scene.app, &scene.artem).await;
        let change = json!({ "currentPassword": make::PASSWORD, "newPassword": "совсем другой пароль" });
        assert_eq!(owner.post("/api/auth/password", change).await.status, 200);
        let claimed = computer
            .post("/api/qr-auth/claim", json!({ "code": code["code"], "pollSecret": code["pollSecret"] }))
            .await;
        assert_eq!(claimed.status, 410, "{}", claimed.text);
        assert_eq!(sessions(&mut owner).await.len(), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_12_only_our_own_pages_and_bearers_take_steps(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(TestApp::new(database).await).await;
        let (_, code) = scene.computer().await;
        let browser = make::browser(&scene.app, &scene.artem).await;
        for name in ["scanning", "confirm", "reject"] {
            let mut foreign = browser.clone().header("sec-fetch-site", "cross-site");
            assert_eq!(said(&step(&mut foreign, name, &code).await), (403, "cross_origin".into()), "{name}");
            let mut simple = browser.clone().header("sec-fetch-site", "same-origin");
            let text = simple
                .send(Method::POST, &format!("/api/qr-auth/{name}"), Some("text/plain"), code.to_string().into())
                .await;
            assert_eq!(text.status, 415, "{name}");
            assert_eq!(
                said(&step(&mut scene.app.client(), name, &code).await),
                (401, "not_signed_in".into()),
                "{name}"
            );
        }
        let mut own = browser.clone().header("sec-fetch-site", "same-origin");
        assert_eq!(step(&mut own, "confirm", &code).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_13_only_the_phone_that_scanned_decides(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let elena = make::account(&scene.app, "elena", Role::Customer).await;
        let (mut other, _) = make::program(&scene.app, &elena).await;
        let (mut same_owner, _) = make::program(&scene.app, &scene.artem).await;
        let (mut computer, code) = scene.computer().await;
        assert_eq!(step(&mut scene.phone, "scanning", &code).await.status, 200);
        assert_eq!(step(&mut scene.phone, "scanning", &code).await.status, 200, "a reload of its page");
        for phone in [&mut other, &mut same_owner] {
            for name in ["scanning", "confirm", "reject"] {
                assert_eq!(said(&step(phone, name, &code).await), (409, "qr_taken".into()), "{name}");
            }
        }
        assert_eq!(step(&mut scene.phone, "confirm", &code).await.status, 200);
        assert_eq!(status(&mut computer, &code).await.value()["user"]["id"], scene.artem.id);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_15_an_unconfirmed_session_approves_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        step(&mut scene.phone, "confirm", &code).await;
        let token = step(&mut computer, "claim", &code).await.value()["token"].as_str().unwrap().to_owned();
        let mut weak = scene.app.client().bearer(&token);
        let (_, code) = scene.computer().await;
        for name in ["scanning", "confirm"] {
            assert_eq!(said(&step(&mut weak, name, &code).await), (403, "session_unconfirmed".into()), "{name}");
        }
        assert_eq!(step(&mut weak, "reject", &code).await.status, 200, "saying no is always allowed");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_20_scans_are_limited_per_account_and_a_refusal_can_be_reported(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.qr_login.scans_per_account = 3;
        })
        .await;
        let mut scene = Scene::new(app).await;
        let (_, code) = scene.computer().await;
        for _ in 0..3 {
            assert_eq!(step(&mut scene.phone, "scanning", &code).await.status, 200);
        }
        assert_eq!(step(&mut scene.phone, "scanning", &code).await.status, 429);
        let report = scene.phone.post("/api/qr-auth/reject", json!({ "code": code["code"], "report": true })).await;
        assert_eq!(report.status, 200);
        let history = scene.phone.get("/api/sessions/history").await.value();
        assert_eq!((&history[0]["success"], &history[0]["reason"]), (&json!(false), &json!("qr_reported")));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_approving_session_is_never_ended_to_make_room(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.session.limit = crate::session::SessionLimit(2)).await;
        let mut scene = Scene::new(app).await;
        make::program(&scene.app, &scene.artem).await;
        let (mut computer, code) = scene.computer().await;
        step(&mut scene.phone, "confirm", &code).await;
        assert_eq!(step(&mut computer, "claim", &code).await.status, 200);
        assert_eq!(sessions(&mut scene.phone).await.len(), 2, "the phone is still in");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_phone_session_or_a_blocked_account_lets_nobody_in(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let (mut computer, code) = scene.computer().await;
        step(&mut scene.phone, "scanning", &code).await;
        step(&mut scene.phone, "confirm", &code).await;
        let (mut admin, _) = make::program(&scene.app, &make::account(&scene.app, "admin", Role::Admin).await).await;
        let blocked = admin
            .json(Method::PATCH, &format!("/api/admin/users/{}", scene.artem.id), json!({ "blocked": true }))
            .await;
        assert_eq!(blocked.status, 200, "{}", blocked.text);
        assert_eq!(said(&step(&mut computer, "claim", &code).await), (403, "account_blocked".into()));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qr_01_another_country_asks_for_number_and_password(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, two_countries).await;
        let mut scene = Scene::new(app).await;
        scene.phone = scene.phone.from([2, 125, 160, 216]);
        let mut computer = scene.app.client().from([89, 160, 20, 112]);
        let code = computer.post("/api/qr-auth/generate", json!({})).await.value();
        assert!(code.get("matchNumber").is_none());
        assert_eq!(said(&step(&mut scene.phone, "confirm", &code).await), (409, "qr_scan_first".into()));
        let scanned = step(&mut scene.phone, "scanning", &code).await.value();
        assert_eq!(
            (&scanned["requester"]["anotherCountry"], &scanned["needsPassword"]),
            (&json!(true), &json!(true)),
            "{scanned}"
        );
        let number = status(&mut computer, &code).await.value()["matchNumber"].clone();
        let mut body = json!({ "code": code["code"], "matchNumber": number });
        assert_eq!(
            said(&scene.phone.post("/api/qr-auth/confirm", body.clone()).await),
            (403, "password_required".into())
        );
        body["password"] = json!(make::PASSWORD);
        assert_eq!(scene.phone.post("/api/qr-auth/confirm", body).await.status, 200);
        assert_eq!(step(&mut computer, "claim", &code).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_16_without_places_another_network_is_a_new_one(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut scene = Scene::new(TestApp::new(database).await).await;
        let mut computer = scene.app.client().from([89, 160, 20, 112]);
        let code = computer.post("/api/qr-auth/generate", json!({})).await.value();
        assert_eq!(
            said(&step(&mut scene.phone, "confirm", &code).await),
            (409, "qr_scan_first".into()),
            "not in one step"
        );
        let scanned = step(&mut scene.phone, "scanning", &code).await.value();
        assert_eq!(
            (&scanned["requester"]["newPlace"], &scanned["needsPassword"]),
            (&json!(true), &json!(true)),
            "{scanned}"
        );
        let number = status(&mut computer, &code).await.value()["matchNumber"].clone();
        let mut body = json!({ "code": code["code"], "matchNumber": number });
        assert_eq!(
            said(&scene.phone.post("/api/qr-auth/confirm", body.clone()).await),
            (403, "password_required".into())
        );
        body["password"] = json!(make::PASSWORD);
        assert_eq!(scene.phone.post("/api/qr-auth/confirm", body).await.status, 200);
        assert_eq!(step(&mut computer, "claim", &code).await.status, 200);
        // From then on it is a network from which its owner came in.
        let again = computer.post("/api/qr-auth/generate", json!({})).await.value();
        let scanned = step(&mut scene.phone, "scanning", &again).await.value();
        assert_eq!(
            (&scanned["requester"]["newPlace"], &scanned["needsPassword"]),
            (&json!(false), &json!(false)),
            "{scanned}"
        );
    })
    .await;
}
