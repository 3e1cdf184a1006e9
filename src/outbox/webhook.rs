//! Notices as signed requests, after Standard Webhooks: `webhook-id` is the notice's key,
//! `webhook-timestamp` when it was sent, `webhook-signature` an HMAC-SHA256 over both and the body.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, Mac as _};
use reqwest::{Client, StatusCode, header::CONTENT_TYPE};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

use super::Answer;
use crate::domain::notice::Notice;

/// Bytes of the smallest key.
pub const SMALLEST_KEY: usize = 24;

/// A receiver of signed requests.
#[derive(Clone)]
pub struct Webhook {
    url: String,
    key: SecretSlice<u8>,
    client: Client,
}

impl Webhook {
    /// Of a URL, signing with a key, by a client that follows no redirects.
    #[must_use]
    pub const fn new(url: String, key: SecretSlice<u8>, client: Client) -> Self {
        Self { url, key, client }
    }

    /// One try, at an instant.
    pub(super) async fn send(&self, notice: &Notice, now: DateTime<Utc>) -> Answer {
        let body = body(notice);
        let sent = now.timestamp();
        let Some(signature) = signature(&self.key, &notice.key, sent, &body) else {
            return Answer::NotNow("its key cannot be used".to_owned());
        };
        let answered = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", &notice.key)
            .header("webhook-id", &notice.key)
            .header("webhook-timestamp", sent)
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await;
        match answered {
            Ok(answer) => read(answer.status()),
            // Never the words of the client: they name the address, where a secret may stand.
            Err(error) if error.is_connect() => Answer::NotNow("nothing answers".to_owned()),
            Err(_) => Answer::NotNow("the connection broke off".to_owned()),
        }
    }
}

/// What an answer says. What may pass is tried again, and so is what a wrong address or key is
/// answered with: that is mended here, and nothing is lost meanwhile. Everything else that is no
/// success is final: the same would be answered for ever.
fn read(status: StatusCode) -> Answer {
    let said = format!("it answers {}", status.as_u16());
    let may_pass = matches!(
        status,
        // What a wrong key or clock is often answered with.
        StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::CONFLICT
            | StatusCode::TOO_EARLY
            | StatusCode::TOO_MANY_REQUESTS
    );
    if status.is_success() {
        Answer::Taken
    } else if status.is_client_error() && !may_pass {
        Answer::Refused(said)
    } else {
        Answer::NotNow(said)
    }
}

/// The same bytes for the same notice.
fn body(notice: &Notice) -> String {
    serde_json::json!({
        "type": format!("emergency_access.{}", notice.what.word()),
        "timestamp": notice.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "data": {
            "facility": notice.facility.0,
            "reference": notice.reference,
        },
    })
    .to_string()
}

fn signature(key: &SecretSlice<u8>, id: &str, sent: i64, body: &str) -> Option<String> {
    let mut hash = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.expose_secret()).ok()?;
    hash.update(format!("{id}.{sent}.{body}").as_bytes());
    let hash = hash.finalize().into_bytes();
    Some(format!("v1,{}", STANDARD.encode(hash)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_another_implementation() {
        // The example of the Standard Webhooks specification.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let said = signature(
            &key.into(),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            body,
        );
        assert_eq!(
            said.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_will_not_is_final() {
        let of = |status: u16| read(StatusCode::from_u16(status).unwrap());
        assert!(
            [200, 202, 204]
                .into_iter()
                .all(|status| of(status) == Answer::Taken)
        );
        for status in [402, 406, 410, 413, 415, 422] {
            assert!(matches!(of(status), Answer::Refused(_)), "{status}");
        }
        for status in [
            301, 307, 400, 401, 403, 404, 405, 407, 408, 409, 425, 429, 500, 502, 503, 504,
        ] {
            assert!(matches!(of(status), Answer::NotNow(_)), "{status}");
        }
    }
}
