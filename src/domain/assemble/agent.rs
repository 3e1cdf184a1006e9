//! What an allergy row is about: the agent's name, and its code where that adds something.

use crate::domain::{
    code::{Coding, Concept},
    text::folded,
};

use super::denial;

/// What a dummy code still tells: of which kind the agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Drug,
    Food,
    Other,
}

/// The name of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The chart's own words, else a coded name.
    Said(String),
    /// Only a code came, and it stands for something.
    Code(String),
    /// Nobody named it; a dummy code may tell its kind.
    Unnamed(Option<Kind>),
}

impl Name {
    /// The words or the code; empty where there is neither.
    pub(super) fn raw(&self) -> &str {
        match self {
            Self::Said(words) | Self::Code(words) => words,
            Self::Unnamed(_) => "",
        }
    }
}

/// Whether the code stands for "could not be coded" or for a whole kind ("a drug"): J-FAGY meta
/// codes `D9M`, `D9F`, `D9N` and `00M`, `00F`, `00N`, `000`.
pub(super) fn is_dummy(coding: &Coding) -> bool {
    let code = coding.code.as_deref().unwrap_or_default();
    let meta = ["D9M", "D9F", "D9N", "00M", "00F", "00N", "000"];
    code.is_empty()
        || code == "NOCODED"
        || (is_jfagy(coding) && meta.iter().any(|dummy| code.starts_with(dummy)))
}

fn is_jfagy(coding: &Coding) -> bool {
    coding
        .system
        .as_deref()
        .is_some_and(|system| system.to_lowercase().contains("jfagy"))
}

/// Whether a code that is no dummy and no denial names the agent.
pub(super) fn names_a_substance(coding: &Coding) -> bool {
    !is_dummy(coding) && !coding.code.as_deref().is_some_and(denial::is_denial_code)
}

/// Whether a code says that the agent is a drug, whatever the category: J-FAGY `YCM`, `GCM`, or YJ.
pub(super) fn is_coded_as_drug(agent: &Concept) -> bool {
    agent.codings.iter().any(|coding| {
        let code = coding.code.as_deref().unwrap_or_default();
        let system = coding.system.as_deref().unwrap_or_default();
        (is_jfagy(coding)
            && ["YCM", "GCM", "D9M", "00M"]
                .iter()
                .any(|meta| code.starts_with(meta)))
            || system.ends_with("YJ-code")
    })
}

/// Whether a code says that the agent is a food: J-FAGY `J9F`.
pub(super) fn is_coded_as_food(agent: &Concept) -> bool {
    agent.codings.iter().any(|coding| {
        let code = coding.code.as_deref().unwrap_or_default();
        is_jfagy(coding)
            && ["J9F", "D9F", "00F"]
                .iter()
                .any(|meta| code.starts_with(meta))
    })
}

/// The agent's name, and the coded name where it adds something. The display of a dummy code is
/// never a name: 「医薬品」 names nothing.
pub(super) fn names(agent: &Concept) -> (Name, Option<String>) {
    let said = |words: &Option<String>| {
        words
            .as_deref()
            .map(str::trim)
            .filter(|words| !words.is_empty())
            .map(str::to_owned)
    };
    let substances = || {
        agent
            .codings
            .iter()
            .filter(|coding| names_a_substance(coding))
    };
    let coded = substances().find_map(|coding| said(&coding.display));
    let name = match said(&agent.text).or_else(|| coded.clone()) {
        Some(words) => Name::Said(words),
        None => match substances().find_map(|coding| said(&coding.code)) {
            Some(code) => Name::Code(code),
            None => Name::Unnamed(agent.codings.iter().find_map(kind_of_dummy)),
        },
    };
    let adds = coded.filter(|coded| !folded(name.raw()).contains(&folded(coded)));
    (name, adds)
}

fn kind_of_dummy(coding: &Coding) -> Option<Kind> {
    if !is_jfagy(coding) {
        return None;
    }
    match coding.code.as_deref()?.as_bytes().get(2)? {
        b'M' => Some(Kind::Drug),
        b'F' => Some(Kind::Food),
        b'N' => Some(Kind::Other),
        _ => None,
    }
}

/// What two rows about the same agent share: the name in one spelling, and each code that stands
/// for something.
pub(super) fn keys(agent: &Concept) -> Vec<String> {
    let (name, _) = names(agent);
    let mut keys: Vec<String> = agent
        .codings
        .iter()
        .filter(|coding| names_a_substance(coding))
        .filter_map(|coding| coding.code.as_deref())
        .map(|code| format!("c:{code}"))
        .collect();
    let words = folded(name.raw());
    if !words.is_empty() {
        keys.push(format!("n:{words}"));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    const YCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";

    fn concept(text: Option<&str>, code: &str, display: Option<&str>) -> Concept {
        Concept {
            text: text.map(str::to_owned),
            codings: vec![Coding {
                system: Some(YCM.to_owned()),
                code: Some(code.to_owned()),
                display: display.map(str::to_owned),
            }],
        }
    }

    #[test]
    fn a_dummy_is_never_the_name() {
        let sulfa = Name::Said("サルファ剤".to_owned());
        for dummy in ["00M", "D9M000000000", "000"] {
            assert_eq!(
                names(&concept(Some("サルファ剤"), dummy, Some("医薬品"))),
                (sulfa.clone(), None)
            );
        }
        for (dummy, kind) in [
            ("00M", Some(Kind::Drug)),
            ("D9F000000000", Some(Kind::Food)),
            ("D9N000000000", Some(Kind::Other)),
            ("000", None),
        ] {
            for text in [None, Some(" ")] {
                assert_eq!(
                    names(&concept(text, dummy, Some("医薬品"))).0,
                    Name::Unnamed(kind),
                    "{dummy}"
                );
            }
        }
    }

    #[test]
    fn the_coding_is_a_second_name_only_where_it_adds_something() {
        let second = |text, display| names(&concept(text, "GCM2260701F1ZZZ", display)).1;
        assert_eq!(
            second(Some("ヨードうがい液"), Some("ポビドンヨード含嗽用液７％")).as_deref(),
            Some("ポビドンヨード含嗽用液７％")
        );
        assert_eq!(second(Some("さば（生）"), Some("サバ")), None);
        assert_eq!(second(None, Some("ポビドンヨード")), None);
        assert_eq!(
            names(&concept(None, "YCM6131001M2017", None)).0,
            Name::Code("YCM6131001M2017".to_owned())
        );
    }
}
