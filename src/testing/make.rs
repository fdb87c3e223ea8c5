//! People and sessions for tests.

use serde_json::json;

use super::{Client, TestApp};
use crate::{
    account::{
        actions::{Registration, create},
        model::Account,
    },
    platform::base::{actor::Role, i18n::Lang},
};

pub const PASSWORD: &str = "кот ест рыбу на крыше";

/// An account whose e-mail is `name@example.ru`.
pub async fn account(app: &TestApp, name: &str, role: Role) -> Account {
    let new = Registration {
        username: format!("Имя {name}"),
        email: format!("{name}@example.ru"),
        password: PASSWORD.into(),
    };
    create(&app.app.accounts, &new, role, Lang::Ru).await.unwrap()
}

/// A program signed in as this account, and its tokens.
pub async fn program(app: &TestApp, account: &Account) -> (Client, serde_json::Value) {
    let answer = app.client().post("/api/auth/login", json!({ "email": account.email, "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let tokens = answer.value();
    (app.client().bearer(tokens["token"].as_str().unwrap()), tokens)
}

/// A browser signed in as this account.
pub async fn browser(app: &TestApp, account: &Account) -> Client {
    let mut client = app.client();
    let answer = client.fill("/login", "/login", &[("email", &account.email), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    client
}
