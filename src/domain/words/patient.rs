//! Words of the identity banner.

use crate::domain::{patient::Death, section::Language};

/// Words of the identity banner.
#[derive(Debug)]
pub struct PatientWords {
    /// Age in years.
    pub years: fn(u32) -> String,
    /// Age in years where the birth date is not fully known: from, to.
    pub years_between: fn(u32, u32) -> String,
    /// Age in months.
    pub months: fn(u32) -> String,
    /// Age in days.
    pub days: fn(u32) -> String,
    /// A record of death: what is known of it (date, source).
    pub death: fn(&str) -> String,
    /// A discharge by death: what is known of it (date, facility).
    pub death_discharge: fn(&str) -> String,
    /// A disease that ended in death: what is known of it (date, facility).
    pub death_outcome: fn(&str) -> String,
    /// The day of death is not said.
    pub death_date_unknown: &'static str,
    /// A source keeps the patient under another branch number: source, own branch, its branch.
    pub other_branch: fn(&str, &str, &str) -> String,
    /// A source names the patient otherwise: source, name as sent.
    pub other_name: fn(&str, &str) -> String,
    /// The patient's own record, as the source of a fact.
    pub patient_record: &'static str,
    /// The patient's own telephone.
    pub own_telephone: &'static str,
    /// Somebody of whom nothing but a telephone is known.
    pub unknown_relation: &'static str,
    /// Before a telephone that is no longer in use.
    pub former_telephone: &'static str,
}

/// The words in `language`.
#[must_use]
pub const fn words(language: Language) -> &'static PatientWords {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

/// The sentence for a record of death: its date and the source that has it.
#[must_use]
pub fn death(death: Death, source: &str, language: Language) -> String {
    let text = words(language);
    let when = match death {
        Death::On(date) => date.to_string(),
        Death::Recorded => text.death_date_unknown.to_owned(),
    };
    let separator = super::states::words(language).separator;
    (text.death)(&[when.as_str(), source].join(separator))
}

const JA: PatientWords = PatientWords {
    years: |n| format!("{n}歳"),
    years_between: |from, to| format!("{from}～{to}歳"),
    months: |n| format!("生後{n}か月"),
    days: |n| format!("生後{n}日"),
    death: |known| format!("死亡の記録あり（{known}）― 患者違いの可能性"),
    death_discharge: |known| format!("死亡退院の記録あり（{known}）― 患者違いの可能性"),
    death_outcome: |known| format!("転帰が死亡の傷病名の記録あり（{known}）― 患者違いの可能性"),
    death_date_unknown: "日付不明",
    other_branch: |source, own, their| {
        format!(
            "枝番の相違：{source}では{their}（本人は{own}）。氏名・カナ・生年月日・性別は一致 ― 家族の記録でないか確認"
        )
    },
    other_name: |source, name| format!("氏名の相違：{source}では「{name}」― 患者違いの可能性"),
    patient_record: "患者基本情報",
    own_telephone: "本人",
    unknown_relation: "続柄不明",
    former_telephone: "旧",
};

const EN: PatientWords = PatientWords {
    years: |n| {
        if n == 1 {
            "1 year".to_owned()
        } else {
            format!("{n} years")
        }
    },
    years_between: |from, to| format!("{from} to {to} years"),
    months: |n| {
        if n == 1 {
            "1 month".to_owned()
        } else {
            format!("{n} months")
        }
    },
    days: |n| {
        if n == 1 {
            "1 day".to_owned()
        } else {
            format!("{n} days")
        }
    },
    death: |known| format!("A death is recorded ({known}): possibly the wrong patient"),
    death_discharge: |known| {
        format!("A discharge by death is recorded ({known}): possibly the wrong patient")
    },
    death_outcome: |known| {
        format!("A disease that ended in death is recorded ({known}): possibly the wrong patient")
    },
    death_date_unknown: "date unknown",
    other_branch: |source, own, their| {
        format!(
            "Branch number differs: {their} at {source}, {own} here; name, kana, birth date and sex are equal: check that it is no relative's record"
        )
    },
    other_name: |source, name| {
        format!("Name differs: \"{name}\" at {source}: possibly the wrong patient")
    },
    patient_record: "patient record",
    own_telephone: "patient",
    unknown_relation: "relation unknown",
    former_telephone: "former",
};
