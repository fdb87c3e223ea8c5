//! Refuses requests that change something and were sent by a page of another site (ASVS 3.5.1).

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::Error;
use crate::platform::Platform;

/// Lets pass what reads, what carries a bearer token, and what our own pages send.
pub async fn same_origin(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    if reads || headers.contains_key(header::AUTHORIZATION) || is_ours(headers, &platform.base_url) {
        return next.run(request).await;
    }
    tracing::warn!(path = request.uri().path(), "refused a request from another site");
    Error::forbidden("cross_origin").into_response()
}

/// Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. A request
/// with neither was not sent by a page at all, so nobody can have been tricked into it.
fn is_ours(headers: &HeaderMap, base_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            origin == base_url || origin.split_once("://").is_some_and(|(_, host)| text("host") == Some(host))
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asvs_3_5_1_only_our_own_pages_change_things() {
        let ours = |pairs: &[(&'static str, &'static str)]| {
            let headers =
                pairs.iter().map(|(k, v)| (k.parse::<header::HeaderName>().unwrap(), v.parse().unwrap())).collect();
            is_ours(&headers, "https://help.example")
        };
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(ours(&[("origin", "https://help.example"), ("host", "10.0.0.1:5000")]));
        assert!(ours(&[("origin", "http://127.0.0.1:5000"), ("host", "127.0.0.1:5000")]));
        assert!(ours(&[]));
        for site in ["cross-site", "same-site", "nonsense"] {
            assert!(!ours(&[("sec-fetch-site", site), ("origin", "https://help.example")]), "{site}");
        }
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "help.example")]));
        assert!(!ours(&[("origin", "null"), ("host", "help.example")]));
    }
}
