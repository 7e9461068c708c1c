//! Argon2id on a bounded pool: each hash takes 19 MiB and some 30 ms, so a crowd at the door
//! must not take the machine with it.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::AppError;

/// How many hashes are computed at a time.
const AT_ONCE: usize = 2;

/// Hashes passwords and checks them.
#[derive(Debug)]
pub struct Passwords {
    places: Semaphore,
    /// What an unknown account's password is compared with, so that the answer takes as long.
    nobody: std::sync::OnceLock<String>,
}

impl Passwords {
    pub(super) const fn new() -> Self {
        Self { places: Semaphore::const_new(AT_ONCE), nobody: std::sync::OnceLock::new() }
    }

    /// A new password's hash.
    pub(super) async fn hash(&self, password: &str) -> Result<String, AppError> {
        let password = password.to_owned();
        self.run(move || hash(&password)).await?
    }

    /// Whether a password is the one that was hashed; for an account that is not there, never.
    pub(super) async fn verify(&self, password: &str, hashed: Option<&str>) -> Result<bool, AppError> {
        let password = password.to_owned();
        let real = hashed.is_some();
        let against = match (hashed, self.nobody.get()) {
            (Some(hashed), _) => hashed.to_owned(),
            (None, Some(nobody)) => nobody.clone(),
            (None, None) => {
                let made = self.hash("nobody's password, which opens nothing").await?;
                self.nobody.get_or_init(|| made).clone()
            }
        };
        let matches = self
            .run(move || {
                PasswordHash::new(&against)
                    .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(real && matches)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let fault = |cause: &dyn std::fmt::Display| AppError::Fault(format!("hashing failed: {cause}"));
        let _place = self.places.acquire().await.map_err(|error| fault(&error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| fault(&error))
    }
}

fn hash(password: &str) -> Result<String, AppError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| AppError::Fault(format!("hashing failed: {error}")))
}
