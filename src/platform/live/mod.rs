//! Live updates: `/ws`, where browsers and programs hear what happens while they look. It knows
//! sockets, topics and the event log; what a message says and who may read it is the slices' (`Source`),
//! who somebody is the session slice's (`Door`).
//!
//! One task reads the log in order and tells every socket that may hear; a socket remembers nothing,
//! for a client that comes back names the last event it saw and gets the rest from the log.

mod conversation;
mod hub;
mod limits;
mod presence;
mod protocol;
mod socket;
mod tail;

#[cfg(test)]
mod tests;

use crate::platform::{
    Platform,
    base::{
        actor::Actor,
        error::{Error, Kind, Result, codes},
        i18n::Lang,
    },
    data::{
        events::{Bus, Entry, Event, EventKind},
        holding::watched,
    },
    web::{
        cookies,
        extract::{Anyone, Context},
        guard,
        places::Places,
    },
};
use std::{
    ops::Deref,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    extract::{
        FromRef, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_util::task::TaskTracker;

pub use protocol::Message;

/// For whom a message is made. It is made once for all who are alike, so it says nothing of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Whether the thing is theirs (`Entry::user`).
    pub is_owner: bool,
    pub is_staff: bool,
    pub lang: Lang,
}

impl Viewer {
    /// The place of an entry, as such a viewer counts: operators in the log, customers in what concerned them.
    fn place(self, entry: &Entry) -> i64 {
        if self.is_staff { entry.seq } else { entry.number }
    }
}

/// A slice that has something to tell.
#[async_trait]
pub trait Source: Send + Sync {
    /// What clients subscribe to, such as `tickets`.
    fn topic(&self) -> &'static str;

    /// The events that it has messages for.
    fn events(&self) -> &'static [EventKind];

    /// Whether operators are told on this topic who looks at what.
    fn has_presence(&self) -> bool {
        false
    }

    /// What such a viewer is told, or nothing when it is not for them or not there any more.
    async fn message(&self, entry: &Entry, viewer: Viewer) -> Result<Option<Message>>;
}

/// A source, by its place among all that were announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Topic(usize);

/// Who somebody is.
#[async_trait]
pub trait Door: Send + Sync {
    /// Whom an access token is for.
    async fn by_token(&self, token: &str) -> Result<Option<Actor>>;

    /// Whose session this is now, past every cache; nothing when it has ended.
    async fn by_session(&self, session: i64) -> Result<Option<Actor>>;

    /// What somebody is called.
    async fn username(&self, user: i64) -> Result<Option<String>>;

    /// Whose right to be here an event may have changed.
    fn concerns(&self, event: &Event) -> Whom;
}

/// Whose sockets look again whether they may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Nobody,
    Session(i64),
    User(i64),
    Everybody,
}

/// Settings. `config.default.toml` gives the reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub sockets_per_user: u32,
    pub sockets_per_address: u32,
    pub messages_per_minute: u32,
    pub auth_seconds: u32,
    pub ping_seconds: u32,
    pub presence_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sockets_per_user: 20,
            sockets_per_address: 100,
            messages_per_minute: 240,
            auth_seconds: 10,
            ping_seconds: 30,
            presence_seconds: 25,
        }
    }
}

/// Clones share it.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

pub struct Inner {
    platform: Platform,
    settings: Settings,
    door: Box<dyn Door>,
    sources: Vec<Box<dyn Source>>,
    hub: Arc<hub::Hub>,
    addresses: Places,
    /// The log has grown.
    grown: Notify,
    /// How many sockets ask the database at once: a thousand that come back together must not keep
    /// requests from it.
    asking: Semaphore,
    presence: presence::Presence,
    heard: Mutex<Option<mpsc::Receiver<Event>>>,
    sockets: TaskTracker,
}

impl Deref for Live {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Live> for Platform {
    fn from_ref(live: &Live) -> Self {
        live.platform.clone()
    }
}

/// How long sockets may take to say goodbye when the server stops.
const GOODBYE: Duration = Duration::from_secs(3);
const ASKING: usize = 8;
const RETRY_SECONDS: u64 = 30;

impl Live {
    pub fn new(platform: Platform, settings: Settings, door: Box<dyn Door>, sources: Vec<Box<dyn Source>>) -> Self {
        EventKind::announce(presence::EVENTS);
        for source in &sources {
            EventKind::announce(source.events());
        }
        let (tell, heard) = mpsc::channel(1024);
        let bus = platform.db.bus.clone();
        let limit = |most: u32| if platform.limits_on { most } else { u32::MAX };
        let live = Arc::new(Inner {
            hub: Arc::new(hub::Hub::new(bus.clone(), limit(settings.sockets_per_user))),
            addresses: Places::new(limit(settings.sockets_per_address)),
            platform,
            settings,
            door,
            sources,
            grown: Notify::new(),
            asking: Semaphore::new(ASKING),
            presence: presence::Presence::default(),
            heard: Mutex::new(Some(heard)),
            sockets: TaskTracker::new(),
        });
        // Weak, or the bus would keep what keeps the bus.
        let weak = Arc::downgrade(&live);
        bus.on_event(move |event| {
            if let Some(live) = weak.upgrade() {
                live.hear(event, &tell);
            }
        });
        Self(live)
    }

    /// Tells what happens until the server stops; then all sockets are closed.
    pub async fn run(self) {
        let heard = self.heard.lock().ok().and_then(|mut heard| heard.take());
        let Some(heard) = heard else { return };
        let work = async {
            tokio::join!(tail::run(&self), presence::run(&self, heard), tail::keep_short(&self));
        };
        self.platform.stop.run_until_cancelled(work).await;
        self.sockets.close();
        if tokio::time::timeout(GOODBYE, self.sockets.wait()).await.is_err() {
            tracing::warn!("some sockets did not close in time");
        }
    }

    /// The topic of this name.
    fn topic(&self, name: &str) -> Option<Topic> {
        self.sources.iter().position(|source| source.topic() == name).map(Topic)
    }

    /// On which topic it is told who looks at what.
    fn topic_of_presence(&self) -> Option<Topic> {
        self.sources.iter().position(|source| source.has_presence()).map(Topic)
    }

    /// Whose an event is.
    fn topic_of(&self, kind: EventKind) -> Option<Topic> {
        self.sources.iter().position(|source| source.events().contains(&kind)).map(Topic)
    }

    fn source(&self, topic: Topic) -> Option<&dyn Source> {
        self.sources.get(topic.0).map(|source| &**source)
    }
}

impl Inner {
    /// Any event of any node; quick, for it runs in the task that publishes.
    fn hear(&self, event: &Event, presence: &mpsc::Sender<Event>) {
        match event.kind {
            Bus::GROWN => self.grown.notify_one(),
            Bus::RESET => {
                self.hub.look_again(Whom::Everybody);
                self.grown.notify_one();
            }
            kind if presence::is_kind(kind) => {
                // Full: the next heartbeat says the same.
                let _ = presence.try_send(event.clone());
            }
            _ => self.hub.look_again(self.door.concerns(event)),
        }
    }
}

pub fn routes(live: Live) -> Router {
    Router::new().route("/ws", get(connect)).with_state(live)
}

/// Opens a socket for the person of the cookie, or for one who will say who they are. Other sites'
/// pages get none (ASVS 4.4.2).
async fn connect(
    State(live): State<Live>,
    context: Context,
    Anyone(actor): Anyone,
    failed: Option<axum::Extension<Error>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::UPGRADE_REQUIRED => Error::new(Kind::UpgradeRequired, codes::BAD_REQUEST),
        _ => Error::bad_request(),
    })?;
    if !guard::is_our_socket(&headers, &live.platform.origin) {
        tracing::warn!("refused a socket for a page of another site");
        return Err(Error::forbidden(codes::CROSS_ORIGIN));
    }
    if let Some(axum::Extension(error)) = failed {
        return Err(error);
    }
    if live.hub.position().is_none() || live.platform.stop.is_cancelled() {
        return Err(Error::unavailable(1));
    }
    let place = live.addresses.take(context.address).ok_or_else(|| Error::too_many(RETRY_SECONDS))?;
    let guest = match actor {
        Some(actor) => socket::Guest::Known(Box::new(actor)),
        // A cookie that does not count any more: a page whose session ended while it was away.
        None if live.platform.cookies().read(&headers, cookies::SESSION).is_some() => socket::Guest::Ended,
        None => socket::Guest::Unknown,
    };
    let upgrade = upgrade
        .read_buffer_size(socket::BUFFER)
        .write_buffer_size(0)
        .max_message_size(socket::MESSAGE)
        .max_frame_size(socket::MESSAGE);
    let sockets = live.sockets.clone();
    Ok(upgrade
        .on_upgrade(move |ws| sockets.track_future(watched(socket::serve(live, ws, guest, context.lang, place))))
        .into_response())
}
