//! What a reader is told where a source gave nothing, in every language.

use crate::domain::{failure::Failure, section::Language};

/// One sentence for each way of failing.
#[derive(Clone, Copy, Debug)]
pub struct FailureWords {
    /// The source is not connected in this installation.
    pub not_connected: &'static str,
    /// No connection.
    pub down: &'static str,
    /// No complete answer in time.
    pub late: &'static str,
    /// The source said no, with this status code.
    pub refused: fn(u16) -> String,
    /// Not FHIR, or half of it.
    pub garbled: &'static str,
    /// Too many bytes.
    pub too_large: &'static str,
    /// About somebody else.
    pub another_patient: &'static str,
    /// Not provably about the patient asked.
    pub unproven: &'static str,
    /// Not asked for some seconds, since it kept failing.
    pub suspended: &'static str,
    /// As many of its answers under way as may be.
    pub busy: &'static str,
}

/// 日本語
pub const JA: FailureWords = FailureWords {
    not_connected: "未接続",
    down: "接続できません",
    late: "時間内に応答が得られません",
    refused: |status| format!("情報源がエラー {status} を返しました"),
    garbled: "応答を読めません",
    too_large: "応答が上限を超える大きさです",
    another_patient: "別の患者の応答を拒否",
    unproven: "本人についての応答と確認できません",
    suspended: "障害が続くため照会を一時停止中、まもなく再試行",
    busy: "照会が混み合っています",
};

/// English
pub const EN: FailureWords = FailureWords {
    not_connected: "not connected",
    down: "cannot be reached",
    late: "no answer in time",
    refused: |status| format!("the source answered with error {status}"),
    garbled: "its answer cannot be read",
    too_large: "its answer exceeds the size limit",
    another_patient: "an answer about another patient was refused",
    unproven: "its answer cannot be confirmed to be about this patient",
    suspended: "it kept failing and is not asked for the moment; it will be tried again shortly",
    busy: "too many questions to it at once",
};

/// The words of `language`.
#[must_use]
pub const fn words(language: Language) -> &'static FailureWords {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

impl FailureWords {
    /// `failure` as a reader sees it.
    #[must_use]
    pub fn of(&self, failure: Failure) -> String {
        match failure {
            Failure::NotConnected => self.not_connected.to_owned(),
            Failure::Down => self.down.to_owned(),
            Failure::Late => self.late.to_owned(),
            Failure::Refused(status) => (self.refused)(status),
            Failure::Garbled => self.garbled.to_owned(),
            Failure::TooLarge => self.too_large.to_owned(),
            Failure::AnotherPatient => self.another_patient.to_owned(),
            Failure::Unproven => self.unproven.to_owned(),
            Failure::Suspended => self.suspended.to_owned(),
            Failure::Busy => self.busy.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::domain::{failure::Failure, section::Language};

    const ALL: [Failure; 10] = [
        Failure::NotConnected,
        Failure::Down,
        Failure::Late,
        Failure::Refused(503),
        Failure::Garbled,
        Failure::TooLarge,
        Failure::AnotherPatient,
        Failure::Unproven,
        Failure::Suspended,
        Failure::Busy,
    ];

    #[test]
    fn every_failure_reads_differently_in_both_languages() {
        let mut said = std::collections::BTreeSet::new();
        for language in [Language::Ja, Language::En] {
            for failure in ALL {
                assert!(said.insert(words(language).of(failure)), "{failure}");
            }
        }
        assert_eq!(
            words(Language::Ja).of(Failure::Refused(503)),
            "情報源がエラー 503 を返しました"
        );
    }

    /// It stands in the brackets of 「取得できず（…）」, and must not be taken for 「なし」.
    #[test]
    fn no_failure_reads_like_none_or_brings_brackets_of_its_own() {
        for failure in ALL {
            for language in [Language::Ja, Language::En] {
                let said = words(language).of(failure);
                assert!(!said.contains("なし"), "{said}");
                assert!(!said.contains(['（', '(', '）', ')']), "{said}");
            }
        }
    }
}
