//! Where somebody is on the network, as far as that can be told, and what follows from it.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use ipnet::IpNet;

use super::i18n::Lang;

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

/// The non-empty members of a comma-separated list.
pub fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}
