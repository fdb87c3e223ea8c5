//! Files, rule by rule: what is taken, what is left, how it is sent.

mod archives;
mod download;
mod form;
mod kinds;
mod leftovers;
mod memory;
mod pictures;
mod samples;
mod scanner;
mod storage;
mod thumbnails;
mod types;

use crate::{
    config::Config,
    on_read,
    platform::{
        Platform,
        base::{
            actor::{Actor, Person, Role},
            clock::Timestamp,
            error::{Error, Result, codes},
        },
        web::{bodies, deadline, download as sending, middleware, upload::Upload},
    },
    testing::{Client, Database, TestApp},
};
use std::path::{Path, PathBuf};

use axum::{
    Json, Router,
    body::Body,
    extract::{DefaultBodyLimit, Query, Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_http::compression::{CompressionLayer, DefaultPredicate, Predicate};

use super::{Files, Incoming, Received};

/// An application that takes files, and the folder where they lie.
struct Scene {
    app: TestApp,
    folder: PathBuf,
}

impl Scene {
    async fn new(database: Database) -> Self {
        Self::with(database, |_| {}).await
    }

    async fn with(database: Database, change: impl FnOnce(&mut Config)) -> Self {
        let mut folder = PathBuf::new();
        let app = TestApp::with(database, |config| {
            folder = config.platform.data_dir.join("files");
            change(config);
        })
        .await;
        Self { app, folder }
    }

    fn files(&self) -> &Files {
        &self.app.app.platform.files
    }

    /// Somebody who is signed in.
    fn client(&self) -> Client {
        Client::new(self.router()).header("accept", "application/json").header("accept-language", "en")
    }

    /// Where everybody is signed in.
    fn router(&self) -> Router {
        let actor = Actor::from(Person {
            user: 1,
            session: 1,
            role: Role::Customer,
            username: "Артём".into(),
            email: "artem@example.ru".into(),
            language: "ru".into(),
            timezone: "UTC".into(),
            created_at: Timestamp(0),
            unconfirmed_until: None,
            proven_at: crate::platform::base::clock::Timestamp(0),
        });
        let sign_in = move |mut request: Request, next: Next| {
            request.extensions_mut().insert(actor.clone());
            next.run(request)
        };
        around(router().layer(from_fn(sign_in)), &self.app.app.platform)
    }

    fn stranger(&self) -> Client {
        Client::new(around(router(), &self.app.app.platform)).header("accept", "application/json")
    }

    async fn pending(&self) -> i64 {
        let db = &self.app.app.platform.db;
        on_read!(db, c => sqlx::query_scalar("SELECT COUNT(*) FROM pending_file").fetch_one(c).await.unwrap())
    }

    /// Whether neither a file nor a row is left.
    async fn is_clean(&self) -> bool {
        self.pending().await == 0 && count(&self.folder) == 0
    }
}

/// Files in a folder and those in it.
fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

/// As a request brings it.
async fn given(files: &Files, name: &str, content: &[u8]) -> Result<Received> {
    let mut spool = files.spool().await?;
    for chunk in content.chunks(100_000) {
        spool.write(chunk).await.unwrap();
    }
    files.receive(Incoming { filename: name.into(), spool: spool.finish().await.unwrap(), may_hold_key: false }).await
}

async fn content(files: &Files, received: &Received) -> Vec<u8> {
    files.get(&received.storage_key, Default::default()).await.unwrap().bytes().await.unwrap().to_vec()
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
struct Reply {
    ticket_id: i64,
    message: String,
    is_internal: bool,
    last_seen: Option<i64>,
}

const PAGE: &str = r#"<form method="post" action="/api/keep" enctype="multipart/form-data">
    <input name="ticketId" value="7"><textarea name="message"></textarea><input type="file" name="attachments" multiple>
</form>"#;

fn router() -> Router<Platform> {
    Router::new()
        .route("/api/keep", post(keep))
        .route("/api/form", post(form_again))
        .route("/api/refuse", post(refuse))
        .route("/file", get(send))
        .route("/page", get(async || axum::response::Html(PAGE)))
}

/// The layers that matter here, as `app.rs` has them.
fn around(router: Router<Platform>, platform: &Platform) -> Router {
    router
        .with_state(platform.clone())
        .layer(from_fn_with_state(platform.clone(), bodies::bound))
        .layer(from_fn_with_state(platform.clone(), crate::platform::web::render::render))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(from_fn(deadline::limit))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(sending::may_be_compressed)))
        .layer(from_fn_with_state(platform.clone(), middleware::context))
}

/// Stores what came, as a ticket does.
async fn keep(State(platform): State<Platform>, upload: Upload<Reply>) -> Result<Json<Value>> {
    let (fields, files) = upload.parts();
    let files = files?;
    let keys: Vec<_> = files.iter().map(|file| file.storage_key.as_str()).collect();
    let mut tx = platform.db.begin().await?;
    if !platform.files.claim(&mut tx, &keys).await? {
        return Err(Error::internal("a file is gone"));
    }
    tx.commit().await?;
    let files: Vec<_> = files
        .iter()
        .map(|file| {
            json!({ "key": file.storage_key, "filename": file.filename, "size": file.file_size,
                    "mimeType": file.mime_type })
        })
        .collect();
    Ok(Json(json!({ "fields": fields, "files": files })))
}

/// Shows a form again, as a page does.
async fn form_again(upload: Upload<Reply>) -> Json<Value> {
    let lang = crate::platform::base::i18n::Lang::En;
    let problem = upload.problem.map(|error| {
        let fields: Vec<_> = error.fields.values().map(|key| error.say(lang, key)).collect();
        json!({ "status": error.status().as_u16(), "code": error.code.as_str(), "texts": fields, "text": error.text(lang) })
    });
    Json(json!({ "fields": upload.fields, "files": upload.files.len(), "problem": problem }))
}

/// Finds after all that it cannot take it.
async fn refuse(State(platform): State<Platform>, upload: Upload<Reply>) -> Result<()> {
    let files = upload.parts().1?;
    let mut tx = platform.db.begin().await?;
    let keys: Vec<_> = files.iter().map(|file| file.storage_key.as_str()).collect();
    assert!(platform.files.claim(&mut tx, &keys).await?);
    Err(Error::conflict(codes::FORBIDDEN))
}

#[derive(Deserialize)]
struct Wanted {
    key: String,
    name: String,
    kind: String,
    size: i64,
}

async fn send(
    State(platform): State<Platform>,
    Query(wanted): Query<Wanted>,
    request: Request<Body>,
) -> Result<Response> {
    let stored = sending::Stored {
        storage_key: &wanted.key,
        filename: &wanted.name,
        mime_type: &wanted.kind,
        file_size: wanted.size,
    };
    sending::file(&platform.files, request.headers(), &stored).await
}
