//! Style, script and icon, inside the binary; named with a hash of their content.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderName},
    web::Path,
};
use rust_embed::RustEmbed;

use super::error::Problem;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// Where all of them are.
pub(super) const ROUTE: &str = "/static/{name}";

/// Which pages the worker may answer for, beside those under its own address: the crew's.
const WORKER_SCOPE: &str = "/handoffs";
const SERVICE_WORKER_ALLOWED: HeaderName = HeaderName::from_static("service-worker-allowed");

/// One file of `static/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asset {
    /// The one style sheet.
    Style,
    /// The one script.
    Script,
    /// The script of pages with passkeys.
    Passkey,
    /// The script of the pages on which patients are handed over.
    Handoff,
    /// The script of every page of a crew: what is not sent yet.
    Drafts,
    /// Draws QR codes: qrcode-generator of Kazuhiko Arase, MIT licence, as it is published.
    QrCode,
    /// The script that shows what is not sent as codes.
    Codes,
    /// What answers a crew's browser where there is no connection.
    Worker,
    /// The icon of the browser's tab.
    Icon,
}

impl Asset {
    const ALL: [Self; 9] = [
        Self::Style,
        Self::Script,
        Self::Passkey,
        Self::Handoff,
        Self::Drafts,
        Self::QrCode,
        Self::Codes,
        Self::Worker,
        Self::Icon,
    ];

    /// Path in `static/`, name before the hash, extension, media type.
    const fn facts(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Style => ("css/app.css", "app", "css", "text/css; charset=utf-8"),
            Self::Script => ("js/app.js", "app", "js", "text/javascript; charset=utf-8"),
            Self::Icon => (
                "icon/icon.svg",
                "icon",
                "svg",
                "image/svg+xml; charset=utf-8",
            ),
            Self::Passkey => (
                "js/passkey.js",
                "passkey",
                "js",
                "text/javascript; charset=utf-8",
            ),
            Self::Handoff => (
                "js/handoff.js",
                "handoff",
                "js",
                "text/javascript; charset=utf-8",
            ),
            Self::Drafts => (
                "js/drafts.js",
                "drafts",
                "js",
                "text/javascript; charset=utf-8",
            ),
            Self::QrCode => (
                "js/qrcode.js",
                "qrcode",
                "js",
                "text/javascript; charset=utf-8",
            ),
            Self::Codes => (
                "js/codes.js",
                "codes",
                "js",
                "text/javascript; charset=utf-8",
            ),
            Self::Worker => (
                "js/worker.js",
                "worker",
                "js",
                "text/javascript; charset=utf-8",
            ),
        }
    }

    /// The file's bytes.
    pub(super) fn bytes(self) -> Vec<u8> {
        Files::get(self.facts().0).map_or_else(Vec::new, |file| file.data.into_owned())
    }

    /// `app-1a2b3c4d5e6f7890.css`
    fn name(self) -> String {
        let (path, stem, extension, _) = self.facts();
        let hash = Files::get(path).map_or([0; 32], |file| file.metadata.sha256_hash());
        let hash = data_encoding::HEXLOWER.encode(hash.get(..8).unwrap_or_default());
        format!("{stem}-{hash}.{extension}")
    }

    /// Where a page asks for it.
    pub(super) fn url(self) -> String {
        format!("/static/{}", self.name())
    }
}

/// `GET /static/{name}`: the name holds a hash of the content, so a browser never asks twice.
pub(super) async fn get(name: Path<String>) -> Result<HttpResponse, Problem> {
    let asset = Asset::ALL
        .into_iter()
        .find(|asset| asset.name() == *name)
        .ok_or(Problem::NotFound)?;
    let mut response = HttpResponse::Ok();
    if asset == Asset::Worker {
        response.insert_header((SERVICE_WORKER_ALLOWED, WORKER_SCOPE));
    }
    Ok(response
        .insert_header((header::CONTENT_TYPE, asset.facts().3))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.bytes()))
}
