//! 未告知: what the patient has not been told of is covered (B16), and uncovered only when asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    code::Concept,
    problem::Problem,
    record::{Content, Record},
    section::{Fate, SectionName, SourceName},
    summary::{Item, Tone},
};

use super::{
    Answer, Letter, Request, checkups, dialysis, documents, drugs, forbid,
    hush::{self, Hush, Names},
    infections, labs, operations,
    piece::{Built, Context, Piece},
    problems, procedures, routing, rows, visits,
};

/// Pieces by section.
type Pieces<'a> = BTreeMap<SectionName, Vec<Piece<'a>>>;

/// What is covered, and what would tell it all the same.
#[derive(Debug, Default)]
pub(super) struct Cover<'a> {
    pieces: Pieces<'a>,
    names: Names,
}

impl<'a> Cover<'a> {
    /// Takes out of `pieces` what is covered: whatever is marked 未告知, and the same disease sent
    /// without the mark. Allergies and contraindications are never covered: the strip holds every
    /// active one (B4), and one that is not seen can kill.
    pub(super) fn take(pieces: &mut Pieces<'a>) -> Self {
        let marked: Vec<&Problem> = pieces
            .get(&SectionName::Problems)
            .into_iter()
            .flatten()
            .filter(|piece| is_marked(piece.record))
            .filter_map(problem_of)
            .collect();
        let hidden = Hidden::of(&marked);
        let mut cover = Self::default();
        for (section, pieces) in pieces.iter_mut() {
            if is_never_covered(*section) {
                continue;
            }
            let all = std::mem::take(pieces);
            let (covered, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|piece| {
                is_marked(piece.record)
                    || problem_of(piece).is_some_and(|problem| hidden.tells(problem))
            });
            *pieces = open;
            if !covered.is_empty() {
                cover.pieces.insert(*section, covered);
            }
        }
        cover.names = hidden.names;
        cover
    }

    /// Whether anything of `section` is covered.
    pub(super) fn holds(&self, section: SectionName) -> bool {
        self.pieces.contains_key(&section)
    }

    /// Adds one row for all that is covered of each section, always first, so that neither number
    /// of rows nor order tells more than the count; and takes the covered names out of the other
    /// rows. Who may not be told of covered rows (B17) has none of them.
    pub(super) fn add(
        &self,
        request: &Request<'_>,
        context: &Context<'_>,
        built: &mut BTreeMap<SectionName, Built>,
    ) {
        let hush = Hush::new(&self.names, request, rows::words(context));
        for (section, one) in &mut *built {
            hush.section(*section, one);
        }
        for (section, pieces) in &self.pieces {
            if request.forbidden.contains(section) {
                continue;
            }
            let one = built.entry(*section).or_default();
            if request.hides_covered {
                one.fates.extend(forbid::fates(pieces));
                continue;
            }
            let covered = build(*section, pieces, context);
            one.uncoded += covered.uncoded;
            one.partly_unreadable += covered.partly_unreadable;
            one.fates.extend(fates(&covered));
            if let Some(row) = row(*section, &covered.items, context) {
                one.items.insert(0, row);
            }
        }
    }

    /// The open rows that lose words to a covered name, whole: what the screen leaves out of them can
    /// be had.
    fn unhushed(
        &self,
        request: &Request<'_>,
        open: &Pieces<'_>,
        context: &Context<'_>,
    ) -> Vec<(SectionName, Vec<Item>)> {
        let words = rows::words(context);
        let hush = Hush::new(&self.names, request, words);
        open.iter()
            .filter(|(section, _)| {
                !is_never_covered(**section) && !request.forbidden.contains(section)
            })
            .map(|(section, pieces)| {
                let mut items = build(*section, pieces, context).items;
                items.retain(|item| hush.shortens(*section, item));
                for item in &mut items {
                    item.details.push(words.names_covered.to_owned());
                    *item = rows::complete(std::mem::take(item));
                }
                (*section, items)
            })
            .filter(|(_, items)| !items.is_empty())
            .collect()
    }

    /// Gives the covered pieces back, so that they are counted.
    pub(super) fn put_back(self, pieces: &mut Pieces<'a>) {
        for (section, covered) in self.pieces {
            pieces.entry(section).or_default().extend(covered);
        }
    }

    /// The rows of what is covered, in words, with 未告知 and the day of the mark.
    pub(super) fn lifted(
        &self,
        forbidden: &[SectionName],
        context: &Context<'_>,
    ) -> Vec<(SectionName, Vec<Item>)> {
        self.pieces
            .iter()
            .filter(|(section, _)| !forbidden.contains(section))
            .map(|(section, pieces)| {
                let items = build(*section, pieces, context).items;
                let lifted = items.into_iter().map(|item| lift(item, pieces, context));
                (*section, lifted.collect())
            })
            .filter(|(_, items): &(SectionName, Vec<Item>)| !items.is_empty())
            .collect()
    }
}

/// See [`super::uncover`].
pub(super) fn uncover(request: &Request<'_>, answers: &[Answer]) -> Vec<(SectionName, Vec<Item>)> {
    if request.hides_covered {
        return Vec::new();
    }
    let context = Context::of(request);
    let mut routed = routing::route(request, answers);
    let cover = Cover::take(&mut routed.pieces);
    let mut lifted: BTreeMap<SectionName, Vec<Item>> = cover
        .lifted(request.forbidden, &context)
        .into_iter()
        .collect();
    for (section, items) in cover.unhushed(request, &routed.pieces, &context) {
        lifted.entry(section).or_default().extend(items);
    }
    lifted.into_iter().collect()
}

/// See [`super::document`]: nothing covered can be opened, and no text that may name it by whom it
/// is hidden from.
pub(super) fn document<'a>(
    request: &Request<'_>,
    answers: &'a [Answer],
    resource: (SourceName, &str),
) -> Option<Letter<'a>> {
    if request.forbidden.contains(&SectionName::Documents) {
        return None;
    }
    let context = Context::of(request);
    let mut routed = routing::route(request, answers);
    let cover = Cover::take(&mut routed.pieces);
    let pieces = routed.pieces.get(&SectionName::Documents)?;
    let (mut row, documents) = documents::behind(pieces, &context, resource)?;
    let hush = Hush::new(&cover.names, request, rows::words(&context));
    hush.row(SectionName::Documents, &mut row);
    let covers = !cover.pieces.is_empty();
    Some(Letter {
        row,
        documents,
        protected: covers && !request.hides_covered,
        withheld: request.hides_covered && (covers || hush::marks_unknown(request, answers)),
    })
}

/// What would tell of a covered problem.
struct Hidden {
    names: Names,
    codes: BTreeSet<(String, String)>,
}

impl Hidden {
    fn of(marked: &[&Problem]) -> Self {
        Self {
            names: Names::of(marked.iter().copied()),
            codes: marked
                .iter()
                .flat_map(|problem| codes(&problem.name))
                .collect(),
        }
    }

    fn tells(&self, problem: &Problem) -> bool {
        Names::of([problem]).are_like(&self.names)
            || codes(&problem.name).any(|code| self.codes.contains(&code))
    }
}

/// The codes that name a disease, with their systems; 未コード化傷病名 names none.
fn codes(concept: &Concept) -> impl Iterator<Item = (String, String)> {
    concept.codings.iter().filter_map(|coding| {
        let code = coding.code.as_deref()?.trim();
        let system = coding.system.clone()?;
        (!code.is_empty() && !rows::is_dummy(code)).then(|| (system, code.replace('.', "")))
    })
}

/// The mark counts whatever system it is sent in: where in doubt, covered.
fn is_marked(record: &Record) -> bool {
    record
        .tags
        .iter()
        .any(|tag| tag.code.as_deref() == Some("UNINFORMED"))
}

pub(super) const fn is_never_covered(section: SectionName) -> bool {
    matches!(
        section,
        SectionName::Allergies | SectionName::Contraindications
    )
}

fn problem_of<'a>(piece: &Piece<'a>) -> Option<&'a Problem> {
    if let Content::Problem(problem) = &piece.record.content {
        Some(problem)
    } else {
        None
    }
}

/// A section of these pieces alone.
fn build(section: SectionName, pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    match section {
        SectionName::Allergies | SectionName::Contraindications => Built::default(),
        SectionName::Drugs => drugs::build(pieces, context).built,
        SectionName::Infections => infections::build(pieces, context),
        SectionName::Labs => labs::build(pieces, context),
        SectionName::Problems => problems::build(pieces, context),
        SectionName::Operations => operations::build(pieces, context),
        SectionName::Dialysis => dialysis::build(pieces, context),
        SectionName::Visits => visits::build(pieces, context),
        SectionName::Procedures => procedures::build(pieces, context),
        SectionName::Checkups => checkups::build(pieces, context),
        SectionName::Documents => documents::build(pieces, context),
    }
}

/// The fates without the names that their reasons hold: the first shown is the row, the others are
/// in it.
fn fates(covered: &Built) -> Vec<(usize, Fate, String)> {
    let mut first = true;
    let say = |(number, fate, why): &(usize, Fate, String)| {
        let fate = match fate {
            Fate::Shown if std::mem::take(&mut first) => Fate::Shown,
            Fate::Shown | Fate::Merged => Fate::Merged,
            other @ (Fate::Superseded
            | Fate::OutsideWindow
            | Fate::Withheld
            | Fate::NotForThisScreen
            | Fate::Unreadable) => return (*number, *other, why.clone()),
        };
        (*number, fate, "covered".to_owned())
    };
    covered.fates.iter().map(say).collect()
}

/// 「保護項目 n件」 and nothing else. A disease that several say is counted once.
fn row(section: SectionName, items: &[Item], context: &Context<'_>) -> Option<Item> {
    let (first, rest) = items.split_first()?;
    let diseases: BTreeSet<String> = items.iter().map(|item| rows::same(&item.title)).collect();
    let count = if section == SectionName::Problems {
        diseases.len()
    } else {
        items.len()
    };
    let title = (rows::words(context).covered)(count);
    let mut row = Item {
        text: title.clone(),
        resource: first.resource.clone(),
        source: first.source,
        merged: first.merged.clone(),
        also_from: first.also_from.clone(),
        title,
        covered: true,
        ..Item::default()
    };
    for item in rest {
        row.merged.push(item.resource.clone());
        row.merged.extend(item.merged.iter().cloned());
        let sources = item
            .source
            .into_iter()
            .chain(item.also_from.iter().copied());
        for source in sources {
            if row.source != Some(source) && !row.also_from.contains(&source) {
                if row.also_from.is_empty() {
                    row.also_from.extend(row.source);
                }
                row.also_from.push(source);
            }
        }
    }
    Some(row)
}

/// A covered row in words. The mark has no date of its own in JP-CLINS: the day it was last sent
/// with is `meta.lastUpdated`.
fn lift(mut item: Item, pieces: &[Piece<'_>], context: &Context<'_>) -> Item {
    let words = rows::words(context);
    let marked = |resource: &String| {
        pieces.iter().find(|piece| {
            piece.record.resource == *resource && item.source.is_some() && is_marked(piece.record)
        })
    };
    let behind: Vec<&Piece<'_>> = std::iter::once(&item.resource)
        .chain(&item.merged)
        .filter_map(marked)
        .collect();
    if behind.is_empty() {
        item.details.push(words.same_as_covered.to_owned());
        return rows::complete(item);
    }
    let updated = behind
        .iter()
        .filter_map(|piece| piece.record.last_updated)
        .max_by_key(|date| rows::moment(Some(*date)));
    let day = updated.map_or_else(
        || words.undated.to_owned(),
        |date| date.last_day().to_string(),
    );
    item.tags
        .insert(0, rows::tag(Tone::Danger, words.uninformed));
    item.details.push((words.uninformed_since)(&day));
    rows::complete(item)
}

#[cfg(test)]
#[path = "cover_tests.rs"]
mod tests;
