//! The five kinds of lists: their columns, and what of each line is kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{
    FileFlaw, LineFlaw, Outcome, Refused, Shift, StaffMember, TakenArrival, TakenDuty,
    encounter::{self, is_fhir},
    sheet::{Column, Line, Sheet},
};
use crate::domain::{
    access::{AccountId, PatientKey},
    birth_date,
    clock::{JAPAN_OFFSET_SECONDS, japanese_time},
    patient::MemberNumber,
    review::{Kind, Traits, identities},
    text::folded,
};

/// The longest duty.
const LONGEST_DUTY: TimeDelta = TimeDelta::days(2);
/// How far from now it may be: what is farther is a year that was mistyped.
const FARTHEST_DUTY: TimeDelta = TimeDelta::days(3_660);

const fn needed(word: &'static str, also: &'static [&'static str]) -> Column {
    Column {
        word,
        also,
        is_needed: true,
    }
}

const fn other(word: &'static str, also: &'static [&'static str]) -> Column {
    Column {
        word,
        also,
        is_needed: false,
    }
}

const INSURER: &[&str] = &["保険者番号"];
const SYMBOL: &[&str] = &["記号", "被保険者証記号"];
const NUMBER: &[&str] = &["番号", "被保険者証番号"];
const BRANCH: &[&str] = &["枝番"];
const NAME: &[&str] = &["氏名", "漢字氏名"];
const KANA: &[&str] = &["カナ氏名", "カナ", "氏名カナ"];
const BIRTH: &[&str] = &["生年月日"];
const ACCOUNT: &[&str] = &["利用者ID", "アカウント"];
const DEPARTMENT: &[&str] = &["部署", "診療科"];
const FACILITY: &[&str] = &["医療機関番号", "医療機関コード"];

static ARRIVALS: [Column; 11] = [
    needed("arrived_at", &["来院日時", "受付日時"]),
    other("visit", &["受付番号"]),
    other("insurer", INSURER),
    other("symbol", SYMBOL),
    other("number", NUMBER),
    other("branch", BRANCH),
    other("name", NAME),
    other("kana", KANA),
    other("birth_date", BIRTH),
    other("registered_by", &["登録者"]),
    other("facility", FACILITY),
];
static DUTY: [Column; 6] = [
    needed("account", ACCOUNT),
    needed("from", &["開始"]),
    needed("until", &["終了"]),
    other("department", DEPARTMENT),
    other("written_by", &["作成者"]),
    other("facility", FACILITY),
];
static STAFF: [Column; 7] = [
    needed("name", NAME),
    other("account", ACCOUNT),
    other("kana", KANA),
    other("birth_date", BIRTH),
    other("address", &["住所"]),
    other("department", DEPARTMENT),
    other("facility", FACILITY),
];
static PEOPLE: [Column; 5] = [
    needed("insurer", INSURER),
    needed("number", NUMBER),
    needed("branch", BRANCH),
    other("symbol", SYMBOL),
    other("facility", FACILITY),
];

/// A kind's columns: its word, what stands above it in Japanese, and whether it must be there.
pub fn columns(kind: Kind) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    let columns: &'static [Column] = match kind {
        Kind::Arrivals => &ARRIVALS,
        Kind::Duty => &DUTY,
        Kind::Staff => &STAFF,
        Kind::Protected | Kind::Decoys => &PEOPLE,
    };
    let heading = |column: &Column| column.also.first().copied().unwrap_or(column.word);
    columns
        .iter()
        .map(move |column| (column.word, heading(column), column.is_needed))
}

/// What a list is read with.
pub(in crate::review) struct Reading<'a> {
    /// The facility's own number, where it has one.
    pub(in crate::review) facility_number: Option<&'a str>,
    /// Accounts by their sign-in names in compared form.
    pub(in crate::review) accounts: BTreeMap<String, AccountId>,
    /// A patient's keyed hash.
    pub(in crate::review) key: &'a dyn Fn(&MemberNumber) -> PatientKey,
    /// Keyed hashes of other texts.
    pub(in crate::review) mark: &'a dyn Fn(&str) -> u64,
    pub(in crate::review) now: DateTime<Utc>,
}

/// A list that can be taken over: what stands in its entry, and what is told.
pub(in crate::review) struct Read {
    pub(in crate::review) taken: String,
    pub(in crate::review) outcome: Outcome,
}

/// Reads a list as a whole, or names everything that stands in the way.
pub(in crate::review) fn read(
    kind: Kind,
    bytes: &[u8],
    reading: &Reading<'_>,
) -> Result<Read, Refused> {
    match kind {
        Kind::Arrivals if is_fhir(bytes) => encounter::read(bytes, reading),
        Kind::Arrivals => arrivals(bytes, reading),
        Kind::Duty => duty(bytes, reading),
        Kind::Staff => staff(bytes, reading),
        Kind::Protected | Kind::Decoys => people(kind, bytes, reading),
    }
}

/// Every line read, or every flaw.
fn each<T>(
    bytes: &[u8],
    columns: &[Column],
    reading: &Reading<'_>,
    take: impl Fn(&Line<'_>) -> Result<T, LineFlaw>,
) -> Result<Vec<T>, Refused> {
    let sheet = Sheet::read(bytes, columns).map_err(Refused::File)?;
    let (mut rows, mut flaws) = (Vec::new(), Vec::new());
    for line in sheet.lines() {
        let row = line
            .checked()
            .and_then(|()| reading.own(line.get("facility")))
            .and_then(|()| take(&line));
        match row {
            Ok(row) => rows.push(row),
            Err(flaw) => flaws.push((line.number, flaw)),
        }
    }
    if flaws.is_empty() {
        Ok(rows)
    } else {
        Err(Refused::Lines(flaws))
    }
}

fn told(kind: Kind, lines: usize, kept: usize, strangers: usize) -> Outcome {
    Outcome {
        kind,
        lines,
        twice: lines - kept - strangers,
        strangers,
        absent: 0,
        was_known: false,
    }
}

pub(super) fn sealed<T: Serialize>(rows: &T, outcome: Outcome) -> Result<Read, Refused> {
    let taken = serde_json::to_string(rows).map_err(|_| Refused::File(FileFlaw::Encoding))?;
    Ok(Read { taken, outcome })
}

fn arrivals(bytes: &[u8], reading: &Reading<'_>) -> Result<Read, Refused> {
    let rows = each(bytes, &ARRIVALS, reading, |line| {
        let at = instant(line, "arrived_at")?;
        if at > reading.now + TimeDelta::days(1) {
            return Err(LineFlaw::Future);
        }
        let patient = reading.patient(line)?;
        let identities = reading.identities(line)?;
        if patient.is_none() && identities.is_empty() {
            return Err(LineFlaw::Nobody);
        }
        Ok(TakenArrival {
            patient,
            identities,
            at,
            visit: line.shown("visit")?,
            author: reading.account(line.get("registered_by")),
        })
    })?;
    let lines = rows.len();
    let rows: BTreeSet<TakenArrival> = rows.into_iter().collect();
    let outcome = told(Kind::Arrivals, lines, rows.len(), 0);
    sealed(&rows, outcome)
}

fn duty(bytes: &[u8], reading: &Reading<'_>) -> Result<Read, Refused> {
    let rows = each(bytes, &DUTY, reading, |line| {
        let (from, until) = (instant(line, "from")?, instant(line, "until")?);
        let is_far = (from - reading.now).abs() > FARTHEST_DUTY;
        if until <= from || until - from > LONGEST_DUTY || is_far {
            return Err(LineFlaw::Span);
        }
        if line.get("account").is_empty() {
            return Err(LineFlaw::Missing("account"));
        }
        let department = line.shown("department")?;
        let author = reading.account(line.get("written_by"));
        let shift = reading.account(line.get("account")).map(|account| Shift {
            account,
            from,
            until,
            department,
            author,
        });
        Ok(((from, until), shift))
    })?;
    let lines = rows.len();
    // A roster is about the days on which duties begin: a night reaches into a day of which it says
    // nothing else.
    let days: BTreeSet<NaiveDate> = rows
        .iter()
        .map(|((from, _), _)| japanese_time(*from).date_naive())
        .collect();
    let shifts: Vec<Shift> = rows.into_iter().filter_map(|(_, shift)| shift).collect();
    let strangers = lines - shifts.len();
    let shifts: BTreeSet<Shift> = shifts.into_iter().collect();
    let outcome = told(Kind::Duty, lines, shifts.len(), strangers);
    let shifts = shifts.into_iter().collect();
    sealed(&TakenDuty { days, shifts }, outcome)
}

fn staff(bytes: &[u8], reading: &Reading<'_>) -> Result<Read, Refused> {
    let rows = each(bytes, &STAFF, reading, |line| {
        if line.get("name").is_empty() {
            return Err(LineFlaw::Missing("name"));
        }
        let birth = birth(line)?;
        let spellings = [line.get("name"), line.get("kana")];
        let address = Some(line.get("address")).filter(|address| !address.is_empty());
        Ok(StaffMember {
            account: reading.account(line.get("account")),
            traits: Traits::of(spellings.into_iter(), birth, address, reading.mark),
        })
    })?;
    let lines = rows.len();
    let mut kept: Vec<StaffMember> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        if seen.insert(row.clone()) {
            kept.push(row);
        }
    }
    let outcome = told(Kind::Staff, lines, kept.len(), 0);
    sealed(&kept, outcome)
}

fn people(kind: Kind, bytes: &[u8], reading: &Reading<'_>) -> Result<Read, Refused> {
    let rows = each(bytes, &PEOPLE, reading, |line| {
        reading.patient(line)?.ok_or(LineFlaw::Nobody)
    })?;
    let lines = rows.len();
    let rows: BTreeSet<PatientKey> = rows.into_iter().collect();
    let outcome = told(kind, lines, rows.len(), 0);
    sealed(&rows, outcome)
}

impl Reading<'_> {
    /// Another facility's line is refused.
    pub(super) fn own(&self, number: &str) -> Result<(), LineFlaw> {
        let said = folded(number);
        let own = self.facility_number.map(folded);
        if said.is_empty() || own.as_ref() == Some(&said) {
            Ok(())
        } else {
            Err(LineFlaw::OtherFacility)
        }
    }

    fn account(&self, sign_in: &str) -> Option<AccountId> {
        self.accounts.get(&folded(sign_in)).cloned()
    }

    /// The patient by number. Without its branch a number is the whole household's, and nobody's.
    fn patient(&self, line: &Line<'_>) -> Result<Option<PatientKey>, LineFlaw> {
        let parts = ["insurer", "symbol", "number", "branch"].map(|word| line.get(word));
        let [insurer, symbol, number, branch] = parts;
        if number.is_empty() {
            return Ok(None);
        }
        match MemberNumber::new(insurer, symbol, number, branch) {
            Some(number) => Ok(number.is_one_persons().then(|| (self.key)(&number))),
            None if folded(branch).is_empty() => Ok(None),
            None => Err(LineFlaw::Missing("insurer")),
        }
    }

    fn identities(&self, line: &Line<'_>) -> Result<BTreeSet<u64>, LineFlaw> {
        let spellings = [line.get("name"), line.get("kana")].into_iter();
        Ok(match birth(line)? {
            Some(birth) => identities(spellings, birth, self.mark),
            None => BTreeSet::new(),
        })
    }
}

fn birth(line: &Line<'_>) -> Result<Option<NaiveDate>, LineFlaw> {
    match line.get("birth_date") {
        "" => Ok(None),
        said => birth_date::parse(said)
            .map(Some)
            .ok_or(LineFlaw::Unreadable("birth_date")),
    }
}

/// A time on a Japanese wall, with or without seconds, or an instant with its zone.
fn instant(line: &Line<'_>, word: &'static str) -> Result<DateTime<Utc>, LineFlaw> {
    let said = line.get(word);
    if said.is_empty() {
        return Err(LineFlaw::Missing(word));
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(said) {
        return Ok(instant.with_timezone(&Utc));
    }
    let said = said.replace('/', "-").replace('T', " ");
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&said, form).ok())
        .and_then(|time| time.checked_sub_signed(TimeDelta::seconds(JAPAN_OFFSET_SECONDS.into())))
        .map(|time| time.and_utc())
        .ok_or(LineFlaw::Unreadable(word))
}
