//! Why a resource has its fate, for readers.

use crate::domain::section::Language;

/// Phrases that other programs rely on: the same in every language.
pub const OTHER_PATIENT: &str = "other patient";
/// See [`OTHER_PATIENT`].
pub const NO_SUBJECT: &str = "no subject";

/// Whole reasons, as the rooms below say them, with their Japanese.
const WHOLE: [(&str, &str); 23] = [
    ("shown", "表示"),
    ("covered", "保護項目として表示"),
    ("the banner", "患者情報として表示"),
    (
        "says that there is none, in the section's words",
        "「なし」の記載として表示",
    ),
    (
        "says that nothing is known, in the section's words",
        "「情報なし」の記載として表示",
    ),
    ("ended before the window", "表示期間より前に終了"),
    ("entered in error", "誤登録"),
    ("not for delivery", "提供対象外"),
    (NOT_FOR_THIS_ROLE, "この職種または同意の範囲外"),
    ("not a laboratory result", "検査結果ではない"),
    ("not a drug", "薬剤ではない"),
    ("not an allergy", "アレルギーではない"),
    ("not a resource of this section", "この項目のものではない"),
    ("no section took it", "どの項目にも入らない"),
    (
        "nothing that says what it is about could be read",
        "内容を示す項目を読めない",
    ),
    ("not a JSON object", "JSONオブジェクトではない"),
    ("the file is cut off here", "ファイルがここで途切れている"),
    ("not UTF-8 text", "UTF-8の文字列ではない"),
    ("no resourceType", "resourceTypeがない"),
    (
        "resourceType is no FHIR resource type",
        "resourceTypeがFHIRのものではない",
    ),
    ("Bundles nested too deep", "Bundleの入れ子が深すぎる"),
    ("entry is no list", "entryが配列ではない"),
    ("entry is no object", "entryがオブジェクトではない"),
];

/// Goes on after the reason of a drug that is in no row of the drug list: it is named as a fact at
/// this allergy.
pub const NAMED_AT: &str = "; named at ";

/// How a reason goes on after its beginning.
type Ending = fn(&str) -> String;

/// Reasons that go on with a name, with their Japanese.
const BEGINNINGS: [(&str, Ending); 6] = [
    ("replaced by ", |name| {
        format!("新しい版 {name} に置き換え済み")
    }),
    ("the same as ", |name| format!("{name} と同じ内容")),
    ("the same event as ", |name| {
        format!("{name} と同じ処方・調剤")
    }),
    ("the banner, with ", |name| {
        format!("患者情報 {name} に統合")
    }),
    ("resource type not on this screen: ", |name| {
        format!("この画面の対象でない種類：{name}")
    }),
    ("entry without a resource", |rest| {
        format!("resourceのないentry{rest}")
    }),
];

/// The reason in `language`; what is already said in it, and the fixed phrases, stay as they are.
#[must_use]
pub fn said(why: String, language: Language) -> String {
    // A builder that says nothing more of a row means that it is shown.
    let why = if why.is_empty() {
        "shown".to_owned()
    } else {
        why
    };
    if language == Language::En {
        return why;
    }
    if let Some((reason, allergy)) = why.split_once(NAMED_AT) {
        let reason = said(reason.to_owned(), language);
        return format!("{reason}（{allergy} に事実として記載）");
    }
    if let Some((_, words)) = WHOLE.iter().find(|(known, _)| *known == why) {
        return (*words).to_owned();
    }
    BEGINNINGS
        .iter()
        .find_map(|(known, words)| why.strip_prefix(known).map(words))
        .unwrap_or(why)
}

/// Whether a reason, said in any language, is that a resource must not be delivered (未提供).
#[must_use]
pub fn is_not_for_delivery(why: &str) -> bool {
    [Language::Ja, Language::En]
        .into_iter()
        .any(|language| said("not for delivery".to_owned(), language) == why)
}

/// Why the table of roles and consents withholds something.
pub const NOT_FOR_THIS_ROLE: &str = "not for this role";

/// Whether a reason, said in any language, is that the viewer's role or the consent does not reach
/// so far.
#[must_use]
pub fn is_not_for_this_role(why: &str) -> bool {
    [Language::Ja, Language::En]
        .into_iter()
        .any(|language| said(NOT_FOR_THIS_ROLE.to_owned(), language) == why)
}

/// What a reader is told beside one of the fixed phrases.
#[must_use]
pub fn explained(why: &str, language: Language) -> Option<&'static str> {
    match (why, language) {
        (OTHER_PATIENT, Language::Ja) => Some("別の患者のもの"),
        (NO_SUBJECT, Language::Ja) => Some("誰のものか書かれていない"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_follow_the_language_and_fixed_phrases_stay() {
        for (why, japanese) in [
            ("shown", "表示"),
            (
                "replaced by Condition/1",
                "新しい版 Condition/1 に置き換え済み",
            ),
            (
                "resource type not on this screen: Coverage",
                "この画面の対象でない種類：Coverage",
            ),
            (OTHER_PATIENT, OTHER_PATIENT),
            (NO_SUBJECT, NO_SUBJECT),
            ("表示期間より前（2020）", "表示期間より前（2020）"),
            (
                "ended before the window; named at AllergyIntolerance/1",
                "表示期間より前に終了（AllergyIntolerance/1 に事実として記載）",
            ),
        ] {
            assert_eq!(said(why.to_owned(), Language::Ja), japanese);
            assert_eq!(said(why.to_owned(), Language::En), why);
        }
        assert!(explained(OTHER_PATIENT, Language::Ja).is_some());
        assert!(explained("shown", Language::Ja).is_none());
    }
}
