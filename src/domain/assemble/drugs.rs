//! Rows of the drug list: what can still be taken first, antithrombotics first of all.

use chrono::{Days, NaiveDate};

use crate::domain::{
    record::Content,
    section::{Fate, SectionName},
    words::{
        self,
        drugs::{Class, DrugWords},
    },
};

use super::{
    drug_code::Identity,
    drug_doubles::Ingredients,
    drug_item,
    drug_rows::{self, Line, Row},
    piece::{Built, Context, Piece},
    supply::Kind,
    tally::ENTERED_IN_ERROR,
};

/// B1: a supply that reaches to so many days before today is never outside.
const GRACE_DAYS: u64 = 14;
/// B1: antithrombotics are shown so many days after their end.
const ANTITHROMBOTIC_DAYS: u64 = 100;

/// The section, and the drugs that the allergens are compared with.
#[derive(Debug, Default)]
pub(super) struct DrugList {
    pub(super) built: Built,
    pub(super) names: Vec<Identity>,
}

/// Headings in the order of the screen. Those of antithrombotics stand before all others, and are
/// kept apart in the same way: what is at hand never stands under one heading with what has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    is_other: bool,
    state: GroupState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum GroupState {
    Current,
    Ended,
    Occasional,
    Unknown,
    Undispensed,
    NotToGive,
    Void,
}

impl Group {
    pub(super) fn heading(self, text: &DrugWords) -> String {
        let heading = match self.state {
            GroupState::Current => text.current,
            GroupState::Ended => text.ended,
            GroupState::Occasional => text.external,
            GroupState::Unknown => text.unknown,
            GroupState::Undispensed => text.undispensed,
            GroupState::NotToGive => text.not_to_give,
            GroupState::Void => text.void,
        };
        if self.is_other {
            heading.to_owned()
        } else {
            (text.antithrombotic)(heading)
        }
    }
}

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> DrugList {
    let text = words::drugs::words(context.language);
    let mut list = DrugList::default();
    let lines = pieces
        .iter()
        .filter_map(|piece| line(*piece, &mut list.built))
        .collect();
    let (mut rows, outside): (Vec<Row<'_>>, Vec<Row<'_>>) = drug_rows::rows(lines)
        .into_iter()
        .partition(|row| is_inside(row, context));
    for line in outside
        .iter()
        .flat_map(|row| std::iter::once(&row.base).chain(&row.merged))
    {
        list.built.fates.push((
            line.piece.number,
            Fate::OutsideWindow,
            "ended before the window".to_owned(),
        ));
    }
    rows.sort_by_cached_key(|row| {
        let reach = row.supply.reach().or(row.base.day());
        let (title, resource) = (
            row.base.identity.title.clone(),
            row.base.piece.record.resource.clone(),
        );
        (
            group(row, context.as_of),
            !row.base.is_valid(),
            std::cmp::Reverse(reach),
            title,
            resource,
        )
    });
    let mut ingredients = Ingredients::new(&rows);
    for row in &rows {
        let count = if row.base.is_valid() {
            ingredients.same(row)
        } else {
            1
        };
        let item = drug_item::item(row, group(row, context.as_of), count, context, text);
        list.built.items.push(item);
        list.built.uncoded += usize::from(row.base.identity.uncoded);
        list.built.partly_unreadable += usize::from(!row.base.piece.record.unreadable.is_empty());
        list.names.push(row.base.identity.clone());
        list.built
            .fates
            .push((row.base.piece.number, Fate::Shown, "shown".to_owned()));
        for line in &row.merged {
            let why = format!("the same event as {}", row.base.piece.record.resource);
            list.built
                .fates
                .push((line.piece.number, Fate::Merged, why));
        }
    }
    list.built.notes = notes(&list.names, text);
    list
}

/// The line that a piece is, or its fate.
fn line<'a>(piece: Piece<'a>, built: &mut Built) -> Option<Line<'a>> {
    let why = match &piece.record.content {
        Content::Medication(medication)
            if medication.status.as_deref() != Some("entered-in-error") =>
        {
            return Some(Line::new(piece, medication));
        }
        Content::Medication(_) => ENTERED_IN_ERROR,
        Content::Patient(_)
        | Content::Allergy(_)
        | Content::Problem(_)
        | Content::Observation(_)
        | Content::Procedure(_)
        | Content::Visit(_)
        | Content::Document(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => "not a drug",
    };
    built
        .fates
        .push((piece.number, Fate::NotForThisScreen, why.to_owned()));
    None
}

/// B1. A row is inside if any of its resources is inside its source's window, if nobody can say that
/// its supply ended more than 14 days before today, or if it is an antithrombotic that ended at most
/// 100 days ago. All bounds are inclusive Japanese calendar days.
fn is_inside(row: &Row<'_>, context: &Context<'_>) -> bool {
    let mut lines = std::iter::once(&row.base).chain(&row.merged);
    let in_window = lines.any(|line| {
        let medication = line.medication;
        let date = medication
            .dispensed
            .or(medication.authored)
            .or(row.supply.begins);
        context.is_inside(SectionName::Drugs, line.piece.source, date)
    });
    let since = |days: u64| context.as_of.checked_sub_days(Days::new(days));
    let reaches = |day: Option<NaiveDate>, days: u64| {
        day.zip(since(days))
            .is_some_and(|(day, first)| day >= first)
    };
    let antithrombotic = row.base.identity.classes.contains(&Class::Antithrombotic);
    let end = row.supply.reach().or(row.base.day());
    in_window
        || reaches(row.supply.open_until(), GRACE_DAYS)
        || (antithrombotic && reaches(end, ANTITHROMBOTIC_DAYS))
}

fn group(row: &Row<'_>, as_of: NaiveDate) -> Group {
    let state = match (row.supply.kind, row.supply.reach()) {
        _ if !row.base.is_valid() => match row.base.medication.status.as_deref() {
            Some("do-not-perform") => GroupState::NotToGive,
            Some("preparation") => GroupState::Undispensed,
            _ => GroupState::Void,
        },
        _ if row.undispensed => GroupState::Undispensed,
        (Kind::External | Kind::AsNeeded, _) => GroupState::Occasional,
        (Kind::Injection, _) | (Kind::Regular, None) => GroupState::Unknown,
        (Kind::Regular, Some(reach)) if reach >= as_of => GroupState::Current,
        (Kind::Regular, Some(_)) => GroupState::Ended,
    };
    Group {
        is_other: !row.base.identity.classes.contains(&Class::Antithrombotic),
        state,
    }
}

/// What belongs under the list whatever it holds.
fn notes(drugs: &[Identity], text: &DrugWords) -> Vec<String> {
    let unclassified = drugs.iter().filter(|drug| drug.unclassified).count();
    let count = (unclassified > 0).then(|| (text.unclassified)(unclassified));
    std::iter::once(text.intake_unknown.to_owned())
        .chain(count)
        .collect()
}
