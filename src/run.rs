//! A server's life: from its first connection to its last job.

use std::time::Duration;

use futures_util::future::{join_all, select_all};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    app::App,
    cli::Failure,
    platform::{
        base::{log, process},
        settings::Platform as Settings,
        web::serve::{Entrance, Times},
    },
    session,
};

/// How long running requests may take to finish when the server stops, and after them the jobs.
const GRACE: Duration = Duration::from_secs(10);
/// How long connections to the database may take to close.
const CLOSING: Duration = Duration::from_secs(3);
/// File handles that are not for connections: databases, uploads, what is read and sent.
const OTHER_FILES: u64 = 256;

/// Serves until it is told to stop.
pub async fn run(app: App, listener: TcpListener, settings: &Settings) -> Result<(), Failure> {
    let address = listener.local_addr()?;
    // Before anybody is told that it serves: whoever was told may already stop it.
    let signals = Signals::new();
    let entrance = entrance(&app, settings);
    let jobs = app.start();
    log::announce(&format!("ospabhost serves on http://{address}"));
    if let Some(link) = session::setup::link(&app.sessions).await.map_err(|error| error.to_string())? {
        log::announce(&format!("There is no administrator yet. Make one here, once:\n  {link}"));
    }
    let (stop, drain) = (app.platform.stop.clone(), Duration::from_secs(settings.drain_seconds.into()));
    tokio::spawn(stop_when_told(app.clone(), signals, drain));
    let serving = entrance.serve(listener, app.router(), stop.clone());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = serving => {}
        () = late => tracing::warn!("some requests did not finish in time"),
    }
    end(&app, jobs).await
}

/// As many connections as there are file handles, or as the settings say.
fn entrance(app: &App, settings: &Settings) -> Entrance {
    process::raise_file_limit();
    let files = process::file_limit();
    let handles = usize::try_from(files.saturating_sub(OTHER_FILES).max(1)).unwrap_or(usize::MAX);
    let (all, each) = match app.platform.limits_on {
        true => (handles.min(settings.max_connections as usize), settings.max_connections_per_address),
        false => (handles, u32::MAX),
    };
    tracing::info!(files, connections = all, "connections are accepted");
    Entrance::new(Times::default(), all, each, app.platform.trusted_proxies.clone())
}

/// First the load balancer is told, for a while in which all goes on; a second signal cuts that short.
async fn stop_when_told(app: App, signals: Option<Signals>, drain: Duration) {
    let Some(mut signals) = signals else { return };
    signals.next().await;
    app.platform.leaving.cancel();
    if !drain.is_zero() {
        tracing::info!(seconds = drain.as_secs(), "not ready any more, stopping soon");
        tokio::select! {
            () = tokio::time::sleep(drain) => {}
            () = signals.next() => {}
        }
    }
    app.platform.stop.cancel();
    tracing::info!("stopping");
}

/// What tells a server to stop.
struct Signals(Vec<Signal>);

impl Signals {
    fn new() -> Option<Self> {
        let mut kinds = vec![SignalKind::terminate(), SignalKind::interrupt()];
        // Under `nohup` it outlives the terminal.
        if !process::hangup_is_ignored() {
            kinds.push(SignalKind::hangup());
        }
        let signals: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
        (!signals.is_empty()).then_some(Self(signals))
    }

    async fn next(&mut self) {
        select_all(self.0.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
    }
}

/// Lets the jobs write what they still hold. One that hangs is left behind: its lease runs out, and it is
/// done after the next start.
async fn end(app: &App, jobs: Vec<JoinHandle<()>>) -> Result<(), Failure> {
    let ended = timeout(GRACE, join_all(jobs)).await.unwrap_or_else(|_| {
        tracing::warn!("some background work did not end in time and is left for the next start");
        Vec::new()
    });
    if timeout(CLOSING, app.platform.db.close()).await.is_err() {
        tracing::warn!("some connections to the database did not close in time");
    }
    ended.into_iter().collect::<Result<(), _>>().map_err(|error| format!("a background job failed: {error}").into())
}
