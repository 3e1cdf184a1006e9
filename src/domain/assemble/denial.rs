//! Whether an allergy row names a substance, or says that there is none.

use crate::domain::{
    allergy::{Allergy, Reaction},
    code::Concept,
    text::normalised,
};

use super::agent::names_a_substance;

/// What is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// Any allergy.
    All,
    /// Drug allergies only.
    Drugs,
    /// Food allergies only.
    Food,
    /// Some other kind only: latex, insects, environment.
    Other,
    /// Nothing: it says that nobody knows.
    Nothing,
    /// Nothing: nobody asked.
    NotAsked,
}

/// SNOMED CT (716186003 with its descendants, the retired 160244002, 1287211007 and the US
/// extension's 1631000175102) and HL7 IPS (`absent-unknown-uv-ips`, withdrawn but sent).
const CODES: [(&str, Denied); 17] = [
    ("716186003", Denied::All),
    ("160244002", Denied::All),
    ("409137002", Denied::Drugs),
    ("429625007", Denied::Food),
    ("428607008", Denied::Other),
    ("716184000", Denied::Other),
    ("716220001", Denied::Other),
    ("428197003", Denied::Other),
    ("1003774007", Denied::Other),
    ("1287211007", Denied::Nothing),
    ("1631000175102", Denied::NotAsked),
    ("no-known-allergies", Denied::All),
    ("no-known-medication-allergies", Denied::Drugs),
    ("no-known-food-allergies", Denied::Food),
    ("no-known-environmental-allergies", Denied::Other),
    ("no-known-latex-allergies", Denied::Other),
    ("no-allergy-info", Denied::Nothing),
];

/// Whether a code is one of them.
pub(super) fn is_denial_code(code: &str) -> bool {
    CODES.iter().any(|(known, _)| *known == code)
}

/// What `allergy` denies; `None` where it names a substance. The chart's own words go before the
/// code: a code that says "none" beside words that say more is a row to look at, and so is a
/// denial with a reaction.
pub(super) fn denied(allergy: &Allergy) -> Option<Denied> {
    if allergy.reactions.iter().any(happened) || is_perhaps_pear(allergy) {
        return None;
    }
    let agent = &allergy.agent;
    let by_code = agent.codings.iter().find_map(|coding| {
        let code = coding.code.as_deref()?;
        CODES
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, denied)| *denied)
    });
    let by_words = spoken(agent).and_then(|words| in_words(&words));
    let denied = match (by_code, by_words) {
        (Some(code), Some(Denied::All)) => code,
        (Some(_), Some(words)) => words,
        (Some(code), None) => Some(code).filter(|_| agent.text.is_none())?,
        (None, words) => words.filter(|_| !agent.codings.iter().any(names_a_substance))?,
    };
    Some(narrowed(denied, &allergy.categories))
}

/// A denial in a list of one kind denies that kind: 「なし」 among drug allergies says nothing of
/// food.
fn narrowed(denied: Denied, categories: &[String]) -> Denied {
    match (denied, categories) {
        (Denied::All, [only]) => match only.as_str() {
            "medication" => Denied::Drugs,
            "food" => Denied::Food,
            "environment" | "biologic" => Denied::Other,
            _ => Denied::All,
        },
        _ => denied,
    }
}

/// 「なし」 in a list of foods, without a code that denies, may be the pear (梨).
pub(super) fn is_perhaps_pear(allergy: &Allergy) -> bool {
    let is_food = allergy.categories.iter().any(|category| category == "food");
    let coded = allergy
        .agent
        .codings
        .iter()
        .any(|coding| coding.code.as_deref().is_some_and(is_denial_code));
    let words = spoken(&allergy.agent).map(|words| squeezed(&words));
    is_food && !coded && matches!(words.as_deref(), Some("なし" | "ナシ"))
}

/// Endings of words that deny an allergy to what stands before them.
const ONE_DENIED: [&str; 6] = ["(-)", "なし", "無し", "無", "認めず", "否定"];
/// What must stand between the agent and the denial: 「洋なし」 is a pear.
const SENSITIVITY: [&str; 6] = [
    "アレルギー歴",
    "アレルギー",
    "過敏症",
    "過敏",
    "不耐症",
    "不耐",
];
/// Words of exceptions, doubts and events: with one of them it is a row to look at.
const MORE_THAN_DENIED: [&str; 12] = [
    "以外",
    "除",
    "他",
    "ほか",
    "あり",
    "有",
    "疑",
    "ショック",
    "疹",
    "アナフィラキシー",
    "以前",
    "で",
];

/// Whether the chart's words deny one agent and say nothing else: 「ペニシリンアレルギーなし」,
/// 「ヨード造影剤（－）」. A code of the agent, a reaction, a note or a high criticality beside them
/// contradicts the words: then it is a row like any other.
pub(super) fn denies_one(allergy: &Allergy) -> bool {
    let agent = &allergy.agent;
    let contradicted = allergy.reactions.iter().any(happened)
        || !allergy.notes.is_empty()
        || allergy.criticality.as_deref() == Some("high")
        || agent.codings.iter().any(names_a_substance);
    let Some(words) = spoken(agent).filter(|_| !contradicted) else {
        return false;
    };
    let words: String = plain(&words)
        .replace("(ー)", "(-)")
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let words = words.trim_end_matches('。');
    let denied = ONE_DENIED.iter().find_map(|ending| {
        let before = words.strip_suffix(ending)?;
        if *ending == "(-)" {
            return Some(before);
        }
        let before = before.trim_end_matches(['は', 'も']);
        SENSITIVITY
            .iter()
            .find_map(|word| before.strip_suffix(word))
    });
    denied.is_some_and(|agent| {
        !agent.is_empty()
            && agent.chars().all(|c| c.is_alphanumeric() || c == '・')
            && !MORE_THAN_DENIED.iter().any(|word| agent.contains(word))
    })
}

fn happened(reaction: &Reaction) -> bool {
    reaction.severity.is_some() || reaction.manifestations.iter().any(|one| !is_null(one))
}

/// HL7 null flavors and data-absent-reasons stand for no word.
pub(super) fn is_null(concept: &Concept) -> bool {
    concept.text.is_none()
        && concept.codings.iter().any(|coding| {
            coding.system.as_deref().is_some_and(|system| {
                system.contains("NullFlavor")
                    || system.ends_with("5.1008")
                    || system.ends_with("data-absent-reason")
            })
        })
}

fn spoken(agent: &Concept) -> Option<String> {
    let display = || agent.codings.first().and_then(|one| one.display.clone());
    agent.text.clone().or_else(display)
}

/// Dashes that charts write for "none"; in one width they are still several.
const DASHES: [char; 6] = ['‐', '‑', '–', '—', '―', '−'];

/// One width, lower case, one dash.
fn plain(words: &str) -> String {
    normalised(words).to_lowercase().replace(DASHES, "-")
}

/// Whether a denial is put in question or turned into its opposite: 「なし？」, 「無（＋）」.
pub(super) fn is_doubtful(words: &str) -> bool {
    plain(words).contains(['?', '+', '±'])
}

/// A dash alone: the field was left without a word.
fn is_dash(words: &str) -> bool {
    let words = plain(words);
    !words.is_empty() && words.chars().all(|c| matches!(c, '-' | 'ー'))
}

/// One width, lower case, no white space and no punctuation.
pub(super) fn squeezed(words: &str) -> String {
    plain(words)
        .replace("(-)", "無")
        .replace("(ー)", "無")
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, 'ー' | '々'))
        .collect()
}

/// What a part of a denial means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Filler,
    None,
    Unknown,
    NotAsked,
    /// Why nobody could be asked: alone it denies nothing.
    Cause,
    Kind(Denied),
}

/// The words of denials in Japanese charts; a longer one is tried first. Words with anything else
/// in them name something, and are a row: 「ペニシリン以外なし」 is no denial.
const JAPANESE: &[(&str, Part)] = &[
    ("意識レベル低下", Part::Cause),
    ("聴取できない", Part::NotAsked),
    ("聴取できず", Part::NotAsked),
    ("確認できない", Part::Unknown),
    ("確認できず", Part::Unknown),
    ("知られている", Part::Filler),
    ("意識障害", Part::Cause),
    ("意識不明", Part::Cause),
    ("意識消失", Part::Cause),
    ("意識低下", Part::Cause),
    ("会話困難", Part::Cause),
    ("会話不能", Part::Cause),
    ("聴取不能", Part::NotAsked),
    ("聴取困難", Part::NotAsked),
    ("聴取不可", Part::NotAsked),
    ("問診不能", Part::NotAsked),
    ("確認不能", Part::Unknown),
    ("救急搬送", Part::Cause),
    ("医薬品", Part::Kind(Denied::Drugs)),
    ("ありません", Part::None),
    ("認めません", Part::None),
    ("情報なし", Part::Unknown),
    ("記載なし", Part::Unknown),
    ("登録なし", Part::Unknown),
    ("アレルギー", Part::Filler),
    ("ラテックス", Part::Kind(Denied::Other)),
    ("天然ゴム", Part::Kind(Denied::Other)),
    ("食べ物", Part::Kind(Denied::Food)),
    ("その他", Part::Kind(Denied::Other)),
    ("すべき", Part::Filler),
    ("現時点", Part::Filler),
    ("過敏症", Part::Filler),
    ("副作用", Part::Kind(Denied::Drugs)),
    ("造影剤", Part::Kind(Denied::Other)),
    ("アレルギ", Part::Filler),
    ("認めない", Part::None),
    ("認知症", Part::Cause),
    ("挿管中", Part::Cause),
    ("鎮静中", Part::Cause),
    ("のため", Part::Filler),
    ("により", Part::Filler),
    ("未聴取", Part::NotAsked),
    ("未確認", Part::Unknown),
    ("認めず", Part::None),
    ("とくに", Part::Filler),
    ("花粉", Part::Kind(Denied::Other)),
    ("環境", Part::Kind(Denied::Other)),
    ("昆虫", Part::Kind(Denied::Other)),
    ("動物", Part::Kind(Denied::Other)),
    ("金属", Part::Kind(Denied::Other)),
    ("薬剤", Part::Kind(Denied::Drugs)),
    ("薬物", Part::Kind(Denied::Drugs)),
    ("薬品", Part::Kind(Denied::Drugs)),
    ("禁忌", Part::Kind(Denied::Drugs)),
    ("食物", Part::Kind(Denied::Food)),
    ("食品", Part::Kind(Denied::Food)),
    ("食事", Part::Kind(Denied::Food)),
    ("既往", Part::Filler),
    ("既知", Part::Filler),
    ("特に", Part::Filler),
    ("特記", Part::Filler),
    ("事項", Part::Filler),
    ("該当", Part::Filler),
    ("反応", Part::Filler),
    ("現在", Part::Filler),
    ("本人", Part::Filler),
    ("指摘", Part::Filler),
    ("など", Part::Filler),
    ("無し", Part::None),
    ("なし", Part::None),
    ("ない", Part::None),
    ("否定", Part::None),
    ("不明", Part::Unknown),
    ("薬", Part::Kind(Denied::Drugs)),
    ("無", Part::None),
    ("歴", Part::Filler),
    ("等", Part::Filler),
    ("の", Part::Filler),
    ("は", Part::Filler),
    ("も", Part::Filler),
    ("が", Part::Filler),
    ("に", Part::Filler),
    ("で", Part::Filler),
];

/// The same in English, word by word.
const ENGLISH: &[(&str, Part)] = &[
    ("no", Part::None),
    ("none", Part::None),
    ("nil", Part::None),
    ("denies", Part::None),
    ("nka", Part::None),
    ("unknown", Part::Unknown),
    ("information", Part::Unknown),
    ("info", Part::Unknown),
    ("not", Part::Unknown),
    ("asked", Part::NotAsked),
    ("drug", Part::Kind(Denied::Drugs)),
    ("drugs", Part::Kind(Denied::Drugs)),
    ("medication", Part::Kind(Denied::Drugs)),
    ("medications", Part::Kind(Denied::Drugs)),
    ("medicine", Part::Kind(Denied::Drugs)),
    ("food", Part::Kind(Denied::Food)),
    ("foods", Part::Kind(Denied::Food)),
    ("latex", Part::Kind(Denied::Other)),
    ("environmental", Part::Kind(Denied::Other)),
    ("insect", Part::Kind(Denied::Other)),
    ("animal", Part::Kind(Denied::Other)),
    ("known", Part::Filler),
    ("about", Part::Filler),
    ("available", Part::Filler),
    ("allergy", Part::Filler),
    ("allergies", Part::Filler),
    ("allergic", Part::Filler),
    ("adverse", Part::Filler),
    ("reaction", Part::Filler),
    ("reactions", Part::Filler),
    ("intolerance", Part::Filler),
    ("intolerances", Part::Filler),
    ("history", Part::Filler),
    ("of", Part::Filler),
    ("to", Part::Filler),
    ("any", Part::Filler),
    ("patient", Part::Filler),
    ("on", Part::Filler),
    ("file", Part::Filler),
    ("reported", Part::Filler),
    ("documented", Part::Filler),
    ("situation", Part::Filler),
    ("finding", Part::Filler),
];

/// What a sentence denies, if it is made of nothing but the words of a denial.
fn in_words(words: &str) -> Option<Denied> {
    if is_dash(words) {
        return Some(Denied::Nothing);
    }
    let parts = if words.is_ascii() || !squeezed(words).contains(|c: char| !c.is_ascii()) {
        english(words)?
    } else {
        japanese(&squeezed(words))?
    };
    let has = |part: Part| parts.contains(&part);
    let kind = parts.iter().find_map(|part| match part {
        Part::Kind(kind) => Some(*kind),
        Part::Filler | Part::None | Part::Unknown | Part::NotAsked | Part::Cause => None,
    });
    if has(Part::NotAsked) {
        Some(Denied::NotAsked)
    } else if has(Part::Unknown) {
        Some(Denied::Nothing)
    } else if has(Part::None) && !has(Part::Cause) && !is_doubtful(words) {
        Some(kind.unwrap_or(Denied::All))
    } else {
        None
    }
}

fn japanese(sentence: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = sentence;
    while !rest.is_empty() {
        let (after, part) = JAPANESE
            .iter()
            .find_map(|(word, part)| rest.strip_prefix(word).map(|after| (after, *part)))?;
        parts.push(part);
        rest = after;
    }
    Some(parts)
}

fn english(sentence: &str) -> Option<Vec<Part>> {
    let sentence = normalised(sentence).to_lowercase();
    let mut parts = Vec::new();
    for word in sentence
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        match word {
            "nkda" | "nkma" => parts.extend([Part::None, Part::Kind(Denied::Drugs)]),
            "nkfa" => parts.extend([Part::None, Part::Kind(Denied::Food)]),
            _ => parts.push(ENGLISH.iter().find(|(known, _)| *known == word)?.1),
        }
    }
    Some(parts)
}

#[cfg(test)]
#[path = "denial_tests.rs"]
mod tests;
