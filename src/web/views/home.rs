//! The first page, by role: search, and the patients one has open.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::{Candidate, Current, FacilityKind, Field, Search, Viewer, Wrong},
    domain::{
        access::{Action, End, Grant, Role},
        clock::Moment,
        patient::Sex,
        scan::is_burst,
    },
    web::{context::Context, error::Problem, text::Text},
};

use super::{
    Choice, Frame, admin,
    attribute::{Attribute, attributes},
    banner, page,
};

/// The first page.
#[derive(Template)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one part of the page is there"
)]
#[template(path = "pages/home.html")]
pub(in crate::web) struct HomePage {
    frame: Frame,
    t: &'static Text,
    can_search: bool,
    /// Whether there is a page of one's own grants.
    may_read: bool,
    /// Whether one's own factors can be changed.
    may_change: bool,
    can_audit: bool,
    /// Where administrators and 当直責任者 have their pages: address and word.
    office: Option<(&'static str, &'static str)>,
    /// Where patients are handed over: address and word.
    handing: Option<(&'static str, &'static str)>,
    /// What this role must know.
    role_note: Option<&'static str>,
    grants: Vec<OpenGrant>,
    /// Whom colleagues look at.
    current: Vec<CurrentPart>,
    /// Those beyond the first few.
    current_more: Vec<CurrentPart>,
    /// The word that opens these.
    more_word: String,
    /// Why the list is not whole, or not there.
    current_note: Option<String>,
    /// Whether a patient of the list leads to the glass.
    may_open: bool,
    flash: Option<String>,
    /// What was just ended, in one sentence.
    done: Option<String>,
    /// Nobody was found: that, and what to do next.
    nobody: Option<(&'static str, String)>,
    /// The facility's own words, where nothing can be recorded.
    refusal: Option<String>,
    /// Who was chosen from the list when nothing could be recorded: the same may be sent again.
    again: Option<String>,
    /// Where the facility has declared a disaster.
    disaster: Option<String>,
    /// Envelopes that were opened lately, for those who must know.
    sealed_used: Option<String>,
    values: Search,
    sexes: Vec<Choice>,
    wrong: Option<Field>,
    /// The field that has the focus.
    focus: Field,
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

/// One patient whom colleagues look at: only what tells people apart.
struct CurrentPart {
    /// `current-1`, …
    form: String,
    token: String,
    name: String,
    facts: Vec<Attribute>,
    has_namesake: bool,
    /// A record of death, with its day.
    death: Option<String>,
    patient_key: String,
}

/// The sexes that may be asked for.
fn sexes(t: &Text, chosen: &str) -> Vec<Choice> {
    [
        ("male", Sex::Male),
        ("female", Sex::Female),
        ("other", Sex::Other),
        ("unknown", Sex::Unknown),
    ]
    .into_iter()
    .map(|(value, sex)| Choice {
        value: value.to_owned(),
        word: (t.words.sex)(sex).to_owned(),
        is_chosen: chosen == value,
    })
    .collect()
}

/// The crew's list, or the hospital's board.
fn handing(viewer: &Viewer, t: &'static Text) -> Option<(&'static str, &'static str)> {
    let (action, page) = match viewer.facility_kind {
        FacilityKind::Fire => (Action::Handoff, ("/handoffs", t.handoff.crew.title)),
        FacilityKind::Hospital => (Action::ReadBoard, ("/board", t.handoff.board.title)),
    };
    viewer.role.may(action).then_some(page)
}

/// How many patients of the list are in view at once.
const IN_VIEW: usize = 6;

impl CurrentPart {
    fn new(number: usize, candidate: &Candidate, t: &'static Text) -> Self {
        let patient = candidate.patient.as_ref();
        let mut facts = attributes(candidate, candidate.branch.is_some(), t);
        let name = facts.remove(0);
        // Where `identity` did not answer the number's tail is all there is.
        if patient.is_none() {
            facts = vec![Attribute {
                label: t.summary.number,
                value: candidate.number_tail.clone(),
                differs: false,
            }];
        }
        Self {
            form: format!("current-{number}"),
            token: candidate.token.clone(),
            name: patient.map_or_else(|| t.summary.unconfirmed.to_owned(), |_| name.value),
            facts,
            has_namesake: candidate.has_namesake,
            death: patient.and_then(|patient| patient.death).map(t.glass.death),
            patient_key: candidate.patient_key.0.clone(),
        }
    }
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
            office: if viewer.role.may(Action::Administer) {
                Some(("/admin", t.admin.overview.title))
            } else {
                let page = ("/admin/permissions", t.admin.permissions.title);
                viewer.may_permit.then_some(page)
            },
            can_search,
            may_read: viewer.role.may(Action::ReadSummary),
            may_change: !viewer.is_borrowed(),
            handing: handing(viewer, t),
            role_note: match viewer.role {
                Role::Clerk => Some(t.search.no_clinical),
                Role::Auditor => Some(t.search.auditor),
                Role::Administrator => Some(t.search.administrator),
                Role::Physician | Role::Nurse | Role::Pharmacist | Role::Paramedic => None,
            },
            grants: Vec::new(),
            current: Vec::new(),
            current_more: Vec::new(),
            more_word: String::new(),
            current_note: None,
            may_open: viewer.emergency_permission && viewer.role.may(Action::BreakGlass),
            flash: None,
            done: End::from_field(&context.query.done).map(t.grants.done),
            nobody: None,
            refusal: None,
            again: None,
            disaster: viewer
                .disaster
                .as_deref()
                .filter(|_| viewer.role.may(Action::ReadSummary))
                .map(t.search.disaster),
            sealed_used: None,
            values: Search::default(),
            sexes: sexes(t, ""),
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

    /// With when envelopes were opened lately.
    pub(in crate::web) fn with_sealed_uses(mut self, uses: &[DateTime<Utc>]) -> Self {
        self.sealed_used = admin::sealed::used(uses, self.t);
        self
    }

    /// With the patients whom colleagues look at.
    pub(in crate::web) fn with_current(mut self, current: &Current) -> Self {
        let mut parts: Vec<_> = (1..)
            .zip(&current.candidates)
            .map(|(number, candidate)| CurrentPart::new(number, candidate, self.t))
            .collect();
        self.current_more = parts.split_off(parts.len().min(IN_VIEW));
        self.current = parts;
        self.more_word = (self.t.words.more)(self.current_more.len());
        self.current_note =
            (current.more > 0).then(|| (self.t.search.current_others)(current.more));
        self
    }

    /// Without them, because the list cannot be recorded.
    pub(in crate::web) fn without_current(mut self) -> Self {
        self.current_note = Some(self.t.search.current_unrecorded.to_owned());
        self
    }

    /// Whether the page names anybody.
    fn names_patients(&self) -> bool {
        !self.grants.is_empty() || !self.current.is_empty()
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
        // The next burst would be typed behind this one.
        if matches!(wrong, Wrong::Unscanned | Wrong::Contradictory) {
            self.forget_bursts();
        }
        self.sexes = sexes(self.t, &search.sex);
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

    /// With what was typed, and the request for one more attribute.
    pub(in crate::web) fn with_more_asked(mut self, search: &Search) -> Self {
        self.flash = Some(self.t.glass.too_many.to_owned());
        self.values = search.clone();
        self.forget_bursts();
        self.sexes = sexes(self.t, &search.sex);
        self.focus = match &*search.mode {
            "four" => Field::Address,
            _ => Field::Number,
        };
        self
    }

    /// With what was typed, and that nobody was found by it: one digit is put right and sent
    /// again, or the other form is used.
    pub(in crate::web) fn with_nobody(mut self, search: &Search, waited: Option<u64>) -> Self {
        let is_four = search.mode == "four";
        let said = &self.t.glass;
        let next = if is_four {
            said.nobody_by_four
        } else {
            said.nobody_next
        };
        let slowed = waited.map(self.t.search.slowed).unwrap_or_default();
        self.nobody = Some((said.nobody, format!("{next} {slowed}")));
        self.values = search.clone();
        self.forget_bursts();
        self.sexes = sexes(self.t, &search.sex);
        self.focus = if is_four { Field::Name } else { Field::Number };
        self
    }

    /// With what was typed, because the search could not be recorded: it may be sent again.
    pub(in crate::web) fn with_unrecorded(mut self, search: &Search, context: &Context) -> Self {
        let said = self.t.problem.cannot_record.body;
        self.flash = Some(format!("{said} {}", self.t.search.send_again));
        self.refusal = context.settings.refusal_said();
        // A refusal names nobody.
        self.grants.clear();
        self.current.clear();
        self.current_more.clear();
        self.current_note = None;
        self.again = Some(search.candidate.clone()).filter(|token| !token.is_empty());
        self.values = search.clone();
        self.forget_bursts();
        self.sexes = sexes(self.t, &search.sex);
        self.focus = match &*search.mode {
            "four" => Field::Name,
            _ => Field::Insurer,
        };
        self.status = StatusCode::SERVICE_UNAVAILABLE;
        self
    }

    /// Leaves out what a scanner typed.
    fn forget_bursts(&mut self) {
        for value in [&mut self.values.insurer, &mut self.values.number] {
            if is_burst(value) {
                value.clear();
            }
        }
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
    pub(in crate::web) fn respond(mut self) -> Result<HttpResponse, Problem> {
        if !self.names_patients() {
            self.frame.lock_after = None;
        }
        page(&self, &self.frame, self.status)
    }
}
