//! The address a request really came from.
//!
//! Behind a reverse proxy the peer of the connection is the proxy, and the
//! client's own address stands in `Forwarded` or `X-Forwarded-For`. Anyone can
//! send those headers, so each hop is believed only as far as the hop that
//! reported it is trusted: the walk starts at the peer and goes right to left.
//!
//! Only the one header that the proxies are known to write is read: a proxy that
//! writes one passes the other through just as the client sent it.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::platform::base::address::{Address, ProxyHeader, list};

/// The client's address: the nearest hop that is not one of our proxies. A proxy of ours that names
/// nobody, or somebody unreadable, leaves it unknown: its own address would be taken for the client's.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet], written: ProxyHeader) -> Address {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip));
    let peer = peer.to_canonical();
    if !is_trusted(peer) {
        return peer.into();
    }
    // What lies beyond an unreadable hop is hearsay.
    let mut nearest = None;
    for hop in hops(headers, written).into_iter().rev() {
        nearest = hop;
        if !hop.is_some_and(is_trusted) {
            break;
        }
    }
    nearest.map_or(Address::UNKNOWN, Address::from)
}

/// Every reported hop, the farthest first; `None` is one that cannot be read.
fn hops(headers: &HeaderMap, written: ProxyHeader) -> Vec<Option<IpAddr>> {
    if written == ProxyHeader::Forwarded {
        let lines = lines(headers, "forwarded");
        lines.flat_map(|line| forwarded(&line)).collect()
    } else {
        let lines = lines(headers, "x-forwarded-for");
        lines.flat_map(|line| list(&line).map(node).collect::<Vec<_>>()).collect()
    }
}

fn lines(headers: &HeaderMap, name: &str) -> impl Iterator<Item = String> {
    let values = headers.get_all(name).into_iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The hops of one `Forwarded` line (RFC 7239).
fn forwarded(line: &str) -> Vec<Option<IpAddr>> {
    // A quote left open may have swallowed the hop our own proxy appended, so
    // nothing on such a line can be relied upon.
    let Some(elements) = split_unquoted(line, ',') else {
        return vec![None];
    };
    let elements = elements.into_iter().filter(|element| !element.trim().is_empty());
    elements.map(forwarded_for).collect()
}

/// The `for=` of one element; naming it twice is as bad as not at all.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = split_unquoted(element, ';')?;
    let mut values = pairs.iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    });
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    node(unquoted.unwrap_or(value))
}

/// Splits at separators outside quoted strings; `None` if a quote stays open.
fn split_unquoted(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '"' {
            quoted = !quoted;
        } else if quoted {
            escaped = c == '\\';
        } else if c == separator {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    parts.push(&text[start..]);
    (!quoted).then_some(parts)
}

/// One hop: an address, perhaps with a port; `unknown` and `_names` are none.
fn node(text: &str) -> Option<IpAddr> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        (host, rest)
    } else {
        match text.find(':') {
            // A second colon makes it a bare IPv6 address, which has no port.
            Some(at) if !text[at + 1..].contains(':') => text.split_at(at),
            _ => (text, ""),
        }
    };
    let ip = host.parse::<IpAddr>().ok()?.to_canonical();
    (port.is_empty() || is_port(port)).then_some(ip)
}

/// `:443`, or the obfuscated `:_https` that RFC 7239 allows.
fn is_port(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    text.strip_prefix(':').is_some_and(|port| !port.is_empty() && port.chars().all(allowed))
}

#[cfg(test)]
mod tests;
