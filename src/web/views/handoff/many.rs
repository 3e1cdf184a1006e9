//! Many patients at once: a row each, without a name, and the same on paper.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::{FacilityKind, Viewer},
    domain::{
        access::Action,
        clock::japanese_time,
        handoff::{
            HandoffId, Incoming, InquiryState, MassCasualty, MassEntry, StageWord, Triage, Triaged,
        },
    },
    handoff::Many,
    web::{asset::Asset, context::Context, error::Problem, form::Fields, text::Text},
};

use super::{Frame, Touch, frame, language, parts, respond, time_of_day, when, whom_of};

/// Places that were written before and are offered, at most.
const PLACES: usize = 6;

/// The list.
#[derive(Template)]
#[template(path = "pages/many.html")]
pub(in crate::web) struct ManyPage {
    frame: Frame,
    t: &'static Text,
    script: String,
    url: &'static str,
    /// Where a script looks for what others wrote.
    looks: String,
    step: String,
    flash: Option<String>,
    as_of: String,
    notes: Vec<String>,
    /// What tells the list from others; empty where the next touch begins one.
    word: String,
    counts: Counts,
    adding: Adding,
    can_end: bool,
    rows: Vec<Row>,
    status: StatusCode,
}

/// The list on paper.
#[derive(Template)]
#[template(path = "pages/many-sheet.html")]
pub(in crate::web) struct ManySheet {
    frame: Frame,
    t: &'static Text,
    back: &'static str,
    notes: Vec<String>,
    counts: Counts,
    rows: Vec<Row>,
    facility: String,
    terminal: String,
    printed_by: String,
    printed_at: String,
}

/// What a page is made of.
pub(in crate::web) struct Seen<'a> {
    pub(in crate::web) many: &'a Many,
    /// The facility's runs, without identities.
    pub(in crate::web) runs: &'a [Incoming],
    /// How many there are beyond.
    pub(in crate::web) left: usize,
    /// The row that is filled in.
    pub(in crate::web) row: &'a str,
    pub(in crate::web) step: String,
    pub(in crate::web) now: DateTime<Utc>,
}

/// How patients are added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adding {
    /// To the list that is shown.
    Here,
    /// The first one begins it.
    First,
    /// It begins another than the one that is shown.
    Anew,
    /// Not at all.
    No,
}

/// A colour with its shape.
struct Colour {
    class: &'static str,
    shape: &'static str,
    /// 赤
    short: &'static str,
    /// 赤 I（最優先）
    word: &'static str,
}

/// How many there are.
struct Counts {
    colours: Vec<(Colour, usize)>,
    total: usize,
    struck: usize,
}

/// One patient.
struct Row {
    number: usize,
    id: String,
    is_struck: bool,
    colour: Option<Colour>,
    at: String,
    whom: String,
    place: String,
    tag: String,
    run: Option<RunPart>,
    /// Where the row is opened or closed; empty where nothing can be written.
    turn: String,
    edit: Option<Edit>,
}

/// The run that a row is linked to.
struct RunPart {
    url: Option<String>,
    word: String,
}

/// What a row is filled in with.
struct Edit {
    /// Colour, and whether it counts.
    colours: Vec<(Colour, bool)>,
    history: Vec<(String, Colour)>,
    sexes: Vec<Touch>,
    ages: Vec<Touch>,
    places: Vec<String>,
    place: String,
    was_place: String,
    tag: String,
    was_tag: String,
    runs: Vec<(String, String)>,
    beyond: Option<String>,
}

/// The address of a facility's list.
pub(in crate::web) const fn url(viewer: &Viewer) -> &'static str {
    match viewer.facility_kind {
        FacilityKind::Fire => "/handoffs/many",
        FacilityKind::Hospital => "/board/many",
    }
}

/// Whether somebody writes in it, as the room decides it.
fn may_write(viewer: &Viewer) -> bool {
    viewer.role.may(match viewer.facility_kind {
        FacilityKind::Fire => Action::Handoff,
        FacilityKind::Hospital => Action::Accept,
    })
}

impl Colour {
    fn of(triage: Triage, t: &'static Text) -> Self {
        Self {
            class: triage.word(),
            shape: triage.shape(),
            short: (t.handoff.many.colour)(triage),
            word: triage.name(language(t)),
        }
    }

    fn all(t: &'static Text) -> Vec<Self> {
        Triage::ALL.iter().map(|one| Self::of(*one, t)).collect()
    }
}

impl Counts {
    fn of(list: Option<&MassCasualty>, t: &'static Text) -> Self {
        let counted = list.map(MassCasualty::counts);
        let none = || Triage::ALL.iter().map(|one| (*one, 0)).collect();
        let counted: Vec<_> = counted.unwrap_or_else(none);
        let rows = list.map_or(0, |list| list.entries.len());
        let total = counted.iter().map(|(_, count)| count).sum();
        Self {
            colours: counted
                .into_iter()
                .map(|(triage, count)| (Colour::of(triage, t), count))
                .collect(),
            total,
            struck: rows.saturating_sub(total),
        }
    }
}

/// Rows are made with these.
struct Making<'a> {
    seen: &'a Seen<'a>,
    list: &'a MassCasualty,
    viewer: &'a Viewer,
    can_write: bool,
    t: &'static Text,
}

impl Making<'_> {
    fn row(&self, place: usize, entry: &MassEntry) -> Row {
        let (t, url) = (self.t, url(self.viewer));
        let id = entry.id.to_string();
        let is_open = self.can_write && self.seen.row == id;
        let last = entry.triaged.last();
        Row {
            number: place + 1,
            is_struck: entry.struck,
            colour: entry.triage().map(|triage| Colour::of(triage, t)),
            at: last.map(|last| self.at(last)).unwrap_or_default(),
            whom: whom_of(entry.age_band, entry.sex, t),
            place: entry.place.clone(),
            tag: entry.tag.clone(),
            run: entry.handoff.as_ref().map(|run| self.linked(run)),
            turn: match (self.can_write, is_open) {
                (false, _) => String::new(),
                (true, true) => format!("{url}#row-{id}"),
                (true, false) => format!("{url}?row={id}#row-{id}"),
            },
            edit: is_open.then(|| self.edit(entry)),
            id,
        }
    }

    fn at(&self, triaged: &Triaged) -> String {
        when(triaged.at, self.seen.now)
    }

    fn linked(&self, id: &HandoffId) -> RunPart {
        let found = self.seen.runs.iter().find(|run| run.id == *id);
        let elsewhere = self.t.handoff.many.run_elsewhere;
        RunPart {
            url: found.map(|_| run_url(self.viewer, id)),
            word: found.map_or_else(|| elsewhere.to_owned(), |run| run.unit.clone()),
        }
    }

    fn edit(&self, entry: &MassEntry) -> Edit {
        let t = self.t;
        let triage = entry.triage();
        let colours = Triage::ALL.iter();
        let history = entry.triaged.iter();
        Edit {
            colours: colours
                .map(|one| (Colour::of(*one, t), triage == Some(*one)))
                .collect(),
            history: history
                .map(|one| (self.at(one), Colour::of(one.triage, t)))
                .collect(),
            sexes: parts::sexes(entry.sex, t),
            ages: parts::ages(entry.age_band, t),
            places: self.places(entry),
            place: entry.place.clone(),
            was_place: entry.place.clone(),
            tag: entry.tag.clone(),
            was_tag: entry.tag.clone(),
            runs: self.runs(entry),
            beyond: (self.seen.left > 0).then(|| (t.handoff.board.beyond)(self.seen.left)),
        }
    }

    /// Places of other rows, those written last first.
    fn places(&self, entry: &MassEntry) -> Vec<String> {
        let mut known = BTreeSet::from([entry.place.as_str(), ""]);
        let rows = self.list.entries.iter().rev();
        let places = rows.map(|other| other.place.as_str());
        let places = places.filter(|place| known.insert(place));
        places.take(PLACES).map(str::to_owned).collect()
    }

    /// The runs that the row may be linked to: of nobody else's row.
    fn runs(&self, entry: &MassEntry) -> Vec<(String, String)> {
        let taken: BTreeSet<&HandoffId> = self
            .list
            .entries
            .iter()
            .filter(|other| !other.struck || other.id == entry.id)
            .filter_map(|other| other.handoff.as_ref())
            .collect();
        let runs = self.seen.runs.iter();
        let runs = runs.filter(|run| may_be_linked(run, self.viewer) && !taken.contains(&run.id));
        runs.map(|run| {
            let begun = (self.t.handoff.many.begun)(&when(run.begun, self.seen.now));
            let whom = whom_of(run.age_band, run.sex, self.t);
            (run.id.to_string(), format!("{} {begun} {whom}", run.unit))
        })
        .collect()
    }
}

/// A department's own run while it goes on; at a hospital, one that it accepted.
fn may_be_linked(run: &Incoming, viewer: &Viewer) -> bool {
    let inquiry = run.inquiry.as_ref();
    let is_accepted =
        inquiry.is_some_and(|inquiry| matches!(inquiry.state, InquiryState::Accepted { .. }));
    match viewer.facility_kind {
        FacilityKind::Fire => !matches!(run.stage, StageWord::HandedOver | StageWord::Ended),
        FacilityKind::Hospital => is_accepted && run.stage != StageWord::Ended,
    }
}

fn run_url(viewer: &Viewer, id: &HandoffId) -> String {
    match viewer.facility_kind {
        FacilityKind::Fire => format!("/handoffs/{id}"),
        FacilityKind::Hospital => format!("/board/{id}"),
    }
}

/// Every row, in the order the patients were added.
fn rows(viewer: &Viewer, seen: &Seen<'_>, can_write: bool, t: &'static Text) -> Vec<Row> {
    let Some(list) = &seen.many.list else {
        return Vec::new();
    };
    let making = Making {
        seen,
        list,
        viewer,
        can_write,
        t,
    };
    let rows = list.entries.iter().enumerate();
    rows.map(|(place, entry)| making.row(place, entry))
        .collect()
}

/// What is said of the list as a whole.
fn notes(seen: &Seen<'_>, t: &'static Text) -> Vec<String> {
    let (said, now) = (&t.handoff.many, seen.now);
    let list = seen.many.list.as_ref();
    let is_open = list.is_some_and(|list| list.ended.is_none());
    let off = (!seen.many.is_on).then(|| said.off.to_owned());
    let off_open = (!seen.many.is_on && is_open).then(|| said.off_open.to_owned());
    let ended = list.and_then(|list| list.ended);
    let over = ended.map(|at| (said.over)(&when(at, now)));
    let is_before = seen.many.is_on && is_open && !seen.many.goes_on;
    let before = list.filter(|_| is_before);
    let before = before.map(|list| (said.of_before)(&when(list.begun, now)));
    [off, off_open, over, before]
        .into_iter()
        .flatten()
        .collect()
}

impl ManyPage {
    /// The facility's list as it stands, the newest row first.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, seen: &Seen<'_>) -> Self {
        let t = context.text();
        let (many, may_write) = (seen.many, may_write(viewer));
        let list = many.list.as_ref();
        let adding = match (may_write && many.is_on, list) {
            (false, _) => Adding::No,
            (true, None) => Adding::First,
            (true, Some(_)) if many.goes_on => Adding::Here,
            (true, Some(_)) => Adding::Anew,
        };
        let can_write = adding == Adding::Here;
        let mut rows = rows(viewer, seen, can_write, t);
        rows.reverse();
        let reads = (!may_write).then(|| t.handoff.many.only_reads.to_owned());
        let word = list.map(|list| list.word().to_string());
        let mut frame = frame(context, viewer, t.handoff.many.title, url(viewer));
        // Nobody is named on it.
        frame.lock_after = None;
        Self {
            frame,
            t,
            script: Asset::Handoff.url(),
            url: url(viewer),
            looks: format!("{}?row={}&by=page", url(viewer), seen.row),
            step: seen.step.clone(),
            flash: None,
            as_of: (t.handoff.many.as_of)(&time_of_day(seen.now)),
            notes: notes(seen, t).into_iter().chain(reads).collect(),
            word: word.unwrap_or_default(),
            counts: Counts::of(list, t),
            adding,
            can_end: may_write && list.is_some_and(|list| list.ended.is_none()),
            rows,
            status: StatusCode::OK,
        }
    }

    /// With what was typed, and why it was not taken.
    pub(in crate::web) fn refused(
        mut self,
        fields: &Fields,
        why: &'static str,
        status: StatusCode,
    ) -> Self {
        let has = |name: &str| fields.names().any(|known| known == name);
        for edit in self.rows.iter_mut().filter_map(|row| row.edit.as_mut()) {
            if has("place") {
                edit.place = fields.take("place");
            }
            if has("tag") {
                edit.tag = fields.take("tag");
            }
        }
        self.flash = Some(why.to_owned());
        self.status = status;
        self
    }

    fn colours(&self) -> Vec<Colour> {
        Colour::all(self.t)
    }

    /// Whether the buttons that add stand at the top.
    fn adds_here(&self) -> bool {
        matches!(self.adding, Adding::Here | Adding::First)
    }

    fn adds_anew(&self) -> bool {
        self.adding == Adding::Anew
    }

    fn is_first(&self) -> bool {
        self.adding == Adding::First
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        respond(&self, &self.frame, self.status)
    }
}

impl ManySheet {
    /// The same on paper, in the order the patients were added.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, seen: &Seen<'_>) -> Self {
        let t = context.text();
        let list = seen.many.list.as_ref();
        let begun = list.map(|list| (t.handoff.many.begun)(&when(list.begun, seen.now)));
        let back = url(viewer);
        let mut frame = frame(context, viewer, t.handoff.many.sheet, back);
        frame.lock_after = None;
        Self {
            frame,
            t,
            back,
            notes: begun.into_iter().chain(notes(seen, t)).collect(),
            counts: Counts::of(list, t),
            rows: rows(viewer, seen, false, t),
            facility: viewer.facility_name.clone(),
            terminal: viewer.terminal_name.clone(),
            printed_by: viewer.name.clone(),
            printed_at: japanese_time(seen.now).format("%Y-%m-%d %H:%M").to_string(),
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
