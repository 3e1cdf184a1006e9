//! Denials told from agents.

use super::*;
use crate::domain::code::Coding;

const SCT: &str = "http://snomed.info/sct";
const IPS: &str = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips";
const YCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";

fn allergy(text: Option<&str>, code: Option<(&str, &str)>, category: &str) -> Allergy {
    Allergy {
        agent: Concept {
            text: text.map(str::to_owned),
            codings: code
                .map(|(system, code)| Coding {
                    system: Some(system.to_owned()),
                    code: Some(code.to_owned()),
                    display: Some("display".to_owned()),
                })
                .into_iter()
                .collect(),
        },
        categories: Some(category.to_owned())
            .filter(|category| !category.is_empty())
            .into_iter()
            .collect(),
        ..Allergy::default()
    }
}

type Row = (
    Option<&'static str>,
    Option<(&'static str, &'static str)>,
    Option<Denied>,
);

const TABLE: &[Row] = &[
    (
        Some("アレルギー歴なし"),
        Some((SCT, "716186003")),
        Some(Denied::All),
    ),
    (Some("アレルギー　なし"), None, Some(Denied::All)),
    (Some("アレルギー：無し。"), None, Some(Denied::All)),
    (Some("アレルギー（－）"), None, Some(Denied::All)),
    (Some("ｱﾚﾙｷﾞｰ無"), None, Some(Denied::All)),
    (Some("特記すべきアレルギーなし"), None, Some(Denied::All)),
    (Some("なし"), None, Some(Denied::All)),
    (Some("薬剤アレルギーなし"), None, Some(Denied::Drugs)),
    (
        Some("薬剤アレルギーなし"),
        Some((SCT, "716186003")),
        Some(Denied::Drugs),
    ),
    (Some("食物アレルギーは認めず"), None, Some(Denied::Food)),
    (Some("ラテックスアレルギーなし"), None, Some(Denied::Other)),
    (Some("アレルギー不明"), None, Some(Denied::Nothing)),
    (Some("アレルギー未聴取"), None, Some(Denied::NotAsked)),
    (Some("No known allergies"), None, Some(Denied::All)),
    (
        Some("No Known Allergy (situation)"),
        Some((SCT, "716186003")),
        Some(Denied::All),
    ),
    (
        Some("No known drug allergy"),
        Some((SCT, "716186003")),
        Some(Denied::Drugs),
    ),
    (Some("ＮＫＤＡ"), None, Some(Denied::Drugs)),
    (Some("Not on file"), None, Some(Denied::Nothing)),
    (
        Some("Patient not asked"),
        Some((SCT, "1631000175102")),
        Some(Denied::NotAsked),
    ),
    (None, Some((SCT, "716186003")), Some(Denied::All)),
    (None, Some((SCT, "409137002")), Some(Denied::Drugs)),
    (None, Some((SCT, "429625007")), Some(Denied::Food)),
    (None, Some((SCT, "428607008")), Some(Denied::Other)),
    (None, Some((SCT, "716184000")), Some(Denied::Other)),
    (None, Some((SCT, "1287211007")), Some(Denied::Nothing)),
    (None, Some((IPS, "no-known-allergies")), Some(Denied::All)),
    (
        None,
        Some((IPS, "no-known-food-allergies")),
        Some(Denied::Food),
    ),
    (None, Some((IPS, "no-allergy-info")), Some(Denied::Nothing)),
    // Words that say more than "none" name something, whatever the code.
    (Some("ペニシリン"), Some((SCT, "716186003")), None),
    (Some("ペニシリン以外なし"), Some((SCT, "716186003")), None),
    (Some("ペニシリン以外アレルギーなし"), None, None),
    (Some("Norfloxacin"), Some((SCT, "716186003")), None),
    (
        Some("No known allergies except penicillin"),
        Some((SCT, "716186003")),
        None,
    ),
    (Some("ペニシリン"), Some((YCM, "00M")), None),
    (
        Some("アレルギーなし"),
        Some((YCM, "00M")),
        Some(Denied::All),
    ),
    (Some("なし"), Some((YCM, "YCM6111001F1ZZZ")), None),
    (Some("梨（なし）"), None, None),
    (Some("アレルギーあり"), None, None),
    (Some("薬剤アレルギー"), None, None),
    (Some("無水カフェイン"), None, None),
    (Some("Nonoxynol"), None, None),
    (None, None, None),
];

#[test]
fn a_denial_is_told_from_an_agent_by_code_and_by_words() {
    for (text, code, expected) in TABLE {
        assert_eq!(
            denied(&allergy(*text, *code, "")),
            *expected,
            "{text:?} {code:?}"
        );
    }
}

#[test]
fn a_denial_in_a_list_of_one_kind_denies_that_kind_only() {
    for (category, expected) in [
        ("medication", Denied::Drugs),
        ("environment", Denied::Other),
        ("food", Denied::Food),
        ("", Denied::All),
    ] {
        let denial = allergy(Some("アレルギーなし"), None, category);
        assert_eq!(denied(&denial), Some(expected), "{category}");
    }
}

#[test]
fn a_denial_with_a_reaction_is_a_row_to_look_at() {
    let mut odd = allergy(Some("アレルギー歴なし"), Some((SCT, "716186003")), "");
    odd.reactions = vec![Reaction {
        severity: Some("severe".to_owned()),
        ..Reaction::default()
    }];
    assert_eq!(denied(&odd), None);
}

#[test]
fn the_pear_among_foods_is_never_taken_for_a_denial() {
    for words in ["なし", "ナシ"] {
        let pear = allergy(Some(words), None, "food");
        assert_eq!(denied(&pear), None, "{words}");
        assert!(is_perhaps_pear(&pear));
    }
    assert!(!is_perhaps_pear(&allergy(Some("なし"), None, "medication")));
    let coded = allergy(Some("なし"), Some((SCT, "429625007")), "food");
    assert_eq!(denied(&coded), Some(Denied::Food));
}

#[test]
fn a_doubtful_denial_is_a_row_and_a_dash_or_an_unconscious_patient_is_not_asked() {
    for (words, expected) in [
        ("なし？", None),
        ("アレルギーなし？？", None),
        ("無（＋）", None),
        ("None?", None),
        ("アレルギー不明？", Some(Denied::Nothing)),
        ("－", Some(Denied::Nothing)),
        ("アレルギー（−）", Some(Denied::All)),
        ("聴取不能", Some(Denied::NotAsked)),
        ("意識障害のため聴取できず", Some(Denied::NotAsked)),
        // Says that the patient is awake, not that there is no allergy.
        ("意識障害なし", None),
    ] {
        assert_eq!(denied(&allergy(Some(words), None, "")), expected, "{words}");
    }
}

#[test]
fn a_denial_of_one_agent_is_told_from_what_merely_ends_like_one() {
    for (words, expected) in [
        ("ペニシリンアレルギーなし", true),
        ("ヨード造影剤（－）", true),
        ("アルコール過敏なし", true),
        ("ペニシリン以外アレルギーなし", false),
        ("ペニシリンアレルギーなし？", false),
        ("ペニシリンで蕁麻疹、他アレルギーなし", false),
        ("ペニシリン（＋）セフェム（－）", false),
        ("洋なし", false),
        ("ペニシリン", false),
    ] {
        let one = allergy(Some(words), None, "");
        assert_eq!(denies_one(&one), expected, "{words}");
    }
    let mut high = allergy(Some("ペニシリンアレルギーなし"), None, "");
    high.criticality = Some("high".to_owned());
    let coded = allergy(Some("ペニシリンアレルギーなし"), Some((YCM, "00M")), "");
    assert!(!denies_one(&high));
    assert_eq!(
        denies_one(&coded),
        !coded.agent.codings.iter().any(names_a_substance)
    );
}
