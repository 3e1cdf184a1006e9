//! What the index costs as the ledger grows.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};

use super::Index;
use crate::{
    domain::{access::FacilityId, review::Table},
    ledger::ReadEntry,
    review::{
        file::beside,
        work::{Wanted, page},
    },
};

/// Entries of one case: sign-in, search, start, two looks, how identified, end.
const OF_A_CASE: u64 = 7;

fn entry(seq: u64) -> ReadEntry {
    let (number, what) = (seq / OF_A_CASE, seq % OF_A_CASE);
    let first = Utc.with_ymd_and_hms(2020, 4, 1, 3, 0, 0).unwrap();
    let grant = format!("n1.{number}");
    let (event, fields) = match what {
        0 => ("signed_in", serde_json::json!({})),
        1 => (
            "searched",
            serde_json::json!({"hits": 1, "listed": [format!("p{}", number % 40_000)]}),
        ),
        2 => (
            "grant_started",
            serde_json::json!({"found_by": "insurance"}),
        ),
        3 | 4 => ("viewed", serde_json::json!({"method": "screen"})),
        5 => ("identified", serde_json::json!({"identified_by": "crew"})),
        _ => ("grant_ended", serde_json::json!({"end": "hand"})),
    };
    let entry = serde_json::json!({
        "seq": seq + 1,
        "node": "n1",
        "boot": "b",
        "wall": first + TimeDelta::seconds(i64::try_from(seq).unwrap() * 200),
        "since_boot_ms": 1,
        "event": event,
        "account": format!("a{}", number % 60),
        "role": "physician",
        "facility": "h1",
        "terminal": format!("t{}", number % 5),
        "basis": "emergency",
        "reason": "unconscious",
        "grant": (what > 1).then_some(grant),
        "patient": (what > 1).then(|| format!("p{}", number % 40_000)),
        "receipt": "4821-0937-5516",
        "fields": fields,
    });
    serde_json::from_value(entry).unwrap()
}

fn grown(entries: u64) -> Index {
    let mut index = Index::default();
    let marks = |_: &FacilityId| -> Box<dyn Fn(&str) -> u64 + Send> { Box::new(|_| 7) };
    for seq in 0..entries {
        index.take(&entry(seq), &marks);
    }
    settled(&mut index, last());
    index
}

/// Brings everything up to date.
fn settled(index: &mut Index, now: DateTime<Utc>) {
    index.begin_to_settle();
    while index.settle(&Table::default(), now, 200) {}
}

fn last() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2027, 4, 1, 3, 0, 0).unwrap()
}

/// The shortest of many tries.
fn shortest(mut work: impl FnMut()) -> Duration {
    let try_once = |_| {
        let began = Instant::now();
        work();
        began.elapsed()
    };
    (0..200).map(try_once).min().unwrap_or_default()
}

/// Work list, a case, and bringing the index up to date with nothing new.
fn costs(entries: u64) -> [Duration; 3] {
    let mut index = grown(entries);
    let facility = FacilityId("h1".to_owned());
    let desk = index.desk(&facility).unwrap();
    let list = shortest(|| assert_eq!(page(desk, &Wanted::default()).cases.len(), 50));
    let place = page(desk, &Wanted::default()).cases[7].place.clone();
    let case = shortest(|| assert!(beside(desk, &place, &Table::default(), last()).is_some()));
    let later = Utc.with_ymd_and_hms(2027, 4, 1, 4, 0, 0).unwrap();
    let settled = shortest(|| settled(&mut index, later));
    [list, case, settled]
}

#[test]
#[ignore = "a minute: a million entries"]
fn a_million_entries_cost_at_most_ten_times_what_ten_thousand_cost() {
    let (few, many) = (costs(10_000), costs(1_000_000));
    println!("list, case, nothing new: {few:?} with ten thousand, {many:?} with a million");
    for (few, many) in few.iter().zip(many) {
        let bound = (*few).max(Duration::from_micros(20)) * 10;
        assert!(many <= bound, "{few:?} became {many:?}");
    }
}
