//! The whole screen: every section built, every state decided, every resource counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    section::{Fate, Freshness, SectionName, SourceName, State},
    summary::{Header, Partial, Section, SourceState, Summary},
    words::{self, fates, states::StateWords},
};

use super::{
    Answer, Request, allergies, checkups,
    cover::Cover,
    cross, dialysis, documents, drugs, egfr, forbid, header, hush, infections, labs, notices,
    operations,
    piece::{Built, Context, Piece},
    problems, procedures, reach,
    routing::{self, Routed, default_source},
    state::{self, Evidence, Reach},
    state_notes, strip, subject,
    tally::{Tallies, account},
    visits,
};

/// See [`super::assemble`].
pub(super) fn assemble(request: &Request<'_>, answers: &[Answer]) -> Summary {
    let text = words::states::words(request.language);
    let mut routed = routing::route(request, answers);
    let context = Context {
        // Before anything is covered: what may not be named still rules an eGFR out.
        dialysis_ruled_out: egfr::dialysis_ruled_out(request, answers, &routed),
        ..Context::of(request)
    };
    let cover = Cover::take(&mut routed.pieces);
    let (mut built, strip_items) = build(request, answers, &routed, &context, &cover);
    if hush::marks_unknown(request, answers) {
        hush::until_known(&mut built, words::records::records(request.language));
    }
    cover.add(request, &context, &mut built);
    cover.put_back(&mut routed.pieces);
    for section in request.forbidden {
        forbid::forbid(*section, &mut built, &routed);
    }
    let mut tallies = Tallies::default();
    for (section, one) in &built {
        tallies.count(
            *section,
            one,
            routed.pieces.get(section).map_or(&[], Vec::as_slice),
        );
        for (number, fate, why) in &one.fates {
            // What stands in two sections is shown where either shows it.
            if !matches!(routed.fates.get(number), Some((Fate::Shown, _))) {
                routed.fates.insert(*number, (*fate, why.clone()));
            }
        }
    }
    let desk = Desk {
        request,
        answers,
        routed: &routed,
        tallies: &tallies,
        text,
    };
    let sections: BTreeMap<SectionName, Section> = built
        .into_iter()
        .map(|(section, one)| (section, desk.section(section, one)))
        .collect();
    let mut patient = desk.header();
    let notices = notices::notices(request, &routed, &mut patient);
    Summary {
        patient,
        as_of: request.as_of,
        look: request.look,
        language: request.language,
        strip: strip::strip(&sections, strip_items, request.language),
        sections,
        notices,
        accounting: account(&routed, request.language),
    }
}

/// Builds all twelve sections. Allergies and contraindications are built together, because a
/// statement of "none" in one contradicts a row of the other; then the drugs are compared with them.
fn build(
    request: &Request<'_>,
    answers: &[Answer],
    routed: &Routed<'_>,
    context: &Context<'_>,
    cover: &Cover<'_>,
) -> (
    BTreeMap<SectionName, Built>,
    Vec<crate::domain::summary::StripItem>,
) {
    use SectionName as S;
    let pieces = |section: S| -> &[Piece<'_>] {
        let hidden = request.forbidden.contains(&section);
        routed
            .pieces
            .get(&section)
            .filter(|_| !hidden)
            .map_or(&[], Vec::as_slice)
    };
    let mut drug_list = drugs::build(pieces(S::Drugs), context);
    let said: Vec<_> = routed
        .none
        .iter()
        .filter(|(section, _)| *section == S::Allergies)
        .map(|(_, none)| none)
        .collect();
    let allergy = allergies::build(
        pieces(S::Allergies),
        pieces(S::Contraindications),
        &said,
        &compared_drugs(request, answers, pieces(S::Drugs), &drug_list.built, cover),
        context,
    );
    name_at_allergies(&mut drug_list.built, &allergy.named);
    let mut built = BTreeMap::from([
        (S::Allergies, allergy.allergies),
        (S::Contraindications, allergy.contraindications),
        (S::Drugs, drug_list.built),
        (
            S::Infections,
            infections::build(pieces(S::Infections), context),
        ),
        (S::Labs, labs::build(pieces(S::Labs), context)),
        (S::Problems, problems::build(pieces(S::Problems), context)),
        (
            S::Operations,
            operations::build(pieces(S::Operations), context),
        ),
        (S::Dialysis, dialysis::build(pieces(S::Dialysis), context)),
        (S::Visits, visits::build(pieces(S::Visits), context)),
        (
            S::Procedures,
            procedures::build(pieces(S::Procedures), context),
        ),
        (S::Checkups, checkups::build(pieces(S::Checkups), context)),
        (
            S::Documents,
            documents::build(pieces(S::Documents), context),
        ),
    ]);
    for (section, none) in &routed.none {
        if let Some(one) = built.get_mut(section) {
            one.none_statements.push(none.clone());
        }
    }
    (built, allergy.strip)
}

/// The drugs that allergens are compared with, those outside the window too.
fn compared_drugs<'a>(
    request: &Request<'_>,
    answers: &[Answer],
    pieces: &'a [Piece<'a>],
    built: &Built,
    cover: &Cover<'_>,
) -> cross::Drugs<'a> {
    const DRUGS: SectionName = SectionName::Drugs;
    let sources = || {
        SourceName::CLINICAL
            .into_iter()
            .filter(|source| source.carries(DRUGS))
    };
    let of_row = |fate: &Fate| matches!(fate, Fate::Shown | Fate::Merged);
    cross::Drugs {
        pieces,
        listed: built
            .fates
            .iter()
            .filter(|(_, fate, _)| of_row(fate))
            .map(|(number, _, _)| *number)
            .collect(),
        hidden: request.forbidden.contains(&DRUGS),
        missing: sources()
            .filter(|_| !request.files)
            .filter(|source| reach::reach(request, answers, DRUGS, *source) != Reach::Answered)
            .collect(),
        // What is covered is not compared: a match would tell of it.
        partial: cover.holds(DRUGS) || sources().any(|source| reach::more(answers, DRUGS, source)),
    }
}

/// A drug outside the window that an allergy's row names says so where its fate is listed.
fn name_at_allergies(drugs: &mut Built, named: &[(usize, String)]) {
    let named: BTreeMap<usize, &str> = named
        .iter()
        .map(|(number, allergy)| (*number, allergy.as_str()))
        .collect();
    for (number, fate, why) in &mut drugs.fates {
        if let Some(allergy) = named.get(number).filter(|_| *fate == Fate::OutsideWindow) {
            *why += fates::NAMED_AT;
            *why += allergy;
        }
    }
}

/// What the sections are decided from.
struct Desk<'a> {
    request: &'a Request<'a>,
    answers: &'a [Answer],
    routed: &'a Routed<'a>,
    tallies: &'a Tallies,
    text: &'a StateWords,
}

impl Desk<'_> {
    fn section(&self, name: SectionName, built: Built) -> Section {
        let sources: Vec<SourceState> = self
            .sources(name)
            .into_iter()
            .map(|source| self.source_state(name, source, &built))
            .collect();
        let state = State::combined(sources.iter().map(|source| source.state));
        // Of what is forbidden nothing is said but that it is: not even how much there is.
        let forbidden = self.request.forbidden.contains(&name);
        let partial = if forbidden {
            Partial::default()
        } else {
            self.partial(name, &built, &sources)
        };
        let mut notes = state_notes::said(state, &sources, partial.outside_window > 0, self.text);
        let mut note = |count: usize, words: fn(usize) -> String| {
            if count > 0 {
                notes.push(words(count));
            }
        };
        note(partial.outside_window, self.text.outside_window);
        let partly = built.partly_unreadable.min(partial.unreadable);
        note(partial.unreadable - partly, self.text.unreadable);
        note(partly, self.text.partly_unreadable);
        if !forbidden {
            note(
                self.tallies.sum(name, |tally| tally.in_error),
                self.text.entered_in_error,
            );
        }
        if partial.more_at_source {
            notes.push(self.text.more_at_source.to_owned());
        }
        notes.extend(built.notes);
        if !forbidden {
            let empties = self.routed.empties.iter();
            let empties = empties.filter(|empty| empty.section == name);
            state_notes::statements(&built.none_statements, empties, &mut notes, self.text);
        }
        let from_claims = sources.iter().any(|one| {
            one.source == SourceName::Claims
                && matches!(one.state, State::Present | State::ReportedEmpty)
        });
        if from_claims {
            let late = words::records::claims_late(name, self.request.language);
            notes.extend(late.map(str::to_owned));
        }
        notes.dedup();
        Section {
            state,
            sources,
            partial: (partial != Partial::default()).then_some(partial),
            items: built.items,
            notes,
        }
    }

    /// On the page all three; of files those that they stand for.
    fn sources(&self, name: SectionName) -> Vec<SourceName> {
        if !self.request.files {
            return SourceName::CLINICAL.to_vec();
        }
        let named = self
            .answers
            .iter()
            .map(|answer| answer.source.unwrap_or(default_source(name)));
        let found: BTreeSet<SourceName> = named.collect();
        if found.is_empty() {
            vec![default_source(name)]
        } else {
            found.into_iter().collect()
        }
    }

    fn reach(&self, name: SectionName, source: SourceName) -> Reach<'_> {
        reach::reach(self.request, self.answers, name, source)
    }

    fn source_state(&self, name: SectionName, source: SourceName, built: &Built) -> SourceState {
        let tally = self.tallies.of(name, source);
        let unreadable = self
            .routed
            .unreadable
            .get(&(name, source))
            .copied()
            .unwrap_or(0);
        let reach = self.reach(name, source);
        let (freshness, fetched_at) = reach::freshness(self.answers, name, source);
        let evidence = Evidence {
            reach,
            files: self.request.files,
            carries: source.carries(name),
            forbidden: self.request.forbidden.contains(&name) || reach == Reach::Forbidden,
            shown: tally.shown,
            outside: tally.outside,
            withheld: tally.withheld,
            unreadable: tally.unreadable + unreadable,
            obscure: self.routed.obscure(name, source),
            more: reach::more(self.answers, name, source),
            set_aside: tally.in_error,
            none: built
                .none_statements
                .iter()
                .filter(|none| none.source == source)
                .collect(),
            empties: self
                .routed
                .empties
                .iter()
                .filter(|empty| empty.section == name && empty.source == source)
                .collect(),
            stale: fetched_at.filter(|_| freshness == Freshness::Stale),
        };
        let (state, why) = state::decide(&evidence, self.text);
        let freshness = if state == State::NotFetched && reach != Reach::Answered {
            Freshness::Missing
        } else {
            freshness
        };
        SourceState {
            source,
            state,
            freshness,
            fetched_at,
            why,
        }
    }

    fn partial(&self, name: SectionName, built: &Built, sources: &[SourceState]) -> Partial {
        let of_kind: usize = self
            .routed
            .unreadable
            .iter()
            .filter(|((section, _), _)| *section == name)
            .map(|(_, count)| count)
            .sum();
        let is_missing = |source: &SourceState| {
            (source.source.carries(name) || self.request.files)
                && source.state != State::Withheld
                && matches!(
                    self.reach(name, source.source),
                    Reach::Failed(_) | Reach::NotConnected
                )
        };
        Partial {
            unreadable: of_kind
                + self.tallies.sum(name, |tally| tally.unreadable)
                + built.partly_unreadable,
            uncoded: built.uncoded,
            more_at_source: sources
                .iter()
                .any(|source| reach::more(self.answers, name, source.source))
                || self.routed.unresolved(name) > 0,
            sources_missing: sources
                .iter()
                .filter(|source| is_missing(source))
                .map(|source| source.source)
                .collect(),
            outside_window: self.tallies.sum(name, |tally| tally.outside),
            withheld: self.tallies.sum(name, |tally| tally.withheld),
        }
    }

    fn header(&self) -> Header {
        let patient_text = words::patient::words(self.request.language);
        let from = if self.request.files {
            patient_text.patient_record
        } else {
            (self.text.source)(SourceName::Identity)
        };
        let named = self
            .answers
            .iter()
            .find_map(|answer| answer.subject.clone());
        let reference = named.filter(|name| !subject::is_number(name));
        header::header(
            reference,
            self.request.patient,
            self.request.as_of,
            self.request.language,
            from,
        )
    }
}
