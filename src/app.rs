//! The application: the sum of the slices' routes, the layers around them, the background jobs.

use crate::{
    account::{self, Accounts},
    api_docs,
    config::Config,
    notification::{self, Notifications},
    overview::{self, Overview},
    platform::{
        Platform, StartError,
        base::{
            bodies::MAX_BODY,
            clock::Clock,
            error::{self, Kind},
        },
        data::{db_there, holding::watched, pools::Reading},
        live::{self, Live},
        outbox::mail::Mailer,
        watch,
        web::{assets, bodies, budget, deadline, download, guard, middleware, render, shell},
    },
    qr_login::{self, QrLogin},
    session::{self, Sessions},
    ticket::{self, Tickets},
};
use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRef, State},
    http::{StatusCode, header},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate},
};
use utoipa_axum::router::OpenApiRouter;

/// Everything that the server is made of. Clones share it.
#[derive(Clone)]
pub struct App {
    pub platform: Platform,
    pub accounts: Accounts,
    pub sessions: Sessions,
    pub qr: QrLogin,
    pub notifications: Notifications,
    pub tickets: Tickets,
    pub live: Live,
    pub overview: Overview,
}

impl FromRef<App> for Platform {
    fn from_ref(app: &App) -> Self {
        app.platform.clone()
    }
}

impl App {
    /// Opens what the settings name and brings the database up to date.
    pub async fn open(config: &Config, clock: Clock, mailer: Option<Mailer>) -> Result<Self, StartError> {
        Self::open_for(Reading::Again, config, clock, mailer).await
    }

    /// The same for a command that reads everything once, and may be short of memory.
    pub async fn open_to_move(config: &Config) -> Result<Self, StartError> {
        Self::open_for(Reading::Once, config, Clock::System, None).await
    }

    async fn open_for(
        reading: Reading,
        config: &Config,
        clock: Clock,
        mailer: Option<Mailer>,
    ) -> Result<Self, StartError> {
        let platform = Platform::open(&config.platform, clock, mailer, reading).await?;
        platform.db.migrate().await?;
        while account::store::any_fill_words(&platform.db, 500).await.map_err(db_there::OpenError::from)? {}
        platform.agree_on_secrets().await?;
        Ok(Self::with(platform, config))
    }

    pub fn with(platform: Platform, config: &Config) -> Self {
        let accounts = Accounts::new(platform.clone(), &config.account, config.platform.registration);
        let sessions = Sessions::new(accounts.clone(), config.session.clone());
        let qr = QrLogin::new(sessions.clone(), config.qr_login.clone(), config.qr_link);
        let notifications = Notifications::new(sessions.clone(), config.notification.clone());
        let tickets = Tickets::new(notifications.clone(), config.ticket.clone());
        // A slice that has something to tell is a line here.
        let sources: Vec<Box<dyn live::Source>> = vec![Box::new(tickets.clone()), Box::new(notifications.clone())];
        let live = Live::new(platform.clone(), config.live.clone(), Box::new(sessions.clone()), sources);
        let overview = Overview::new(tickets.clone());
        Self { platform, accounts, sessions, qr, notifications, tickets, overview, live }
    }

    /// Every route with every layer. The outermost layer stands last.
    pub fn router(&self) -> Router {
        let (slices, openapi) = Self::slices(self);
        let openapi = api_docs::complete(openapi, &self.platform);
        slices
            .merge(api_docs::routes(openapi, self.platform.clone()))
            .merge(live::routes(self.live.clone()))
            .merge(shell::routes().with_state(self.platform.clone()))
            .route("/", get(|| async { axum::response::Redirect::to("/dashboard") }))
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready).with_state(self.platform.clone()))
            .route("/metrics", get(figures).with_state(self.clone()))
            .fallback(|| async { error::Error::not_found(error::codes::NOT_FOUND) })
            .method_not_allowed_fallback(|| async {
                error::Error::new(Kind::MethodNotAllowed, error::codes::METHOD_NOT_ALLOWED)
            })
            .layer(from_fn_with_state(self.qr.clone(), qr_login::middleware::qr_side))
            .layer(from_fn_with_state(self.sessions.clone(), session::middleware_proof::ask))
            .layer(from_fn_with_state(self.platform.clone(), render::render))
            .layer(from_fn_with_state(self.tickets.clone(), ticket::middleware::give_back))
            .layer(from_fn_with_state(self.tickets.clone(), ticket::middleware::count))
            .layer(from_fn_with_state(self.notifications.clone(), notification::middleware::count))
            .layer(from_fn_with_state(self.platform.clone(), budget::per_person))
            .layer(from_fn_with_state(self.sessions.clone(), session::middleware::identify))
            .layer(from_fn_with_state(self.platform.clone(), bodies::bound))
            .layer(from_fn_with_state(self.platform.clone(), guard::same_origin))
            .layer(from_fn_with_state(self.platform.clone(), render::render))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(CatchPanicLayer::new())
            .layer(from_fn(deadline::limit))
            .layer(
                CompressionLayer::new()
                    .quality(CompressionLevel::Precise(6))
                    .compress_when(DefaultPredicate::new().and(download::may_be_compressed)),
            )
            // Embedded files need nothing of the above.
            .route("/assets/{hash}/{*file}", get(assets::serve).with_state(self.platform.clone()))
            .layer(map_response(charset))
            .layer(from_fn_with_state(self.platform.clone(), middleware::context))
    }

    /// The slices' routes and their description.
    pub fn slices(&self) -> (Router, utoipa::openapi::OpenApi) {
        OpenApiRouter::new()
            .merge(account::routes().with_state(self.accounts.clone()))
            .merge(session::routes().with_state(self.sessions.clone()))
            .merge(qr_login::routes().with_state(self.qr.clone()))
            .merge(notification::routes().with_state(self.notifications.clone()))
            .merge(ticket::routes().with_state(self.tickets.clone()))
            .merge(overview::routes().with_state(self.overview.clone()))
            .split_for_parts()
    }

    /// Starts what runs beside the requests; each ends when `platform.stop` is set.
    pub fn start(&self) -> Vec<tokio::task::JoinHandle<()>> {
        let platform = &self.platform;
        platform.db.bus.start(platform.db.door().pools(), &platform.stop);
        let upkeep = {
            let (platform, stop) = (platform.clone(), platform.stop.clone());
            async move {
                stop.run_until_cancelled(async {
                    tokio::join!(
                        platform.figures.upkeep(),
                        watch::watch_clock(&platform),
                        reload_places(&platform),
                        platform.files.upkeep(&platform.stop)
                    );
                })
                .await;
            }
        };
        vec![
            tokio::spawn(watched(session::activity::run(self.sessions.clone()))),
            tokio::spawn(watched(qr_login::upkeep::run(self.qr.clone()))),
            tokio::spawn(watched(notification::upkeep::run(self.notifications.clone()))),
            tokio::spawn(watched(ticket::upkeep::run(self.tickets.clone()))),
            tokio::spawn(watched(ticket::seeing::run(self.tickets.clone()))),
            tokio::spawn(watched(self.live.clone().run())),
            platform.jobs.start(platform.db.clone(), platform.mailer.clone(), platform.stop.clone()),
            tokio::spawn(watched(upkeep)),
        ]
    }
}

async fn reload_places(platform: &Platform) {
    loop {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let geo = platform.geo.clone();
        match tokio::task::spawn_blocking(move || geo.reload_if_changed()).await {
            Ok(Ok(true)) => tracing::info!("the database of places was read anew"),
            Ok(Err(error)) => tracing::warn!(%error, "the new database of places cannot be read, the old one stays"),
            _ => {}
        }
    }
}

/// Whether this node can do its work: it writes, and does not stop.
async fn ready(State(platform): State<Platform>) -> Response {
    let leaving = platform.leaving.is_cancelled() || platform.stop.is_cancelled();
    let details = platform.neighbours.all();
    let status = match (leaving, platform.db.can_write().await) {
        (false, true) => return Json(serde_json::json!({ "status": "ready", "details": details })).into_response(),
        (true, _) => "stopping",
        (false, false) => "cannot_write",
    };
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::RETRY_AFTER, "5")],
        Json(serde_json::json!({ "status": status, "details": details })),
    )
        .into_response()
}

async fn figures(State(app): State<App>) -> impl IntoResponse {
    let figures = app.platform.figures;
    app.platform.watch.gather(&app.platform).await;
    app.platform.caches.report();
    figures.waiting("passwords", app.accounts.hasher.load());
    figures.waiting("workers", app.platform.workers.load());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures.render())
}

/// JSON says its charset like every other text (ASVS 4.1.1).
async fn charset(mut response: Response) -> Response {
    if response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == "application/json") {
        let value = header::HeaderValue::from_static("application/json; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}
