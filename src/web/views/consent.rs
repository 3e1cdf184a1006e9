//! The consent form for one candidate.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{Candidate, Field, Glass, Viewer, Wrong},
    domain::consent::{Category, How},
    web::{context::Context, error::Problem, text::Text},
};

use super::{
    Choice, Frame,
    attribute::{Attribute, attributes},
    page,
};

/// The page.
#[derive(Template)]
#[template(path = "pages/consent.html")]
pub(in crate::web) struct ConsentPage {
    frame: Frame,
    t: &'static Text,
    patient_key: String,
    token: String,
    /// Name first.
    name: String,
    attributes: Vec<Attribute>,
    unconfirmed: bool,
    /// Form value, word, and whether it was chosen.
    hows: Vec<(&'static str, &'static str, bool)>,
    categories: Vec<(&'static str, &'static str, bool)>,
    ways: Vec<Choice>,
    taken_by: String,
    note: String,
    flash: Option<String>,
    /// The facility's own words, where nothing can be recorded.
    refusal: Option<String>,
    wrong: Option<Field>,
    status: StatusCode,
}

impl ConsentPage {
    /// The form with what was typed.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        candidate: Candidate,
        glass: &Glass,
    ) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.grants.consent_title);
        "/".clone_into(&mut frame.back);
        frame.stay.clear();
        frame.kept = vec![
            ("among", candidate.token.clone()),
            ("basis", "consented".to_owned()),
        ];
        let mut attributes = attributes(&candidate, candidate.branch.is_some(), t);
        let name = attributes.remove(0).value;
        let is_first = glass.basis != "consented";
        Self {
            frame,
            t,
            name,
            attributes,
            unconfirmed: candidate.patient.is_none(),
            patient_key: candidate.patient_key.0,
            token: candidate.token,
            hows: How::ALL
                .map(|how| (how.word(), (t.grants.how)(how), glass.how == how.word()))
                .to_vec(),
            categories: Category::ALL
                .map(|category| {
                    let word = category.word();
                    let is_chosen = glass.categories.iter().any(|chosen| chosen == word);
                    (word, (t.grants.category)(category), is_chosen)
                })
                .to_vec(),
            ways: Choice::ways(t, &glass.identified_by),
            taken_by: if is_first {
                viewer.name.clone()
            } else {
                glass.taken_by.clone()
            },
            note: glass.note.clone(),
            flash: None,
            refusal: None,
            wrong: None,
            status: StatusCode::OK,
        }
    }

    /// With what is wrong.
    pub(in crate::web) fn with_wrong(mut self, field: Field, wrong: Wrong) -> Self {
        self.flash = Some((self.t.words.wrong)(field, wrong));
        self.wrong = Some(field);
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// With the sentence that nothing could be recorded: the same may be sent again.
    pub(in crate::web) fn unrecorded(mut self, context: &Context) -> Self {
        let said = self.t.problem.cannot_record.body;
        self.flash = Some(format!("{said} {}", self.t.glass.not_opened));
        self.refusal = context.settings.refusal_said();
        self.status = StatusCode::SERVICE_UNAVAILABLE;
        self
    }

    /// Whether the field is the wrong one.
    fn is_wrong(&self, field: Field) -> bool {
        self.wrong == Some(field)
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, self.status)
    }
}
