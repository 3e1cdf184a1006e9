//! Sentences of the banner that concern the whole page.

use std::collections::BTreeSet;

use crate::domain::{
    date::Date,
    problem::Problem,
    record::Content,
    summary::{Header, Notice, Tone},
    visit::Visit,
    words::{self, states::StateWords},
};

use super::{Request, header, piece::Piece, routing::Routed, rows, subject::Doubt};

/// All of them. A source's own record of death, a discharge by death and a disease that
/// ended in death are records of death too.
pub(super) fn notices(
    request: &Request<'_>,
    routed: &Routed<'_>,
    header: &mut Header,
) -> Vec<Notice> {
    let text = words::states::words(request.language);
    let mut notices: Vec<Notice> = header
        .death
        .iter()
        .map(|death| header::death_notice(death))
        .collect();
    let elsewhere = deaths_at_sources(request, routed, text);
    for death in elsewhere
        .into_iter()
        .chain(deaths_in_records(request, routed, text))
    {
        notices.push(header::death_notice(&death));
        header.death.get_or_insert(death);
    }
    let mut warn = |text: String| {
        notices.push(Notice {
            tone: Tone::Warning,
            text,
        });
    };
    if request.patient.is_none() {
        warn(text.no_patient.to_owned());
    }
    let unread: Vec<&str> = routed
        .banner
        .iter()
        .flat_map(|record| &record.unreadable)
        .map(|field| field.path.as_str())
        .collect();
    if !unread.is_empty() {
        warn((text.patient_unreadable)(&unread.join(text.separator)));
    }
    for doubt in doubts(request, routed, text) {
        warn(doubt);
    }
    let counted = [
        (routed.banner_differs, text.patient_differs),
        (routed.other_patient, text.other_patient),
        (routed.no_subject, text.no_subject),
        (routed.unreadable_anywhere, text.unreadable_anywhere),
    ];
    for (count, words) in counted {
        if count > 0 {
            warn(words(count));
        }
    }
    notices
}

/// B2, and a name that is another one: each said once, with the source that says so.
fn doubts(request: &Request<'_>, routed: &Routed<'_>, text: &StateWords) -> BTreeSet<String> {
    let said = words::patient::words(request.language);
    let sentences = routed.doubts.iter().map(|(source, doubt)| {
        let source = (text.source)(*source);
        match doubt {
            Doubt::Branch(own, their) => (said.other_branch)(source, own, their),
            Doubt::Name(name) => (said.other_name)(source, name),
        }
    });
    sentences.collect()
}

/// What a source's own Patient says of a death that the patient asked for does not say so.
fn deaths_at_sources(
    request: &Request<'_>,
    routed: &Routed<'_>,
    text: &StateWords,
) -> BTreeSet<String> {
    let known = request.patient.and_then(|patient| patient.death);
    routed
        .deaths
        .iter()
        .filter(|(_, death)| Some(*death) != known)
        .map(|(source, death)| {
            words::patient::death(*death, (text.source)(*source), request.language)
        })
        .collect()
}

/// HL7 discharge disposition `exp`, or 死亡 in its words or in the outcome of a disease.
fn deaths_in_records(
    request: &Request<'_>,
    routed: &Routed<'_>,
    text: &StateWords,
) -> BTreeSet<String> {
    routed
        .pieces
        .iter()
        .filter(|(section, _)| !request.forbidden.contains(section))
        .flat_map(|(_, pieces)| pieces)
        .filter_map(|piece| death_said_in(piece, request, text))
        .collect()
}

/// What a piece says of a death: how it is said and when it was.
type Death = (fn(&str) -> String, Option<Date>);

fn death_said_in(piece: &Piece<'_>, request: &Request<'_>, text: &StateWords) -> Option<String> {
    let said = words::patient::words(request.language);
    let (sentence, when): Death = match &piece.record.content {
        Content::Visit(visit) if is_discharge_by_death(visit) => {
            (said.death_discharge, visit.ends.or(visit.starts))
        }
        Content::Problem(problem) if is_outcome_death(piece, problem) => {
            (said.death_outcome, problem.abatement)
        }
        Content::Patient(_)
        | Content::Allergy(_)
        | Content::Observation(_)
        | Content::Medication(_)
        | Content::Procedure(_)
        | Content::Document(_)
        | Content::Visit(_)
        | Content::Problem(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => return None,
    };
    let when = when.map_or(said.death_date_unknown.to_owned(), |date| date.to_string());
    let facility = piece.record.origin.facility.clone();
    let source = (text.source)(piece.source).to_owned();
    let known: Vec<String> = [Some(when), facility, Some(source)]
        .into_iter()
        .flatten()
        .collect();
    Some(sentence(&known.join(text.separator)))
}

/// Whether the outcome of a disease is 死亡; what is refuted or not to be shown says nothing.
fn is_outcome_death(piece: &Piece<'_>, problem: &Problem) -> bool {
    let is_void = matches!(
        problem.verification.as_deref(),
        Some("refuted" | "entered-in-error")
    ) || rows::is_indicated(piece.record, "UNDELIVERED");
    let is_death = problem
        .outcome
        .as_deref()
        .is_some_and(|outcome| outcome.contains("死亡"));
    is_death && !is_void
}

/// Whether a visit ended in death.
fn is_discharge_by_death(visit: &Visit) -> bool {
    let disposition = visit
        .disposition
        .as_ref()
        .filter(|_| visit.status.as_deref() != Some("entered-in-error"));
    let Some(disposition) = disposition else {
        return false;
    };
    let is_coded = disposition
        .codings
        .iter()
        .any(|coding| coding.code.as_deref() == Some("exp"));
    let is_named = disposition
        .text
        .as_deref()
        .is_some_and(|words| words.contains("死亡"));
    is_coded || is_named
}
