//! What operations, dialysis and other procedures have in common.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{
    date::Date,
    procedure::Procedure,
    record::Content,
    section::{SectionName, SourceName},
    summary::{Item, Tone},
};

use super::{
    piece::{Built, Context, Piece},
    rows,
};

/// One procedure with its row's identity.
pub(super) struct Done<'p, 'a> {
    pub(super) piece: &'p Piece<'a>,
    pub(super) procedure: &'a Procedure,
    pub(super) title: String,
}

impl Done<'_, '_> {
    /// When, or when it began.
    pub(super) fn date(&self) -> Option<Date> {
        self.procedure.performed
    }

    /// Whether it was really done, as far as its status says.
    pub(super) fn is_done(&self) -> bool {
        !matches!(
            self.procedure.status.as_deref(),
            Some("not-done" | "preparation" | "cancelled" | "planned")
        )
    }

    /// Facility as it may be compared: its number, else its name.
    pub(super) fn place(&self) -> Option<String> {
        let origin = &self.piece.record.origin;
        origin
            .facility_number
            .clone()
            .or_else(|| origin.facility.as_deref().map(rows::same))
    }

    /// Under what another row finds this one. The same is a procedure of the same day at the same
    /// place with the same code or the same words, sent twice: by two sources, or by one that
    /// repeats itself in every word.
    fn sameness(&self) -> Option<(Event, Vec<Called>)> {
        let date = self.date()?;
        let event = Event {
            first: date.first_day(),
            last: date.last_day(),
            place: self.place()?,
            status: self.procedure.status.clone(),
        };
        let code = self
            .code()
            .map(|(system, code)| Called::Code(system.to_owned(), code.to_owned()));
        let title = Called::Title(rows::same(&self.title));
        Some((event, code.into_iter().chain([title]).collect()))
    }

    fn code(&self) -> Option<(&str, &str)> {
        self.procedure
            .code
            .codings
            .iter()
            .find_map(|coding| Some((coding.system.as_deref()?, coding.code.as_deref()?)))
    }
}

/// Day, place and status: what all tellings of one procedure share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    first: NaiveDate,
    last: NaiveDate,
    place: String,
    status: Option<String>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Called {
    Code(String, String),
    Title(String),
}

/// What else makes one telling another's: the source that told it, or the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    By(SourceName),
    At(Date),
}

/// The rows, each found by what its first procedure is called: a month of a thousand lines costs no
/// more than their number.
#[derive(Debug, Default)]
struct Index {
    rows: BTreeMap<Event, BTreeMap<(Called, Telling), usize>>,
}

impl Index {
    /// The first row that `done` is told again in; else `next` is its own, and it is kept there.
    fn row_of(&mut self, done: &Done<'_, '_>, next: usize) -> Option<usize> {
        let (event, called) = done.sameness()?;
        let at = Telling::At(done.date()?);
        let rows = self.rows.entry(event).or_default();
        let others = SourceName::CLINICAL
            .into_iter()
            .filter(|source| *source != done.piece.source)
            .map(Telling::By);
        let tellings: Vec<Telling> = others.chain([at]).collect();
        let found = called
            .iter()
            .flat_map(|called| tellings.iter().map(move |telling| (called, telling)))
            .filter_map(|(called, telling)| rows.get(&(called.clone(), *telling)))
            .min()
            .copied();
        if found.is_none() {
            for called in called {
                let by = Telling::By(done.piece.source);
                rows.entry((called.clone(), by)).or_insert(next);
                rows.entry((called, at)).or_insert(next);
            }
        }
        found
    }
}

/// The procedures inside the window, latest first, the same ones together.
pub(super) fn inside<'p, 'a>(
    section: SectionName,
    pieces: &'p [Piece<'a>],
    context: &Context<'_>,
    built: &mut Built,
) -> Vec<Vec<Done<'p, 'a>>> {
    let mut all = Vec::new();
    for piece in rows::delivered(pieces, built) {
        let Content::Procedure(procedure) = &piece.record.content else {
            rows::misplaced(piece, built);
            continue;
        };
        let last = procedure.performed_until.or(procedure.performed);
        let ongoing = procedure.status.as_deref() == Some("in-progress");
        if ongoing || context.is_inside(section, piece.source, last) {
            let title = rows::words_of(&procedure.code)
                .unwrap_or_else(|| rows::words(context).unnamed.to_owned());
            all.push(Done {
                piece,
                procedure,
                title,
            });
        } else {
            rows::outside(piece, last, context, built);
        }
    }
    all.sort_by(|a, b| {
        rows::moment(b.date())
            .cmp(&rows::moment(a.date()))
            .then_with(|| a.piece.number.cmp(&b.piece.number))
    });
    let mut index = Index::default();
    let mut groups: Vec<Vec<Done<'_, '_>>> = Vec::new();
    for done in all {
        let found = index.row_of(&done, groups.len());
        match found.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.push(done),
            None => groups.push(vec![done]),
        }
    }
    groups
}

/// A row for the first of a group, the rest merged into it; not yet completed.
pub(super) fn row(
    group: &[Done<'_, '_>],
    context: &Context<'_>,
    built: &mut Built,
) -> Option<Item> {
    let (first, rest) = group.split_first()?;
    let words = rows::words(context);
    let mut item = rows::begin(first.piece);
    item.title.clone_from(&first.title);
    item.date = first.date().map(|date| date.to_string());
    say_status(&mut item, first.procedure, context);
    say_when(&mut item, first.procedure, context);
    if !first.procedure.body_sites.is_empty() {
        let sites = first.procedure.body_sites.join(words.comma);
        item.details.push(format!("{} {sites}", words.site));
    }
    if !first.procedure.devices.is_empty() {
        let devices = first.procedure.devices.join(words.comma);
        item.details.push(format!("{} {devices}", words.devices));
    }
    rows::say_notes(&mut item, &first.procedure.notes, context);
    for done in rest {
        rows::absorb(&mut item, done.piece);
        rows::merged(done.piece, &item.title, context, built);
    }
    let unread = rows::say_unreadable(&mut item, first.piece.record, context);
    built.partly_unreadable += usize::from(unread);
    built.uncoded += usize::from(is_uncoded(first.procedure));
    rows::shown(first.piece, context, built);
    Some(item)
}

fn is_uncoded(procedure: &Procedure) -> bool {
    !procedure.code.codings.iter().any(|coding| {
        coding
            .code
            .as_deref()
            .map(str::trim)
            .is_some_and(|code| !code.is_empty() && !rows::is_dummy(code))
    })
}

fn say_status(item: &mut Item, procedure: &Procedure, context: &Context<'_>) {
    let words = rows::words(context);
    let status = match procedure.status.as_deref() {
        Some("completed") => None,
        Some("not-done" | "cancelled") => Some((Tone::Warning, words.not_done)),
        Some("in-progress") => Some((Tone::Info, words.in_progress)),
        Some("preparation" | "planned") => Some((Tone::Info, words.planned)),
        Some("on-hold") => Some((Tone::Info, words.on_hold)),
        Some("stopped") => Some((Tone::Warning, words.stopped)),
        Some("unknown") | None => Some((Tone::Info, words.status_unknown)),
        Some(other) => {
            let word = format!("{} {other}", words.status_unknown);
            item.tags.push(rows::tag(Tone::Info, word));
            None
        }
    };
    item.tags
        .extend(status.map(|(tone, word)| rows::tag(tone, word)));
    if let Some(reason) = &procedure.status_reason {
        item.details.push(format!("{} {reason}", words.reason));
    }
}

fn say_when(item: &mut Item, procedure: &Procedure, context: &Context<'_>) {
    let words = rows::words(context);
    match (procedure.performed, &procedure.performed_text) {
        (Some(date), _) => item.details.push(rows::age(date, context)),
        (None, Some(sent)) => item.details.push(sent.clone()),
        (None, None) => item.tags.push(rows::tag(Tone::Info, words.undated)),
    }
    let (Some(begin), Some(end)) = (procedure.performed, procedure.performed_until) else {
        return;
    };
    if end.last_day() < begin.first_day() {
        item.tags
            .push(rows::tag(Tone::Warning, words.inverted_period));
    }
    if end.first_day() != begin.first_day() {
        item.details.push(format!("{begin}〜{end}"));
    }
}
