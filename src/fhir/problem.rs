//! Condition (傷病名).

use super::{
    datatype::{quantity_words, range_words},
    node::Node,
};
use crate::domain::{date::Date, problem::Problem};

/// What it says; `None` where nothing that names the problem could be read.
pub(super) fn read(node: &Node<'_>) -> Option<Problem> {
    let (onset, onset_text) = moment(node, "onset");
    let (abatement, abatement_text) = moment(node, "abatement");
    let code = node.object("code");
    let modifiers = |name: &str| -> Vec<String> {
        let on_code = code
            .as_ref()
            .map(|code| code.extensions(name))
            .unwrap_or_default();
        let codings = code.as_ref().map(|code| code.objects("coding"));
        let on_codings = codings
            .iter()
            .flatten()
            .flat_map(|coding| coding.extensions(name))
            .collect::<Vec<_>>();
        let all = on_code
            .into_iter()
            .chain(on_codings)
            .chain(node.extensions(name));
        all.filter_map(|extension| extension.words("valueCodeableConcept"))
            .collect()
    };
    let problem = Problem {
        name: code.as_ref().and_then(Node::as_concept).unwrap_or_default(),
        prefixes: modifiers("JP_Condition_DiseasePrefixModifier"),
        postfixes: modifiers("JP_Condition_DiseasePostfixModifier"),
        clinical_status: node.status("clinicalStatus"),
        verification: node.status("verificationStatus"),
        severity: node.words("severity"),
        stages: node
            .objects("stage")
            .iter()
            .filter_map(|stage| stage.words("summary").or_else(|| stage.words("type")))
            .collect(),
        body_sites: node.each_in_words("bodySite"),
        outcome: modifiers("JP_Condition_DiseaseOutcome").into_iter().next(),
        categories: node.concepts("category"),
        principal: is_principal(node),
        onset,
        onset_text,
        abatement,
        abatement_text,
        recorded: node.date("recordedDate"),
        notes: node.notes("note"),
    };
    let says_something =
        !problem.name.is_empty() || !problem.notes.is_empty() || !problem.prefixes.is_empty();
    says_something.then_some(problem)
}

fn is_principal(node: &Node<'_>) -> bool {
    node.extensions("JP_eCS_DiagnosisType")
        .iter()
        .any(|extension| {
            let concept = extension.concept("valueCodeableConcept");
            let concept = concept.map(|concept| concept.codings).unwrap_or_default();
            let coding = extension
                .object("valueCoding")
                .and_then(|coding| coding.as_coding());
            concept
                .iter()
                .chain(coding.iter())
                .any(|coding| coding.code.as_deref() == Some("principal"))
        })
}

/// `onset[x]` or `abatement[x]`: a date, else the words.
pub(super) fn moment(node: &Node<'_>, name: &str) -> (Option<Date>, Option<String>) {
    let field = |suffix: &str| format!("{name}{suffix}");
    if node.has(&field("DateTime")) {
        return (node.date(&field("DateTime")), None);
    }
    if let Some(period) = node.period(&field("Period")) {
        return (period.start.or(period.end), None);
    }
    let age = node.quantity(&field("Age")).as_ref().map(quantity_words);
    let range = || {
        node.object(&field("Range"))?
            .as_range()
            .as_ref()
            .map(range_words)
    };
    let words = age.or_else(range).or_else(|| node.text(&field("String")));
    // Only abatement has a boolean form.
    let flag = || (node.truth(&field("Boolean")) == Some(true)).then(|| "abated".to_owned());
    (None, words.or_else(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_diagnosis_type_and_partial_dates_are_read() {
        let json = r#"{"code":{"text":"左前腕骨折","extension":[
              {"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_DiseasePrefixModifier",
               "valueCodeableConcept":{"coding":[{"code":"27000358","display":"左"}]}},
              {"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_DiseasePostfixModifier",
               "valueCodeableConcept":{"text":"の術後"}}]},
            "extension":[{"url":"http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_DiagnosisType",
               "valueCodeableConcept":{"coding":[{"code":"principal"}]}},
              {"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_DiseaseOutcome",
               "valueCodeableConcept":{"coding":[{"code":"I","display":"中止"}],"text":"中止(転医)"}}],
            "stage":[{"summary":{"text":"ステージII"}}],"bodySite":[{"text":"左前腕"}],
            "onsetDateTime":"2019"}"#;
        let problem = read(&Node::root(json).unwrap()).unwrap();
        assert_eq!(problem.outcome.as_deref(), Some("中止(転医)"));
        assert_eq!(problem.stages, ["ステージII"]);
        assert_eq!(problem.body_sites, ["左前腕"]);
        assert_eq!(problem.prefixes, ["左"]);
        assert_eq!(problem.postfixes, ["の術後"]);
        assert!(problem.principal);
        assert_eq!(problem.onset, Some(Date::Year(2019)));
    }

    #[test]
    fn every_form_of_onset_and_abatement_is_read() {
        for (fields, date, words) in [
            (
                r#""onsetAge":{"value":52,"unit":"歳"}"#,
                None,
                Some("52 歳"),
            ),
            (
                r#""onsetRange":{"low":{"value":40},"high":{"value":50,"unit":"a"}}"#,
                None,
                Some("40–50 a"),
            ),
            (r#""onsetString":"幼少時""#, None, Some("幼少時")),
            (
                r#""onsetPeriod":{"start":"2020-01"}"#,
                Date::parse("2020-01"),
                None,
            ),
        ] {
            let json = format!(r#"{{"code":{{"text":"x"}},{fields}}}"#);
            let problem = read(&Node::root(&json).unwrap()).unwrap();
            assert_eq!(
                (problem.onset, problem.onset_text.as_deref()),
                (date, words),
                "{fields}"
            );
        }
        let json = r#"{"code":{"text":"x"},"abatementBoolean":true}"#;
        let problem = read(&Node::root(json).unwrap()).unwrap();
        assert_eq!(problem.abatement_text.as_deref(), Some("abated"));
    }

    #[test]
    fn a_condition_without_any_name_is_none() {
        assert!(read(&Node::root(r#"{"clinicalStatus":{"text":"active"}}"#).unwrap()).is_none());
    }
}
