//! What holds for any input.

use proptest::prelude::*;

use super::*;
use crate::domain::{document::Document, problem::Problem};

fn words() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec![
        "ペニシリン",
        "アレルギー歴なし",
        "ワーファリン錠1mg",
        "ｱﾑﾛｼﾞﾋﾟﾝ5",
        "",
        " ",
        "術",
        "透析",
        "5-FU",
        "「」",
        "K920",
        "注",
    ]))
    .prop_map(|words| words.map(str::to_owned))
}

fn concept() -> impl Strategy<Value = Concept> {
    let code = prop::option::of(prop::sample::select(vec![
        "00M",
        "716186003",
        "3332001F1024",
        "K123",
        "NOCODED",
        "漢字漢字",
        "",
    ]));
    let system = prop::option::of(prop::sample::select(vec![YJ, YCM, SCT, "x"]));
    let coding = (code, system, words()).prop_map(|(code, system, display)| Coding {
        system: system.map(str::to_owned),
        code: code.map(str::to_owned),
        display,
    });
    (words(), prop::collection::vec(coding, 0..3))
        .prop_map(|(text, codings)| Concept { text, codings })
}

fn some_date() -> impl Strategy<Value = Option<Date>> {
    prop::option::of(prop::sample::select(vec![
        "1800",
        "2019-02",
        "2025-10-06",
        "2025-11-20",
        "2025-11-19T16:00:00Z",
        "2200-12-31",
    ]))
    .prop_map(|text| text.and_then(Date::parse))
}

fn code(codes: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(codes)).prop_map(|code| code.map(str::to_owned))
}

fn some_allergy() -> impl Strategy<Value = Content> {
    (
        concept(),
        code(&["active", "resolved", "odd"]),
        code(&["confirmed", "refuted", "entered-in-error", "unconfirmed"]),
        code(&["high", "low", "odd"]),
        code(&["medication", "food"]),
        some_date(),
    )
        .prop_map(
            |(agent, clinical_status, verification, criticality, category, recorded)| {
                let categories = category.into_iter().collect();
                Content::Allergy(Box::new(Allergy {
                    agent,
                    categories,
                    criticality,
                    clinical_status,
                    verification,
                    recorded,
                    ..Allergy::default()
                }))
            },
        )
}

fn some_drug() -> impl Strategy<Value = Content> {
    (
        (
            concept(),
            prop::sample::select(vec![Act::Prescribed, Act::Dispensed, Act::Stated]),
        ),
        code(&["completed", "stopped", "entered-in-error"]),
        (some_date(), some_date(), some_date()),
        prop::option::of(prop::sample::select(vec![0_u32, 1, 30, u32::MAX])),
        prop::option::of(prop::sample::select(vec![0_u32, 2, u32::MAX])),
        prop::option::of(0_u8..3),
    )
        .prop_map(
            |((drug, act), status, (authored, dispensed, ends), supply_days, repeats, number)| {
                let prescription = number.map(|number| Identifier {
                    system: None,
                    value: number.to_string(),
                });
                Content::Medication(Box::new(Medication {
                    act,
                    drug,
                    status,
                    authored,
                    dispensed,
                    ends,
                    supply_days,
                    repeats,
                    prescription: prescription.into_iter().collect(),
                    ..Medication::default()
                }))
            },
        )
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        4 => some_allergy(),
        4 => some_drug(),
        1 => concept().prop_map(|code| Content::Observation(Box::new(Observation { code, ..Observation::default() }))),
        1 => concept().prop_map(|name| Content::Problem(Box::new(Problem { name, ..Problem::default() }))),
        1 => concept().prop_map(|code| Content::Procedure(Box::new(Procedure { code, ..Procedure::default() }))),
        1 => (concept(), some_date()).prop_map(|(one, starts)| {
            Content::Visit(Box::new(Visit { types: vec![one.clone()], disposition: Some(one), starts, ..Visit::default() }))
        }),
        1 => concept().prop_map(|kind| Content::Document(Box::new(Document { kind, ..Document::default() }))),
        1 => Just(Content::Patient(Box::default())),
        1 => Just(Content::NotForThisScreen { kind: "Coverage".to_owned() }),
        1 => Just(Content::Unreadable { why: "x".to_owned() }),
    ]
}

fn some_record() -> impl Strategy<Value = Record> {
    (
        content(),
        0_u8..4,
        prop::option::of(prop::sample::select(vec![
            PATIENT,
            PATIENT,
            PATIENT,
            "Patient/p2",
        ])),
        some_date(),
        prop::option::of(0_u8..3),
        prop::option::of(prop::sample::select(vec!["1310000001", "1310000002"])),
    )
        .prop_map(
            |(content, id, subject, last_updated, identifier, facility)| {
                let kind = if matches!(content, Content::Patient(_)) {
                    "Patient"
                } else {
                    "Other"
                };
                let mut one = record(&format!("{kind}/{id}"), content);
                one.subject.reference = subject.map(str::to_owned);
                one.last_updated = last_updated;
                one.origin.facility_number = facility.map(str::to_owned);
                one.identifiers = identifier
                    .map(|value| Identifier {
                        system: Some("x/resourceInstance-identifier".to_owned()),
                        value: value.to_string(),
                    })
                    .into_iter()
                    .collect();
                one
            },
        )
}

/// Rows without what only tells which of several equal resources was first.
fn rows(summary: &Summary) -> Vec<(SectionName, State, Vec<String>)> {
    summary
        .sections
        .iter()
        .map(|(name, section)| {
            let mut texts: Vec<String> = section
                .items
                .iter()
                .map(|item| format!("{} {:?} {:?}", item.text, item.date, item.facility))
                .collect();
            texts.sort();
            (*name, section.state, texts)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_records_have_one_fate_each_and_never_a_panic(
        list in prop::collection::vec(some_record(), 0..12),
        more in prop::collection::vec(some_record(), 0..6),
    ) {
        summary(&[answer(None, list.clone())]);
        summary(&[answer(Some(SourceName::Eprescription), list), answer(Some(SourceName::Claims), more)]);
    }

    #[test]
    fn the_order_of_arrival_changes_no_row(
        (list, shuffled) in prop::collection::vec(some_record(), 0..10)
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let (one, other) = (summary(&[answer(None, list)]), summary(&[answer(None, shuffled)]));
        prop_assert_eq!(rows(&one), rows(&other));
        let agents = |summary: &Summary| summary.strip.items.iter().map(|item| (item.agent.clone(), item.severe)).collect::<Vec<_>>();
        prop_assert_eq!(agents(&one), agents(&other));
    }

    #[test]
    fn the_order_of_sources_and_the_pages_of_one_change_nothing(
        claims in prop::collection::vec(some_record(), 0..8),
        emr in prop::collection::vec(some_record(), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let sent = |source, list: &[Record]| answer(Some(source), list.to_vec());
        let (first, second) = claims.split_at(cut.index(claims.len() + 1));
        let whole = summary(&[sent(SourceName::Claims, &claims), sent(SourceName::Emr, &emr)]);
        let turned = summary(&[sent(SourceName::Emr, &emr), sent(SourceName::Claims, &claims)]);
        let paged = summary(&[
            sent(SourceName::Claims, second),
            sent(SourceName::Emr, &emr),
            sent(SourceName::Claims, first),
        ]);
        for other in [&turned, &paged] {
            prop_assert_eq!(&whole.sections, &other.sections);
            prop_assert_eq!(&whole.strip, &other.strip);
            prop_assert_eq!(&whole.notices, &other.notices);
            prop_assert_eq!(fates(&whole), fates(other));
        }
    }

    #[test]
    fn what_comes_twice_is_shown_once_and_the_second_is_merged(
        list in prop::collection::vec(some_record(), 0..8),
    ) {
        let once = summary(&[answer(None, list.clone())]);
        let twice = summary(&[answer(None, [list.clone(), list].concat())]);
        prop_assert_eq!(rows(&once), rows(&twice));
        prop_assert_eq!(once.accounting.shown, twice.accounting.shown);
    }
}

/// Every fate by resource, in an order of their own.
fn fates(summary: &Summary) -> Vec<(String, Fate, String)> {
    let entries = summary.accounting.entries.iter();
    let mut fates: Vec<_> = entries
        .map(|entry| (entry.resource.clone(), entry.fate, entry.why.clone()))
        .collect();
    fates.sort();
    fates
}
