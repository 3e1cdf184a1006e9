//! What an allergy row is about: an agent, or the statement that there is none.

use crate::domain::{
    code::{Coding, Concept},
    text::normalised,
};

/// What is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// Any allergy.
    All,
    /// Drug allergies only.
    Drugs,
    /// Some other kind only: food, latex, environment.
    Other,
    /// Nothing: it says that nobody knows.
    Nothing,
}

/// SNOMED CT and HL7 IPS (`absent-unknown-uv-ips`) codes that say "none" or "no information".
const CODES: [(&str, Denied); 14] = [
    ("716186003", Denied::All),
    ("160244002", Denied::All),
    ("409137002", Denied::Drugs),
    ("428607008", Denied::Other),
    ("429625007", Denied::Other),
    ("716184000", Denied::Other),
    ("716220001", Denied::Other),
    ("428197003", Denied::Other),
    ("1631000175102", Denied::Nothing),
    ("no-known-allergies", Denied::All),
    ("no-known-medication-allergies", Denied::Drugs),
    ("no-known-food-allergies", Denied::Other),
    ("no-known-environmental-allergies", Denied::Other),
    ("no-allergy-info", Denied::Nothing),
];

/// Sentences of charts, without white space, in lower case.
const SENTENCES: [(&str, Denied); 25] = [
    ("アレルギー歴なし", Denied::All),
    ("アレルギー歴無し", Denied::All),
    ("アレルギーなし", Denied::All),
    ("アレルギー無し", Denied::All),
    ("アレルギー無", Denied::All),
    ("アレルギー歴無", Denied::All),
    ("アレルギーの既往なし", Denied::All),
    ("特記すべきアレルギーなし", Denied::All),
    ("特記すべきアレルギー歴なし", Denied::All),
    ("既知のアレルギーなし", Denied::All),
    ("なし", Denied::All),
    ("無し", Denied::All),
    ("特になし", Denied::All),
    ("薬剤アレルギーなし", Denied::Drugs),
    ("薬剤アレルギー歴なし", Denied::Drugs),
    ("薬物アレルギーなし", Denied::Drugs),
    ("食物アレルギーなし", Denied::Other),
    ("nka", Denied::All),
    ("noknownallergies", Denied::All),
    ("noknownallergy", Denied::All),
    ("nkda", Denied::Drugs),
    ("noknowndrugallergies", Denied::Drugs),
    ("noknowndrugallergy", Denied::Drugs),
    ("noknownfoodallergies", Denied::Other),
    ("noknownlatexallergy", Denied::Other),
];

/// What `agent` denies; `None` where it names a substance. The chart's own words go before the
/// code: a code that says "none" beside words that do not is a row to look at.
pub(super) fn denied(agent: &Concept) -> Option<Denied> {
    let by_code = agent.codings.iter().find_map(|coding| {
        let code = coding.code.as_deref()?;
        CODES
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, denied)| *denied)
    });
    let words = agent.text.as_deref().or_else(|| {
        agent
            .codings
            .first()
            .and_then(|coding| coding.display.as_deref())
    });
    let sentence = words.map(squeezed).unwrap_or_default();
    let by_words = SENTENCES
        .iter()
        .find(|(known, _)| *known == sentence)
        .map(|(_, denied)| *denied);
    match by_code {
        Some(denied) if agent.text.is_none() || by_words.is_some() || is_negative(&sentence) => {
            Some(denied)
        }
        Some(_) => None,
        None => by_words.filter(|_| !agent.codings.iter().any(names_a_substance)),
    }
}

fn squeezed(words: &str) -> String {
    normalised(words)
        .to_lowercase()
        .trim_end_matches("(situation)")
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '。' | '.' | '、'))
        .collect()
}

fn is_negative(sentence: &str) -> bool {
    [
        "なし",
        "無",
        "ない",
        "ません",
        "不明",
        "no",
        "nk",
        "unknown",
    ]
    .iter()
    .any(|word| sentence.contains(word))
}

/// Whether the code stands for "could not be coded" or for a whole kind ("a drug"): J-FAGY meta
/// codes `D9M`, `D9F`, `D9N` and `00M`, `00F`, `00N`, `000`.
pub(super) fn is_dummy(coding: &Coding) -> bool {
    let code = coding.code.as_deref().unwrap_or_default();
    let is_jfagy = coding
        .system
        .as_deref()
        .is_some_and(|system| system.to_lowercase().contains("jfagy"));
    let meta = ["D9M", "D9F", "D9N", "00M", "00F", "00N", "000"];
    code.is_empty()
        || code == "NOCODED"
        || (is_jfagy && meta.iter().any(|dummy| code.starts_with(dummy)))
}

/// Whether a code that is no dummy and no denial names the agent.
pub(super) fn names_a_substance(coding: &Coding) -> bool {
    !is_dummy(coding)
        && !CODES
            .iter()
            .any(|(known, _)| coding.code.as_deref() == Some(*known))
}

/// The agent's name, and the coded name where it adds something. A dummy's display is used only
/// where there is nothing else.
pub(super) fn names(agent: &Concept) -> (Option<String>, Option<String>) {
    let said = |words: &Option<String>| words.clone().filter(|words| !words.trim().is_empty());
    let substances = agent
        .codings
        .iter()
        .filter(|coding| names_a_substance(coding));
    let coded = substances.clone().find_map(|coding| said(&coding.display));
    let any = || super::row::words_of(agent).map(str::to_owned);
    let Some(title) = said(&agent.text).or_else(|| coded.clone()).or_else(any) else {
        return (None, None);
    };
    let folded = crate::domain::text::folded;
    let adds = coded.filter(|coded| !folded(&title).contains(&folded(coded)));
    (Some(title), adds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concept(text: Option<&str>, code: Option<(&str, &str)>) -> Concept {
        Concept {
            text: text.map(str::to_owned),
            codings: code
                .map(|(system, code)| Coding {
                    system: Some(system.to_owned()),
                    code: Some(code.to_owned()),
                    display: Some("display".to_owned()),
                })
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn a_denial_is_told_from_an_agent() {
        const SCT: &str = "http://snomed.info/sct";
        const YCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";
        for (text, code, expected) in [
            (
                Some("アレルギー歴なし"),
                Some((SCT, "716186003")),
                Some(Denied::All),
            ),
            (Some("アレルギー　なし"), None, Some(Denied::All)),
            (Some("No known allergies"), None, Some(Denied::All)),
            (Some("ＮＫＤＡ"), None, Some(Denied::Drugs)),
            (None, Some((SCT, "716184000")), Some(Denied::Other)),
            (None, Some(("x", "no-allergy-info")), Some(Denied::Nothing)),
            (Some("ペニシリン"), Some((SCT, "716186003")), None),
            (Some("ペニシリン"), Some((YCM, "00M")), None),
            (
                Some("アレルギーなし"),
                Some((YCM, "00M")),
                Some(Denied::All),
            ),
            (Some("なし"), Some((YCM, "YCM6111001F1ZZZ")), None),
            (Some("梨（なし）"), None, None),
        ] {
            assert_eq!(denied(&concept(text, code)), expected, "{text:?} {code:?}");
        }
    }

    #[test]
    fn a_dummy_is_never_the_name_where_there_are_words() {
        let system = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";
        for dummy in ["00M", "D9M000000000", "000"] {
            assert_eq!(
                names(&concept(Some("サルファ剤"), Some((system, dummy)))),
                (Some("サルファ剤".to_owned()), None)
            );
        }
        let coded = concept(Some("ヨードうがい液"), Some((system, "GCM2260701F1ZZZ")));
        assert_eq!(
            names(&coded),
            (
                Some("ヨードうがい液".to_owned()),
                Some("display".to_owned())
            )
        );
    }
}
