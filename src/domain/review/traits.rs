//! What tells whether two records are about one person, one family or one town, as keyed hashes:
//! whoever compares them never holds a name.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{name, text::normalised};

/// A person as keyed hashes. Every part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Traits {
    /// Every spelling of the whole name.
    pub names: BTreeSet<u64>,
    /// Every spelling of the family name.
    pub families: BTreeSet<u64>,
    /// The birth date.
    pub birth: Option<u64>,
    /// The address up to each of its towns, districts and wards.
    pub towns: BTreeSet<u64>,
}

/// How two people stand to each other, as far as their records say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// They are the same.
    Same,
    /// The same family name, and the same town.
    Family,
    /// Nothing is known that they have in common.
    None,
}

/// One person by name and birth date: for records that know no number.
#[must_use]
pub fn identities<'a>(
    spellings: impl Iterator<Item = &'a str>,
    birth: NaiveDate,
    mark: &dyn Fn(&str) -> u64,
) -> BTreeSet<u64> {
    spellings
        .map(name::folded)
        .filter(|whole| !whole.is_empty())
        .map(|whole| mark(&format!("identity {birth} {whole}")))
        .collect()
}

/// What ends a town in a Japanese address.
const TOWNS: [char; 5] = ['市', '区', '郡', '町', '村'];

impl Traits {
    /// Hashes what is known of a person. `mark` is the keyed hash; a birth date and a town are
    /// hashed apart from names.
    pub fn of<'a>(
        spellings: impl Iterator<Item = &'a str>,
        birth: Option<NaiveDate>,
        address: Option<&str>,
        mark: &dyn Fn(&str) -> u64,
    ) -> Self {
        let mut traits = Self {
            birth: birth.map(|day| mark(&format!("birth {day}"))),
            ..Self::default()
        };
        for spelling in spellings {
            let whole = name::folded(spelling);
            if whole.is_empty() {
                continue;
            }
            traits.names.insert(mark(&format!("name {whole}")));
            if let Some(family) = family(spelling) {
                traits.families.insert(mark(&format!("family {family}")));
            }
        }
        for town in address.into_iter().flat_map(towns) {
            traits.towns.insert(mark(&format!("town {town}")));
        }
        traits
    }

    /// How this person stands to another. One name and different birth dates are two people.
    #[must_use]
    pub fn relation(&self, other: &Self) -> Relation {
        let differ = matches!((self.birth, other.birth), (Some(one), Some(two)) if one != two);
        if !differ && !self.names.is_disjoint(&other.names) {
            Relation::Same
        } else if !self.families.is_disjoint(&other.families)
            && !self.towns.is_disjoint(&other.towns)
        {
            Relation::Family
        } else {
            Relation::None
        }
    }
}

/// The part before the first space; `None` where the name is written without one.
fn family(spelling: &str) -> Option<String> {
    let spelling = normalised(spelling);
    let (family, given) = spelling.split_once(char::is_whitespace)?;
    let family = name::folded(family);
    (!family.is_empty() && !given.trim().is_empty()).then_some(family)
}

/// The address up to each town's end; a prefecture alone is no town.
fn towns(address: &str) -> Vec<String> {
    let address: String = normalised(address)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    address
        .char_indices()
        .filter(|(_, c)| TOWNS.contains(c))
        .filter_map(|(at, c)| address.get(..at + c.len_utf8()))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash, Hasher};

    use super::*;

    fn mark(text: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }

    fn person(name: &str, birth: Option<&str>, address: &str) -> Traits {
        let birth = birth.map(|day| day.parse().unwrap());
        let address = Some(address).filter(|address| !address.is_empty());
        Traits::of(std::iter::once(name), birth, address, &mark)
    }

    #[test]
    fn one_person_is_known_by_any_spelling_and_two_of_one_name_by_their_birth_dates() {
        let own = person("髙橋　花子", Some("1980-02-03"), "千葉県柏市1-2");
        for (other, relation) in [
            (person("高橋 花子", Some("1980-02-03"), ""), Relation::Same),
            (person("高橋花子", None, ""), Relation::Same),
            (person("高橋 花子", Some("1981-02-03"), ""), Relation::None),
            (
                person("高橋 太郎", Some("1978-01-01"), "千葉県柏市南3-4"),
                Relation::Family,
            ),
            (
                person("高橋 太郎", None, "千葉県千葉市中央区"),
                Relation::None,
            ),
            (person("佐藤 太郎", None, "千葉県柏市1-2"), Relation::None),
            (Traits::default(), Relation::None),
        ] {
            assert_eq!(own.relation(&other), relation, "{other:?}");
            assert_eq!(other.relation(&own), relation, "{other:?}");
        }
    }

    #[test]
    fn a_name_without_a_space_has_no_family_name() {
        assert_eq!(family("高橋花子"), None);
        assert_eq!(family("高橋 花子"), Some(name::folded("高橋")));
        assert_eq!(towns("千葉県"), [""; 0]);
        assert_eq!(
            towns("千葉県 千葉市 中央区1-2"),
            ["千葉県千葉市", "千葉県千葉市中央区"]
        );
    }
}
