//! Passwords: which are taken, and how they are kept.

use crate::{Result, ServiceError};
use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::SaltString,
};
use tokio::sync::Semaphore;

pub const LEAST_CHARACTERS: usize = 10;
/// More is never typed, and would only be work for whoever sends it.
const MOST_OCTETS: usize = 256;
/// Guesses that a password must outlast, as zxcvbn's score: 3 is some 10^8.
const LEAST_SCORE: zxcvbn::Score = zxcvbn::Score::Three;

/// Each takes 19 MiB and tens of milliseconds of a core: so many at a time, the others wait.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Refuses what is short, common, or made of what everybody knows of the person (`known`: name, address).
pub fn check(password: &str, known: &[&str]) -> Result<()> {
    let refuse = |message: &str| Err(ServiceError::Invalid { field: "password", message: message.into() });
    if password.chars().count() < LEAST_CHARACTERS {
        return refuse("a password has at least 10 characters");
    }
    if password.len() > MOST_OCTETS {
        return refuse("a password has at most 256 octets");
    }
    let joined: Vec<String> =
        known.iter().map(|text| text.chars().filter(|c| c.is_alphanumeric()).collect()).collect();
    let words = known.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let known: Vec<&str> = words.chain(joined.iter().map(String::as_str)).chain(["opencmp"]).collect();
    if zxcvbn::zxcvbn(password, &known).score() < LEAST_SCORE {
        return refuse("this password is easy to guess: add a few words");
    }
    Ok(())
}

/// As a PHC string. Errors: `Unavailable`.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    work(move || {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).ok()?;
        let salt = SaltString::encode_b64(&salt).ok()?;
        Some(argon2().hash_password(password.as_bytes(), &salt).ok()?.to_string())
    })
    .await
}

/// Takes as long without a password that was ever set: how long an answer takes says nothing.
pub async fn verify(password: &str, kept: Option<&str>) -> Result<bool> {
    if password.len() > MOST_OCTETS {
        return Ok(false);
    }
    let (password, kept) = (password.to_owned(), kept.map(str::to_owned));
    work(move || match kept {
        Some(kept) => {
            let kept = PasswordHash::new(&kept).ok()?;
            Some(argon2().verify_password(password.as_bytes(), &kept).is_ok())
        }
        None => {
            let salt = SaltString::encode_b64(b"nobody's salt...").ok()?;
            let _ = argon2().hash_password(password.as_bytes(), &salt);
            Some(false)
        }
    })
    .await
}

/// OWASP's least for argon2id: 19 MiB, two passes.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

async fn work<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Result<T> {
    let _turn = HASHING.acquire().await.map_err(|_| ServiceError::Unavailable)?;
    let done = tokio::task::spawn_blocking(work).await.ok().flatten();
    done.ok_or_else(|| {
        tracing::error!("a password could not be hashed");
        ServiceError::Unavailable
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_hashed_is_known_again() {
        let kept = hash("correct horse battery").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("correct horse battery", Some(&kept)).await.unwrap());
        assert!(!verify("correct horse batter", Some(&kept)).await.unwrap());
        assert!(!verify("correct horse battery", None).await.unwrap());
        assert_ne!(hash("correct horse battery").await.unwrap(), kept);
    }

    #[test]
    fn easy_ones_are_refused() {
        let known = ["chen.meiling@example.com", "Chen Meiling"];
        for password in [
            "",
            "short",
            "password123",
            "1234567890",
            "qwertyuiop",
            "chenmeiling1",
            "opencmp2026",
            "aaaaaaaaaaaa",
        ] {
            assert!(check(password, &known).is_err(), "{password}");
        }
        assert!(check(&"x7".repeat(200), &known).is_err());
        for password in ["correct horse battery", "電表的鎖在後門旁邊第三塊磚", "vK8#pLw2!qZr"] {
            assert_eq!(check(password, &known), Ok(()), "{password}");
        }
    }
}
