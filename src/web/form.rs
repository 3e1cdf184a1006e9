//! A form's body, read strictly: size, type, encoding; fields in the order sent, repeated ones kept.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{HOST, ORIGIN},
};
use futures_util::{StreamExt, future::LocalBoxFuture};

use super::error::Problem;

/// Bytes of the longest form that is read: what a field holds too much of is said on its own page,
/// with its limit, and nothing typed is lost.
pub(super) const LIMIT: usize = 64 * 1024;

/// The fields of one form.
#[derive(Clone)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of `name`, empty where it was not sent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The first value of `name` on its own.
    pub(super) fn take(&self, name: &str) -> String {
        self.get(name).to_owned()
    }

    /// Every name that was sent.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Every value of `name`, in the order sent.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Reads `application/x-www-form-urlencoded` bytes. Unlike browsers' lenient reading, broken
    /// escapes, bytes that are not UTF-8 and control characters are an error: what is recorded
    /// must be what was sent.
    ///
    /// # Errors
    /// [`Problem::Malformed`].
    pub(super) fn parse(body: &[u8]) -> Result<Self, Problem> {
        body.split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let mut parts = pair.splitn(2, |byte| *byte == b'=');
                let name = decoded(parts.next().unwrap_or_default())?;
                let value = decoded(parts.next().unwrap_or_default())?;
                Ok((name, value))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Undoes `+` and `%XX`.
fn decoded(bytes: &[u8]) -> Result<String, Problem> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => match (
                rest.next().copied().and_then(hex),
                rest.next().copied().and_then(hex),
            ) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return Err(Problem::Malformed),
            },
            other => *other,
        });
    }
    String::from_utf8(plain)
        .ok()
        .filter(|text| {
            !text
                .chars()
                .any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
        })
        .ok_or(Problem::Malformed)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Whether the browser says that the form comes from a page of this service. Browsers that send
/// neither header are covered by the cookie's `SameSite` and the form's token.
///
/// # Errors
/// [`Problem::ForeignForm`].
pub(super) fn check_origin(request: &HttpRequest) -> Result<(), Problem> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable").to_owned())
    };
    let ours = match (header("sec-fetch-site"), header(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site.as_str(), "same-origin" | "none"),
        (None, Some(origin)) => header(HOST.as_str()).is_some_and(|host| {
            origin
                .split_once("://")
                .is_some_and(|(_, origin_host)| origin_host.eq_ignore_ascii_case(&host))
        }),
        (None, None) => true,
    };
    if ours {
        Ok(())
    } else {
        Err(Problem::ForeignForm)
    }
}

/// Reads the body up to the limit.
///
/// # Errors
/// [`Problem::WrongType`], [`Problem::TooLarge`], [`Problem::Malformed`].
pub(super) async fn read(declared: Declared, mut payload: Payload) -> Result<Fields, Problem> {
    if !declared.is_form {
        return Err(Problem::WrongType);
    }
    if declared.length.is_some_and(|length| length > LIMIT) {
        return Err(Problem::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::Malformed)?;
        if body.len() + chunk.len() > LIMIT {
            return Err(Problem::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Fields::parse(&body)
}

/// What the headers say of the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared {
    is_form: bool,
    length: Option<usize>,
}

impl Declared {
    /// Reads the headers.
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self {
            is_form: request
                .content_type()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded"),
            length: request
                .headers()
                .get("content-length")
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.parse().ok()),
        }
    }
}

/// A form of somebody who is not signed in: only the origin vouches for it.
impl FromRequest for Fields {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let origin = check_origin(request);
        let declared = Declared::of(request);
        let payload = payload.take();
        Box::pin(async move {
            origin?;
            read(declared, payload).await
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn repeated_fields_are_kept_in_order() {
        let fields = Fields::parse(b"reason=1&note=a+b&reason=%EF%BC%92").unwrap();
        assert_eq!(fields.all("reason"), ["1", "２"]);
        assert_eq!(fields.get("note"), "a b");
        assert_eq!(fields.get("absent"), "");
    }

    #[test]
    fn what_is_not_clean_text_is_refused() {
        for body in [
            &b"note=%"[..],
            b"note=%4",
            b"note=%GG",
            b"note=%FF",
            b"note=\xff",
            b"note=%00",
            b"%00=1",
            b"note=%1b",
        ] {
            assert!(Fields::parse(body).is_err(), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(Fields::parse(&body));
        }
    }
}
