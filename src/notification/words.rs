//! What people wrote, for mails that hold all of it. It is read when the mail is written, as its reader may
//! see it then; whoever keeps it says how.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{Notifications, store};
use crate::{
    account::model::Account,
    platform::base::{error::Result, markdown, workers::Turn},
};

#[async_trait]
pub trait Words: Send + Sync {
    /// The whole text of the message with this key, in its own lines; `None`: there is none, or it is not
    /// for this reader.
    async fn of(&self, notifications: &Notifications, key: &str, reader: &Account) -> Result<Option<String>>;
}

/// A message in full.
pub struct Said {
    pub text: String,
    /// Trusted markup.
    pub html: String,
}

/// What was said in the messages that wait for a mail about this ticket, by their keys.
pub async fn waiting(
    notifications: &Notifications,
    reader: &Account,
    ticket: i64,
) -> Result<HashMap<String, Option<Said>>> {
    let mut texts = Vec::new();
    for key in store::keys_for_mail(&notifications.db, reader.id, ticket).await? {
        let text = match notifications.words.get() {
            Some(words) => words.of(notifications, &key, reader).await?,
            None => None,
        };
        texts.push((key, text));
    }
    let said = |text: String| Said { html: markdown::mail_html(&text), text };
    let make = move || texts.into_iter().map(|(key, text)| (key, text.map(said))).collect();
    notifications.workers.run(Turn::Later, make).await
}
