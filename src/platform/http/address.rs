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

/// Which header the trusted proxies write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// The client's address: the nearest hop that is not one of our proxies.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet], written: ProxyHeader) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip));
    let mut nearest = peer.to_canonical();
    if !is_trusted(nearest) {
        return nearest;
    }
    // An unreadable hop ends the walk: what lies beyond it is hearsay.
    for hop in hops(headers, written).into_iter().rev().map_while(|hop| hop) {
        nearest = hop;
        if !is_trusted(hop) {
            break;
        }
    }
    nearest
}

/// What to count attempts by. One subscriber usually holds a whole IPv6 /64,
/// so counting single addresses would limit nobody.
pub fn limit_key(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
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
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn inside_addresses_are_not_public() {
        for public in ["8.8.8.8", "100.63.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for inside in [
            "127.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
    }

    const PROXIES: &str = "10.0.0.0/8, 2001:db8:ffff::/48,192.0.2.1";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn resolve(peer: &str, lines: &[(&'static str, &str)]) -> IpAddr {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let written = match lines.first() {
            Some(("forwarded", _)) => ProxyHeader::Forwarded,
            _ => ProxyHeader::XForwardedFor,
        };
        client_address(ip(peer), &headers, &parse_trusted(PROXIES).unwrap(), written)
    }

    #[test]
    fn asvs_4_1_3_the_header_that_the_proxy_does_not_write_is_the_clients_own() {
        let lines = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(resolve("10.0.0.1", &lines), ip("198.51.100.7"));
        let lines = [("forwarded", "for=198.51.100.7"), ("x-forwarded-for", "1.2.3.4")];
        assert_eq!(resolve("10.0.0.1", &lines), ip("198.51.100.7"));
    }

    fn via_proxy(name: &'static str, value: &str) -> IpAddr {
        resolve("10.0.0.1", &[(name, value)])
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        let lines = [("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "1.2.3.4")];
        assert_eq!(resolve("203.0.113.9", &lines), ip("203.0.113.9"));
        assert_eq!(resolve("::ffff:203.0.113.9", &lines), ip("203.0.113.9"));
    }

    #[test]
    fn x_forwarded_for_is_walked_from_the_right() {
        for (value, expected) in [
            ("198.51.100.7", "198.51.100.7"),
            ("1.1.1.1, 198.51.100.7, 10.2.2.2,192.0.2.1", "198.51.100.7"),
            ("198.51.100.7:51000", "198.51.100.7"),
            ("2001:db8::7, 2001:db8:ffff::1", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("1.1.1.1, junk, 10.2.2.2", "10.2.2.2"),
            ("1.1.1.1, junk", "10.0.0.1"),
            ("1.1.1.1, 198.51.100.7:x y", "10.0.0.1"),
            ("10.3.3.3, 10.2.2.2", "10.3.3.3"),
            (" , ,198.51.100.7, ", "198.51.100.7"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(via_proxy("x-forwarded-for", value), ip(expected), "{value}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = [("x-forwarded-for", "1.1.1.1, 198.51.100.7"), ("x-forwarded-for", "10.2.2.2")];
        assert_eq!(resolve("10.0.0.1", &lines), ip("198.51.100.7"));
        // A quote left open on the client's line cannot hide the proxy's.
        let lines = [("forwarded", "for=1.1.1.1;x=\""), ("forwarded", "for=198.51.100.7")];
        assert_eq!(resolve("10.0.0.1", &lines), ip("198.51.100.7"));
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_says() {
        for (value, expected) in [
            ("for=198.51.100.7", "198.51.100.7"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=198.51.100.7;proto=https;by=203.0.113.43", "198.51.100.7"),
            ("proto=\"a,b;c\\\"\" ; FOR = \"198.51.100.7:_p\"", "198.51.100.7"),
            ("for=1.1.1.1, for=198.51.100.7, for=10.9.9.9", "198.51.100.7"),
            ("for=1.1.1.1, for=unknown, for=10.9.9.9", "10.9.9.9"),
            ("for=1.1.1.1, for=_hidden", "10.0.0.1"),
            ("for=1.1.1.1, proto=https", "10.0.0.1"),
            ("for=1.1.1.1;for=2.2.2.2", "10.0.0.1"),
            ("for=1.1.1.1;x=\", for=198.51.100.7", "10.0.0.1"),
            ("for=1.1.1.1;x=\", for=\"[2001:db8::7]\";by=\"[2001:db8::8]\"", "10.0.0.1"),
            ("for=\"[198.51.100.7]\"", "10.0.0.1"),
        ] {
            assert_eq!(via_proxy("forwarded", value), ip(expected), "{value}");
        }
    }

    #[test]
    fn trusted_networks_are_parsed() {
        assert_eq!(parse_trusted(" "), Ok(vec![]));
        let parsed = parse_trusted("127.0.0.1, ::ffff:10.1.2.3,10.1.2.3/8,::1").unwrap();
        let shown: Vec<_> = parsed.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["127.0.0.1/32", "10.1.2.3/32", "10.0.0.0/8", "::1/128"]);
        assert!(parse_trusted("10.0.0.0/8, proxy").unwrap_err().contains("\"proxy\""));
        assert!(parse_trusted("10.0.0.0/33").is_err());
    }

    #[test]
    fn limits_count_subscribers() {
        assert_eq!(limit_key(ip("198.51.100.7")), ip("198.51.100.7"));
        assert_eq!(limit_key(ip("::ffff:198.51.100.7")), ip("198.51.100.7"));
        assert_eq!(limit_key(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(
            peer: IpAddr,
            name in prop_oneof![Just("forwarded"), Just("x-forwarded-for")],
            value in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..80),
                "(for=|\"|\\[|\\]|:|;|,|\\\\|1\\.2\\.3\\.4|::1|_x| ){0,12}".prop_map(String::into_bytes),
            ],
        ) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(HeaderName::from_static(name), value);
            }
            prop_assert_eq!(client_address(peer, &headers, &[], ProxyHeader::Forwarded), peer.to_canonical());
            let everyone = parse_trusted("0.0.0.0/0, ::/0").unwrap();
            for written in [ProxyHeader::Forwarded, ProxyHeader::XForwardedFor] {
                let _ = client_address(peer, &headers, &everyone, written);
            }
            let _ = limit_key(peer);
            let _ = parse_trusted(&String::from_utf8_lossy(&value));
        }
    }
}
