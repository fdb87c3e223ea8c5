//! HTTP as the product speaks it: errors, extractors, middleware, assets.

pub mod asked;
pub mod assets;
pub mod bodies;
pub mod budget;
pub mod cookies;
pub mod deadline;
pub mod download;
pub mod extract;
mod fields;
pub mod guard;
pub mod ids;
mod incoming;
mod json;
pub mod middleware;
pub mod multipart;
pub mod places;
pub mod proxies;
pub mod render;
pub mod serve;
pub mod shell;
pub mod ui;
pub mod upload;
pub mod upload_body;
mod upload_text;

use crate::platform::base::error::Error;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde::Serialize;

/// What need not be escaped in the value of a query.
pub const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// A page: rendered here, so that a template that fails is a 500 and not half a page.
pub struct Html<T>(pub T);

impl<T: askama::Template> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(text) => {
                let mut response = axum::response::Html(text).into_response();
                // Asks the browser to say its device and version with the next request.
                let hints = HeaderValue::from_static(crate::platform::base::user_agent::ACCEPT_CH);
                response.headers_mut().insert(header::HeaderName::from_static("accept-ch"), hints);
                response
            }
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

/// JSON of some size: axum's own begins with 128 bytes and moves what it has with each doubling.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut text = Vec::with_capacity(16 << 10);
        match serde_json::to_writer(&mut text, &self.0) {
            Ok(()) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

/// The way to the last page, for who asks for one behind it: a list may have become shorter. `path` is the
/// address of this page with its query.
pub fn back_to_last(path: &str, page: i64, pages: i64) -> Option<Redirect> {
    let last = pages.max(1);
    if page <= last {
        return None;
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let rest = query.split('&').filter(|field| !field.is_empty() && field.split('=').next() != Some("page"));
    let number = (last > 1).then(|| format!("page={last}"));
    let fields: Vec<&str> = rest.chain(number.as_deref()).collect();
    let mark = if fields.is_empty() { "" } else { "?" };
    Some(Redirect::to(&format!("{path}{mark}{}", fields.join("&"))))
}

/// A path of our own to go on to: no other site, no other scheme (ASVS 3.7.2), and nothing that a header
/// cannot hold.
pub fn own_path(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(|c: char| c == '\\' || c.is_control());
    if own { next } else { "/dashboard" }
}

#[cfg(test)]
mod tests {
    use axum::{http::header, response::IntoResponse};

    use super::{back_to_last, own_path};

    #[test]
    fn a_page_behind_the_last_leads_to_it() {
        let led = |path: &str, page, pages| {
            let answer = back_to_last(path, page, pages)?.into_response();
            Some(answer.headers()[header::LOCATION].to_str().unwrap().to_owned())
        };
        assert_eq!(
            led("/list?search=a%26b&page=9&status=open", 9, 3).unwrap(),
            "/list?search=a%26b&status=open&page=3"
        );
        assert_eq!(led("/list?page=9", 9, 1).unwrap(), "/list");
        assert_eq!(led("/list?page=2", 2, 0).unwrap(), "/list");
        assert!(led("/list?page=3", 3, 3).is_none() && led("/list", 1, 0).is_none());
    }

    #[test]
    fn asvs_3_7_2_redirects_stay_here() {
        for own in ["/dashboard/settings", "/qr-login?code=a%2Fb", "/"] {
            assert_eq!(own_path(own), own);
        }
        let others = [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "javascript:alert(1)",
            "/a\r\nx: y",
            "/\t/evil",
            "/dashboard\0",
            "/a\u{7f}",
            "/a\u{85}",
        ];
        for other in others {
            assert_eq!(own_path(other), "/dashboard", "{other}");
        }
    }
}
