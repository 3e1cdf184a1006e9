//! Records for the tests of the row builders, and what must hold of everything they build.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};

use crate::domain::{
    assemble::Windows,
    code::{Coding, Concept},
    date::Date,
    quantity::{Number, Quantity},
    record::{Content, Origin, Record, Subject},
    result::{Observation, Value},
    section::{Fate, Language, Look, SourceName},
    summary::Item,
};

use super::piece::{Built, Context, Piece};

/// The day the tests count from.
pub(super) const TODAY: (i32, u32, u32) = (2026, 11, 22);

pub(super) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(TODAY.0, TODAY.1, TODAY.2).unwrap()
}

pub(super) fn context(windows: &Windows) -> Context<'_> {
    Context {
        as_of: today(),
        look: Look::Emergency,
        language: Language::Ja,
        windows,
        birth: None,
        sex: None,
        dialysis_ruled_out: false,
        viewer_facility: None,
    }
}

pub(super) fn concept(text: &str) -> Concept {
    Concept {
        text: Some(text.to_owned()),
        codings: Vec::new(),
    }
}

pub(super) fn coded(system: &str, code: &str, display: &str) -> Concept {
    Concept {
        text: None,
        codings: vec![coding(system, code, display)],
    }
}

pub(super) fn coding(system: &str, code: &str, display: &str) -> Coding {
    Coding {
        system: Some(system.to_owned()),
        code: Some(code.to_owned()),
        display: Some(display.to_owned()).filter(|display| !display.is_empty()),
    }
}

pub(super) fn quantity(comparator: Option<&str>, number: &str, unit: Option<&str>) -> Value {
    Value::Quantity(Quantity {
        comparator: comparator.map(str::to_owned),
        number: Number::parse(number),
        unit: unit.map(str::to_owned),
    })
}

#[expect(clippy::unnecessary_wraps, reason = "dates of records are optional")]
pub(super) fn date(text: &str) -> Option<Date> {
    Some(Date::parse(text).unwrap())
}

pub(super) fn observation(code: Concept, value: Value, day: &str) -> Observation {
    Observation {
        code,
        value,
        status: Some("final".to_owned()),
        effective: Date::parse(day),
        ..Observation::default()
    }
}

pub(super) fn record(content: Content) -> Record {
    Record {
        resource: String::new(),
        subject: Subject::default(),
        origin: Origin {
            facility: Some("中央病院".to_owned()),
            ..Origin::default()
        },
        tags: Vec::new(),
        profiles: Vec::new(),
        last_updated: None,
        identifiers: Vec::new(),
        unreadable: Vec::new(),
        content,
    }
}

pub(super) fn indicated(mut record: Record, code: &str) -> Record {
    let system = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_ehrshrs_indication";
    record.tags.push(coding(system, code, ""));
    record
}

/// Numbers the records and hands them to a builder, then checks what must hold of every section.
pub(super) fn built(
    records: Vec<Record>,
    context: &Context<'_>,
    build: fn(&[Piece<'_>], &Context<'_>) -> Built,
) -> Built {
    let source = |_: usize| SourceName::Emr;
    built_from(records, source, context, build)
}

pub(super) fn built_from(
    mut records: Vec<Record>,
    source: fn(usize) -> SourceName,
    context: &Context<'_>,
    build: fn(&[Piece<'_>], &Context<'_>) -> Built,
) -> Built {
    for (number, record) in records.iter_mut().enumerate() {
        record.resource = format!("Resource/{number}");
    }
    let pieces: Vec<Piece<'_>> = records
        .iter()
        .enumerate()
        .map(|(number, record)| Piece {
            number,
            record,
            source: source(number),
            received: DateTime::UNIX_EPOCH,
        })
        .collect();
    let section = build(&pieces, context);
    adds_up(&records, &section);
    section
}

/// Every piece has exactly one fate, and the fates agree with the rows.
fn adds_up(records: &[Record], built: &Built) {
    let mut fates: BTreeMap<usize, Fate> = BTreeMap::new();
    for (number, fate, why) in &built.fates {
        assert!(
            fates.insert(*number, *fate).is_none(),
            "two fates for {number}"
        );
        assert!(!why.is_empty(), "no reason for {number}");
    }
    assert_eq!(fates.len(), records.len(), "every piece has a fate");
    let of = |wanted: Fate| -> Vec<String> {
        fates
            .iter()
            .filter(|(_, fate)| **fate == wanted)
            .map(|(number, _)| format!("Resource/{number}"))
            .collect()
    };
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    // A row that was computed stands beside that of the result it was computed from.
    let estimated = crate::domain::words::labs::labs(Language::Ja).estimated;
    let sent = |item: &&Item| !item.tags.iter().any(|tag| tag.word == estimated);
    let shown = built
        .items
        .iter()
        .filter(sent)
        .map(|item| item.resource.clone())
        .collect();
    assert_eq!(
        sorted(shown),
        sorted(of(Fate::Shown)),
        "one row for each that is shown"
    );
    let merged = built
        .items
        .iter()
        .flat_map(|item| item.merged.clone())
        .collect();
    assert_eq!(
        sorted(merged),
        sorted(of(Fate::Merged)),
        "what is merged is named in its row"
    );
    for item in &built.items {
        assert!(
            !item.title.is_empty() && item.text.contains(&item.title),
            "{item:?}"
        );
    }
}
