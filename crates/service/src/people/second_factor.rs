//! The second factor: codes from an app on the person's telephone (RFC 6238), and codes on paper in place of one.

use crate::{Result, ServiceError};
use opencmp_domain::{Timestamp, people::ProofAsked};
use opencmp_store::sha256_hex;
use totp_rs::{Algorithm, Secret, TOTP};

/// Seconds of a time step.
const STEP: u64 = 30;
/// Steps before and after the present whose codes are taken: clocks differ.
const SKEW: u64 = 1;
const RECOVERY_CODES: usize = 10;

/// What a new second factor is set up with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// base32
    pub secret: String,
    /// `otpauth://…`, for the app.
    pub address: String,
    /// The same as a picture (SVG).
    pub picture: String,
    pub asked: Option<ProofAsked>,
}

pub fn enrolment(email: &str, asked: Option<ProofAsked>) -> Result<Enrolment> {
    let mut octets = vec![0; 20];
    getrandom::fill(&mut octets).map_err(|_| ServiceError::Unavailable)?;
    let secret = Secret::Raw(octets).to_encoded().to_string();
    let totp = totp(&secret, email).ok_or(ServiceError::Unavailable)?;
    let address = totp.get_url();
    let code = qrcode::QrCode::new(&address).map_err(|_| ServiceError::Unavailable)?;
    let picture = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build();
    // An XML declaration is not for inside a page.
    let picture = picture.split_once("?>").map_or(picture.as_str(), |(_, svg)| svg).to_owned();
    Ok(Enrolment { secret, address, picture, asked })
}

/// The time step that a code is of; `None`: it isn't right. Whether that step was used already is the store's to say.
pub fn step_of(secret: &str, code: &str, now: Timestamp) -> Option<u64> {
    let totp = totp(secret, "")?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let present = u64::try_from(now.0 / 1_000_000).ok()? / STEP;
    (present.saturating_sub(SKEW)..=present + SKEW).find(|step| same(&totp.generate(step * STEP), &code))
}

/// A secret that came back from the browser that it was shown in.
pub fn is_secret(text: &str) -> bool {
    totp(text, "").is_some()
}

/// Takes as long wherever two codes begin to differ.
fn same(one: &str, other: &str) -> bool {
    let differ = one.bytes().zip(other.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b));
    one.len() == other.len() && differ == 0
}

fn totp(secret: &str, email: &str) -> Option<TOTP> {
    let octets = Secret::Encoded(secret.to_owned()).to_bytes().ok()?;
    // A colon parts issuer and account.
    let account = email.replace(':', "");
    TOTP::new(Algorithm::SHA1, 6, 0, STEP, octets, Some("OpenCMP".to_owned()), account).ok()
}

/// Codes as they are shown, once, and the hashes that are kept.
pub fn recovery_codes() -> Result<(Vec<String>, Vec<String>)> {
    let mut codes = Vec::new();
    for _ in 0..RECOVERY_CODES {
        let mut octets = [0; 10];
        getrandom::fill(&mut octets).map_err(|_| ServiceError::Unavailable)?;
        let letters: Vec<char> =
            octets.iter().map(|octet| LETTERS[usize::from(octet % 32)] as char).collect();
        let halves: Vec<String> = letters.chunks(5).map(|half| half.iter().collect()).collect();
        codes.push(halves.join("-"));
    }
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    Ok((codes, hashes))
}

/// Of a code as people type it. 50 random bits and a limit on tries: a plain hash does.
pub fn recovery_hash(code: &str) -> String {
    let typed = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    sha256_hex(&typed)
}

/// Without those that are taken for one another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, with six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = Secret::Raw(b"12345678901234567890".to_vec()).to_encoded().to_string();
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            let at = Timestamp(seconds * 1_000_000);
            assert_eq!(step_of(&secret, code, at), Some(seconds as u64 / STEP));
            assert_eq!(
                step_of(&secret, &format!(" {} {}", &code[..3], &code[3..]), at.plus_secs(30)),
                Some(seconds as u64 / STEP)
            );
            assert_eq!(step_of(&secret, code, at.plus_secs(90)), None);
        }
        assert_eq!(step_of(&secret, "", Timestamp(59_000_000)), None);
        assert_eq!(step_of("not base32!", "287082", Timestamp(59_000_000)), None);
    }

    #[test]
    fn a_picture_and_paper() {
        let enrolment = enrolment("chen@example.com", None).unwrap();
        assert!(
            enrolment.address.starts_with("otpauth://totp/OpenCMP:chen%40example.com?secret="),
            "{enrolment:?}"
        );
        assert!(enrolment.picture.trim_start().starts_with("<svg"), "{}", enrolment.picture);
        assert!(is_secret(&enrolment.secret) && !is_secret("AAAA"));
        let (codes, hashes) = recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        assert_eq!(recovery_hash(&codes[3].to_uppercase().replace('-', " ")), hashes[3]);
    }
}
