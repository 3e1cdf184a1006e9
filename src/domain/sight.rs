//! What each role sees under each basis (B17): one table, which configuration may change.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    access::{Action, Basis, Grant, Role},
    consent::Category,
    section::{SectionName, SourceName},
};

/// What one role sees under one basis. What is not listed is withheld.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Sections that are shown.
    pub sections: BTreeSet<SectionName>,
    /// Sources that are asked and shown.
    pub sources: BTreeSet<SourceName>,
    /// Whether rows that are covered (B16) are told of at all: 「保護項目 n件」.
    pub covered: bool,
}

impl Sight {
    /// Everything.
    #[must_use]
    pub fn whole() -> Self {
        Self {
            sections: SectionName::ALL.into(),
            sources: SourceName::CLINICAL.into(),
            covered: true,
        }
    }

    /// What crews see by default: what the national emergency summary shows them, which is made of
    /// claims and prescriptions, and the allergies. Problems and laboratory results are not among
    /// them: both come from charts alone, and a crew's tablet is read beside family and bystanders.
    fn of_crews() -> Self {
        use SectionName as S;
        Self {
            sections: [
                S::Allergies,
                S::Contraindications,
                S::Drugs,
                S::Operations,
                S::Dialysis,
                S::Visits,
                S::Procedures,
                S::Checkups,
            ]
            .into(),
            sources: SourceName::CLINICAL.into(),
            covered: false,
        }
    }

    /// What a consent for one category opens by default: the sections, and the sources that are
    /// asked for it.
    fn of_category(category: Category) -> Self {
        use {SectionName as S, SourceName as From};
        let (sections, sources): (&[S], &[From]) = match category {
            Category::Drugs => (&[S::Drugs], &[From::Eprescription, From::Claims]),
            Category::Treatment => (&[S::Visits, S::Procedures, S::Dialysis], &[From::Claims]),
            Category::Operations => (&[S::Operations], &[From::Claims]),
            Category::Checkups => (&[S::Checkups], &[From::Claims]),
            Category::Chart => (
                &[
                    S::Allergies,
                    S::Contraindications,
                    S::Infections,
                    S::Labs,
                    S::Problems,
                    S::Documents,
                ],
                &[From::Emr],
            ),
        };
        Self {
            sections: sections.iter().copied().collect(),
            sources: sources.iter().copied().collect(),
            covered: category == Category::Chart,
        }
    }

    /// What both tables allow.
    fn narrowed(mut self, to: &Self) -> Self {
        self.sections
            .retain(|section| to.sections.contains(section));
        self.sources.retain(|source| to.sources.contains(source));
        self.covered &= to.covered;
        self
    }

    /// The sections that say `withheld`.
    #[must_use]
    pub fn forbidden_sections(&self) -> Vec<SectionName> {
        SectionName::ALL
            .into_iter()
            .filter(|section| !self.sections.contains(section))
            .collect()
    }
}

/// The tables: a role and a basis that are not in the first see nothing, and a consent opens only
/// what the second has for its categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sights {
    roles: BTreeMap<(Role, Basis), Sight>,
    categories: BTreeMap<Category, Sight>,
}

impl Sights {
    /// Both bases.
    pub const BASES: [(&'static str, Basis); 2] = [
        ("consented", Basis::Consented),
        ("emergency", Basis::Emergency),
    ];

    /// What a role sees under a basis.
    #[must_use]
    pub fn of(&self, role: Role, basis: Basis) -> Sight {
        self.roles.get(&(role, basis)).cloned().unwrap_or_default()
    }

    /// What a role sees under a grant: with consent, only what was consented to.
    #[must_use]
    pub fn under(&self, role: Role, grant: &Grant) -> Sight {
        let sight = self.of(role, grant.basis);
        match (grant.basis, &grant.consent) {
            (Basis::Emergency, _) => sight,
            (Basis::Consented, None) => Sight::default(),
            (Basis::Consented, Some(consent)) => {
                let mut consented = Sight::default();
                for category in &consent.categories {
                    let opened = self.of_category(*category);
                    consented.sections.extend(opened.sections);
                    consented.sources.extend(opened.sources);
                    consented.covered |= opened.covered;
                }
                sight.narrowed(&consented)
            }
        }
    }

    /// What consent for a category opens.
    #[must_use]
    pub fn of_category(&self, category: Category) -> Sight {
        self.categories.get(&category).cloned().unwrap_or_default()
    }

    /// Changes what consent for a category opens.
    pub fn set_category(&mut self, category: Category, sight: Sight) {
        self.categories.insert(category, sight);
    }

    /// Changes what a role sees under a basis. Whether a role may see anything clinical at all is
    /// no matter of the table: for one that may not this changes nothing.
    pub fn set(&mut self, role: Role, basis: Basis, sight: Sight) {
        if role.may(Action::ReadSummary) {
            self.roles.insert((role, basis), sight);
        }
    }
}

impl Default for Sights {
    /// Physicians, nurses and pharmacists see everything, crews what [`Sight`] says of them; the
    /// basis makes no difference.
    fn default() -> Self {
        let mut table = Self {
            roles: BTreeMap::new(),
            categories: Category::ALL
                .map(|category| (category, Sight::of_category(category)))
                .into(),
        };
        for (_, basis) in Self::BASES {
            for role in [Role::Physician, Role::Nurse, Role::Pharmacist] {
                table.set(role, basis, Sight::whole());
            }
            table.set(Role::Paramedic, basis, Sight::of_crews());
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_crews_see_what_is_claims_like_and_the_allergies() {
        use SectionName as S;
        for (_, basis) in Sights::BASES {
            let sight = Sights::default().of(Role::Paramedic, basis);
            assert_eq!(
                sight.forbidden_sections(),
                [S::Infections, S::Labs, S::Problems, S::Documents]
            );
            assert!(!sight.covered);
            let claims_like = S::ALL
                .into_iter()
                .filter(|name| SourceName::Claims.carries(*name));
            assert!(
                claims_like
                    .into_iter()
                    .all(|name| sight.sections.contains(&name))
            );
        }
    }

    #[test]
    fn clinicians_see_everything_and_nobody_else_anything_whatever_is_set() {
        let mut table = Sights::default();
        for role in Role::ALL {
            for (_, basis) in Sights::BASES {
                let sight = table.of(role, basis);
                match role {
                    Role::Physician | Role::Nurse | Role::Pharmacist => {
                        assert_eq!(sight, Sight::whole());
                    }
                    Role::Paramedic => {}
                    Role::Clerk | Role::Auditor | Role::Administrator => {
                        assert_eq!(sight.forbidden_sections(), SectionName::ALL);
                        table.set(role, basis, Sight::whole());
                        assert_eq!(table.of(role, basis), Sight::default());
                    }
                }
            }
        }
    }

    #[test]
    fn the_table_tells_the_bases_apart() {
        let mut table = Sights::default();
        table.set(Role::Nurse, Basis::Consented, Sight::default());
        assert_eq!(table.of(Role::Nurse, Basis::Emergency), Sight::whole());
        assert_eq!(table.of(Role::Nurse, Basis::Consented), Sight::default());
    }
}
