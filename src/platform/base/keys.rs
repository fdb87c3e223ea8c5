//! Secrets: the signing keys (created on first start, several at once by `kid`), random tokens,
//! hashes of tokens, and sealed values.
//!
//! Life cycle: the first key of the list signs, all of them verify. To rotate, put a new key first
//! and keep the old one for as long as its longest token lives (90 days); nobody is signed out.

use std::{collections::HashSet, fs, io::Write, os::unix::fs::MetadataExt, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::Aead};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::{Digest, Sha256};

use crate::platform::base::folder;

/// One signing key: its public name and 32 secret bytes.
pub struct Key {
    pub kid: String,
    pub secret: [u8; 32],
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        let (kid, secret) = text.split_once(':').filter(|(kid, _)| !kid.is_empty())?;
        // People make keys by various means, and padding changes nothing.
        let secret = URL_SAFE_NO_PAD.decode(secret.trim_end_matches('=')).ok()?.try_into().ok()?;
        Some(Self { kid: kid.into(), secret })
    }

    /// Tells this key from any other, whatever their names are, and nothing about it.
    fn print(&self) -> String {
        let mut print = [0; 8];
        // Fails only for outputs longer than 8160 bytes.
        let _ = Hkdf::<Sha256>::new(None, &self.secret).expand(b"ospabhost name", &mut print);
        print.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The node's keys. Clones share them.
#[derive(Clone)]
pub struct Keys {
    signing: Arc<Key>,
    older: Arc<[Key]>,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{0}: expected `name:key` pairs separated by commas, each key 32 bytes in base64url, no name twice")]
    Format(String),
    #[error("cannot use the key file {0}: {1}")]
    File(String, std::io::Error),
    #[error(
        "others can read the key file {0} (mode {1:o}), and who has it can sign in as anybody: chmod 600 {0}; if \
         somebody may have read it, make new keys"
    )]
    Readable(String, u32),
    #[error(
        "there is no key file {0}, but the database holds secrets that were sealed with one: put the file back, or set \
         signing_keys to the keys of the other nodes. If they are lost for good, `ospabhost secrets renew` makes new ones"
    )]
    Lost(String),
}

impl Keys {
    const FILE: &'static str = "keys";

    /// Keys from settings, or else from `keys` in the data folder, which is made when missing, unless
    /// `lost`: then there were keys once.
    pub fn load(setting: &str, data_dir: &Path, lost: bool) -> Result<Self, KeyError> {
        if !setting.is_empty() {
            return Self::parse(setting);
        }
        let path = data_dir.join(Self::FILE);
        let name = path.display().to_string();
        let in_file = |error| KeyError::File(name.clone(), error);
        let mode = match fs::metadata(&path) {
            Ok(found) => found.mode() & 0o777,
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(in_file(error)),
            Err(_) if lost => return Err(KeyError::Lost(name)),
            Err(_) => {
                let text = format!("{}:{}", &random_token()[..8], random_token());
                let mut file = folder::make_file(&path).map_err(in_file)?;
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(in_file)?;
                return Self::read(&text, &name);
            }
        };
        if mode & 0o077 != 0 {
            return Err(KeyError::Readable(name, mode));
        }
        Self::read(&fs::read_to_string(&path).map_err(in_file)?, &name)
    }

    /// `name:base64url`, separated by commas or white space.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Self::read(text, "signing_keys")
    }

    /// `place` is named where it is wrong.
    fn read(text: &str, place: &str) -> Result<Self, KeyError> {
        let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
        let mut keys = parts.map(Key::parse);
        let signing = keys.next().flatten().map(Arc::new);
        let older: Option<Arc<[Key]>> = keys.collect();
        let keys = signing.zip(older).map(|(signing, older)| Self { signing, older });
        let names_differ =
            |keys: &Self| keys.all().map(|key| &key.kid).collect::<HashSet<_>>().len() == keys.all().count();
        keys.filter(names_differ).ok_or_else(|| KeyError::Format(place.to_owned()))
    }

    /// All of them, the signing one first.
    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&*self.signing).chain(self.older.iter())
    }

    /// The key that signs.
    pub fn signing(&self) -> &Key {
        &self.signing
    }

    /// What names the key that signs and seals, in the database.
    pub fn print(&self) -> String {
        self.signing().print()
    }

    /// The same for all that open.
    pub fn prints(&self) -> Vec<String> {
        self.all().map(Key::print).collect()
    }

    pub fn by_kid(&self, kid: &str) -> Option<&Key> {
        self.all().find(|key| key.kid == kid)
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
        self.all().any(|key| mac(&key.secret, purpose, data).verify_slice(signature).is_ok())
    }

    /// Opens what any of the keys sealed.
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.all().find_map(|key| open_with(&key.secret, sealed))
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
        let first = Keys::load("", folder.path(), false).unwrap();
        let again = Keys::load("", folder.path(), false).unwrap();
        assert_eq!(first.signing().secret, again.signing().secret);
        let mode = fs::metadata(folder.path().join("keys")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn door_24_a_key_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Keys::load("", folder.path(), false).unwrap();
        let path = folder.path().join("keys");
        for mode in [0o644, 0o640, 0o604, 0o660, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = Keys::load("", folder.path(), false).err().unwrap().to_string();
            assert!(error.contains(&format!("{mode:o}")) && error.contains("chmod 600"), "{error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        Keys::load("", folder.path(), false).unwrap();
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
        for text in [
            "",
            "a",
            "a:b",
            "a:AAAA",
            ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE",
        ] {
            assert!(Keys::parse(text).is_err(), "{text}");
        }
    }
}
