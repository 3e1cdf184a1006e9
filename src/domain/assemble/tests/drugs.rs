//! The drug list.

use super::*;

fn drug_item(records: &[(SourceName, Record)]) -> Section {
    let answers: Vec<Answer> = SourceName::CLINICAL
        .iter()
        .map(|source| {
            let of_source = records
                .iter()
                .filter(|(one, _)| one == source)
                .map(|(_, record)| record.clone())
                .collect();
            answer(Some(*source), of_source)
        })
        .collect();
    section(&summary(&answers), SectionName::Drugs).clone()
}

#[test]
fn windows_drop_only_what_ended() {
    const E: SourceName = SourceName::Eprescription;
    for (name, day, days, inside) in [
        // 45 days before 2025-11-20, inclusive.
        ("セフジニル", "2025-10-06", 5, true),
        ("セフジニル", "2025-10-05", 5, false),
        // B1: the supply reaches to 14 days before today (2025-11-06), inclusive.
        ("アムロジピン", "2025-08-09", 90, true),
        ("アムロジピン", "2025-08-08", 90, false),
        // B1: an antithrombotic 100 days (2025-08-12) after its end.
        ("ワーファリン", "2025-07-14", 30, true),
        ("ワーファリン", "2025-07-13", 30, false),
        // A supply of unknown length is not known to have ended for 90 days (to 2025-11-06).
        ("ワーファリン", "2025-08-09", 0, true),
        ("ワーファリン", "2025-08-08", 0, false),
        ("アムロジピン", "2025-08-09", 0, true),
        ("アムロジピン", "2025-08-08", 0, false),
    ] {
        let drugs = drug_item(&[(
            E,
            drug_record(drug("1", text(name), Act::Dispensed, day, days)),
        )]);
        assert_eq!(!drugs.items.is_empty(), inside, "{name} {day} {days}");
        if !inside {
            assert_eq!(drugs.state, State::ReportedEmpty);
            assert_eq!(drugs.partial.unwrap().outside_window, 1);
            assert!(drugs.notes.contains(&"期間外 1件".to_owned()));
        }
    }
}

#[test]
fn a_prescription_and_its_dispensing_are_one_row() {
    const E: SourceName = SourceName::Eprescription;
    let number = vec![Identifier {
        system: Some("rx".to_owned()),
        value: "123".to_owned(),
    }];
    let (id, request) = drug(
        "rx",
        coded("【般】アムロジピン錠5mg", YJ, "2171022F2011"),
        Act::Prescribed,
        "2025-11-01",
        30,
    );
    let request = Medication {
        prescription: number.clone(),
        repeats: Some(2),
        ..request
    };
    let undispensed = drug_item(&[(E, drug_record((id.clone(), request.clone())))]);
    assert!(
        undispensed.items[0]
            .text
            .contains("11/30分まで処方（未調剤）"),
        "{}",
        undispensed.items[0].text
    );
    assert_eq!(undispensed.items[0].group.as_deref(), Some("未調剤"));
    let (other, dispense) = drug(
        "disp",
        coded("アムロジピン錠5mg「A」", YJ, "2171022F2135"),
        Act::Dispensed,
        "2025-11-02",
        30,
    );
    let dispense = Medication {
        prescription: number,
        ..dispense
    };
    let mut pharmacy = drug_record((other, dispense));
    pharmacy.origin.facility = Some("駅前薬局".to_owned());
    let both = drug_item(&[(E, drug_record((id, request))), (E, pharmacy)]);
    assert_eq!(both.items.len(), 1);
    let item = &both.items[0];
    assert!(
        item.text.contains("12/1分まで調剤")
            && item.text.contains("最長2026/1/30分まで（未調剤分を含む）"),
        "{}",
        item.text
    );
    assert!(item.text.contains("調剤：駅前薬局"));
    assert_eq!(
        (item.facility.as_deref(), item.merged.len()),
        (Some("駅前病院"), 1)
    );
    assert!(!item.text.contains("服用中"));
}

#[test]
fn two_sources_of_one_event_are_one_row_and_two_prescribers_are_two() {
    use SourceName::{Claims, Emr, Eprescription};
    let one = || {
        drug_record(drug(
            "1",
            coded("ワーファリン錠1mg", YJ, "3332001F1024"),
            Act::Dispensed,
            "2025-11-01",
            30,
        ))
    };
    let again = || {
        drug_record(drug(
            "2",
            coded("ワルファリンK錠1mg", YJ, "3332001F1032"),
            Act::Dispensed,
            "2025-11-01",
            30,
        ))
    };
    let merged = drug_item(&[(Eprescription, one()), (Claims, again())]);
    assert_eq!(
        (merged.items.len(), merged.items[0].also_from.as_slice()),
        (1, &[Claims][..])
    );
    assert_eq!(
        merged.items[0].group.as_deref(),
        Some("抗血栓薬：手持ちがある見込み")
    );
    assert!(!merged.items[0].text.contains("同成分"));
    let chart = drug_item(&[(Eprescription, one()), (Emr, again())]);
    assert_eq!(chart.items.len(), 2);
    let mut elsewhere = again();
    elsewhere.origin.facility_number = Some("1310000002".to_owned());
    let two = drug_item(&[(Eprescription, one()), (Claims, elsewhere)]);
    assert_eq!(two.items.len(), 2);
    assert!(
        two.items
            .iter()
            .all(|item| item.text.contains("同成分 2件")),
        "{:?}",
        two.items
    );
}

#[test]
fn a_claim_of_the_month_is_the_fill_of_that_month_and_a_second_claim_is_another() {
    use SourceName::{Claims, Eprescription};
    let filled = |id: &str, day: &str, days: u32| {
        let name = coded("アムロジピン錠5mg", YJ, "2171022F2011");
        drug_record(drug(id, name, Act::Dispensed, day, days))
    };
    let rows = |records: &[(SourceName, Record)]| drug_item(records).items.len();
    let fill = || (Eprescription, filled("1", "2025-10-20", 28));
    assert_eq!(rows(&[fill(), (Claims, filled("2", "2025-10", 28))]), 1);
    let merged = drug_item(&[fill(), (Claims, filled("2", "2025-10", 28))]);
    assert!(
        merged.items[0].text.contains("11/16分まで調剤"),
        "the day is known: {}",
        merged.items[0].text
    );
    assert_eq!(rows(&[fill(), (Claims, filled("2", "2025-10", 14))]), 2);
    assert_eq!(rows(&[fill(), (Claims, filled("2", "2025-11", 28))]), 2);
    let two = [
        fill(),
        (Claims, filled("2", "2025-10", 28)),
        (Claims, filled("3", "2025-10", 28)),
    ];
    assert_eq!(rows(&two), 2);
}

#[test]
fn two_strengths_are_marked_and_two_fills_are_not() {
    use SourceName::Eprescription;
    let one = || {
        let drug = coded("ワーファリン錠1mg", YJ, "3332001F1024");
        drug_record(super::drug("1", drug, Act::Dispensed, "2025-11-01", 30))
    };
    let strong = drug_record(drug(
        "3",
        coded("ワーファリン錠5mg", YJ, "3332001F3027"),
        Act::Dispensed,
        "2025-11-01",
        30,
    ));
    let strengths = drug_item(&[(Eprescription, one()), (Eprescription, strong)]);
    assert!(
        strengths
            .items
            .iter()
            .all(|item| item.text.contains("同成分 2件"))
    );
    let refilled = drug_record(drug(
        "4",
        coded("ワーファリン錠1mg", YJ, "3332001F1024"),
        Act::Dispensed,
        "2025-10-10",
        30,
    ));
    let successive = drug_item(&[(Eprescription, one()), (Eprescription, refilled)]);
    assert!(
        successive.items.len() == 2
            && successive
                .items
                .iter()
                .all(|item| !item.text.contains("同成分"))
    );
}

/// One drug for each heading.
fn one_of_each() -> Section {
    const E: SourceName = SourceName::Eprescription;
    let dispensed = |id: &str, name: &str, day: &str, days: u32| {
        (
            E,
            drug_record(drug(id, text(name), Act::Dispensed, day, days)),
        )
    };
    let mut needed = drug(
        "5",
        text("ロキソプロフェン錠60mg"),
        Act::Dispensed,
        "2025-11-01",
        0,
    );
    needed.1.dosages = vec![Dosage {
        as_needed: true,
        as_needed_for: Some("痛いとき".to_owned()),
        dose: Some(Quantity {
            comparator: None,
            number: Number::parse("1.0"),
            unit: Some("錠".to_owned()),
        }),
        ..Dosage::default()
    }];
    let mut stopped = drug(
        "8",
        text("ファモチジン錠"),
        Act::Dispensed,
        "2025-11-01",
        30,
    );
    stopped.1.status = Some("stopped".to_owned());
    drug_item(&[
        (
            E,
            drug_record(drug(
                "7",
                text("テルミサルタン錠"),
                Act::Prescribed,
                "2025-11-10",
                30,
            )),
        ),
        dispensed("6", "メコバラミン錠", "2025-11-01", 0),
        (E, drug_record(needed)),
        dispensed("4", "セフジニル", "2025-11-01", 5),
        (E, drug_record(stopped)),
        dispensed("3", "アムロジピン錠5mg", "2025-11-01", 30),
        dispensed("2", "バイアスピリン錠100mg", "2025-08-01", 30),
    ])
}

#[test]
fn groups_stand_in_their_order() {
    let drugs = one_of_each();
    let rows: Vec<(&str, &str)> = drugs
        .items
        .iter()
        .map(|item| (item.group.as_deref().unwrap(), item.title.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("抗血栓薬：最近終了", "バイアスピリン錠100mg"),
            ("手持ちがある見込み", "アムロジピン錠5mg"),
            ("最近終了", "セフジニル"),
            ("外用・頓用", "ロキソプロフェン錠60mg"),
            ("期間不明・注射", "メコバラミン錠"),
            ("未調剤", "テルミサルタン錠"),
            ("取消・中止・未確定", "ファモチジン錠"),
        ]
    );
    assert_eq!(drugs.items[3].value.as_deref(), Some("1回\u{a0}1\u{a0}錠"));
    assert!(drugs.items[3].text.contains("頓用：痛いとき"));
    assert!(drugs.items[6].past && drugs.items[6].text.contains("中止"));
    assert!(
        drugs
            .notes
            .contains(&"実際の服用・最終服用時刻は不明".to_owned())
    );
    assert!(
        drugs
            .notes
            .iter()
            .any(|note| note.starts_with("レセプト由来は約1.5か月遅れ"))
    );
}

#[test]
fn uneven_doses_are_named_each_and_none_stands_for_all() {
    let dosage = |dose: &str, words: &str| Dosage {
        text: Some(words.to_owned()),
        dose: Some(Quantity {
            comparator: None,
            number: Number::parse(dose),
            unit: Some("錠".to_owned()),
        }),
        ..Dosage::default()
    };
    let (id, medication) = drug(
        "1",
        text("プレドニゾロン錠5mg"),
        Act::Dispensed,
        "2025-11-01",
        30,
    );
    let item = |dosages: Vec<Dosage>| {
        let medication = Medication {
            dosages,
            ..medication.clone()
        };
        let record = drug_record((id.clone(), medication));
        drug_item(&[(SourceName::Eprescription, record)]).items[0].clone()
    };
    let uneven = item(vec![dosage("2", "朝食後"), dosage("1", "夕食後")]);
    assert_eq!(uneven.value, None);
    assert!(
        uneven
            .text
            .contains("1回\u{a0}2\u{a0}錠 朝食後 1回\u{a0}1\u{a0}錠 夕食後"),
        "{}",
        uneven.text
    );
    let even = item(vec![dosage("1", "朝食後"), dosage("1", "夕食後")]);
    assert_eq!(even.value.as_deref(), Some("1回\u{a0}1\u{a0}錠"));
}

#[test]
fn a_chart_that_names_the_prescription_tells_the_same_event_again() {
    use SourceName::{Emr, Eprescription};
    let numbered = |id: &str, number: &str| {
        let mut drug = drug(
            id,
            coded("リバーロキサバン錠15mg", YJ, "3339003F2020"),
            Act::Prescribed,
            "2025-11-01",
            30,
        );
        drug.1.prescription.push(Identifier {
            system: Some("urn:oid:1.2.392.100495.20.3.81".to_owned()),
            value: number.to_owned(),
        });
        drug_record(drug)
    };
    let same = drug_item(&[
        (Eprescription, numbered("1", "P1")),
        (Emr, numbered("2", "P1")),
    ]);
    assert_eq!(same.items.len(), 1, "{:?}", same.items);
    let other = drug_item(&[
        (Eprescription, numbered("1", "P1")),
        (Emr, numbered("2", "P2")),
    ]);
    assert_eq!(other.items.len(), 2);
}

#[test]
fn no_known_medication_is_a_statement_and_no_drug() {
    let absent = |id: &str, code: &str| {
        let system = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips";
        drug_record(drug(
            id,
            coded(code, system, code),
            Act::Stated,
            "2025-11-01",
            0,
        ))
    };
    for (code, state) in [
        ("no-known-medications", State::NoneKnown),
        ("no-medication-info", State::NotFetched),
    ] {
        let summary = files(vec![absent("1", code)]);
        let drugs = section(&summary, SectionName::Drugs);
        assert!(drugs.items.is_empty(), "{code}");
        assert_eq!(drugs.state, state, "{code}");
        assert_eq!(summary.accounting.shown, 1);
    }
}

#[test]
fn thousands_of_strengths_of_one_ingredient_cost_no_more_than_their_number() {
    let many: Vec<Record> = (0..2_000)
        .map(|number| {
            drug_record(drug(
                &number.to_string(),
                text(&format!("ワルファリン錠{number}mg")),
                Act::Prescribed,
                "2025-11-01",
                30,
            ))
        })
        .collect();
    let summary = files(many);
    let drugs = section(&summary, SectionName::Drugs);
    assert_eq!(drugs.items.len(), 2_000);
    assert!(drugs.items[0].text.contains("同成分 2000件"));
}
