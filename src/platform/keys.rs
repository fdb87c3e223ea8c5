//! Secrets: the signing keys (created on first start, several at once by `kid`), random tokens,
//! hashes of tokens, and sealed values.
//!
//! Life cycle: the first key of the list signs, all of them verify. To rotate, put a new key first
//! and keep the old one for as long as its longest token lives (90 days); nobody is signed out.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::Aead};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::{Digest, Sha256};

/// One signing key: its public name and 32 secret bytes.
pub struct Key {
    pub kid: String,
    pub secret: [u8; 32],
}

/// The node's keys, the signing one first. Clones share them.
#[derive(Clone)]
pub struct Keys(Arc<Vec<Key>>);

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("signing_keys: expected `name:key` pairs separated by commas, each key 32 bytes in base64url")]
    Format,
    #[error("cannot use the key file {0}: {1}")]
    File(String, std::io::Error),
}

impl Keys {
    /// Keys from settings, or else from `keys` in the data folder, which is made when missing.
    pub fn load(setting: &str, data_dir: &Path) -> Result<Self, KeyError> {
        if !setting.is_empty() {
            return Self::parse(setting);
        }
        let path = data_dir.join("keys");
        let in_file = |error| KeyError::File(path.display().to_string(), error);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let text = format!("{}:{}", &random_token()[..8], random_token());
                let mut file =
                    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(in_file)?;
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(in_file)?;
                Self::parse(&text)
            }
            Err(error) => Err(in_file(error)),
        }
    }

    /// `name:base64url`, separated by commas or white space.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let keys = text
            .split([',', '\n', ' '])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                let (kid, secret) = part.split_once(':').ok_or(KeyError::Format)?;
                let bytes = URL_SAFE_NO_PAD.decode(secret).map_err(|_| KeyError::Format)?;
                Ok(Key { kid: kid.into(), secret: bytes.try_into().map_err(|_| KeyError::Format)? })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::Format);
        }
        Ok(Self(Arc::new(keys)))
    }

    /// The key that signs.
    pub fn signing(&self) -> &Key {
        &self.0[0]
    }

    pub fn by_kid(&self, kid: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// Encrypts what must wait in the database but must not be read there.
    pub fn seal(&self, plain: &[u8]) -> Vec<u8> {
        seal_with(&self.signing().secret, plain)
    }

    /// Proves that `data` comes from here, for one purpose only (HMAC-SHA-256).
    pub fn sign(&self, purpose: &str, data: &str) -> Vec<u8> {
        mac(&self.signing().secret, purpose, data).finalize().into_bytes().to_vec()
    }

    /// Whether any of the keys signed `data` for this purpose.
    pub fn is_signed(&self, purpose: &str, data: &str, signature: &[u8]) -> bool {
        self.0.iter().any(|key| mac(&key.secret, purpose, data).verify_slice(signature).is_ok())
    }

    /// Opens what any of the keys sealed.
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.iter().find_map(|key| open_with(&key.secret, sealed))
    }
}

/// 256 random bits, base64url without padding: 43 characters.
pub fn random_token() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// What is stored instead of a token. Tokens have 256 bits, so a plain hash is enough.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Encrypts with a key derived from `secret` (HKDF-SHA-256, ChaCha20-Poly1305, random nonce first).
pub fn seal_with(secret: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce = random_bytes::<12>();
    let cipher = cipher(secret);
    let mut sealed = nonce.to_vec();
    // Fails only for messages of many gigabytes.
    sealed.extend(cipher.encrypt(&nonce.into(), plain).unwrap_or_default());
    sealed
}

/// Opens what `seal_with` made with the same secret; `None` for anything else.
pub fn open_with(secret: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_first_chunk::<12>()?;
    cipher(secret).decrypt(nonce.into(), text).ok()
}

fn mac(secret: &[u8], purpose: &str, data: &str) -> Hmac<Sha256> {
    let mut key = [0; 64];
    // Fails only for outputs longer than 8160 bytes.
    let _ = Hkdf::<Sha256>::new(None, secret).expand_multi_info(&[b"ospabhost sign ", purpose.as_bytes()], &mut key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new((&key).into());
    mac.update(data.as_bytes());
    mac
}

fn cipher(secret: &[u8]) -> ChaCha20Poly1305 {
    let mut key = [0; 32];
    // Fails only for outputs longer than 8160 bytes.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(b"ospabhost seal", &mut key);
    ChaCha20Poly1305::new(&key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_file_is_private_and_found_again() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::load("", folder.path()).unwrap();
        let again = Keys::load("", folder.path()).unwrap();
        assert_eq!(first.signing().secret, again.signing().secret);
        let mode = fs::metadata(folder.path().join("keys")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn rotated_keys_still_open_what_the_old_one_sealed() {
        let old = format!("a:{}", random_token());
        let sealed = Keys::parse(&old).unwrap().seal(b"hello");
        let rotated = Keys::parse(&format!("b:{},{old}", random_token())).unwrap();
        assert_eq!(rotated.open(&sealed).as_deref(), Some(&b"hello"[..]));
        assert!(Keys::parse(&format!("c:{}", random_token())).unwrap().open(&sealed).is_none());
    }

    #[test]
    fn a_signature_holds_for_its_purpose_and_data_only() {
        let old = format!("a:{}", random_token());
        let signature = Keys::parse(&old).unwrap().sign("unsubscribe", "1.mail");
        let rotated = Keys::parse(&format!("b:{},{old}", random_token())).unwrap();
        assert!(rotated.is_signed("unsubscribe", "1.mail", &signature));
        assert!(!rotated.is_signed("unsubscribe", "2.mail", &signature));
        assert!(!rotated.is_signed("other", "1.mail", &signature));
        assert!(!rotated.is_signed("unsubscribe", "1.mail", &signature[..16]));
    }

    #[test]
    fn wrong_keys_are_refused() {
        for text in ["", "a", "a:b", "a:AAAA"] {
            assert!(Keys::parse(text).is_err(), "{text}");
        }
    }
}
