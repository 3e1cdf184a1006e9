//! One-time codes (RFC 6238: SHA-1, six digits, 30 seconds), one step of skew, each step once.

use secrecy::{ExposeSecret, SecretSlice, SecretString};
use totp_rs::{Algorithm, Builder, Totp};

use crate::domain::text::normalised;

const STEP_SECONDS: u64 = 30;

/// What a code turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// Right for this step, which is later than the last used one.
    Right(u64),
    /// Right, but this step or a later one was used: a new code comes in so many seconds.
    Used(u64),
    /// Not right.
    Wrong,
}

fn builder(secret: &SecretSlice<u8>) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(STEP_SECONDS)
        .with_secret(secret.expose_secret())
}

/// A code without what people put between its digits.
pub(super) fn typed(code: &str) -> String {
    normalised(code)
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect()
}

/// Checks a code as typed, spaces and full-width digits accepted, at a time in seconds since 1970.
pub(super) fn check(
    secret: &SecretSlice<u8>,
    code: &str,
    now: u64,
    last_step: Option<u64>,
) -> Checked {
    let code = typed(code);
    let Ok(totp) = builder(secret).build() else {
        return Checked::Wrong;
    };
    match totp.check(&code, now) {
        Some(step) if last_step.is_none_or(|last| last < step) => Checked::Right(step),
        Some(step) => Checked::Used(seconds_to_next(now, last_step.unwrap_or(step))),
        None => Checked::Wrong,
    }
}

/// Seconds until a clock that is right shows a code later than `step`; at least one.
pub(super) fn seconds_to_next(now: u64, step: u64) -> u64 {
    step.saturating_add(1)
        .saturating_mul(STEP_SECONDS)
        .saturating_sub(now)
        .max(1)
}

/// The secret in base 32 and the `otpauth` address that authenticator apps read.
pub(super) fn enrolment(
    secret: &SecretSlice<u8>,
    sign_in: &str,
    issuer: &str,
) -> Option<(SecretString, SecretString)> {
    let totp: Totp = builder(secret)
        .with_account_name(sign_in)
        .with_issuer(Some(issuer))
        .build()
        .ok()?;
    Some((totp.secret().to_base32().into(), totp.to_url().ok()?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret and codes of RFC 6238, appendix B, cut to six digits.
    fn secret() -> SecretSlice<u8> {
        b"12345678901234567890".to_vec().into()
    }

    #[test]
    fn the_codes_of_the_standard_are_right() {
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let expected = Checked::Right(time / 30);
            assert_eq!(check(&secret(), code, time, None), expected, "{time}");
        }
    }

    #[test]
    fn spaces_full_width_digits_and_one_step_of_skew_are_accepted() {
        for (code, time, expected) in [
            ("081 804", 1_111_111_109, Checked::Right(37_037_036)),
            ("０８１８０４", 1_111_111_109, Checked::Right(37_037_036)),
            (" 081-804 ", 1_111_111_109, Checked::Right(37_037_036)),
            ("081804", 1_111_111_109 + 30, Checked::Right(37_037_036)),
            ("081804", 1_111_111_109 - 30, Checked::Right(37_037_036)),
            ("081804", 1_111_111_109 + 60, Checked::Wrong),
            ("081804", 1_111_111_109 - 60, Checked::Wrong),
            ("81804", 1_111_111_109, Checked::Wrong),
            ("+81804", 1_111_111_109, Checked::Wrong),
            ("", 1_111_111_109, Checked::Wrong),
            ("081804081804", 1_111_111_109, Checked::Wrong),
        ] {
            assert_eq!(check(&secret(), code, time, None), expected, "{code}");
        }
    }

    #[test]
    fn a_used_code_says_when_the_next_one_comes() {
        let time = 1_111_111_109;
        let step = time / 30;
        assert_eq!(
            check(&secret(), "081804", time, Some(step - 1)),
            Checked::Right(step)
        );
        assert_eq!(
            check(&secret(), "081804", time, Some(step)),
            Checked::Used(1)
        );
        assert_eq!(
            check(&secret(), "081804", time - 9, Some(step)),
            Checked::Used(10)
        );
        assert_eq!(
            check(&secret(), "081804", time, Some(step + 1)),
            Checked::Used(31)
        );
    }
}
