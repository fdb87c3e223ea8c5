//! Push messages: one job for each device, so that one that cannot be reached holds up no other.

use serde::{Deserialize, Serialize};

use super::{
    Notifications,
    model::{Kind, Notice},
    store, store_push, store_settings, texts,
};
use crate::{
    account::{self, model::Account},
    platform::{
        base::{error::Result, i18n::Lang, public_id::PublicId},
        data::db::Tx,
        outbox::{
            jobs::{Job, NotDone, Outcome},
            push::{Device, Message, Sent},
        },
    },
};

pub const TASK: &str = "push";
/// One message to one device.
#[derive(Serialize, Deserialize)]
pub struct Push {
    user: i64,
    notice: i64,
    subscription: i64,
    /// Where it leads, if not to the page that the notification is about.
    url: Option<String>,
}

/// Asks for the messages, each a (reader, notification), to each of their readers' devices.
pub async fn ask(notifications: &Notifications, tx: &mut Tx, to: &[(i64, i64)], url: Option<&str>) -> Result<()> {
    let users: Vec<i64> = to.iter().map(|(user, _)| *user).collect();
    for (user, subscription) in store_push::any_ids(tx, &users).await? {
        let Some((_, notice)) = to.iter().find(|(reader, _)| *reader == user).copied() else { continue };
        let push = Push { user, notice, subscription, url: url.map(str::to_owned) };
        let key = format!("push-{notice}-{subscription}");
        notifications.jobs.enqueue(tx, &key, &Job::task(TASK, &user.to_string(), &push)).await?;
    }
    Ok(())
}

/// Sends one, if it is still wanted: its reader may have read it, been blocked or lost a role since.
pub async fn send(notifications: Notifications, push: Push) -> Outcome {
    let (db, now) = (&notifications.db, notifications.clock.now());
    let Some(account) = account::store::by_id(db, push.user).await?.filter(|account| account.blocked_at.is_none())
    else {
        return Ok(());
    };
    let notice = store::find(db, push.user, account.role.is_staff(), push.notice).await?;
    let is_over =
        |notice: &Notice| notice.kind == Kind::QrRequest && now >= notice.created_at.plus(notice.kind.push_life());
    let Some(notice) = notice.filter(|notice| notice.read_at.is_none() && !is_over(notice)) else { return Ok(()) };
    let Some(device) = store_push::find(db, push.user, push.subscription).await? else { return Ok(()) };
    if !notice.kind.is_security()
        && let Some(hours) = store_settings::quiet_hours(db, push.user).await?
        && let Some(end) = hours.end(now, &account.timezone)
    {
        return Err(NotDone::NotBefore(end));
    }
    let topic = notice.ticket_id.map(|ticket| format!("ticket-{ticket}"));
    let text = payload(&account, &notice, notice.number(&db.seal), push.url.as_deref());
    let message = Message {
        text: &text,
        ttl: notice.kind.push_life(),
        urgent: notice.kind.is_security(),
        topic: topic.as_deref(),
    };
    let to = Device { endpoint: &device.endpoint, p256dh: &device.p256dh, auth: &device.auth };
    let sent = notifications.push.send(db, &notifications.keys, now, &to, &message).await;
    let mut tx = db.begin().await?;
    match &sent {
        Ok(Sent::Taken) => store_push::note(&mut tx, push.user, push.subscription, Some(now)).await?,
        Ok(Sent::Gone) => store_push::delete(&mut tx, push.user, push.subscription).await?,
        Err(_) => store_push::note(&mut tx, push.user, push.subscription, None).await?,
    }
    tx.commit().await?;
    sent.map(|_| ())
}

/// What the service worker shows. Messages about one ticket replace each other.
fn payload(account: &Account, notice: &Notice, number: PublicId, url: Option<&str>) -> String {
    let lang = Lang::from_code(&account.language).unwrap_or_default();
    let facts = notice.facts();
    serde_json::json!({
        "title": texts::title(lang, notice.kind, &facts),
        "body": texts::body(lang, notice.kind, &facts),
        "url": url.map_or_else(|| notice.url(), str::to_owned),
        "tag": notice.ticket_id.map_or_else(|| format!("notice-{number}"), |ticket| format!("ticket-{ticket}")),
        "id": number,
        "lang": lang.code(),
    })
    .to_string()
}
