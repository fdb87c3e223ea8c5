use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    notice,
    service::{Device, PushService, trial},
    tell,
};
use crate::{
    notification::model::{Channel, Kind},
    platform::base::actor::Role,
    testing::{Client, TestApp, engines::*, make},
};

const PATH: &str = "/api/notifications/settings";
const PAGE: &str = "/dashboard/settings/notifications";

async fn set(client: &mut Client, kind: Kind, channel: Channel, on: bool) {
    let change = json!({ "kinds": { kind.as_str(): { channel.as_str(): on } } });
    let answer = client.json(Method::PUT, PATH, change).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_goes_by_the_ways_that_are_on(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let (app, service) = (trial(database).await, PushService::start().await);
        let maria = make::account(&app, "maria", Role::Operator).await;
        // Longer than an access token lives.
        let mut client = make::browser(&app, &maria).await;
        Device::at(&service, "one").join(&mut client).await;
        for kind in Kind::ALL {
            client.post("/api/auth/prove", json!({ "password": make::PASSWORD })).await;
            for off in [None, Some(Channel::InApp), Some(Channel::Mail), Some(Channel::Push)] {
                for channel in Channel::ALL.into_iter().filter(|channel| kind.rule(*channel).is_choice()) {
                    set(&mut client, kind, channel, Some(channel) != off).await;
                }
                let (listed, mails) = (total(&mut client).await, app.mails_to(&maria.email).await.len());
                tell(&app, &notice(maria.id, kind, &format!("{kind:?}-{off:?}"), 7)).await;
                app.mails_to("").await;
                let pushed = service.take_all().len();
                app.pass(Duration::from_secs(60));
                let mailed = app.mails_to(&maria.email).await.len() - mails;
                let is_on = |channel| kind.rule(channel).with(Some(off != Some(channel)));
                // The session slice writes the mails about security.
                let expected =
                    (is_on(Channel::InApp), is_on(Channel::Mail) && !kind.is_security(), is_on(Channel::Push));
                let got = (total(&mut client).await - listed == 1, mailed == 1, pushed == 1);
                assert_eq!(got, expected, "{kind:?} without {off:?}");
            }
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_shown_and_changed_in_part(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let maria = make::account(&app, "maria", Role::Operator).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let (mut staff, _) = make::program(&app, &maria).await;
        let shown = client.get(PATH).await.value();
        assert_eq!((&shown["success"], &shown["data"]["quietHours"], &shown["data"]["devices"]), (&json!(true), &Value::Null, &json!(0)));
        let kinds = shown["data"]["kinds"].as_object().unwrap();
        assert_eq!(kinds.keys().collect::<Vec<_>>(), ["ticket_reply", "ticket_status", "ticket_reminder", "sign_in", "qr_approval", "qr_request", "account_access"]);
        assert_eq!(kinds["ticket_reply"], json!({ "inApp": true, "mail": true, "push": true }));
        assert_eq!(staff.get(PATH).await.value()["data"]["kinds"]["ticket_new"]["mail"], false);
        let change = json!({ "kinds": { "ticket_status": { "mail": false } }, "quietHours": { "from": "22:00", "to": "08:00" } });
        let changed = client.json(Method::PUT, PATH, change).await.value();
        assert_eq!(changed["data"]["kinds"]["ticket_status"], json!({ "inApp": true, "mail": false, "push": true }));
        let kept = client.json(Method::PUT, PATH, json!({})).await.value();
        assert_eq!(kept["data"]["quietHours"], json!({ "from": "22:00", "to": "08:00" }));
        assert_eq!(client.json(Method::PUT, PATH, json!({ "quietHours": null })).await.value()["data"]["quietHours"], Value::Null);
        for wrong in [
            json!({ "kinds": { "nonsense": {} } }),
            json!({ "kinds": { "ticket_reply": { "pigeon": true } } }),
            json!({ "kinds": { "sign_in": { "mail": false } } }),
            json!({ "quietHours": { "from": "25:00", "to": "08:00" } }),
            json!({ "quietHours": { "from": "08:00", "to": "08:00" } }),
        ] {
            assert_eq!(client.json(Method::PUT, PATH, wrong.clone()).await.status, 422, "{wrong}");
        }
        assert_eq!(staff.get(PATH).await.value()["data"]["kinds"]["ticket_status"]["mail"], true, "everybody has their own");
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_saves_what_is_ticked(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        let page = browser.get(PAGE).await;
        assert_eq!(
            (page.count("tbody tr"), page.count("input[type=checkbox][checked]"), page.count("input[disabled]")),
            (7, 19, 3)
        );
        let saved = browser
            .form(PAGE, &[("ticket_reply.inApp", "1"), ("quiet", "1"), ("quietFrom", "23:00"), ("quietTo", "07:00")])
            .await;
        assert_eq!(
            (saved.status.as_u16(), saved.header("location")),
            (303, "/dashboard/settings/notifications?saved=true")
        );
        let data = browser.get(PATH).await.value()["data"].clone();
        assert_eq!(data["kinds"]["ticket_reply"], json!({ "inApp": true, "mail": false, "push": false }));
        assert_eq!(
            data["kinds"]["sign_in"],
            json!({ "inApp": false, "mail": true, "push": false }),
            "security mails stay"
        );
        assert_eq!(data["quietHours"], json!({ "from": "23:00", "to": "07:00" }));
        let wrong = browser
            .form(PAGE, &[("ticket_status.mail", "1"), ("quiet", "1"), ("quietFrom", "23:00"), ("quietTo", "23:00")])
            .await;
        assert_eq!(
            (
                wrong.status.as_u16(),
                wrong.count("input[name='ticket_status.mail'][checked]"),
                wrong.count("input[name='ticket_reply.inApp'][checked]")
            ),
            (422, 1, 0)
        );
        assert!(wrong.text.contains("два разных времени"));
    })
    .await;
}

async fn total(client: &mut Client) -> i64 {
    client.get("/api/notifications").await.value()["pagination"]["total"].as_i64().unwrap()
}
