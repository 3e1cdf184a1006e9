//! What the rows of the section `documents` must say.

use super::super::rows_testing::{built, context, date, record};
use super::*;
use crate::domain::{
    assemble::Windows,
    document::{Addressee, DocumentSection},
    record::{Record, UnreadableField},
};

const HERE: &str = "1312345678";

fn referral(number: Option<&str>) -> Document {
    Document {
        title: Some("診療情報提供書".to_owned()),
        status: Some("final".to_owned()),
        date: date("2026-10-01"),
        addressed_to: vec![Addressee {
            facility_number: number.map(str::to_owned),
            name: Some("宛先病院".to_owned()),
        }],
        sections: vec![DocumentSection {
            title: Some("紹介目的".to_owned()),
            ..DocumentSection::default()
        }],
        ..Document::default()
    }
}

fn section(document: Document, viewer: Option<&str>) -> Built {
    let windows = Windows::default();
    let context = Context {
        viewer_facility: viewer,
        ..context(&windows)
    };
    built(
        vec![record(Content::Document(Box::new(document)))],
        &context,
        build,
    )
}

#[test]
fn a_document_is_withheld_only_where_it_is_known_to_be_for_another_facility() {
    for (addressee, viewer, shown) in [
        (Some(HERE), Some(HERE), true),
        (Some("1399999999"), Some(HERE), false),
        (Some("1399999999"), None, true),
        (None, Some(HERE), true),
    ] {
        let section = section(referral(addressee), viewer);
        assert_eq!(
            section.items.len(),
            usize::from(shown),
            "{addressee:?} {viewer:?}"
        );
        assert_eq!(section.fates[0].1 == Fate::Withheld, !shown);
        assert_eq!(format!("{section:?}").contains("診療情報提供書"), shown);
    }
}

#[test]
fn restricted_documents_are_withheld_from_everybody() {
    for code in ["R", "V"] {
        let held = Document {
            confidentiality: Some(code.to_owned()),
            ..referral(None)
        };
        assert!(section(held, None).items.is_empty());
    }
    let normal = Document {
        confidentiality: Some("N".to_owned()),
        ..referral(None)
    };
    assert_eq!(section(normal, None).items.len(), 1);
}

#[test]
fn title_date_status_addressee_and_headings_are_said() {
    let section = section(referral(None), None);
    for part in [
        "診療情報提供書",
        "2026-10-01",
        "確定",
        "宛先病院",
        "紹介目的",
        "中央病院",
    ] {
        assert!(
            section.items[0].text.contains(part),
            "{part}: {}",
            section.items[0].text
        );
    }
    let mut draft = referral(None);
    draft.status = Some("preliminary".to_owned());
    assert!(
        super::tests::section(draft, None).items[0]
            .text
            .contains("未確定")
    );
}

fn reference(day: &str) -> Document {
    Document {
        title: Some("紹介状（写し）".to_owned()),
        status: Some("current".to_owned()),
        date: date(day),
        by_reference: true,
        ..Document::default()
    }
}

fn letter(kind: &str, document: Document) -> Record {
    record(Content::Document(Box::new(Document {
        kind: super::super::rows_testing::coded("http://loinc.org", kind, ""),
        ..document
    })))
}

fn rows_of(records: Vec<Record>) -> Vec<(String, usize)> {
    let windows = Windows::default();
    let context = Context {
        viewer_facility: Some(HERE),
        ..context(&windows)
    };
    let items = built(records, &context, build).items;
    items
        .into_iter()
        .map(|item| (item.title, item.merged.len()))
        .collect()
}

#[test]
fn a_letter_and_the_reference_to_it_are_one_row() {
    let number = Identifier {
        system: Some("urn:letters".to_owned()),
        value: "7".to_owned(),
    };
    let mut numbered = letter("57133-1", referral(None));
    numbered.identifiers.push(number.clone());
    let by_number = Document {
        master: Some(number),
        ..reference("2026-10-03")
    };
    let one = [("診療情報提供書".to_owned(), 1)];
    assert_eq!(
        rows_of(vec![letter("11488-4", by_number), numbered.clone()]),
        one
    );
    let same_day = letter("57133-1", reference("2026-10-01"));
    assert_eq!(rows_of(vec![same_day.clone(), numbered.clone()]), one);
    for other in [
        letter("57133-1", reference("2026-10-02")),
        letter("18842-5", reference("2026-10-01")),
    ] {
        assert_eq!(rows_of(vec![other, numbered.clone()]).len(), 2);
    }
    // Two letters of one day: which of them is meant cannot be told.
    let second = letter("57133-1", referral(None));
    assert_eq!(rows_of(vec![same_day, numbered, second]).len(), 3);
}

#[test]
fn a_number_on_two_letters_leads_a_reference_to_neither() {
    let number = Identifier {
        system: Some("urn:karte".to_owned()),
        value: "7".to_owned(),
    };
    let numbered = |kind: &str, document: Document| {
        let mut one = letter(kind, document);
        one.identifiers = vec![number.clone(), number.clone()];
        one
    };
    let copy = numbered("11488-4", reference("2026-10-03"));
    let referral = numbered("57133-1", referral(None));
    let second = Document {
        date: date("2026-09-01"),
        ..self::referral(None)
    };
    let discharge = numbered("18842-5", second);
    assert_eq!(rows_of(vec![copy.clone(), referral.clone()]).len(), 1);
    assert_eq!(rows_of(vec![copy, referral, discharge]).len(), 3);
}

#[test]
fn the_reference_to_a_letter_for_another_facility_is_withheld_with_it() {
    let windows = Windows::default();
    let context = Context {
        viewer_facility: Some(HERE),
        ..context(&windows)
    };
    let section = built(
        vec![
            letter("57133-1", reference("2026-10-01")),
            letter("57133-1", referral(Some("1399999999"))),
        ],
        &context,
        build,
    );
    assert!(section.items.is_empty());
    assert!(section.fates.iter().all(|fate| fate.1 == Fate::Withheld));
    assert!(!format!("{section:?}").contains("紹介状"));
}

#[test]
fn a_label_of_restricted_access_withholds() {
    let mut labelled = letter("57133-1", referral(None));
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    labelled
        .tags
        .push(super::super::rows_testing::coding(system, "R", ""));
    assert!(rows_of(vec![labelled]).is_empty());
}

#[test]
fn a_bare_code_is_said_as_the_kind_it_stands_for() {
    let bare = Document {
        title: None,
        kind: super::super::rows_testing::coded("http://loinc.org", "18842-5", ""),
        ..referral(None)
    };
    assert_eq!(section(bare, None).items[0].title, "退院時サマリー");
}

#[test]
fn a_letter_is_opened_by_a_name_of_its_own_only() {
    let windows = Windows::default();
    let context = context(&windows);
    let opened = |names: [&str; 2], wanted: &str| {
        let records = names.map(|name| Record {
            resource: name.to_owned(),
            ..letter("57133-1", referral(None))
        });
        let pieces: Vec<Piece<'_>> = records
            .iter()
            .enumerate()
            .map(|(number, record)| Piece {
                number,
                record,
                source: SourceName::Emr,
                received: chrono::DateTime::UNIX_EPOCH,
            })
            .collect();
        behind(&pieces, &context, (SourceName::Emr, wanted)).is_some()
    };
    assert!(opened(["Composition/1", "Composition/2"], "Composition/1"));
    assert!(!opened(["Composition/1", "Composition/1"], "Composition/1"));
    assert!(!opened(
        ["Composition/?1", "Composition/2"],
        "Composition/?1"
    ));
}

#[test]
fn each_letter_that_cannot_be_read_whole_is_counted_once() {
    let windows = Windows::default();
    let unread = |paths: &[&str]| {
        let mut record = letter("57133-1", referral(None));
        let field = |path: &&str| UnreadableField {
            path: (*path).to_owned(),
            why: "not a date".to_owned(),
        };
        record.unreadable = paths.iter().map(field).collect();
        record
    };
    let letters = vec![unread(&["date", "status"]), unread(&["date"]), unread(&[])];
    let section = built(letters, &context(&windows), build);
    assert_eq!((section.items.len(), section.partly_unreadable), (3, 2));
}
