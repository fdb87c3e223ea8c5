//! Connections that stand still, that are too many, that speak something else.

use axum::{
    extract::ws::WebSocketUpgrade,
    routing::{any, get, post},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::testing::until;

/// Times after which a connection is cut: they are what is tested.
const SHORT: Duration = Duration::from_millis(300);

/// A server of these bounds; ends with the test.
struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
}

impl Served {
    async fn with(all: usize, each: u32, excepted: &[&str]) -> Self {
        Self::with_times(Times { silent: SHORT, head: SHORT, stalled: SHORT }, all, each, excepted).await
    }

    async fn with_times(times: Times, all: usize, each: u32, excepted: &[&str]) -> Self {
        let router = Router::new()
            .route("/", get(|| async { "well" }))
            .route("/long", get(|| async { vec![b'x'; 64 << 20] }))
            .route("/slow", post(|body: String| async move { body }))
            .route(
                "/ws",
                any(|upgrade: WebSocketUpgrade| async {
                    upgrade.on_upgrade(|mut ws| async move { drop(ws.recv().await) })
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let excepted = excepted.iter().map(|net| net.parse().unwrap()).collect();
        let serving = Entrance::new(times, all, each, excepted).serve(listener, router, stop.clone());
        Self { address, stop, ended: tokio::spawn(serving) }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes on a new connection, and reads until it is closed.
    async fn closed_after(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        read(&mut stream).await
    }

    /// Whether a new connection is answered well.
    async fn answers(&self) -> bool {
        self.closed_after(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ends_with("well")
    }
}

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// All that comes until the end, however that comes.
async fn read(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    assert!(closed.is_ok(), "never closed");
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test]
async fn door_16_who_stands_still_is_cut() {
    let served = Served::with(100, 100, &[]).await;
    assert!(served.answers().await);
    let never = Duration::from_secs(3600);
    let of_silence = Served::with_times(Times { silent: SHORT, head: never, stalled: never }, 100, 100, &[]).await;
    assert_eq!(of_silence.closed_after(b"").await, "", "silent");
    let begun = served.closed_after(b"GET / HTTP/1.1\r\nhost: x\r\n").await;
    assert!(!begun.contains("well"), "a head that does not end: {begun}");
    let idle = served.closed_after(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(idle.ends_with("well"), "answered, and closed after a rest: {idle}");

    // A head that comes byte by byte is cut as a whole.
    let mut dripping = served.connect().await;
    let (mut from, mut to) = dripping.split();
    let drip = async {
        to.write_all(b"GET / HTTP/1.1\r\n").await?;
        loop {
            to.write_all(b"a").await?;
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    let mut rest = Vec::new();
    tokio::select! {
        _ = from.read_to_end(&mut rest) => {}
        failed = drip => { let _: io::Result<()> = failed; }
    }
    assert!(!String::from_utf8_lossy(&rest).contains("well"));
}

#[tokio::test]
async fn door_16_who_takes_nothing_of_an_answer_is_cut() {
    let served = Served::with(1, 100, &[]).await;
    let mut greedy = served.connect().await;
    greedy.write_all(b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    // Its place is the only one, and comes back though it keeps the connection.
    until(async || served.answers().await).await;
    drop(greedy);
}

#[tokio::test]
async fn door_16_an_address_has_so_many_connections_and_all_have_so_many() {
    for (all, each) in [(100, 2), (2, 100)] {
        let served = Served::with(all, each, &[]).await;
        let ask = b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let mut sockets = Vec::new();
        for _ in 0..2 {
            let mut socket = served.connect().await;
            socket.write_all(ask).await.unwrap();
            let mut first = [0; 12];
            socket.read_exact(&mut first).await.unwrap();
            assert_eq!(&first, b"HTTP/1.1 101");
            sockets.push(socket);
        }
        // A socket keeps its place after the connection became one.
        let mut third = served.connect().await;
        let refused = read(&mut third).await;
        assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: "), "{refused}");
        sockets.pop();
        until(async || served.answers().await).await;
    }
    let proxied = Served::with(100, 2, &["127.0.0.0/8"]).await;
    let held: Vec<_> = futures_util::future::join_all((0..10).map(|_| proxied.connect())).await;
    assert!(proxied.answers().await, "a proxy brings many");
    drop(held);
}

#[tokio::test]
async fn door_16_http_2_is_not_spoken() {
    let served = Served::with(100, 100, &[]).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    let answer = served.closed_after(preface).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:?}");
    let upgrade = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    let answer = served.closed_after(upgrade).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("well"), "{answer}");
}

#[tokio::test]
async fn door_16_a_stop_finishes_what_runs_and_nothing_else() {
    let served = Served::with(100, 100, &[]).await;
    let silent = served.connect().await;
    let mut running = served.connect().await;
    running
        .write_all(b"POST /slow HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 25];
    running.read_exact(&mut first).await.unwrap();
    served.stop.cancel();
    until(async || TcpStream::connect(served.address).await.is_err()).await;
    running.write_all(b"late").await.unwrap();
    assert!(read(&mut running).await.ends_with("late"));
    served.ended.await.unwrap();
    drop(silent);
}
