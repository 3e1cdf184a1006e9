//! Windows at their edges, and what each role sees of them.

use super::*;
use crate::domain::assemble::Span;

/// A visit of claims that began and ended then.
fn visit(id: &str, when: &str) -> Record {
    let visit = Visit {
        types: vec![text("内科")],
        starts: date(when),
        ends: date(when),
        status: Some("finished".to_owned()),
        ..Visit::default()
    };
    record(&format!("Encounter/{id}"), Content::Visit(Box::new(visit)))
}

fn fate_of(when: &str, as_of: &str, look: Look) -> Fate {
    let answers = [answer(Some(SourceName::Claims), vec![visit("1", when)])];
    let summary = summary_of(&answers, |request| {
        request.as_of = as_of.parse().unwrap();
        request.look = look;
    });
    let counted = section(&summary, SectionName::Visits)
        .partial
        .as_ref()
        .map_or(0, |partial| partial.outside_window);
    let fate = fate(&summary, "Encounter/1");
    assert_eq!(
        counted,
        usize::from(fate == Fate::OutsideWindow),
        "{when}: it is counted"
    );
    fate
}

#[test]
fn a_window_begins_at_midnight_in_japan_and_its_first_day_is_inside() {
    use Fate::{OutsideWindow as Out, Shown as In};
    for (when, as_of, expected) in [
        ("2025-08-20", "2025-11-20", In),
        ("2025-08-19", "2025-11-20", Out),
        // 23:59 and 00:01 in Japan.
        ("2025-08-19T14:59:00Z", "2025-11-20", Out),
        ("2025-08-19T15:01:00Z", "2025-11-20", In),
        ("2025-08-19T23:59:00+09:00", "2025-11-20", Out),
        ("2025-08-20T00:01:00+09:00", "2025-11-20", In),
        // The ends of months, and a leap year.
        ("2025-02-28", "2025-05-31", In),
        ("2025-02-27", "2025-05-31", Out),
        ("2024-02-29", "2024-05-31", In),
        ("2024-02-28", "2024-05-31", Out),
        ("2024-02-29", "2024-05-29", In),
        // Inside if any day that is meant may be.
        ("2025-08", "2025-11-20", In),
        ("2025-07", "2025-11-20", Out),
        ("2025", "2025-11-20", In),
        ("2024", "2025-11-20", Out),
        // What is of today or later is not old.
        ("2025-11-20", "2025-11-20", In),
    ] {
        assert_eq!(
            fate_of(when, as_of, Look::Emergency),
            expected,
            "{when} on {as_of}"
        );
    }
    assert_eq!(fate_of("2020-11-20", "2025-11-20", Look::Normal), In);
    assert_eq!(fate_of("2020-11-19", "2025-11-20", Look::Normal), Out);
    assert_eq!(fate_of("2019-02-28", "2024-02-29", Look::Normal), In);
}

#[test]
fn a_window_of_the_configuration_counts_in_place_of_the_default() {
    for (span, expected) in [
        (Span::Days(10), Fate::OutsideWindow),
        (Span::All, Fate::Shown),
    ] {
        let mut windows = Windows::default();
        windows.set(SectionName::Visits, SourceName::Claims, span, Span::All);
        let answers = [answer(
            Some(SourceName::Claims),
            vec![visit("1", "2025-10-01")],
        )];
        let summary = summary_of(&answers, |request| {
            request.windows = Box::leak(Box::new(windows));
        });
        assert_eq!(fate(&summary, "Encounter/1"), expected, "{span:?}");
    }
}

#[test]
fn a_source_that_may_not_be_seen_is_withheld_and_said_beside_the_rows_of_others() {
    let dispensed = drug(
        "1",
        text("アムロジピン錠5mg"),
        Act::Dispensed,
        "2025-11-01",
        30,
    );
    let claims = answer(Some(SourceName::Claims), vec![drug_record(dispensed)]);
    let forbidden = |source| Answer {
        outcome: Outcome::Forbidden,
        ..answer(Some(source), Vec::new())
    };
    let summary = summary(&[
        forbidden(SourceName::Emr),
        forbidden(SourceName::Eprescription),
        claims,
    ]);
    let drugs = section(&summary, SectionName::Drugs);
    assert_eq!(drugs.state, State::Present);
    let states: Vec<State> = drugs.sources.iter().map(|source| source.state).collect();
    assert_eq!(states, [State::Withheld, State::Withheld, State::Present]);
    assert!(
        drugs
            .notes
            .iter()
            .any(|note| note.starts_with("電子処方箋 非表示")),
        "{:?}",
        drugs.notes
    );
    assert!(
        drugs
            .partial
            .as_ref()
            .is_none_or(|partial| partial.sources_missing.is_empty()),
        "withheld is not missing"
    );
    assert_eq!(section(&summary, SectionName::Labs).state, State::Withheld);
    assert_eq!(
        section(&summary, SectionName::Visits).state,
        State::ReportedEmpty
    );
    assert_eq!(summary.strip.state, State::Withheld);
}

#[test]
fn the_same_dispensing_from_two_sources_is_one_row_with_both_and_in_either_order() {
    let sent = |id: &str, source| {
        let dispensed = drug(
            id,
            coded("ワーファリン錠1mg", YJ, "3332001F1024"),
            Act::Dispensed,
            "2025-11-01",
            30,
        );
        answer(Some(source), vec![drug_record(dispensed)])
    };
    let (claims, eprescription) = (
        sent("c", SourceName::Claims),
        sent("e", SourceName::Eprescription),
    );
    let one = summary(&[claims.clone(), eprescription.clone()]);
    let other = summary(&[eprescription, claims]);
    for summary in [&one, &other] {
        let [row] = section(summary, SectionName::Drugs).items.as_slice() else {
            panic!("{:?}", section(summary, SectionName::Drugs).items);
        };
        let mut sources = row.also_from.clone();
        sources.extend(row.source);
        assert!(
            sources.contains(&SourceName::Claims) && sources.contains(&SourceName::Eprescription),
            "{row:?}"
        );
    }
    assert_eq!(
        section(&one, SectionName::Drugs).items,
        section(&other, SectionName::Drugs).items
    );
}
