//! The crew's list: what it has open, what ended today, and beginning.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::Viewer,
    domain::handoff::{Incoming, StageWord},
    web::{context::Context, error::Problem, text::Text},
};

use super::{Frame, TagPart, frame, language, respond, said, stage, when, whom_of};

/// The list.
#[derive(Template)]
#[template(path = "pages/handoffs.html")]
pub(in crate::web) struct HandoffsPage {
    frame: Frame,
    t: &'static Text,
    step: String,
    unit: String,
    /// Units of the department that were out lately: begun by one touch.
    units: Vec<String>,
    unit_is_wrong: bool,
    flash: Option<String>,
    /// Where the 災害時 flag is on.
    disaster: Option<String>,
    open: Vec<Run>,
    ended: Vec<Run>,
    status: StatusCode,
}

/// One run.
struct Run {
    url: String,
    unit: String,
    begun: String,
    whom: String,
    said: String,
    tag: TagPart,
}

impl Run {
    fn of(run: &Incoming, now: DateTime<Utc>, t: &'static Text) -> Self {
        let language = language(t);
        let complaint = run.complaint.choices.iter().map(|one| one.name(language));
        Self {
            url: format!("/handoffs/{}", run.id),
            unit: run.unit.clone(),
            begun: (t.handoff.crew.begun)(&when(run.begun, now)),
            whom: whom_of(run.age_band, run.sex, t),
            said: said(complaint, "", t).unwrap_or_default(),
            tag: stage(run.stage, language),
        }
    }
}

impl HandoffsPage {
    /// The department's runs, in their order.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        runs: &[Incoming],
        (step, now): (String, DateTime<Utc>),
    ) -> Self {
        let t = context.text();
        let part = |is_open: bool| {
            let runs = runs.iter();
            runs.filter(|run| is_over(run.stage) != is_open)
                .map(|run| Run::of(run, now, t))
                .collect()
        };
        let mut frame = frame(context, viewer, t.handoff.crew.title, "/handoffs");
        // Nobody is named on it.
        frame.lock_after = None;
        Self {
            frame,
            t,
            step,
            unit: String::new(),
            units: units(runs),
            unit_is_wrong: false,
            flash: None,
            disaster: viewer.disaster.as_deref().map(t.handoff.many.is_on),
            open: part(true),
            ended: part(false),
            status: StatusCode::OK,
        }
    }

    /// With what was typed, and why no run began.
    pub(in crate::web) fn refused(mut self, unit: &str, why: &'static str) -> Self {
        unit.clone_into(&mut self.unit);
        self.unit_is_wrong = true;
        self.flash = Some(why.to_owned());
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// Whether the unit's name is missing or too long.
    const fn is_wrong(&self) -> bool {
        self.unit_is_wrong
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        respond(&self, &self.frame, self.status)
    }
}

/// So many units are offered.
const UNITS: usize = 6;

/// The units of the runs, each once, the one that was out last first.
fn units(runs: &[Incoming]) -> Vec<String> {
    let mut runs: Vec<&Incoming> = runs.iter().collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.begun));
    let mut units: Vec<String> = Vec::new();
    for run in runs {
        if !units.contains(&run.unit) && units.len() < UNITS {
            units.push(run.unit.clone());
        }
    }
    units
}

const fn is_over(stage: StageWord) -> bool {
    matches!(stage, StageWord::HandedOver | StageWord::Ended)
}
