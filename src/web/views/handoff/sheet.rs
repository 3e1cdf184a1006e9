//! The handoff on one page of paper.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::Viewer,
    domain::{
        clock::japanese_time,
        handoff::{Handoff, Stage},
    },
    web::{context::Context, error::Problem, text::Text},
};

use super::{
    Frame, Names, TagPart, frame, language, named,
    report::{Report, WhoPart},
    respond, stage, time_of_day,
};

/// The sheet.
#[derive(Template)]
#[template(path = "pages/handoff-sheet.html")]
pub(in crate::web) struct SheetPage {
    frame: Frame,
    t: &'static Text,
    back: String,
    department: String,
    tag: TagPart,
    who: WhoPart,
    report: Report,
    arrival: Option<String>,
    facility: String,
    terminal: String,
    printed_by: String,
    printed_at: String,
}

impl SheetPage {
    /// The sheet of a run that the viewer may see whole; that it is shown is recorded before.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        (handoff, names): (&Handoff, &Names),
        (back, now): (String, DateTime<Utc>),
    ) -> Self {
        let t = context.text();
        let arrival = match &handoff.stage {
            Stage::HandedOver {
                hospital,
                crew_name,
                hospital_name,
                at,
                ..
            } => {
                let hospital = named(names, hospital);
                let said = t.handoff.asking.handed_over;
                Some(said(&hospital, crew_name, hospital_name, &time_of_day(*at)))
            }
            Stage::Open | Stage::Accepted { .. } | Stage::Arriving { .. } | Stage::Ended { .. } => {
                None
            }
        };
        let mut frame = frame(context, viewer, t.handoff.sheet.title, &back);
        frame.stay.clone_from(&back);
        Self {
            frame,
            t,
            back,
            department: named(names, &handoff.department),
            tag: stage(handoff.stage.word(), language(t)),
            who: WhoPart::of(handoff, t),
            report: Report::of_handoff(handoff, now, t),
            arrival,
            facility: viewer.facility_name.clone(),
            terminal: viewer.terminal_name.clone(),
            printed_by: viewer.name.clone(),
            printed_at: japanese_time(now).format("%Y-%m-%d %H:%M").to_string(),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        respond(&self, &self.frame, StatusCode::OK)
    }
}
