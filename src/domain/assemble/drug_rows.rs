//! Which resources are one row of the drug list (B5).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::{
    date::Date,
    medication::{Act, Medication},
    patient::Identifier,
    record::Origin,
    section::SourceName,
    text::folded,
};

use super::{drug_code::Identity, drug_index::DrugIndex, piece::Piece, supply::Supply};

/// One resource, read.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub(super) piece: Piece<'a>,
    pub(super) medication: &'a Medication,
    pub(super) identity: Identity,
    /// Its own supply, before anything is known of other fills.
    supply: Supply,
    /// The numbers of its prescriptions, in one spelling.
    numbers: Vec<(Option<String>, String)>,
    /// The institution's name, in one spelling.
    facility: Option<String>,
    step: Step,
}

/// What tells two lines of one drug in one prescription apart: steps of 漸増, 朝 and 夕.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    starts: Option<NaiveDate>,
    text: Option<String>,
}

impl Step {
    fn of(medication: &Medication) -> Self {
        let starts = medication.dosages.iter().find_map(|dosage| dosage.starts);
        let first = medication.dosages.first();
        Self {
            starts: medication.starts.or(starts).map(|date| date.first_day()),
            text: first.and_then(|dosage| dosage.text.as_deref().map(folded)),
        }
    }
}

/// Whether it stands: neither cancelled, stopped, a draft nor an order not to give.
pub(super) fn stands(medication: &Medication) -> bool {
    let over = [
        "cancelled",
        "stopped",
        "on-hold",
        "draft",
        "declined",
        "not-taken",
        "do-not-perform",
        "entered-in-error",
        "preparation",
    ];
    let an_order = !matches!(
        medication.intent.as_deref(),
        Some("proposal" | "plan" | "option")
    );
    an_order
        && !medication
            .status
            .as_deref()
            .is_some_and(|status| over.contains(&status))
}

/// One row: the line that is shown, and those that say the same.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) base: Line<'a>,
    pub(super) merged: Vec<Line<'a>>,
    pub(super) undispensed: bool,
    pub(super) supply: Supply,
    /// The request that an earlier fill belongs to; its row is that of the latest fill.
    pub(super) request: Option<Line<'a>>,
    /// What was dispensed for a request, or prescribed for a dispensing, where it is another drug.
    pub(super) changed: Option<Changed>,
    /// Days prescribed and days handed out, where only a part was.
    pub(super) part: Option<(u32, u32)>,
    /// Days that were prescribed and nobody has handed out.
    left_days: u32,
}

/// Another product of the ingredient on the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// The dispensing names this line of the prescription.
    Surely(String),
    /// Only prescription and ingredient are the same.
    Maybe,
}

impl<'a> Line<'a> {
    pub(super) fn new(piece: Piece<'a>, medication: &'a Medication) -> Self {
        let identity = Identity::of(&medication.drug, &medication.ingredients);
        Self {
            supply: Supply::of(medication, &identity, 0),
            numbers: medication.prescription.iter().map(key).collect(),
            facility: piece.record.origin.facility.as_deref().map(folded),
            step: Step::of(medication),
            piece,
            medication,
            identity,
        }
    }

    fn date(&self) -> Option<Date> {
        let medication = self.medication;
        medication
            .dispensed
            .or(medication.authored)
            .or(medication.starts)
    }

    pub(super) fn day(&self) -> Option<NaiveDate> {
        self.date().map(|date| date.last_day())
    }

    /// See [`stands`].
    pub(super) fn is_valid(&self) -> bool {
        stands(self.medication)
    }

    /// Whether facility and day name a prescription event. A chart's statement or dispensing (on a
    /// ward) does not; what it prescribes on a day does.
    fn has_event(&self) -> bool {
        self.piece.source != SourceName::Emr || self.medication.act == Act::Prescribed
    }

    /// Facility, day and drug: of a chart only for the same act and no other number of days, for a
    /// ward order of the same day is another supply.
    fn shares_event(&self, other: &Self) -> bool {
        let of_chart = [self, other]
            .iter()
            .any(|one| one.piece.source == SourceName::Emr);
        let days = self
            .supply
            .days
            .zip(other.supply.days)
            .is_none_or(|(one, other)| one == other);
        let alike = !of_chart || (self.medication.act == other.medication.act && days);
        self.has_event()
            && other.has_event()
            && alike
            && !self.names_another_prescription(other)
            && self.shares_facility_and_day(other)
    }

    /// Whether both name prescriptions of one numbering, and none in common.
    fn names_another_prescription(&self, other: &Self) -> bool {
        let (ours, theirs) = (
            &self.medication.prescription,
            &other.medication.prescription,
        );
        let one_numbering = ours
            .iter()
            .any(|one| theirs.iter().any(|other| one.system == other.system));
        one_numbering && !self.shares_prescription(other)
    }

    /// How little two lines of one drug in one prescription are alike.
    fn distance(&self, other: &Self) -> usize {
        let (one, another) = (self.medication, other.medication);
        usize::from(self.step.starts != other.step.starts)
            + usize::from(one.supply_days != another.supply_days)
            + usize::from(self.step.text != other.step.text)
            + usize::from(one.quantity != another.quantity)
    }

    fn shares_prescription(&self, other: &Self) -> bool {
        self.numbers
            .iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .any(|number| other.numbers.contains(number))
    }

    fn shares_facility_and_day(&self, other: &Self) -> bool {
        let (one, another) = (&self.piece.record.origin, &other.piece.record.origin);
        let numbers = (&one.facility_number, &another.facility_number);
        let same = match numbers {
            (Some(one), Some(another)) => one == another,
            _ => self.facility.is_some() && self.facility == other.facility,
        };
        same && self.shares_day(other)
    }

    /// The same day; of a claim that has only the month, a day of it and the same number of days
    /// supplied. Two claims of a month are two events, for one source tells no event twice.
    fn shares_day(&self, other: &Self) -> bool {
        let (Some(one), Some(another)) = (self.date(), other.date()) else {
            return false;
        };
        let is_day = |date: Date| date.first_day() == date.last_day();
        if is_day(one) && is_day(another) {
            return one.first_day() == another.first_day();
        }
        let overlap =
            one.first_day() <= another.last_day() && another.first_day() <= one.last_day();
        overlap && self.supply.days.is_some() && self.supply.days == other.supply.days
    }
}

/// By number where both have one, else by name. Unknown is never the same.
pub(super) fn is_same_facility(left: &Origin, right: &Origin) -> bool {
    match (&left.facility_number, &right.facility_number) {
        (Some(left), Some(right)) => left == right,
        _ => match (&left.facility, &right.facility) {
            (Some(left), Some(right)) => folded(left) == folded(right),
            _ => false,
        },
    }
}

/// Makes rows of lines: the same event told by two sources, then a prescription and what was
/// dispensed for it.
pub(super) fn rows(mut lines: Vec<Line<'_>>) -> Vec<Row<'_>> {
    lines.sort_by_cached_key(|line| {
        (
            line.piece.source != SourceName::Eprescription,
            line.medication.act != Act::Dispensed,
            std::cmp::Reverse(line.day()),
            line.identity.title.clone(),
            line.piece.record.resource.clone(),
            line.piece.number,
        )
    });
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut index = DrugIndex::default();
    for line in lines {
        let told = index
            .told_elsewhere(&line.identity, line.piece.source)
            .into_iter()
            .filter_map(|at| rows.get(at).map(|row| (at, row)))
            .filter(|(_, row)| is_told_again(row, &line))
            .min_by_key(|(at, row)| (row.base.distance(&line), *at))
            .map(|(at, _)| at);
        if let Some(row) = told.and_then(|at| rows.get_mut(at)) {
            row.merged.push(line);
        } else {
            index.add(rows.len(), &line.identity, line.piece.source);
            rows.push(Row::new(line));
        }
    }
    let (mut dispensed, others): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|row| row.base.medication.act == Act::Dispensed);
    let mut others: Vec<Option<Row<'_>>> = others.into_iter().map(Some).collect();
    with_requests(&mut dispensed, &mut others);
    let mut rows: Vec<Row<'_>> = dispensed
        .into_iter()
        .chain(others.into_iter().flatten())
        .collect();
    for row in &mut rows {
        reckon(row);
    }
    rows
}

impl<'a> Row<'a> {
    fn new(line: Line<'a>) -> Self {
        Self {
            supply: line.supply.clone(),
            left_days: line
                .supply
                .days
                .unwrap_or(0)
                .saturating_mul(line.medication.repeats.unwrap_or(0)),
            base: line,
            merged: Vec::new(),
            undispensed: false,
            request: None,
            changed: None,
            part: None,
        }
    }
}

/// The same event from another source; one source never tells an event twice.
fn is_told_again(row: &Row<'_>, line: &Line<'_>) -> bool {
    let base = &row.base;
    let other_source = base.piece.source != line.piece.source
        && row
            .merged
            .iter()
            .all(|one| one.piece.source != line.piece.source);
    other_source
        && base.is_valid() == line.is_valid()
        && base.identity.is_same_drug(&line.identity)
        && (base.shares_prescription(line) || base.shares_event(line))
}

/// The requests of each dispensing, found by what it names: a request, or a prescription's number.
struct Requests {
    lines: BTreeMap<String, Vec<usize>>,
    numbers: BTreeMap<(Option<String>, String), Vec<usize>>,
}

impl Requests {
    fn of(rows: &[Option<Row<'_>>]) -> Self {
        let mut found = Self {
            lines: BTreeMap::new(),
            numbers: BTreeMap::new(),
        };
        let bases = rows.iter().map(|row| row.as_ref().map(|row| &row.base));
        for (at, line) in bases.enumerate() {
            let Some(line) = line.filter(|line| line.medication.act == Act::Prescribed) else {
                continue;
            };
            let resource = line.piece.record.resource.clone();
            found.lines.entry(resource).or_default().push(at);
            for number in &line.medication.prescription {
                found.numbers.entry(key(number)).or_default().push(at);
            }
        }
        found
    }

    /// In the order of the rows.
    fn candidates(&self, dispense: &Line<'_>) -> BTreeSet<usize> {
        let named = dispense.medication.fulfils.iter();
        let named = named.filter_map(|resource| self.lines.get(resource));
        let numbers = dispense.medication.prescription.iter();
        let numbered = numbers.filter_map(|number| self.numbers.get(&key(number)));
        named.chain(numbered).flatten().copied().collect()
    }
}

fn key(number: &Identifier) -> (Option<String>, String) {
    (number.system.clone(), folded(&number.value))
}

/// Each dispensing takes the request it fulfils; a request is taken once, by the latest.
fn with_requests<'a>(dispensed: &mut [Row<'a>], others: &mut [Option<Row<'a>>]) {
    let requests = Requests::of(others);
    let fulfilled: Vec<Vec<usize>> = dispensed
        .iter()
        .map(|row| {
            let all = requests.candidates(&row.base).into_iter();
            all.filter(|at| {
                let request = others.get(*at).and_then(Option::as_ref);
                request.is_some_and(|request| is_fulfilled(&row.base, &request.base))
            })
            .collect()
        })
        .collect();
    let mut handed: BTreeMap<usize, Vec<Option<u32>>> = BTreeMap::new();
    for (row, requests) in dispensed.iter().zip(&fulfilled) {
        for at in requests {
            handed.entry(*at).or_default().push(row.base.supply.days);
        }
    }
    let mut taken: BTreeMap<usize, Line<'a>> = BTreeMap::new();
    for (row, requests) in dispensed.iter_mut().zip(&fulfilled) {
        let free = requests.iter().filter_map(|at| {
            let request = others.get(*at).and_then(Option::as_ref)?;
            Some((row.base.distance(&request.base), *at))
        });
        let found = free.min().map(|(_, at)| at);
        let slot = found.and_then(|at| others.get_mut(at).map(|slot| (at, slot)));
        if let Some((at, request)) = slot.and_then(|(at, slot)| Some((at, slot.take()?))) {
            settle(
                row,
                &request.base,
                handed.get(&at).map_or(&[], Vec::as_slice),
            );
            taken.insert(at, request.base.clone());
            row.merged.push(request.base);
            row.merged.extend(request.merged);
        } else {
            row.request = requests.iter().find_map(|at| taken.get(at)).cloned();
        }
    }
    mark_changed(dispensed, others, &requests);
}

/// What is left of a request after all that was handed out for it.
fn settle(row: &mut Row<'_>, request: &Line<'_>, handed: &[Option<u32>]) {
    let Some(asked) = request.supply.days.or(row.base.supply.days) else {
        return;
    };
    let handed = handed
        .iter()
        .map(|days| days.unwrap_or(asked))
        .fold(0, u32::saturating_add);
    let repeats = request.medication.repeats.unwrap_or(0);
    let total = asked.saturating_mul(repeats.saturating_add(1));
    row.left_days = total.saturating_sub(handed);
    row.part = (repeats == 0 && handed < asked).then_some((asked, handed));
}

/// The dispensing names the request, or the same prescription and drug.
fn is_fulfilled(dispense: &Line<'_>, request: &Line<'_>) -> bool {
    if !can_fulfil(dispense, request) {
        return false;
    }
    if dispense.identity.is_same_drug(&request.identity) {
        return names(dispense, request) || dispense.shares_prescription(request);
    }
    names(dispense, request) && !is_another(dispense, request)
}

fn can_fulfil(dispense: &Line<'_>, request: &Line<'_>) -> bool {
    dispense.is_valid()
        && request.is_valid()
        && dispense.medication.act == Act::Dispensed
        && request.medication.act == Act::Prescribed
        && dispense.piece.source == request.piece.source
}

fn names(dispense: &Line<'_>, request: &Line<'_>) -> bool {
    let named = &dispense.medication.fulfils;
    named.contains(&request.piece.record.resource)
}

/// Whether code or strength says that another drug was handed out than was prescribed (B5); a
/// brand name and the name of its ingredient say nothing.
fn is_another(dispense: &Line<'_>, request: &Line<'_>) -> bool {
    let (one, other) = (&dispense.identity, &request.identity);
    if let (Some(one), Some(other)) = (one.nine(), other.nine()) {
        return one != other;
    }
    let named = !one.strength().is_empty() && !other.strength().is_empty();
    named && one.strength() != other.strength()
}

/// 変更調剤: another strength or form was dispensed. Both rows stay, each says so (B5).
fn mark_changed(dispensed: &mut [Row<'_>], others: &mut [Option<Row<'_>>], requests: &Requests) {
    for fill in dispensed.iter_mut().filter(|fill| fill.request.is_none()) {
        let has_request = fill
            .merged
            .iter()
            .any(|line| line.medication.act == Act::Prescribed);
        for at in requests.candidates(&fill.base) {
            let Some(request) = others.get_mut(at).and_then(Option::as_mut) else {
                continue;
            };
            if !can_fulfil(&fill.base, &request.base) {
                continue;
            }
            let same = fill
                .base
                .identity
                .is_same_ingredient(&request.base.identity);
            if names(&fill.base, &request.base) {
                fill.changed = Some(Changed::Surely(request.base.identity.title.clone()));
                request.changed = Some(Changed::Surely(fill.base.identity.title.clone()));
            } else if !has_request && same && fill.base.shares_prescription(&request.base) {
                fill.changed.get_or_insert(Changed::Maybe);
                request.changed.get_or_insert(Changed::Maybe);
            }
        }
    }
}

/// What is left of the supply, and whether anybody handed it out.
fn reckon(row: &mut Row<'_>) {
    row.undispensed = row.base.medication.act == Act::Prescribed
        && row.base.is_valid()
        && row.base.piece.source == SourceName::Eprescription
        && row
            .merged
            .iter()
            .all(|line| line.medication.act != Act::Dispensed);
    if row.left_days > 0 {
        row.supply = Supply::of(row.base.medication, &row.base.identity, row.left_days);
    }
}

/// Who prescribed: the request's origin, where the row holds one.
pub(super) fn prescriber<'r>(row: &'r Row<'_>) -> &'r Origin {
    let request = row
        .merged
        .iter()
        .find(|line| line.medication.act == Act::Prescribed);
    let line = if row.base.medication.act == Act::Dispensed {
        request.or(row.request.as_ref()).unwrap_or(&row.base)
    } else {
        &row.base
    };
    &line.piece.record.origin
}
