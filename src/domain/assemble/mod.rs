//! From the answers of the sources to the summary: pure, total, every resource accounted for.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

mod absent;
mod agent;
mod alike;
mod allergies;
mod allergy_rows;
mod arrival;
mod blood_groups;
mod checkups;
mod classify;
mod course;
mod cover;
mod cross;
mod denial;
mod dialysis;
mod disagreement;
mod documents;
mod drug_class;
mod drug_code;
mod drug_doubles;
mod drug_index;
mod drug_item;
mod drug_names;
mod drug_plain;
mod drug_rows;
mod drug_system;
mod drug_title;
mod drugs;
mod egfr;
mod forbid;
mod header;
mod hush;
mod infection_kinds;
mod infections;
mod lab_flags;
mod lab_items;
mod lab_names;
mod lab_ranges;
mod lab_rows;
mod labs;
mod notices;
mod operations;
pub mod piece;
mod problems;
mod procedure_rows;
mod procedures;
mod reach;
mod readings;
mod resent;
mod routing;
mod row;
mod rows;
#[cfg(test)]
mod rows_testing;
mod screen;
mod state;
mod state_notes;
mod statement;
mod strip;
mod subject;
mod supply;
mod tally;
#[cfg(test)]
mod tests;
mod units;
mod visits;
mod windows;

pub use windows::{Span, Windows};

pub use header::in_japanese_calendar;

use super::{
    document::Document,
    patient::Patient,
    record::{Content, Records},
    section::{Freshness, Language, Look, SectionName, SourceName},
    summary::{Item, Summary},
};

/// What to assemble, and for whom.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The patient asked for, as the identity source (or the files) say.
    pub patient: Option<&'a Patient>,
    /// The Japanese calendar day to count from.
    pub as_of: NaiveDate,
    /// Emergency or normal windows.
    pub look: Look,
    /// Language of every text.
    pub language: Language,
    /// Look-back windows.
    pub windows: &'a Windows,
    /// What the viewer's role and basis forbid (B17): shown as `withheld`.
    pub forbidden: &'a [SectionName],
    /// Whether rows that are covered (B16) are withheld from this viewer wholly (B17).
    pub hides_covered: bool,
    /// The viewer's facility number: documents addressed elsewhere are withheld.
    pub viewer_facility: Option<&'a str>,
    /// Whether the answers are files (`explain`): a section of which they say nothing is then
    /// `not_asked`, and only the sources that the files stand for are listed.
    pub files: bool,
}

/// One source's answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which source. `None` for files of mixed origin (`explain` without `--source`): each section
    /// then counts as coming from the source whose windows apply by default (claims for drugs,
    /// visits and procedures, emr for the rest).
    pub source: Option<SourceName>,
    /// The patient as this source names it (`Patient/id`): a clinical resource about anybody else
    /// is withheld. `None`: files that hold no patient at all.
    pub subject: Option<String>,
    /// Whether a missing subject is said but tolerated: only for files that hold a single resource
    /// and no patient.
    pub subject_optional: bool,
    /// What came.
    pub outcome: Outcome,
}

/// How a source's answer went.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It answered.
    Answered {
        /// What it said.
        records: Arc<Records>,
        /// When the answer was received.
        at: DateTime<Utc>,
        /// Fresh, or stale.
        freshness: Freshness,
        /// Sections for which the source has more than was fetched (paging limit).
        more_at_source: Vec<SectionName>,
        /// Sections whose own search failed while others succeeded, with why in words.
        failed: Vec<(SectionName, String)>,
    },
    /// It did not answer, or its answer was refused.
    Failed {
        /// Why, in words a reader understands.
        why: String,
        /// When that was decided.
        at: DateTime<Utc>,
    },
    /// It is still being asked.
    Coming,
    /// The viewer's role and basis may not see it (B17): it was not asked.
    Forbidden,
}

/// Assembles the summary. Every record of every answer has exactly one fate, in the order it came.
#[must_use]
pub fn assemble(request: &Request<'_>, answers: &[Answer]) -> Summary {
    screen::assemble(request, answers)
}

/// The rows of what the patient has not been told of (B16), section by section, which
/// [`assemble`] only counts. Nothing of a forbidden section is among them.
#[must_use]
pub fn uncover(request: &Request<'_>, answers: &[Answer]) -> Vec<(SectionName, Vec<Item>)> {
    cover::uncover(request, answers)
}

/// A document's row and what was sent of it.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// Its row, without the names of what is covered (B16).
    pub row: Item,
    /// Everything that was sent of it.
    pub documents: Vec<&'a Document>,
    /// Whether the patient has covered rows, which the text may name.
    pub protected: bool,
    /// Whether the text must not be shown: it may name what is hidden from this viewer (B17).
    pub withheld: bool,
}

/// The document `resource` as `source` sent it; `None` where [`assemble`] has no such row to open:
/// withheld, covered, forbidden, or not there.
#[must_use]
pub fn document<'a>(
    request: &Request<'_>,
    answers: &'a [Answer],
    resource: (SourceName, &str),
) -> Option<Letter<'a>> {
    cover::document(request, answers, resource)
}

/// The patient that `records` are about: the one `wanted` (`Patient/id` or `id`), else the first
/// Patient, else the first subject (a patient named by number alone is `system|number`). `None`
/// where nobody is named.
#[must_use]
pub fn choose_patient(
    records: &Records,
    wanted: Option<&str>,
) -> Option<(String, Option<Patient>)> {
    let patients = || {
        records
            .records
            .iter()
            .filter_map(|record| match &record.content {
                Content::Patient(patient) => Some((&record.resource, patient)),
                Content::Allergy(_)
                | Content::Problem(_)
                | Content::Observation(_)
                | Content::Medication(_)
                | Content::Procedure(_)
                | Content::Visit(_)
                | Content::Document(_)
                | Content::NotForThisScreen { .. }
                | Content::Unreadable { .. } => None,
            })
    };
    let reference = wanted
        .map(|wanted| {
            if wanted.contains('/') {
                wanted.to_owned()
            } else {
                format!("Patient/{wanted}")
            }
        })
        .or_else(|| patients().next().map(|(reference, _)| reference.clone()))
        .or_else(|| {
            records
                .records
                .iter()
                .find_map(|record| subject::named(&record.subject))
        })?;
    let patient = patients()
        .find(|(known, _)| **known == reference)
        .map(|(_, patient)| (**patient).clone());
    Some((reference, patient))
}
