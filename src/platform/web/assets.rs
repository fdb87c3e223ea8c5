//! Sends CSS, scripts and pictures, which browsers keep for ever.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use crate::platform::{
    Platform,
    base::error::{Error, Result, codes},
};

/// A logo is looked at in pages. Whoever opens it alone gets a picture that can do nothing.
const LOGO_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/// `GET /assets/{hash}/{*file}`. A page of an older build gets the file as it is now.
pub async fn serve(
    State(platform): State<Platform>,
    Path((_, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let asset =
        platform.assets.get(&platform.workers, &name).await?.ok_or_else(|| Error::not_found(codes::NOT_FOUND))?;
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let common = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    let alone = name.starts_with("logo.").then_some([(header::CONTENT_SECURITY_POLICY, LOGO_CSP)]);
    let takes = |coding: &str| accepts.split(',').any(|part| part.trim().split(';').next() == Some(coding));
    let is_packed = asset.content_type.starts_with("image/png");
    if !is_packed && takes("br") {
        let body = asset.brotli(&platform.workers).await?;
        return Ok((common, alone, [(header::CONTENT_ENCODING, "br")], body).into_response());
    }
    if !is_packed && takes("gzip") {
        return Ok((common, alone, [(header::CONTENT_ENCODING, "gzip")], asset.gzip().await).into_response());
    }
    Ok((common, alone, asset.plain.clone()).into_response())
}
