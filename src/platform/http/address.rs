//! The address a request really came from.
//!
//! Behind a reverse proxy the peer of the connection is the proxy, and the
//! client's own address stands in `Forwarded` or `X-Forwarded-For`. Anyone can
//! send those headers, so each hop is believed only as far as the hop that
//! reported it is trusted: the walk starts at the peer and goes right to left.
//!
//! Only the one header that the proxies are known to write is read: a proxy that
//! writes one passes the other through just as the client sent it.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::platform::i18n::Lang;

/// Which header the trusted proxies write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// Where a request comes from, as far as that can be told. `UNKNOWN` is nowhere: it is no place, no
/// network, and nobody has been seen there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address(Option<IpAddr>);

impl Address {
    pub const UNKNOWN: Self = Self(None);

    /// Reads what `to_string` wrote; what cannot be read is unknown.
    pub fn read(text: &str) -> Self {
        Self(text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical()))
    }

    pub fn ip(self) -> Option<IpAddr> {
        self.0
    }

    /// The network around it: for IPv6 its /48.
    pub fn network(self) -> Self {
        self.cut(48)
    }

    fn cut(self, bits: u32) -> Self {
        Self(self.0.map(|ip| match ip.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << (128 - bits)))),
            v4 => v4,
        }))
    }

    /// Whether both are known to be behind one public address. Two that are not public may be in the
    /// same house or at the ends of the world.
    pub fn is_beside(self, other: Self) -> bool {
        self.0.is_some_and(is_outside) && limit_key(self) == limit_key(other)
    }

    /// Whether both are known to be behind public addresses that differ.
    pub fn is_apart(self, other: Self) -> bool {
        let outside = |one: Self| one.0.is_some_and(is_outside);
        outside(self) && outside(other) && limit_key(self) != limit_key(other)
    }

    /// For people.
    pub fn name(self, lang: Lang) -> String {
        self.0.map_or_else(|| lang.t("address-unknown").to_owned(), |ip| ip.to_string())
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        Self(Some(ip.to_canonical()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(ip) => ip.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

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
    Address(nearest)
}

/// What to count attempts by. One subscriber usually holds a whole IPv6 /64,
/// so counting single addresses would limit nobody.
pub fn limit_key(address: Address) -> Address {
    address.cut(64)
}

/// Whether no two networks can have this address, as they can one of their own inside, or behind a
/// provider that shares one out (100.64.0.0/10).
fn is_outside(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared || a == 0 || a >= 224)
        }
        IpAddr::V6(v6) => v6.segments()[0] & 0xe000 == 0x2000,
    }
}

/// Whether an address lies on the public internet: not in one's own networks, not on this machine,
/// not one that only looks like an outside address (RFC 6890 and the like).
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let reserved = a == 0 || a >= 240 || (a, b, c) == (192, 0, 0) || a == 198 && (b == 18 || b == 19);
            let own = v4.is_private() || v4.is_loopback() || v4.is_link_local();
            !(own || v4.is_multicast() || v4.is_documentation() || shared || reserved)
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            // Only 2000::/3 is given out. 2002::/16 (6to4), 2001::/32 (Teredo) and 64:ff9b::/96 hold a v4
            // address, which could be an inside one.
            first & 0xe000 == 0x2000
                && first != 0x2002
                && (first, second) != (0x2001, 0)
                && (first, second) != (0x2001, 0xdb8)
        }
    }
}

/// Reads comma-separated networks (`10.0.0.0/8`) or single addresses.
pub fn parse_trusted(text: &str) -> Result<Vec<IpNet>, String> {
    list(text)
        .map(|part| {
            let single = part.parse::<IpAddr>().map(|ip| IpNet::from(ip.to_canonical()));
            single
                .or_else(|_| part.parse::<IpNet>().map(|net| net.trunc()))
                .map_err(|_| format!("\"{part}\" is not an address or a network"))
        })
        .collect()
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

/// The non-empty members of a comma-separated list.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
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
