//! One case: who looked at whom, what speaks against it and for it, what happened, and the verdict.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    domain::{
        access::Person,
        review::{NotYours, Stage, Table, Verdict, WhyNot},
    },
    review::{Case, CaseFile, Names, Place, Wanted},
    web::{context::Context, error::Problem, text::Text, views::audit::unread},
};

use super::{
    Choice, FlagPart, Frame, cases, explained, happened::Happened, language, page, pages, query,
    reason, role, time, told,
};

/// The page.
#[derive(Template)]
#[template(path = "pages/case.html")]
pub(in crate::web) struct CasePage {
    frame: Frame,
    t: &'static Text,
    nav: Vec<(&'static str, &'static str)>,
    flash: Option<&'static str>,
    done: Option<&'static str>,
    /// What is not in it, a sentence each.
    unread: Vec<String>,
    patient_key: String,
    receipt: String,
    settled: &'static str,
    facts: Vec<(&'static str, String)>,
    flags: Vec<FlagPart>,
    explained: Vec<String>,
    is_explained: bool,
    course: Vec<StagePart>,
    happened: Vec<Happened>,
    others: Vec<BesidePart>,
    own: Vec<BesidePart>,
    /// That there are more than are listed.
    others_left: Option<String>,
    own_left: Option<String>,
    baseline: String,
    terminals: String,
    given: Vec<String>,
    verdicts: Vec<(&'static str, &'static str)>,
    /// The form's addresses; none where the viewer may not judge.
    judge: Option<String>,
    tell: String,
    next: Option<String>,
    back: String,
    note: String,
    why: Vec<Choice>,
    typed: TypedTelling,
    status: StatusCode,
}

/// How it stood at one stage.
struct StagePart {
    word: &'static str,
    is_reached: bool,
    flags: Vec<String>,
    explained: Vec<String>,
}

/// Another case, in short.
struct BesidePart {
    began: String,
    who: String,
    receipt: String,
    reason: &'static str,
    settled: &'static str,
}

/// What stood in the form of 事後説明.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct TypedTelling {
    pub(in crate::web) to: String,
    pub(in crate::web) on: String,
    pub(in crate::web) by: String,
    pub(in crate::web) why: String,
}

/// What the page is made of.
pub(in crate::web) struct Opened<'a> {
    pub(in crate::web) file: &'a CaseFile,
    pub(in crate::web) names: &'a Names,
    pub(in crate::web) table: &'a Table,
    pub(in crate::web) wanted: &'a Wanted,
    /// The case's own address, without query.
    pub(in crate::web) url: String,
    /// The address of the next case.
    pub(in crate::web) next: Option<String>,
    /// The addresses of what can be looked at again.
    pub(in crate::web) replays: &'a BTreeMap<Place, String>,
    /// Why the viewer may not judge.
    pub(in crate::web) not_yours: Option<NotYours>,
}

impl CasePage {
    /// The page of an opened case.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, opened: &Opened<'_>) -> Self {
        let t = context.text();
        let said = &t.review;
        let (file, case) = (opened.file, &opened.file.case);
        let mut frame = Frame::new(context, Some(viewer), said.case_title);
        "/audit/cases".clone_into(&mut frame.back);
        let asked = query(opened.wanted);
        let form = |what: &str| format!("{}/{what}?{asked}", opened.url);
        let names = opened.names;
        Self {
            frame,
            t,
            nav: pages(t),
            flash: opened.not_yours.map(said.not_yours),
            done: (said.done)(&context.query.done).filter(|_| context.query.done == "told"),
            unread: file.unread.iter().map(|one| unread(one, t)).collect(),
            patient_key: case.patient.0.clone(),
            receipt: case.receipt.clone(),
            settled: (said.settled)(case.settled()),
            facts: facts(opened, t),
            flags: FlagPart::of(case, opened.table, t),
            explained: explained(&case.standing, Some(names), t),
            is_explained: case.standing.is_explained(),
            course: course(opened, t),
            happened: happened(opened, t),
            others: file
                .others
                .iter()
                .map(|one| beside(one, names, t))
                .collect(),
            own: file.own.iter().map(|one| beside(one, names, t)).collect(),
            others_left: left(file.left.0, t),
            own_left: left(file.left.1, t),
            baseline: (said.baseline)(
                case.facts.volume.day,
                case.facts.volume.month,
                case.facts.volume.days,
            ),
            terminals: (said.terminals)(case.facts.terminals.here, case.facts.terminals.ever),
            given: given(case, names, t),
            verdicts: vec![
                ("1", (said.verdict_of)(Verdict::Justified)),
                ("2", (said.verdict_of)(Verdict::Unjustified)),
                ("3", (said.verdict_of)(Verdict::Inconclusive)),
            ],
            judge: opened.not_yours.is_none().then(|| form("verdict")),
            tell: form("told"),
            next: opened.next.clone(),
            back: cases::url(opened.wanted),
            note: String::new(),
            why: why(t, ""),
            typed: TypedTelling {
                by: viewer.name.clone(),
                ..TypedTelling::default()
            },
            status: StatusCode::OK,
        }
    }

    /// With why a verdict was not taken, and the note as it was typed.
    pub(in crate::web) fn not_judged(mut self, flash: &'static str, note: &str) -> Self {
        self.flash = Some(flash);
        note.clone_into(&mut self.note);
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// With 事後説明 as it was typed and could not be taken.
    pub(in crate::web) fn not_told(mut self, typed: TypedTelling) -> Self {
        self.flash = Some(self.t.review.told_incomplete);
        self.why = why(self.t, &typed.why);
        self.typed = typed;
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
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

fn why(t: &Text, chosen: &str) -> Vec<Choice> {
    WhyNot::ALL
        .into_iter()
        .map(|why| Choice {
            value: why.word().to_owned(),
            word: (t.review.not_told)(why).to_owned(),
            is_chosen: chosen == why.word(),
        })
        .collect()
}

/// Who, whom, where and how.
fn facts(opened: &Opened<'_>, t: &'static Text) -> Vec<(&'static str, String)> {
    let said = &t.review;
    let (file, case, names) = (opened.file, &opened.file.case, opened.names);
    let facts = &case.facts;
    let viewer = format!("{} {}", role(case, t), names.account(&facts.account));
    let started = file
        .entries
        .iter()
        .find(|entry| entry.event == "grant_started");
    let judged = started.and_then(|entry| entry.personal_text("judged_by"));
    let accounts_as_of = started.and_then(|entry| entry.accounts_as_of).map(time);
    let terminal = case
        .terminal
        .as_ref()
        .map(|id| names.terminal(id).to_owned());
    let ended = match facts.ended {
        Some((end, at)) => format!("{} {}", time(at), (t.words.end)(end)),
        None => said.open.to_owned(),
    };
    let rows = [
        (said.patient, Some(person(file.person.as_ref(), t))),
        (said.viewer, Some(viewer)),
        (t.audit.terminal, terminal),
        (
            said.factor,
            facts.factor.map(|one| (said.factors)(one).to_owned()),
        ),
        (said.accounts_as_of, accounts_as_of),
        (said.began, Some(time(facts.started))),
        (said.ended, Some(ended)),
        (t.audit.reason, Some(reason(case, t).to_owned())),
        (said.judged_by, judged.map(str::to_owned)),
        (
            t.grants.found_by_label,
            facts
                .found_by
                .map(|way| (t.grants.found_by)(way).to_owned()),
        ),
        (
            t.summary.identified,
            Some(
                facts
                    .identified_by
                    .map_or(t.summary.identity_open, t.words.identified_by)
                    .to_owned(),
            ),
        ),
        (
            said.renewals,
            (case.renewals > 0).then(|| case.renewals.to_string()),
        ),
        (said.after, Some(told(case, t).to_owned())),
    ];
    let rows = rows.into_iter();
    rows.filter_map(|(word, value)| Some((word, value?)))
        .collect()
}

fn person(person: Option<&Person>, t: &Text) -> String {
    let Some(person) = person else {
        return t.review.erased.to_owned();
    };
    let Some(patient) = &person.patient else {
        return format!("{} {}", t.summary.name_unknown, person.number.tail());
    };
    let sex = patient.sex.map(|sex| (t.words.sex)(sex).to_owned());
    let birth = patient.birth_date.map(|date| date.to_string());
    let parts = [patient.name.clone(), patient.kana.clone(), sex, birth];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn course(opened: &Opened<'_>, t: &'static Text) -> Vec<StagePart> {
    let reached = &opened.file.course;
    Stage::ALL
        .into_iter()
        .map(|stage| {
            let standing = reached.iter().find(|(known, _)| *known == stage);
            let flags =
                standing.map(|(_, standing)| FlagPart::all(standing, opened.table, language(t)));
            StagePart {
                word: (t.review.stage)(stage),
                is_reached: standing.is_some(),
                flags: flags.into_iter().flatten().map(|flag| flag.name).collect(),
                explained: standing
                    .map(|(_, standing)| explained(standing, Some(opened.names), t))
                    .unwrap_or_default(),
            }
        })
        .collect()
}

fn happened(opened: &Opened<'_>, t: &'static Text) -> Vec<Happened> {
    let one = |entry: &crate::ledger::ReadEntry| {
        let place = (entry.node.clone(), entry.seq);
        Happened::of(entry, opened.names, opened.replays.get(&place).cloned(), t)
    };
    opened.file.entries.iter().map(one).collect()
}

fn beside(case: &Case, names: &Names, t: &'static Text) -> BesidePart {
    BesidePart {
        began: time(case.facts.started),
        who: format!("{} {}", role(case, t), names.account(&case.facts.account)),
        receipt: case.receipt.clone(),
        reason: reason(case, t),
        settled: (t.review.settled)(case.settled()),
    }
}

fn left(count: usize, t: &Text) -> Option<String> {
    (count > 0).then(|| (t.review.left)(count))
}

fn given(case: &Case, names: &Names, t: &Text) -> Vec<String> {
    case.given
        .iter()
        .map(|given| {
            let verdict = (t.review.verdict_of)(given.verdict);
            format!("{} {} {verdict}", time(given.at), names.account(&given.by))
        })
        .collect()
}
