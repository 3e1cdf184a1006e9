//! What an entry of a case says, in words.

use serde_json::Value;

use crate::{
    domain::{
        access::{End, FoundBy, IdentifiedBy, Reason},
        review::{Verdict, WhyNot},
        section::SectionName,
    },
    ledger::ReadEntry,
    review::Names,
    web::text::Text,
};

use super::super::seats;

/// One line of what happened.
pub(super) struct Happened {
    pub(super) time: String,
    pub(super) event: String,
    pub(super) who: String,
    pub(super) details: Vec<String>,
    /// Where what was shown can be looked at again.
    pub(super) replay: Option<String>,
}

impl Happened {
    pub(super) fn of(
        entry: &ReadEntry,
        names: &Names,
        replay: Option<String>,
        t: &'static Text,
    ) -> Self {
        let account = entry.account.as_ref();
        Self {
            time: format!(
                "{} {}",
                crate::domain::clock::japanese_time(entry.wall).format("%m-%d"),
                seats::time_of_day(entry.wall)
            ),
            event: (t.audit.words)(&entry.event).map_or_else(|| entry.event.clone(), str::to_owned),
            who: account.map_or_else(String::new, |id| names.account(id).to_owned()),
            details: details(entry, t),
            replay,
        }
    }
}

fn details(entry: &ReadEntry, t: &'static Text) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let word = |name| entry.word(name);
    match entry.event.as_str() {
        "searched" => {
            let hits = entry.fields.get("hits").and_then(Value::as_u64);
            said.extend(hits.map(t.review.hits));
        }
        "grant_started" => said.extend(started(entry, t)),
        "viewed" => said.extend(viewed(entry, t)),
        "identified" => said.extend(
            read::<IdentifiedBy>(word("identified_by"))
                .map(|way| (t.words.identified_by)(way).to_owned()),
        ),
        "corrected" => said.extend(
            read::<Reason>(word("reason")).map(|reason| (t.words.reason)(reason).to_owned()),
        ),
        "grant_ended" | "grant_stopped" => said.extend(
            word("end")
                .and_then(End::parse)
                .map(|end| (t.words.end)(end).to_owned()),
        ),
        "reviewed" => said.extend(
            word("verdict")
                .and_then(Verdict::parse)
                .map(|verdict| (t.review.verdict_of)(verdict).to_owned()),
        ),
        "debriefed" => said.extend(debriefed(entry, t)),
        _ => {}
    }
    said.extend(entry.personal_text("note").map(str::to_owned));
    let step = entry.clock_step_ms.map(|step| step / 1_000);
    said.extend(step.map(t.review.clock_step));
    said
}

fn started(entry: &ReadEntry, t: &'static Text) -> Vec<String> {
    let reason = read::<Reason>(entry.reason.as_deref()).map(t.words.reason);
    let found = read::<FoundBy>(entry.word("found_by")).map(t.grants.found_by);
    let way = read::<IdentifiedBy>(entry.word("identified_by")).map(t.words.identified_by);
    let words = [reason, found, way].into_iter().flatten();
    words.map(str::to_owned).collect()
}

/// How it was shown, and how many rows of which sections.
fn viewed(entry: &ReadEntry, t: &'static Text) -> Vec<String> {
    let method = entry.word("method").and_then(t.replay.methods);
    let sections = entry.fields.get("sections").and_then(Value::as_array);
    let rows = sections.into_iter().flatten().filter_map(|section| {
        let word = section.get(0)?.as_str()?;
        let name = SectionName::ALL
            .into_iter()
            .find(|name| name.word() == word)?;
        let rows = section.get(2)?.as_u64().filter(|rows| *rows > 0)?;
        Some(format!("{} {rows}", (t.words.section)(name)))
    });
    method.map(str::to_owned).into_iter().chain(rows).collect()
}

fn debriefed(entry: &ReadEntry, t: &'static Text) -> Vec<String> {
    if let Some(why) = entry.word("why").and_then(WhyNot::parse) {
        return vec![(t.review.not_told)(why).to_owned()];
    }
    let personal = |name| entry.personal_text(name).map(str::to_owned);
    [
        personal("told_to"),
        entry.word("on").map(str::to_owned),
        personal("told_by"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A word of an entry as its value.
pub(super) fn read<T: serde::de::DeserializeOwned>(word: Option<&str>) -> Option<T> {
    serde_json::from_value(Value::String(word?.to_owned())).ok()
}
