//! 透析: one row for each kind and facility, the latest day first.

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
    for group in inside(SectionName::Dialysis, pieces, context, &mut built) {
        let Some(first) = group.first() else { continue };
        let found = courses.iter().position(|course| {
            course
                .first()
                .is_some_and(|latest| is_course(latest, first))
        });
        if let Some((course, count)) =
            found.and_then(|at| courses.get_mut(at).zip(sessions.get_mut(at)))
        {
            course.extend(group);
            *count += 1;
        } else {
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

/// Sessions of one kind at one facility; one that was not done stands alone.
fn is_course(latest: &Done<'_, '_>, next: &Done<'_, '_>) -> bool {
    latest.is_done()
        && next.is_done()
        && next.date().is_some()
        && latest.place() == next.place()
        && rows::same(&latest.title) == rows::same(&next.title)
}

#[cfg(test)]
#[path = "dialysis_tests.rs"]
mod tests;
