//! CSS, scripts and pictures: embedded in the binary, and with what the brand makes of them (colours, icons, a logo)
//! under a URL that holds a hash of it all, so that browsers keep them for ever; compressed once, at the first
//! request that wants it.

use std::{
    borrow::Cow,
    collections::HashMap,
    str,
    sync::{Arc, LazyLock},
};

use async_compression::{Level, tokio::write::GzipEncoder};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, sync::OnceCell};

use super::{
    brand::{Brand, icon},
    error::{Error, Result},
    lean::lean,
};
use crate::platform::{Platform, workers::Turn};

/// A logo is looked at in pages. Whoever opens it alone gets a picture that can do nothing.
const LOGO_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Embedded;

struct Asset {
    content_type: &'static str,
    plain: Bytes,
    gzip: OnceCell<Bytes>,
}

/// What every brand has.
struct Common {
    hash: [u8; 32],
    /// The style sheets, joined.
    css: String,
    files: HashMap<String, Asset>,
}

static COMMON: LazyLock<Common> = LazyLock::new(Common::load);

/// The assets of one portal. Clones share them.
#[derive(Clone)]
pub struct Assets(Arc<Own>);

struct Own {
    /// `/assets/0123abcd`: what their URLs begin with.
    prefix: String,
    brand: Brand,
    /// What the brand makes of them.
    files: HashMap<&'static str, Asset>,
    /// Drawn when somebody asks for one.
    icons: [OnceCell<Asset>; icon::ICONS.len()],
}

/// The text of an embedded file; empty when there is none of this name.
pub fn text(name: &str) -> &'static str {
    match Embedded::get(name).map(|file| file.data) {
        Some(Cow::Borrowed(bytes)) => str::from_utf8(bytes).unwrap_or_default(),
        _ => "",
    }
}

fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

impl Common {
    fn load() -> Self {
        let mut hash = Sha256::new();
        let mut css = String::new();
        let mut files = HashMap::new();
        // In the order of their names, but base.css, which lays down the layers, comes first.
        let mut names: Vec<_> = Embedded::iter().collect();
        names.sort_by_key(|name| (name != "css/base.css", name.clone()));
        for name in names {
            let Some(file) = Embedded::get(&name) else { continue };
            hash.update(&file.data);
            if name.starts_with("css/") {
                css.push_str(&lean(text(&name)));
            } else if name.starts_with("js/") {
                files.insert(name.to_string(), Asset::named(&name, lean(text(&name))));
            } else {
                files.insert(name.to_string(), Asset::named(&name, bytes(file.data)));
            }
        }
        Self { hash: hash.finalize().into(), css, files }
    }
}

impl Assets {
    pub fn of(brand: Brand) -> Self {
        let mut hash = Sha256::new_with_prefix(COMMON.hash);
        let css = format!("{}{}", COMMON.css, brand.palette().css());
        hash.update(&css);
        let mut files = HashMap::from([
            ("app.css", Asset::named("app.css", css)),
            ("favicon.svg", Asset::named("favicon.svg", brand.favicon())),
        ]);
        if let Some(logo) = brand.logo() {
            hash.update(logo.digest());
            files.insert(logo.file_name(), Asset::named(logo.file_name(), logo.bytes.clone()));
        }
        let hash: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self(Arc::new(Own { prefix: format!("/assets/{hash}"), brand, files, icons: Default::default() }))
    }

    pub fn prefix(&self) -> &str {
        &self.0.prefix
    }

    pub fn brand(&self) -> &Brand {
        &self.0.brand
    }

    /// Where the logo is, if there is one.
    pub fn logo(&self) -> Option<String> {
        self.0.brand.logo().map(|logo| format!("{}/{}", self.0.prefix, logo.file_name()))
    }

    async fn get(&self, platform: &Platform, name: &str) -> Result<Option<&Asset>> {
        for (&(icon, pixels, shape), drawn) in icon::ICONS.iter().zip(&self.0.icons) {
            if icon != name {
                continue;
            }
            let own = self.0.clone();
            let draw = async || {
                let bytes = platform.workers.run(Turn::Later, move || icon::draw(&own.brand, pixels, shape)).await?;
                Ok(Asset::named(icon, bytes.map_err(Error::internal)?))
            };
            return drawn.get_or_try_init(draw).await.map(Some);
        }
        Ok(self.0.files.get(name).or_else(|| COMMON.files.get(name)))
    }
}

impl Asset {
    fn named(name: &str, plain: impl Into<Bytes>) -> Self {
        let content_type = match name.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml; charset=utf-8",
            Some("png") => "image/png",
            Some("webmanifest") => "application/manifest+json; charset=utf-8",
            _ => "application/octet-stream",
        };
        Self { content_type, plain: plain.into(), gzip: OnceCell::new() }
    }

    async fn gzip(&self) -> Bytes {
        let compress = async || {
            let mut writer = GzipEncoder::with_quality(Vec::new(), Level::Best);
            // Writing to memory cannot fail.
            let _ = writer.write_all(&self.plain).await;
            let _ = writer.shutdown().await;
            Bytes::from(writer.into_inner())
        };
        self.gzip.get_or_init(compress).await.clone()
    }
}

/// `GET /assets/{hash}/{*file}`. A page of an older build gets the file as it is now.
pub async fn serve(
    State(platform): State<Platform>,
    Path((_, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let asset = platform.assets.get(&platform, &name).await?.ok_or_else(|| Error::not_found("not_found"))?;
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let common = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    let alone = name.starts_with("logo.").then_some([(header::CONTENT_SECURITY_POLICY, LOGO_CSP)]);
    if accepts.split(',').any(|part| part.trim().starts_with("gzip")) && !asset.content_type.starts_with("image/png") {
        return Ok((common, alone, [(header::CONTENT_ENCODING, "gzip")], asset.gzip().await).into_response());
    }
    Ok((common, alone, asset.plain.clone()).into_response())
}
