//! Refreshing: the token is replaced by one conditional update. The replaced one, presented within
//! the grace period, gets the same successor (tabs that refresh at once sign nobody out); any older
//! one ends the session, for it may have been stolen (RFC 9700, 4.14.2).

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions,
    cache::{SESSION_CHANGED, SESSION_ENDED},
    history,
    model::{Method, Reason},
    notices,
    sign_in::pair,
    store::{self, Successor},
    tokens::{self, Subject, TokenPair},
};
use crate::{
    account::{self, model::Account},
    platform::{
        base::{
            address::limit_key,
            error::{Error, Result},
            keys::{open_with, seal_with, token_hash},
        },
        data::{db::Tx, events::Event},
        web::{
            extract::{Json, Visitor},
            render::ErrorBody,
        },
    },
    session::codes,
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new().routes(routes!(refresh_tokens))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RefreshRequest {
    #[serde(default)]
    #[schema(required = true)]
    refresh_token: String,
}

/// Replaces a refresh token.
///
/// The replaced token answers with the same successor for 30 seconds more, so that parallel requests
/// do no harm; an older one ends the session.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", request_body = RefreshRequest, responses(
    (status = 200, body = TokenPair), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn refresh_tokens(
    State(sessions): State<Sessions>,
    visitor: Visitor,
    Json(body): Json<RefreshRequest>,
) -> Result<axum::Json<TokenPair>> {
    Ok(axum::Json(refresh(&sessions, &body.refresh_token, &visitor).await?))
}

/// A new pair for a refresh token.
async fn refresh(sessions: &Sessions, presented: &str, visitor: &Visitor) -> Result<TokenPair> {
    sessions.limits.refresh.take(&limit_key(visitor.address))?;
    let now = sessions.clock.now();
    let invalid = || Error::unauthorized(codes::REFRESH_INVALID);
    let claims = tokens::read_refresh(&sessions.keys, presented, now).ok_or_else(invalid)?;
    let (session, user) = (claims.sid, claims.sub.parse().map_err(|_| invalid())?);
    let mut tx = sessions.db.begin().await?;
    let account = account::store::lock(&mut tx, user).await?.ok_or_else(invalid)?;
    if account.blocked_at.is_some() {
        return Err(Error::forbidden(codes::ACCOUNT_BLOCKED));
    }
    let subject = Subject { user, session, role: account.role.as_str() };
    // The absolute end is the first token's: every successor ends when it would have.
    let absolute_end = crate::platform::base::clock::Timestamp(claims.exp.saturating_mul(1000));
    let next = tokens::refresh(&sessions.keys, subject, now, absolute_end)?;
    let row = Successor {
        token_hash: &token_hash(&next),
        sealed: &seal_with(presented.as_bytes(), next.as_bytes()),
        expires_at: now.plus(sessions.settings.idle()).min(absolute_end),
    };
    if store::rotate(&mut tx, user, session, &token_hash(presented), &row, now).await? {
        tx.emit(Event { kind: SESSION_CHANGED, id: session, user });
        tx.commit().await?;
        return pair(sessions, subject, next);
    }
    let successor = again(sessions, tx, &account, session, presented, visitor).await?;
    pair(sessions, subject, successor)
}

/// A token that is not in force: within the grace period its successor, else the session's end.
async fn again(
    sessions: &Sessions,
    mut tx: Tx,
    account: &Account,
    session: i64,
    presented: &str,
    visitor: &Visitor,
) -> Result<String> {
    let (now, user) = (sessions.clock.now(), account.id);
    let rotation =
        store::rotation(&mut tx, user, session).await?.ok_or_else(|| Error::unauthorized(codes::REFRESH_INVALID))?;
    let replaced = rotation.replaced_hash.as_deref() == Some(&token_hash(presented)[..]);
    let in_grace = rotation.replaced_at.is_some_and(|at| now < at.plus(sessions.settings.grace()));
    if replaced && in_grace {
        let opened = rotation.successor.and_then(|sealed| open_with(presented.as_bytes(), &sealed));
        return opened
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Error::unauthorized(codes::REFRESH_INVALID));
    }
    store::delete(&mut tx, user, session).await?;
    history::failed_in(sessions, &mut tx, Some(user), Method::Refresh, Reason::TokenReuse, visitor).await?;
    notices::token_reuse(sessions, &mut tx, account, session, visitor).await?;
    tx.emit(Event { kind: SESSION_ENDED, id: session, user });
    tx.commit().await?;
    tracing::warn!(user, session, "a replaced refresh token came back, its session was ended");
    Err(Error::unauthorized(codes::REFRESH_REUSED))
}
