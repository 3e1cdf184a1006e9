//! The patient in words: whatever record and crew say, side by side where they differ, and what an
//! unidentified patient goes by.

use super::Papers;
use crate::domain::{date::Date, patient::Sex, section::Language};

/// Who the patient is, as lines.
pub(super) fn lines(papers: &Papers<'_>) -> Vec<String> {
    let (handoff, language) = (papers.handoff, papers.language);
    let typed = &handoff.form.patient;
    let linked = handoff.linked.as_ref();
    let known = linked.and_then(|link| link.person.patient.as_ref());
    let day = |date: Date| date.to_string();
    let sex = |sex: Sex| sex_name(sex, language).to_owned();
    let sides = [
        (
            ("氏名", "Name"),
            known.and_then(|known| known.name.clone()),
            typed.name.clone(),
        ),
        (
            ("カナ", "Kana"),
            known.and_then(|known| known.kana.clone()),
            typed.kana.clone(),
        ),
        (
            ("生年月日", "Born"),
            known.and_then(|known| known.birth_date).map(day),
            typed.birth_date.map(Date::Day).map(day),
        ),
        (
            ("性別", "Sex"),
            known.and_then(|known| known.sex).map(sex),
            typed.sex.map(sex),
        ),
    ];
    let mut lines: Vec<String> = sides
        .into_iter()
        .filter_map(|(name, known, typed)| side_by_side(name, (known, typed), language))
        .collect();
    let (label, band) = match language {
        Language::Ja => ("仮の呼び名", "年齢層"),
        Language::En => ("Goes by", "About how old"),
    };
    lines.extend(typed.label.as_ref().map(|text| format!("{label} {text}")));
    let about = handoff.age_band().map(|about| about.name(language));
    lines.extend(about.map(|about| format!("{band} {about}")));
    lines
}

fn side_by_side(
    (ja, en): (&str, &str),
    sides: (Option<String>, Option<String>),
    language: Language,
) -> Option<String> {
    let (name, record, crew) = match language {
        Language::Ja => (ja, "記録", "救急隊"),
        Language::En => (en, "record", "crew"),
    };
    Some(match sides {
        (Some(known), Some(typed)) if known != typed => {
            let differ = match language {
                Language::Ja => "不一致",
                Language::En => "differ",
            };
            format!("{name} {known} [{record}] / {typed} [{crew}] ({differ})")
        }
        (Some(known), _) => format!("{name} {known} [{record}]"),
        (None, Some(typed)) => format!("{name} {typed} [{crew}]"),
        (None, None) => return None,
    })
}

/// The word for a sex.
pub(super) const fn sex_name(sex: Sex, language: Language) -> &'static str {
    match (sex, language) {
        (Sex::Male, Language::Ja) => "男",
        (Sex::Male, Language::En) => "male",
        (Sex::Female, Language::Ja) => "女",
        (Sex::Female, Language::En) => "female",
        (Sex::Other, Language::Ja) => "その他",
        (Sex::Other, Language::En) => "other",
        (Sex::Unknown, Language::Ja) => "不明",
        (Sex::Unknown, Language::En) => "unknown",
    }
}
