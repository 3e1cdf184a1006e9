//! Rows that hold the same ingredient from another prescriber or in another strength (B5).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::record::Origin;

use super::drug_rows::{Row, is_same_facility, prescriber};

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
