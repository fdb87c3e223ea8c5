//! Password hashing: argon2id, a few at a time, so that a burst of sign-ins cannot starve the rest.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use crate::platform::{
    http::error::{Error, Result},
    keys::random_bytes,
    workers::{Turn, Workers},
};

/// Hashes and checks passwords on threads of its own: cores less one, the rest queues.
#[derive(Clone)]
pub struct Hasher {
    workers: Workers,
    argon2: Argon2<'static>,
    /// A hash of nothing, to take the same time over an unknown e-mail.
    decoy: Arc<str>,
}

/// What a check of a password found.
#[derive(Debug, PartialEq, Eq)]
pub enum Checked {
    Wrong,
    Right,
    /// Right, but kept in an old form: replace it by this hash.
    Upgrade(String),
}

impl Hasher {
    pub fn new(memory_kib: u32, iterations: u32) -> Self {
        let params = Params::new(memory_kib, iterations, 1, None).unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Self { workers: Workers::new(), argon2, decoy: decoy(memory_kib, iterations).into() }
    }

    /// The PHC string of a new password.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move |argon2| hash_now(argon2, &password)).await?.ok_or_else(|| Error::internal("argon2 cannot hash"))
    }

    /// Checks a password against the stored hash; without one it takes as long and finds it wrong.
    pub async fn check(&self, password: &str, stored: Option<&str>) -> Result<Checked> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        let password = password.to_owned();
        let found = self.run(move |argon2| check_now(argon2, &password, &stored)).await?;
        Ok(if known { found } else { Checked::Wrong })
    }

    /// How many hashes wait or run.
    pub fn load(&self) -> usize {
        self.workers.load()
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Argon2) -> T + Send + 'static) -> Result<T> {
        let argon2 = self.argon2.clone();
        self.workers.run(Turn::Later, move || work(&argon2)).await
    }
}

/// What a hash with these parameters looks like; no password has it.
fn decoy(memory_kib: u32, iterations: u32) -> String {
    let random = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
    let (salt, hash) = (random(&random_bytes::<16>()), random(&random_bytes::<32>()));
    format!("$argon2id$v=19$m={memory_kib},t={iterations},p=1${salt}${hash}")
}

fn hash_now(argon2: &Argon2, password: &str) -> Option<String> {
    argon2.hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

fn check_now(argon2: &Argon2, password: &str, stored: &str) -> Checked {
    // Imported accounts carry bcrypt hashes; each is replaced when its owner signs in.
    if stored.starts_with("$2") {
        return match bcrypt::verify(password, stored) {
            Ok(true) => hash_now(argon2, password).map_or(Checked::Right, Checked::Upgrade),
            _ => Checked::Wrong,
        };
    }
    match argon2.verify_password(password.as_bytes(), stored) {
        Ok(()) => Checked::Right,
        Err(_) => Checked::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn asvs_11_4_2_argon2id_and_bcrypt_once() {
        let hasher = Hasher::new(64, 1);
        let hash = hasher.hash("правильный").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_eq!(hasher.check("правильный", Some(&hash)).await.unwrap(), Checked::Right);
        assert_eq!(hasher.check("другой", Some(&hash)).await.unwrap(), Checked::Wrong);
        assert_eq!(hasher.check("", None).await.unwrap(), Checked::Wrong);
        // The decoy must be hashed like any other, or its time would tell that there is no account.
        let parsed = argon2::password_hash::phc::PasswordHash::new(&hasher.decoy).unwrap();
        assert_eq!(Params::try_from(&parsed).unwrap().m_cost(), 64);
        let old = bcrypt::hash("правильный", 4).unwrap();
        let Checked::Upgrade(new) = hasher.check("правильный", Some(&old)).await.unwrap() else {
            panic!("no upgrade")
        };
        assert_eq!(hasher.check("правильный", Some(&new)).await.unwrap(), Checked::Right);
        assert_eq!(hasher.check("другой", Some(&old)).await.unwrap(), Checked::Wrong);
        assert_eq!(hasher.check("x", Some("nonsense")).await.unwrap(), Checked::Wrong);
    }
}
