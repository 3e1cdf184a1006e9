//! A form's body, read strictly: size, type, encoding; fields in the order sent, repeated ones kept.

use std::time::Duration;

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{HOST, ORIGIN},
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use tokio::time::timeout;

use crate::access::Viewer;

use super::error::Problem;

/// Bytes of the longest form that is read: what a field holds too much of is said on its own page,
/// with its limit, and nothing typed is lost.
pub(super) const LIMIT: usize = 64 * 1024;

/// A form comes within this, or its request makes room for others.
const PATIENCE: Duration = Duration::from_secs(5);

/// The fields of one form.
#[derive(Clone)]
pub(super) struct Fields(Vec<(String, String)>);

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} fields", self.0.len())
    }
}

/// What was sent, as far as it is clean text: for the page that asks for it once more.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// The fields without what no field may hold.
    pub(super) fields: Fields,
    /// Whose form it is, where that is known.
    pub(super) viewer: Option<Viewer>,
}

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

    /// Every field, in the order sent.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
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
        pairs(body)
            .map(|(name, value)| Ok((decoded(name)?, decoded(value)?)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The text fields of a form with a file.
    ///
    /// # Errors
    /// [`Problem::Malformed`] where one is no clean text.
    pub(super) fn of_parts(parts: Vec<(String, Vec<u8>)>) -> Result<Self, Problem> {
        let clean = |(name, value): (String, Vec<u8>)| {
            let value = String::from_utf8(value).ok();
            let value =
                value.filter(|value| !value.contains(is_unclean) && !name.contains(is_unclean));
            Some((name, value?))
        };
        let clean: Option<Vec<_>> = parts.into_iter().map(clean).collect();
        clean.map(Self).ok_or(Problem::Malformed)
    }

    /// The same without what makes it an error: for showing, never for doing anything with it.
    pub(super) fn cleaned(body: &[u8]) -> Self {
        Self(
            pairs(body)
                .map(|(name, value)| (cleaned(name), cleaned(value)))
                .collect(),
        )
    }
}

/// Names and values as they were sent.
fn pairs(body: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            )
        })
}

/// Undoes `+` and `%XX`; what is no escape stays out. Whether everything was one or a byte.
fn unescaped(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut is_whole = true;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => plain.push(b' '),
            b'%' => match (
                rest.next().copied().and_then(hex),
                rest.next().copied().and_then(hex),
            ) {
                (Some(high), Some(low)) => plain.push(high * 16 + low),
                _ => is_whole = false,
            },
            other => plain.push(*other),
        }
    }
    (plain, is_whole)
}

fn is_unclean(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\r' | '\n')
}

fn decoded(bytes: &[u8]) -> Result<String, Problem> {
    let (plain, is_whole) = unescaped(bytes);
    String::from_utf8(plain)
        .ok()
        .filter(|text| is_whole && !text.contains(is_unclean))
        .ok_or(Problem::Malformed)
}

fn cleaned(bytes: &[u8]) -> String {
    let (plain, _) = unescaped(bytes);
    String::from_utf8_lossy(&plain)
        .chars()
        .filter(|c| !is_unclean(*c) && *c != char::REPLACEMENT_CHARACTER)
        .collect()
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
/// [`Problem::WrongType`], [`Problem::TooLarge`], [`Problem::Malformed`] where it breaks off,
/// [`Problem::Unclean`] where a field holds what is not clean text.
pub(super) async fn read(declared: Declared, mut payload: Payload) -> Result<Fields, Problem> {
    if !declared.is_form {
        return Err(Problem::WrongType);
    }
    if declared.length.is_some_and(|length| length > LIMIT) {
        return Err(Problem::TooLarge);
    }
    let body = timeout(PATIENCE, whole(&mut payload)).await;
    let body = body.map_err(|_| Problem::Malformed)??;
    Fields::parse(&body).map_err(|_| {
        let fields = Fields::cleaned(&body);
        let viewer = None;
        Problem::Unclean(Box::new(Kept { fields, viewer }))
    })
}

/// The body, up to the limit.
async fn whole(payload: &mut Payload) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::Malformed)?;
        if body.len() + chunk.len() > LIMIT {
            return Err(Problem::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
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

    #[test]
    fn what_is_kept_of_an_unclean_form_is_clean() {
        let body = b"note=a%00b+%ED%A0%80c&name=%E5%B1%B1%E7%94%B0%1b&x=%4&number=1";
        let kept = Fields::cleaned(body);
        let kept: Vec<_> = kept.pairs().collect();
        assert_eq!(
            kept,
            [
                ("note", "ab c"),
                ("name", "山田"),
                ("x", ""),
                ("number", "1")
            ]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(Fields::parse(&body));
        }

        #[test]
        fn whatever_is_kept_of_any_bytes_is_clean_and_a_clean_form_is_kept_whole(
            body in proptest::collection::vec(any::<u8>(), 0..200),
            text in "[a-z山\\u{FFFD}]{0,5}",
        ) {
            let kept = Fields::cleaned(&body);
            let is_clean = |text: &str| !text.contains(is_unclean);
            prop_assert!(kept.pairs().all(|(name, value)| is_clean(name) && is_clean(value)));
            let clean = format!("a={}&b=1", text.replace('\u{FFFD}', "+"));
            let (read, kept) = (Fields::parse(clean.as_bytes()), Fields::cleaned(clean.as_bytes()));
            prop_assert!(read.unwrap().pairs().eq(kept.pairs()));
        }
    }
}
