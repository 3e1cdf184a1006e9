//! What counts as one record, and what is no FHIR.

use super::*;

#[test]
fn every_entry_is_one_record_whatever_is_in_it() {
    let records = bundle(&[
        r#""resource":{"resourceType":"Patient","id":"p"}"#,
        r#""resource":{"resourceType":"Condition","code":{"text":"x"}}"#,
        r#""request":{"method":"DELETE","url":"Patient/1"}"#,
        r#""resource":null"#,
        r#""resource":7"#,
        r#""resource":{"id":"1"}"#,
        r#""resource":{"resourceType":"allergyintolerance"}"#,
        r#""resource":{"resourceType":"Coverage","id":"c"}"#,
        r#""resource":{"resourceType":"AllergyIntolerance"}"#,
        "",
    ]);
    assert_eq!(
        names(&records),
        [
            "Patient/p",
            "Condition/?1",
            "?/?2",
            "?/?3",
            "?/?4",
            "?/?5",
            "?/?6",
            "Coverage/c",
            "AllergyIntolerance/?7",
            "?/?8"
        ]
    );
    let kinds: Vec<_> = records.records.iter().map(kind).collect();
    assert_eq!(
        kinds,
        [
            "patient",
            "problem",
            "unreadable",
            "unreadable",
            "unreadable",
            "unreadable",
            "unreadable",
            "not for this screen",
            "unreadable",
            "unreadable"
        ]
    );
}

#[test]
fn entries_that_are_no_objects_are_counted_too() {
    let json = br#"{"resourceType":"Bundle","entry":[null,7,"x",[],{"resource":{"resourceType":"Flag"}}]}"#;
    let records = read(json, Form::Json, 1).unwrap();
    let kinds: Vec<_> = records.records.iter().map(kind).collect();
    assert_eq!(
        kinds,
        [
            "unreadable",
            "unreadable",
            "unreadable",
            "unreadable",
            "not for this screen"
        ]
    );
}

#[test]
fn a_bundle_in_a_bundle_counts_its_own_entries_and_not_itself() {
    let inner = r#""resource":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Flag","id":"1"}},
        {"resource":{"resourceType":"Flag","id":"2"}}]}"#;
    let records = bundle(&[inner, r#""resource":{"resourceType":"Flag","id":"3"}"#]);
    assert_eq!(names(&records), ["Flag/1", "Flag/2", "Flag/3"]);
}

#[test]
fn bundles_nested_without_end_cost_one_unreadable_record() {
    let depth = 20_000;
    let json = format!(
        "{}null{}",
        r#"{"resourceType":"Bundle","entry":[{"resource":"#.repeat(depth),
        "}]}".repeat(depth)
    );
    let records = read(json.as_bytes(), Form::Json, 1).unwrap();
    assert_eq!(records.records.len(), 1);
    assert_eq!(kind(&records.records[0]), "unreadable");
}

#[test]
fn a_bundle_whose_entry_is_no_list_is_unreadable() {
    let record = single(r#"{"resourceType":"Bundle","id":"b","entry":"x"}"#);
    assert_eq!(
        (record.resource.as_str(), kind(&record)),
        ("Bundle/b", "unreadable")
    );
}

#[test]
fn an_empty_bundle_has_no_records() {
    assert!(bundle(&[]).records.is_empty());
}

#[test]
fn every_line_that_is_not_blank_is_one_record() {
    let lines = b"\xEF\xBB\xBF{\"resourceType\":\"Patient\",\"id\":\"p\"}\r\n\n  \nnot json\n{\"id\":1}\n\xff\xfe\n[]\n\
        {\"resourceType\":\"Bundle\"}\n{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Flag\"}}]}";
    let records = read(lines, Form::Ndjson, 5).unwrap();
    assert_eq!(
        names(&records),
        [
            "Patient/p",
            "?/?5",
            "?/?6",
            "?/?7",
            "?/?8",
            "Bundle/?9",
            "Flag/?10"
        ]
    );
}

#[test]
fn what_is_not_fhir_is_refused_with_one_line_without_content() {
    for (bytes, form) in [
        (&b""[..], Form::Json),
        (b"  \n", Form::Json),
        (b"SECRET", Form::Json),
        (b"{\"SECRET\":1}", Form::Json),
        (b"[{\"resourceType\":\"Patient\"}]", Form::Json),
        (b"{\"resourceType\":\"SECRET 1\"}", Form::Json),
        (b"{\"resourceType\":\"Patient\"", Form::Json),
        (b"{\"resourceType\":\"Patient\"} SECRET", Form::Json),
        (b"\xff\xfe{\0}\0", Form::Json),
        (b"", Form::Ndjson),
        (b"SECRET\n{\"a\":1}\n", Form::Ndjson),
    ] {
        let refused = read(bytes, form, 1).expect_err("not FHIR");
        assert!(!refused.why.is_empty() && !refused.why.contains('\n'));
        assert!(!refused.to_string().contains("SECRET"));
    }
}

#[test]
fn a_byte_order_mark_is_no_hindrance() {
    let json = b"\xEF\xBB\xBF{\"resourceType\":\"Flag\",\"id\":\"1\"}";
    assert_eq!(names(&read(json, Form::Json, 1).unwrap()), ["Flag/1"]);
}

#[test]
fn a_deep_field_costs_itself_and_not_the_resource() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = format!(
        r#"{{"resourceType":"AllergyIntolerance","code":{{"text":"さば"}},"reaction":{deep}}}"#
    );
    let record = single(&json);
    assert_eq!(kind(&record), "allergy");
    assert_eq!(record.unreadable[0].path, "reaction[0]");
}

#[test]
fn a_page_keeps_outcomes_of_the_search_apart() {
    let page = read_page(
        br#"{"resourceType":"Bundle","type":"searchset","total":3,
        "link":[{"relation":"self","url":"http://h/a?patient=1"},{"relation":"next","url":"http://h/n"}],
        "entry":[{"resource":{"resourceType":"AllergyIntolerance","id":"a","code":{"text":"x"}},"search":{"mode":"match"}},
          {"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported","diagnostics":"SECRET"}]},
           "search":{"mode":"outcome"}},
          {"resource":{"resourceType":"Patient","id":"p"},"search":{"mode":"outcome"}}]}"#,
        1,
    )
    .unwrap();
    assert_eq!(names(&page.records), ["AllergyIntolerance/a", "Patient/p"]);
    assert_eq!(page.self_link.as_deref(), Some("http://h/a?patient=1"));
    assert_eq!(page.next_link.as_deref(), Some("http://h/n"));
    assert_eq!(page.total, Some(3));
    assert_eq!(page.issues, ["warning: not-supported"]);
}

#[test]
fn an_outcome_alone_is_an_empty_page_with_issues() {
    let page = read_page(
        br#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden"},{"code":"Patient SECRET 1"}]}"#,
        1,
    )
    .unwrap();
    assert!(page.records.records.is_empty());
    assert_eq!(page.issues, ["error: forbidden", "?: ?"]);
    assert!(read_page(br#"{"resourceType":"Patient"}"#, 1).is_err());
    assert!(read_page(b"<html>", 1).is_err());
}
