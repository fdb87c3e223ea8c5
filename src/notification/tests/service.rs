//! A push service on loopback and a device that decrypts: written with ring from RFC 8291, 8188 and
//! 8292, not with the crates that the server uses.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse, routing::post};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{aead, agreement, hmac, rand::SystemRandom, signature};
use serde_json::{Value, json};

use crate::testing::{Client, TestApp};

pub struct Taken {
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Clone)]
pub struct PushService {
    pub url: String,
    answer: Arc<AtomicU16>,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl PushService {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { url, answer: Arc::new(AtomicU16::new(201)), taken: Arc::default() };
        let router = Router::new().route("/{device}", post(take)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        service
    }

    /// What it answers from now on.
    pub fn answers(&self, status: u16) {
        self.answer.store(status, Ordering::SeqCst);
    }

    pub fn take_all(&self) -> Vec<Taken> {
        std::mem::take(&mut self.taken.lock().unwrap())
    }
}

async fn take(State(service): State<PushService>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let status = service.answer.load(Ordering::SeqCst);
    service.taken.lock().unwrap().push(Taken { headers, body });
    let wait = if status == 503 { "120" } else { "0" };
    (axum::http::StatusCode::from_u16(status).unwrap(), [("retry-after", wait)])
}

/// A device: its key decrypts one message, for ring keeps no key longer.
pub struct Device {
    private: agreement::EphemeralPrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
    endpoint: String,
}

impl Device {
    pub fn at(service: &PushService, name: &str) -> Self {
        let private = agreement::EphemeralPrivateKey::generate(&agreement::ECDH_P256, &SystemRandom::new()).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Self { private, public, auth: rand::random(), endpoint: format!("{}/{name}", service.url) }
    }

    pub fn subscription(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "endpoint": self.endpoint, "expirationTime": null, "keys": { "p256dh": text(&self.public), "auth": text(&self.auth) } })
    }

    pub async fn join(&self, client: &mut Client) {
        let answer = client.post("/api/notifications/subscribe-push", self.subscription()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// RFC 8291, section 3.4, and RFC 8188.
    pub fn decrypt(self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (record, rest) = rest.split_at(4);
        assert!(u32::from_be_bytes(record.try_into().unwrap()) as usize >= rest.len() - 66, "one record");
        let (sender, sealed) = rest[1..].split_at(rest[0].into());
        let sender_key = agreement::UnparsedPublicKey::new(&agreement::ECDH_P256, sender);
        let shared = agreement::agree_ephemeral(self.private, &sender_key, <[u8]>::to_vec).unwrap();
        let info = [b"WebPush: info\0", self.public.as_slice(), sender].concat();
        let secret = hkdf(&self.auth, &shared, &info);
        let key = hkdf(salt, &secret, b"Content-Encoding: aes128gcm\0");
        let nonce = hkdf(salt, &secret, b"Content-Encoding: nonce\0");
        let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_128_GCM, &key[..16]).unwrap());
        let nonce = aead::Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
        let mut text = sealed.to_vec();
        let plain = key.open_in_place(nonce, aead::Aad::empty(), &mut text).unwrap();
        let end = plain.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(plain[end], 2, "the last record");
        serde_json::from_slice(&plain[..end]).unwrap()
    }
}

/// The first 32 bytes (RFC 5869).
fn hkdf(salt: &[u8], secret: &[u8], info: &[u8]) -> Vec<u8> {
    let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), secret);
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref()), &[info, &[1]].concat()).as_ref().to_vec()
}

/// Checks a VAPID header (RFC 8292) and gives its claims.
pub fn vapid(headers: &HeaderMap, public_key: &str) -> Value {
    let text = headers["authorization"].to_str().unwrap().strip_prefix("vapid t=").unwrap();
    let (token, key) = text.split_once(", k=").unwrap();
    assert_eq!(key, public_key);
    let (signed, sign) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, decode(key))
        .verify(signed.as_bytes(), &decode(sign))
        .unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&decode(head)).unwrap()["alg"], "ES256");
    serde_json::from_slice(&decode(claims)).unwrap()
}

/// A trial on one's own machine, the only case in which a push service may be on loopback.
pub async fn trial(database: crate::testing::Database) -> TestApp {
    TestApp::with(database, |config| config.platform.public_url = String::new()).await
}
