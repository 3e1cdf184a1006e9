//! How a drug and an allergen are the same: by code, by name, by the name of a part.

use crate::domain::{
    allergy::Allergy,
    code::Concept,
    text::{folded, normalised},
    words::allergies::AllergyWords,
};

use super::{agent, drug_code::Identity};

/// How a drug and an allergen are the same, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// All twelve characters of YJ.
    Product,
    /// The first nine: brand apart.
    Generic,
    /// The first seven: ingredient and route.
    Ingredient,
    /// The name in one spelling.
    Name,
    /// The name of one part of a combination.
    Part,
}

impl How {
    /// The name of a combination that holds more is the name of a part.
    pub(super) fn seen(self, allergen: &str, drug: &str) -> Self {
        match self {
            Self::Name if is_combination(allergen) != is_combination(drug) => Self::Part,
            Self::Product | Self::Generic | Self::Ingredient | Self::Name | Self::Part => self,
        }
    }

    pub(super) fn words(self, text: &AllergyWords) -> &'static str {
        match self {
            Self::Product => text.by_product,
            Self::Generic => text.by_generic,
            Self::Ingredient => text.by_ingredient,
            Self::Name => text.by_name,
            Self::Part => text.by_part,
        }
    }
}

/// What a drug and an allergen may share, the closest first. A name is compared with a name, and
/// with each part of a combination: whole, because a name inside a longer one is another name.
pub(super) fn keys(identity: &Identity, title: &str) -> Vec<(How, String)> {
    let coded = [
        (How::Product, identity.product()),
        (How::Generic, identity.nine()),
        (How::Ingredient, identity.seven()),
    ];
    let coded = coded
        .into_iter()
        .filter_map(|(how, code)| Some((how, code?.to_owned())));
    let name = whole_name(identity);
    let parts = parts(title).into_iter().chain(name.clone());
    coded
        .chain(name.map(|name| (How::Name, name)))
        .chain(parts.map(|part| (How::Part, part)))
        .collect()
}

/// Whether an allergen is named like a class of drugs rather than one: then no name of a drug is
/// equal to it.
pub(super) fn is_class_of_drugs(identity: &Identity, allergy: &Allergy) -> bool {
    let food = allergy
        .categories
        .iter()
        .any(|category| category == "food" || category == "environment")
        || agent::is_coded_as_food(&allergy.agent);
    let name = identity.name().unwrap_or_default();
    let is_vague = |name: &str| name.is_empty() || is_class(name);
    !food && is_vague(name) && parts(&identity.title).iter().all(|part| is_vague(part))
}

/// The name in one spelling, where it is the name and not the end of another drug's.
fn whole_name(identity: &Identity) -> Option<String> {
    /// A derivative is another drug: モルヒネ is not アポモルヒネ.
    const DERIVED: [&str; 9] = [
        "アポ",
        "ジヒドロ",
        "メチル",
        "エチル",
        "アセチル",
        "ヒドロキシ",
        "デス",
        "ノル",
        "レボ",
    ];
    let name = identity.name().map(folded).filter(|name| is_long(name))?;
    let title = folded(&identity.title);
    let derived = DERIVED
        .iter()
        .any(|prefix| title.contains(&(folded(prefix) + &name)));
    (!derived).then_some(name)
}

/// Two characters in Japanese, three in Latin: less names nothing.
fn is_long(name: &str) -> bool {
    name.chars().count() > if name.is_ascii() { 2 } else { 1 }
}

/// Whether a name ends like one of many drugs: ペニシリン系, サルファ剤, 抗菌薬.
fn is_class(name: &str) -> bool {
    const ENDINGS: [&str; 10] = [
        "系",
        "剤",
        "類",
        "薬",
        "抗生物質",
        "薬品",
        "ins",
        "ides",
        "nsaids",
        "antibiotics",
    ];
    let name = normalised(name).to_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

pub(super) fn is_combination(title: &str) -> bool {
    let title = without_brackets(title);
    title.contains("配合") || parts(&title).len() > 1
}

/// A drug's name without what stands in brackets: makers and ways of making.
pub(super) fn without_brackets(title: &str) -> String {
    let mut depth = 0_usize;
    normalised(title)
        .chars()
        .filter(|c| match c {
            '(' | '「' | '[' | '【' => {
                depth += 1;
                false
            }
            ')' | '」' | ']' | '】' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

/// The names that a combination, or a round bracket, holds: 「セフェム系（セファクロル）」,
/// 「アムロジピン・アトルバスタチン配合錠」. One name is no list, a maker in 「」 no part, and
/// neither is a strength or form.
fn parts(title: &str) -> Vec<String> {
    const FORMS: [&str; 8] = [
        "tablet",
        "capsule",
        "dose",
        "vial",
        "actuation",
        "hour",
        "injection",
        "oral",
    ];
    let title = normalised(title).to_lowercase();
    let title = title.split('「').next().unwrap_or_default();
    let found: Vec<&str> = title
        .split(['・', '/', '+', '、', ',', '(', ')'])
        .map(str::trim)
        .filter(|part| part.chars().next().is_some_and(char::is_alphabetic))
        .filter(|part| is_long(part) && !FORMS.contains(part))
        .collect();
    if found.len() < 2 {
        return Vec::new();
    }
    let mut names: Vec<String> = found
        .into_iter()
        .filter_map(|part| {
            let named = Concept {
                text: Some(part.to_owned()),
                codings: Vec::new(),
            };
            whole_name(&Identity::of(&named, &[]))
        })
        .filter(|name| !is_class(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shared_by_a_combination_and_a_single_drug_is_the_name_of_a_part() {
        let (single, both) = ("アモキシシリン", "アモキシシリン・クラブラン酸配合錠");
        assert!(is_combination(both) && !is_combination(single));
        for (allergen, drug, seen) in [
            (single, both, How::Part),
            (both, single, How::Part),
            (single, single, How::Name),
            (both, both, How::Name),
        ] {
            assert_eq!(How::Name.seen(allergen, drug), seen, "{allergen} {drug}");
            assert_eq!(How::Generic.seen(allergen, drug), How::Generic);
        }
    }
}
