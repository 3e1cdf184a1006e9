//! One row of allergies or contraindications in words, and the strip's.

use std::collections::BTreeMap;

use crate::domain::{
    allergy::{Allergy, Reaction},
    date::Date,
    summary::{Item, StripItem, Tag, Tone},
    text::folded,
    words::allergies::AllergyWords,
};

use super::{
    agent::{self, Kind, Name},
    denial::{self, Denied},
    piece::Piece,
    row::{complete, tag, words_of},
};

/// Headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Contraindication,
    Drug,
    Other,
}

/// One row before it is worded.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts of one row, each of them yes or no"
)]
pub(super) struct Row<'a> {
    pub(super) piece: Piece<'a>,
    pub(super) allergy: &'a Allergy,
    pub(super) group: Group,
    /// Refuted, resolved or inactive, or its own words deny it.
    pub(super) past: bool,
    denied: bool,
    severe: bool,
    pub(super) disagrees: bool,
    /// The same fact told again.
    pub(super) merged: Vec<Piece<'a>>,
}

impl<'a> Row<'a> {
    pub(super) fn new(piece: Piece<'a>, allergy: &'a Allergy, contraindication: bool) -> Self {
        let is_drug = allergy
            .categories
            .iter()
            .any(|category| category == "medication");
        let over = matches!(
            allergy.clinical_status.as_deref(),
            Some("inactive" | "resolved")
        );
        let denied = denial::denies_one(allergy);
        Self {
            piece,
            allergy,
            denied,
            group: match (contraindication, is_drug) {
                (true, _) => Group::Contraindication,
                (false, true) => Group::Drug,
                (false, false) => Group::Other,
            },
            past: over || denied || allergy.verification.as_deref() == Some("refuted"),
            severe: contraindication
                || allergy.criticality.as_deref() == Some("high")
                || allergy
                    .reactions
                    .iter()
                    .any(|reaction| reaction.severity.as_deref() == Some("severe")),
            disagrees: false,
            merged: Vec::new(),
        }
    }

    /// Active severe ones first, then active, then past; within that by group, name and date.
    pub(super) fn kinship(&self) -> (bool, bool, u8, [String; 2]) {
        let date = self.day().map(|date| date.to_string()).unwrap_or_default();
        let (name, _) = agent::names(&self.allergy.agent);
        (
            self.past,
            !self.severe,
            group_rank(self),
            [name.raw().to_owned(), date],
        )
    }

    /// When it was written down, else when it was sent.
    pub(super) fn day(&self) -> Option<Date> {
        self.allergy.recorded.or(self.piece.record.last_updated)
    }

    /// Whether both say the same in every word, from the same sender.
    pub(super) fn is_copy(&self, other: &Self) -> bool {
        let (left, right) = (self.piece.record, other.piece.record);
        self.allergy == other.allergy
            && self.group == other.group
            && self.day() == other.day()
            && left.origin == right.origin
            && left.unreadable == right.unreadable
    }

    /// Whether a statement of "none" of this reach speaks of this row.
    pub(super) fn is_denied(&self, denied: Denied) -> bool {
        let agent = &self.allergy.agent;
        match denied {
            Denied::All => true,
            Denied::Drugs => self.group != Group::Other || agent::is_coded_as_drug(agent),
            Denied::Food => {
                self.allergy
                    .categories
                    .iter()
                    .any(|category| category == "food")
                    || agent::is_coded_as_food(agent)
            }
            Denied::Other | Denied::Nothing | Denied::NotAsked => false,
        }
    }

    /// The worst severity of its reactions, as sent.
    pub(super) fn severity(&self) -> Option<&str> {
        let sent = || {
            self.allergy
                .reactions
                .iter()
                .filter_map(|reaction| reaction.severity.as_deref())
        };
        ["severe", "moderate", "mild"]
            .into_iter()
            .find_map(|known| sent().find(|word| *word == known))
            .or_else(|| sent().next())
    }

    /// The agent as the row names it.
    pub(super) fn title(&self, text: &AllergyWords) -> String {
        match agent::names(&self.allergy.agent).0 {
            Name::Said(words) => words,
            Name::Code(code) => (text.code_only)(&code),
            Name::Unnamed(Some(Kind::Drug)) => text.unnamed_drug.to_owned(),
            Name::Unnamed(Some(Kind::Food)) => text.unnamed_food.to_owned(),
            Name::Unnamed(Some(Kind::Other) | None) => text.unnamed_agent.to_owned(),
        }
    }

    /// What it claims, in words: active or not, how critical, how severe.
    pub(super) fn standing(&self, text: &AllergyWords) -> Vec<String> {
        let past = || {
            tags(self, text)
                .into_iter()
                .filter(|tag| {
                    [text.refuted, text.inactive, text.resolved, text.denied].contains(&&*tag.word)
                })
                .map(|tag| tag.word)
                .next()
                .unwrap_or_else(|| text.resolved.to_owned())
        };
        let standing = if self.past {
            past()
        } else {
            text.active.to_owned()
        };
        let criticality = self.allergy.criticality.as_deref();
        std::iter::once(standing)
            .chain(criticality.map(|level| criticality_tag(level, text).word))
            .chain(self.severity().map(|level| severity_tag(level, text).word))
            .collect()
    }
}

/// Sorts the rows; rows of one group stand together, the group of the worst row first. Number and
/// id come last, so that the order never depends on the order of arrival alone.
pub(super) fn arrange(rows: &mut Vec<Row<'_>>) {
    rows.sort_by_cached_key(|row| {
        (
            row.kinship(),
            row.piece.record.resource.clone(),
            row.piece.number,
        )
    });
    let first = rows.first().map_or(0, group_rank);
    rows.sort_by_key(|row| group_rank(row) != first);
}

fn group_rank(row: &Row<'_>) -> u8 {
    u8::from(row.group == Group::Other)
}

/// The row in words; `facts` are what the patient's drugs say of it.
pub(super) fn item(row: &Row<'_>, facts: Vec<String>, text: &AllergyWords) -> Item {
    let (record, allergy) = (row.piece.record, row.allergy);
    let (_, coded) = agent::names(&allergy.agent);
    let mut details: Vec<String> = coded.iter().map(|coded| (text.coded_as)(coded)).collect();
    details.extend(reactions(allergy, text));
    details.extend(times(row, text));
    if denial::is_perhaps_pear(allergy) {
        details.push(text.perhaps_pear.to_owned());
    }
    details.extend(allergy.notes.iter().map(|note| (text.note)(note)));
    details.extend(facts);
    let group = match row.group {
        Group::Contraindication => text.contraindication_group,
        Group::Drug => text.drug_group,
        Group::Other => text.other_group,
    };
    let mut also_from: Vec<_> = row.merged.iter().map(|piece| piece.source).collect();
    also_from.retain(|source| *source != row.piece.source);
    also_from.sort_unstable();
    also_from.dedup();
    complete(Item {
        date: row.day().map(|date| date.to_string()),
        facility: record.origin.facility.clone(),
        department: record.origin.department.clone(),
        telephone: record.origin.telephone.clone(),
        source: Some(row.piece.source),
        also_from,
        resource: record.resource.clone(),
        merged: row
            .merged
            .iter()
            .map(|piece| piece.record.resource.clone())
            .collect(),
        group: Some(group.to_owned()),
        title: row.title(text),
        details,
        tags: tags(row, text),
        past: row.past,
        ..Item::default()
    })
}

/// When it began, was last seen, and why the row's date is not the recorded one.
fn times(row: &Row<'_>, text: &AllergyWords) -> Vec<String> {
    let (record, allergy) = (row.piece.record, row.allergy);
    let mut details = Vec::new();
    details.extend(allergy.onset.map(|date| (text.onset)(&date.to_string())));
    let onset = allergy.onset_text.as_deref();
    details.extend(onset.map(|sent| match years_of(sent) {
        Some(years) => (text.onset_at)(years),
        None => (text.onset)(sent),
    }));
    details.extend(
        allergy
            .last_occurrence
            .map(|date| (text.last_occurrence)(&date.to_string())),
    );
    let is_date_unread = record
        .unreadable
        .iter()
        .any(|field| field.path == "recordedDate");
    if is_date_unread {
        details.push(match record.last_updated {
            Some(sent) => (text.unread_date_sent)(&sent.to_string()),
            None => text.unread_date.to_owned(),
        });
    } else if allergy.recorded.is_none() {
        details.push(match record.last_updated {
            Some(sent) => (text.only_sent)(&sent.to_string()),
            None => text.not_dated.to_owned(),
        });
    }
    details
}

/// The digits of an age in years (UCUM `a`).
fn years_of(sent: &str) -> Option<&str> {
    let (digits, unit) = sent.rsplit_once(' ')?;
    let is_age = digits.starts_with(|c: char| c.is_ascii_digit());
    (is_age
        && matches!(
            unit,
            "a" | "歳" | "才" | "年" | "year" | "years" | "yr" | "y"
        ))
    .then_some(digits)
}

fn tags(row: &Row<'_>, text: &AllergyWords) -> Vec<Tag> {
    let allergy = row.allergy;
    let mut tags = Vec::new();
    let level = allergy.criticality.as_deref();
    tags.extend(level.map(|level| criticality_tag(level, text)));
    tags.extend(row.severity().map(|level| severity_tag(level, text)));
    match allergy.verification.as_deref() {
        None => {}
        Some("confirmed") => tags.push(tag(Tone::Info, text.confirmed)),
        Some("unconfirmed" | "presumed") => tags.push(tag(Tone::Warning, text.unconfirmed)),
        Some("refuted") => tags.push(tag(Tone::Past, text.refuted)),
        Some(other) => tags.push(tag(Tone::Warning, (text.status_as_sent)(other))),
    }
    match allergy.clinical_status.as_deref() {
        None | Some("active") => {}
        Some("inactive") => tags.push(tag(Tone::Past, text.inactive)),
        Some("resolved") => tags.push(tag(Tone::Past, text.resolved)),
        Some(other) => tags.push(tag(Tone::Warning, (text.status_as_sent)(other))),
    }
    if row.denied {
        tags.push(tag(Tone::Past, text.denied));
    }
    if allergy.kind.as_deref() == Some("intolerance") {
        tags.push(tag(Tone::Info, text.intolerance));
    }
    if row.disagrees {
        tags.push(tag(Tone::Warning, text.disagreement));
    }
    if !row.piece.record.unreadable.is_empty() {
        tags.push(tag(Tone::Warning, text.field_unreadable));
    }
    if row.past {
        // B15: what is over says so in words and never warns.
        for tag in &mut tags {
            tag.tone = Tone::Past;
        }
    }
    tags
}

fn criticality_tag(level: &str, text: &AllergyWords) -> Tag {
    let (tone, word) = match level {
        "high" => (Tone::Danger, text.high),
        "low" => (Tone::Info, text.low),
        "unable-to-assess" => (Tone::Warning, text.unable),
        other => (Tone::Warning, other),
    };
    tag(tone, (text.criticality)(word))
}

fn severity_tag(level: &str, text: &AllergyWords) -> Tag {
    let (tone, word) = severity_word(level, text);
    tag(tone, (text.reaction_severity)(word))
}

fn severity_word<'a>(level: &'a str, text: &'a AllergyWords) -> (Tone, &'a str) {
    match level {
        "severe" => (Tone::Danger, text.severe),
        "moderate" => (Tone::Warning, text.moderate),
        "mild" => (Tone::Info, text.mild),
        other => (Tone::Warning, other),
    }
}

/// One sentence for each event; what was seen together in one event is joined by ＋. An unknown
/// reaction says so.
fn reactions(allergy: &Allergy, text: &AllergyWords) -> Vec<String> {
    let several = allergy.reactions.len() > 1;
    let events: Vec<String> = allergy
        .reactions
        .iter()
        .filter_map(|reaction| event(reaction, several, text))
        .map(|words| (text.reaction)(&words))
        .collect();
    if !events.is_empty() {
        return events;
    }
    let asked = allergy
        .reactions
        .iter()
        .flat_map(|reaction| &reaction.manifestations)
        .flat_map(|concept| &concept.codings)
        .filter_map(|coding| coding.code.as_deref())
        .any(|code| matches!(code, "UNK" | "ASKU" | "unknown" | "asked-unknown"));
    let words = if asked {
        text.reaction_unknown
    } else if !allergy.notes.is_empty() {
        text.reaction_in_note
    } else {
        text.reaction_not_recorded
    };
    vec![(text.reaction)(words)]
}

/// What was seen at once, with the event's own severity, date and substance.
fn event(reaction: &Reaction, several: bool, text: &AllergyWords) -> Option<String> {
    let seen = seen(reaction);
    let severity = reaction
        .severity
        .as_deref()
        .filter(|_| several)
        .map(|level| severity_word(level, text).1.to_owned());
    let onset = reaction.onset.map(|date| date.to_string());
    let about = [
        reaction
            .substance
            .as_ref()
            .and_then(words_of)
            .map(text.caused_by),
        severity,
        onset,
    ];
    let about: Vec<String> = about.into_iter().flatten().collect();
    if seen.is_empty() && about.is_empty() {
        return None;
    }
    let seen = if seen.is_empty() {
        text.reaction_not_recorded.to_owned()
    } else {
        seen
    };
    Some(if about.is_empty() {
        seen
    } else {
        (text.event)(&seen, &about.join(text.versus))
    })
}

/// Manifestations joined by ＋, then the sender's description and notes. HL7 null flavors are no
/// words.
fn seen(reaction: &Reaction) -> String {
    let mut signs: Vec<&str> = reaction
        .manifestations
        .iter()
        .filter(|concept| !denial::is_null(concept))
        .filter_map(words_of)
        .collect();
    signs.dedup();
    let signs = signs.join("＋");
    let mut words: Vec<&str> = std::iter::once(signs.as_str())
        .chain(reaction.description.as_deref())
        .chain(reaction.notes.iter().map(String::as_str))
        .filter(|words| !words.trim().is_empty())
        .collect();
    words.dedup();
    words.join(" ")
}

/// B4: every active row, severe ones first; the same agent once, with all that was seen.
pub(super) fn strip(rows: &[Row<'_>], text: &AllergyWords) -> Vec<StripItem> {
    let mut items: Vec<StripItem> = Vec::new();
    let mut known: BTreeMap<(String, Vec<String>), usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.past) {
        let item = strip_item(row, text);
        let at = *known
            .entry((folded(&item.agent), item.marks.clone()))
            .or_insert(items.len());
        match items.get_mut(at) {
            Some(known) => {
                known.severe |= item.severe;
                known.reaction = both(known.reaction.take(), item.reaction);
            }
            None => items.push(item),
        }
    }
    items.sort_by_key(|item| !item.severe);
    items
}

fn strip_item(row: &Row<'_>, text: &AllergyWords) -> StripItem {
    let suspected = matches!(
        row.allergy.verification.as_deref(),
        Some("unconfirmed" | "presumed")
    );
    let marks = [
        (row.group == Group::Contraindication, text.contraindicated),
        (suspected, text.suspected),
        (row.disagrees, text.disagreement),
    ];
    let signs: Vec<String> = row
        .allergy
        .reactions
        .iter()
        .map(seen)
        .filter(|words| !words.is_empty())
        .collect();
    let severity = row.severity().map(|level| severity_word(level, text).1);
    StripItem {
        agent: row.title(text),
        reaction: signs
            .into_iter()
            .reduce(|one, other| one + text.versus + &other)
            .or_else(|| severity.map(str::to_owned)),
        severe: row.severe,
        marks: marks
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, mark)| mark.to_owned())
            .collect(),
    }
}

/// Both reactions, each once.
fn both(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) if !one.contains(&other) => Some(format!("{one}、{other}")),
        (one, other) => one.or(other),
    }
}
