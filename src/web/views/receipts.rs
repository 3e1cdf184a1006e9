//! The page on which an auditor enters a receipt: the entry, and whether its proof holds.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    ledger::{InPart, Proof, Standing},
    review::Names,
    web::{context::Context, error::Problem, text::Text},
};

use super::{Frame, audit::EntryRow, page};

/// The form, and what was found.
#[derive(Template)]
#[template(path = "pages/receipts.html")]
pub(in crate::web) struct ReceiptsPage {
    frame: Frame,
    t: &'static Text,
    typed: String,
    flash: Option<&'static str>,
    found: Option<Found>,
    status: StatusCode,
}

/// An entry and its proof, in words.
struct Found {
    row: EntryRow,
    /// `proven`, `not_yet` or `broken`.
    word: &'static str,
    is_proven: bool,
    is_broken: bool,
    said: String,
    /// The checkpoint with its signatures; empty where nothing is proven.
    note: String,
}

impl ReceiptsPage {
    /// The empty form.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.receipts.title);
        "/audit/receipts".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            typed: String::new(),
            flash: None,
            found: None,
            status: StatusCode::OK,
        }
    }

    /// The form again: this is no receipt.
    pub(in crate::web) fn mistyped(mut self, typed: &str) -> Self {
        typed.clone_into(&mut self.typed);
        self.flash = Some(self.t.receipts.typo);
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// What was found; nothing where no entry of the facility has the receipt.
    pub(in crate::web) fn with(
        mut self,
        receipt: &str,
        proof: &InPart<Option<Proof>>,
        names: &Names,
    ) -> Self {
        receipt.clone_into(&mut self.typed);
        let found = proof.read.as_ref();
        self.found = found.map(|proof| Found::of(proof, names, self.t));
        if self.found.is_none() {
            self.flash = Some(if proof.unread.is_empty() {
                self.t.receipts.unknown
            } else {
                self.t.unread.receipt
            });
            self.status = StatusCode::NOT_FOUND;
        }
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, self.status)
    }
}

impl Found {
    fn of(proof: &Proof, names: &Names, t: &'static Text) -> Self {
        let (word, said, note) = match &proof.standing {
            Standing::Proven { signed, .. } => {
                let proven = (t.receipts.proven)(signed.checkpoint.size);
                // Beside the ledger's own signature only a witness's is ever kept.
                let said = if signed.note.signatures.len() > 1 {
                    format!("{proven}{}", t.receipts.cosigned)
                } else {
                    proven
                };
                ("proven", said, signed.note.to_string())
            }
            Standing::NotYet => ("not_yet", t.receipts.not_yet.to_owned(), String::new()),
            Standing::Broken(_) => ("broken", t.receipts.broken.to_owned(), String::new()),
        };
        Self {
            row: EntryRow::of(&proof.entry, names, t),
            word,
            is_proven: word == "proven",
            is_broken: word == "broken",
            said,
            note,
        }
    }
}
