//! One row of the drug list in words.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::{
    medication::{Act, Dosage, Medication},
    quantity::Quantity,
    section::SourceName,
    summary::{Item, Tag, Tone},
    text::folded,
    words::drugs::{Class, DrugWords},
};

use super::{
    drug_rows::{self, Changed, Row},
    drug_title::ingredient_name,
    drugs::Group,
    piece::Context,
    row::{complete, tag, words_of},
    supply::Kind,
};

/// The row in words: what, dose, usage, days, dispensed or prescribed or claimed, where from.
pub(super) fn item(
    row: &Row<'_>,
    group: Group,
    same: usize,
    context: &Context<'_>,
    text: &DrugWords,
) -> Item {
    let (base, record) = (&row.base, row.base.piece.record);
    let origin = drug_rows::prescriber(row);
    let medication = base.medication;
    let date = medication
        .dispensed
        .or(medication.authored)
        .or(row.supply.begins);
    let title = Some(title(row, text)).filter(|title| !title.is_empty());
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
        group: Some(group.heading(text)),
        title: title.unwrap_or_else(|| text.unnamed.to_owned()),
        value: single_dose(medication, text).as_deref().map(text.per_dose),
        details: details(row, context, text),
        tags: tags(row, same, context.as_of, text),
        past: !base.is_valid(),
        ..Item::default()
    })
}

/// When, and until when it lasts; what does not stand has a day, and never an end.
fn time_words(row: &Row<'_>, context: &Context<'_>, text: &DrugWords) -> Vec<String> {
    let (medication, supply) = (row.base.medication, &row.supply);
    let (as_of, language) = (context.as_of, context.language);
    if row.base.is_valid() {
        return supply.words(medication.act, row.undispensed, as_of, language, text);
    }
    let status = medication.status.as_deref();
    let happened =
        matches!(status, Some("stopped" | "on-hold" | "not-taken")) && !is_no_order(medication);
    let act = Some(medication.act).filter(|_| happened);
    let mut words = vec![supply.begun_words(act, as_of, language, text)];
    let is_amount = status != Some("do-not-perform") && supply.kind != Kind::Injection;
    words.extend(supply.days.filter(|_| is_amount).map(text.days));
    words
}

fn is_no_order(medication: &Medication) -> bool {
    matches!(
        medication.intent.as_deref(),
        Some("proposal" | "plan" | "option")
    )
}

fn details(row: &Row<'_>, context: &Context<'_>, text: &DrugWords) -> Vec<String> {
    let (medication, origin) = (row.base.medication, &row.base.piece.record.origin);
    let mut details = time_words(row, context, text);
    if row.base.piece.source == SourceName::Claims {
        details.push(text.claimed.to_owned());
    }
    details.extend(row.part.map(|(asked, given)| (text.part)(asked, given)));
    details.extend(dosage_words(row, text));
    details.extend(medication.doses.map(text.doses));
    let is_timeless = row.supply.days.is_none() && row.supply.reach().is_none();
    if is_timeless || matches!(row.supply.kind, Kind::External | Kind::AsNeeded) {
        let amount = medication.quantity.as_ref();
        let amount = amount.and_then(|amount| dose_words(amount, text));
        details.extend(amount.as_deref().map(text.amount));
    }
    let (parts, is_mixture) = unnamed_parts(row);
    if !is_mixture && !parts.is_empty() {
        details.push((text.ingredients)(&parts.join("、")));
    }
    details.extend(other_names(row, text));
    if medication.act == Act::Dispensed && drug_rows::prescriber(row).facility != origin.facility {
        details.extend(origin.facility.as_deref().map(text.pharmacy));
    }
    let codes = &row.base.identity.malformed;
    details.extend(codes.iter().map(|code| (text.malformed)(code)));
    let instructions = medication.dispensing.iter();
    details.extend(instructions.map(|words| (text.dispensing)(words)));
    details.extend(
        medication
            .reason_stopped
            .as_deref()
            .map(text.stopped_because),
    );
    details.extend(medication.notes.iter().map(|note| (text.note)(note)));
    details
}

/// The name; of a mixture also what its own name does not say.
fn title(row: &Row<'_>, text: &DrugWords) -> String {
    let title = &row.base.identity.title;
    let (parts, is_mixture) = unnamed_parts(row);
    if is_mixture && !title.is_empty() {
        (text.mixed_with)(title, &parts)
    } else {
        title.clone()
    }
}

/// The ingredients that the name does not hold, and whether they are products that were mixed in
/// (they bear a form or a strength) rather than what a product is made of.
fn unnamed_parts(row: &Row<'_>) -> (Vec<String>, bool) {
    const FORMS: [&str; 9] = [
        "注",
        "錠",
        "輸液",
        "点滴",
        "散",
        "カプセル",
        "液",
        "キット",
        "シリンジ",
    ];
    let title = folded(&row.base.identity.title);
    let stem = folded(&ingredient_name(&row.base.identity.title));
    let mut parts: Vec<String> = Vec::new();
    for coding in &row.base.medication.ingredients {
        let name = coding.display.as_deref().or(coding.code.as_deref());
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else {
            continue;
        };
        let is_named = title.contains(&folded(name)) || folded(&ingredient_name(name)) == stem;
        if !is_named && !parts.iter().any(|part| part == name) {
            parts.push(name.to_owned());
        }
    }
    // 配合錠 are products of their own, whose ingredients may be sent with their strengths.
    let is_mixture = !title.contains("配合")
        && parts.iter().any(|part| {
            part.chars().any(char::is_numeric) || FORMS.iter().any(|form| part.contains(form))
        });
    (parts, is_mixture)
}

/// What was prescribed under another name, or dispensed instead.
fn other_names(row: &Row<'_>, text: &DrugWords) -> Option<String> {
    let is_dispensed = row.base.medication.act == Act::Dispensed;
    if let Some(Changed::Surely(other)) = &row.changed {
        let words = if is_dispensed {
            text.prescribed_as
        } else {
            text.dispensed_as
        };
        return Some(words(other));
    }
    let requests = row.merged.iter();
    let mut requests = requests.filter(|line| line.medication.act == Act::Prescribed);
    let title = &requests.next().filter(|_| is_dispensed)?.identity.title;
    let is_other = folded(title) != folded(&row.base.identity.title) && !title.is_empty();
    is_other.then(|| (text.prescribed_as)(title))
}

fn tags(row: &Row<'_>, same: usize, as_of: NaiveDate, text: &DrugWords) -> Vec<Tag> {
    let (medication, identity) = (row.base.medication, &row.base.identity);
    let alarm = |tone: Tone| {
        if row.base.is_valid() {
            tone
        } else {
            Tone::Past
        }
    };
    let mut tags = status_tags(medication, alarm(Tone::Warning), text);
    for class in &identity.classes {
        let tone = if *class == Class::Antithrombotic {
            Tone::Danger
        } else {
            Tone::Warning
        };
        tags.push(tag(alarm(tone), (text.class)(*class)));
    }
    let day = medication.dispensed.or(medication.authored);
    let is_future = day.is_some_and(|day| day.first_day() > as_of);
    let said = [
        (identity.unclassified, Tone::Info, text.of_unknown_class),
        (is_future, Tone::Warning, text.future),
        (row.undispensed, Tone::Warning, text.undispensed),
        (
            row.supply.course.cycle.is_some(),
            Tone::Info,
            text.not_daily,
        ),
        (row.supply.course.stepwise, Tone::Info, text.stepwise),
    ];
    let said = said.into_iter().filter(|(is, _, _)| *is);
    tags.extend(said.map(|(_, tone, word)| tag(alarm(tone), word)));
    tags.extend(row.changed.as_ref().map(|changed| match changed {
        Changed::Surely(_) => tag(Tone::Warning, text.changed),
        Changed::Maybe => tag(Tone::Warning, text.maybe_changed),
    }));
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
    if is_no_order(medication) {
        tags.push(tag(tone, text.not_an_order));
    }
    tags
}

/// The dosage in the sender's words; of merged resources only what the row does not yet say. Steps
/// are counted and say their days.
fn dosage_words(row: &Row<'_>, text: &DrugWords) -> Vec<String> {
    let uneven = single_dose(row.base.medication, text).is_none();
    let stepwise = row.supply.course.stepwise;
    let mut words: Vec<String> = Vec::new();
    let mut steps: Vec<String> = Vec::new();
    for dosage in in_order(&row.base.medication.dosages) {
        let said = one_dosage(dosage, uneven, text);
        if stepwise {
            let days = dosage.days.or(dosage.bounds_days);
            let step = (text.step)(steps.len().saturating_add(1), days);
            steps.push(format!("{step} {said}"));
        }
        words.push(said);
    }
    let first = words.len();
    for dosage in row.merged.iter().flat_map(|line| &line.medication.dosages) {
        words.push(one_dosage(dosage, uneven, text));
    }
    let mut once: Vec<String> = Vec::new();
    let (of_base, of_merged) = words.split_at_checked(first).unwrap_or_default();
    let of_base = if stepwise { &steps } else { of_base };
    for said in of_base {
        if !said.is_empty() && !once.contains(said) {
            once.push(said.clone());
        }
    }
    for said in of_merged {
        let is_said = once.contains(said) || words.iter().take(first).any(|one| one == said);
        if !said.is_empty() && !is_said {
            once.push(said.clone());
        }
    }
    once
}

/// By `sequence`, then by first day, else as sent.
fn in_order(dosages: &[Dosage]) -> Vec<&Dosage> {
    let mut ordered: Vec<&Dosage> = dosages.iter().collect();
    ordered.sort_by_key(|one| (one.sequence, one.starts.map(|date| date.first_day())));
    ordered
}

/// The dose where every instruction has the same one; else each instruction names its own.
fn single_dose(medication: &Medication, text: &DrugWords) -> Option<String> {
    let mut doses = medication.dosages.iter().map(|dosage| dosage.dose.as_ref());
    let first = doses.next()??;
    dose_words(first, text).filter(|_| doses.all(|other| other == Some(first)))
}

/// A dose or an amount; a number without a unit says that it has none.
fn dose_words(dose: &Quantity, text: &DrugWords) -> Option<String> {
    let words = dose.dose()?;
    let unit = dose.unit.as_deref().map(str::trim);
    Some(if unit.is_none_or(str::is_empty) {
        (text.without_unit)(&words)
    } else {
        words
    })
}

fn one_dosage(dosage: &Dosage, uneven: bool, text: &DrugWords) -> String {
    let coded = dosage.timing.as_ref().and_then(words_of).map(str::to_owned);
    let sent = dosage.text.clone().filter(|sent| !sent.trim().is_empty());
    let dose = dosage.dose.as_ref();
    let dose = dose.and_then(|dose| dose_words(dose, text));
    let dose = dose.as_deref().map(text.per_dose);
    let mut parts: Vec<String> = Vec::new();
    if let Some(sent) = sent {
        parts.extend(dose.filter(|_| uneven));
        parts.push(sent);
    } else {
        parts.extend(dose);
        parts.extend(coded);
        parts.extend(dosage.route.as_ref().and_then(words_of).map(str::to_owned));
    }
    parts.extend(
        dosage
            .daily
            .as_ref()
            .and_then(|dose| dose_words(dose, text))
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
