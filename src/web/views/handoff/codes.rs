//! The hospital's page on which a crew's codes are scanned.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    domain::handoff::{Codes, HandoffId, Refused},
    web::{asset::Asset, context::Context, error::Problem, text::Text},
};

use super::{Frame, frame, respond};

/// The page.
#[derive(Template)]
#[template(path = "pages/codes.html")]
pub(in crate::web) struct CodesPage {
    frame: Frame,
    t: &'static Text,
    script: String,
    step: String,
    flash: Option<String>,
    typed: String,
    /// Where a run was taken, but not all of it: where it stands.
    run: Option<String>,
    left: Vec<Left>,
    status: StatusCode,
}

/// One touch that could not be taken.
pub(in crate::web) struct Left {
    part: &'static str,
    why: String,
}

impl Left {
    /// Of a part of the crew's form, by its name in links.
    pub(in crate::web) fn new(part: &str, why: String, t: &Text) -> Self {
        let form = &t.handoff.form;
        let part = match part {
            "patient" => form.patient,
            "mechanism" => form.mechanism,
            "findings" => form.findings,
            "vitals" => form.vitals,
            "treatments" => form.treatments,
            "record" => form.record,
            "times" => form.times,
            "arrival" => t.handoff.codes.arrival,
            _ => t.handoff.codes.alerts,
        };
        Self { part, why }
    }
}

impl CodesPage {
    /// Nothing scanned yet.
    pub(in crate::web) fn new((viewer, context): (&Viewer, &Context), step: String) -> Self {
        let t = context.text();
        let mut frame = frame(context, viewer, t.handoff.codes.title, "/board");
        // Nobody is named on it: what is scanned is sealed.
        frame.lock_after = None;
        Self {
            frame,
            t,
            script: Asset::Handoff.url(),
            step,
            flash: None,
            typed: String::new(),
            run: None,
            left: Vec::new(),
            status: StatusCode::OK,
        }
    }

    /// What is missing; what was scanned stays.
    pub(in crate::web) fn not_whole(self, typed: &str, codes: &Codes) -> Self {
        let said = &self.t.handoff.codes;
        let why = match codes {
            Codes::Nothing => said.nothing.to_owned(),
            Codes::Mixed => said.mixed.to_owned(),
            Codes::Broken | Codes::Whole(_) => said.broken.to_owned(),
            Codes::Part {
                missing,
                of,
                unread,
            } => {
                let places: Vec<_> = missing.iter().map(u8::to_string).collect();
                (said.missing)(&places.join(self.t.common.comma), *of, *unread)
            }
        };
        self.again(typed, why, StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// What cannot be told to be a crew's.
    pub(in crate::web) fn not_signed(self, typed: &str) -> Self {
        let why = self.t.handoff.codes.not_signed.to_owned();
        self.again(typed, why, StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Why the run was not taken.
    pub(in crate::web) fn refused(self, typed: &str, why: Refused) -> Self {
        let why = (self.t.handoff.refused)(why).to_owned();
        self.again(typed, why, StatusCode::CONFLICT)
    }

    /// Taken, and what of it was not.
    pub(in crate::web) fn taken(mut self, id: &HandoffId, left: Vec<Left>) -> Self {
        self.flash = Some((self.t.handoff.codes.left)(left.len()));
        self.run = Some(format!("/board/{id}"));
        self.left = left;
        self
    }

    fn again(mut self, typed: &str, why: String, status: StatusCode) -> Self {
        typed.clone_into(&mut self.typed);
        self.flash = Some(why);
        self.status = status;
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        let status = self.status;
        respond(&self, &self.frame, status)
    }
}
