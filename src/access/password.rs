//! Passwords: argon2id with at most two computations at a time, the same work for unknown accounts.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use crate::domain::entropy::{Entropy, random};

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// At least 10⁶ guesses beside the second factor and slowed tries (NIST SP 800-63B-4 §3.1.1.2: no
/// common or expected passwords).
const WEAKEST: zxcvbn::Score = zxcvbn::Score::Two;
/// Words of this product, which nobody should be the first to try.
const PRODUCT: [&str; 4] = ["emergency", "summary", "kyukyu", "救急"];
/// Two cores' worth: sign-in must not starve open pages.
const AT_A_TIME: usize = 2;
/// Longer input is not read as a password, so that nobody can buy work with length.
const LONGEST: usize = 1024;

/// Something to compute.
type Work = Box<dyn FnOnce() + Send>;

/// Computes and compares password hashes away from the worker threads, on threads of its own: each
/// thread keeps the memory of its last computation, so that only as many keep it as compute.
#[derive(Clone)]
pub(super) struct Hasher {
    work: mpsc::Sender<Work>,
    entropy: Arc<dyn Entropy>,
    /// How many computations were done; shows that unknown accounts cost the same.
    done: Arc<AtomicU64>,
}

impl Hasher {
    pub(super) fn new(entropy: Arc<dyn Entropy>) -> Self {
        let (work, waiting) = mpsc::channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..AT_A_TIME {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name("password".to_owned());
            if let Err(error) = thread.spawn(move || work_off(&waiting)) {
                tracing::error!(%error, "no thread for passwords");
            }
        }
        Self {
            work,
            entropy,
            done: Arc::default(),
        }
    }

    /// Whether the password belongs to the hash. Without a hash it computes one all the same.
    pub(super) async fn verify(&self, password: SecretString, hash: Option<SecretString>) -> bool {
        let salt: [u8; 16] = random(&*self.entropy);
        let done = Arc::clone(&self.done);
        self.compute(move || {
            let given = password.expose_secret().as_bytes();
            let usable = !given.is_empty() && given.len() <= LONGEST;
            let given = if usable { given } else { b"" };
            // Computed whatever was typed and whoever is meant: only the result differs.
            done.fetch_add(1, Ordering::Relaxed);
            let right = if let Some(hash) = hash {
                argon2().is_some_and(|argon2| {
                    let hash = hash.expose_secret();
                    PasswordVerifier::<str>::verify_password(&argon2, given, hash).is_ok()
                })
            } else {
                // The result is of no use; the work is.
                std::hint::black_box(phc(given, &salt));
                false
            };
            right && usable
        })
        .await
        .unwrap_or(false)
    }

    /// A PHC string for a new password; `None` where it cannot be computed.
    pub(super) async fn hash(&self, password: SecretString) -> Option<String> {
        let salt: [u8; 16] = random(&*self.entropy);
        self.compute(move || phc(password.expose_secret().as_bytes(), &salt))
            .await?
    }

    /// Whether a password is among the first 10⁶ that anybody would try: a common one, a pattern, or
    /// made of these names. `None` where that cannot be computed.
    pub(super) async fn is_common(
        &self,
        password: SecretString,
        names: Vec<String>,
    ) -> Option<bool> {
        self.compute(move || {
            let mut known: Vec<&str> = names
                .iter()
                .flat_map(|name| name.split_whitespace())
                .collect();
            known.extend(names.iter().map(String::as_str));
            known.extend(PRODUCT);
            zxcvbn::zxcvbn(password.expose_secret(), &known).score() < WEAKEST
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (said, heard) = oneshot::channel();
        let work = Box::new(move || drop(said.send(work())));
        self.work.send(work).ok()?;
        heard.await.ok()
    }

    #[cfg(test)]
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

/// Until nobody can ask any more.
fn work_off(waiting: &Mutex<mpsc::Receiver<Work>>) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(work) = next else { return };
        // Whoever asked hears nothing; the next one is served.
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!("a password could not be computed");
        }
    }
}

fn argon2() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn phc(password: &[u8], salt: &[u8]) -> Option<String> {
    argon2()?
        .hash_password_with_salt(password, salt)
        .ok()
        .map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_password_costs_as_much_as_a_wrong_one_and_is_never_right() {
        let entropy = Arc::new(crate::system::SystemEntropy);
        let hasher = Hasher::new(entropy);
        let too_long = "a".repeat(LONGEST + 1);
        // Even an account whose password were empty is not opened by one.
        let hash = SecretString::from(phc(b"", &[1; 16]).unwrap());
        let cost = async |given: &str| {
            let begun = tokio::time::Instant::now();
            let given = SecretString::from(given);
            assert!(!hasher.verify(given, Some(hash.clone())).await);
            begun.elapsed()
        };
        let wrong = cost("wrong").await;
        for given in ["", &too_long] {
            let took = cost(given).await;
            assert!(took > wrong / 5, "{took:?} against {wrong:?}");
        }
    }

    #[test]
    fn hashes_are_argon2id_with_the_recommended_cost() {
        let hash = phc(b"correct horse", &[1; 16]).unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
    }
}
