//! Words of the identity banner.

use crate::domain::section::Language;

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
    /// The day of death is not said.
    pub death_date_unknown: &'static str,
    /// The patient's own record, as the source of a fact.
    pub patient_record: &'static str,
    /// The patient's own telephone.
    pub own_telephone: &'static str,
}

/// The words in `language`.
#[must_use]
pub const fn words(language: Language) -> &'static PatientWords {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

const JA: PatientWords = PatientWords {
    years: |n| format!("{n}歳"),
    years_between: |from, to| format!("{from}～{to}歳"),
    months: |n| format!("生後{n}か月"),
    days: |n| format!("生後{n}日"),
    death: |known| format!("死亡の記録あり（{known}）― 患者違いの可能性"),
    death_discharge: |known| format!("死亡退院の記録あり（{known}）― 患者違いの可能性"),
    death_date_unknown: "日付不明",
    patient_record: "患者基本情報",
    own_telephone: "本人",
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
    death_date_unknown: "date unknown",
    patient_record: "patient record",
    own_telephone: "patient",
};
