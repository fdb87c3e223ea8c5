//! QR sign-in, rule by rule (security.md).

mod pages;
mod phone;
mod photo;
mod races;
mod rules;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    account::model::Account,
    platform::base::actor::Role,
    testing::{Answer, Client, TestApp, make},
};

/// An application with one customer, whose phone is signed in.
struct Scene {
    app: TestApp,
    artem: Account,
    phone: Client,
}

impl Scene {
    async fn new(app: TestApp) -> Self {
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (phone, _) = make::program(&app, &artem).await;
        Self { app, artem, phone }
    }

    /// A browser that shows a code, and what it was told.
    async fn computer(&self) -> (Client, Value) {
        let mut computer = self.app.client();
        let answer = computer.post("/api/qr-auth/generate", json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        (computer, answer.value())
    }
}

async fn status(client: &mut Client, code: &Value) -> Answer {
    client.get(&format!("/api/qr-auth/status/{}", code["code"].as_str().unwrap())).await
}

async fn step(client: &mut Client, name: &str, code: &Value) -> Answer {
    client.json(Method::POST, &format!("/api/qr-auth/{name}"), json!({ "code": code["code"] })).await
}

async fn sessions(client: &mut Client) -> Vec<Value> {
    client.get("/api/sessions").await.value().as_array().unwrap().clone()
}

/// Status and code of an answer.
fn said(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.value()["code"].as_str().unwrap_or_default().to_owned())
}
