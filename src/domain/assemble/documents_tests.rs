//! What the rows of the section `documents` must say.

use super::super::rows_testing::{built, context, date, record};
use super::*;
use crate::domain::{
    assemble::Windows,
    document::{Addressee, DocumentSection},
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

#[test]
fn a_bare_code_is_said_as_the_kind_it_stands_for() {
    let bare = Document {
        title: None,
        kind: super::super::rows_testing::coded("http://loinc.org", "18842-5", ""),
        ..referral(None)
    };
    assert_eq!(section(bare, None).items[0].title, "退院時サマリー");
}
