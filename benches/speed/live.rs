//! p7 and p8: how soon others see a reply, and what a socket that only waits costs.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use crate::{
    Result,
    data::{self, Database, Kind},
    report::{Report, median},
    server::{self, Server},
};

const OPEN: usize = 1_000;
const REPLIES: usize = 200;
const IDLE: usize = 10_000;
/// Handshakes at once.
const TOGETHER: usize = 32;
const PATIENCE: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Lets this process and the servers it starts hold so many sockets; says how many there may be.
pub fn raise_limit() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls read or write the one struct that they are given.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
    usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX)
}

pub async fn p7(kind: &Kind, report: &mut Report) -> Result<()> {
    let database = Database::make(kind).await?;
    let server = Server::prepare(&database)?;
    server.add_user("live@bench.example")?;
    let cookies = data::fill(&database, 200).await?;
    let server = server.start().await?;
    let client = server::client()?;
    let token = server::sign_in(&client, &server.url(), "live@bench.example").await?;
    let _waiting = open_many(&server, &cookies, OPEN - 1).await?;
    let mut reader = open(&server, &[("authorization", &format!("Bearer {token}"))]).await?;
    let post = async |path: &str, body: Value| -> Result<Value> {
        let answer = client.post(format!("{}{path}", server.url())).bearer_auth(&token).json(&body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    };
    let new = json!({ "title": "Нагрузка", "message": "Проверяем, как быстро видно ответ" });
    let ticket = post("/api/ticket/create", new).await?["ticket"]["id"].clone();
    let mut times = Vec::new();
    for number in 0..REPLIES {
        let begun = Instant::now();
        let words = format!("Ответ {number}");
        let send = post("/api/ticket/respond", json!({ "ticketId": ticket, "message": words }));
        let (sent, seen) = tokio::join!(send, hear(&mut reader, &words));
        sent?;
        times.push((seen? - begun).as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let what = format!("reply → another client's socket, {OPEN} open, {}", kind.name());
    report.at_most("p7", &format!("{what}, median of {REPLIES}"), median(&times), "ms", Some(20.0));
    report.at_most("p7", &format!("{what}, p99"), times[times.len() * 99 / 100], "ms", Some(100.0));
    Ok(())
}

pub async fn p8(kind: &Kind, report: &mut Report) -> Result<()> {
    // Both ends are on this machine, in two processes; some are kept for files and the database.
    let limit = raise_limit();
    let count = IDLE.min(limit.saturating_sub(500));
    if count < IDLE {
        report.note(&format!("p8 with {count} sockets: `ulimit -n` is {limit}."));
    }
    let database = Database::make(kind).await?;
    let server = Server::prepare(&database)?;
    let cookies = data::fill(&database, 1_000).await?;
    let server = server.start().await?;
    // What every server holds once it has served: buffers, caches, statements.
    drop(open_many(&server, &cookies, 200).await?);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = server.resident_mib()?;
    let _waiting = open_many(&server, &cookies, count).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = (server.resident_mib()? - before) * 1024.0 / count as f64;
    report.at_most("p8", &format!("memory of each of {count} idle sockets, {}", kind.name()), each, "KiB", Some(20.0));
    Ok(())
}

async fn open(server: &Server, headers: &[(&'static str, &str)]) -> Result<Socket> {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let mut request = format!("{}/ws", server.url().replacen("http", "ws", 1)).into_client_request()?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse()?);
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    socket.send(Message::text(r#"{"type":"subscribe:tickets"}"#)).await?;
    hear(&mut socket, "subscribed").await?;
    Ok(socket)
}

/// Signed in as many people, subscribed, and silent.
async fn open_many(server: &Server, cookies: &[String], count: usize) -> Result<Vec<Socket>> {
    let opening =
        cookies.iter().cycle().take(count).map(|cookie| async move { open(server, &[("cookie", cookie)]).await });
    let all: Vec<_> = futures_util::stream::iter(opening).buffer_unordered(TOGETHER).collect().await;
    all.into_iter().collect()
}

/// When a message with these words comes.
async fn hear(socket: &mut Socket, words: &str) -> Result<Instant> {
    let heard = async {
        while let Some(message) = socket.next().await {
            if message?.to_text().is_ok_and(|text| text.contains(words)) {
                return Ok(Instant::now());
            }
        }
        Err("the socket was closed".into())
    };
    tokio::time::timeout(PATIENCE, heard).await?
}
