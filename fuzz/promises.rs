//! What must hold whatever bytes come: no panic, one fate for every resource, counts that add up, a
//! row with words for everything shown, and nothing of a section that is forbidden.

use std::sync::Arc;

use crate::{
    domain::{
        assemble::{Answer, Outcome, Request, Windows, assemble, choose_patient},
        record::Records,
        section::{Fate, Freshness, Language, Look, SectionName, SourceName},
        summary::Summary,
    },
    fhir::{Form, read, read_page},
};

/// Reads `bytes` in `form` and assembles what came in every way that a page may ask for.
pub fn hold_for_a_file(bytes: &[u8], form: Form) {
    if let Ok(records) = read(bytes, form, 1) {
        hold(&Arc::new(records), None);
    }
}

/// Reads `bytes` as a source's answer to a search and assembles what came.
pub fn hold_for_a_page(bytes: &[u8]) {
    if let Ok(page) = read_page(bytes, 1) {
        hold(&Arc::new(page.records), Some(SourceName::Emr));
    }
}

fn hold(records: &Arc<Records>, source: Option<SourceName>) {
    let came = records.records.len();
    let chosen = choose_patient(records, None);
    let answer = Answer {
        source,
        subject: chosen.as_ref().map(|(reference, _)| reference.clone()),
        subject_optional: chosen.is_none(),
        outcome: Outcome::Answered {
            records: Arc::clone(records),
            at: chrono::DateTime::UNIX_EPOCH,
            freshness: Freshness::Fresh,
            more_at_source: Vec::new(),
            failed: Vec::new(),
        },
    };
    let windows = Windows::default();
    let looks = [
        (Look::Emergency, Language::Ja),
        (Look::Normal, Language::En),
    ];
    for (look, language) in looks {
        for forbidden in [&[][..], &SectionName::ALL] {
            let summary = assemble(
                &Request {
                    patient: chosen.as_ref().and_then(|(_, patient)| patient.as_ref()),
                    as_of: chrono::NaiveDate::from_ymd_opt(2025, 12, 31).unwrap_or_default(),
                    look,
                    language,
                    windows: &windows,
                    forbidden,
                    hides_covered: !forbidden.is_empty(),
                    viewer_facility: None,
                    files: source.is_none(),
                },
                std::slice::from_ref(&answer),
            );
            adds_up(&summary, came);
            if !forbidden.is_empty() {
                let rows = summary.sections.values().map(|section| section.items.len());
                assert_eq!(rows.sum::<usize>(), 0, "a forbidden section has no row");
            }
        }
    }
}

fn adds_up(summary: &Summary, came: usize) {
    let counted = &summary.accounting;
    assert_eq!(counted.resources, came, "every resource is counted");
    assert_eq!(counted.entries.len(), came, "and has one entry");
    let fates = [
        (Fate::Shown, counted.shown),
        (Fate::Merged, counted.merged),
        (Fate::Superseded, counted.superseded),
        (Fate::OutsideWindow, counted.outside_window),
        (Fate::Withheld, counted.withheld),
        (Fate::NotForThisScreen, counted.not_for_this_screen),
        (Fate::Unreadable, counted.unreadable),
    ];
    for (fate, count) in fates {
        let listed = counted.entries.iter().filter(|entry| entry.fate == fate);
        assert_eq!(listed.count(), count, "{fate:?}");
    }
    assert_eq!(summary.sections.len(), SectionName::ALL.len());
    for section in summary.sections.values() {
        assert!(
            section
                .items
                .iter()
                .all(|item| !item.text.trim().is_empty())
        );
    }
}
