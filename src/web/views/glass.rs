//! Candidates and the glass form on one page.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{Candidate, Field, Found, Glass, Viewer, Wrong},
    domain::{
        access::{Action, Flag, Reason, Role},
        date::Date,
    },
    web::{context::Context, error::Problem, text::Text},
};

use super::{
    Choice, Frame,
    attribute::{self, Attribute, attributes},
    page,
};

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
    /// What is judged, and by whom, as far as the name of who judged.
    judgement: String,
    /// Who is asked for as the one who judged, by the viewer's role: in the empty field.
    judge: &'static str,
    /// The same as the field's name.
    judge_label: &'static str,
    /// Where a crew names nobody.
    judge_missing: Option<&'static str>,
    /// Whether the viewer must name who judged.
    names_judge: bool,
    reasons: Vec<(usize, &'static str)>,
    flash: Option<String>,
    /// The facility's own words, where nothing can be recorded.
    refusal: Option<String>,
    wrong: Option<Field>,
    /// Whether the reason beside the empty field is the viewer's own.
    is_kept: bool,
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
    /// What agreed and what could not be compared, where the search was by attributes.
    partly: Option<String>,
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
    /// That nobody can say that the patient did not, where that is so.
    unread: Option<&'static str>,
    /// The only one, and not open yet: one of its fields has the focus.
    is_alone: bool,
    /// The key that leads to its reason; where there are several.
    key: Option<usize>,
    /// What was typed for this one.
    values: Glass,
    ways: Vec<Choice>,
    /// How it was said to have been identified, where the form only carries that along.
    identified: Option<String>,
}

/// The field that has the focus.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Focus {
    Reason,
    Judge,
    Note,
    Nowhere,
}

impl GlassPage {
    /// What a search found.
    pub(in crate::web) fn of(context: &Context, viewer: &Viewer, found: &Found) -> Self {
        let mut page = Self::empty(context, viewer);
        let glass = &page.t.glass;
        match found {
            Found::Candidates(candidates) => {
                page.message = (candidates.len() > 1).then(|| page.several());
                page.is_family = is_family(candidates);
                page.has_namesake = candidates.iter().any(|one| one.has_namesake);
                page.set_candidates(candidates, viewer);
            }
            Found::Unconfirmed(candidate) => {
                page.set_candidates(std::slice::from_ref(candidate), viewer);
            }
            Found::Nobody => page.message = Some((glass.nobody, glass.nobody_next)),
            Found::TooMany => page.message = Some((glass.too_many, "")),
        }
        page
    }

    /// The form again after a wrong field, with everything typed. A reason that was given stands
    /// beside the empty field, in which Enter takes it: nowhere else does Enter send the form, so
    /// that a scanner's burst in the field that was missing opens nothing.
    pub(in crate::web) fn again(
        context: &Context,
        viewer: &Viewer,
        candidate: Candidate,
        glass: &Glass,
        (field, wrong): (Field, Wrong),
    ) -> Self {
        // What the reason or its neighbour in the usual form has wrong is typed anew there.
        let is_typed_anew = matches!(field, Field::Reason | Field::IdentifiedBy);
        let reason = glass.reason().filter(|_| !is_typed_anew);
        let mut page = Self::with_typed(context, viewer, vec![candidate], (glass, reason));
        page.flash = Some(match (page.judge_missing, field, wrong) {
            (Some(missing), Field::JudgedBy, Wrong::Missing) => missing.to_owned(),
            _ => (page.t.words.wrong)(field, wrong),
        });
        page.wrong = Some(field);
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
        let candidate = Candidate {
            open: None,
            ..candidate
        };
        Self::with_typed(context, viewer, vec![candidate], (glass, Some(reason)))
    }

    /// The same page once more because nothing could be recorded: the same may be sent again.
    pub(in crate::web) fn unrecorded(
        context: &Context,
        viewer: &Viewer,
        candidate: Candidate,
        glass: &Glass,
    ) -> Self {
        let typed = (glass, glass.reason());
        let mut page = Self::with_typed(context, viewer, vec![candidate], typed);
        let said = page.t.problem.cannot_record.body;
        page.flash = Some(format!("{said} {}", page.t.glass.not_opened));
        page.refusal = context.settings.refusal_said();
        page.confirm = Some(glass.confirm.clone()).filter(|token| !token.is_empty());
        page.status = StatusCode::SERVICE_UNAVAILABLE;
        page
    }

    /// The same page in another language or light, with what was typed for one of the candidates.
    pub(in crate::web) fn with_kept(
        context: &Context,
        viewer: &Viewer,
        candidates: Vec<Candidate>,
        glass: &Glass,
    ) -> Self {
        let is_family = is_family(&candidates);
        let is_several = candidates.len() > 1;
        let typed = (glass, glass.reason());
        let mut page = Self::with_typed(context, viewer, candidates, typed);
        page.is_family = is_family;
        page.message = is_several.then(|| page.several());
        page
    }

    /// Candidates with what was typed for the one that it was typed for.
    fn with_typed(
        context: &Context,
        viewer: &Viewer,
        mut candidates: Vec<Candidate>,
        (glass, reason): (&Glass, Option<Reason>),
    ) -> Self {
        let mut page = Self::empty(context, viewer);
        page.has_namesake = candidates.iter().any(|one| one.has_namesake);
        page.is_kept = reason.is_some() && !glass.reasons.iter().all(String::is_empty);
        for candidate in &mut candidates {
            if candidate.token == glass.candidate {
                // What was typed over the colleague's reason was wrong: the field begins empty.
                candidate.reason = reason;
            }
        }
        page.set_candidates(&candidates, viewer);
        for part in &mut page.candidates {
            if part.token == glass.candidate {
                part.ways = Choice::ways(page.t, &glass.identified_by);
                let chosen = part.ways.iter().find(|way| way.is_chosen);
                part.identified = chosen.map(|way| way.word.clone());
                part.values = glass.clone();
            }
        }
        page
    }

    fn set_candidates(&mut self, candidates: &[Candidate], viewer: &Viewer) {
        self.candidates = parts(candidates, viewer, self.t);
        self.frame.kept = candidates
            .iter()
            .map(|candidate| ("among", candidate.token.clone()))
            .collect();
    }

    fn several(&self) -> (&'static str, &'static str) {
        let said = &self.t.glass;
        let may_choose = self.may_open || self.may_read;
        (
            if may_choose {
                said.several
            } else {
                said.several_seen
            },
            "",
        )
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
        let is_crew = viewer.role == Role::Paramedic;
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
            judgement: match context.settings.glass_text.of_crew(context.language) {
                Some(words) if is_crew => format!("{words}{}", t.glass.judge_before),
                _ if is_crew => t.glass.legal_before_captain.to_owned(),
                _ => t.glass.legal_before.to_owned(),
            },
            judge_label: if is_crew {
                t.glass.judged_by_captain
            } else {
                t.glass.judged_by
            },
            judge_missing: is_crew.then_some(t.glass.captain_missing),
            names_judge: !viewer.role.judges_himself(),
            is_kept: false,
            refusal: None,
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

    /// Which of a candidate's fields has the focus: the one that is missing, else the reason.
    fn focus(&self, of: &CandidatePart) -> Focus {
        if !of.is_alone {
            return Focus::Nowhere;
        }
        let needs_note = of.values.note.trim().is_empty()
            && of
                .prefilled
                .is_some_and(|(digit, _)| of.has_objected || digit == Reason::Other.digit());
        let needs_judge = self.names_judge && of.values.judged_by.trim().is_empty();
        match self.wrong {
            Some(Field::Note) => Focus::Note,
            Some(Field::JudgedBy) => Focus::Judge,
            None if needs_judge => Focus::Judge,
            None if needs_note => Focus::Note,
            Some(_) | None => Focus::Reason,
        }
    }

    fn focuses(&self, of: &CandidatePart, field: Focus) -> bool {
        self.focus(of) == field
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
            None if self.is_kept => (self.t.glass.reason_kept)(reason),
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
        partly: attribute::partly(candidate, t),
        unconfirmed: candidate.patient.is_none(),
        death: candidate
            .patient
            .as_ref()
            .and_then(|patient| patient.death)
            .map(t.glass.death),
        open: candidate.open.as_ref().map(|id| format!("/summary/{id}")),
        found_by: (t.grants.found_by)(candidate.found_by),
        has_objected: candidate.has_objected,
        unread: candidate.may_have_objected.then_some(t.unread.objections),
        is_alone: all == 1 && candidate.open.is_none(),
        key: (all > 1).then_some(number),
        values: Glass::default(),
        ways: Choice::ways(t, ""),
        identified: None,
    }
}
