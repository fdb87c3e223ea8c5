//! The link by which one click ends mails of a sort (RFC 8058). It works without signing in, as long as the
//! account has the address that the mail went to, and can do nothing else: it names whose mails of which kinds,
//! and is signed for this purpose. Opening its page changes nothing, for mail programs open links by themselves; the
//! button does, or the one click of a mail program, which posts to the same address without a page.

use crate::{
    account,
    notification::codes,
    platform::{
        base::{
            clock::Timestamp,
            error::{Error, Result},
        },
        web::{Html, extract::Query, ui::Ui},
    },
};
use axum::{Router, extract::State, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Notifications,
    model::{Channel, Kind},
    store_settings,
    views::UnsubscribePage,
};

pub fn routes() -> OpenApiRouter<Notifications> {
    Router::new().route("/unsubscribe", get(page).post(unsubscribe)).into()
}

const PURPOSE: &str = "unsubscribe";

/// Whose mails, of which kinds.
struct Unsubscription {
    user: i64,
    kinds: Vec<Kind>,
}

/// The link for mails of these kinds to this person, who has the address `since` then.
pub fn link(notifications: &Notifications, user: i64, since: Option<Timestamp>, kinds: &[Kind]) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let claim = format!("{user}.{}", names.join("."));
    let signature = notifications.keys.sign(PURPOSE, &signed(&claim, since));
    format!("{}/unsubscribe?t={claim}.{}", notifications.base_url, URL_SAFE_NO_PAD.encode(signature))
}

/// What the signature is of: the claim and, where the account was given another address, since when it has it.
fn signed(claim: &str, since: Option<Timestamp>) -> String {
    since.map_or_else(|| claim.to_owned(), |at| format!("{claim}@{}", at.0))
}

/// What a link is for.
async fn read(notifications: &Notifications, token: &str) -> Result<Unsubscription> {
    let invalid = || Error::not_found(codes::UNSUBSCRIBE_INVALID);
    let (claim, signature, user, kinds) = parse(token).ok_or_else(invalid)?;
    let since = account::store_address::any_set_at(&notifications.db, user).await?.ok_or_else(invalid)?;
    match notifications.keys.is_signed(PURPOSE, &signed(claim, since), &signature) {
        true => Ok(Unsubscription { user, kinds }),
        false => Err(invalid()),
    }
}

/// The claim, its signature, and what it claims.
fn parse(token: &str) -> Option<(&str, Vec<u8>, i64, Vec<Kind>)> {
    let (claim, signature) = token.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let (user, kinds) = claim.split_once('.')?;
    let kinds = kinds.split('.').filter_map(Kind::parse).filter(|kind| kind.rule(Channel::Mail).is_choice()).collect();
    Some((claim, signature, user.parse().ok()?, kinds))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Token {
    t: String,
}

async fn page(
    State(notifications): State<Notifications>,
    ui: Ui,
    Query(query): Query<Token>,
) -> Result<Html<UnsubscribePage>> {
    let wanted = read(&notifications, &query.t).await?;
    Ok(show(ui, query.t, &wanted, false))
}

/// Ends these mails. Once more is the same.
async fn unsubscribe(
    State(notifications): State<Notifications>,
    ui: Ui,
    Query(query): Query<Token>,
) -> Result<Html<UnsubscribePage>> {
    let wanted = read(&notifications, &query.t).await?;
    let mut tx = notifications.db.begin().await?;
    for kind in &wanted.kinds {
        store_settings::set(&mut tx, wanted.user, *kind, Channel::Mail, false).await?;
    }
    tx.commit().await?;
    Ok(show(ui, query.t, &wanted, true))
}

fn show(ui: Ui, token: String, wanted: &Unsubscription, done: bool) -> Html<UnsubscribePage> {
    let label = |kind: &Kind| ui.t(&kind.text_key());
    let kinds = wanted.kinds.iter().map(label).map(str::to_owned).collect();
    Html(UnsubscribePage { ui, token, kinds, done })
}
