//! `AllergyIntolerance`.

use super::{node::Node, problem::moment};
use crate::domain::allergy::{Allergy, Reaction};

/// What it says. An agent may be missing, `None` only where nothing clinical could be read.
pub(super) fn read(node: &Node<'_>) -> Option<Allergy> {
    let (onset, onset_text) = moment(node, "onset");
    let allergy = Allergy {
        agent: node.concept("code").unwrap_or_default(),
        categories: node
            .texts("category")
            .iter()
            .map(|word| word.to_lowercase())
            .collect(),
        criticality: node.word("criticality"),
        clinical_status: node.status("clinicalStatus"),
        verification: node.status("verificationStatus"),
        kind: node.word("type"),
        reactions: node
            .objects("reaction")
            .iter()
            .filter_map(reaction)
            .collect(),
        onset,
        onset_text,
        recorded: node.date("recordedDate"),
        last_occurrence: node.date("lastOccurrence"),
        notes: node.notes("note"),
    };
    let says_something =
        !allergy.agent.is_empty() || !allergy.reactions.is_empty() || !allergy.notes.is_empty();
    let says_something = says_something || allergy.onset_text.is_some();
    says_something.then_some(allergy)
}

fn reaction(node: &Node<'_>) -> Option<Reaction> {
    let reaction = Reaction {
        substance: node.concept("substance"),
        manifestations: node.concepts("manifestation"),
        severity: node.word("severity"),
        description: node.text("description"),
        onset: node.date("onset"),
        notes: node.notes("note"),
    };
    (reaction != Reaction::default()).then_some(reaction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_without_a_coded_manifestation_is_kept() {
        let json = r#"{"code":{"text":"ヨードうがい液","coding":[{"code":"GCM2260701F1ZZZ","display":"ポビドンヨード"}]},
            "category":["medication"],"reaction":[{"manifestation":[{"extension":[{"url":"x"}]}],"severity":"severe"}],
            "note":[{"text":"全身に\n発疹"}]}"#;
        let allergy = read(&Node::root(json).unwrap()).unwrap();
        assert_eq!(allergy.agent.text.as_deref(), Some("ヨードうがい液"));
        assert_eq!(allergy.reactions[0].severity.as_deref(), Some("severe"));
        assert!(allergy.reactions[0].manifestations.is_empty());
        assert_eq!(allergy.notes, ["全身に\n発疹"]);
    }

    #[test]
    fn an_onset_that_is_no_date_is_kept_in_words() {
        let node = Node::root(r#"{"code":{"text":"さば"},"onsetString":"幼少時"}"#).unwrap();
        let allergy = read(&node).unwrap();
        assert_eq!(allergy.onset_text.as_deref(), Some("幼少時"));
        assert!(allergy.notes.is_empty());
    }

    #[test]
    fn a_missing_code_with_a_reaction_stays_an_allergy() {
        let node = Node::root(r#"{"reaction":[{"description":"呼吸困難"}]}"#).unwrap();
        assert!(read(&node).unwrap().agent.is_empty());
    }

    #[test]
    fn an_allergy_of_which_nothing_clinical_is_readable_is_none_and_says_why() {
        let node =
            Node::root(r#"{"code":7,"clinicalStatus":{"coding":[{"code":"active"}]}}"#).unwrap();
        assert!(read(&node).is_none());
        assert_eq!(node.problems()[0].path, "code");
    }

    #[test]
    fn a_wrong_severity_does_not_lose_the_reaction() {
        let json = r#"{"code":{"text":"さば"},"reaction":[{"severity":3,"manifestation":[{"text":"蕁麻疹"}]}]}"#;
        let node = Node::root(json).unwrap();
        let allergy = read(&node).unwrap();
        assert_eq!(
            allergy.reactions[0].manifestations[0].text.as_deref(),
            Some("蕁麻疹")
        );
        assert_eq!(node.problems()[0].path, "reaction[0].severity");
    }
}
