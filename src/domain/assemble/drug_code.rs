//! Which drug a row is about: its codes as far as sent, and the name in one spelling.

use std::collections::BTreeSet;

use crate::domain::{
    code::{Coding, Concept},
    text::normalised,
    words::drugs::Class,
};

use super::{
    drug_class,
    drug_system::{Known, System},
    drug_title::{ingredient_name, is_external_form, is_rectal, strength},
};

/// What is known of a drug's identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// As the sender wrote it; empty where nobody named it.
    pub(super) title: String,
    /// All twelve characters of the YJ code, where sent.
    yj: Option<String>,
    /// The first nine: up to the strength. Also from 一般名処方 codes, 規格別薬剤成分コード,
    /// 薬価基準収載医薬品コード and J-FAGY `GCM` codes.
    nine: Option<String>,
    /// The first seven, where no more was sent: ingredient and route.
    seven: Option<String>,
    /// The first seven digits of a HOT code.
    hot: Option<String>,
    /// Codes that name one product in their system: receipt codes and institutions' own.
    exact: BTreeSet<(String, String)>,
    /// The ingredient's name in one spelling.
    name: String,
    /// The numbers in the title: two rows with different numbers are two strengths.
    strength: String,
    /// Classes that are called out.
    pub(super) classes: Vec<Class>,
    /// Whether no code system of drugs names it.
    pub(super) uncoded: bool,
    /// Neither a code that holds the class nor a name that is known: that no class is called out
    /// says nothing.
    pub(super) unclassified: bool,
    /// Codes that have not the form of their system, as `HOT9「1012309020」`.
    pub(super) malformed: Vec<String>,
}

/// One of the things that make two rows one drug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sameness {
    /// The first nine characters of YJ.
    Nine(String),
    /// A HOT code as far as the strength.
    Hot(String),
    /// A code of one product, and its system.
    Exact(String, String),
    /// Name and strength.
    Name(String, String),
}

impl Identity {
    /// Reads the codes and words of `drug`; `ingredients` are further codes of the same drug.
    pub(super) fn of(drug: &Concept, ingredients: &[Coding]) -> Self {
        let codes = Codes::of(drug, ingredients);
        let displays = drug.codings.iter().chain(ingredients);
        let displays = displays.filter_map(|coding| coding.display.as_deref());
        let title = super::row::words_of(drug).map_or_else(|| mixture(ingredients), str::to_owned);
        let words: Vec<String> = std::iter::once(title.as_str())
            .chain(displays)
            .map(|words| normalised(words).to_lowercase())
            .collect();
        let known = drug_class::named(&words);
        let mut names: Vec<&str> = known.iter().map(|one| one.name).collect();
        names.dedup();
        let name = match names.as_slice() {
            [one] if !is_family(one) => (*one).to_owned(),
            _ => ingredient_name(&title),
        };
        let prefix = codes.nine.as_deref().or(codes.seven.as_deref());
        let mut classes = drug_class::classes(prefix, &known, &words);
        if let Some(words) = words.first() {
            drop_local(&mut classes, words, route_of(prefix));
        }
        let unclassified = prefix.is_none()
            && known.is_empty()
            && !words.iter().any(|words| drug_class::is_of_no_class(words));
        Self {
            strength: strength(&title),
            title,
            yj: codes.yj,
            nine: codes.nine,
            seven: codes.seven,
            hot: codes.hot,
            uncoded: !codes.is_standard && (codes.is_nocoded || !codes.is_coded),
            exact: codes.exact,
            name,
            classes,
            unclassified,
            malformed: codes.malformed,
        }
    }

    /// The YJ code, where all of it was sent.
    pub(super) fn product(&self) -> Option<&str> {
        self.yj.as_deref()
    }

    /// Up to the strength.
    pub(super) fn nine(&self) -> Option<&str> {
        self.nine.as_deref()
    }

    /// Up to the ingredient and its route.
    pub(super) fn seven(&self) -> Option<&str> {
        let of_nine = self.nine.as_deref().and_then(|code| code.get(..7));
        of_nine.or(self.seven.as_deref())
    }

    /// The first seven digits of a HOT code: all but company and package.
    #[cfg(test)]
    pub(super) fn hot(&self) -> Option<&str> {
        self.hot.as_deref()
    }

    /// The ingredient's name in one spelling; `None` where nothing names it.
    pub(super) fn name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty())
    }

    /// The route part of YJ: 001-399 internal, 400-699 injection, 700- external.
    pub(super) fn route(&self) -> Option<u32> {
        route_of(self.seven())
    }

    /// B5: the same first nine characters of YJ; where a row has none, the same HOT code as far as
    /// the strength, the same receipt code, or the same name and strength.
    pub(super) fn is_same_drug(&self, other: &Self) -> bool {
        if let (Some(left), Some(right)) = (self.nine(), other.nine()) {
            return left == right;
        }
        (self.hot.is_some() && self.hot == other.hot)
            || !self.exact.is_disjoint(&other.exact)
            || (self.name().is_some()
                && self.name() == other.name()
                && self.strength == other.strength)
    }

    /// Under what rows of the same drug are found: of two that [`Self::is_same_drug`] takes for one
    /// at least one is shared.
    pub(super) fn sames(&self) -> Vec<Sameness> {
        let nine = self.nine.clone().map(Sameness::Nine);
        let hot = self.hot.clone().map(Sameness::Hot);
        let exact = self.exact.iter().cloned();
        let exact = exact.map(|(system, code)| Sameness::Exact(system, code));
        let name = self.name().map(str::to_owned);
        let name = name.map(|name| Sameness::Name(name, self.strength.clone()));
        exact.chain(nine).chain(hot).chain(name).collect()
    }

    /// Whether both hold the same ingredient, whatever the strength and route.
    pub(super) fn is_same_ingredient(&self, other: &Self) -> bool {
        (self.seven().is_some() && self.seven() == other.seven())
            || (self.hot.is_some() && self.hot == other.hot)
            || (self.name().is_some() && self.name() == other.name())
    }

    /// What tells one strength from another.
    pub(super) fn strength(&self) -> &str {
        &self.strength
    }

    /// Whether strength or form is known to differ.
    pub(super) fn differs_in_strength(&self, other: &Self) -> bool {
        match (self.nine(), other.nine()) {
            (Some(left), Some(right)) => left != right,
            _ if self.hot.is_some() && self.hot == other.hot => false,
            _ => self.strength != other.strength,
        }
    }
}

/// The codes of a drug.
#[derive(Debug, Default)]
struct Codes {
    yj: Option<String>,
    nine: Option<String>,
    seven: Option<String>,
    hot: Option<String>,
    exact: BTreeSet<(String, String)>,
    malformed: Vec<String>,
    /// A code system of drugs names it.
    is_standard: bool,
    /// Some other code, such as the institution's own, names it.
    is_coded: bool,
    /// The sender says that there is no standard code.
    is_nocoded: bool,
}

impl Codes {
    /// The drug's own codes; those of its ingredients only where there is one ingredient, else a
    /// mixture would be taken for what is first in it.
    fn of(drug: &Concept, ingredients: &[Coding]) -> Self {
        let mut codes = Self::default();
        for coding in &drug.codings {
            codes.add(coding);
        }
        if codes.nine.is_none() && codes.hot.is_none() {
            let mut of_parts = Self::default();
            let mut nines = BTreeSet::new();
            for coding in ingredients {
                let mut one = Self::default();
                one.add(coding);
                nines.extend(one.nine.clone());
                codes.is_coded |= one.is_coded;
                codes.is_standard |= one.is_standard;
                of_parts.add(coding);
            }
            if nines.len() == 1 {
                codes.nine = of_parts.nine;
                codes.yj = of_parts.yj;
                codes.seven = of_parts.seven;
            }
        }
        codes
    }

    fn add(&mut self, coding: &Coding) {
        let System { name, known } = System::of(coding);
        let is_dummy = matches!(known, Known::Nocoded) || super::agent::is_dummy(coding);
        let code = coding.code.as_deref().map(normalised).unwrap_or_default();
        let form = known.read(&code);
        if form.is_none() && known.has_form() && !code.is_empty() {
            self.malformed.push(format!("{}「{code}」", known.words()));
            return;
        }
        self.is_standard |= known.has_form() && !is_dummy;
        self.is_nocoded |= known == Known::Nocoded;
        self.is_coded |= !is_dummy && !name.is_empty();
        let form = form.unwrap_or_default();
        if !matches!(
            known,
            Known::Hot7 | Known::Hot9 | Known::Hot13 | Known::Receipt
        ) {
            let seven = form.get(..7).map(str::to_owned);
            self.seven = self.seven.take().or(seven);
        }
        match known {
            Known::Yj | Known::AllergenProduct => {
                if form.len() == 12 && !form.ends_with("ZZZ") {
                    self.yj.get_or_insert_with(|| form.clone());
                    // A product goes before a class of products.
                    self.nine = form.get(..9).map(str::to_owned);
                } else if self.nine.is_none() {
                    self.nine = form.get(..9).map(str::to_owned);
                }
            }
            Known::YjWithoutBrand => {
                if self.nine.is_none() {
                    self.nine = form.get(..9).map(str::to_owned);
                }
            }
            Known::Hot7 | Known::Hot9 | Known::Hot13 => {
                self.hot = self.hot.take().or_else(|| form.get(..7).map(str::to_owned));
            }
            Known::Receipt | Known::Other if !is_dummy && !name.is_empty() && !code.is_empty() => {
                self.exact.insert((name, code));
            }
            Known::Receipt | Known::Other | Known::Nocoded => {}
        }
    }
}

/// What acts only where it is put is not called out as acting on the whole body.
fn drop_local(classes: &mut Vec<Class>, words: &str, route: Option<u32>) {
    let is_external = is_external_form(words) || route.is_some_and(|route| route >= 700);
    if !is_external {
        return;
    }
    let is_rectal = is_rectal(words);
    classes.retain(|class| {
        (*class == Class::Steroid && is_rectal)
            || !matches!(
                class,
                Class::Steroid | Class::Antithrombotic | Class::Immunosuppressant
            )
    });
}

/// A drug that nobody named is called by what is in it.
fn mixture(ingredients: &[Coding]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for coding in ingredients {
        let first = [&coding.display, &coding.code]
            .into_iter()
            .filter_map(Option::as_deref)
            .find(|name| !name.trim().is_empty());
        names.extend(first.filter(|name| !names.contains(name)));
    }
    names.join("＋")
}

/// Names of many ingredients: glargine and lispro are both insulin, and are not the same drug.
fn is_family(name: &str) -> bool {
    name == "インスリン"
}

fn route_of(code: Option<&str>) -> Option<u32> {
    code.and_then(|code| code.get(4..7))
        .and_then(|digits| digits.parse().ok())
}

#[cfg(test)]
#[path = "drug_code_tests.rs"]
mod tests;
