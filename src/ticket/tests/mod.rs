//! Tickets, rule by rule.

pub mod access;
mod api;
mod files;
mod leaving;
mod lists;
mod live;
mod memory;
mod notes;
mod pages;
mod parts;
mod races;
mod render;
mod search;
mod text;
mod time;
mod transitions;
mod walk;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    account::model::Account,
    platform::base::actor::Role,
    testing::{Answer, Client, Database, TestApp, make},
};

/// An application with a customer, another customer and two operators, each with a program.
struct Desk {
    app: TestApp,
    artem: Client,
    elena: Client,
    maria: Client,
    ilya: Client,
    maria_id: i64,
    ilya_id: i64,
    artem_account: Account,
    maria_account: Account,
}

impl Desk {
    async fn new(database: Database) -> Self {
        Self::of(TestApp::new(database).await).await
    }

    async fn of(app: TestApp) -> Self {
        let artem_account = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        let maria_account = make::account(&app, "maria", Role::Operator).await;
        let ilya = make::account(&app, "ilya", Role::Operator).await;
        let (maria_id, ilya_id) = (maria_account.id, ilya.id);
        Self {
            artem: make::program(&app, &artem_account).await.0,
            elena: make::program(&app, &elena).await.0,
            maria: make::program(&app, &maria_account).await.0,
            ilya: make::program(&app, &ilya).await.0,
            maria_id,
            ilya_id,
            artem_account,
            maria_account,
            app,
        }
    }

    /// A new ticket of Artem's.
    async fn ticket(&mut self) -> i64 {
        create(&mut self.artem, "VPS не отвечает", "После обновления ядра сервер не пингуется").await
    }

    async fn get(&mut self, id: i64) -> Value {
        self.maria.get(&format!("/api/ticket/{id}")).await.value()["ticket"].clone()
    }

    async fn status(&mut self, id: i64) -> String {
        self.get(id).await["status"].as_str().unwrap().to_owned()
    }
}

async fn create(by: &mut Client, title: &str, message: &str) -> i64 {
    let answer = by.post("/api/ticket/create", json!({ "title": title, "message": message })).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.value()["ticket"]["id"].as_i64().unwrap()
}

async fn respond(by: &mut Client, id: i64, message: &str) -> Answer {
    by.post("/api/ticket/respond", json!({ "ticketId": id, "message": message })).await
}

async fn note(by: &mut Client, id: i64, message: &str) -> Answer {
    let answer =
        by.post("/api/ticket/respond", json!({ "ticketId": id, "message": message, "isInternal": true })).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer
}

async fn set(by: &mut Client, id: i64, status: &str) -> Answer {
    by.post("/api/ticket/status", json!({ "ticketId": id, "status": status })).await
}

async fn assign(by: &mut Client, id: i64, operator: Option<i64>) -> Answer {
    by.post("/api/ticket/assign", json!({ "ticketId": id, "operatorId": operator })).await
}

async fn patch(by: &mut Client, id: i64, change: Value) -> Answer {
    by.json(Method::PATCH, &format!("/api/ticket/{id}"), change).await
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.value()["code"].as_str().unwrap_or_default().to_owned())
}
