//! One-time codes (RFC 6238), as an authenticator would show them.

use totp_rs::{Builder, Secret};

/// Seconds one code is good for.
pub(super) const STEP: u64 = 30;

/// The code of the moment `unix` seconds after 1970; `None` where the secret is no base 32.
#[must_use]
pub fn code(secret: &str, unix: u64) -> Option<String> {
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret).ok()?)
        .with_step_duration(STEP)
        .build()
        .ok()?;
    Some(totp.generate(unix).to_string())
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!(code(secret, 59).as_deref(), Some("287082"));
        assert_eq!(code(secret, 1_111_111_109).as_deref(), Some("081804"));
        assert_eq!(code("no base 32!", 59), None);
    }
}
