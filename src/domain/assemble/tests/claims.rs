//! What claims say late, and what stands in two sections.

use super::*;
use crate::domain::{document::Document, summary::SourceState, words::records};

#[test]
fn claims_sections_say_that_claims_lag_and_others_do_not() {
    let asked = [
        answer(Some(SourceName::Emr), Vec::new()),
        answer(Some(SourceName::Claims), Vec::new()),
    ];
    let summary = summary(&asked);
    for name in SectionName::ALL {
        let late = records::claims_late(name, Language::Ja);
        let notes = &section(&summary, name).notes;
        assert_eq!(
            notes.iter().any(|note| note.contains("約1.5か月")),
            late.is_some(),
            "{name:?}: {notes:?}"
        );
    }
    for name in [
        SectionName::Operations,
        SectionName::Dialysis,
        SectionName::Visits,
        SectionName::Procedures,
    ] {
        assert!(records::claims_late(name, Language::En).is_some());
    }
    // Without an answer from claims there is nothing that lags.
    let alone = super::summary(&asked[..1]);
    for name in SectionName::ALL {
        let notes = &section(&alone, name).notes;
        assert!(
            !notes.iter().any(|note| note.contains("約1.5か月")),
            "{name:?}"
        );
    }
}

#[test]
fn the_reference_to_a_letter_that_must_not_be_delivered_is_held_with_it() {
    let letter = |id: &str, title: &str, by_reference| {
        let letter = Document {
            kind: coded("", "http://loinc.org", "57133-1"),
            title: Some(title.to_owned()),
            date: date("2026-10-01"),
            by_reference,
            ..Document::default()
        };
        record(id, Content::Document(Box::new(letter)))
    };
    let mut held = letter("Composition/1", "紹介状（秘匿）", false);
    held.tags.push(Coding {
        code: Some("UNDELIVERED".to_owned()),
        ..Coding::default()
    });
    let mut other = letter("DocumentReference/2", "別の日の控え", true);
    if let Content::Document(document) = &mut other.content {
        document.date = date("2026-10-02");
    }
    let copy = letter("DocumentReference/1", "紹介状の控え（秘匿）", true);
    let summary = summary(&[answer(Some(SourceName::Emr), vec![copy, held, other])]);
    let documents = section(&summary, SectionName::Documents);
    let titles: Vec<_> = documents.items.iter().map(|item| &item.title).collect();
    assert_eq!(titles, ["別の日の控え"]);
    assert!(!format!("{summary:?}").contains("秘匿"));
    assert_eq!(fate(&summary, "DocumentReference/1"), Fate::Withheld);
    assert_eq!(summary.accounting.on_screen(), 1);
}

fn report(id: &str) -> Record {
    let report = Document {
        kind: coded("健診結果報告書", "http://loinc.org", "53576-5"),
        date: date("2026-01-26"),
        status: Some("final".to_owned()),
        ..Document::default()
    };
    record(id, Content::Document(Box::new(report)))
}

#[test]
fn the_report_of_a_check_up_is_a_day_and_a_document() {
    let id = "Composition/1";
    let whole = summary(&[answer(Some(SourceName::Emr), vec![report(id)])]);
    assert_eq!(
        section(&whole, SectionName::Checkups).items[0].title,
        "健診"
    );
    let document = &section(&whole, SectionName::Documents).items[0];
    assert_eq!(document.title, "健診結果報告書");
    assert_eq!(fate(&whole, id), Fate::Shown);
    assert_eq!(whole.accounting.resources, 1);

    // A source that carries no documents gives the day alone.
    let day = summary(&[answer(Some(SourceName::Claims), vec![report(id)])]);
    assert_eq!(section(&day, SectionName::Checkups).items.len(), 1);
    assert!(section(&day, SectionName::Documents).items.is_empty());

    // Where the documents are forbidden the day is still shown.
    let answers = [answer(Some(SourceName::Emr), vec![report(id)])];
    let crew = summary_of(&answers, |request| {
        request.forbidden = &[SectionName::Documents];
    });
    assert_eq!(section(&crew, SectionName::Checkups).items.len(), 1);
    assert!(section(&crew, SectionName::Documents).items.is_empty());
    assert_eq!(fate(&crew, id), Fate::Shown);
}

#[test]
fn what_was_not_consented_to_is_withheld_without_saying_how_much_of_it_came() {
    let not_asked = |source| Answer {
        outcome: Outcome::Forbidden,
        ..answer(Some(source), Vec::new())
    };
    let answers = [
        answer(Some(SourceName::Claims), vec![report("Composition/1")]),
        not_asked(SourceName::Emr),
        not_asked(SourceName::Eprescription),
    ];
    let consented = summary_of(&answers, |request| {
        request.forbidden = &[SectionName::Checkups, SectionName::Documents];
    });
    // The drugs are consented to; what was not asked for them is still the least certain.
    for name in [
        SectionName::Checkups,
        SectionName::Documents,
        SectionName::Drugs,
    ] {
        let section = section(&consented, name);
        assert_eq!(section.partial, None, "{name:?}");
        let said = format!("{:?}{:?}", section.notes, section.sources);
        assert!(
            !said.contains("件") && section.items.is_empty(),
            "{name:?} {said}"
        );
        // A source that is not asked did not fail.
        let emr = |one: &&SourceState| one.source == SourceName::Emr;
        let emr = section.sources.iter().find(emr).unwrap();
        assert_eq!(emr.state, State::Withheld, "{name:?}");
        assert!(emr.why.as_deref().unwrap().contains("同意の範囲外"));
        assert_eq!(section.state, State::Withheld, "{name:?}");
    }
    assert_eq!(fate(&consented, "Composition/1"), Fate::Withheld);
    assert_eq!(consented.accounting.resources, 1);
    assert_eq!(consented.accounting.on_screen(), 0);
}
