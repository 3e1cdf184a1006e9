//! Rows of the drug list: what can still be taken first, antithrombotics first of all.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use crate::domain::{
    medication::{Act, Dosage, Medication},
    quantity::Quantity,
    record::Content,
    section::{Fate, SectionName, SourceName},
    summary::{Item, Tag, Tone},
    words::{
        self,
        drugs::{Class, DrugWords},
    },
};

use super::{
    drug_code::Identity,
    drug_rows::{self, Line, Row},
    piece::{Built, Context, Piece},
    row::{complete, tag, words_of},
    supply::Kind,
    tally::ENTERED_IN_ERROR,
};

/// B1: a supply that reaches to so many days before today is never outside.
const GRACE_DAYS: u64 = 14;
/// B1: antithrombotics are shown so many days after their end.
const ANTITHROMBOTIC_DAYS: u64 = 100;

/// The section, and the drugs that the allergens are compared with.
#[derive(Debug, Default)]
pub(super) struct DrugList {
    pub(super) built: Built,
    pub(super) names: Vec<Identity>,
}

/// Headings in the order of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Antithrombotic,
    Current,
    Ended,
    Occasional,
    Unknown,
    Undispensed,
}

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> DrugList {
    let text = words::drugs::words(context.language);
    let mut list = DrugList::default();
    let lines = pieces
        .iter()
        .filter_map(|piece| line(*piece, &mut list.built))
        .collect();
    let (mut rows, outside): (Vec<Row<'_>>, Vec<Row<'_>>) = drug_rows::rows(lines)
        .into_iter()
        .partition(|row| is_inside(row, context));
    for line in outside
        .iter()
        .flat_map(|row| std::iter::once(&row.base).chain(&row.merged))
    {
        list.built.fates.push((
            line.piece.number,
            Fate::OutsideWindow,
            "ended before the window".to_owned(),
        ));
    }
    rows.sort_by_cached_key(|row| {
        let reach = row.supply.reach().or(row.base.day());
        let (title, resource) = (
            row.base.identity.title.clone(),
            row.base.piece.record.resource.clone(),
        );
        (
            group(row, context.as_of),
            !row.base.is_valid(),
            std::cmp::Reverse(reach),
            title,
            resource,
        )
    });
    let mut ingredients = drug_rows::Ingredients::new(&rows);
    for row in &rows {
        let count = if row.base.is_valid() {
            ingredients.same(row)
        } else {
            1
        };
        list.built.items.push(item(row, count, context, text));
        list.built.uncoded += usize::from(row.base.identity.uncoded);
        list.built.partly_unreadable += usize::from(!row.base.piece.record.unreadable.is_empty());
        list.names.push(row.base.identity.clone());
        list.built
            .fates
            .push((row.base.piece.number, Fate::Shown, "shown".to_owned()));
        for line in &row.merged {
            let why = format!("the same event as {}", row.base.piece.record.resource);
            list.built
                .fates
                .push((line.piece.number, Fate::Merged, why));
        }
    }
    list.built.notes = notes(&list.names, text);
    list
}

/// The line that a piece is, or its fate.
fn line<'a>(piece: Piece<'a>, built: &mut Built) -> Option<Line<'a>> {
    let why = match &piece.record.content {
        Content::Medication(medication)
            if medication.status.as_deref() != Some("entered-in-error") =>
        {
            let identity = Identity::of(&medication.drug, &medication.ingredients);
            return Some(Line {
                piece,
                medication,
                identity,
            });
        }
        Content::Medication(_) => ENTERED_IN_ERROR,
        Content::Patient(_)
        | Content::Allergy(_)
        | Content::Problem(_)
        | Content::Observation(_)
        | Content::Procedure(_)
        | Content::Visit(_)
        | Content::Document(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => "not a drug",
    };
    built
        .fates
        .push((piece.number, Fate::NotForThisScreen, why.to_owned()));
    None
}

/// B1. A row is inside if any of its resources is inside its source's window, if its supply reaches
/// to 14 days before today, or if it is an antithrombotic that ended at most 100 days ago.
fn is_inside(row: &Row<'_>, context: &Context<'_>) -> bool {
    let mut lines = std::iter::once(&row.base).chain(&row.merged);
    let in_window = lines.any(|line| {
        let medication = line.medication;
        let date = medication
            .dispensed
            .or(medication.authored)
            .or(medication.starts);
        context.is_inside(SectionName::Drugs, line.piece.source, date)
    });
    let since = |days: u64| context.as_of.checked_sub_days(Days::new(days));
    let reaches = |day: Option<NaiveDate>, days: u64| {
        day.zip(since(days))
            .is_some_and(|(day, first)| day >= first)
    };
    let antithrombotic = row.base.identity.classes.contains(&Class::Antithrombotic);
    let end = row.supply.reach().or(row.base.day());
    in_window
        || reaches(row.supply.reach(), GRACE_DAYS)
        || (antithrombotic && reaches(end, ANTITHROMBOTIC_DAYS))
}

fn group(row: &Row<'_>, as_of: NaiveDate) -> Group {
    if row.base.identity.classes.contains(&Class::Antithrombotic) {
        return Group::Antithrombotic;
    }
    if row.undispensed {
        return Group::Undispensed;
    }
    match (row.supply.kind, row.supply.reach()) {
        _ if !row.base.is_valid() => Group::Ended,
        (Kind::Occasional, _) => Group::Occasional,
        (Kind::Injection, _) | (Kind::Regular, None) => Group::Unknown,
        (Kind::Regular, Some(reach)) if reach >= as_of => Group::Current,
        (Kind::Regular, Some(_)) => Group::Ended,
    }
}

fn item(row: &Row<'_>, same: usize, context: &Context<'_>, text: &DrugWords) -> Item {
    let (base, record) = (&row.base, row.base.piece.record);
    let origin = drug_rows::prescriber(row);
    let medication = base.medication;
    let date = medication
        .dispensed
        .or(medication.authored)
        .or(medication.starts);
    let title = Some(base.identity.title.clone()).filter(|title| !title.is_empty());
    let others = row.merged.iter().map(|line| line.piece.source);
    let also_from: BTreeSet<SourceName> = others
        .filter(|source| *source != base.piece.source)
        .collect();
    complete(Item {
        date: date.map(|date| date.to_string()),
        facility: origin.facility.clone(),
        department: origin.department.clone(),
        telephone: origin.telephone.clone(),
        source: Some(base.piece.source),
        also_from: also_from.into_iter().collect(),
        resource: record.resource.clone(),
        merged: row
            .merged
            .iter()
            .map(|line| line.piece.record.resource.clone())
            .collect(),
        group: Some(heading(group(row, context.as_of), text).to_owned()),
        title: title.unwrap_or_else(|| text.unnamed.to_owned()),
        value: single_dose(medication),
        details: details(row, context, text),
        tags: tags(row, same, text),
        past: !base.is_valid(),
        ..Item::default()
    })
}

fn details(row: &Row<'_>, context: &Context<'_>, text: &DrugWords) -> Vec<String> {
    let (medication, origin) = (row.base.medication, &row.base.piece.record.origin);
    let mut details = row.supply.words(
        medication.act,
        row.undispensed,
        context.as_of,
        context.language,
        text,
    );
    details.extend(dosage_words(row, text));
    if row.supply.kind == Kind::Occasional {
        details.extend(
            medication
                .quantity
                .as_ref()
                .and_then(amount)
                .map(|amount| (text.amount)(&amount)),
        );
    }
    if medication.act == Act::Dispensed && drug_rows::prescriber(row).facility != origin.facility {
        details.extend(origin.facility.as_deref().map(text.pharmacy));
    }
    details.extend(
        medication
            .reason_stopped
            .as_deref()
            .map(text.stopped_because),
    );
    details.extend(medication.notes.iter().map(|note| (text.note)(note)));
    details
}

fn heading(group: Group, text: &DrugWords) -> &'static str {
    match group {
        Group::Antithrombotic => (text.class)(Class::Antithrombotic),
        Group::Current => text.current,
        Group::Ended => text.ended,
        Group::Occasional => text.external,
        Group::Unknown => text.unknown,
        Group::Undispensed => text.undispensed,
    }
}

fn tags(row: &Row<'_>, same: usize, text: &DrugWords) -> Vec<Tag> {
    let medication = row.base.medication;
    let alarm = |tone: Tone| {
        if row.base.is_valid() {
            tone
        } else {
            Tone::Past
        }
    };
    let mut tags = status_tags(medication, alarm(Tone::Warning), text);
    for class in &row.base.identity.classes {
        let tone = if *class == Class::Antithrombotic {
            Tone::Danger
        } else {
            Tone::Warning
        };
        tags.push(tag(alarm(tone), (text.class)(*class)));
    }
    if row.undispensed {
        tags.push(tag(Tone::Warning, text.undispensed));
    }
    if same > 1 {
        tags.push(tag(Tone::Warning, (text.same_ingredient)(same)));
    }
    if !row.base.piece.record.unreadable.is_empty() {
        tags.push(tag(Tone::Warning, text.field_unreadable));
    }
    tags
}

/// JP-CLINS sends `completed` always: it says nothing of "still taking" and has no word here.
fn status_tags(medication: &Medication, tone: Tone, text: &DrugWords) -> Vec<Tag> {
    let mut tags = Vec::new();
    if let Some(status) = medication.status.as_deref() {
        match (text.status)(status) {
            Some(word) => tags.push(tag(tone, word)),
            None if matches!(status, "active" | "completed") => {}
            None => tags.push(tag(Tone::Warning, (text.status_as_sent)(status))),
        }
    }
    if matches!(
        medication.intent.as_deref(),
        Some("proposal" | "plan" | "option")
    ) {
        tags.push(tag(tone, text.not_an_order));
    }
    tags
}

/// The dosage in the sender's words; of merged resources only what the row does not yet say.
fn dosage_words(row: &Row<'_>, text: &DrugWords) -> Vec<String> {
    let uneven = single_dose(row.base.medication).is_none();
    let mut words: Vec<String> = Vec::new();
    for dosage in std::iter::once(&row.base)
        .chain(&row.merged)
        .flat_map(|line| &line.medication.dosages)
    {
        let said = one_dosage(dosage, uneven, text);
        if !said.is_empty() && !words.contains(&said) {
            words.push(said);
        }
    }
    words
}

/// The dose where every instruction has the same one; else each instruction names its own.
fn single_dose(medication: &Medication) -> Option<String> {
    let mut doses = medication
        .dosages
        .iter()
        .filter_map(|dosage| dosage.dose.as_ref());
    let first = doses.next()?;
    amount(first).filter(|_| doses.all(|other| other == first))
}

fn one_dosage(dosage: &Dosage, uneven: bool, text: &DrugWords) -> String {
    let coded = dosage.timing.as_ref().and_then(words_of).map(str::to_owned);
    let sent = dosage.text.clone().filter(|sent| !sent.trim().is_empty());
    let mut parts: Vec<String> = Vec::new();
    if let Some(sent) = sent {
        parts.extend(dosage.dose.as_ref().filter(|_| uneven).and_then(amount));
        parts.push(sent);
    } else {
        parts.extend(dosage.dose.as_ref().and_then(amount));
        parts.extend(coded);
        parts.extend(dosage.route.as_ref().and_then(words_of).map(str::to_owned));
    }
    parts.extend(
        dosage
            .daily
            .as_ref()
            .and_then(amount)
            .map(|dose| (text.daily)(&dose)),
    );
    match (&dosage.as_needed_for, dosage.as_needed) {
        (Some(what), _) => parts.push((text.as_needed_for)(what)),
        (None, true) => parts.push(text.as_needed.to_owned()),
        (None, false) => {}
    }
    parts.extend(dosage.instructions.iter().cloned());
    parts.dedup();
    parts.join(" ")
}

/// Number and unit with a no-break space between, digits as sent.
fn amount(quantity: &Quantity) -> Option<String> {
    let number = quantity
        .number
        .as_ref()
        .map(crate::domain::quantity::Number::written);
    let comparator = quantity.comparator.as_deref().unwrap_or_default();
    let parts: Vec<&str> = number.into_iter().chain(quantity.unit.as_deref()).collect();
    (!parts.is_empty()).then(|| format!("{comparator}{}", parts.join("\u{a0}")))
}

/// What belongs under the list whatever it holds.
fn notes(drugs: &[Identity], text: &DrugWords) -> Vec<String> {
    let unclassified = drugs
        .iter()
        .filter(|drug| drug.nine().is_none() && drug.classes.is_empty())
        .count();
    let count = (unclassified > 0).then(|| (text.unclassified)(unclassified));
    std::iter::once(text.intake_unknown.to_owned())
        .chain(count)
        .collect()
}
