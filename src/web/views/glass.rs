//! Candidates and the glass form on one page.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{Candidate, Field, Found, Glass, Viewer, Wrong},
    domain::{
        access::{Action, Flag, Reason, Role},
        assemble::in_japanese_calendar,
        date::Date,
    },
    web::{context::Context, error::Problem, text::Text},
};

use super::{Choice, Frame, banner, page};

/// The page.
#[derive(Template)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one part of the page is there"
)]
#[template(path = "pages/glass.html")]
pub(in crate::web) struct GlassPage {
    frame: Frame,
    t: &'static Text,
    candidates: Vec<CandidatePart>,
    /// Nobody, too many, or several: one sentence and what to do next.
    message: Option<(&'static str, &'static str)>,
    /// Members of a family that number and birth date do not tell apart.
    is_family: bool,
    /// Another current patient is easily taken for this one.
    has_namesake: bool,
    /// Whether the glass may be broken at all.
    may_open: bool,
    /// Whether the role sees patients at all, with consent.
    may_read: bool,
    /// What is said of what opening does: the facility's own words.
    legal: Option<String>,
    /// Who is asked for as the one who judged, by the viewer's role.
    judge: &'static str,
    reasons: Vec<(usize, &'static str)>,
    ways: Vec<Choice>,
    values: Glass,
    flash: Option<String>,
    wrong: Option<Field>,
    /// Token of the one more confirmation, where it is asked.
    confirm: Option<String>,
    status: StatusCode,
}

/// One candidate with a form of its own.
struct CandidatePart {
    patient_key: String,
    /// `glass`, `glass-2`, `glass-3`.
    form: String,
    token: String,
    name: Attribute,
    attributes: Vec<Attribute>,
    /// `identity` did not answer: a number without a person.
    unconfirmed: bool,
    /// A record of death, with its day.
    death: Option<String>,
    /// What opening does: who, whom, recorded.
    consequence: String,
    /// The reason that a colleague gave: its digit and word.
    prefilled: Option<(usize, &'static str)>,
    /// One's own open grant.
    open: Option<String>,
    /// How the patient was found.
    found_by: &'static str,
    /// The patient objected to being looked at.
    has_objected: bool,
    /// Whether the reason has the focus.
    focus: bool,
}

/// One thing that tells people apart.
#[derive(Clone)]
pub(super) struct Attribute {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) differs: bool,
}

impl GlassPage {
    /// What a search found.
    pub(in crate::web) fn of(context: &Context, viewer: &Viewer, found: &Found) -> Self {
        let mut page = Self::empty(context, viewer);
        let glass = &page.t.glass;
        match found {
            Found::Candidates(candidates) => {
                page.message = (candidates.len() > 1).then_some((glass.several, ""));
                page.is_family = is_family(candidates);
                page.has_namesake = candidates.iter().any(|one| one.has_namesake);
                page.candidates = parts(candidates, viewer, page.t);
            }
            Found::Unconfirmed(candidate) => {
                page.candidates = parts(std::slice::from_ref(candidate), viewer, page.t);
            }
            Found::Nobody => page.message = Some((glass.nobody, glass.nobody_next)),
            Found::TooMany => page.message = Some((glass.too_many, "")),
        }
        page
    }

    /// The form again after a wrong field, with everything typed except the reason.
    pub(in crate::web) fn again(
        context: &Context,
        viewer: &Viewer,
        candidate: Candidate,
        glass: &Glass,
        (field, wrong): (Field, Wrong),
    ) -> Self {
        let mut page = Self::empty(context, viewer);
        page.has_namesake = candidate.has_namesake;
        // What was typed over the colleague's reason was wrong: the field begins empty.
        let candidate = Candidate {
            reason: None,
            ..candidate
        };
        page.candidates = parts(&[candidate], viewer, page.t);
        page.flash = Some((page.t.words.wrong)(field, wrong));
        page.wrong = Some(field);
        page.ways = Choice::ways(page.t, &glass.identified_by);
        page.values = glass.clone();
        page.status = StatusCode::UNPROCESSABLE_ENTITY;
        page
    }

    /// The same page once more, with everything typed and the reason: Enter opens.
    pub(in crate::web) fn again_to_confirm(
        context: &Context,
        viewer: &Viewer,
        (candidate, reason): (Candidate, Reason),
        glass: &Glass,
    ) -> Self {
        let mut page = Self::empty(context, viewer);
        page.has_namesake = candidate.has_namesake;
        let candidate = Candidate {
            reason: Some(reason),
            open: None,
            ..candidate
        };
        page.candidates = parts(&[candidate], viewer, page.t);
        page.values = glass.clone();
        page
    }

    /// With the token that stands for having been asked, and why it is.
    pub(in crate::web) fn with_confirmation(mut self, token: String, flags: &[Flag]) -> Self {
        self.flash = Some((self.t.grants.confirm)(flags));
        self.confirm = Some(token);
        self
    }

    fn empty(context: &Context, viewer: &Viewer) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.glass.title);
        "/".clone_into(&mut frame.back);
        // Asking for it again would search again, without what was typed.
        frame.stay.clear();
        Self {
            frame,
            t,
            candidates: Vec::new(),
            message: None,
            is_family: false,
            has_namesake: false,
            legal: context
                .settings
                .glass_text
                .of(viewer.facility_kind, context.language)
                .map(str::to_owned),
            may_read: viewer.role.may(Action::ReadSummary),
            may_open: viewer.emergency_permission && viewer.role.may(Action::BreakGlass),
            judge: match viewer.role {
                Role::Physician => t.glass.judged_by_self,
                Role::Paramedic => t.glass.judged_by_captain,
                Role::Nurse
                | Role::Pharmacist
                | Role::Clerk
                | Role::Auditor
                | Role::Administrator => t.glass.judged_by,
            },
            reasons: Reason::ALL
                .map(|reason| (reason.digit(), (t.words.reason)(reason)))
                .to_vec(),
            ways: Choice::ways(t, ""),
            values: Glass::default(),
            flash: None,
            wrong: None,
            confirm: None,
            status: StatusCode::OK,
        }
    }

    /// With what is said where the answer waited because of many searches before it.
    pub(in crate::web) fn with_wait(mut self, seconds: Option<u64>) -> Self {
        self.flash = seconds.map(self.t.search.slowed);
        self
    }

    /// Whether the field of this form is the wrong one.
    fn is_wrong(&self, field: Field) -> bool {
        self.wrong == Some(field)
    }

    /// Whether the note has the focus instead of the reason.
    fn focuses_note(&self) -> bool {
        let needs_note = |prefilled: (usize, _)| {
            prefilled.0 == Reason::Other.digit() && self.values.note.trim().is_empty()
        };
        self.wrong == Some(Field::Note)
            || self
                .candidates
                .iter()
                .any(|candidate| candidate.prefilled.is_some_and(needs_note))
    }

    /// The empty field beside which a colleague's reason stands.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn joined_as(&self, digit: usize) -> String {
        format!("id=\"joined\" placeholder=\"{digit}\" autocomplete=\"off\"")
    }

    /// The words about a reason that a colleague gave.
    fn joined(&self, reason: &str) -> String {
        match self.confirm {
            Some(_) => (self.t.grants.confirm_hint)(reason),
            None => (self.t.glass.reason_joined)(reason),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, self.status)
    }
}

/// Whether two candidates share the birth date that people are usually told apart by.
fn is_family(candidates: &[Candidate]) -> bool {
    let mut days: Vec<Date> = candidates
        .iter()
        .filter_map(|candidate| candidate.patient.as_ref()?.birth_date)
        .collect();
    let all = days.len();
    days.sort_unstable();
    days.dedup();
    days.len() < all
}

/// The candidates, with what differs between them marked; only a single one has the focus.
fn parts(candidates: &[Candidate], viewer: &Viewer, t: &'static Text) -> Vec<CandidatePart> {
    let has_branches = candidates
        .iter()
        .any(|candidate| candidate.branch.is_some());
    let described: Vec<Vec<Attribute>> = candidates
        .iter()
        .map(|candidate| attributes(candidate, has_branches, t))
        .collect();
    let differs = |place: usize| {
        let mut values = described
            .iter()
            .filter_map(|attributes| attributes.get(place))
            .map(|attribute| &attribute.value);
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    candidates
        .iter()
        .zip(&described)
        .zip(1..)
        .map(|((candidate, attributes), number)| {
            let attributes = attributes
                .iter()
                .cloned()
                .enumerate()
                .map(|(place, attribute)| Attribute {
                    differs: differs(place),
                    ..attribute
                })
                .collect();
            let mut part = part(candidate, attributes, (number, candidates.len()), t);
            part.consequence = consequence(viewer, candidate, t);
            part
        })
        .collect()
}

/// A birth date as insurance cards have it too.
fn both_calendars(date: Date) -> Option<String> {
    let japanese = in_japanese_calendar(date);
    banner::birth(Some(&date.to_string()), japanese.as_deref())
}

/// Who looks at whom, in words.
fn consequence(viewer: &Viewer, candidate: &Candidate, t: &'static Text) -> String {
    let whom = candidate
        .patient
        .as_ref()
        .and_then(|patient| patient.name.as_deref());
    let who = format!("{} {}", (t.words.role)(viewer.role), viewer.name);
    (t.glass.consequence)(&who, whom)
}

fn part(
    candidate: &Candidate,
    mut attributes: Vec<Attribute>,
    (number, all): (usize, usize),
    t: &'static Text,
) -> CandidatePart {
    CandidatePart {
        patient_key: candidate.patient_key.0.clone(),
        consequence: String::new(),
        prefilled: candidate
            .reason
            .map(|reason| (reason.digit(), (t.words.reason)(reason))),
        form: match number {
            1 => "glass".to_owned(),
            _ => format!("glass-{number}"),
        },
        token: candidate.token.clone(),
        name: attributes.remove(0),
        attributes,
        unconfirmed: candidate.patient.is_none(),
        death: candidate
            .patient
            .as_ref()
            .and_then(|patient| patient.death)
            .map(t.glass.death),
        open: candidate.open.as_ref().map(|id| format!("/summary/{id}")),
        found_by: (t.grants.found_by)(candidate.found_by),
        has_objected: candidate.has_objected,
        focus: all == 1 && candidate.open.is_none(),
    }
}

/// Name first, then kana, birth date, sex and town; the branch where any candidate has one. The
/// same for every candidate of a search.
pub(super) fn attributes(
    candidate: &Candidate,
    has_branches: bool,
    t: &'static Text,
) -> Vec<Attribute> {
    let patient = candidate.patient.as_ref();
    let attribute = |label, value: Option<String>| Attribute {
        label,
        value: value.unwrap_or_else(|| t.glass.unknown.to_owned()),
        differs: false,
    };
    let birth_date = patient.and_then(|patient| patient.birth_date);
    let sex = patient.and_then(|patient| patient.sex);
    let mut attributes = vec![
        attribute(
            t.search.name,
            patient.and_then(|patient| patient.name.clone()),
        ),
        attribute(
            t.glass.kana,
            patient.and_then(|patient| patient.kana.clone()),
        ),
        attribute(t.search.birth_date, birth_date.and_then(both_calendars)),
        attribute(t.search.sex, sex.map(|sex| (t.words.sex)(sex).to_owned())),
        attribute(
            t.glass.town,
            patient.and_then(|patient| patient.town.clone()),
        ),
    ];
    if has_branches {
        attributes.push(attribute(t.search.branch, candidate.branch.clone()));
    }
    attributes
}
