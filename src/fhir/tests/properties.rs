//! Whatever comes, nothing panics.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::{
    examples::{files, form},
    *,
};

fn try_everything(bytes: &[u8]) {
    for form in [Form::Json, Form::Ndjson] {
        if let Ok(records) = read(bytes, form, 1) {
            for record in records.records {
                assert!(record.resource.contains('/'));
            }
        }
    }
    drop(read_page(bytes, 1));
}

/// Every place of a value, children before parents.
fn places(json: &Json, here: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Json)> = match json {
        Json::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Json::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(n, value)| (n.to_string(), value))
            .collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    };
    for (name, child) in children {
        here.push(name);
        found.push(here.clone());
        places(child, here, found);
        here.pop();
    }
}

fn at<'j>(json: &'j mut Json, place: &[String]) -> Option<&'j mut Json> {
    place.iter().try_fold(json, |json, step| match json {
        Json::Object(fields) => fields.get_mut(step),
        Json::Array(elements) => elements.get_mut(step.parse::<usize>().ok()?),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
    })
}

fn small_examples() -> Vec<String> {
    let files = files().into_iter().filter(|path| form(path) == Form::Json);
    files
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .filter(|text| text.len() < 60_000)
        .collect()
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,12}".prop_map(Json::from),
        "[A-Z][a-z]{2,9}/[a-z0-9]{1,3}".prop_map(Json::from),
        "#[a-z]{1,2}".prop_map(Json::from),
    ];
    let key = prop::sample::select(vec![
        "resourceType",
        "id",
        "code",
        "text",
        "coding",
        "system",
        "value",
        "reference",
        "subject",
        "patient",
        "contained",
        "extension",
        "url",
        "valueQuantity",
        "section",
        "entry",
        "resource",
        "fullUrl",
        "name",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        try_everything(&bytes);
    }

    #[test]
    fn any_json_in_any_resource_is_one_record(
        kind in prop::sample::select(vec!["Patient", "AllergyIntolerance", "Condition", "Observation", "MedicationRequest",
            "MedicationDispense", "Procedure", "Encounter", "Composition", "DocumentReference", "List", "Organization"]),
        fields in prop::collection::btree_map(
            prop::sample::select(vec!["code", "name", "section", "contained", "subject", "valueQuantity", "dosageInstruction",
                "performer", "reaction", "meta", "extension", "identifier", "class", "component", "medicationReference"])
                .prop_map(str::to_owned), any_json(), 0..6),
    ) {
        let mut resource: serde_json::Map<String, Json> = fields.into_iter().collect();
        resource.insert("resourceType".to_owned(), kind.into());
        let json = Json::Object(resource).to_string();
        prop_assert_eq!(read(json.as_bytes(), Form::Json, 1).unwrap().records.len(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_spoilt_example_never_panics(
        pick in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        new in prop::option::of(any_json()),
        cut in any::<prop::sample::Index>(),
    ) {
        let examples = small_examples();
        if examples.is_empty() {
            return Ok(());
        }
        let text = pick.get(&examples);
        let mut json: Json = serde_json::from_str(text).unwrap();
        let mut all = Vec::new();
        places(&json, &mut Vec::new(), &mut all);
        let place = place.get(&all);
        match (new, place.split_last()) {
            (Some(new), _) => *at(&mut json, place).unwrap() = new,
            (None, Some((last, parent))) => {
                if let Some(Json::Object(fields)) = at(&mut json, parent) {
                    fields.remove(last);
                }
            }
            (None, None) => {}
        }
        try_everything(json.to_string().as_bytes());
        try_everything(&text.as_bytes()[..cut.index(text.len())]);
    }
}

/// The records without what is listed as unreadable, and whether anything is.
fn told(records: Records) -> (Vec<Record>, bool) {
    let lists = |record: &Record| !record.unreadable.is_empty() || kind(record) == "unreadable";
    let listed = records.records.iter().any(lists);
    let without = |record| Record {
        unreadable: Vec::new(),
        ..record
    };
    (records.records.into_iter().map(without).collect(), listed)
}

#[test]
fn whatever_a_wrong_type_takes_away_is_listed() {
    for text in small_examples() {
        let original: Json = serde_json::from_str(&text).unwrap();
        let mut all = Vec::new();
        places(&original, &mut Vec::new(), &mut all);
        let (before, _) = told(read(text.as_bytes(), Form::Json, 1).unwrap());
        // Bundles are long: every seventh place of them.
        let step = if original["resourceType"] == "Bundle" {
            7
        } else {
            1
        };
        for place in all.into_iter().step_by(step) {
            let mut spoilt = original.clone();
            let value = at(&mut spoilt, &place).unwrap();
            *value = if value.is_boolean() {
                "x".into()
            } else {
                true.into()
            };
            let Ok(after) = read(spoilt.to_string().as_bytes(), Form::Json, 1) else {
                assert_eq!(place, ["resourceType"]);
                continue;
            };
            let (after, listed) = told(after);
            assert!(
                listed || after == before,
                "{} lost {}",
                before[0].resource,
                place.join(".")
            );
        }
    }
}
