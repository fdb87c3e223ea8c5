//! A trial: somebody tries the server out on their own machine, so links may stand in its log and push
//! services may be on loopback. It is over for good as soon as the server hears that others reach it.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::http::{HeaderMap, Uri, header};

/// Clones share it.
#[derive(Clone, Debug)]
pub struct Trial(Arc<AtomicBool>);

impl Trial {
    pub fn new(on: bool) -> Self {
        Self(Arc::new(AtomicBool::new(on)))
    }

    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends it when a request came from elsewhere: by another name, or through a proxy.
    pub fn hear(&self, uri: &Uri, headers: &HeaderMap) {
        if self.is_on() && is_foreign(uri, headers) && self.0.swap(false, Ordering::Relaxed) {
            tracing::error!(
                "A request came by another name than this machine's own, or through a proxy: others can reach this \
                 server, so it is no trial any more. Links are written to the log no longer and nothing is pushed to \
                 loopback. Set public_url to the address that people open, and trusted_proxies to the proxy."
            );
        }
    }
}

fn is_foreign(uri: &Uri, headers: &HeaderMap) -> bool {
    let hosts = headers.get_all(header::HOST).into_iter().map(|value| value.to_str().unwrap_or("?"));
    let by_proxy = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
    by_proxy.iter().any(|name| headers.contains_key(*name))
        || hosts.chain(uri.authority().map(|it| it.as_str())).any(is_other)
}

/// Whether a host, perhaps with a port, is another than this machine.
fn is_other(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    match name.parse::<IpAddr>() {
        Ok(address) => !address.to_canonical().is_loopback(),
        Err(_) => name != "localhost" && !name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn door_16_a_trial_ends_when_others_reach_it() {
        let heard = |name: &'static str, value: &str| {
            let (trial, mut headers) = (Trial::new(true), HeaderMap::new());
            headers.insert(name, value.parse().unwrap());
            trial.hear(&Uri::from_static("/login"), &headers);
            trial.is_on()
        };
        for own in
            ["localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "LOCALHOST.", "a.localhost:80", "127.3.2.1"]
        {
            assert!(heard("host", own), "{own}");
        }
        for other in [
            "help.example",
            "10.0.0.5:5000",
            "[fd00::1]:5000",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "",
            "[::1",
        ] {
            assert!(other == "[::1" || !heard("host", other), "{other}");
        }
        for proxy in ["x-forwarded-for", "forwarded", "x-forwarded-host", "x-real-ip"] {
            assert!(!heard(proxy, "127.0.0.1"), "{proxy}");
        }
        let (trial, other) = (Trial::new(true), Uri::from_static("http://help.example/login"));
        trial.clone().hear(&other, &HeaderMap::new());
        assert!(!trial.is_on(), "by an absolute address, and for every clone");
    }
}
