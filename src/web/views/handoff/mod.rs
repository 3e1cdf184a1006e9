//! Handing a patient over: the crew's list and form, the hospital's board, the sheet.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::StatusCode};
use chrono::{DateTime, Utc};

use crate::{
    domain::{
        access::FacilityId,
        clock::japanese_time,
        handoff::{Acuity, AgeBand, Alert, Label, StageWord},
        patient::Sex,
        section::Language,
    },
    web::{context::Context, error::Problem, text::Text},
};

use super::{Frame, page, seats::time_of_day, section::TagPart};

mod asking;
pub(in crate::web) mod board;
pub(in crate::web) mod codes;
pub(in crate::web) mod form;
pub(in crate::web) mod incoming;
pub(in crate::web) mod list;
pub(in crate::web) mod many;
mod parts;
pub(in crate::web) use parts::sex;
mod report;
pub(in crate::web) mod sheet;
mod vitals;
mod whose;

/// Names of facilities.
pub(in crate::web) type Names = BTreeMap<FacilityId, String>;

/// What a touch says: the value holds what is then so.
pub(super) struct Touch {
    value: String,
    /// What it says once it was touched.
    then: String,
    word: &'static str,
    is_on: bool,
}

impl Touch {
    /// One of several that may all be so: pressed again it is not.
    fn any(word: &str, name: &'static str, is_on: bool) -> Self {
        let (now, then) = if is_on { ("off", "on") } else { ("on", "off") };
        Self {
            value: format!("{now}.{word}"),
            then: format!("{then}.{word}"),
            word: name,
            is_on,
        }
    }

    /// One of several of which one is so: pressed again none is.
    fn one(word: &str, name: &'static str, is_on: bool) -> Self {
        let (on, off) = (word.to_owned(), String::new());
        let (value, then) = if is_on { (off, on) } else { (on, off) };
        Self {
            value,
            then,
            word: name,
            is_on,
        }
    }

    /// One of several in a form that is sent as a whole, none of them chosen yet.
    const fn picked(value: String, word: &'static str, is_on: bool) -> Self {
        let then = String::new();
        Self {
            value,
            then,
            word,
            is_on,
        }
    }
}

/// 緊急度 with its shape.
pub(super) struct AcuityPart {
    class: &'static str,
    shape: &'static str,
    word: &'static str,
}

impl AcuityPart {
    fn of(acuity: Acuity, language: Language) -> Self {
        Self {
            class: acuity.word(),
            shape: acuity.shape(),
            word: acuity.name(language),
        }
    }
}

/// A suggested alert.
pub(super) struct AlertPart {
    kind: &'static str,
    why: &'static str,
    source: &'static str,
    /// What the touch sends that puts it away, or takes it back.
    touch: String,
}

impl AlertPart {
    /// What a hospital calls its team for.
    pub(super) const fn kind(&self) -> &'static str {
        self.kind
    }

    fn of(alert: &Alert, is_dismissed: bool, language: Language) -> Self {
        let then = if is_dismissed { "off" } else { "on" };
        Self {
            kind: alert.kind.name(language),
            why: alert.rule.name(language),
            source: alert.source,
            touch: format!("{then}.{}", alert.rule.word()),
        }
    }
}

/// The language of words.
fn language(t: &Text) -> Language {
    if t.lang == "ja" {
        Language::Ja
    } else {
        Language::En
    }
}

/// The tag of a stage.
fn stage(word: StageWord, language: Language) -> TagPart {
    TagPart {
        word: word.name(language).to_owned(),
        tone: match word {
            StageWord::Open | StageWord::Arriving => "warning",
            StageWord::Accepted | StageWord::HandedOver => "info",
            StageWord::Ended => "past",
        },
    }
}

/// A facility's name; its id where the registry does not know it.
fn named(names: &Names, facility: &FacilityId) -> String {
    names
        .get(facility)
        .cloned()
        .unwrap_or_else(|| facility.0.clone())
}

/// About how old, and of which sex: all of a patient that may be shown without a name.
fn whom_of(age: Option<AgeBand>, sex: Option<Sex>, t: &'static Text) -> String {
    let age = age.map(|age| age.name(language(t)));
    let sex = sex.map(t.words.sex);
    let said: Vec<&str> = age.into_iter().chain(sex).collect();
    if said.is_empty() {
        t.handoff.form.unset.to_owned()
    } else {
        said.join(" ")
    }
}

/// Choices and note as one sentence; `None` where nothing was said.
fn said<'a>(choices: impl Iterator<Item = &'a str>, note: &'a str, t: &Text) -> Option<String> {
    let choices: Vec<&str> = choices.chain((!note.is_empty()).then_some(note)).collect();
    (!choices.is_empty()).then(|| choices.join(t.common.comma))
}

/// Labels in words.
fn labels<'a>(
    labels: impl IntoIterator<Item = &'a Label>,
    language: Language,
) -> Vec<&'static str> {
    labels
        .into_iter()
        .map(|label| label.name(language))
        .collect()
}

/// Seconds until then; below zero where it is past.
fn seconds_until(then: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    then.signed_duration_since(now).num_seconds()
}

/// An expected arrival, in words that a page can keep current: the sentence, its seconds, and the
/// two sentences with `{}` for the minutes.
pub(super) struct EtaPart {
    at: String,
    said: String,
    seconds: i64,
    inside: String,
    over: String,
}

impl EtaPart {
    fn of(eta: DateTime<Utc>, now: DateTime<Utc>, t: &'static Text) -> Self {
        let seconds = seconds_until(eta, now);
        let board = &t.handoff.board;
        Self {
            at: time_of_day(eta),
            said: if seconds < 0 {
                (board.overdue)((-seconds) / 60)
            } else {
                (board.in_minutes)((seconds + 59) / 60)
            },
            seconds,
            inside: (board.in_minutes)(MARK).replace(&MARK.to_string(), "{}"),
            over: (board.overdue)(MARK).replace(&MARK.to_string(), "{}"),
        }
    }
}

/// A number of minutes that stands for any.
const MARK: i64 = 987_654_321;

/// A day where it is not today's, and the time.
fn when(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let (time, now) = (japanese_time(time), japanese_time(now));
    let form = if time.date_naive() == now.date_naive() {
        "%H:%M"
    } else {
        "%m-%d %H:%M"
    };
    time.format(form).to_string()
}

/// The frame of one of these pages, which leads back to `back`.
fn frame(
    context: &Context,
    viewer: &crate::access::Viewer,
    title: &'static str,
    back: &str,
) -> Frame {
    let mut frame = Frame::new(context, Some(viewer), title);
    back.clone_into(&mut frame.back);
    frame
}

/// The answer of a page.
fn respond(
    template: &impl askama::Template,
    frame: &Frame,
    status: StatusCode,
) -> Result<HttpResponse, Problem> {
    page(template, frame, status)
}
