//! A form with a file, read strictly: type, size, clean fields; the session's token comes before the
//! file. What is too large is passed over and said to be, so that a browser still shows the answer.

use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::{HttpMessage as _, HttpRequest, dev::Payload};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::{error::Problem, form::Fields};

/// Bytes of the longest file.
pub(super) const LIMIT: usize = crate::review::MOST_BYTES;
/// Bytes of the longest field beside it.
const LONGEST_FIELD: usize = 4 * 1024;
/// Parts of a form.
const MOST_PARTS: usize = 8;
/// A file comes within this: sooner than its connection is given up.
const PATIENCE: Duration = Duration::from_secs(8);

/// The file of a form.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Received {
    /// There is none.
    Nothing,
    /// All of it.
    Whole(Vec<u8>),
    /// More than [`LIMIT`]: nothing of it was kept.
    TooLarge,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Whole(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::TooLarge => f.write_str("too large"),
        }
    }
}

/// Reads the form.
///
/// # Errors
/// [`Problem::WrongType`]; [`Problem::Malformed`] where it breaks off or is no such form.
pub(super) async fn read(
    request: &HttpRequest,
    payload: Payload,
) -> Result<(Fields, Received), Problem> {
    if !request
        .content_type()
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return Err(Problem::WrongType);
    }
    let form = Multipart::new(request.headers(), payload);
    let parts = timeout(PATIENCE, parts(form)).await;
    parts.map_err(|_| Problem::Malformed)?
}

async fn parts(mut form: Multipart) -> Result<(Fields, Received), Problem> {
    let mut fields = Vec::new();
    let mut file = Received::Nothing;
    let mut count = 0;
    while let Some(part) = form.next().await {
        let mut part = part.map_err(|_| Problem::Malformed)?;
        count += 1;
        if count > MOST_PARTS {
            return Err(Problem::Malformed);
        }
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            if file != Received::Nothing {
                return Err(Problem::Malformed);
            }
            file = match bytes(&mut part, LIMIT).await? {
                Some(bytes) if bytes.is_empty() => Received::Nothing,
                Some(bytes) => Received::Whole(bytes),
                None => Received::TooLarge,
            };
            continue;
        }
        let value = bytes(&mut part, LONGEST_FIELD).await?;
        fields.push((name, value.ok_or(Problem::TooLarge)?));
    }
    Ok((Fields::of_parts(fields)?, file))
}

/// A part to its end; `None` where it is longer than the limit.
async fn bytes(part: &mut Field, limit: usize) -> Result<Option<Vec<u8>>, Problem> {
    let mut bytes = Some(Vec::new());
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|_| Problem::Malformed)?;
        bytes = bytes.filter(|bytes| bytes.len() + chunk.len() <= limit);
        if let Some(bytes) = &mut bytes {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(bytes)
}
