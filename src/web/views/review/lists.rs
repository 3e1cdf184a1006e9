//! Where lists are handed in: what is taken, what was refused and why, and what stands.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    domain::review::Kind,
    review::{Known, Outcome, Refused, columns},
    web::{context::Context, error::Problem, text::Text},
};

use super::{super::admin::time, Choice, Frame, page, pages};

/// The page.
#[derive(Template)]
#[template(path = "pages/lists.html")]
pub(in crate::web) struct ListsPage {
    frame: Frame,
    t: &'static Text,
    nav: Vec<(&'static str, &'static str)>,
    done: Option<String>,
    flash: Option<String>,
    flaws: Vec<(u64, String)>,
    kinds: Vec<Choice>,
    limits: String,
    shapes: Vec<(&'static str, Vec<Heading>)>,
    known: Vec<String>,
    status: StatusCode,
}

/// A column.
struct Heading {
    said: String,
    is_needed: bool,
}

impl ListsPage {
    /// The form, and what stands.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        lists: &[(Kind, Option<Known>)],
        chosen: Option<Kind>,
    ) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.lists.title);
        "/audit/lists".clone_into(&mut frame.back);
        let kind = |kind: Kind| Choice {
            value: kind.word().to_owned(),
            word: (t.review.kind)(kind).to_owned(),
            is_chosen: chosen == Some(kind),
        };
        Self {
            frame,
            t,
            nav: pages(t),
            done: None,
            flash: None,
            flaws: Vec::new(),
            kinds: Kind::ALL.map(kind).into(),
            limits: (t.lists.limits)(),
            shapes: Kind::ALL.map(|kind| shape(kind, t)).into(),
            known: lists.iter().map(|one| known(one, t)).collect(),
            status: StatusCode::OK,
        }
    }

    /// The form again, and why.
    pub(in crate::web) fn wrong(mut self, why: &str) -> Self {
        self.flash = Some(why.to_owned());
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// What was taken over.
    pub(in crate::web) fn taken(mut self, outcome: &Outcome) -> Self {
        let said = &self.t.lists;
        self.done = Some(if outcome.was_known {
            said.was_known.to_owned()
        } else {
            (said.taken)((self.t.review.kind)(outcome.kind), outcome)
        });
        self
    }

    /// What was refused: every line that stands in the way.
    pub(in crate::web) fn refused(mut self, refused: &Refused) -> Self {
        let said = &self.t.lists;
        let (flash, status) = match refused {
            Refused::File(flaw) => ((said.file_flaw)(flaw), StatusCode::UNPROCESSABLE_ENTITY),
            Refused::Lines(flaws) => {
                let each = flaws.iter();
                self.flaws = each
                    .map(|(line, flaw)| (*line, (said.line_flaw)(*flaw)))
                    .collect();
                (
                    (said.refused)(flaws.len()),
                    StatusCode::UNPROCESSABLE_ENTITY,
                )
            }
            Refused::Unavailable => (said.unavailable.to_owned(), StatusCode::SERVICE_UNAVAILABLE),
        };
        self.flash = Some(flash);
        self.status = status;
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

fn shape(kind: Kind, t: &'static Text) -> (&'static str, Vec<Heading>) {
    let heading = |(word, heading, is_needed)| Heading {
        said: (t.lists.column)(word, heading, is_needed),
        is_needed,
    };
    let headings = columns(kind).map(heading).collect();
    ((t.review.kind)(kind), headings)
}

fn known((kind, known): &(Kind, Option<Known>), t: &Text) -> String {
    let word = (t.review.kind)(*kind);
    match known {
        Some((since, lines)) => (t.review.list_known)(word, &time(*since), *lines),
        None => (t.lists.not_known)(word),
    }
}
