//! Puts the `Actor` into the request: from a bearer token or a browser's cookie, each checked against
//! a session that lives.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use subtle::ConstantTimeEq;

use super::{Sessions, store::Live, tokens};
use crate::platform::{
    base::{actor::Actor, error::Error, i18n::Lang, keys::token_hash},
    web::{cookies, extract::Context, guard},
};

/// Where a change of access must be seen before any cached answer ends.
const FRESH: [&str; 4] = ["/api/admin", "/dashboard/admin", "/api/auth/password", "/dashboard/settings/password"];

/// What a request shows of itself.
enum Shown {
    Bearer(Verified),
    Cookie(i64, Vec<u8>),
}

/// Finds out who asks. Who shows nothing, or nothing that counts, stays nobody; the handlers decide
/// what nobody may do. When the database is away the answer is no (ASVS 16.5.3).
pub async fn identify(State(sessions): State<Sessions>, mut request: Request, next: Next) -> Response {
    let Some(shown) = shown(&sessions, request.headers()) else { return next.run(request).await };
    let fresh = FRESH.iter().any(|path| request.uri().path().starts_with(path));
    match find(&sessions, shown, fresh).await {
        Ok(Some(actor)) => {
            prefer_own_language(&mut request, &actor);
            request.extensions_mut().insert(actor);
        }
        Ok(None) => {}
        Err(error) => {
            request.extensions_mut().insert(error);
        }
    }
    next.run(request).await
}

fn shown(sessions: &Sessions, headers: &HeaderMap) -> Option<Shown> {
    if let Some(token) = guard::bearer(headers) {
        return verified(sessions, token).map(Shown::Bearer);
    }
    let (session, secret) = sessions.cookies().all(headers, cookies::SESSION).find_map(tokens::read_cookie)?;
    Some(Shown::Cookie(session, token_hash(secret)))
}

/// What an access token of ours says.
#[derive(Clone, Copy)]
pub struct Verified {
    session: i64,
    user: i64,
    /// In seconds.
    end: i64,
}

/// Reads an access token. Its signature is checked once, its end at each use.
fn verified(sessions: &Sessions, token: &str) -> Option<Verified> {
    let now = sessions.clock.now();
    if let Some(known) = sessions.verified.get(token) {
        return (known.end > now.seconds()).then_some(known);
    }
    let moment = sessions.verified.now();
    let claims = tokens::read_access(&sessions.keys, token, now)?;
    let read = Verified { session: claims.sid, user: claims.sub.parse().ok()?, end: claims.exp };
    sessions.verified.keep(moment, token.to_owned(), [(); 2], read);
    Some(read)
}

async fn find(sessions: &Sessions, shown: Shown, fresh: bool) -> Result<Option<Actor>, Error> {
    let id = match &shown {
        Shown::Bearer(token) => token.session,
        Shown::Cookie(id, _) => *id,
    };
    let live = match fresh {
        true => sessions.cache.find_fresh(&sessions.db, id).await?,
        false => sessions.cache.find(&sessions.db, id).await?,
    };
    let Some(live) = live else { return Ok(None) };
    let is_theirs = match &shown {
        Shown::Bearer(token) => token.user == live.actor.user,
        Shown::Cookie(_, hash) => live.cookie_hash.as_ref().is_some_and(|kept| bool::from(kept.ct_eq(hash))),
    };
    if !is_theirs {
        return Ok(None);
    }
    let actor = actor(sessions, &live);
    let now = sessions.clock.now();
    if actor.is_some() && live.notes(now) {
        sessions.activity.touch(live.actor.session, now);
    }
    Ok(actor)
}

/// The person of an access token, for who cannot send a header.
pub async fn by_token(sessions: &Sessions, token: &str) -> Result<Option<Actor>, Error> {
    match verified(sessions, token) {
        Some(token) => Ok(by_session(sessions, token.session).await?.filter(|actor| actor.user == token.user)),
        None => Ok(None),
    }
}

/// The person of a session as the database has it now.
pub(super) async fn by_session(sessions: &Sessions, session: i64) -> Result<Option<Actor>, Error> {
    let live = sessions.cache.find_fresh(&sessions.db, session).await?;
    Ok(live.and_then(|live| actor(sessions, &live)))
}

/// Nobody when the session has run out or its owner is blocked.
fn actor(sessions: &Sessions, live: &Live) -> Option<Actor> {
    let over = live.expires_at <= sessions.clock.now() || live.blocked_at.is_some();
    (!over).then(|| live.actor.clone())
}

/// Pages speak the language of the account; a program may ask for another by `Accept-Language`.
fn prefer_own_language(request: &mut Request, actor: &Actor) {
    let path = request.uri().path();
    let asks =
        path.starts_with("/api/") && path != "/api/docs" && request.headers().contains_key(header::ACCEPT_LANGUAGE);
    if let (Some(lang), false) = (Lang::from_code(&actor.language), asks)
        && let Some(context) = request.extensions_mut().get_mut::<Context>()
    {
        context.lang = lang;
    }
}
