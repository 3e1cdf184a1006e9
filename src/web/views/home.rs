//! The first page, by role: search, and the patients one has open.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{Field, Search, Viewer, Wrong},
    domain::{
        access::{Action, Grant, Role},
        clock::Moment,
        patient::Sex,
    },
    web::{context::Context, error::Problem, text::Text},
};

use super::{Frame, banner, left_alone, page};

/// The first page.
#[derive(Template)]
#[template(path = "pages/home.html")]
pub(in crate::web) struct HomePage {
    frame: Frame,
    t: &'static Text,
    can_search: bool,
    can_audit: bool,
    /// What this role must know.
    role_note: Option<&'static str>,
    grants: Vec<OpenGrant>,
    flash: Option<String>,
    values: Search,
    sexes: Vec<(&'static str, &'static str)>,
    wrong: Option<Field>,
    /// The field that has the focus.
    focus: Field,
    /// Seconds after which a page left alone leads to the lock.
    lock_after: u64,
    status: StatusCode,
}

/// One's own open grant.
struct OpenGrant {
    url: String,
    name: String,
    kana: String,
    left: String,
    patient_key: String,
}

impl HomePage {
    /// The page without anything typed.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer) -> Self {
        let t = context.text();
        let can_search = viewer.role.may(Action::Search);
        let title = if can_search {
            t.search.title
        } else {
            t.common.start
        };
        let mut frame = Frame::new(context, Some(viewer), title);
        "/".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            can_audit: viewer.role.may(Action::ReadLedger),
            can_search,
            role_note: match viewer.role {
                Role::Clerk => Some(t.search.no_clinical),
                Role::Auditor => Some(t.search.auditor),
                Role::Administrator => Some(t.search.administrator),
                Role::Physician | Role::Nurse | Role::Pharmacist | Role::Paramedic => None,
            },
            grants: Vec::new(),
            lock_after: viewer.idle_lock.as_secs().saturating_add(2),
            flash: None,
            values: Search::default(),
            sexes: [
                ("male", Sex::Male),
                ("female", Sex::Female),
                ("other", Sex::Other),
                ("unknown", Sex::Unknown),
            ]
            .map(|(word, sex)| (word, (t.words.sex)(sex)))
            .to_vec(),
            wrong: None,
            focus: Field::Insurer,
            status: StatusCode::OK,
        }
    }

    /// With the patients one has open.
    pub(in crate::web) fn with_grants(mut self, grants: &[Arc<Grant>], now: Moment) -> Self {
        self.grants = grants
            .iter()
            .map(|grant| {
                let patient = grant.person.patient.as_ref();
                OpenGrant {
                    url: format!("/summary/{}", grant.id),
                    name: patient
                        .and_then(|patient| patient.name.clone())
                        .unwrap_or_else(|| self.t.summary.unconfirmed.to_owned()),
                    kana: patient
                        .and_then(|patient| patient.kana.clone())
                        .unwrap_or_default(),
                    left: banner::hours(grant.left(now)),
                    patient_key: grant.patient_key.0.clone(),
                }
            })
            .collect();
        self
    }

    /// With what was typed, and what is wrong with it.
    pub(in crate::web) fn with_wrong(
        mut self,
        search: &Search,
        field: Field,
        wrong: Wrong,
    ) -> Self {
        self.flash = Some((self.t.words.wrong)(field, wrong));
        self.values = search.clone();
        self.focus = match (field, search.mode == "four") {
            (Field::Insurer | Field::Number, false)
            | (Field::Name | Field::BirthDate | Field::Sex | Field::Address, true) => field,
            (_, false) => Field::Insurer,
            (_, true) => Field::Name,
        };
        self.wrong = Some(field);
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// With the request to search again.
    pub(in crate::web) fn with_stale_candidate(mut self) -> Self {
        self.flash = Some(self.t.problem.stale.body.to_owned());
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// Whether this field is the wrong one.
    fn is_wrong(&self, field: Field) -> bool {
        self.wrong == Some(field)
    }

    /// Whether this field has the focus.
    fn focuses(&self, field: Field) -> bool {
        self.focus == field
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        let page = page(&self, self.status)?;
        Ok(if self.grants.is_empty() {
            page
        } else {
            left_alone(page, self.lock_after)
        })
    }
}
