//! Mails about a ticket. A burst is one mail: it waits until nothing more comes for a while. Then what
//! nobody has read meanwhile is taken, once, and sent as a job of its own, so
//! that a crash at any point sends the same mail under the same `Message-ID`, or none twice.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{
    Notifications, mails,
    model::Notice,
    store, store_settings, unsubscribing,
    words::{self, Said},
};
use crate::{
    account::{self, model::Account},
    platform::{
        base::{clock::Timestamp, error::Result},
        data::db::Tx,
        outbox::{
            jobs::{Job, NotDone, Outcome},
            mail::Mail,
        },
    },
};

pub const COLLECT: &str = "digest";
pub const SEND: &str = "digest_mail";

#[derive(Serialize, Deserialize)]
pub struct Collect {
    user: i64,
    ticket: i64,
}

#[derive(Serialize, Deserialize)]
pub struct Send {
    user: i64,
    notices: Vec<i64>,
    mail: Mail,
}

/// Asks for a mail about this ticket, soon.
pub async fn ask(notifications: &Notifications, tx: &mut Tx, user: i64, ticket: i64) -> Result<()> {
    let job = Job::task(COLLECT, &user.to_string(), &Collect { user, ticket });
    let (wait, most) = (notifications.settings.mail_wait(), notifications.settings.mail_wait_most());
    Ok(notifications.jobs.debounce(tx, &format!("digest-{user}-{ticket}"), &job, wait, most).await?)
}

/// Writes the mail, unless everything has been read in the portal.
pub async fn collect(notifications: Notifications, task: Collect) -> Outcome {
    let (db, now) = (&notifications.db, notifications.clock.now());
    let Some(account) = reader(&notifications, task.user).await? else { return Ok(()) };
    if let Some(hours) = store_settings::quiet_hours(db, task.user).await?
        && let Some(end) = hours.end(now, &account.timezone)
    {
        return Err(NotDone::NotBefore(end));
    }
    let since = account::store_address::any_set_at(db, task.user).await?.flatten();
    let said = words::waiting(&notifications, &account, task.ticket).await?;
    let mut tx = db.begin().await?;
    let notices = store::take_for_mail(&mut tx, task.user, task.ticket, account.role.is_staff(), now).await?;
    if notices.iter().any(|notice| !said.contains_key(&notice.message_key)) {
        // One more has come meanwhile: all is taken the next time.
        return Err(NotDone::NotBefore(now));
    }
    if !notices.is_empty() {
        let send = Send {
            user: task.user,
            notices: notices.iter().map(|notice| notice.id).collect(),
            mail: write(&notifications, (&account, since), task.ticket, &notices, said)?,
        };
        let job = Job::task(SEND, &account.email, &send);
        notifications.jobs.enqueue(&mut tx, &send.mail.message_id, &job).await?;
    }
    Ok(tx.commit().await?)
}

/// Sends it, if it is still wanted, and if its reader may still read each part of it and has the address still.
/// What is left otherwise is written into another one.
pub async fn send(notifications: Notifications, task: Send) -> Outcome {
    let Some(account) = reader(&notifications, task.user).await? else { return Ok(()) };
    let (db, user) = (&notifications.db, task.user);
    let written = store::some(db, user, true, &task.notices).await?;
    let readable = store::some(db, user, account.role.is_staff(), &task.notices).await?;
    if readable.iter().all(|notice| notice.read_at.is_some()) {
        return Ok(());
    }
    if readable.len() == written.len() && task.mail.to == account.email {
        return notifications.mailer.send(&task.mail).await;
    }
    let mut tx = db.begin().await?;
    for notice in &readable {
        store::put_back(&mut tx, user, notice.id).await?;
    }
    if let Some(ticket) = readable.first().and_then(|notice| notice.ticket_id) {
        ask(&notifications, &mut tx, user, ticket).await?;
    }
    Ok(tx.commit().await?)
}

async fn reader(notifications: &Notifications, user: i64) -> std::result::Result<Option<Account>, sqlx::Error> {
    let account = account::store::by_id(&notifications.db, user).await?;
    Ok(account.filter(|account| account.blocked_at.is_none()))
}

fn write(
    notifications: &Notifications,
    (account, since): (&Account, Option<Timestamp>),
    ticket: i64,
    notices: &[Notice],
    said: HashMap<String, Option<Said>>,
) -> std::result::Result<Mail, NotDone> {
    let mut kinds: Vec<_> = notices.iter().map(|notice| notice.kind).collect();
    kinds.sort();
    kinds.dedup();
    let unsubscribe = unsubscribing::link(notifications, account.id, since, &kinds);
    let messages = mails::messages(account, notices, said);
    let title = notices.last().map(|last| last.facts().title).unwrap_or_default();
    let rendered = mails::of_ticket(notifications, account, (ticket, title), messages, &unsubscribe)?;
    Ok(Mail {
        to: account.email.clone(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        message_id: crate::platform::outbox::mail::new_id(),
        thread: Some(format!("ticket-{ticket}")),
        unsubscribe: Some(unsubscribe),
    })
}
