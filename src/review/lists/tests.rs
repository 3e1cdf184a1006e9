//! Lists as hospitals' systems write them, and as they must not be.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::{DateTime, TimeZone as _, Utc};
use encoding_rs::SHIFT_JIS;

use super::{
    FileFlaw, LineFlaw, MOST_LINES, Outcome, Reading, Refused, StaffMember, TakenArrival,
    TakenDuty, read,
};
use crate::domain::{
    access::{AccountId, PatientKey},
    patient::MemberNumber,
    review::Kind,
};

fn mark(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 3, 0, 0).unwrap()
}

fn taken(kind: Kind, bytes: &[u8]) -> Result<(String, Outcome), Refused> {
    let key = |number: &MemberNumber| PatientKey(number.value());
    let reading = Reading {
        facility_number: Some("1312345678"),
        accounts: BTreeMap::from([("drsato".to_owned(), AccountId("a1".to_owned()))]),
        key: &key,
        mark: &mark,
        now: now(),
    };
    read(kind, bytes, &reading).map(|read| (read.taken, read.outcome))
}

fn rows<T: serde::de::DeserializeOwned>(kind: Kind, text: &str) -> T {
    serde_json::from_str(&taken(kind, text.as_bytes()).unwrap().0).unwrap()
}

const ARRIVALS: &str = "来院日時,受付番号,保険者番号,記号,番号,枝番,氏名,カナ氏名,生年月日\n\
    2026/11/22 03:26,4711,06139999,12-34,187,01,山田 太郎,ヤマダ タロウ,S35.4.1\n\
    2026-11-22 03:40:10,4712,,,,,髙橋 花子,,1980-02-03\n";

#[test]
fn registrations_are_read_by_number_and_by_name_with_birth_date_in_japanese_time() {
    let rows: Vec<TakenArrival> = rows(Kind::Arrivals, ARRIVALS);
    assert_eq!(rows.len(), 2);
    let numbered = rows.iter().find(|row| row.visit == "4711").unwrap();
    assert_eq!(numbered.at.to_rfc3339(), "2026-11-21T18:26:00+00:00");
    assert_eq!(
        numbered.patient,
        Some(PatientKey("06139999:1234:187:01".to_owned()))
    );
    assert_eq!(numbered.identities.len(), 2, "name and kana");
    let named = rows.iter().find(|row| row.visit == "4712").unwrap();
    assert_eq!(named.patient, None);
    assert_eq!(named.identities.len(), 1);
}

#[test]
fn every_encoding_with_and_without_a_mark_reads_the_same() {
    // Shift_JIS has one form of the character; as a name both are the same.
    let plainly = ARRIVALS.replace('髙', "高");
    let (sjis, _, _) = SHIFT_JIS.encode(&plainly);
    let plain = taken(Kind::Arrivals, ARRIVALS.as_bytes()).unwrap();
    let marked = [b"\xEF\xBB\xBF", ARRIVALS.as_bytes()].concat();
    assert_eq!(taken(Kind::Arrivals, &marked).unwrap(), plain);
    assert_eq!(taken(Kind::Arrivals, &sjis).unwrap(), plain);
    let windows = ARRIVALS.replace('\n', "\r\n");
    assert_eq!(taken(Kind::Arrivals, windows.as_bytes()).unwrap(), plain);
}

#[test]
fn what_is_no_text_is_refused_as_a_whole() {
    let utf16: Vec<u8> = ARRIVALS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        &utf16[..],
        b"\xff\xfe\x00a",
        b"a,b\n\x81",
        b"arrived_at\n\x01\n",
    ] {
        let refused = taken(Kind::Arrivals, bytes).unwrap_err();
        assert_eq!(refused, Refused::File(FileFlaw::Encoding), "{bytes:?}");
    }
    assert_eq!(
        taken(Kind::Arrivals, b"").unwrap_err(),
        Refused::File(FileFlaw::Empty)
    );
}

#[test]
fn wrong_columns_are_named() {
    for (text, flaw) in [
        ("visit\n1\n", FileFlaw::NoColumn("arrived_at")),
        (
            "arrived_at,血液型\n2026-11-22 03:26,A\n",
            FileFlaw::Column(2),
        ),
        (
            "arrived_at,来院日時\n2026-11-22 03:26,A\n",
            FileFlaw::Column(2),
        ),
        ("arrived_at,name,birth_date\n\n", FileFlaw::Empty),
    ] {
        let refused = taken(Kind::Arrivals, text.as_bytes()).unwrap_err();
        assert_eq!(refused, Refused::File(flaw), "{text}");
    }
}

#[test]
fn an_open_quotation_mark_swallows_no_lines() {
    let text = "insurer,number,branch,symbol\n06139999,1,01,\"12\n06139999,2,01,34\n";
    let refused = taken(Kind::Protected, text.as_bytes()).unwrap_err();
    assert_eq!(refused, Refused::Lines(vec![(2, LineFlaw::Control)]));
}

#[test]
fn every_refused_line_is_named_and_nothing_is_taken() {
    let text = "arrived_at,visit,insurer,number,branch,name,birth_date,facility\n\
        2026-11-22 03:26,1,06139999,187,01,,,\n\
        yesterday,2,06139999,187,01,,,\n\
        2026-11-22 03:26,=cmd(),06139999,187,01,,,\n\
        2026-11-22 03:26,4,06139999,187,,,,\n\
        2026-11-22 03:26,5,,,,山田 太郎,1960-13-01,\n\
        2026-11-22 03:26,6,06139999,187,01,,,9999999999\n\
        2026-11-24 03:26,7,06139999,187,01,,,\n\
        2026-11-22 03:26,8\n\
        \n\
        ,9,06139999,187,01,,,1312345678\n";
    let refused = taken(Kind::Arrivals, text.as_bytes()).unwrap_err();
    let flaws = [
        (3, LineFlaw::Unreadable("arrived_at")),
        (4, LineFlaw::Formula("visit")),
        (5, LineFlaw::Nobody),
        (6, LineFlaw::Unreadable("birth_date")),
        (7, LineFlaw::OtherFacility),
        (8, LineFlaw::Future),
        (9, LineFlaw::Fields),
        (11, LineFlaw::Missing("arrived_at")),
    ];
    assert_eq!(refused, Refused::Lines(flaws.to_vec()));
}

#[test]
fn a_line_that_is_there_twice_counts_once() {
    let line = "2026-11-22 03:26,1,06139999,187,01\n";
    let text = format!("arrived_at,visit,insurer,number,branch\n{line}{line}");
    let (taken, outcome) = taken(Kind::Arrivals, text.as_bytes()).unwrap();
    assert_eq!((outcome.lines, outcome.twice), (2, 1));
    let rows: Vec<TakenArrival> = serde_json::from_str(&taken).unwrap();
    assert_eq!(rows.len(), 1);
}

#[test]
fn what_is_too_long_is_refused_before_it_is_read() {
    let line = "2026-11-22 03:26,1,06139999,187,01\n";
    let text = format!(
        "arrived_at,visit,insurer,number,branch\n{}",
        line.repeat(MOST_LINES + 1)
    );
    assert_eq!(
        taken(Kind::Arrivals, text.as_bytes()).unwrap_err(),
        Refused::File(FileFlaw::TooLong)
    );
    let text = line.repeat(100_000);
    assert_eq!(
        taken(Kind::Arrivals, text.as_bytes()).unwrap_err(),
        Refused::File(FileFlaw::TooLarge)
    );
}

#[test]
fn a_roster_says_which_days_it_covers_and_leaves_strangers_out() {
    let text = "利用者ID,開始,終了,部署\n\
        DR-Sato,2026-11-21 17:00,2026-11-22 08:30,救急科\n\
        nobody,2026-11-23 08:30,2026-11-23 17:00,内科\n";
    let duty: TakenDuty = rows(Kind::Duty, text);
    assert_eq!(duty.shifts.len(), 1);
    assert_eq!(duty.shifts[0].account.0, "a1");
    assert_eq!(duty.shifts[0].department, "救急科");
    let days: Vec<String> = duty.days.iter().map(ToString::to_string).collect();
    // Of the day that the night reaches into it says nothing.
    assert_eq!(days, ["2026-11-21", "2026-11-23"]);
    let (_, outcome) = taken(Kind::Duty, text.as_bytes()).unwrap();
    assert_eq!((outcome.lines, outcome.strangers, outcome.twice), (2, 1, 0));
    let backwards = text.replace("2026-11-22 08:30", "2026-11-21 17:00");
    assert_eq!(
        taken(Kind::Duty, backwards.as_bytes()).unwrap_err(),
        Refused::Lines(vec![(2, LineFlaw::Span)])
    );
}

#[test]
fn staff_and_lists_of_patients_keep_hashes_and_no_names() {
    let text = "氏名,カナ氏名,生年月日,住所,利用者ID\n\
        佐藤 救,サトウ キュウ,1980-02-03,千葉県千葉市中央区1-2,dr-sato\n\
        上田 受付,,,,\n";
    let (taken_over, _) = taken(Kind::Staff, text.as_bytes()).unwrap();
    assert!(!taken_over.contains("佐藤"), "{taken_over}");
    let staff: Vec<StaffMember> = serde_json::from_str(&taken_over).unwrap();
    assert_eq!(staff.len(), 2);
    assert_eq!(staff[0].account, Some(AccountId("a1".to_owned())));
    assert_eq!(staff[0].traits.towns.len(), 2);
    let people = "保険者番号,記号,番号,枝番\n06139999,12-34,187,01\n";
    let keys: Vec<PatientKey> = rows(Kind::Protected, people);
    assert_eq!(keys.len(), 1);
    let household = people.replace("187,01", "187,");
    assert_eq!(
        taken(Kind::Decoys, household.as_bytes()).unwrap_err(),
        Refused::Lines(vec![(2, LineFlaw::Nobody)])
    );
}
