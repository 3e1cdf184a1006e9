//! 感染症: one row for each test, with its date and age; nothing is derived (B13).

use std::collections::BTreeMap;

use crate::domain::{
    date::Date,
    record::Content,
    result::{Observation, Value},
    section::SectionName,
    summary::{Item, Tag, Tone},
    words::labs::labs,
};

use super::{
    infection_kinds::{Kind, kind_of, name_of},
    lab_items::is_uncoded,
    lab_ranges::{Person, printed},
    piece::{Built, Context, Piece},
    readings::{Polarity, Reading, flags, parts, polarity, reading, status_tag, why_absent},
    rows,
    units::{folded_unit, unit_of},
};

struct Test<'p, 'a> {
    piece: &'p Piece<'a>,
    observation: &'a Observation,
    kind: Kind,
    title: String,
    date: Option<Date>,
    value: Reading,
}

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let words = labs(context.language);
    let mut built = Built::default();
    let mut tests: BTreeMap<(Kind, String, String), Vec<Test<'_, '_>>> = BTreeMap::new();
    for piece in rows::delivered(pieces, &mut built) {
        let Content::Observation(observation) = &piece.record.content else {
            rows::misplaced(piece, &mut built);
            continue;
        };
        let test = Test::new(piece, observation, context);
        let long_term = rows::is_indicated(piece.record, "LTS");
        if !long_term && !context.is_inside(SectionName::Infections, piece.source, test.date) {
            rows::outside(piece, test.date, context, &mut built);
            continue;
        }
        tests.entry(test.key()).or_default().push(test);
    }
    for mut results in tests.into_values() {
        results.sort_by(|a, b| {
            rows::moment(b.date)
                .cmp(&rows::moment(a.date))
                .then_with(|| a.piece.number.cmp(&b.piece.number))
        });
        let item = row(&results, context, &mut built);
        built.items.extend(item);
    }
    if built.items.iter().any(|item| item.value.is_some()) {
        built.notes.push(words.infections_numbers_note.to_owned());
    }
    built.notes.push(words.infections_note.to_owned());
    built
}

impl<'p, 'a> Test<'p, 'a> {
    fn new(piece: &'p Piece<'a>, observation: &'a Observation, context: &Context<'_>) -> Self {
        let kind = kind_of(&observation.code);
        let sent =
            name_of(&observation.code).unwrap_or_else(|| rows::words(context).unnamed.to_owned());
        let named = matches!(kind, Kind::Other | Kind::Unknown)
            || [crate::domain::section::Language::Ja, context.language]
                .iter()
                .any(|language| rows::same(&sent).contains(&rows::same(kind.name(*language))))
            || (kind_of_name(&sent) == kind && mentions_target(&sent));
        let title = if named {
            sent
        } else {
            format!("{} {sent}", kind.name(context.language))
        };
        Self {
            piece,
            observation,
            kind,
            title,
            date: observation.effective.or(observation.issued),
            value: reading(&observation.value, context.language),
        }
    }

    /// One row for each test; what cannot be placed in time or has no result stands alone.
    fn key(&self) -> (Kind, String, String) {
        let cancelled = self.observation.status.as_deref() == Some("cancelled");
        let line =
            if cancelled || self.value.unreadable || !self.value.is_there || self.date.is_none() {
                format!("alone {}", self.piece.number)
            } else if let Value::Quantity(quantity) = &self.observation.value {
                format!(
                    "unit {}",
                    unit_of(quantity).map(folded_unit).unwrap_or_default()
                )
            } else {
                String::new()
            };
        (self.kind, rows::same(&self.title), line)
    }

    fn words(&self, context: &Context<'_>) -> String {
        let words = labs(context.language);
        let value = if self.value.is_there {
            self.value.words.clone()
        } else {
            let parts = parts(self.observation, None, context.language);
            if parts.is_empty() {
                why_absent(self.observation.absent_reason.as_ref(), context.language).map_or_else(
                    || words.no_value.to_owned(),
                    |why| format!("{}{}", words.no_value, rows::bracketed(&why, context)),
                )
            } else {
                let comma = rows::words(context).comma;
                parts
                    .iter()
                    .map(|part| part.0.clone())
                    .collect::<Vec<_>>()
                    .join(comma)
            }
        };
        let date = self.date.map_or_else(
            || rows::words(context).undated.to_owned(),
            |date| rows::dated(date, context),
        );
        format!("{value}{}{date}", rows::NO_BREAK)
    }

    fn tags(&self, context: &Context<'_>) -> Vec<Tag> {
        let words = labs(context.language);
        let mut tags = Vec::new();
        match polarity(&self.observation.value) {
            Some(Polarity::Positive) => tags.push(rows::tag(Tone::Warning, words.positive)),
            Some(Polarity::Negative) => tags.push(rows::tag(Tone::Info, words.negative)),
            Some(Polarity::Held) => tags.push(rows::tag(Tone::Warning, words.held)),
            None => {}
        }
        tags.extend(flags(&self.observation.interpretations, context.language));
        if self.value.lacks_unit {
            tags.push(rows::tag(Tone::Warning, words.check_unit));
        }
        tags.extend(status_tag(self.observation.status.as_deref(), words));
        if rows::is_indicated(self.piece.record, "LTS") {
            tags.push(rows::tag(Tone::Info, words.long_term));
        }
        tags
    }
}

/// Whether a name says by itself what was tested.
fn kind_of_name(name: &str) -> Kind {
    kind_of(&crate::domain::code::Concept {
        text: Some(name.to_owned()),
        codings: Vec::new(),
    })
}

fn mentions_target(name: &str) -> bool {
    let name = rows::same(name);
    [
        "抗原",
        "抗体",
        "核酸",
        "rna",
        "dna",
        "sts",
        "rpr",
        "antigen",
        "antibody",
        "antibodies",
    ]
    .iter()
    .any(|word| name.contains(word))
}

fn row(results: &[Test<'_, '_>], context: &Context<'_>, built: &mut Built) -> Option<Item> {
    let (latest, older) = results.split_first()?;
    let words = labs(context.language);
    let mut item = rows::begin(latest.piece);
    item.title.clone_from(&latest.title);
    item.date = latest.date.map(|date| date.to_string());
    item.value = Some(latest.words(context));
    item.tags = latest.tags(context);
    for test in older {
        rows::absorb(&mut item, test.piece);
        rows::merged(test.piece, &item.title, context, built);
        let tags = test.tags(context).into_iter().map(|tag| tag.word);
        let said = test.words(context);
        let elsewhere = test.piece.record.origin.facility.clone();
        let elsewhere = elsewhere
            .filter(|_| test.piece.record.origin.facility != latest.piece.record.origin.facility);
        let all: Vec<String> = std::iter::once(words.previous.to_owned())
            .chain(std::iter::once(said.clone()))
            .chain(tags.filter(|tag| !said.starts_with(tag.as_str())))
            .chain(elsewhere)
            .collect();
        item.details.push(all.join(" "));
    }
    if latest.value.is_there
        && latest
            .observation
            .absent_reason
            .as_ref()
            .is_some_and(|reason| !reason.is_empty())
    {
        item.tags
            .push(rows::tag(Tone::Warning, words.contradictory));
    }
    if latest.date.is_some() && latest.observation.effective.is_none() {
        item.details.push(words.day_of_report.to_owned());
    }
    let person = Person::on(None, context);
    let ranges = printed(&latest.observation.ranges, &person, words);
    item.details.extend(ranges);
    if matches!(latest.kind, Kind::Other | Kind::Unknown) && !mentions_target(&latest.title) {
        item.details.push(words.target_unknown.to_owned());
    }
    item.details.extend(latest.observation.method.clone());
    rows::say_notes(&mut item, &latest.observation.notes, context);
    let unread = rows::say_unreadable(&mut item, latest.piece.record, context);
    if latest.kind == Kind::HbsAntibody {
        calm(&mut item);
    }
    built.partly_unreadable += usize::from(unread || latest.value.unreadable);
    built.uncoded += usize::from(is_uncoded(&latest.observation.code));
    rows::shown(latest.piece, context, built);
    Some(rows::complete(item))
}

/// `HBs抗体` is most often the mark of a vaccination: never in a warning colour.
fn calm(item: &mut Item) {
    for tag in &mut item.tags {
        tag.tone = Tone::Info;
    }
}

#[cfg(test)]
#[path = "infections_tests.rs"]
mod tests;
