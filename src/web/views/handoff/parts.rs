//! Parts of the crew's form, in the order crews speak.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        date::Date,
        handoff::{
            Acuity, AgeBand, Complaint, Finding, Form, Handoff, Label, Mechanism, Part, RecordLine,
            Standing, TimePoint, Treatment, suggest,
        },
        patient::Sex,
        section::Language,
    },
    web::text::Text,
};

use super::{AlertPart, TagPart, Touch, language, time_of_day, when};

/// What is chosen by touches, by the name of its field.
pub(super) struct Touches {
    pub(super) ages: Vec<Touch>,
    pub(super) sexes: Vec<Touch>,
    pub(super) complaints: Vec<Touch>,
    pub(super) mechanisms: Vec<Touch>,
    pub(super) findings: Vec<Touch>,
    pub(super) treatments: Vec<Touch>,
    pub(super) labels: Vec<Touch>,
    pub(super) acuities: Vec<Touch>,
    pub(super) etas: Vec<(i64, String)>,
}

/// Minutes that are offered until arrival.
const ETAS: [i64; 8] = [3, 5, 8, 10, 15, 20, 30, 45];

const SEXES: [(&str, Sex); 4] = [
    ("male", Sex::Male),
    ("female", Sex::Female),
    ("other", Sex::Other),
    ("unknown", Sex::Unknown),
];

/// The sex that a touch says.
pub(in crate::web) fn sex(word: &str) -> Option<Sex> {
    let found = SEXES.into_iter().find(|(known, _)| *known == word);
    found.map(|(_, sex)| sex)
}

impl Touches {
    pub(super) fn new(form: &Form, t: &'static Text) -> Self {
        let language = language(t);
        let all =
            |one: &Acuity| Touch::one(one.word(), one.name(language), form.acuity == Some(*one));
        Self {
            ages: ages(form.patient.age_band, t),
            sexes: sexes(form.patient.sex, t),
            complaints: chosen(Complaint::ALL, |one| {
                let is_on = form.complaint.choices.contains(&one);
                Touch::any(one.word(), one.name(language), is_on)
            }),
            mechanisms: chosen(Mechanism::ALL, |one| {
                let is_on = form.mechanism.choices.contains(&one);
                Touch::any(one.word(), one.name(language), is_on)
            }),
            findings: chosen(Finding::ALL, |one| {
                let is_on = form.findings.choices.contains(&one);
                Touch::any(one.word(), one.name(language), is_on)
            }),
            treatments: chosen(Treatment::ALL, |one| {
                let is_on = form
                    .treatments
                    .iter()
                    .any(|done| done.what == one && !done.struck);
                Touch::picked(one.word().to_owned(), one.name(language), is_on)
            }),
            labels: chosen(Label::ALL, |one| {
                Touch::any(one.word(), one.name(language), form.labels.contains(&one))
            }),
            acuities: Acuity::ALL.iter().map(all).collect(),
            etas: ETAS
                .map(|minutes| (minutes, (t.handoff.form.eta_in)(minutes)))
                .into(),
        }
    }
}

/// Bands of age.
pub(super) fn ages(age: Option<AgeBand>, t: &'static Text) -> Vec<Touch> {
    chosen(AgeBand::ALL, |one| {
        Touch::one(one.word(), one.name(language(t)), age == Some(one))
    })
}

/// Sexes.
pub(super) fn sexes(chosen: Option<Sex>, t: &'static Text) -> Vec<Touch> {
    let touch = |(word, sex)| Touch::one(word, (t.words.sex)(sex), chosen == Some(sex));
    SEXES.into_iter().map(touch).collect()
}

fn chosen<C: Copy>(all: &[C], touch: impl Fn(C) -> Touch) -> Vec<Touch> {
    all.iter().copied().map(touch).collect()
}

/// One treatment that was recorded.
pub(super) struct DonePart {
    pub(super) id: String,
    pub(super) what: &'static str,
    pub(super) at: String,
    pub(super) note: String,
    pub(super) is_struck: bool,
    pub(super) touch: String,
}

impl DonePart {
    /// Every row, in the order entered.
    pub(super) fn all(form: &Form, t: &'static Text) -> Vec<Self> {
        let rows = form.treatments.iter();
        rows.map(|done| Self {
            id: done.id.to_string(),
            what: done.what.name(language(t)),
            at: done.at.map(time_of_day).unwrap_or_default(),
            note: done.note.clone(),
            is_struck: done.struck,
            touch: format!("{}.{}", if done.struck { "off" } else { "on" }, done.id),
        })
        .collect()
    }
}

/// アレルギー, 薬剤, 背景 or その他 with its lines.
pub(super) struct LinesPart {
    pub(super) id: &'static str,
    pub(super) word: &'static str,
    pub(super) lines: Vec<LinePart>,
}

/// One line.
pub(super) struct LinePart {
    pub(super) id: String,
    pub(super) text: String,
    /// Where it comes from and when.
    pub(super) from: String,
    pub(super) tag: TagPart,
    pub(super) is_struck: bool,
    pub(super) is_proposed: bool,
    pub(super) is_by_crew: bool,
}

impl LinesPart {
    /// All four, also where nothing is written.
    pub(super) fn all(form: &Form, t: &'static Text) -> Vec<Self> {
        let parts = Part::ALL.iter().copied();
        parts
            .map(|part| Self {
                id: part.word(),
                word: part.name(language(t)),
                lines: form.part(part).map(|line| LinePart::of(line, t)).collect(),
            })
            .collect()
    }
}

impl LinePart {
    pub(super) fn of(line: &RecordLine, t: &'static Text) -> Self {
        let is_struck = line.standing == Standing::Struck;
        let is_proposed = line.standing == Standing::Proposed && !line.by_crew;
        let source = line.source.map(t.words.source);
        let date = line.date.as_ref().map(Date::to_string);
        let from: Vec<String> = source.map(str::to_owned).into_iter().chain(date).collect();
        let word = if line.by_crew && !is_struck {
            t.handoff.form.by_crew
        } else {
            line.standing.name(language(t))
        };
        Self {
            id: line.id.to_string(),
            text: line.text.clone(),
            from: from.join(" "),
            tag: TagPart {
                tone: match (is_struck, is_proposed) {
                    (true, _) => "past",
                    (_, true) => "warning",
                    _ => "info",
                },
                word: word.to_owned(),
            },
            is_struck,
            is_proposed,
            is_by_crew: line.by_crew,
        }
    }
}

/// One of the five times.
pub(super) struct TimePart {
    pub(super) id: &'static str,
    pub(super) word: &'static str,
    /// As it stands; `None`: not set.
    pub(super) at: Option<String>,
}

/// The five times, also those not set.
pub(super) fn times(form: &Form, now: DateTime<Utc>, t: &'static Text) -> Vec<TimePart> {
    let points = TimePoint::ALL.iter().copied();
    points
        .map(|point| TimePart {
            id: point.word(),
            word: point.name(language(t)),
            at: form.times.get(point).map(|at| when(at, now)),
        })
        .collect()
}

/// What cannot be right with the times; nothing is corrected.
pub(super) fn odd_times(form: &Form, now: DateTime<Utc>, t: &'static Text) -> Vec<String> {
    let name = |point: TimePoint| point.name(language(t));
    let order = form.times.out_of_order().into_iter();
    let order = order.map(|(first, next)| (t.handoff.form.out_of_order)(name(first), name(next)));
    let ahead = form.times.ahead(now);
    order
        .chain(ahead.map(|point| (t.handoff.form.in_future)(name(point))))
        .collect()
}

/// Suggested alerts: those that stand, and those that the crew put away.
pub(super) fn alerts(handoff: &Handoff, language: Language) -> (Vec<AlertPart>, Vec<AlertPart>) {
    let dismissed = &handoff.form.dismissed_alerts;
    let (away, stands): (Vec<_>, Vec<_>) = suggest(&handoff.form)
        .into_iter()
        .partition(|alert| dismissed.contains(&alert.rule));
    let parts = |alerts: Vec<_>, is_away| {
        let alerts = alerts.iter();
        alerts
            .map(|alert| AlertPart::of(alert, is_away, language))
            .collect()
    };
    (parts(stands, false), parts(away, true))
}
