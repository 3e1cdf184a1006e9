//! Which resources are one row of the drug list (B5).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::{
    medication::{Act, Medication},
    patient::Identifier,
    record::Origin,
    section::SourceName,
    text::folded,
};

use super::{drug_code::Identity, piece::Piece, supply::Supply};

/// One resource, read.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub(super) piece: Piece<'a>,
    pub(super) medication: &'a Medication,
    pub(super) identity: Identity,
}

/// One row: the line that is shown, and those that say the same.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) base: Line<'a>,
    pub(super) merged: Vec<Line<'a>>,
    pub(super) undispensed: bool,
    pub(super) supply: Supply,
    /// Fills that the request allows and nobody has handed out.
    refills: u32,
}

impl Line<'_> {
    pub(super) fn day(&self) -> Option<NaiveDate> {
        let medication = self.medication;
        medication
            .dispensed
            .or(medication.authored)
            .or(medication.starts)
            .map(|date| date.last_day())
    }

    /// Whether it stands: neither cancelled, stopped nor a draft.
    pub(super) fn is_valid(&self) -> bool {
        let over = [
            "cancelled",
            "stopped",
            "on-hold",
            "draft",
            "declined",
            "not-taken",
            "entered-in-error",
            "preparation",
        ];
        let an_order = !matches!(
            self.medication.intent.as_deref(),
            Some("proposal" | "plan" | "option")
        );
        an_order
            && !self
                .medication
                .status
                .as_deref()
                .is_some_and(|status| over.contains(&status))
    }

    /// Emr rows and rows from documents speak of drugs without an event that others share, unless
    /// they name the prescription.
    fn has_event(&self) -> bool {
        self.piece.source != SourceName::Emr
    }

    fn shares_prescription(&self, other: &Self) -> bool {
        let same = |left: &Identifier, right: &Identifier| {
            left.system == right.system
                && folded(&left.value) == folded(&right.value)
                && !left.value.trim().is_empty()
        };
        let others = &other.medication.prescription;
        self.medication
            .prescription
            .iter()
            .any(|one| others.iter().any(|other| same(one, other)))
    }

    fn shares_facility_and_day(&self, other: &Self) -> bool {
        self.day().is_some()
            && self.day() == other.day()
            && is_same_facility(&self.piece.record.origin, &other.piece.record.origin)
    }
}

/// By number where both have one, else by name. Unknown is never the same.
fn is_same_facility(left: &Origin, right: &Origin) -> bool {
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
    for line in lines {
        let told = rows.iter_mut().find(|row| is_told_again(row, &line));
        match told {
            Some(row) => row.merged.push(line),
            None => rows.push(Row {
                supply: Supply::of(line.medication, &line.identity, 0),
                refills: line.medication.repeats.unwrap_or(0),
                base: line,
                merged: Vec::new(),
                undispensed: false,
            }),
        }
    }
    let (dispensed, mut others): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|row| row.base.medication.act == Act::Dispensed);
    let dispensed = with_requests(dispensed, &mut others);
    let mut rows: Vec<Row<'_>> = dispensed.into_iter().chain(others).collect();
    for row in &mut rows {
        reckon(row);
    }
    rows
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
        && (base.shares_prescription(line)
            || (base.has_event() && line.has_event() && base.shares_facility_and_day(line)))
}

/// Each dispensing takes the request it fulfils; a request is taken once, by the latest.
fn with_requests<'a>(dispensed: Vec<Row<'a>>, others: &mut Vec<Row<'a>>) -> Vec<Row<'a>> {
    let fills: Vec<Line<'a>> = dispensed.iter().map(|row| row.base.clone()).collect();
    let mut done: Vec<Row<'a>> = Vec::new();
    for mut row in dispensed {
        if let Some(position) = others
            .iter()
            .position(|other| is_fulfilled(&row.base, &other.base))
        {
            let other = others.remove(position);
            let handed = fills
                .iter()
                .filter(|fill| is_fulfilled(fill, &other.base))
                .count();
            let further = u32::try_from(handed.saturating_sub(1)).unwrap_or(u32::MAX);
            row.refills = other.refills.saturating_sub(further);
            row.merged.push(other.base);
            row.merged.extend(other.merged);
        }
        done.push(row);
    }
    done
}

fn is_fulfilled(dispense: &Line<'_>, request: &Line<'_>) -> bool {
    let both_valid = dispense.is_valid() && request.is_valid();
    if !both_valid
        || request.medication.act != Act::Prescribed
        || dispense.piece.source != request.piece.source
    {
        return false;
    }
    if !dispense.medication.fulfils.is_empty()
        && dispense
            .medication
            .fulfils
            .contains(&request.piece.record.resource)
    {
        return true;
    }
    dispense.has_event()
        && dispense.identity.is_same_drug(&request.identity)
        && dispense.shares_prescription(request)
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
    row.supply = Supply::of(row.base.medication, &row.base.identity, row.refills);
}

/// More rows of one ingredient than anybody can be given are told apart by what they say alone,
/// so that a sender of thousands costs no more than others.
const COMPARED_AT_MOST: usize = 24;

/// What two rows of one ingredient have alike where nothing tells them apart.
type Likeness<'r> = ([Option<&'r str>; 5], &'r str);

/// The valid rows, found by ingredient.
pub(super) struct Ingredients<'r, 'a> {
    by_code: BTreeMap<&'r str, Vec<&'r Row<'a>>>,
    by_name: BTreeMap<&'r str, Vec<&'r Row<'a>>>,
    kinds: BTreeMap<(Option<&'r str>, Option<&'r str>), Vec<&'r Row<'a>>>,
}

impl<'r, 'a> Ingredients<'r, 'a> {
    pub(super) fn new(rows: &'r [Row<'a>]) -> Self {
        let mut found = Self {
            by_code: BTreeMap::new(),
            by_name: BTreeMap::new(),
            kinds: BTreeMap::new(),
        };
        for row in rows.iter().filter(|row| row.base.is_valid()) {
            let identity = &row.base.identity;
            if let Some(code) = identity.seven() {
                found.by_code.entry(code).or_default().push(row);
            }
            if let Some(name) = identity.name() {
                found.by_name.entry(name).or_default().push(row);
            }
        }
        found
    }

    /// How many of them hold the ingredient of `row` from another prescriber or in another
    /// strength, `row` among them.
    pub(super) fn same(&mut self, row: &'r Row<'a>) -> usize {
        let identity = &row.base.identity;
        let (code, name) = (identity.seven(), identity.name());
        let alike = self.kinds.entry((code, name)).or_insert_with(|| {
            let mut seen = BTreeSet::new();
            let coded = code.and_then(|code| self.by_code.get(code));
            let named = name.and_then(|name| self.by_name.get(name));
            coded
                .into_iter()
                .chain(named)
                .flatten()
                .copied()
                .filter(|other| seen.insert(likeness(other)))
                .collect()
        });
        if alike.len() > COMPARED_AT_MOST {
            return alike.len();
        }
        let mut kinds: Vec<&Row<'_>> = vec![row];
        for other in alike {
            if kinds.iter().all(|known| are_two(known, other)) {
                kinds.push(other);
            }
        }
        kinds.len()
    }
}

fn likeness<'r>(row: &'r Row<'_>) -> Likeness<'r> {
    let (identity, origin) = (&row.base.identity, prescriber(row));
    let author = origin
        .author
        .as_ref()
        .and_then(|author| author.name.as_deref());
    let told = [
        origin.facility_number.as_deref(),
        origin.facility.as_deref(),
        origin.department.as_deref(),
        author,
        identity.nine(),
    ];
    (told, identity.strength())
}

fn are_two(left: &Row<'_>, right: &Row<'_>) -> bool {
    if left.base.piece.number == right.base.piece.number {
        return false;
    }
    let (one, other) = (prescriber(left), prescriber(right));
    let both_unknown = [one, other]
        .iter()
        .all(|origin| origin.facility.is_none() && origin.facility_number.is_none());
    let departments = one
        .department
        .as_ref()
        .zip(other.department.as_ref())
        .map(|(one, other)| one != other);
    let author = |origin: &Origin| {
        origin
            .author
            .as_ref()
            .and_then(|author| author.name.clone())
    };
    let authors = author(one)
        .zip(author(other))
        .is_some_and(|(one, other)| one != other);
    let facilities = !both_unknown && !is_same_facility(one, other);
    facilities
        || departments.unwrap_or(authors)
        || left.base.identity.differs_in_strength(&right.base.identity)
}

/// Who prescribed: the request's origin, where the row holds one.
pub(super) fn prescriber<'r>(row: &'r Row<'_>) -> &'r Origin {
    let request = row
        .merged
        .iter()
        .find(|line| line.medication.act == Act::Prescribed);
    let line = if row.base.medication.act == Act::Dispensed {
        request.unwrap_or(&row.base)
    } else {
        &row.base
    };
    &line.piece.record.origin
}
