//! Signing in: the password is checked, a session begins, the one idle longest may end, the history
//! and the mail about a new device are written; all in one transaction.

use super::{
    Sessions,
    cache::{SESSION_BEGUN, SESSION_ENDED},
    history,
    limits::{Admitted, Known},
    model::{Method, Reason},
    notices::{self, NewDevice},
    store::{self, NewSession},
    store_attempt,
    tokens::{self, Subject, TokenPair},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    account::{self, model::Account},
    platform::{
        base::{
            address::Address,
            clock::Timestamp,
            error::{Error, Result},
            keys::{random_token, token_hash},
            mailbox,
        },
        data::{db::Tx, events::Event},
        web::extract::Visitor,
    },
    session::codes,
};

/// What the one who signs in keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// An API client: access and refresh token.
    Tokens,
    /// A browser: a cookie.
    Cookie,
    /// Either: who collects a sign-in by QR code.
    Both,
}

/// A session that has begun.
pub struct SignedIn {
    pub account: Account,
    pub session: i64,
    /// For `Keep::Tokens` and `Keep::Both`.
    pub tokens: Option<TokenPair>,
    /// For `Keep::Cookie`: the cookie's value, and that of the cookie that marks the browser.
    pub cookie: Option<String>,
    pub device_key: Option<String>,
}

/// E-mail and password.
#[derive(Default, Deserialize, ToSchema)]
pub struct Credentials {
    #[serde(default)]
    #[schema(required = true, min_length = 1, example = "artem@example.ru")]
    pub email: String,
    #[serde(default)]
    #[schema(required = true, min_length = 1, example = "кот ест рыбу на крыше")]
    pub password: String,
}

impl Credentials {
    /// Whether there is something to try.
    pub fn check(&self) -> Result<()> {
        let missing = |error: Error, field, text: &str| {
            if text.trim().is_empty() { error.field(field, "field-required") } else { error }
        };
        missing(missing(Error::invalid(), "email", &self.email), "password", &self.password).or_ok()
    }
}

/// Signs in with e-mail and password. An unknown e-mail and a wrong password answer the same, in the
/// same time.
pub async fn with_password(sessions: &Sessions, who: &Credentials, visitor: &Visitor, keep: Keep) -> Result<SignedIn> {
    who.check()?;
    let Credentials { email, password } = who;
    let account = account::store::by_email(&sessions.db, email).await?;
    let admitted = admit(sessions, account.as_ref(), email, visitor).await?;
    let right = account::actions::prove(&sessions.accounts, admitted.turn, account.as_ref(), password).await;
    let account = match (account, right) {
        // Nothing was tried.
        (_, Err(error)) => {
            sessions.limits.give_back(admitted);
            return Err(error);
        }
        (Some(account), Ok(true)) => account,
        (account, _) => {
            history::failed(sessions, account.map(|a| a.id), Method::Password, Reason::WrongPassword, visitor).await?;
            return Err(Error::unauthorized(codes::INVALID_CREDENTIALS));
        }
    };
    if account.blocked_at.is_some() {
        history::failed(sessions, Some(account.id), Method::Password, Reason::Blocked, visitor).await?;
        return Err(Error::forbidden(codes::ACCOUNT_BLOCKED));
    }
    sessions.limits.give_back(admitted);
    begin(sessions, account.id, Method::Password, visitor, keep).await
}

/// Takes a try from the budget that is this visitor's on this account.
async fn admit(sessions: &Sessions, account: Option<&Account>, email: &str, visitor: &Visitor) -> Result<Admitted> {
    // An account has one budget, however its address is spelt.
    let key = account.map_or_else(|| mailbox::key(email), |account| account.id.to_string());
    let browser = visitor.device_key.as_deref().map(token_hash);
    let user = account.map_or(0, |account| account.id);
    let address = visitor.address.to_string();
    let (by_browser, by_address) =
        store_attempt::knows(&sessions.db, user, &address, browser.as_deref().unwrap_or_default()).await?;
    let known = match browser {
        Some(hash) if by_browser => Known::Browser(hash),
        _ if by_address && visitor.address != Address::UNKNOWN => Known::Address,
        _ => Known::No,
    };
    sessions.limits.admit(key, visitor.address, known)
}

/// Who comes in, how, and what the session may do at first.
#[derive(Clone, Copy)]
pub struct Entry {
    pub user: i64,
    pub method: Method,
    pub keep: Keep,
    /// The session that approved this one, which is not ended to make room; 0 = none.
    pub approved_by: i64,
    /// Until when the session has limited rights.
    pub unconfirmed_until: Option<Timestamp>,
}

/// Begins a session for somebody who has proven who they are.
pub async fn begin(sessions: &Sessions, user: i64, method: Method, visitor: &Visitor, keep: Keep) -> Result<SignedIn> {
    let mut tx = sessions.db.begin().await?;
    let entry = Entry { user, method, keep, approved_by: 0, unconfirmed_until: None };
    let signed_in = begin_in(sessions, &mut tx, entry, visitor).await?;
    tx.commit().await?;
    tracing::info!(user, session = signed_in.session, method = method.as_str(), "signed in");
    Ok(signed_in)
}

/// The same as part of what proved it.
pub async fn begin_in(sessions: &Sessions, tx: &mut Tx, entry: Entry, visitor: &Visitor) -> Result<SignedIn> {
    let (user, now) = (entry.user, sessions.clock.now());
    // The lock on the account makes parallel sign-ins count each other's sessions.
    let account = account::store::lock(tx, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    if account.blocked_at.is_some() {
        return Err(Error::forbidden(codes::ACCOUNT_BLOCKED));
    }
    let cookie_secret = (entry.keep != Keep::Tokens).then(random_token);
    let end_link = random_token();
    let session = insert(sessions, tx, entry, visitor, cookie_secret.as_deref(), &end_link).await?;
    tx.emit(Event { kind: SESSION_BEGUN, id: session, user });
    let evicted = store::evict(tx, user, [session, entry.approved_by], sessions.settings.limit.0, now).await?;
    for ended in &evicted {
        tx.emit(Event { kind: SESSION_ENDED, id: *ended, user });
    }
    // A computer that a phone let in proved nothing yet by which to know it again.
    let is_browser = entry.keep != Keep::Tokens && entry.method != Method::Qr;
    let device_key = is_browser.then(|| visitor.device_key.clone().unwrap_or_else(random_token));
    let known = is_known(tx, user, visitor, device_key.as_deref(), now).await?;
    let reason = (!evicted.is_empty()).then_some(Reason::SessionLimit);
    history::succeeded(sessions, tx, user, entry.method, reason, visitor).await?;
    if !known || entry.method == Method::Qr {
        notices::new_device(
            sessions,
            tx,
            &account,
            NewDevice { session, method: entry.method, end_link: &end_link },
            visitor,
        )
        .await?;
    }
    let tokens = match entry.keep {
        Keep::Tokens | Keep::Both => Some(first_tokens(sessions, tx, &account, session).await?),
        Keep::Cookie => None,
    };
    account::store::set_signed_in(tx, user, now).await?;
    let cookie = cookie_secret.map(|secret| tokens::cookie(session, &secret));
    Ok(SignedIn { account, session, tokens, cookie, device_key })
}

async fn insert(
    sessions: &Sessions,
    tx: &mut Tx,
    entry: Entry,
    visitor: &Visitor,
    cookie_secret: Option<&str>,
    end_link: &str,
) -> Result<i64> {
    let now = sessions.clock.now();
    let cookie_hash = cookie_secret.map(token_hash);
    let row = NewSession {
        user: entry.user,
        method: entry.method.as_str(),
        ip_address: &visitor.address.to_string(),
        user_agent: &visitor.user_agent,
        device_type: visitor.client.kind.as_str(),
        device: &visitor.client.device,
        browser: &visitor.client.browser,
        os: &visitor.client.os,
        location: &visitor.place.to_json(),
        cookie_hash: cookie_hash.as_deref(),
        end_link_hash: &token_hash(end_link),
        unconfirmed_until: entry.unconfirmed_until,
        proven_at: if entry.method == Method::Qr { Timestamp(0) } else { now },
        now,
        expires_at: now.plus(sessions.settings.idle().min(sessions.settings.absolute())),
    };
    Ok(store::insert(tx, &row).await?)
}

/// Whether the device was seen before, by its cookie or by its address and kind. The very first
/// sign-in is no news to its owner.
async fn is_known(tx: &mut Tx, user: i64, visitor: &Visitor, device_key: Option<&str>, now: Timestamp) -> Result<bool> {
    let by_cookie = match device_key {
        Some(key) => store_attempt::remember_device(tx, user, &token_hash(key), now).await?,
        None => false,
    };
    let by_place = store_attempt::was_here(tx, user, &visitor.address.to_string(), &visitor.client.device).await?;
    let by_place = by_place.map(|was| was && visitor.address != Address::UNKNOWN);
    Ok(by_cookie || by_place.unwrap_or(true))
}

async fn first_tokens(sessions: &Sessions, tx: &mut Tx, account: &Account, session: i64) -> Result<TokenPair> {
    let now = sessions.clock.now();
    let subject = Subject { user: account.id, session, role: account.role.as_str() };
    let refresh = tokens::refresh(&sessions.keys, subject, now, now.plus(sessions.settings.absolute()))?;
    store::set_token(tx, account.id, session, &token_hash(&refresh)).await?;
    pair(sessions, subject, refresh)
}

/// An access token to go with a refresh token.
pub fn pair(sessions: &Sessions, subject: Subject, refresh_token: String) -> Result<TokenPair> {
    let now = sessions.clock.now();
    let life = sessions.settings.access();
    let token = tokens::access(&sessions.keys, subject, now, now.plus(life))?;
    Ok(TokenPair { token, refresh_token, expires_in: life.as_secs() })
}
