use axum::http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::platform::base::address::{is_public, limit_key, parse_trusted};

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

fn ip(text: &str) -> Address {
    if text == "unknown" { Address::UNKNOWN } else { text.parse::<IpAddr>().unwrap().into() }
}

fn resolve(peer: &str, lines: &[(&'static str, &str)]) -> Address {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, value.parse().unwrap());
    }
    let written = match lines.first() {
        Some(("forwarded", _)) => ProxyHeader::Forwarded,
        _ => ProxyHeader::XForwardedFor,
    };
    client_address(peer.parse().unwrap(), &headers, &parse_trusted(PROXIES).unwrap(), written)
}

#[test]
fn asvs_4_1_3_the_header_that_the_proxy_does_not_write_is_the_clients_own() {
    let lines = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=1.2.3.4")];
    assert_eq!(resolve("10.0.0.1", &lines), ip("198.51.100.7"));
    let lines = [("forwarded", "for=198.51.100.7"), ("x-forwarded-for", "1.2.3.4")];
    assert_eq!(resolve("10.0.0.1", &lines), ip("198.51.100.7"));
}

fn via_proxy(name: &'static str, value: &str) -> Address {
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
        ("1.1.1.1, junk, 10.2.2.2", "unknown"),
        ("1.1.1.1, junk", "unknown"),
        ("1.1.1.1, 198.51.100.7:x y", "unknown"),
        ("10.3.3.3, 10.2.2.2", "10.3.3.3"),
        (" , ,198.51.100.7, ", "198.51.100.7"),
        ("", "unknown"),
        ("unknown", "unknown"),
        ("_hidden", "unknown"),
    ] {
        assert_eq!(via_proxy("x-forwarded-for", value), ip(expected), "{value}");
    }
}

#[test]
fn door_04_only_two_who_share_a_public_address_are_in_one_network() {
    for (one, other, beside) in [
        ("198.51.45.7", "198.51.45.7", true),
        ("::ffff:198.51.45.7", "198.51.45.7", true),
        ("2a00:1450:1:2::3", "2a00:1450:1:2::4", true),
        ("198.51.45.7", "198.51.45.8", false),
        ("2a00:1450:1:2::3", "2a00:1450:1:3::3", false),
    ] {
        assert_eq!(ip(one).is_beside(ip(other)), beside, "{one} {other}");
        assert_eq!(ip(one).is_apart(ip(other)), !beside, "{one} {other}");
    }
    for nowhere in
        "unknown 127.0.0.1 ::1 10.1.2.3 192.168.1.1 172.16.0.1 169.254.1.1 100.64.0.1 0.0.0.0 :: fe80::1 fd00::1"
            .split(' ')
    {
        assert!(!ip(nowhere).is_beside(ip(nowhere)), "{nowhere}");
        assert!(!ip(nowhere).is_apart(ip("198.51.45.7")), "nobody can tell of {nowhere}");
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
        ("for=1.1.1.1, for=unknown, for=10.9.9.9", "unknown"),
        ("for=1.1.1.1, for=_hidden", "unknown"),
        ("for=1.1.1.1, proto=https", "unknown"),
        ("for=1.1.1.1;for=2.2.2.2", "unknown"),
        ("for=1.1.1.1;x=\", for=198.51.100.7", "unknown"),
        ("for=1.1.1.1;x=\", for=\"[2001:db8::7]\";by=\"[2001:db8::8]\"", "unknown"),
        ("for=\"[198.51.100.7]\"", "unknown"),
        ("for=unknown", "unknown"),
        ("", "unknown"),
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
    assert_eq!(ip("2001:db8:1:2:3:4:5:6").network(), ip("2001:db8:1::"));
    assert_eq!(limit_key(Address::UNKNOWN), Address::UNKNOWN);
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
        prop_assert_eq!(client_address(peer, &headers, &[], ProxyHeader::Forwarded), Address::from(peer));
        let everyone = parse_trusted("0.0.0.0/0, ::/0").unwrap();
        for written in [ProxyHeader::Forwarded, ProxyHeader::XForwardedFor] {
            let found = client_address(peer, &headers, &everyone, written);
            prop_assert_eq!(Address::read(&found.to_string()), found);
        }
        let _ = limit_key(peer.into());
        let _ = parse_trusted(&String::from_utf8_lossy(&value));
    }
}
