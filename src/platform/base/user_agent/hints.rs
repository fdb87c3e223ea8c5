//! User-agent client hints: what Chromium says outside the user agent.

use axum::http::HeaderMap;

use super::{header, platform};

/// The hints of one request, empty where not sent.
#[derive(Default)]
pub(super) struct Hints {
    /// Names and versions, in the order sent.
    pub brands: Vec<(String, String)>,
    pub mobile: Option<bool>,
    pub platform: String,
    pub platform_version: String,
    pub model: String,
    pub tablet: bool,
}

impl Hints {
    /// Reads the hints, or none if they contradict the user agent: then one of
    /// the two was made up, and the user agent is the one always there.
    pub(super) fn read(headers: &HeaderMap, agent: &str) -> Hints {
        let platform = unquoted(&header(headers, "sec-ch-ua-platform"));
        let claimed = platform::family(&platform).zip(platform::family(agent));
        if !agent.contains("Chrome/") || claimed.is_some_and(|(hint, agent)| hint.os != agent.os) {
            return Hints::default();
        }
        let full = brands(&header(headers, "sec-ch-ua-full-version-list"));
        Hints {
            brands: if full.is_empty() { brands(&header(headers, "sec-ch-ua")) } else { full },
            mobile: match header(headers, "sec-ch-ua-mobile").as_str() {
                "?1" => Some(true),
                "?0" => Some(false),
                _ => None,
            },
            platform,
            platform_version: unquoted(&header(headers, "sec-ch-ua-platform-version")),
            model: unquoted(&header(headers, "sec-ch-ua-model")),
            tablet: header(headers, "sec-ch-ua-form-factors").contains("\"Tablet\""),
        }
    }
}

fn unquoted(text: &str) -> String {
    strings(text).into_iter().next().unwrap_or_else(|| text.trim().to_owned())
}

/// `"Brand";v="1", "Other";v="2"`: brands and versions take turns. Browsers
/// deliberately put separators inside the quotes, so only the quotes count.
fn brands(text: &str) -> Vec<(String, String)> {
    let strings = strings(text);
    let pairs = strings.as_chunks().0.iter().cloned().map(|[name, version]| (name, version));
    pairs.filter(|(name, _)| !is_grease(name)).collect()
}

/// "Not A;Brand", "Not/A)Brand" and the like, there to keep parsers honest.
fn is_grease(name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    letters.is_empty() || letters.eq_ignore_ascii_case("notabrand") || letters.eq_ignore_ascii_case("notbrand")
}

/// Every quoted string of a structured header.
fn strings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (&mut open, c) {
            (Some(string), '\\') => string.extend(chars.next()),
            (Some(_), '"') => found.extend(open.take().map(|string| string.trim().to_owned())),
            (Some(string), c) => string.push(c),
            (None, '"') => open = Some(String::new()),
            (None, _) => {}
        }
    }
    found
}
