//! How far each source was reached for each section.

use chrono::{DateTime, Utc};

use crate::domain::section::{Freshness, SectionName, SourceName};

use super::{Answer, Outcome, Request, routing::default_source, state::Reach};

/// The answers of `source` about `name`; files without a source count as the section's usual one.
fn answers_of(
    answers: &[Answer],
    name: SectionName,
    source: SourceName,
) -> impl Iterator<Item = &Answer> {
    answers
        .iter()
        .filter(move |answer| answer.source.unwrap_or(default_source(name)) == source)
}

/// How far `source` was reached for `name`. Of several answers the worst counts: a part that
/// failed is missing, whatever the other part brought.
pub(super) fn reach<'a>(
    request: &Request<'_>,
    answers: &'a [Answer],
    name: SectionName,
    source: SourceName,
) -> Reach<'a> {
    let mut worst: Option<Reach<'a>> = None;
    for answer in answers_of(answers, name, source) {
        let one = match &answer.outcome {
            Outcome::Forbidden => Reach::Forbidden,
            Outcome::Coming => Reach::Coming,
            Outcome::Failed { why, .. } => Reach::Failed(why),
            Outcome::Answered { failed, .. } => failed
                .iter()
                .find(|(section, _)| *section == name)
                .map_or(Reach::Answered, |(_, why)| Reach::Failed(why)),
        };
        worst = match (worst, one) {
            (Some(Reach::Coming), _) | (Some(Reach::Failed(_)), Reach::Answered) => worst,
            _ => Some(one),
        };
    }
    match worst {
        Some(reach) => reach,
        None if request.files => Reach::Answered,
        None => Reach::NotConnected,
    }
}

/// Whether `source` has more of `name` than was fetched.
pub(super) fn more(answers: &[Answer], name: SectionName, source: SourceName) -> bool {
    answers_of(answers, name, source).any(|answer| {
        matches!(&answer.outcome, Outcome::Answered { more_at_source, .. } if more_at_source.contains(&name))
    })
}

/// How old the answer is, and when it was received: of several the oldest counts.
pub(super) fn freshness(
    answers: &[Answer],
    name: SectionName,
    source: SourceName,
) -> (Freshness, Option<DateTime<Utc>>) {
    let known = answers_of(answers, name, source).map(|answer| match &answer.outcome {
        Outcome::Answered { at, freshness, .. } => (*freshness, Some(*at)),
        Outcome::Failed { at, .. } => (Freshness::Missing, Some(*at)),
        Outcome::Coming | Outcome::Forbidden => (Freshness::Missing, None),
    });
    known
        .max_by_key(|(freshness, at)| (*freshness, std::cmp::Reverse(*at)))
        .unwrap_or((Freshness::Missing, None))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{
        assemble::Windows,
        record::Records,
        section::{Language, Look},
    };

    fn answer(outcome: Outcome) -> Answer {
        Answer {
            source: Some(SourceName::Emr),
            subject: None,
            subject_optional: false,
            outcome,
        }
    }

    fn answered(freshness: Freshness, failed: bool, more: bool, hour: u32) -> Answer {
        let section = |yes: bool| yes.then_some(SectionName::Allergies);
        answer(Outcome::Answered {
            records: Arc::new(Records::default()),
            at: time(hour),
            freshness,
            more_at_source: section(more).into_iter().collect(),
            failed: section(failed)
                .map(|section| (section, "x".to_owned()))
                .into_iter()
                .collect(),
        })
    }

    fn time(hour: u32) -> DateTime<Utc> {
        format!("2025-11-20T{hour:02}:00:00Z").parse().unwrap()
    }

    fn failed() -> Answer {
        answer(Outcome::Failed {
            why: "y".to_owned(),
            at: time(1),
        })
    }

    #[test]
    fn of_several_answers_of_one_source_the_worst_counts() {
        let windows = Windows::default();
        let request = Request {
            patient: None,
            as_of: "2025-11-20".parse().unwrap(),
            look: Look::Emergency,
            language: Language::Ja,
            windows: &windows,
            forbidden: &[],
            hides_covered: false,
            viewer_facility: None,
            files: false,
        };
        let whole = || answered(Freshness::Fresh, false, false, 3);
        let stale = || answered(Freshness::Stale, false, true, 2);
        let (allergies, emr) = (SectionName::Allergies, SourceName::Emr);
        for (answers, expected) in [
            (vec![], Reach::NotConnected),
            (vec![whole(), stale()], Reach::Answered),
            (vec![whole(), failed()], Reach::Failed("y")),
            (vec![failed(), whole()], Reach::Failed("y")),
            (
                vec![whole(), answered(Freshness::Fresh, true, false, 3)],
                Reach::Failed("x"),
            ),
            (
                vec![whole(), answer(Outcome::Coming), failed()],
                Reach::Coming,
            ),
        ] {
            assert_eq!(
                reach(&request, &answers, allergies, emr),
                expected,
                "{answers:?}"
            );
        }
        let both = [whole(), stale()];
        assert_eq!(
            freshness(&both, allergies, emr),
            (Freshness::Stale, Some(time(2)))
        );
        assert!(more(&both, allergies, emr));
        assert!(!more(&both, SectionName::Drugs, emr));
        assert!(!more(&both, allergies, SourceName::Claims));
    }
}
