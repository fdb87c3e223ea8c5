//! CSS, scripts and pictures: embedded in the binary, under a URL that holds a hash of them all, so
//! that browsers keep them for ever; compressed once, at the first request that wants it.

use crate::platform::base::error::{Error, codes};
use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use async_compression::{Level, tokio::write::GzipEncoder};
use axum::{
    extract::Path,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, sync::OnceCell};

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Embedded;

struct Asset {
    content_type: &'static str,
    plain: Cow<'static, [u8]>,
    gzip: OnceCell<Vec<u8>>,
}

/// All assets, with the style sheets joined into `app.css`.
struct Assets {
    prefix: String,
    files: HashMap<String, Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::load);

/// `/assets/0123abcd`: what the URLs of this build's assets begin with.
pub fn prefix() -> &'static str {
    &ASSETS.prefix
}

/// The text of an asset; empty when there is none of this name.
pub fn text(name: &str) -> &'static str {
    ASSETS.files.get(name).and_then(|asset| std::str::from_utf8(&asset.plain).ok()).unwrap_or_default()
}

impl Assets {
    fn load() -> Self {
        let mut hash = Sha256::new();
        let mut css = Vec::new();
        let mut files = HashMap::new();
        // In the order of their names, but base.css, which lays down the layers, comes first.
        let mut names: Vec<_> = Embedded::iter().collect();
        names.sort_by_key(|name| (name != "css/base.css", name.clone()));
        for name in names {
            let Some(file) = Embedded::get(&name) else { continue };
            hash.update(&file.data);
            if name.starts_with("css/") {
                css.extend_from_slice(&file.data);
            } else {
                files.insert(name.to_string(), Asset::new(&name, file.data));
            }
        }
        files.insert("app.css".into(), Asset::new("app.css", css.into()));
        let hash: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { prefix: format!("/assets/{hash}"), files }
    }
}

impl Asset {
    fn new(name: &str, plain: Cow<'static, [u8]>) -> Self {
        let content_type = match name.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml; charset=utf-8",
            Some("png") => "image/png",
            Some("webmanifest") => "application/manifest+json; charset=utf-8",
            _ => "application/octet-stream",
        };
        Self { content_type, plain, gzip: OnceCell::new() }
    }

    async fn gzip(&self) -> &[u8] {
        let compress = async || {
            let mut writer = GzipEncoder::with_quality(Vec::new(), Level::Best);
            // Writing to memory cannot fail.
            let _ = writer.write_all(&self.plain).await;
            let _ = writer.shutdown().await;
            writer.into_inner()
        };
        self.gzip.get_or_init(compress).await
    }
}

/// `GET /assets/{hash}/{*file}`. A page of an older build gets the file as it is now.
pub async fn serve(Path((_, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.files.get(&name) else { return Error::not_found(codes::NOT_FOUND).into_response() };
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let common = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    if accepts.split(',').any(|part| part.trim().starts_with("gzip")) && !asset.content_type.starts_with("image/png") {
        return (common, [(header::CONTENT_ENCODING, "gzip")], asset.gzip().await).into_response();
    }
    (common, asset.plain.clone()).into_response()
}
