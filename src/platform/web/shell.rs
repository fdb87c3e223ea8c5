//! What makes the portal an app that can be installed: the service worker, the manifest, and the page
//! that is shown without a connection.

use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::get};
use serde_json::json;

use super::{Html, extract::Context};
use crate::platform::{
    Platform,
    base::assets,
    web::ui::{OfflinePage, Ui},
};

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/sw.js", get(service_worker))
        .route("/manifest.webmanifest", get(manifest))
        .route("/offline", get(offline))
}

/// At the root, for it may only care for pages below itself. Browsers ask for it anew and compare.
async fn service_worker(State(platform): State<Platform>) -> impl IntoResponse {
    let logo = platform.assets.logo().unwrap_or_default();
    let script = assets::text("sw.js").replace("__ASSETS__", platform.assets.prefix()).replace("__LOGO__", &logo);
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], script)
}

async fn manifest(State(platform): State<Platform>, context: Context) -> impl IntoResponse {
    let icon = |name: &str, size: &str, purpose: &str| {
        let src = format!("{}/icons/{name}.png", platform.assets.prefix());
        json!({ "src": src, "sizes": size, "type": "image/png", "purpose": purpose })
    };
    let brand = platform.assets.brand();
    let logo = brand.logo().and_then(|logo| {
        let (src, sizes) = (platform.assets.logo()?, logo.icon_sizes()?);
        Some(json!({ "src": src, "sizes": sizes, "type": logo.content_type(), "purpose": "any" }))
    });
    let icons = logo.map_or_else(
        || vec![icon("192", "192x192", "any"), icon("512", "512x512", "any"), icon("maskable", "512x512", "maskable")],
        |logo| vec![logo],
    );
    let manifest = json!({
        "id": "/",
        "name": platform.site_name,
        "short_name": platform.site_name,
        "lang": context.lang.code(),
        "start_url": "/dashboard",
        "scope": "/",
        "display": "standalone",
        "background_color": brand.light("page"),
        "theme_color": brand.light("card"),
        "icons": icons,
    });
    let headers = [
        (header::CONTENT_TYPE, "application/manifest+json; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::VARY, "accept-language"),
    ];
    (headers, Json(manifest))
}

async fn offline(ui: Ui) -> Html<OfflinePage> {
    Html(OfflinePage { ui: Ui { user: None, ..ui } })
}
