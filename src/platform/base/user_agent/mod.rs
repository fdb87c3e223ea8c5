//! What device and browser a request comes from, in the words its owner would use.
//!
//! The user agent is matched against the ordered tables of `table`, and client
//! hints sharpen the answer where the browser sends them. The tables are our
//! own on purpose: `woothee` knows neither client hints nor DuckDuckGo nor the
//! browsers inside Telegram and Instagram, and whatever is built on uap-core
//! brings about a thousand expressions to compile and keep.
//!
//! Headers are the client's word. They are good enough for a label in a list
//! of sessions and must never decide what somebody may do.

mod hints;
mod platform;
mod product;
mod table;
#[cfg(test)]
mod tests;

use axum::http::HeaderMap;

use hints::Hints;
use platform::Platform;
use table::Role;

/// The client hints worth asking for: browsers send the others unasked.
pub const ACCEPT_CH: &str = "Sec-CH-UA-Model, Sec-CH-UA-Platform-Version, Sec-CH-UA-Form-Factors";

/// Longer headers are cut: nothing past this length has ever been of use.
const MAX_LEN: usize = 512;

/// The sender of a request. The texts are English; see [`localised`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub kind: DeviceKind,
    /// "Pixel 8", "iPhone", "Windows 11".
    pub device: String,
    /// "Android 15", "iOS 18", "Windows 11".
    pub os: String,
    /// "Chrome 143", "Telegram 12", "curl 8.5".
    pub browser: String,
}

/// What sort of thing the sender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    Desktop,
    Mobile,
    Tablet,
    Bot,
    Api,
}

impl DeviceKind {
    /// The form kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            DeviceKind::Desktop => "desktop",
            DeviceKind::Mobile => "mobile",
            DeviceKind::Tablet => "tablet",
            DeviceKind::Bot => "bot",
            DeviceKind::Api => "api",
        }
    }

    /// Reads what `as_str` wrote; anything else is a desktop.
    pub fn parse(text: &str) -> DeviceKind {
        match text {
            "mobile" => DeviceKind::Mobile,
            "tablet" => DeviceKind::Tablet,
            "bot" => DeviceKind::Bot,
            "api" => DeviceKind::Api,
            _ => DeviceKind::Desktop,
        }
    }
}

/// Recognises the sender by the headers of a request.
pub fn recognise(headers: &HeaderMap) -> Client {
    let agent = header(headers, "user-agent");
    let hints = Hints::read(headers, &agent);
    let (browser, role) = product::of(&agent, &hints);
    let Platform { kind, device, os } = platform::of(&agent, &hints);
    let (kind, device, os) = match role {
        // A robot's claim to be some phone is a claim about page layout.
        Role::Bot => (DeviceKind::Bot, Some("Bot".to_owned()), None),
        Role::Tool => (DeviceKind::Api, device.or_else(|| Some("API client".to_owned())), os),
        Role::App | Role::Browser | Role::Engine => (kind, device, os),
    };
    Client {
        kind,
        device: device.unwrap_or_else(|| "Unknown device".to_owned()),
        os: os.unwrap_or_else(|| "Unknown system".to_owned()),
        browser,
    }
}

/// A name from [`Client`] in the reader's language. Brands keep their names
/// unless they have a Russian one of their own.
pub fn localised(name: &str, russian: bool) -> String {
    let translated = table::RUSSIAN.iter().filter(|_| russian).find_map(|(english, russian)| {
        let rest = name.strip_prefix(english)?;
        (rest.is_empty() || rest.starts_with(' ')).then(|| format!("{russian}{rest}"))
    });
    translated.unwrap_or_else(|| name.to_owned())
}

/// A header as plain text. Only printable ASCII is kept: no device or browser
/// needs more, and nothing invisible or reordering reaches a page that way.
fn header(headers: &HeaderMap, name: &str) -> String {
    let bytes = headers.get(name).map_or(&[][..], |value| value.as_bytes());
    let printable = bytes.iter().take(MAX_LEN).filter(|byte| (b' '..=b'~').contains(byte));
    printable.map(|byte| char::from(*byte)).collect::<String>().trim().to_owned()
}

/// The dotted number that follows `token`, cut to its first `parts` parts.
fn version_after(agent: &str, token: &str, parts: usize) -> Option<String> {
    let (_, rest) = agent.split_once(token)?;
    leading_version(rest, parts)
}

/// The dotted number at the start of `text`, cut to its first `parts` parts.
fn leading_version(text: &str, parts: usize) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let numbers: Vec<_> = text[..end].split('.').take(parts).filter(|part| !part.is_empty()).collect();
    (!numbers.is_empty() && end <= 40).then(|| numbers.join("."))
}

/// A name and, if known, a version.
fn named(name: &str, version: Option<String>) -> String {
    version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}"))
}
