//! An estimated GFR, computed where none was sent and nothing speaks against it (B11).

use crate::domain::{
    patient::Sex,
    quantity::Number,
    record::Content,
    section::{SectionName, SourceName},
    summary::{Item, Tone},
    words::labs::labs,
};

use super::{
    Answer, Outcome, Request,
    lab_items::{Group, LabItem, find_coded, item_named},
    lab_ranges::Person,
    lab_rows::is_unit_in_doubt,
    labs::{Line, Test},
    piece::{Context, Piece},
    routing::Routed,
    rows,
    units::{folded_unit, unit_of},
};

/// The equation is for adults.
const ADULT: u32 = 18;
/// 1 mg/dL of creatinine is 88.4 μmol/L (molar mass 113.12 g/mol).
const MICROMOL_PER_MG_PER_DL: f64 = 88.4;
/// Serum creatinine beyond this (mg/dL) is another material or another unit.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 0.1..=25.0;
/// Words of diagnoses, departments and facilities that speak of dialysis.
const DIALYSIS: [&str; 4] = ["透析", "人工腎臓", "dialysis", "esrd"];
/// ICD-10 codes that do.
const DIALYSIS_ICD10: [&str; 3] = ["Z49", "Z992", "Z99.2"];

/// Whether it is known that no record speaks of dialysis: what would speak of it came whole, may be
/// seen, and does not. Claims lag, so the row says itself that it means nothing in dialysis.
pub(super) fn dialysis_ruled_out(
    request: &Request<'_>,
    answers: &[Answer],
    routed: &Routed<'_>,
) -> bool {
    const WHERE: [SectionName; 2] = [SectionName::Dialysis, SectionName::Procedures];
    let is_whole = |answer: &Answer| match &answer.outcome {
        Outcome::Answered {
            more_at_source,
            failed,
            ..
        } => {
            let missing = |section: &SectionName| {
                more_at_source.contains(section) || failed.iter().any(|(name, _)| name == section)
            };
            !WHERE.iter().any(missing)
        }
        Outcome::Failed { .. } | Outcome::Forbidden | Outcome::Coming => false,
    };
    let came = answers.iter().any(|answer| {
        let speaks =
            answer.source == Some(SourceName::Claims) || (request.files && answer.source.is_none());
        speaks && is_whole(answer)
    });
    let unread = routed
        .unreadable
        .keys()
        .any(|(section, _)| WHERE.contains(section));
    let dialysed = routed
        .pieces
        .iter()
        .any(|(section, pieces)| *section == SectionName::Dialysis && !pieces.is_empty());
    let spoken_of = routed.pieces.values().flatten().any(speaks_of_dialysis);
    let hidden = request.forbidden.contains(&SectionName::Dialysis);
    came && !unread && !dialysed && !spoken_of && !hidden
}

/// A diagnosis, a department or a facility of dialysis.
fn speaks_of_dialysis(piece: &Piece<'_>) -> bool {
    let origin = &piece.record.origin;
    let mut words: Vec<&str> = origin
        .facility
        .iter()
        .chain(&origin.department)
        .map(String::as_str)
        .collect();
    let mut codes = Vec::new();
    if let Content::Problem(problem) = &piece.record.content {
        words.extend(problem.name.text.as_deref());
        words.extend(
            problem
                .prefixes
                .iter()
                .chain(&problem.postfixes)
                .map(String::as_str),
        );
        for coding in &problem.name.codings {
            words.extend(coding.display.as_deref());
            codes.extend(coding.code.as_deref());
        }
    }
    let named = words.iter().any(|word| {
        let word = word.to_lowercase();
        DIALYSIS.iter().any(|dialysis| word.contains(dialysis))
    });
    named
        || codes.iter().any(|code| {
            DIALYSIS_ICD10
                .iter()
                .any(|dialysis| code.starts_with(dialysis))
        })
}

/// The row, from the latest creatinine: never from an older one where the latest cannot be used, and
/// none where an eGFR was sent that is as new.
pub(super) fn computed<'t, 'p: 't, 'a: 'p>(
    tests: impl Iterator<Item = &'t Test<'p, 'a>>,
    context: &Context<'_>,
) -> Option<Line> {
    if !context.dialysis_ruled_out {
        return None;
    }
    let (creatinine, egfr) = (item_named("Creatinine")?, item_named("eGFR")?);
    let of = |test: &Test<'_, '_>, item: &LabItem| {
        test.item.is_some_and(|found| found.place == item.place)
    };
    let mut valued: Vec<&Test<'_, '_>> = Vec::new();
    let mut sent = None;
    for test in tests.filter(|test| test.value.is_there || !test.observation.components.is_empty())
    {
        if of(test, creatinine) {
            valued.push(test);
        } else if of(test, egfr) {
            sent = sent.max(test.day());
        }
    }
    let latest = latest_of_its_moment(&valued)?;
    let day = latest.day().filter(|day| *day <= context.as_of)?;
    if sent.is_some_and(|sent| sent >= day) {
        return None;
    }
    let gfr = equation(mg_per_dl(latest)?, latest, context)?;
    Some(Line {
        place: (Group::Renal, egfr.place),
        item: row(egfr, gfr, latest, context),
        blood_group: None,
    })
}

/// The latest result, if no other that may be as late says another thing: one of the same instant,
/// one of the same day without a time, one without a date.
fn latest_of_its_moment<'t, 'p, 'a>(valued: &[&'t Test<'p, 'a>]) -> Option<&'t Test<'p, 'a>> {
    let latest = valued.iter().max_by_key(|test| rows::moment(test.date))?;
    let may_be_as_late = |test: &Test<'_, '_>| {
        test.date.is_none_or(|date| {
            let has_time = rows::time_of_day(date).is_some();
            Some(date.last_day()) == latest.day() && (!has_time || test.date == latest.date)
        })
    };
    let agree = valued
        .iter()
        .filter(|test| may_be_as_late(test))
        .all(|test| test.value.words == latest.value.words);
    agree.then_some(*latest)
}

/// The creatinine in mg/dL, if it is a final number in a unit that is known, of a test that a code
/// says is one of blood.
fn mg_per_dl(test: &Test<'_, '_>) -> Option<f64> {
    if !test.is_plain() || is_unit_in_doubt(test) || find_coded(&test.observation.code).is_none() {
        return None;
    }
    let quantity = test.quantity()?;
    let number = quantity.number.as_ref().map(Number::value)?;
    let in_mg = match folded_unit(unit_of(quantity)?).as_str() {
        "mg/dl" => number,
        "umol/l" => number / MICROMOL_PER_MG_PER_DL,
        _ => return None,
    };
    PLAUSIBLE.contains(&in_mg).then_some(in_mg)
}

/// 194 × Cr^-1.094 × age^-0.287 (× 0.739 for women), in mL/min/1.73 m²: the equation of the Japanese
/// Society of Nephrology (Matsuo S et al., Am J Kidney Dis 2009;53:982-992), for adults.
fn equation(creatinine: f64, test: &Test<'_, '_>, context: &Context<'_>) -> Option<f64> {
    let years = Person::on(test.day(), context)
        .years()
        .filter(|years| *years >= ADULT)?;
    let of_sex = match context.sex? {
        Sex::Male => 1.0,
        Sex::Female => 0.739,
        Sex::Other | Sex::Unknown => return None,
    };
    let gfr = 194.0 * creatinine.powf(-1.094) * f64::from(years).powf(-0.287) * of_sex;
    gfr.is_finite().then_some(gfr)
}

fn row(egfr: &LabItem, gfr: f64, from: &Test<'_, '_>, context: &Context<'_>) -> Item {
    let words = labs(context.language);
    let mut item = rows::begin(from.piece);
    let date = from.date.map(|date| date.to_string()).unwrap_or_default();
    egfr.name(context.language).clone_into(&mut item.title);
    item.group = Some(Group::Renal.heading(context.language).to_owned());
    item.value = Some(format!("{gfr:.0}{}mL/min/1.73m2", rows::NO_BREAK));
    item.tags.push(rows::tag(Tone::Info, words.estimated));
    item.details
        .extend(from.date.map(|date| rows::age(date, context)));
    item.details
        .push((words.estimated_from)(&from.value.words, &date));
    item.details.push(words.estimated_limits.to_owned());
    item.date = Some(date);
    rows::complete(item)
}

#[cfg(test)]
#[path = "egfr_tests.rs"]
mod tests;
