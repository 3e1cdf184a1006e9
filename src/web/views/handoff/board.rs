//! The hospital's board: who comes, without a name; and who has come.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::Viewer,
    domain::{
        access::Action,
        handoff::{Acuity, Incoming, InquiryState, StageWord},
    },
    web::{asset::Asset, context::Context, error::Problem, text::Text},
};

use super::{AlertPart, Frame, Names, frame, named, report::Report, respond, time_of_day, when};

/// The board.
#[derive(Template)]
#[template(path = "pages/board.html")]
pub(in crate::web) struct BoardPage {
    frame: Frame,
    t: &'static Text,
    script: String,
    /// Whether the viewer may scan what a crew shows.
    may_scan: bool,
    as_of: String,
    /// Where the 災害時 flag is on.
    disaster: Option<String>,
    notes: Vec<String>,
    parts: Vec<BoardPart>,
}

/// What stands on it.
#[derive(Clone, Copy)]
pub(in crate::web) struct Listed<'a> {
    pub(in crate::web) runs: &'a [Incoming],
    /// How many there are beyond.
    pub(in crate::web) left: usize,
    /// How many cannot be read.
    pub(in crate::web) unreadable: usize,
}

/// To be answered, on the way, arrived.
struct BoardPart {
    id: &'static str,
    title: &'static str,
    rows: Vec<Row>,
}

/// One run.
struct Row {
    url: String,
    number: String,
    department: String,
    report: Report,
    kinds: Vec<&'static str>,
    since: String,
    is_new: bool,
    /// Whether somebody is on the way, so that minutes count.
    counts: bool,
    is_overdue: bool,
}

/// Where a run stands on the board.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Waiting,
    Coming,
    Here,
}

impl Place {
    fn of(run: &Incoming) -> Self {
        let is_asked = run
            .inquiry
            .as_ref()
            .is_some_and(|inquiry| inquiry.state == InquiryState::Asked);
        match run.stage {
            _ if is_asked => Self::Waiting,
            StageWord::Arriving | StageWord::HandedOver | StageWord::Ended => Self::Here,
            StageWord::Open | StageWord::Accepted => Self::Coming,
        }
    }
}

impl Row {
    fn of(run: &Incoming, names: &Names, now: DateTime<Utc>, t: &'static Text) -> Self {
        let place = Place::of(run);
        let report = Report::of_incoming(run, now, t);
        let mut kinds: Vec<&'static str> = report.alerts.iter().map(AlertPart::kind).collect();
        kinds.dedup();
        let inquiry = run.inquiry.as_ref();
        let since = match place {
            Place::Waiting => inquiry.map(|one| (t.handoff.asking.asked_at)(&when(one.asked, now))),
            Place::Coming | Place::Here => Some(super::stage(run.stage, super::language(t)).word),
        };
        let counts = place != Place::Here;
        Self {
            url: format!("/board/{}", run.id),
            number: run.id.to_string(),
            department: named(names, &run.department),
            kinds,
            since: since.unwrap_or_default(),
            is_new: place == Place::Waiting,
            is_overdue: counts && run.eta.is_some_and(|eta| eta < now),
            counts,
            report,
        }
    }
}

impl BoardPage {
    /// The board as it stands. Whom a hospital may not know of is not in `listed`.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        (listed, names): (Listed<'_>, &Names),
        now: DateTime<Utc>,
    ) -> Self {
        let t = context.text();
        let said = &t.handoff.board;
        let mut frame = frame(context, viewer, said.title, "/board");
        // Nobody is named on it.
        frame.lock_after = None;
        let part = |(place, id, title)| BoardPart {
            id,
            title,
            rows: rows(listed.runs, place, names, now, t),
        };
        let beyond = (listed.left > 0).then(|| (said.beyond)(listed.left));
        let unreadable = (listed.unreadable > 0).then(|| (said.unreadable)(listed.unreadable));
        Self {
            frame,
            t,
            script: Asset::Handoff.url(),
            may_scan: viewer.role.may(Action::Accept),
            as_of: (said.as_of)(&time_of_day(now)),
            disaster: viewer.disaster.as_deref().map(t.handoff.many.is_on),
            notes: beyond.into_iter().chain(unreadable).collect(),
            parts: [
                (Place::Waiting, "waiting", said.waiting),
                (Place::Coming, "coming", said.coming),
                (Place::Here, "here", said.here),
            ]
            .map(part)
            .into(),
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

/// The runs of a part: whoever comes first stands first, where that is said.
fn rows(
    runs: &[Incoming],
    place: Place,
    names: &Names,
    now: DateTime<Utc>,
    t: &'static Text,
) -> Vec<Row> {
    let mut runs: Vec<&Incoming> = runs.iter().collect();
    runs.retain(|run| Place::of(run) == place);
    runs.sort_by_key(|run| (run.eta.is_none(), run.eta, run.acuity.map(Acuity::number)));
    runs.into_iter()
        .map(|run| Row::of(run, names, now, t))
        .collect()
}
