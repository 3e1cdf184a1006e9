//! One's own grants of today. Only an open one names its patient, as the first page does.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::{Field, Own, Said, Viewer, Wrong},
    domain::{
        access::{GrantId, Reason},
        clock::japanese_time,
    },
    web::{context::Context, error::Problem, text::Text},
};

use super::{Choice, Frame, page};

/// The page.
#[derive(Template)]
#[template(path = "pages/grants.html")]
pub(in crate::web) struct GrantsPage {
    frame: Frame,
    t: &'static Text,
    grants: Vec<GrantPart>,
    /// Some may be missing.
    is_part: bool,
    flash: Option<String>,
    status: StatusCode,
}

/// One grant.
struct GrantPart {
    id: String,
    /// `correct-1`, …
    form: String,
    receipt: String,
    /// When it was looked at, and the receipt that stands on that screen or paper.
    views: Vec<String>,
    began: String,
    /// Name and address, while it is open.
    open: Option<(String, String)>,
    patient_key: Option<String>,
    /// How and when it ended.
    ended: Option<String>,
    /// The reason in words, or that there is a consent.
    reason: String,
    note: Option<String>,
    later: Vec<(String, String)>,
    /// What can be chosen instead; empty where there is no reason.
    reasons: Vec<Choice>,
    /// The note that was typed and could not be taken.
    typed: String,
    /// The field that is wrong.
    wrong: Option<Field>,
}

impl GrantsPage {
    /// The list.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, own: &[Own]) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.grants.today_title);
        "/grants".clone_into(&mut frame.back);
        "/grants".clone_into(&mut frame.stay);
        Self {
            frame,
            t,
            grants: own
                .iter()
                .zip(1_usize..)
                .map(|(own, number)| GrantPart::new(own, number, t))
                .collect(),
            is_part: false,
            flash: None,
            status: StatusCode::OK,
        }
    }

    /// Says that some may be missing.
    pub(in crate::web) fn with_missing(mut self, is_part: bool) -> Self {
        self.is_part = is_part;
        self
    }

    /// With what was typed for one of them, and what is wrong with it.
    pub(in crate::web) fn with_wrong(
        mut self,
        grant: &GrantId,
        (reason, note): (&str, &str),
        (field, wrong): (Field, Wrong),
    ) -> Self {
        self.flash = Some(match (field, wrong, reason.trim()) {
            (Field::Note, Wrong::Missing, "") => self.t.grants.nothing_corrected.to_owned(),
            _ => (self.t.words.wrong)(field, wrong),
        });
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        for part in self.grants.iter_mut().filter(|part| part.id == grant.0) {
            note.clone_into(&mut part.typed);
            part.wrong = Some(field);
            if !part.reasons.is_empty() {
                part.reasons = reasons(reason, self.t);
            }
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

impl GrantPart {
    fn new(own: &Own, number: usize, t: &'static Text) -> Self {
        let past = &own.past;
        let name = |grant: &crate::domain::access::Grant| {
            let patient = grant.person.patient.as_ref();
            patient
                .and_then(|patient| patient.name.clone())
                .unwrap_or_else(|| t.summary.unconfirmed.to_owned())
        };
        Self {
            id: past.id.0.clone(),
            form: format!("correct-{number}"),
            receipt: past.receipt.clone().unwrap_or_default(),
            began: time(past.started),
            open: own
                .open
                .as_deref()
                .map(|grant| (name(grant), format!("/summary/{}", grant.id))),
            patient_key: own.open.as_ref().map(|grant| grant.patient_key.0.clone()),
            ended: past.ended.map(|(end, at)| {
                let how = if own.was_taken_back() {
                    t.grants.not_opened
                } else {
                    (t.words.end)(end)
                };
                format!("{} {how}", time(at))
            }),
            views: own
                .views
                .iter()
                .map(|(at, receipt)| format!("{} {receipt}", time(*at)))
                .collect(),
            reason: past
                .reason
                .map_or_else(|| t.grants.consented.to_owned(), |reason| said(reason, t)),
            note: own.note.clone(),
            later: own.later.iter().map(|said| later(said, t)).collect(),
            reasons: past.reason.map_or_else(Vec::new, |_| reasons("", t)),
            typed: String::new(),
            wrong: None,
        }
    }

    /// Whether the field of this form is the wrong one.
    fn is_wrong(&self, field: Field) -> bool {
        self.wrong == Some(field)
    }
}

/// All reasons, the one of this digit chosen.
fn reasons(digit: &str, t: &'static Text) -> Vec<Choice> {
    Reason::ALL
        .map(|reason| Choice {
            value: reason.digit().to_string(),
            word: said(reason, t),
            is_chosen: reason.digit().to_string() == digit.trim(),
        })
        .into()
}

fn time(at: DateTime<Utc>) -> String {
    japanese_time(at).format("%H:%M").to_string()
}

fn said(reason: Reason, t: &'static Text) -> String {
    format!("{} {}", reason.digit(), (t.words.reason)(reason))
}

/// When, and what: the corrected reason, the note, or both.
fn later(what: &Said, t: &'static Text) -> (String, String) {
    let reason = what
        .reason
        .map(|reason| format!("{}：{}", t.grants.corrected, said(reason, t)));
    let parts: Vec<_> = reason.into_iter().chain(what.note.clone()).collect();
    (time(what.at), parts.join("　"))
}
