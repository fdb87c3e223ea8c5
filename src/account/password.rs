//! Password hashing: argon2id, a few at a time, so that a burst of sign-ins cannot starve the rest.
//! Every check takes the same time, whatever is known of the account.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error as HashError, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use super::strength::{composed, is_weak};
use crate::platform::base::{
    error::{Error, Result},
    keys::random_bytes,
    workers::{Turn, Workers},
};

/// The dearest imported bcrypt hash that is looked at: about a second. Each step more doubles it.
pub(super) const DEAREST_BCRYPT: u32 = 14;

/// Hashes and checks passwords on threads of its own: cores less one, the rest queues.
#[derive(Clone)]
pub struct Hasher {
    workers: Workers,
    argon: Arc<Argon>,
    /// What a check takes at least, in microseconds.
    floor: Arc<AtomicU64>,
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
        Self { workers: Workers::new(), argon: Arc::new(Argon::new(memory_kib, iterations)), floor: Arc::default() }
    }

    /// The PHC string of a new password; `None` where it is guessed at once, as it is with one of the
    /// words of `own` in it.
    ///
    /// # Errors
    /// 503 when too much is being computed.
    pub async fn hash_new(&self, turn: Turn, password: &str, own: &[&str]) -> Result<Option<String>> {
        let password = composed(password).unwrap_or_default();
        let own: Vec<_> = own.iter().map(|word| (*word).to_owned()).collect();
        let hash = self.run(turn, move |argon| {
            let own: Vec<_> = own.iter().map(String::as_str).collect();
            (!is_weak(&password, &own)).then(|| argon.hash(&password))
        });
        hash.await?.map(|hash| hash.ok_or_else(|| Error::internal("argon2 cannot hash"))).transpose()
    }

    /// The PHC string of a password that is not judged.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        let hash = self.run(Turn::Later, move |argon| argon.hash(&password)).await?;
        hash.ok_or_else(|| Error::internal("argon2 cannot hash"))
    }

    /// Checks a password against the stored hash; without one it takes as long and finds it wrong.
    ///
    /// # Errors
    /// 503 when too much is being computed.
    pub async fn check(&self, turn: Turn, password: &str, stored: Option<&str>) -> Result<Checked> {
        let stored = stored.map(str::to_owned);
        // A longer one was never accepted; hashing it would only cost time.
        let kept = composed(password).unwrap_or_default();
        // Before spellings were one, a hash was made of what was typed.
        let typed = (!kept.is_empty() && kept != password).then(|| password.to_owned());
        let least = Duration::from_micros(self.floor.load(Ordering::Relaxed)) * (1 + u32::from(typed.is_some()));
        let (found, took) = self
            .run(turn, move |argon| {
                let begun = Instant::now();
                (argon.check(&kept, typed.as_deref(), stored.as_deref()), begun.elapsed())
            })
            .await?;
        // Measured from the work's beginning: waiting for it is the same for everybody.
        tokio::time::sleep(least.saturating_sub(took)).await;
        Ok(found)
    }

    /// Learns what old forms of hashes cost, so that from now on each check takes as long as the dearest
    /// of them: otherwise its time would tell that an account is there, and where it came from.
    pub async fn learn(&self, old: Vec<String>) -> Result<()> {
        let dearest = self.run(Turn::Later, move |argon| {
            let took = |hash: String| {
                let begun = Instant::now();
                argon.check("", None, Some(&hash));
                begun.elapsed()
            };
            old.into_iter().map(took).max().unwrap_or_default()
        });
        let micros = u64::try_from(dearest.await?.as_micros()).unwrap_or(u64::MAX);
        self.floor.store(micros, Ordering::Relaxed);
        Ok(())
    }

    /// What a hash by the settings begins with.
    pub fn beginning(&self) -> &str {
        &self.argon.beginning
    }

    /// A hash that no password has, for who has none yet: checking it takes as long as any.
    pub fn decoy(&self) -> String {
        decoy(&self.argon.beginning)
    }

    /// How many hashes wait or run.
    pub fn load(&self) -> usize {
        self.workers.load()
    }

    /// How many argon2 hashes were computed so far.
    #[cfg(test)]
    pub fn computed(&self) -> u64 {
        self.argon.computed.load(Ordering::Relaxed)
    }

    /// How many hashes wait for a thread whose callers are still there.
    #[cfg(test)]
    pub fn wanted(&self) -> usize {
        self.workers.wanted()
    }

    /// Keeps every thread busy until what it returns is dropped.
    #[cfg(test)]
    pub async fn hold(&self) -> Vec<std::sync::mpsc::Sender<()>> {
        let held = self.occupy();
        crate::testing::until(async || self.load() == held.len()).await;
        held
    }

    /// The same, as soon as it is its turn.
    #[cfg(test)]
    pub fn occupy(&self) -> Vec<std::sync::mpsc::Sender<()>> {
        let held = (0..self.workers.threads()).map(|_| {
            let (release, wait) = std::sync::mpsc::channel();
            let workers = self.workers.clone();
            tokio::spawn(async move { workers.run(Turn::Sooner, move || wait.recv()).await.map(|_| ()) });
            release
        });
        held.collect()
    }

    async fn run<T: Send + 'static>(&self, turn: Turn, work: impl FnOnce(&Argon) -> T + Send + 'static) -> Result<T> {
        let argon = self.argon.clone();
        self.workers.run(turn, move || work(&argon)).await
    }
}

/// argon2id as the settings have it.
struct Argon {
    argon2: Argon2<'static>,
    /// What a hash of it begins with; every other is an old form.
    beginning: String,
    /// A hash that no password has.
    decoy: String,
    computed: AtomicU64,
}

impl Argon {
    fn new(memory_kib: u32, iterations: u32) -> Self {
        let params = Params::new(memory_kib, iterations, 1, None).unwrap_or_default();
        let beginning = format!("$argon2id$v=19$m={},t={},p=1$", params.m_cost(), params.t_cost());
        let decoy = decoy(&beginning);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Self { argon2, beginning, decoy, computed: AtomicU64::default() }
    }

    fn hash(&self, password: &str) -> Option<String> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        self.argon2.hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
    }

    /// Whether the spelling to keep is right, or else the one that was typed.
    fn check(&self, kept: &str, typed: Option<&str>, stored: Option<&str>) -> Checked {
        match (self.check_one(kept, stored), typed) {
            (Checked::Wrong, Some(typed)) => match self.check_one(typed, stored) {
                Checked::Wrong => Checked::Wrong,
                _ => self.upgrade(kept),
            },
            (found, _) => found,
        }
    }

    /// Computes one hash by the settings, whatever is stored.
    fn check_one(&self, password: &str, stored: Option<&str>) -> Checked {
        match stored {
            Some(hash) if hash.starts_with(&self.beginning) => match self.verify(password, hash) {
                Some(true) => Checked::Right,
                Some(false) => Checked::Wrong,
                None => self.pretend(password),
            },
            Some(old) if matches_old(&self.argon2, password, old) => self.upgrade(password),
            _ => self.pretend(password),
        }
    }

    /// `None`: the hash is broken, so nothing was computed.
    fn verify(&self, password: &str, hash: &str) -> Option<bool> {
        let hash = PasswordHash::new(hash).ok().filter(|hash| hash.salt.is_some() && hash.hash.is_some())?;
        let found = match self.argon2.verify_password(password.as_bytes(), &hash) {
            Ok(()) => true,
            Err(HashError::PasswordInvalid) => false,
            Err(_) => return None,
        };
        self.computed.fetch_add(1, Ordering::Relaxed);
        Some(found)
    }

    /// Takes as long as a real check.
    fn pretend(&self, password: &str) -> Checked {
        let _ = self.verify(password, &self.decoy);
        Checked::Wrong
    }

    fn upgrade(&self, password: &str) -> Checked {
        self.hash(password).map_or(Checked::Right, Checked::Upgrade)
    }
}

fn decoy(beginning: &str) -> String {
    let random = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
    format!("{beginning}{}${}", random(&random_bytes::<16>()), random(&random_bytes::<32>()))
}

/// Imported accounts carry bcrypt hashes, older ones argon2 with other parameters; each is replaced
/// when its owner signs in.
fn matches_old(argon2: &Argon2, password: &str, old: &str) -> bool {
    if !old.starts_with("$2") {
        return argon2.verify_password(password.as_bytes(), old).is_ok();
    }
    let cost = old.split('$').nth(2).and_then(|cost| cost.parse::<u32>().ok());
    cost.is_some_and(|cost| cost <= DEAREST_BCRYPT) && bcrypt::verify(password, old).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn checked(hasher: &Hasher, password: &str, stored: Option<&str>) -> Checked {
        hasher.check(Turn::Later, password, stored).await.unwrap()
    }

    #[tokio::test]
    async fn asvs_11_4_2_argon2id_and_bcrypt_once() {
        let hasher = Hasher::new(64, 1);
        let hash = hasher.hash("правильный").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_eq!(checked(&hasher, "правильный", Some(&hash)).await, Checked::Right);
        assert_eq!(checked(&hasher, "другой", Some(&hash)).await, Checked::Wrong);
        assert_eq!(checked(&hasher, "", None).await, Checked::Wrong);
        let old = bcrypt::hash("правильный", 4).unwrap();
        let Checked::Upgrade(new) = checked(&hasher, "правильный", Some(&old)).await else {
            panic!("no upgrade")
        };
        assert_eq!(checked(&hasher, "правильный", Some(&new)).await, Checked::Right);
        assert_eq!(checked(&hasher, "другой", Some(&old)).await, Checked::Wrong);
    }

    /// Hashes that a database may hold, of the password "правильный".
    async fn forms(hasher: &Hasher) -> Vec<Option<String>> {
        let right = hasher.hash("правильный").await.unwrap();
        let other = Hasher::new(32, 2).hash("правильный").await.unwrap();
        let bcrypt = bcrypt::hash("правильный", 4).unwrap();
        let broken = [
            "",
            "nonsense",
            "$2b$04$broken",
            "$2b$31$",
            "$argon2id$v=19$m=64,t=1,p=1$",
            "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ",
        ];
        let cut = right.rsplit_once('$').unwrap().0.to_owned();
        let dear = bcrypt.replace("$04$", "$15$");
        let stored = broken.map(str::to_owned).into_iter().chain([right, other, bcrypt, cut, dear]);
        stored.map(Some).chain([None]).collect()
    }

    #[tokio::test]
    async fn door_05_every_check_computes_one_hash() {
        let hasher = Hasher::new(64, 1);
        for stored in forms(&hasher).await {
            let before = hasher.computed();
            assert_eq!(checked(&hasher, "другой", stored.as_deref()).await, Checked::Wrong);
            assert_eq!(hasher.computed() - before, 1, "{stored:?}");
            let before = hasher.computed();
            assert_eq!(checked(&hasher, &"я".repeat(60_000), stored.as_deref()).await, Checked::Wrong);
            assert_eq!(hasher.computed() - before, 1, "{stored:?}, a long one");
        }
    }

    #[tokio::test]
    async fn door_05_what_old_forms_cost_more_is_waited_for_by_all() {
        let hasher = Hasher::new(64, 1);
        let floor = || Duration::from_micros(hasher.floor.load(Ordering::Relaxed));
        hasher.learn(vec![bcrypt::hash("правильный", 7).unwrap()]).await.unwrap();
        let learnt = floor();
        for stored in forms(&hasher).await {
            let begun = Instant::now();
            checked(&hasher, "другой", stored.as_deref()).await;
            assert!(begun.elapsed() >= learnt, "{stored:?}");
        }
        // As long as one bcrypt at this cost takes, which is more than the hash of the settings.
        let begun = Instant::now();
        bcrypt::verify("другой", &bcrypt::hash("правильный", 4).unwrap()).unwrap();
        assert!(learnt > begun.elapsed() / 2, "{learnt:?}");
        hasher.learn(Vec::new()).await.unwrap();
        assert_eq!(floor(), Duration::ZERO, "nobody waits where no old form is left");
    }

    #[tokio::test]
    async fn input_10_a_password_is_the_same_in_either_spelling() {
        let (composed, decomposed) = ("Йод и ёлка", "И\u{306}од и е\u{308}лка");
        let hasher = Hasher::new(64, 1);
        let new = hasher.hash_new(Turn::Later, decomposed, &[]).await.unwrap().unwrap();
        assert_eq!(checked(&hasher, composed, Some(&new)).await, Checked::Right);
        assert_eq!(checked(&hasher, decomposed, Some(&new)).await, Checked::Right);
        // Made before spellings were one: tried as typed, then replaced.
        for old in [hasher.hash(decomposed).await.unwrap(), bcrypt::hash(decomposed, 4).unwrap()] {
            let Checked::Upgrade(replaced) = checked(&hasher, decomposed, Some(&old)).await else {
                panic!("no upgrade")
            };
            assert_eq!(checked(&hasher, composed, Some(&replaced)).await, Checked::Right);
            let before = hasher.computed();
            assert_eq!(checked(&hasher, "не тот и\u{306}", Some(&old)).await, Checked::Wrong);
            assert_eq!(hasher.computed() - before, 2, "two spellings, two hashes");
        }
        let before = hasher.computed();
        assert_eq!(checked(&hasher, "не тот и\u{306}", None).await, Checked::Wrong);
        assert_eq!(hasher.computed() - before, 2, "also where there is no account");
    }

    #[tokio::test]
    async fn door_01_a_password_is_judged_on_the_threads_of_hashes() {
        let hasher = Hasher::new(64, 1);
        let held = hasher.hold().await;
        let mut judging = std::pin::pin!(hasher.hash_new(Turn::Later, "12345678", &[]));
        let early = tokio::time::timeout(Duration::from_millis(100), judging.as_mut()).await;
        assert!(early.is_err(), "judged beside them: {early:?}");
        drop(held);
        assert_eq!(judging.await.unwrap(), None);
    }

    #[tokio::test]
    async fn door_01_a_weak_password_is_not_hashed() {
        let hasher = Hasher::new(64, 1);
        assert_eq!(hasher.hash_new(Turn::Later, "12345678", &[]).await.unwrap(), None);
        assert_eq!(hasher.hash_new(Turn::Later, "artem@example.ru", &["artem@example.ru"]).await.unwrap(), None);
        assert_eq!(hasher.computed(), 0);
    }
}
