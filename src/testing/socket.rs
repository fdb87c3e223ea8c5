//! A WebSocket on a loopback port, as a browser or a program has it.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderName},
};

use super::Client;
use crate::app::App;

const PATIENCE: Duration = Duration::from_secs(10);

/// An open socket. Whatever waits, waits ten seconds at most.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

/// Serves an application on a free port until it is told to stop.
pub async fn serve(app: &App) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
    let stop = app.platform.stop.clone().cancelled_owned();
    tokio::spawn(async move { axum::serve(listener, service).with_graceful_shutdown(stop).await });
    address
}

impl Socket {
    /// Opens `/ws`, or gives the status of the refusal. A server that has just started is asked again.
    pub async fn try_open(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
            for (name, value) in headers {
                request.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
            }
            match tokio_tungstenite::connect_async(request).await {
                Ok((socket, _)) => return Ok(Self(socket)),
                Err(Error::Http(answer)) if answer.status() == 503 && tokio::time::Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(Error::Http(answer)) => return Err(answer.status().as_u16()),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// With the cookie of a browser that is signed in.
    pub async fn of_browser(address: SocketAddr, browser: &Client) -> Self {
        let cookie = format!("__Host-session={}", browser.cookie("__Host-session").unwrap());
        let headers =
            [("cookie", cookie.as_str()), ("origin", "https://my.example"), ("sec-fetch-site", "same-origin")];
        Self::try_open(address, &headers).await.unwrap()
    }

    /// With the answer of a sign-in, as a program does it.
    pub async fn of_program(address: SocketAddr, tokens: &Value) -> Self {
        let mut socket = Self::try_open(address, &[]).await.unwrap();
        socket.say(serde_json::json!({ "type": "auth", "token": tokens["token"] })).await;
        let answer = socket.hear().await;
        assert_eq!((&answer["type"], answer["userId"].is_number()), (&"auth:success".into(), true), "{answer}");
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Subscribes and waits until it holds; gives what came before that, and the place in the log.
    pub async fn subscribe(&mut self, topic: &str, last: Option<i64>) -> (Vec<Value>, i64) {
        self.say(serde_json::json!({ "type": format!("subscribe:{topic}"), "lastEventId": last })).await;
        let mut before = Vec::new();
        loop {
            let message = self.hear().await;
            if message["type"] == "subscribed" {
                return (before, message["eventId"].as_i64().unwrap());
            }
            before.push(message);
        }
    }

    async fn next(&mut self) -> Option<Result<Message, Error>> {
        tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing was heard for ten seconds")
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        loop {
            match self.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(text.as_str()).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no message but {other:?}"),
            }
        }
    }

    /// All that comes before the answer to a ping sent now: to show that something is not told, once
    /// it would have been.
    pub async fn hear_until_pong(&mut self) -> Vec<Value> {
        self.say(serde_json::json!({ "type": "ping" })).await;
        let mut heard = Vec::new();
        loop {
            match self.hear().await {
                pong if pong["type"] == "pong" => return heard,
                other => heard.push(other),
            }
        }
    }

    /// Messages until the close, and its code; 0 when the connection just broke.
    pub async fn hear_until_closed(&mut self) -> (Vec<Value>, u16) {
        let mut heard = Vec::new();
        loop {
            match self.next().await {
                Some(Ok(Message::Text(text))) => heard.push(serde_json::from_str(text.as_str()).unwrap()),
                Some(Ok(Message::Close(frame))) => return (heard, frame.map_or(0, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (heard, 0),
            }
        }
    }
}
