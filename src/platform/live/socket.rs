//! One socket from the handshake to its close. `conversation` is what lies between.

use std::{future::Future, time::Duration};

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket};
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    Live, Message,
    conversation::Conversation,
    hub::Taken,
    protocol::{self, Said},
};
use crate::platform::{
    base::{actor::Actor, i18n::Lang},
    web::places::Place,
};

/// Bytes that one socket keeps for reading: ten thousand are open, and say little.
pub(super) const BUFFER: usize = 1024;
/// The longest message of a client.
pub(super) const MESSAGE: usize = 8 * 1024;
/// How long a client may take to accept what it is sent.
const WRITE: Duration = Duration::from_secs(10);
/// How long it may take to answer a close.
const CLOSE: Duration = Duration::from_secs(1);

/// Who opens a socket, as far as the handshake tells.
pub(super) enum Guest {
    Known(Box<Actor>),
    /// Will say so, or goes.
    Unknown,
    /// Came with a session that is over.
    Ended,
}

/// Why a socket ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// The other side went.
    Left,
    /// A code and a reason for the other side.
    Close(u16, &'static str),
}

pub(super) const STOPPING: End = End::Close(1001, "the server stops");
pub(super) const CHANGED: End = End::Close(1012, "come again");
pub(super) const SLOW: End = End::Close(1013, "too slow");
pub(super) const AWAY: End = End::Close(1013, "come again later");
pub(super) const TOO_MANY: End = End::Close(1008, "too many messages");
pub(super) const NOT_SIGNED_IN: End = End::Close(4401, "not signed in");
const TOO_LONG: End = End::Close(1009, "too long or not a message");
const NOT_TEXT: End = End::Close(1003, "text only");
const NO_AUTH: End = End::Close(4408, "nobody said who they are");
const TOO_MANY_SOCKETS: End = End::Close(4429, "too many sockets");

pub(super) type Step<T = ()> = Result<T, End>;

pub(super) async fn serve(live: Live, mut ws: WebSocket, guest: Guest, lang: Lang, _place: Place) {
    let end = match welcome(&live, &mut ws, guest, lang).await {
        Ok((actor, taken, lang)) => Conversation::new(live, &actor, lang, taken).hold(&mut ws).await,
        Err(end) => end,
    };
    close(&mut ws, end).await;
}

/// Finds out who it is and gives them a place.
async fn welcome(live: &Live, ws: &mut WebSocket, guest: Guest, lang: Lang) -> Step<(Box<Actor>, Taken, Lang)> {
    let (actor, lang, said) = match guest {
        Guest::Known(actor) => (actor, lang, false),
        Guest::Ended => {
            send(ws, protocol::bare("session:ended")).await?;
            return Err(NOT_SIGNED_IN);
        }
        Guest::Unknown => {
            let asked = live.platform.stop.run_until_cancelled(ask_who(live, ws)).await;
            let actor = asked.ok_or(STOPPING)??;
            let lang = Lang::from_code(&actor.language).unwrap_or(lang);
            (actor, lang, true)
        }
    };
    let Some(taken) = live.hub.enter(&actor, lang) else {
        send(ws, protocol::auth_error("too_many_sockets")).await?;
        return Err(TOO_MANY_SOCKETS);
    };
    if said {
        send(ws, protocol::auth_success(actor.user)).await?;
    }
    Ok((actor, taken, lang))
}

async fn ask_who(live: &Live, ws: &mut WebSocket) -> Step<Box<Actor>> {
    let end = Instant::now() + Duration::from_secs(live.settings.auth_seconds.into());
    let text = loop {
        match timeout_at(end, ws.recv()).await {
            Ok(heard) => {
                if let Some(text) = text_of(heard)? {
                    break text;
                }
            }
            Err(_) => {
                send(ws, protocol::auth_error("auth_timeout")).await?;
                return Err(NO_AUTH);
            }
        }
    };
    let token = Said::read(&text).filter(|said| said.kind == "auth").and_then(|said| said.token);
    let actor = match token {
        Some(token) => live.door.by_token(&token).await.map_err(|_| AWAY)?,
        None => None,
    };
    if actor.is_none() {
        send(ws, protocol::auth_error("not_signed_in")).await?;
    }
    actor.map(Box::new).ok_or(NOT_SIGNED_IN)
}

/// The text of a message; nothing for pings and the like.
pub(super) fn text_of(heard: Option<Result<Frame, axum::Error>>) -> Step<Option<String>> {
    match heard {
        Some(Ok(Frame::Text(text))) => Ok(Some(text.as_str().to_owned())),
        Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => Ok(None),
        Some(Ok(Frame::Binary(_))) => Err(NOT_TEXT),
        Some(Ok(Frame::Close(_))) | None => Err(End::Left),
        // Too long, not UTF-8, broken frames; or the connection is gone, and nobody reads the reason.
        Some(Err(_)) => Err(TOO_LONG),
    }
}

pub(super) async fn send(ws: &mut WebSocket, message: Message) -> Step {
    put(ws, Frame::Text(message.text()), std::future::pending()).await
}

/// Sends a frame, unless it takes too long or is given up.
pub(super) async fn put(ws: &mut WebSocket, frame: Frame, given_up: impl Future<Output = ()>) -> Step {
    tokio::select! {
        sent = timeout(WRITE, ws.send(frame)) => match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(SLOW),
        },
        () = given_up => Err(SLOW),
    }
}

/// Says why, and waits a moment for the other side to have read it.
async fn close(ws: &mut WebSocket, end: End) {
    let End::Close(code, reason) = end else { return };
    let goodbye = async {
        if ws.send(Frame::Close(Some(CloseFrame { code, reason: reason.into() }))).await.is_ok() {
            while let Some(Ok(_)) = ws.recv().await {}
        }
    };
    // Whoever does not answer is cut off.
    let _ = timeout(CLOSE, goodbye).await;
}
