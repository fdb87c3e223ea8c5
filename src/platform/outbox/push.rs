//! Web push: a message to a browser or app through its vendor's push service (RFC 8030), encrypted
//! for the device alone (RFC 8291), signed by this portal (RFC 8292).
//!
//! The address of the push service comes from the device, so it is not trusted: https only, no
//! redirects, no address inside our networks (checked after the name is resolved), a short answer time,
//! and nothing of the answer is read but its status.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use reqwest::{
    Client, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::RETRY_AFTER,
    redirect::Policy,
};
use tokio::sync::OnceCell;
use web_push_native::p256::PublicKey;

use crate::platform::{
    base::{
        address::is_public,
        clock::Timestamp,
        keys::{Keys, random_bytes},
        trial::Trial,
    },
    data::{
        db::Db,
        secrets::{self, SecretError},
    },
    outbox::jobs::NotDone,
};

/// The name of the key that says to push services who we are. A device trusts the one it joined under.
pub const SECRET: &str = "vapid";

/// A device that takes messages.
pub struct Device<'a> {
    pub endpoint: &'a str,
    /// Its public key, an uncompressed point of P-256.
    pub p256dh: &'a [u8],
    pub auth: &'a [u8],
}

pub struct Message<'a> {
    pub text: &'a str,
    /// How long the push service keeps it for a device that is off.
    pub ttl: Duration,
    pub urgent: bool,
    /// Of messages with the same topic that wait, only the last is shown.
    pub topic: Option<&'a str>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    Taken,
    /// The device does not take messages any more.
    Gone,
}

/// Clones share it.
#[derive(Clone)]
pub struct Push(Arc<State>);

struct State {
    http: Client,
    /// Whom a push service may ask about us: a mail or web address.
    contact: String,
    /// While it is one, a push service on loopback will do.
    trial: Trial,
    key: OnceCell<SigningKey>,
}

impl Push {
    const PATIENCE: Duration = Duration::from_secs(15);
    /// RFC 8292: a signature may hold for 24 hours at most.
    const SIGNED_FOR: Duration = Duration::from_secs(12 * 3600);
    const LONGEST_ENDPOINT: usize = 1024;

    pub fn new(contact: String, trial: Trial) -> Result<Self, reqwest::Error> {
        // Whoever is first installs it; there is only this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(Policy::none())
            .timeout(Self::PATIENCE)
            .no_proxy()
            .user_agent("ospabhost")
            .dns_resolver(Arc::new(Outside { trial: trial.clone() }))
            .build()?;
        Ok(Self(Arc::new(State { http, contact, trial, key: OnceCell::new() })))
    }

    /// What a device needs to know of us to subscribe: our public key, base64url. The pair is made at
    /// the first start.
    pub async fn public_key(&self, db: &Db, keys: &Keys) -> Result<String, sqlx::Error> {
        let key = self.key(db, keys).await?;
        Ok(URL_SAFE_NO_PAD.encode(key.verifying_key().to_encoded_point(false)))
    }

    async fn key(&self, db: &Db, keys: &Keys) -> Result<&SigningKey, sqlx::Error> {
        self.0
            .key
            .get_or_try_init(|| async {
                let secret = secrets::load_or_make(db, keys, SECRET, new_key).await.map_err(|error| match error {
                    SecretError::Read(error) => error,
                    foreign @ SecretError::Foreign(_) => sqlx::Error::Decode(foreign.into()),
                })?;
                SigningKey::from_slice(&secret).map_err(|error| sqlx::Error::Decode(error.into()))
            })
            .await
    }

    /// Whether messages may be sent there, as far as the address tells.
    pub fn accepts(&self, endpoint: &str) -> bool {
        endpoint.len() <= Self::LONGEST_ENDPOINT && self.url(endpoint).is_some()
    }

    fn url(&self, endpoint: &str) -> Option<Url> {
        let url = Url::parse(endpoint).ok().filter(|url| url.username().is_empty() && url.password().is_none())?;
        let address = url.host_str()?.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let local = self.0.trial.is_on();
        let allowed = |address: IpAddr| is_public(address) || local && address.is_loopback();
        let on_loopback = local && address.is_some_and(|address| address.is_loopback());
        let scheme = url.scheme() == "https" || url.scheme() == "http" && on_loopback;
        (scheme && address.is_none_or(allowed)).then_some(url)
    }

    /// Hands one message to the device's push service.
    pub async fn send(
        &self,
        db: &Db,
        keys: &Keys,
        now: Timestamp,
        device: &Device<'_>,
        message: &Message<'_>,
    ) -> Result<Sent, NotDone> {
        let sent = self.hand_over(db, keys, now, device, message).await;
        let outcome = match &sent {
            Ok(Sent::Taken) => "sent",
            Ok(Sent::Gone) => "gone",
            Err(NotDone::Busy(..)) => "refused",
            Err(_) => "failed",
        };
        metrics::counter!("pushes_total", "outcome" => outcome).increment(1);
        sent
    }

    async fn hand_over(
        &self,
        db: &Db,
        keys: &Keys,
        now: Timestamp,
        device: &Device<'_>,
        message: &Message<'_>,
    ) -> Result<Sent, NotDone> {
        let url =
            self.url(device.endpoint).ok_or_else(|| NotDone::Failed("the push service may not be asked".into()))?;
        let signature = self.signature(db, keys, now, &url).await?;
        // In what is logged and shown there is the host only: the whole address is the device's secret.
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut request = self.0.http.post(url).body(encrypt(device, message.text)?);
        for (name, value) in [
            ("authorization", signature.as_str()),
            ("content-encoding", "aes128gcm"),
            ("content-type", "application/octet-stream"),
            ("ttl", &message.ttl.as_secs().to_string()),
            ("urgency", if message.urgent { "high" } else { "normal" }),
        ] {
            request = request.header(name, value);
        }
        if let Some(topic) = message.topic {
            request = request.header("topic", topic);
        }
        let answer =
            request.send().await.map_err(|error| NotDone::Failed(format!("{host}: {}", error.without_url())))?;
        let status = answer.status();
        let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        match status {
            _ if status.is_success() => Ok(Sent::Taken),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Sent::Gone),
            _ => {
                let why = format!("{host} answered {}", status.as_u16());
                Err(NotDone::Busy(why, Duration::from_secs(wait.unwrap_or(0))))
            }
        }
    }

    /// VAPID (RFC 8292): who we are, for this push service and some hours.
    async fn signature(&self, db: &Db, keys: &Keys, now: Timestamp, url: &Url) -> Result<String, NotDone> {
        let key = self.key(db, keys).await?;
        let claims = serde_json::json!({
            "aud": url.origin().ascii_serialization(),
            "exp": now.plus(Self::SIGNED_FOR).seconds(),
            "sub": self.0.contact,
        });
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let body = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature: Signature = key.sign(body.as_bytes());
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().to_encoded_point(false));
        Ok(format!("vapid t={body}.{}, k={public}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
    }
}

fn new_key() -> Vec<u8> {
    loop {
        let bytes = random_bytes::<32>();
        // One in 2^32 is no key of this curve.
        if SigningKey::from_slice(&bytes).is_ok() {
            return bytes.to_vec();
        }
    }
}

/// Whether these are keys that a message can be encrypted with.
pub fn are_keys(p256dh: &[u8], auth: &[u8]) -> bool {
    auth.len() == 16 && p256dh.len() == 65 && PublicKey::from_sec1_bytes(p256dh).is_ok()
}

fn encrypt(device: &Device<'_>, text: &str) -> Result<Vec<u8>, NotDone> {
    let no_keys = || NotDone::Failed("the device's keys are none".into());
    let public = PublicKey::from_sec1_bytes(device.p256dh).map_err(|_| no_keys())?;
    let auth = <[u8; 16]>::try_from(device.auth).map_err(|_| no_keys())?.into();
    Ok(web_push_native::encrypt(text.as_bytes().to_vec(), &public, &auth)?)
}

/// Resolves names to addresses outside our networks only: a name could point inside, or begin to
/// after it was looked at.
struct Outside {
    trial: Trial,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let local = self.trial.is_on();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let outside: Vec<SocketAddr> =
                found.filter(|at| is_public(at.ip()) || local && at.ip().is_loopback()).collect();
            match outside.is_empty() {
                true => Err("it has no address outside".into()),
                false => Ok(Box::new(outside.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_push_services_on_the_internet_are_asked() {
        let push = |trial| Push::new("mailto:help@example.org".into(), Trial::new(trial)).unwrap();
        for fine in ["https://fcm.googleapis.com/fcm/send/abc", "https://93.184.215.14/x", "https://[2606:4700::1]/x"] {
            assert!(push(false).accepts(fine), "{fine}");
        }
        for wrong in [
            "http://fcm.googleapis.com/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://10.1.2.3/x",
            "https://169.254.169.254/latest",
            "https://0x7f000001/x",
            "https://2130706433/x",
            "https://user@push.example/x",
            "ftp://push.example/x",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!push(false).accepts(wrong), "{wrong}");
        }
        assert!(push(true).accepts("http://127.0.0.1:9/x") && !push(true).accepts("http://10.0.0.1/x"));
        assert!(!push(false).accepts(&format!("https://push.example/{}", "x".repeat(1024))));
    }

    #[tokio::test]
    async fn a_name_that_points_inside_is_not_followed() {
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(Outside { trial: Trial::new(false) }.resolve(name()).await.is_err());
        assert!(Outside { trial: Trial::new(true) }.resolve(name()).await.is_ok());
    }
}
