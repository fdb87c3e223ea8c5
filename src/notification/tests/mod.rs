//! Notifications, by page and by JSON, on both databases.

mod api;
mod live;
mod mails;
mod pages;
mod push;
mod qr_request;
mod service;
mod settings;

use crate::{
    account::model::Account,
    notification::{
        actions,
        model::{Facts, Kind, NewNotice},
    },
    testing::TestApp,
};

/// Facts as the ticket slice gives them.
fn facts(excerpt: &str) -> Facts {
    Facts {
        title: "Сервер не отвечает".into(),
        author: "Мария Ковалёва".into(),
        excerpt: excerpt.into(),
        ..Facts::default()
    }
}

fn notice<'a>(user: i64, kind: Kind, key: &'a str, ticket: i64) -> NewNotice<'a> {
    NewNotice { to: vec![user], kind, key, ticket: Some(ticket), staff_only: false, author: None, facts: facts(key) }
}

async fn tell(app: &TestApp, new: &NewNotice<'_>) {
    let notifications = &app.app.notifications;
    let mut tx = notifications.db.begin().await.unwrap();
    actions::notify(notifications, &mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
}

/// A reply in ticket 7.
async fn reply(app: &TestApp, to: &Account, key: &str) {
    tell(app, &notice(to.id, Kind::TicketReply, key, 7)).await;
}
