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
use axum::body::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, sync::OnceCell};

use super::{
    brand::{Brand, icon},
    bundle::join,
    error::{Error, Result},
    lean::lean,
    workers::{Turn, Workers},
};

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Embedded;

/// One of them.
pub struct Asset {
    pub content_type: &'static str,
    pub plain: Bytes,
    brotli: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

/// What every brand has.
struct Common {
    hash: [u8; 32],
    /// The style sheets, joined: all of them, and those of the pages before the sign-in.
    css: [(&'static str, String); 2],
    files: HashMap<String, Asset>,
}

/// What the pages before the sign-in look like, apart from the tokens.
const DOOR_CSS: [&str; 9] = ["base", "button", "card", "docs", "door", "field", "frame", "qr_login", "session"];

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
        let mut css = [("app.css", String::new()), ("door.css", String::new())];
        let mut files = HashMap::new();
        for name in sorted() {
            let Some(file) = Embedded::get(&name) else { continue };
            hash.update(&file.data);
            if let Some(sheet) = name.strip_prefix("css/").and_then(|name| name.strip_suffix(".css")) {
                let lean = lean(text(&name));
                let is_of_door = sheet.starts_with("token_") || DOOR_CSS.contains(&sheet);
                for (_, joined) in css.iter_mut().filter(|(to, _)| *to == "app.css" || is_of_door) {
                    joined.push_str(&lean);
                }
            } else if !name.starts_with("js/") {
                files.insert(name.to_string(), Asset::named(&name, bytes(file.data)));
            }
        }
        for entry in ["app.js", "door.js"] {
            files.insert(entry.to_owned(), Asset::named(entry, join(&format!("js/{entry}"), &text)));
        }
        Self { hash: hash.finalize().into(), css, files }
    }
}

/// All of them in the order of their names, but base.css, which lays down the layers, comes first.
fn sorted() -> Vec<Cow<'static, str>> {
    let mut names: Vec<_> = Embedded::iter().collect();
    names.sort_by_key(|name| (name != "css/base.css", name.clone()));
    names
}

/// The scripts of pages.
#[cfg(test)]
pub fn scripts() -> Vec<String> {
    sorted().into_iter().filter(|name| name.starts_with("js/")).map(Into::into).collect()
}

impl Assets {
    pub fn of(brand: Brand) -> Self {
        let mut hash = Sha256::new_with_prefix(COMMON.hash);
        let colours = brand.palette().css();
        hash.update(&colours);
        let mut files = HashMap::from([("favicon.svg", Asset::named("favicon.svg", brand.favicon()))]);
        for (name, css) in &COMMON.css {
            files.insert(name, Asset::named(name, format!("{css}{colours}")));
        }
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

    /// The file of this name; an icon is drawn by `workers` when it is first asked for.
    ///
    /// # Errors
    /// `busy` when it cannot be drawn now.
    pub async fn get(&self, workers: &Workers, name: &str) -> Result<Option<&Asset>> {
        for (&(icon, pixels, shape), drawn) in icon::ICONS.iter().zip(&self.0.icons) {
            if icon != name {
                continue;
            }
            let own = self.0.clone();
            let draw = async || {
                let bytes = workers.run(Turn::Later, move || icon::draw(&own.brand, pixels, shape)).await?;
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
        Self { content_type, plain: plain.into(), brotli: OnceCell::new(), gzip: OnceCell::new() }
    }

    /// Smaller than gzip by a sixth. It takes a tenth of a second of the processor, once.
    ///
    /// # Errors
    /// `busy` when it cannot be made now.
    pub async fn brotli(&self, workers: &Workers) -> Result<Bytes> {
        let compress = async || {
            let plain = self.plain.clone();
            workers.run(Turn::Sooner, move || compressed(&plain)).await
        };
        self.brotli.get_or_try_init(compress).await.cloned()
    }

    pub async fn gzip(&self) -> Bytes {
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

fn compressed(plain: &[u8]) -> Bytes {
    let mut written = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 18, ..Default::default() };
    // Writing to memory cannot fail.
    let _ = brotli::BrotliCompress(&mut &*plain, &mut written, &params);
    written.into()
}
