//! A note or an identification that could not be taken: the form again, with the way back.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{Field, Viewer, Wrong},
    domain::access::GrantId,
    web::{context::Context, error::Problem, text::Text},
};

use super::{Choice, Frame, page};

/// The page.
#[derive(Template)]
#[template(path = "pages/note.html")]
pub(in crate::web) struct NotePage {
    frame: Frame,
    t: &'static Text,
    grant: String,
    ways: Vec<Choice>,
    note: String,
    flash: Option<String>,
    wrong: Option<Field>,
}

impl NotePage {
    /// The form for one grant of one's own.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, grant: &GrantId) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.grants.note_title);
        frame.back = format!("/summary/{grant}");
        frame.stay.clone_from(&frame.back);
        Self {
            frame,
            t,
            grant: grant.0.clone(),
            ways: Choice::ways(t, ""),
            note: String::new(),
            flash: None,
            wrong: None,
        }
    }

    /// With what was said (how identified, note), and what is wrong with it.
    pub(in crate::web) fn with_wrong(
        mut self,
        (identified_by, note): (&str, &str),
        (field, wrong): (Field, Wrong),
    ) -> Self {
        self.flash = Some(match (field, wrong) {
            (Field::Note, Wrong::Missing) => self.t.grants.nothing_noted.to_owned(),
            _ => (self.t.words.wrong)(field, wrong),
        });
        self.ways = Choice::ways(self.t, identified_by.trim());
        note.clone_into(&mut self.note);
        self.wrong = Some(field);
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
        page(&self, &self.frame, StatusCode::UNPROCESSABLE_ENTITY)
    }
}
