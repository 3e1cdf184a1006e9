//! The text of one document.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    domain::document::{Part, Readable, Reading},
    web::{context::Context, error::Problem, handlers::summary::Shown, text},
};

use super::{Frame, banner::Banner, page};

/// The page of a document.
#[derive(Template)]
#[template(path = "pages/document.html")]
pub(in crate::web) struct DocumentPage {
    frame: Frame,
    t: &'static text::Text,
    banner: Banner,
    document: Text,
    /// The summary.
    back: String,
}

/// What is printed of a document.
pub(super) struct Text {
    pub(super) patient_key: String,
    pub(super) title: String,
    /// Status, date, facility, author, as the row says them.
    pub(super) about: Vec<String>,
    pub(super) parts: Vec<PartView>,
    /// Whether the patient has covered rows.
    pub(super) protected: bool,
}

/// One section or attachment.
pub(super) struct PartView {
    pub(super) title: Option<String>,
    /// `3` to `6`: the heading's level.
    pub(super) level: usize,
    pub(super) said: Vec<String>,
    /// Made safe by the sanitiser; the only markup that is printed as it is.
    pub(super) markup: Option<String>,
    pub(super) plain: Option<String>,
}

impl DocumentPage {
    /// The page of what is already in the ledger.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        shown: &Shown,
        reading: &Reading,
    ) -> Self {
        let t = context.text();
        Self {
            frame: Frame::new(context, Some(viewer), t.asked.document_title),
            t,
            banner: Banner::new(viewer, shown, t),
            document: Text::of(reading, &shown.grant.patient_key.0, t),
            back: format!("/summary/{}", shown.grant.id),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, StatusCode::OK)
    }
}

impl Text {
    /// Everything of it, in order.
    pub(super) fn of(reading: &Reading, patient_key: &str, t: &'static text::Text) -> Self {
        let head = [&reading.date, &reading.facility];
        Self {
            patient_key: patient_key.to_owned(),
            title: reading.title.clone(),
            about: head
                .into_iter()
                .flatten()
                .chain(&reading.words)
                .chain(&reading.details)
                .cloned()
                .collect(),
            parts: reading.parts.iter().map(|part| view(part, t)).collect(),
            protected: reading.protected,
        }
    }
}

fn view(part: &Part, t: &'static text::Text) -> PartView {
    let (markup, plain) = match &part.text {
        Some(Readable::Markup(html)) => (Some(html.clone()), None),
        Some(Readable::Plain(text)) => (None, Some(text.clone())),
        None => (None, None),
    };
    PartView {
        title: part.title.clone(),
        level: part.depth.min(3) + 3,
        said: part.said.iter().map(t.asked.said).collect(),
        markup,
        plain,
    }
}
