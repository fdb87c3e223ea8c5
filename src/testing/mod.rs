//! What tests stand on: an application with its own database, a fixed clock and a mailbox, asked
//! through its real router as a browser or as a program.

mod client;
mod contract;
mod costs;
mod database;
pub mod dump;
pub mod engines;
pub mod make;
mod nats;
pub mod routes;
pub mod socket;
mod texts;

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

pub use client::{Answer, Client, multipart};
pub use database::{Database, skipped};
pub use nats::NatsServer;
pub use socket::Socket;

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
};

use crate::{
    app::App,
    config::Config,
    platform::{
        base::clock::Clock,
        data::holding::watched,
        outbox::mail::{Mail, Mailer},
        settings::Switch,
    },
};

/// 2026-01-31T09:00:00Z.
const START: i64 = 1_769_850_000_000;

/// One application under test. Everything it made is removed with it.
pub struct TestApp {
    pub app: App,
    pub config: Config,
    now: Arc<AtomicI64>,
    mails: Arc<Mutex<Vec<Mail>>>,
    database: Database,
    folder: tempfile::TempDir,
    /// Made at the first request: it describes the whole API, which takes its time.
    router: OnceLock<axum::Router>,
}

impl TestApp {
    pub async fn new(database: Database) -> Self {
        Self::with(database, |_| {}).await
    }

    /// With settings changed. Limits are off unless the test is about them.
    pub async fn with(database: Database, change: impl FnOnce(&mut Config)) -> Self {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(private).tempdir().unwrap();
        let mut config = Config::default();
        config.platform.data_dir = folder.path().to_owned();
        config.platform.database_url = database.url(folder.path());
        config.platform.rate_limits = Switch::Off;
        config.platform.public_url = "https://my.example".into();
        config.account.argon2_memory_kib = 64;
        config.account.argon2_iterations = 1;
        change(&mut config);
        if config.platform.database_url == database.url(folder.path()) {
            database.prepare(folder.path()).await;
        }
        let now = Arc::new(AtomicI64::new(START));
        let mails = Arc::new(Mutex::default());
        let app = App::open(&config, Clock::Fixed(now.clone()), Some(Mailer::Memory(mails.clone()))).await.unwrap();
        app.platform.db.bus.start(app.platform.db.pools(), &app.platform.stop);
        tokio::spawn(app.live.clone().run());
        Self { app, config, now, mails, database, folder, router: OnceLock::new() }
    }

    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Moves the clock.
    pub fn pass(&self, time: Duration) {
        self.now.fetch_add(time.as_millis() as i64, Ordering::SeqCst);
    }

    /// A program with the API in hand, from an address of its own.
    pub fn client(&self) -> Client {
        let router = self.router.get_or_init(|| settled(&self.app));
        Client::new(router.clone()).held_to(contract::document(&self.app))
    }

    /// A program that asks another node.
    pub async fn other_node(&self) -> Client {
        Client::new(self.other_app().await.router()).held_to(contract::document(&self.app))
    }

    /// Another node: one on the same database, with the same keys.
    pub async fn other_app(&self) -> App {
        let clock = Clock::Fixed(self.now.clone());
        let node = App::open(&self.config, clock, Some(Mailer::Memory(self.mails.clone()))).await.unwrap();
        node.platform.db.bus.start(node.platform.db.pools(), &node.platform.stop);
        tokio::spawn(node.live.clone().run());
        // It stops with the first one.
        let (first, own) = (self.app.platform.stop.clone(), node.platform.stop.clone());
        tokio::spawn(async move {
            first.cancelled().await;
            own.cancel();
        });
        node
    }

    /// Does what is queued and returns the mails to this address so far, oldest first.
    pub async fn mails_to(&self, email: &str) -> Vec<Mail> {
        let platform = &self.app.platform;
        while platform.jobs.work_one(&platform.db, &platform.mailer).await.unwrap() {}
        self.mails.lock().unwrap().iter().filter(|mail| mail.to.contains(email)).cloned().collect()
    }
}

/// The application as who waits a moment finds it: marks of what was read are written behind each answer.
pub fn settled(app: &App) -> Router {
    let tickets = app.tickets.clone();
    app.router().layer(from_fn(move |request: Request, next: Next| {
        let tickets = tickets.clone();
        async move {
            let answer = next.run(request).await;
            let _ = watched(crate::ticket::seeing::flush(&tickets)).await;
            answer
        }
    }))
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.platform.stop.cancel();
        self.database.remove();
    }
}

/// Waits until a condition holds, for what happens beside the requests.
pub async fn until(mut condition: impl AsyncFnMut() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(10);
    while !condition().await {
        assert!(std::time::Instant::now() < end, "it did not happen within ten seconds");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
