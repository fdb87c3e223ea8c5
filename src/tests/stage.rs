//! A session in a state, with everything that an act can be done to.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::table::{Outcome, Row, State};
use crate::{
    platform::{
        base::actor::Role,
        outbox::jobs::{Job, NotDone},
    },
    testing::{Answer, Client, TestApp, make},
};

pub struct Stage {
    pub client: Client,
    values: Vec<(&'static str, String)>,
}

/// A delivery that was given up.
async fn delivery(app: &TestApp, n: usize) {
    let platform = &app.app.platform;
    platform.jobs.on("broken", |_: Value| async { Err(NotDone::Failed("550 no such user".into())) });
    let mut tx = platform.db.begin().await.unwrap();
    platform
        .jobs
        .enqueue(&mut tx, &format!("broken-{n}"), &Job::task("broken", "x@example.ru", &json!({})))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.mails_to("nobody").await;
}

/// An administrator's session that a QR code opened.
async fn by_code(app: &TestApp, phone: &mut Client, page: bool) -> Client {
    let mut computer = app.client();
    let code = computer.post("/api/qr-auth/generate", json!({})).await.value()["code"].clone();
    assert_eq!(phone.post("/api/qr-auth/confirm", json!({ "code": code })).await.status, 200);
    let tokens = computer.post("/api/qr-auth/claim", json!({ "code": code })).await.value();
    if page { computer } else { app.client().bearer(tokens["token"].as_str().unwrap()) }
}

impl Stage {
    /// An administrator's session in this state, of a browser or of a program; `n` makes it unlike others.
    pub async fn new(app: &TestApp, n: usize, state: State, page: bool) -> Self {
        let admin = make::account(app, &format!("admin{n}"), Role::Admin).await;
        let user = make::account(app, &format!("user{n}"), Role::Customer).await;
        let (mut phone, _) = make::program(app, &admin).await;
        make::program(app, &user).await;
        delivery(app, n).await;
        let mut client = match (state, page) {
            (State::Unconfirmed, _) => by_code(app, &mut phone, page).await,
            (_, true) => make::browser(app, &admin).await,
            (_, false) => make::program(app, &admin).await.0,
        };
        if state == State::Proven {
            app.pass(Duration::from_secs(601));
        }
        let sessions = client.get("/api/sessions").await.value();
        let of = |own: bool| {
            sessions.as_array().unwrap().iter().find(|one| one["isCurrent"] == own).unwrap()["id"].to_string()
        };
        let key = client.get("/api/notifications/vapid-key").await.value()["publicKey"].as_str().unwrap().to_owned();
        let failed = client.get("/api/admin/deliveries").await.value()["deliveries"][0]["id"].to_string();
        let values = vec![
            ("{other}", of(false)),
            ("{own}", of(true)),
            ("{user}", user.id.to_string()),
            ("{delivery}", failed),
            ("{key}", key),
            ("{n}", n.to_string()),
            ("{none}", "999999".to_owned()),
        ];
        Self { client, values }
    }

    fn put(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    pub fn path(&self, row: &Row) -> String {
        self.put(row.path())
    }

    /// What the form of a row holds.
    fn fields(&self, row: &Row) -> Vec<(String, String)> {
        let body = self.put(row.body);
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub async fn send(&mut self, row: &Row) -> Answer {
        let path = self.path(row);
        if row.is_page() {
            let fields = self.fields(row);
            return self.post(&path, &fields).await;
        }
        match self.put(row.body).as_str() {
            "" => self.client.send(row.method().parse().unwrap(), &path, None, axum::body::Body::empty()).await,
            body => {
                self.client
                    .json(row.method().parse::<Method>().unwrap(), &path, serde_json::from_str(body).unwrap())
                    .await
            }
        }
    }

    async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Answer {
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.client.form(path, &pairs).await
    }

    /// Gives the password where it is asked for, a wrong one first, and gets the act done.
    pub async fn prove(&mut self, row: &Row, asked: &Answer) -> Answer {
        if !row.is_page() {
            let wrong = self.client.post("/api/auth/prove", json!({ "password": "not the password" })).await;
            assert_eq!(
                (wrong.status.as_u16(), &wrong.value()["code"]),
                (403, &json!("password_wrong")),
                "{}",
                row.call
            );
            let right = self.client.post("/api/auth/prove", json!({ "password": make::PASSWORD })).await;
            assert!(right.status == 200 && right.value()["provenUntil"].is_string(), "{}", right.text);
            return self.send(row).await;
        }
        let mut fields = self.asked(row, asked);
        fields.insert("proofPassword".into(), "not the password".into());
        let wrong = self.post(&self.path(row), &fields.into_iter().collect::<Vec<_>>()).await;
        assert_eq!(
            (wrong.status.as_u16(), wrong.count("#proof-password-error")),
            (403, 1),
            "{}: {}",
            row.call,
            wrong.text
        );
        let mut fields = self.asked(row, &wrong);
        fields.insert("proofPassword".into(), make::PASSWORD.into());
        self.post(&self.path(row), &fields.into_iter().collect::<Vec<_>>()).await
    }

    /// The form of the page that asks: it goes to where the act went, and nothing typed is lost.
    fn asked(&self, row: &Row, page: &Answer) -> std::collections::BTreeMap<String, String> {
        let fields = page.form(&self.path(row)).unwrap_or_else(|| panic!("{}: no form: {}", row.call, page.text));
        for (name, value) in self.fields(row) {
            assert_eq!(fields.get(&name), Some(&value), "{}: {name} was typed", row.call);
        }
        assert_eq!(fields.get("proofPassword").map(String::as_str), Some(""), "{}: never shown again", row.call);
        fields
    }
}

/// What an answer says.
pub fn outcome(row: &Row, answer: &Answer) -> Outcome {
    let code =
        if row.is_page() { String::new() } else { answer.value()["code"].as_str().unwrap_or_default().to_owned() };
    let asks = code == "proof_required" || row.is_page() && answer.count("input[name=proofPassword]") > 0;
    match answer.status.as_u16() {
        403 if asks => Outcome::AsksPassword,
        422 if row.done == 422 => Outcome::AsksPassword,
        403 => Outcome::Refused,
        _ => Outcome::Done,
    }
}
