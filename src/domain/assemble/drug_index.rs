//! The rows of the drug list by drug and source.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::section::SourceName;

use super::drug_code::{Identity, Sameness};

/// Rows by drug and source: a line is compared with those rows alone that another source told of
/// its drug, so that a long list costs no more than its length.
#[derive(Debug, Default)]
pub(super) struct DrugIndex {
    rows: BTreeMap<(Sameness, SourceName), Vec<usize>>,
}

impl DrugIndex {
    /// Keeps the row `at`, of a drug that `source` told of.
    pub(super) fn add(&mut self, at: usize, drug: &Identity, source: SourceName) {
        for same in drug.sames() {
            self.rows.entry((same, source)).or_default().push(at);
        }
    }

    /// The rows of which another source than `source` told, and that may be the same drug.
    pub(super) fn told_elsewhere(&self, drug: &Identity, source: SourceName) -> BTreeSet<usize> {
        let others = SourceName::CLINICAL
            .into_iter()
            .filter(|other| *other != source);
        let sames = drug.sames();
        others
            .flat_map(|other| sames.iter().map(move |same| (same.clone(), other)))
            .filter_map(|key| self.rows.get(&key))
            .flatten()
            .copied()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::code::{Coding, Concept};

    const YJ: &str = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";
    const HOT: &str = "http://medis.or.jp/CodeSystem/master-HOT9";
    const OWN: &str = "urn:oid:1.2.392.100495.20.3.999";

    fn drug(text: &str, codes: &[(&str, &str)]) -> Identity {
        let codings = codes.iter().map(|(system, code)| Coding {
            system: Some((*system).to_owned()),
            code: Some((*code).to_owned()),
            display: None,
        });
        let concept = Concept {
            text: Some(text.to_owned()),
            codings: codings.collect(),
        };
        Identity::of(&concept, &[])
    }

    #[test]
    fn whatever_is_the_same_drug_is_found_and_the_own_source_is_not_asked() {
        let drugs = [
            drug("ワーファリン錠1mg", &[]),
            drug("ワルファリンK錠1mg", &[(YJ, "3332001F1024")]),
            drug("ワーファリン錠1mg", &[(YJ, "3332001F1032")]),
            drug("ワーファリン錠5mg", &[(YJ, "3332001F3027")]),
            drug("甲", &[(HOT, "101230901")]),
            drug("乙", &[(HOT, "101230901"), (OWN, "7")]),
            drug("丙", &[(OWN, "7")]),
            drug("", &[]),
        ];
        let mut index = DrugIndex::default();
        for (at, one) in drugs.iter().enumerate() {
            index.add(at, one, SourceName::Emr);
        }
        let mut pairs = 0;
        for one in &drugs {
            let found = index.told_elsewhere(one, SourceName::Claims);
            for (at, other) in drugs.iter().enumerate() {
                let is_same = one.is_same_drug(other);
                pairs += usize::from(is_same);
                assert!(!is_same || found.contains(&at), "{one:?} {other:?}");
            }
            assert!(index.told_elsewhere(one, SourceName::Emr).is_empty());
        }
        assert!(pairs > drugs.len(), "some are the same as others");
    }

    #[test]
    fn a_thousand_drugs_are_compared_a_thousand_times() {
        let drugs: Vec<Identity> = (0..1_000)
            .map(|at| drug(&format!("薬{at}錠{at}mg"), &[]))
            .collect();
        let mut index = DrugIndex::default();
        for (at, one) in drugs.iter().enumerate() {
            index.add(at, one, SourceName::Eprescription);
        }
        let compared: usize = drugs
            .iter()
            .map(|one| index.told_elsewhere(one, SourceName::Claims).len())
            .sum();
        assert_eq!(compared, drugs.len());
    }
}
