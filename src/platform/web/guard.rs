//! Refuses requests that change something and were sent by a page of another site (ASVS 3.5.1).

use crate::platform::{
    Platform,
    base::error::{Error, codes},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// What mail programs post to from wherever they are (RFC 8058): the link itself is the proof, and the
/// session is not looked at.
const UNSUBSCRIBE: &str = "/unsubscribe";

/// Lets pass what reads, what carries a bearer token, and what our own pages send.
pub async fn same_origin(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || request.uri().path() == UNSUBSCRIBE;
    let headers = request.headers();
    if reads || bearer(headers).is_some() || is_ours(headers, &platform.origin) {
        return next.run(request).await;
    }
    tracing::warn!(path = request.uri().path(), "refused a request from another site");
    Error::forbidden(codes::CROSS_ORIGIN).into_response()
}

/// The token of a bearer, who cannot have been tricked into sending it; with it the cookie does not count.
/// Any other way to show oneself, such as a proxy's password, is none of ours (RFC 6750, 2.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::AUTHORIZATION).into_iter().find_map(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    })
}

/// Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. A request
/// with neither was not sent by a page at all, so nobody can have been tricked into it.
fn is_ours(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => is_own_origin(origin, text("host"), own),
        (None, None) => true,
    }
}

/// The same for a WebSocket, whose handshake is a GET that browsers send from any page, with cookies
/// (ASVS 4.4.2). Both headers must agree where they are there; only a program sends neither.
pub fn is_our_socket(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let origin = text("origin").is_none_or(|origin| is_own_origin(origin, text("host"), own));
    origin && text("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// Ours, or the name by which we were asked with the scheme that is ours: a page that came over plain
/// http could have been written by anybody on its way.
fn is_own_origin(origin: &str, host: Option<&str>, own: &str) -> bool {
    let (scheme, _) = own.split_once("://").unwrap_or_default();
    origin == own || origin.split_once("://").is_some_and(|(its, name)| its == scheme && host == Some(name))
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
        assert!(ours(&[("origin", "https://10.0.0.1:5000"), ("host", "10.0.0.1:5000")]));
        assert!(ours(&[]));
        for site in ["cross-site", "same-site", "nonsense"] {
            assert!(!ours(&[("sec-fetch-site", site), ("origin", "https://help.example")]), "{site}");
        }
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "help.example")]));
        assert!(!ours(&[("origin", "null"), ("host", "help.example")]));
    }

    #[test]
    fn door_16_an_origin_has_a_scheme_and_only_a_bearer_is_one() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(k, v)| (k.parse::<header::HeaderName>().unwrap(), v.parse().unwrap())).collect()
        };
        let plain = headers(&[("origin", "http://help.example"), ("host", "help.example")]);
        assert!(!is_ours(&plain, "https://help.example") && !is_our_socket(&plain, "https://help.example"));
        assert!(is_ours(&plain, "http://help.example"));
        let secure = headers(&[("origin", "https://help.example"), ("host", "help.example")]);
        assert!(!is_ours(&secure, "http://127.0.0.1:5000"));
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("Bearer", None),
            ("Basic YTpi", None),
            ("Digest username=x", None),
            ("", None),
        ] {
            assert_eq!(bearer(&headers(&[("authorization", value)])), token, "{value}");
        }
        let mut both = headers(&[("authorization", "Basic YTpi")]);
        both.append(header::AUTHORIZATION, "Bearer abc".parse().unwrap());
        assert_eq!(bearer(&both), Some("abc"));
    }

    #[test]
    fn asvs_4_4_2_sockets_are_for_our_own_pages() {
        let ours = |pairs: &[(&'static str, &'static str)]| {
            let headers =
                pairs.iter().map(|(k, v)| (k.parse::<header::HeaderName>().unwrap(), v.parse().unwrap())).collect();
            is_our_socket(&headers, "https://help.example")
        };
        assert!(ours(&[("origin", "https://help.example"), ("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("origin", "https://10.0.0.1:5000"), ("host", "10.0.0.1:5000")]));
        assert!(ours(&[]), "a program");
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "help.example")]));
        assert!(!ours(&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")]));
        for site in ["cross-site", "same-site", "none"] {
            assert!(!ours(&[("origin", "https://help.example"), ("sec-fetch-site", site)]), "{site}");
        }
        assert!(!ours(&[("origin", "null"), ("host", "help.example")]));
    }
}
