//! 透析: one row for each kind and facility, the latest day first.

use std::collections::BTreeMap;

use crate::domain::section::SectionName;

use super::{
    piece::{Built, Context, Piece},
    procedure_rows::{Done, inside, row},
    rows,
};

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    let mut courses: Vec<Vec<Done<'_, '_>>> = Vec::new();
    let mut sessions: Vec<usize> = Vec::new();
    let mut known: BTreeMap<Course, usize> = BTreeMap::new();
    for group in inside(SectionName::Dialysis, pieces, context, &mut built) {
        let Some(first) = group.first() else { continue };
        let course = course(first);
        let dated = course.as_ref().filter(|_| first.date().is_some());
        let found = dated.and_then(|course| known.get(course).copied());
        if let Some((course, count)) =
            found.and_then(|at| courses.get_mut(at).zip(sessions.get_mut(at)))
        {
            course.extend(group);
            *count += 1;
        } else {
            if let Some(course) = course {
                known.entry(course).or_insert(courses.len());
            }
            courses.push(group);
            sessions.push(1);
        }
    }
    for (course, count) in courses.iter().zip(sessions) {
        let Some(mut item) = row(course, context, &mut built) else {
            continue;
        };
        let done = course.first().filter(|latest| latest.is_done());
        if let Some(date) = done.and_then(Done::date) {
            let last = format!("{} {date}", rows::words(context).last_session);
            item.details.insert(0, last);
        }
        if count > 1 {
            item.details.push((rows::words(context).sessions)(count));
        }
        built.items.push(rows::complete(item));
    }
    built
}

/// Facility and kind.
type Course = (Option<String>, String);

/// Sessions of one kind at one facility are one course; one that was not done stands alone.
fn course(done: &Done<'_, '_>) -> Option<Course> {
    done.is_done()
        .then(|| (done.place(), rows::same(&done.title)))
}

#[cfg(test)]
#[path = "dialysis_tests.rs"]
mod tests;
