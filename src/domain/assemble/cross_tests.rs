//! Drugs compared with allergens.

use super::*;
use crate::domain::{
    medication::Medication,
    record::{Origin, Record, Subject},
    section::Language,
    words,
};

const YJ: &str = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";
const YCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";
const GCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/GCM/JP_JfagyMedicationAllergen_CS";

fn concept(text: &str, system: &str, code: &str) -> Concept {
    Concept {
        text: Some(text.to_owned()),
        codings: Some(Coding {
            system: Some(system.to_owned()),
            code: Some(code.to_owned()),
            display: None,
        })
        .filter(|_| !code.is_empty())
        .into_iter()
        .collect(),
    }
}

fn agent(text: &str, system: &str, code: &str) -> Allergy {
    Allergy {
        agent: concept(text, system, code),
        categories: vec!["medication".to_owned()],
        ..Allergy::default()
    }
}

fn given(drug: Concept, act: Act, day: &str, status: &str) -> Record {
    let date = Date::parse(day);
    Record {
        resource: "x/1".to_owned(),
        subject: Subject::default(),
        origin: Origin {
            facility: Some("中央薬局".to_owned()),
            ..Origin::default()
        },
        tags: Vec::new(),
        profiles: Vec::new(),
        last_updated: None,
        identifiers: Vec::new(),
        unreadable: Vec::new(),
        content: Content::Medication(Box::new(Medication {
            act,
            drug,
            status: Some(status.to_owned()),
            dispensed: date.filter(|_| act == Act::Dispensed),
            authored: date.filter(|_| act != Act::Dispensed),
            ..Medication::default()
        })),
    }
}

fn known(records: &[Record], listed: &[usize]) -> Known {
    let pieces: Vec<Piece<'_>> = records
        .iter()
        .enumerate()
        .map(|(number, record)| Piece {
            number,
            record,
            source: SourceName::Claims,
            received: "2025-11-20T03:00:00Z".parse().unwrap(),
        })
        .collect();
    let drugs = Drugs {
        pieces: &pieces,
        listed: listed.iter().copied().collect(),
        hidden: false,
        missing: Vec::new(),
        partial: false,
    };
    Known::of(&drugs, true)
}

fn said(known: &Known, allergy: &Allergy) -> Vec<String> {
    known
        .facts(allergy)
        .0
        .iter()
        .map(|fact| {
            fact.words(
                words::allergies::words(Language::Ja),
                words::states::words(Language::Ja),
            )
        })
        .collect()
}

fn coverage(known: &Known, active: &[&Allergy]) -> String {
    known
        .coverage(
            active,
            words::allergies::words(Language::Ja),
            words::states::words(Language::Ja),
        )
        .unwrap()
}

/// Words, code system, code.
type Named = (&'static str, &'static str, &'static str);

/// Allergen, drug, how they match.
const MATCHES: &[(Named, Named, Option<How>)] = &[
    (
        ("x", YCM, "YCM6131001M2017"),
        ("サワシリン", YJ, "6131001M2017"),
        Some(How::Product),
    ),
    (
        ("x", GCM, "GCM6131001M2ZZZ"),
        ("サワシリン", YJ, "6131001M2017"),
        Some(How::Generic),
    ),
    (
        ("x", GCM, "GCM6131001C1ZZZ"),
        ("サワシリン", YJ, "6131001M2017"),
        Some(How::Ingredient),
    ),
    (
        ("x", GCM, "GCM2260701F1ZZZ"),
        ("サワシリン", YJ, "6131001M2017"),
        None,
    ),
    (
        ("ロキソプロフェン", YCM, "00M"),
        ("ロキソプロフェンナトリウム錠60mg「サワイ」", "", ""),
        Some(How::Name),
    ),
    (
        ("バイアスピリン錠100mg", YCM, "00M"),
        ("アスピリン", "", ""),
        Some(How::Name),
    ),
    (
        ("リドカイン", "", ""),
        ("リドカイン塩酸塩ゼリー2%", "", ""),
        Some(How::Name),
    ),
    (
        ("セフェム系（セファクロル）", "", ""),
        ("セファクロルカプセル250mg", "", ""),
        Some(How::Part),
    ),
    (
        ("アムロジピン", "", ""),
        ("アムロジピン・アトルバスタチン配合錠1番", "", ""),
        Some(How::Part),
    ),
    (
        ("ペニシリン、アムロジピン", "", ""),
        ("アムロジピン錠5mg", "", ""),
        Some(How::Part),
    ),
    // A short name inside a longer one, a maker in brackets, a derivative: other drugs.
    (
        ("ペニシリン", "", ""),
        ("ペニシリンアレルギー治療薬", "", ""),
        None,
    ),
    (("ロキソ", "", ""), ("ロキソプロフェン錠60mg", "", ""), None),
    (
        ("アモキシシリンカプセル「トーワ」", "", ""),
        ("アムロジピン錠5mg「トーワ」", "", ""),
        None,
    ),
    (
        ("インスリン（遺伝子組換え）", "", ""),
        ("ソマトロピン（遺伝子組換え）注", "", ""),
        None,
    ),
    (("モルヒネ", "", ""), ("アポモルヒネ塩酸塩注", "", ""), None),
    (("鉄", "", ""), ("鉄", "", ""), None),
    (
        ("gentamicin 40 mg/mL", "", ""),
        ("tobramycin 40 mg/mL", "", ""),
        None,
    ),
    (
        ("5 mg/tablet", "", ""),
        ("warfarin 5 mg/tablet", "", ""),
        None,
    ),
    (("サルファ剤", YCM, "00M"), ("鎮咳剤", "", ""), None),
    (("", "", ""), ("アムロジピン", "", ""), None),
];

#[test]
fn a_match_says_how_close_it_is_and_a_longer_name_is_another_name() {
    for (allergen, drug, expected) in MATCHES {
        let drug = concept(drug.0, drug.1, drug.2);
        let records = [given(drug, Act::Dispensed, "2025-01-02", "completed")];
        let (facts, _) = known(&records, &[0]).facts(&agent(allergen.0, allergen.1, allergen.2));
        assert_eq!(
            facts.first().map(|fact| fact.how),
            *expected,
            "{allergen:?} {records:?}"
        );
    }
}

#[test]
fn what_was_given_later_is_a_fact_with_its_dates() {
    let amoxicillin = || concept("アモキシシリン", YJ, "6131001M2017");
    let mut penicillin = agent("ペニシリン", GCM, "GCM6131001C1ZZZ");
    penicillin.onset = Date::parse("2005");
    penicillin.recorded = Date::parse("2012-05-01");
    for (act, day, words) in [
        (
            Act::Dispensed,
            "2023-04-02",
            "記録後に調剤：アモキシシリン 2023-04-02（成分一致・表示期間外・中央薬局）",
        ),
        (
            Act::Prescribed,
            "2012-05-02",
            "記録後に処方：アモキシシリン 2012-05-02（成分一致・表示期間外・中央薬局）",
        ),
        // The same day, or a month that may lie before it: not provably later.
        (
            Act::Dispensed,
            "2012-05-01",
            "発現後に調剤：アモキシシリン 2012-05-01（成分一致・表示期間外・中央薬局）",
        ),
        (
            Act::Dispensed,
            "2012-05",
            "発現後に調剤：アモキシシリン 2012-05（成分一致・表示期間外・中央薬局）",
        ),
        (
            Act::Dispensed,
            "2005-12-31",
            "本患者の調剤と一致：アモキシシリン 2005-12-31（成分一致・表示期間外・中央薬局）",
        ),
    ] {
        let records = [given(amoxicillin(), act, day, "completed")];
        assert_eq!(said(&known(&records, &[]), &penicillin), [words]);
    }
    let records = [
        given(amoxicillin(), Act::Dispensed, "2013-01-01", "completed"),
        given(amoxicillin(), Act::Dispensed, "2023-04-02", "completed"),
        given(amoxicillin(), Act::Dispensed, "2020-02-02", "completed"),
        given(amoxicillin(), Act::Dispensed, "2019-02-02", "completed"),
        given(amoxicillin(), Act::Prescribed, "2024-02-02", "completed"),
        given(amoxicillin(), Act::Dispensed, "2025-02-02", "cancelled"),
    ];
    let known = known(&records, &[4]);
    assert_eq!(
        said(&known, &penicillin),
        [
            "記録後に調剤：アモキシシリン 2023-04-02、2020-02-02、2019-02-02、ほか1日（成分一致・中央薬局）"
        ]
    );
    assert_eq!(known.facts(&penicillin).0[0].numbers, [1, 2, 3, 0]);
    let mut undated = penicillin.clone();
    undated.onset = None;
    undated.recorded = None;
    assert!(said(&known, &undated)[0].starts_with("本患者の調剤と一致："));
}

#[test]
fn the_coverage_says_what_was_compared_what_only_by_name_and_what_not_at_all() {
    let records = [
        given(
            concept("サワシリン", YJ, "6131001M2017"),
            Act::Dispensed,
            "2025-01-02",
            "completed",
        ),
        given(
            concept("サワシリン", YJ, "6131001M2017"),
            Act::Dispensed,
            "2025-02-02",
            "completed",
        ),
        given(
            concept("アムロジピン・アトルバスタチン配合錠", "", ""),
            Act::Dispensed,
            "2025-01-02",
            "completed",
        ),
    ];
    let coded = agent("ペニシリン", GCM, "GCM6131001C1ZZZ");
    let named = agent("ロキソプロフェン", YCM, "00M");
    let class = agent("サルファ剤", YCM, "00M");
    let mut food = agent("甲殻類", "", "");
    food.categories = vec!["food".to_owned()];
    let known = known(&records, &[]);
    assert_eq!(
        coverage(&known, &[&coded, &named, &class, &food]),
        "アレルゲン 3件と薬剤 2種類（表示期間外を含む）を照合。うち名称のみで照合：アレルゲン 2件、薬剤 1種類。配合剤 1種類は名称にある成分のみ照合。照合できず：サルファ剤（コードなし）。同系統（交差反応）と、これから投与する薬は照合していません"
    );
}

#[test]
fn the_coverage_is_there_without_drugs_and_says_what_did_not_come() {
    let coded = agent("ペニシリン", GCM, "GCM6131001C1ZZZ");
    let text = words::allergies::words(Language::Ja);
    let states = words::states::words(Language::Ja);
    let of = |hidden: bool, missing: &[SourceName], partial: bool| {
        let drugs = Drugs {
            pieces: &[],
            listed: BTreeSet::new(),
            hidden,
            missing: missing.to_vec(),
            partial,
        };
        Known::of(&drugs, true).coverage(&[&coded], text, states)
    };
    let end = "同系統（交差反応）と、これから投与する薬は照合していません";
    assert_eq!(
        of(false, &[], false).unwrap(),
        format!("アレルゲン 1件と薬剤 0種類（表示期間外を含む）を照合。{end}")
    );
    let said = of(false, &[SourceName::Claims], true).unwrap();
    assert!(
        said.contains("レセプトの薬剤は未取得のため照合していません。薬剤は一部のみ取得。"),
        "{said}"
    );
    assert_eq!(
        of(true, &[SourceName::Claims], true).unwrap(),
        format!("薬剤は表示対象外のため照合していません。{end}")
    );
    let none = Known::default().coverage(&[], text, states);
    assert_eq!(none, None);
}

#[test]
fn many_drugs_of_one_allergen_are_named_up_to_a_number_and_the_rest_is_counted() {
    let records: Vec<Record> = (10..30)
        .map(|day| {
            let name = format!("アモキシシリン{day}");
            let drug = concept(&name, YJ, "6131001M2017");
            given(drug, Act::Dispensed, &format!("2025-01-{day}"), "completed")
        })
        .collect();
    let (facts, more) = known(&records, &[]).facts(&agent("x", GCM, "GCM6131001C1ZZZ"));
    assert_eq!((facts.len(), more), (8, 12));
    assert_eq!(facts[0].days, ["2025-01-29"]);
}
