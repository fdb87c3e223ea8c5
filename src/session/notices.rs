//! Tells an account's owner, by mail and by a notification, what happened to it, as part of what happened.

use super::{
    Sessions,
    mails::{AccessMail, AddressMail, FailuresMail, NewDeviceMail, PasswordChangedMail, ResetMail, TokenReuseMail},
    model::{AccessChange, Method},
};
use crate::{
    account::model::Account,
    platform::{
        base::{
            error::{Error, Result},
            i18n::Lang,
            mailbox,
            user_agent::localised,
        },
        data::db::Tx,
        outbox::{
            jobs::Job,
            mail::{self, Mail},
            notices::{self, Notice},
        },
        web::{
            extract::Visitor,
            ui::{MailFrame, RenderedMail},
        },
    },
};

/// Which session to tell of: how it was opened, and the secret of the link that ends it.
pub struct NewDevice<'a> {
    pub session: i64,
    pub method: Method,
    pub end_link: &'a str,
}

/// A sign-in from a device not seen before, or by QR code, with a link that ends its session.
pub async fn new_device(
    sessions: &Sessions,
    tx: &mut Tx,
    account: &Account,
    new: NewDevice<'_>,
    visitor: &Visitor,
) -> Result<()> {
    let frame = frame(sessions, account);
    let russian = frame.lang.is_russian();
    let mail = NewDeviceMail {
        device: format!(
            "{} · {}",
            localised(&visitor.client.device, russian),
            localised(&visitor.client.browser, russian)
        ),
        place: visitor.place.name(russian),
        ip: visitor.address.name(frame.lang),
        when: now(sessions, account),
        end_url: format!("{}/sessions/not-me?token={}", sessions.base_url, new.end_link),
        by_qr: new.method == Method::Qr,
        frame,
    };
    let notice = Notice {
        user: account.id,
        kind: if new.method == Method::Qr { "qr_approval" } else { "sign_in" }.into(),
        key: format!("session-{}", new.session),
        facts: serde_json::json!({
            "device": visitor.client.device,
            "browser": visitor.client.browser,
            "place": visitor.place.to_json(),
        }),
        // One tap on the message leads to the question whether to end the session (qr_03).
        url: Some(format!("/sessions/not-me?token={}", new.end_link)),
        until: None,
    };
    notices::tell(&sessions.jobs, tx, &notice).await?;
    send(sessions, tx, account, &format!("new-device-{}", new.session), mail.render()).await
}

/// A one-time link that sets a new password.
pub async fn reset_password(
    sessions: &Sessions,
    tx: &mut Tx,
    account: &Account,
    reset: i64,
    token: &str,
) -> Result<()> {
    let reset_url = format!("{}/reset?token={token}", sessions.base_url);
    let mail = ResetMail { frame: frame(sessions, account), reset_url, minutes: 30 };
    send(sessions, tx, account, &format!("reset-{reset}"), mail.render()).await
}

pub async fn password_changed(sessions: &Sessions, tx: &mut Tx, account: &Account, visitor: &Visitor) -> Result<()> {
    let frame = frame(sessions, account);
    let mail = PasswordChangedMail {
        when: now(sessions, account),
        ip: visitor.address.name(frame.lang),
        forgot_url: format!("{}/forgot", sessions.base_url),
        frame,
    };
    // Each change is a message of its own.
    let key = format!("password-changed-{}-{}", account.id, crate::platform::base::keys::random_token());
    send(sessions, tx, account, &key, mail.render()).await
}

/// A session was ended because its old refresh token came back (ASVS 6.3.5).
pub async fn token_reuse(
    sessions: &Sessions,
    tx: &mut Tx,
    account: &Account,
    session: i64,
    visitor: &Visitor,
) -> Result<()> {
    let frame = frame(sessions, account);
    let mail = TokenReuseMail {
        when: now(sessions, account),
        ip: visitor.address.name(frame.lang),
        forgot_url: format!("{}/forgot", sessions.base_url),
        frame,
    };
    send(sessions, tx, account, &format!("token-reuse-{session}"), mail.render()).await
}

/// What another did to the account's access (ASVS 6.3.7).
pub async fn access_changed(sessions: &Sessions, tx: &mut Tx, account: &Account, change: AccessChange) -> Result<()> {
    // Each change is a message of its own.
    let key = format!("access-{}-{}", account.id, crate::platform::base::keys::random_token());
    let role = if let AccessChange::Role(role) = change { role.as_str() } else { "" };
    let facts = serde_json::json!({ "status": change.as_str(), "role": role });
    let notice =
        Notice { user: account.id, kind: "account_access".into(), key: key.clone(), facts, url: None, until: None };
    notices::tell(&sessions.jobs, tx, &notice).await?;
    let mail = AccessMail { frame: frame(sessions, account), change, when: now(sessions, account) };
    send(sessions, tx, account, &key, mail.render()).await
}

/// Another gave the account another address: both are told (ASVS 6.3.7), a mailbox once. `account` is as it
/// was.
pub async fn address_changed(sessions: &Sessions, tx: &mut Tx, account: &Account, new: &str) -> Result<()> {
    let key = format!("access-{}-{}", account.id, crate::platform::base::keys::random_token());
    let facts = serde_json::json!({ "status": "email" });
    let notice =
        Notice { user: account.id, kind: "account_access".into(), key: key.clone(), facts, url: None, until: None };
    notices::tell(&sessions.jobs, tx, &notice).await?;
    let told: &[(&str, bool)] = match mailbox::key(new) == mailbox::key(&account.email) {
        true => &[(new, true)],
        false => &[(&account.email, false), (new, true)],
    };
    for &(to, to_new) in told {
        let mail = AddressMail {
            old: account.email.clone(),
            new: new.to_owned(),
            to_new,
            when: now(sessions, account),
            frame: frame(sessions, account),
        };
        send_to(sessions, tx, to, &format!("{key}-{to_new}"), mail.render()).await?;
    }
    Ok(())
}

/// Wrong passwords in a row, at most once a day (ASVS 6.3.5): nobody can fill a mailbox by guessing.
pub async fn failures(sessions: &Sessions, tx: &mut Tx, account: &Account, visitor: &Visitor) -> Result<()> {
    let key = format!("failures-{}-{}", account.id, sessions.clock.now().seconds() / 86_400);
    let frame = frame(sessions, account);
    let russian = frame.lang.is_russian();
    let (device, browser) = (&visitor.client.device, &visitor.client.browser);
    let facts = serde_json::json!({
        "status": "failures", "device": device, "browser": browser, "place": visitor.place.to_json(),
    });
    let notice =
        Notice { user: account.id, kind: "account_access".into(), key: key.clone(), facts, url: None, until: None };
    notices::tell(&sessions.jobs, tx, &notice).await?;
    let mail = FailuresMail {
        device: format!("{} · {}", localised(device, russian), localised(browser, russian)),
        place: visitor.place.name(russian),
        ip: visitor.address.to_string(),
        when: now(sessions, account),
        forgot_url: format!("{}/forgot", sessions.base_url),
        frame,
    };
    send(sessions, tx, account, &key, mail.render()).await
}

fn frame(sessions: &Sessions, account: &Account) -> MailFrame {
    MailFrame {
        lang: Lang::from_code(&account.language).unwrap_or_default(),
        site: sessions.site_name.clone(),
        url: sessions.base_url.clone(),
        brand: sessions.assets.brand().clone(),
        username: account.username.clone(),
    }
}

fn now(sessions: &Sessions, account: &Account) -> String {
    Lang::from_code(&account.language).unwrap_or_default().moment(sessions.clock.now().0, &account.timezone)
}

async fn send(
    sessions: &Sessions,
    tx: &mut Tx,
    account: &Account,
    key: &str,
    rendered: askama::Result<RenderedMail>,
) -> Result<()> {
    send_to(sessions, tx, &account.email, key, rendered).await
}

async fn send_to(
    sessions: &Sessions,
    tx: &mut Tx,
    to: &str,
    key: &str,
    rendered: askama::Result<RenderedMail>,
) -> Result<()> {
    let RenderedMail { subject, text, html } = rendered.map_err(Error::internal)?;
    let mail = Mail { to: to.to_owned(), subject, text, html, message_id: mail::new_id(), ..Mail::default() };
    Ok(sessions.jobs.enqueue(tx, key, &Job::Mail(mail)).await?)
}
