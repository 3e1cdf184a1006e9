//! Which section a resource belongs to.

use crate::domain::{
    allergy::Allergy,
    code::{Coding, Concept},
    date::Date,
    document::Document,
    procedure::Procedure,
    record::{Content, Record},
    result::Observation,
    section::SectionName,
    text::normalised,
    visit::Visit,
};

/// Where a resource goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A section.
    In(SectionName),
    /// The banner.
    Banner,
    /// Nowhere, with why.
    Nowhere(&'static str),
    /// It cannot be read; the section that its type would belong to.
    Unreadable(Option<SectionName>),
}

/// Decides the place of `record`.
pub(super) fn place(record: &Record) -> Place {
    match &record.content {
        Content::Patient(_) => Place::Banner,
        Content::Allergy(allergy) => Place::In(of_allergy(allergy, record)),
        Content::Problem(_) => Place::In(SectionName::Problems),
        Content::Observation(observation) => of_observation(observation),
        Content::Medication(_) => Place::In(SectionName::Drugs),
        Content::Procedure(procedure) => Place::In(of_procedure(procedure)),
        Content::Visit(visit) => Place::In(of_visit(visit)),
        Content::Document(_) => Place::In(SectionName::Documents),
        Content::NotForThisScreen { .. } => Place::Nowhere("resource type not on this screen"),
        Content::Unreadable { .. } => Place::Unreadable(of_type(&record.resource)),
    }
}

/// The section a resource type belongs to where its content cannot be read.
fn of_type(resource: &str) -> Option<SectionName> {
    match resource.split('/').next()? {
        "AllergyIntolerance" => Some(SectionName::Allergies),
        "Condition" => Some(SectionName::Problems),
        "Observation" => Some(SectionName::Labs),
        "MedicationRequest" | "MedicationDispense" | "MedicationStatement" => {
            Some(SectionName::Drugs)
        }
        "Procedure" => Some(SectionName::Procedures),
        "Encounter" => Some(SectionName::Visits),
        "Composition" | "DocumentReference" => Some(SectionName::Documents),
        _ => None,
    }
}

/// 薬剤禁忌 was category `medication` with criticality `high` until the shared `_eCS` profiles
/// replaced the `_CLINS_eCS` ones on 2024-06-24 (JP-CLINS 1.0.0 rc1, rules R2011-R2013 of 0.9);
/// since then the same pair is a drug allergy like any other. So the pair is a contraindication
/// only on a row of the old naming, or on a JP row written before that day. A row without any
/// Japanese profile never knew the word. In either section the row is in danger tone and in the
/// strip.
fn of_allergy(allergy: &Allergy, record: &Record) -> SectionName {
    let pair = allergy
        .categories
        .iter()
        .any(|category| category == "medication")
        && allergy.criticality.as_deref() == Some("high");
    let old_name = record.profiles.iter().any(|profile| {
        profile.contains("/clins/StructureDefinition/JP_AllergyIntolerance")
            || profile.contains("_CLINS_eCS")
    });
    let japanese = record
        .profiles
        .iter()
        .any(|profile| profile.contains("jpfhir.jp"));
    let written = allergy.recorded.or(record.last_updated);
    let before = chrono::NaiveDate::from_ymd_opt(2024, 6, 24).is_some_and(|change| {
        written
            .as_ref()
            .is_some_and(|date: &Date| date.last_day() < change)
    });
    if pair && (old_name || (japanese && before)) {
        SectionName::Contraindications
    } else {
        SectionName::Allergies
    }
}

/// Infection or laboratory result: the same profile, told apart by what was tested
/// ([`super::infection_kinds`]), so that an infection coded elsewhere than in the shared records'
/// own list keeps to B13 too. What is not a laboratory result has no place on this screen; in
/// doubt it is one.
fn of_observation(observation: &Observation) -> Place {
    if super::infection_kinds::concerns(observation) {
        return Place::In(SectionName::Infections);
    }
    let codes = &observation.code.codings;
    let category =
        |codes: &[&str]| all_codings(&observation.categories).any(|coding| has_code(coding, codes));
    if category(&["laboratory", "LAB"])
        || codes.iter().any(|coding| is_system(coding, "ObsLabResult"))
    {
        return Place::In(SectionName::Labs);
    }
    let elsewhere = category(&[
        "vital-signs",
        "social-history",
        "imaging",
        "survey",
        "exam",
        "therapy",
        "activity",
        "procedure",
    ]);
    if elsewhere || codes.iter().any(is_vital_sign) {
        return Place::Nowhere("not a laboratory result");
    }
    Place::In(SectionName::Labs)
}

/// FHIR R4 vital signs profiles (LOINC), body temperature and blood pressure in SNOMED CT.
fn is_vital_sign(coding: &Coding) -> bool {
    has_code(
        coding,
        &[
            "85353-1",
            "9279-1",
            "8867-4",
            "2708-6",
            "59408-5",
            "8310-5",
            "8302-2",
            "9843-4",
            "29463-7",
            "39156-5",
            "85354-9",
            "55284-4",
            "8480-6",
            "8462-4",
            "386725007",
            "75367002",
            "364075005",
        ],
    )
}

/// Operations by chapter K of the fee schedule (blood transfusion, K920 to K924, stands in that
/// chapter but is none), receipt codes beginning with 150, SNOMED CT 387713003, or the word 術;
/// dialysis by J038, J042, C102 and the words.
fn of_procedure(procedure: &Procedure) -> SectionName {
    let words = words_of(&procedure.code);
    let category = procedure
        .category
        .iter()
        .flat_map(|concept| &concept.codings);
    let surgical = category
        .clone()
        .any(|coding| has_code(coding, &["387713003"]));
    let written: Vec<&str> = procedure
        .code
        .codings
        .iter()
        .filter_map(|coding| coding.code.as_deref())
        .collect();
    let transfusion = written.iter().any(|code| is_chapter_k(code, 920..=924));
    if surgical || (!transfusion && written.iter().any(|code| is_operation_code(code))) {
        return SectionName::Operations;
    }
    let named = [
        "透析",
        "人工腎臓",
        "血液濾過",
        "血液ろ過",
        "腹膜灌流",
        "dialysis",
        "hemofiltration",
    ]
    .iter()
    .any(|word| words.contains(word));
    let placed = ["造設", "設置", "留置", "造成"]
        .iter()
        .any(|word| words.contains(word));
    let by_code = written.iter().any(|code| {
        [
            "J038",
            "J042",
            "C102",
            "265764009",
            "302497006",
            "71192002",
            "108241001",
        ]
        .iter()
        .any(|known| {
            code == known
                || code
                    .strip_prefix(known)
                    .is_some_and(|rest| rest.starts_with('-'))
        })
    }) || category
        .into_iter()
        .any(|coding| has_code(coding, &["265764009", "108241001"]));
    if by_code || (named && !placed) {
        return SectionName::Dialysis;
    }
    if !transfusion && (is_operation_word(&words) || is_operation_without_its_word(&words)) {
        return SectionName::Operations;
    }
    SectionName::Procedures
}

fn is_operation_code(code: &str) -> bool {
    is_chapter_k(code, 0..=919)
        || is_chapter_k(code, 925..=999)
        || (code.len() == 9 && code.starts_with("150") && code.bytes().all(|b| b.is_ascii_digit()))
}

fn is_chapter_k(code: &str, numbers: std::ops::RangeInclusive<u32>) -> bool {
    code.strip_prefix('K')
        .and_then(|rest| rest.get(..3))
        .and_then(|digits| digits.parse().ok())
        .is_some_and(|number: u32| numbers.contains(&number))
}

/// 術 at the end of a word; 術前, 術後, 術中 are about something else.
fn is_operation_word(words: &str) -> bool {
    let mut rest = words;
    while let Some((_, after)) = rest.split_once('術') {
        if !["前", "後", "中", "式", "者"]
            .iter()
            .any(|word| after.starts_with(word))
        {
            return true;
        }
        rest = after;
    }
    ["surgery", "surgical", "ectomy", "otomy", "bypass graft"]
        .iter()
        .any(|word| words.contains(word))
}

/// Operations whose name stops before 術, above all those that leave something in the body.
/// [general knowledge]
const OPERATION_NAMES: [&str; 33] = [
    "植込",
    "植え込",
    "埋込",
    "埋め込",
    "ペースメーカー移植",
    "ペースメーカ移植",
    "ポート留置",
    "ポート設置",
    "ポート造設",
    "型カテーテル設置",
    "型カテーテル留置",
    "ステント留置",
    "ステント挿入",
    "ステントグラフト",
    "フィルター留置",
    "クリッピング",
    "コイル塞栓",
    "コイリング",
    "椎体間固定",
    "後方固定",
    "前方固定",
    "骨接合",
    "人工関節置換",
    "人工骨頭",
    "弁置換",
    "弁留置",
    "弁形成",
    "左心耳閉鎖",
    "冠動脈バイパス",
    "冠動脈形成",
    "冠動脈インターベンション",
    "人工肛門造設",
    "全摘",
];

/// The same as abbreviations, whole words only.
const OPERATION_ABBREVIATIONS: [&str; 13] = [
    "pci", "ptca", "cabg", "opcab", "tavi", "tavr", "evar", "tevar", "plif", "tlif", "alif", "tha",
    "tka",
];

/// An operation by its name alone. What is about one (術後, 予定, 管理), or takes something out
/// again without the word 術, is none.
fn is_operation_without_its_word(words: &str) -> bool {
    const ABOUT: [&str; 9] = [
        "管理",
        "指導",
        "チェック",
        "点検",
        "説明",
        "リハビリ",
        "抜去",
        "除去",
        "removal",
    ];
    // 植込型 names the kind of a thing, not what was done.
    const NOT_BEFORE: [&str; 8] = ["前", "後", "術前", "術後", "中", "予定", "型", "状態"];
    let is_done = |after: &str| {
        let after = after.trim_start().trim_start_matches('み');
        !NOT_BEFORE.iter().any(|word| after.starts_with(word))
    };
    if ABOUT.iter().any(|word| words.contains(word)) {
        return false;
    }
    let named = OPERATION_NAMES.iter().any(|name| {
        let mut found = words.match_indices(name);
        found.any(|(at, name)| words.get(at + name.len()..).is_some_and(is_done))
    });
    named
        || OPERATION_ABBREVIATIONS.iter().any(|name| {
            words.match_indices(name).any(|(at, name)| {
                let is_apart = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
                let (before, after) = (words.get(..at), words.get(at + name.len()..));
                let before = before.and_then(|before| before.chars().next_back());
                let rest = after.unwrap_or_default();
                is_apart(before) && is_apart(rest.chars().next()) && is_done(rest)
            })
        })
}

/// Check-ups by their words only: SNOMED CT 185349003 (encounter for check up) is what charts send
/// for any outpatient visit.
fn of_visit(visit: &Visit) -> SectionName {
    let checkup = visit
        .types
        .iter()
        .any(|concept| is_checkup(&words_of(concept)));
    if checkup {
        SectionName::Checkups
    } else {
        SectionName::Visits
    }
}

/// Whether a document reports a check-up (LOINC 53576-5: 健診結果報告書): its day is said among the
/// check-ups too.
pub(super) fn reports_checkup(document: &Document) -> bool {
    let kinds = || std::iter::once(&document.kind).chain(&document.categories);
    let coded = kinds()
        .flat_map(|concept| &concept.codings)
        .any(|coding| has_code(coding, &["53576-5"]));
    coded || kinds().any(|concept| is_checkup(&words_of(concept)))
}

fn is_checkup(words: &str) -> bool {
    [
        "健診",
        "健康診断",
        "健康診査",
        "検診",
        "health check",
        "medical checkup",
        "人間ドック",
    ]
    .iter()
    .any(|word| words.contains(word))
}

/// The section that a List or a Composition section is about: LOINC of the International Patient
/// Summary, the section codes of the JP documents, else the words.
pub(super) fn about(concept: &Concept) -> Option<SectionName> {
    const CODES: [(&str, SectionName); 16] = [
        ("52472-8", SectionName::Allergies),
        ("10183-2", SectionName::Drugs),
        ("182836005", SectionName::Drugs),
        ("48765-2", SectionName::Allergies),
        ("10160-0", SectionName::Drugs),
        ("11450-4", SectionName::Problems),
        ("47519-4", SectionName::Procedures),
        ("30954-2", SectionName::Labs),
        ("46240-8", SectionName::Visits),
        ("510", SectionName::Allergies),
        ("520", SectionName::Infections),
        ("340", SectionName::Problems),
        ("430", SectionName::Drugs),
        ("620", SectionName::Labs),
        ("830", SectionName::Operations),
        ("820", SectionName::Procedures),
    ];
    const WORDS: [(&str, SectionName); 12] = [
        ("アレルギ", SectionName::Allergies),
        ("allerg", SectionName::Allergies),
        ("禁忌", SectionName::Contraindications),
        ("処方", SectionName::Drugs),
        ("投薬", SectionName::Drugs),
        ("medication", SectionName::Drugs),
        ("感染", SectionName::Infections),
        ("検査", SectionName::Labs),
        ("傷病", SectionName::Problems),
        ("problem", SectionName::Problems),
        ("手術", SectionName::Operations),
        ("procedure", SectionName::Procedures),
    ];
    let coded = concept.codings.iter().find_map(|coding| {
        CODES
            .iter()
            .find(|(code, _)| has_code(coding, &[code]))
            .map(|(_, section)| *section)
    });
    coded.or_else(|| {
        let words = words_of(concept);
        WORDS
            .iter()
            .find(|(word, _)| words.contains(word))
            .map(|(_, section)| *section)
    })
}

/// Everything a concept says in words, in one width and in lower case.
fn words_of(concept: &Concept) -> String {
    let displays = concept
        .codings
        .iter()
        .filter_map(|coding| coding.display.as_deref());
    let words: Vec<&str> = concept
        .text
        .as_deref()
        .into_iter()
        .chain(displays)
        .collect();
    normalised(&words.join(" ")).to_lowercase()
}

fn all_codings(concepts: &[Concept]) -> impl Iterator<Item = &Coding> {
    concepts.iter().flat_map(|concept| &concept.codings)
}

fn has_code(coding: &Coding, codes: &[&str]) -> bool {
    coding
        .code
        .as_deref()
        .is_some_and(|code| codes.contains(&code))
}

fn is_system(coding: &Coding, part: &str) -> bool {
    coding
        .system
        .as_deref()
        .is_some_and(|system| system.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_missed_in_the_section_of_its_type() {
        use SectionName as S;
        for (resource, expected) in [
            ("AllergyIntolerance/1", Some(S::Allergies)),
            ("Condition/1", Some(S::Problems)),
            ("Observation/1", Some(S::Labs)),
            ("MedicationRequest/1", Some(S::Drugs)),
            ("MedicationDispense/1", Some(S::Drugs)),
            ("MedicationStatement/1", Some(S::Drugs)),
            ("Procedure/1", Some(S::Procedures)),
            ("Encounter/1", Some(S::Visits)),
            ("Composition/1", Some(S::Documents)),
            ("DocumentReference/1", Some(S::Documents)),
            ("Coverage/1", None),
            ("", None),
        ] {
            assert_eq!(of_type(resource), expected, "{resource}");
        }
    }
}
