//! The whole screen: every section built, every state decided, every resource counted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::domain::{
    record::Content,
    section::{Fate, Freshness, SectionName, SourceName, State},
    summary::{Header, Notice, Partial, Section, SourceState, Summary, Tone},
    words::{self, states::StateWords},
};

use super::{
    Answer, Outcome, Request, allergies, checkups, dialysis, documents, drugs, egfr, header,
    infections, labs, operations,
    piece::{Built, Context, Piece},
    problems, procedures,
    routing::{self, Routed, default_source},
    state::{self, Evidence, Reach},
    strip, subject,
    tally::{Tallies, account},
    visits,
};

/// See [`super::assemble`].
pub(super) fn assemble(request: &Request<'_>, answers: &[Answer]) -> Summary {
    let text = words::states::words(request.language);
    let mut routed = routing::route(request, answers);
    let context = Context {
        as_of: request.as_of,
        look: request.look,
        language: request.language,
        windows: request.windows,
        birth: request.patient.and_then(|patient| patient.birth_date),
        sex: request.patient.and_then(|patient| patient.sex),
        dialysis_ruled_out: egfr::dialysis_ruled_out(request, answers, &routed),
        viewer_facility: request.viewer_facility,
    };
    let (mut built, strip_items) = build(request, &routed, &context);
    for section in request.forbidden {
        forbid(*section, &mut built, &routed);
    }
    let mut tallies = Tallies::default();
    for (section, one) in &built {
        tallies.count(
            *section,
            one,
            routed.pieces.get(section).map_or(&[], Vec::as_slice),
        );
        for (number, fate, why) in &one.fates {
            routed.fates.insert(*number, (*fate, why.clone()));
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
    let notices = desk.notices(&mut patient);
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
    routed: &Routed<'_>,
    context: &Context<'_>,
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
    let drug_list = drugs::build(pieces(S::Drugs), context);
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
        &drug_list.names,
        context,
    );
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

/// B17: nothing of a forbidden section leaves, not even its words.
fn forbid(section: SectionName, built: &mut BTreeMap<SectionName, Built>, routed: &Routed<'_>) {
    let pieces = routed.pieces.get(&section).map_or(&[][..], Vec::as_slice);
    let fates = pieces
        .iter()
        .map(|piece| (piece.number, Fate::Withheld, "not for this role".to_owned()))
        .collect();
    built.insert(
        section,
        Built {
            fates,
            ..Built::default()
        },
    );
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
        let partial = self.partial(name, &built, &sources);
        let mut notes = self.state_notes(state, &sources, partial.outside_window > 0);
        let mut note = |count: usize, words: fn(usize) -> String| {
            if count > 0 {
                notes.push(words(count));
            }
        };
        note(partial.outside_window, self.text.outside_window);
        note(partial.unreadable, self.text.unreadable);
        note(
            self.tallies.sum(name, |tally| tally.in_error),
            self.text.entered_in_error,
        );
        if partial.more_at_source {
            notes.push(self.text.more_at_source.to_owned());
        }
        notes.extend(built.notes);
        let from_claims = sources.iter().any(|one| {
            one.source == SourceName::Claims
                && matches!(one.state, State::Present | State::ReportedEmpty)
        });
        if name == SectionName::Drugs && from_claims {
            notes.push(
                words::drugs::words(self.request.language)
                    .claims_late
                    .to_owned(),
            );
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

    fn answer(&self, name: SectionName, source: SourceName) -> Option<&Answer> {
        let of_source = || {
            self.answers
                .iter()
                .filter(|answer| answer.source.unwrap_or(default_source(name)) == source)
        };
        of_source()
            .find(|answer| matches!(answer.outcome, Outcome::Answered { .. }))
            .or_else(|| of_source().next())
    }

    fn reach(&self, name: SectionName, source: SourceName) -> Reach<'_> {
        match self.answer(name, source).map(|answer| &answer.outcome) {
            None if self.request.files => Reach::Answered,
            None => Reach::NotConnected,
            Some(Outcome::Coming) => Reach::Coming,
            Some(Outcome::Failed { why, .. }) => Reach::Failed(why),
            Some(Outcome::Answered { failed, .. }) => failed
                .iter()
                .find(|(section, _)| *section == name)
                .map_or(Reach::Answered, |(_, why)| Reach::Failed(why)),
        }
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
        let evidence = Evidence {
            reach,
            files: self.request.files,
            carries: source.carries(name),
            forbidden: self.request.forbidden.contains(&name),
            shown: tally.shown,
            outside: tally.outside,
            withheld: tally.withheld,
            unreadable: tally.unreadable + unreadable,
            set_aside: tally.in_error,
            none: built
                .none_statements
                .iter()
                .filter(|none| none.source == source)
                .collect(),
            empty_reasons: self
                .routed
                .empties
                .iter()
                .filter(|empty| empty.section == name && empty.source == source)
                .map(|empty| empty.reason)
                .collect(),
        };
        let (state, why) = state::decide(&evidence, self.text);
        let (freshness, fetched_at) = self.freshness(name, source);
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

    fn freshness(
        &self,
        name: SectionName,
        source: SourceName,
    ) -> (Freshness, Option<DateTime<Utc>>) {
        match self.answer(name, source).map(|answer| &answer.outcome) {
            Some(Outcome::Answered { at, freshness, .. }) => (*freshness, Some(*at)),
            Some(Outcome::Failed { at, .. }) => (Freshness::Missing, Some(*at)),
            Some(Outcome::Coming) | None => (Freshness::Missing, None),
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
            unreadable: of_kind + self.tallies.sum(name, |tally| tally.unreadable) + built.partly_unreadable,
            uncoded: built.uncoded,
            more_at_source: self.answers.iter().any(|answer| {
                matches!(&answer.outcome, Outcome::Answered { more_at_source, .. } if more_at_source.contains(&name))
            }),
            sources_missing: sources.iter().filter(|source| is_missing(source)).map(|source| source.source).collect(),
            outside_window: self.tallies.sum(name, |tally| tally.outside),
            withheld: self.tallies.sum(name, |tally| tally.withheld),
        }
    }

    /// The state in words; beside rows only what is missing.
    fn state_notes(&self, state: State, sources: &[SourceState], outside: bool) -> Vec<String> {
        let why = |wanted: State| {
            sources
                .iter()
                .filter(move |source| source.state == wanted)
                .filter_map(|source| source.why.clone())
        };
        let first = |wanted: State| why(wanted).next();
        match state {
            State::Present => sources
                .iter()
                .filter(|source| source.state == State::NotFetched)
                .map(|source| {
                    let name = (self.text.source)(source.source);
                    let why = source.why.as_deref().unwrap_or_default();
                    format!("{name} {}", (self.text.not_fetched)(why))
                })
                .collect(),
            State::NotFetched => why(state)
                .map(|why| (self.text.not_fetched)(&why))
                .collect(),
            State::NoneKnown => why(state).collect(),
            State::ReportedEmpty => {
                let empty = if outside {
                    self.text.empty_inside_window
                } else {
                    self.text.reported_empty
                };
                std::iter::once(empty.to_owned())
                    .chain(why(state))
                    .collect()
            }

            State::NotAsked => vec![self.text.not_asked.to_owned()],
            State::NotCovered => vec![self.text.not_covered.to_owned()],
            State::Withheld => first(state).into_iter().collect(),
            State::Coming => vec![self.text.coming.to_owned()],
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

    /// Sentences that concern the whole page. A discharge by death is a record of death too.
    fn notices(&self, header: &mut Header) -> Vec<Notice> {
        let mut notices: Vec<Notice> = header
            .death
            .iter()
            .map(|death| header::death_notice(death))
            .collect();
        for death in self.discharges_by_death() {
            notices.push(header::death_notice(&death));
            header.death.get_or_insert(death);
        }
        if self.request.patient.is_none() {
            notices.push(Notice {
                tone: Tone::Warning,
                text: self.text.no_patient.to_owned(),
            });
        }
        let unread: Vec<&str> = self
            .routed
            .banner
            .iter()
            .flat_map(|record| &record.unreadable)
            .map(|field| field.path.as_str())
            .collect();
        if !unread.is_empty() {
            notices.push(Notice {
                tone: Tone::Warning,
                text: (self.text.patient_unreadable)(&unread.join(self.text.separator)),
            });
        }
        let mut count = |count: usize, words: fn(usize) -> String| {
            if count > 0 {
                notices.push(Notice {
                    tone: Tone::Warning,
                    text: words(count),
                });
            }
        };
        count(self.routed.banner_differs, self.text.patient_differs);
        count(self.routed.other_patient, self.text.other_patient);
        count(self.routed.no_subject, self.text.no_subject);
        count(
            self.routed.unreadable_anywhere,
            self.text.unreadable_anywhere,
        );
        notices
    }

    /// HL7 discharge disposition `exp`, or 死亡 in its words.
    fn discharges_by_death(&self) -> BTreeSet<String> {
        let text = words::patient::words(self.request.language);
        let visits = self
            .routed
            .pieces
            .iter()
            .filter(|(section, _)| !self.request.forbidden.contains(section));
        visits
            .flat_map(|(_, pieces)| pieces)
            .filter_map(|piece| {
                let Content::Visit(visit) = &piece.record.content else {
                    return None;
                };
                let disposition = visit
                    .disposition
                    .as_ref()
                    .filter(|_| visit.status.as_deref() != Some("entered-in-error"))?;
                let coded = disposition
                    .codings
                    .iter()
                    .any(|coding| coding.code.as_deref() == Some("exp"));
                let named = disposition
                    .text
                    .as_deref()
                    .is_some_and(|words| words.contains("死亡"));
                (coded || named).then(|| {
                    let when = visit.ends.or(visit.starts);
                    let parts =
                        [
                            Some(when.map_or(text.death_date_unknown.to_owned(), |date| {
                                date.to_string()
                            })),
                            piece.record.origin.facility.clone(),
                            Some((self.text.source)(piece.source).to_owned()),
                        ];
                    let known: Vec<String> = parts.into_iter().flatten().collect();
                    (text.death_discharge)(&known.join(self.text.separator))
                })
            })
            .collect()
    }
}
