//! The patient's own drugs compared with the patient's own allergens: facts, no inference (B8).

use crate::domain::{code::Concept, words::allergies::AllergyWords};

use super::drug_code::Identity;

/// How a drug and an allergen are the same, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// All twelve characters of YJ.
    Product,
    /// The first nine: brand apart.
    Generic,
    /// The first seven: ingredient and route.
    Ingredient,
    /// The name in one spelling.
    Name,
}

impl How {
    pub(super) fn words(self, text: &AllergyWords) -> &'static str {
        match self {
            Self::Product => text.by_product,
            Self::Generic => text.by_generic,
            Self::Ingredient => text.by_ingredient,
            Self::Name => text.by_name,
        }
    }
}

/// The drugs that are `agent`, each once.
pub(super) fn matches(agent: &Concept, drugs: &[Identity]) -> Vec<(String, How)> {
    let allergen = Identity::of(agent, &[]);
    let mut found: Vec<(String, How)> = Vec::new();
    for drug in drugs {
        if let Some(how) =
            how(&allergen, drug).filter(|_| !found.iter().any(|(title, _)| *title == drug.title))
        {
            found.push((drug.title.clone(), how));
        }
    }
    found
}

fn how(allergen: &Identity, drug: &Identity) -> Option<How> {
    let same = |left: Option<&str>, right: Option<&str>| left.is_some() && left == right;
    if same(allergen.product(), drug.product()) {
        Some(How::Product)
    } else if same(allergen.nine(), drug.nine()) {
        Some(How::Generic)
    } else if same(allergen.seven(), drug.seven()) {
        Some(How::Ingredient)
    } else {
        same(allergen.name(), drug.name()).then_some(How::Name)
    }
}

/// How much was compared; nothing where there is nothing to compare.
pub(super) fn note(agents: &[&Concept], drugs: &[Identity], text: &AllergyWords) -> Option<String> {
    if agents.is_empty() {
        return None;
    }
    let by_name = agents
        .iter()
        .map(|agent| Identity::of(agent, &[]))
        .map(|allergen| {
            drugs
                .iter()
                .filter(|drug| allergen.nine().is_none() || drug.nine().is_none())
                .count()
        })
        .sum();
    Some((text.checked)(drugs.len(), agents.len(), by_name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::code::Coding;

    fn concept(text: &str, system: &str, code: &str) -> Concept {
        Concept {
            text: Some(text.to_owned()),
            codings: vec![Coding {
                system: Some(system.to_owned()),
                code: Some(code.to_owned()),
                display: None,
            }],
        }
    }

    #[test]
    fn a_match_says_how_close_it_is() {
        const YJ: &str = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";
        const YCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";
        const GCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/GCM/JP_JfagyMedicationAllergen_CS";
        let drug = Identity::of(&concept("サワシリンカプセル250", YJ, "6131001M2017"), &[]);
        for (system, code, expected) in [
            (YCM, "YCM6131001M2017", Some(How::Product)),
            (GCM, "GCM6131001M2ZZZ", Some(How::Generic)),
            (GCM, "GCM6131001C1ZZZ", Some(How::Ingredient)),
            (GCM, "GCM2260701F1ZZZ", None),
        ] {
            let found = matches(&concept("x", system, code), std::slice::from_ref(&drug));
            assert_eq!(found.first().map(|(_, how)| *how), expected, "{code}");
        }
        let named = Identity::of(&concept("アスピリン", "local", "1"), &[]);
        let found = matches(&concept("バイアスピリン錠100mg", YCM, "00M"), &[named]);
        assert_eq!(found.first().map(|(_, how)| *how), Some(How::Name));
    }
}
