//! Connections: accepted within bounds, and cut when they stand still. HTTP/1.1 only, for a proxy speaks
//! HTTP/2 to the browsers; `axum::serve` knows neither bounds nor times.

use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::places::{Place, Places};

/// What one connection may hold of a request's head in memory, and of what it reads ahead.
const BUFFER: usize = 64 * 1024;
/// After an error of the machine, such as no file handle left.
const BREATH: Duration = Duration::from_millis(200);
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How long a connection may stand still.
#[derive(Clone, Copy)]
pub struct Times {
    /// Until its first byte.
    pub silent: Duration,
    /// From the end of an answer, or the first byte, to the end of the next request's head. Longer than
    /// proxies keep a connection for later, or they would send into one that is just being closed.
    pub head: Duration,
    /// Without taking anything of its answer.
    pub stalled: Duration,
}

impl Default for Times {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { silent: seconds(10), head: seconds(75), stalled: seconds(60) }
    }
}

/// Who may connect, and how often.
pub struct Entrance {
    times: Times,
    all: Arc<Semaphore>,
    each: Places,
    /// Proxies bring the connections of many.
    excepted: Vec<IpNet>,
}

/// What a connection holds as long as it lives, as a socket too.
struct Entry {
    _all: OwnedSemaphorePermit,
    _each: Option<Place>,
}

impl Entrance {
    pub fn new(times: Times, all: usize, each: u32, excepted: Vec<IpNet>) -> Self {
        let all = Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS)));
        Self { times, all, each: Places::new(each), excepted }
    }

    fn enter(&self, peer: SocketAddr) -> Result<Entry, &'static str> {
        let address = peer.ip().to_canonical();
        let is_excepted = self.excepted.iter().any(|net| net.contains(&address));
        let each = if is_excepted { None } else { Some(self.each.take(address.into()).ok_or("address")?) };
        let all = self.all.clone().try_acquire_owned().map_err(|_| "all")?;
        metrics::gauge!("connections_open").increment(1);
        Ok(Entry { _all: all, _each: each })
    }

    /// Serves until `stop`, and then what has begun.
    pub async fn serve(self, listener: TcpListener, router: Router, stop: CancellationToken) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.times.head).max_buf_size(BUFFER);
        let connections = TaskTracker::new();
        while let Some((stream, peer)) = accept(&listener, &stop).await {
            match self.enter(peer) {
                Ok(entry) => {
                    let connection = Connection { stream, entry, peer, times: self.times };
                    connections.spawn(connection.serve(http.clone(), router.clone(), stop.clone()));
                }
                Err(full) => {
                    metrics::counter!("connections_refused_total", "full" => full).increment(1);
                    // As far as it goes without waiting: who is refused costs nothing.
                    let _ = stream.try_write(FULL);
                }
            }
        }
        drop(listener);
        connections.close();
        connections.wait().await;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        metrics::gauge!("connections_open").decrement(1);
    }
}

/// The next connection; nothing once it is time to stop.
async fn accept(listener: &TcpListener, stop: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
    loop {
        match stop.run_until_cancelled(listener.accept()).await? {
            Ok((stream, peer)) => {
                // Answers are written whole: nothing is won by waiting for more.
                let _ = stream.set_nodelay(true);
                return Some((stream, peer));
            }
            // It went before it was taken.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                sleep(BREATH).await;
            }
        }
    }
}

struct Connection {
    stream: TcpStream,
    entry: Entry,
    peer: SocketAddr,
    times: Times,
}

impl Connection {
    async fn serve(self, http: http1::Builder, router: Router, stop: CancellationToken) {
        // Looked at, not taken: that a stream counts as readable does not mean that there is something.
        let mut first = [0];
        let spoke = stop.run_until_cancelled(timeout(self.times.silent, self.stream.peek(&mut first))).await;
        if !matches!(spoke, Some(Ok(Ok(1)))) {
            return;
        }
        let peer = self.peer;
        let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request.map(Body::new))
        });
        let stream = Impatient::new(self.stream, self.times.stalled, self.entry);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), answer).with_upgrades());
        let done = tokio::select! {
            done = connection.as_mut() => done,
            () = stop.cancelled() => {
                // One that rests ends at once, the others after the answer that they are at.
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = done {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// A stream that gives up when the other side takes nothing for too long.
struct Impatient<S, E> {
    stream: S,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    _entry: E,
}

impl<S: AsyncWrite + Unpin, E: Unpin> Impatient<S, E> {
    fn new(stream: S, patience: Duration, entry: E) -> Self {
        Self { stream, patience, waiting: None, _entry: entry }
    }

    fn within_patience<T>(&mut self, context: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.waiting = None;
            return done;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + patience)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin, E: Unpin> AsyncRead for Impatient<S, E> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin, E: Unpin> AsyncWrite for Impatient<S, E> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.within_patience(context, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.within_patience(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(context);
        self.within_patience(context, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
#[path = "tests/serve.rs"]
mod tests;
