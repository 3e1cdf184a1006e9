//! What each clinical source is asked: one fixed list of searches.

use crate::domain::section::{
    SectionName::{
        self, Allergies, Checkups, Contraindications, Dialysis, Documents, Drugs, Infections, Labs,
        Operations, Problems, Procedures, Visits,
    },
    SourceName,
};

/// One search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Search {
    /// The resource type.
    pub(super) kind: &'static str,
    /// The sections it feeds: they are not whole without it.
    pub(super) feeds: &'static [SectionName],
    /// Whether a source may lack the type altogether; one that says so as a FHIR server carries
    /// nothing of the kind, which is no failure.
    pub(super) optional: bool,
}

const fn search(kind: &'static str, feeds: &'static [SectionName]) -> Search {
    Search {
        kind,
        feeds,
        optional: false,
    }
}

const fn optional(kind: &'static str, feeds: &'static [SectionName]) -> Search {
    Search {
        kind,
        feeds,
        optional: true,
    }
}

const EMR: &[Search] = &[
    search("AllergyIntolerance", &[Allergies, Contraindications]),
    search("Condition", &[Problems]),
    search("Observation", &[Labs, Infections]),
    optional("Composition", &[Documents, Checkups]),
    optional("DocumentReference", &[Documents, Checkups]),
    search("MedicationRequest", &[Drugs]),
    // Statements about whole sections: without them "none known" cannot be told from "empty".
    optional("List", &[Allergies, Contraindications, Drugs, Problems]),
];

const EPRESCRIPTION: &[Search] = &[
    search("MedicationRequest", &[Drugs]),
    search("MedicationDispense", &[Drugs]),
];

const CLAIMS: &[Search] = &[
    search("MedicationDispense", &[Drugs]),
    search("MedicationStatement", &[Drugs]),
    search("Procedure", &[Operations, Dialysis, Procedures]),
    search("Encounter", &[Visits]),
    optional("DocumentReference", &[Checkups]),
];

/// The searches of one source.
pub(super) const fn searches(source: SourceName) -> &'static [Search] {
    match source {
        SourceName::Identity => &[],
        SourceName::Emr => EMR,
        SourceName::Eprescription => EPRESCRIPTION,
        SourceName::Claims => CLAIMS,
    }
}

#[cfg(test)]
mod tests {
    use super::searches;
    use crate::domain::section::{SectionName, SourceName};

    #[test]
    fn every_section_a_source_carries_is_fed_by_one_of_its_searches_and_no_other() {
        for source in SourceName::CLINICAL {
            for section in SectionName::ALL {
                let fed = searches(source)
                    .iter()
                    .any(|search| search.feeds.contains(&section));
                assert_eq!(fed, source.carries(section), "{source:?} {section:?}");
            }
        }
    }
}
