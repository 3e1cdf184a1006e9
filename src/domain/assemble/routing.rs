//! Each resource to its section, or to its fate at once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::{
    patient::Patient,
    record::{Content, Record, Records, Statement},
    section::{Fate, SectionName, SourceName},
    text::folded,
};

use super::{
    Answer, Outcome, Request, absent,
    classify::{self, Place},
    documents,
    piece::{NoneStatement, Piece},
    resent,
    subject::{self, Whose},
};

/// The source whose windows apply where files name none.
pub(super) const fn default_source(section: SectionName) -> SourceName {
    match section {
        SectionName::Drugs | SectionName::Visits | SectionName::Procedures => SourceName::Claims,
        SectionName::Allergies
        | SectionName::Contraindications
        | SectionName::Infections
        | SectionName::Labs
        | SectionName::Problems
        | SectionName::Operations
        | SectionName::Dialysis
        | SectionName::Checkups
        | SectionName::Documents => SourceName::Emr,
    }
}

/// What a sender says of a whole section, other than "none".
#[derive(Clone, Copy, Debug)]
pub(super) struct Empty<'a> {
    pub(super) section: SectionName,
    pub(super) source: SourceName,
    pub(super) reason: &'a str,
}

/// All resources, sorted.
#[derive(Debug, Default)]
pub(super) struct Routed<'a> {
    /// Every resource in the order it came.
    pub(super) records: Vec<&'a Record>,
    /// Fates known so far, by number.
    pub(super) fates: BTreeMap<usize, (Fate, String)>,
    /// What each section is built from.
    pub(super) pieces: BTreeMap<SectionName, Vec<Piece<'a>>>,
    /// Unreadable resources of a known kind.
    pub(super) unreadable: BTreeMap<(SectionName, SourceName), usize>,
    /// Unreadable resources of no known kind.
    pub(super) unreadable_anywhere: usize,
    /// Resources about another patient.
    pub(super) other_patient: usize,
    /// Clinical resources that name nobody.
    pub(super) no_subject: usize,
    /// Statements about whole sections.
    pub(super) empties: Vec<Empty<'a>>,
    /// Statements that there is nothing in a section.
    pub(super) none: Vec<(SectionName, NoneStatement)>,
    /// The patient's own resource.
    pub(super) banner: Option<&'a Record>,
    /// Further resources of the same id that name, or date the birth of, somebody else.
    pub(super) banner_differs: usize,
}

/// Sorts everything that came.
pub(super) fn route<'a>(request: &Request<'_>, answers: &'a [Answer]) -> Routed<'a> {
    let mut routed = Routed::default();
    let mut sent = Vec::new();
    for answer in answers {
        let Some((records, at)) = answered(answer) else {
            continue;
        };
        for record in &records.records {
            let number = routed.records.len();
            routed.records.push(record);
            if routed.admits(number, record, answer, request.patient) {
                sent.push((number, answer, at));
            }
        }
        for statement in &records.statements {
            routed.hear(statement, answer, request.patient);
        }
    }
    routed.withhold_with_held_letters(&mut sent);
    let all: Vec<resent::Sent<'_>> = sent
        .iter()
        .filter_map(|(number, answer, _)| {
            routed
                .records
                .get(*number)
                .map(|record| (*number, answer.source, *record))
        })
        .collect();
    for (number, fate, why) in resent::replaced(&all) {
        routed.fates.insert(number, (fate, why));
    }
    for (number, answer, at) in sent {
        if !routed.fates.contains_key(&number) {
            routed.place(number, answer, at);
        }
    }
    routed
}

/// The records of an answer, and when they came.
fn answered(answer: &Answer) -> Option<(&Records, DateTime<Utc>)> {
    match &answer.outcome {
        Outcome::Answered { records, at, .. } => Some((records, *at)),
        Outcome::Failed { .. } | Outcome::Coming => None,
    }
}

impl<'a> Routed<'a> {
    /// Whether the resource may go to a section; else it has its fate.
    fn admits(
        &mut self,
        number: usize,
        record: &'a Record,
        answer: &Answer,
        patient: Option<&Patient>,
    ) -> bool {
        let place = classify::place(record);
        if place == Place::Banner {
            let (fate, why) = self.banner_fate(record, answer);
            self.fates.insert(number, (fate, why));
            return false;
        }
        let whose = subject::whose(&record.subject, answer, patient);
        let fate = match (whose, &place) {
            (Whose::Another, _) => {
                self.other_patient += 1;
                Some((Fate::Withheld, "other patient".to_owned()))
            }
            (_, Place::Nowhere(why)) => Some((Fate::NotForThisScreen, nowhere(record, why))),
            (Whose::Nobody, Place::In(_)) => {
                self.no_subject += 1;
                Some((Fate::Unreadable, "no subject".to_owned()))
            }
            _ if is_undelivered(record) => Some((Fate::Withheld, "not for delivery".to_owned())),
            (Whose::This | Whose::Nobody, _) => None,
        };
        match fate {
            Some(fate) => {
                self.fates.insert(number, fate);
                false
            }
            None => true,
        }
    }

    /// A letter that must not be delivered is not told by the reference to it either.
    fn withhold_with_held_letters<T, U>(&mut self, sent: &mut Vec<(usize, T, U)>) {
        let held: Vec<&Record> = self
            .records
            .iter()
            .copied()
            .filter(|record| is_undelivered(record))
            .filter(|record| matches!(record.content, Content::Document(_)))
            .collect();
        if held.is_empty() {
            return;
        }
        sent.retain(|(number, _, _)| {
            let told = self.records.get(*number).is_some_and(|record| {
                held.iter()
                    .any(|held| documents::may_be_one_letter(held, record))
            });
            if told {
                let fate = (Fate::Withheld, "not for delivery".to_owned());
                self.fates.insert(*number, fate);
            }
            !told
        });
    }

    /// The patient's own resource is the banner; a second one of the same id is part of it.
    fn banner_fate(&mut self, record: &'a Record, answer: &Answer) -> (Fate, String) {
        if answer.subject.as_ref() != Some(&record.resource) {
            self.other_patient += 1;
            return (Fate::Withheld, "other patient".to_owned());
        }
        if let Some(first) = self.banner {
            self.banner_differs += usize::from(differs(&first.content, &record.content));
            return (Fate::Merged, format!("the banner, with {}", first.resource));
        }
        self.banner = Some(record);
        (Fate::Shown, "the banner".to_owned())
    }

    fn place(&mut self, number: usize, answer: &'a Answer, received: DateTime<Utc>) {
        let Some(record) = self.records.get(number).copied() else {
            return;
        };
        match classify::place(record) {
            Place::In(section) => {
                let source = answer.source.unwrap_or(default_source(section));
                if let Some(said) = absent::said(record) {
                    self.take_absence(number, record, section, source, said);
                    return;
                }
                let piece = Piece {
                    number,
                    record,
                    source,
                    received,
                };
                for section in sections(section, &piece) {
                    self.pieces.entry(section).or_default().push(piece);
                }
            }
            Place::Unreadable(section) => {
                let why = if let Content::Unreadable { why } = &record.content {
                    why.clone()
                } else {
                    String::new()
                };
                self.fates.insert(number, (Fate::Unreadable, why));
                match section {
                    Some(section) => {
                        let source = answer.source.unwrap_or(default_source(section));
                        *self.unreadable.entry((section, source)).or_default() += 1;
                    }
                    None => self.unreadable_anywhere += 1,
                }
            }
            Place::Banner | Place::Nowhere(_) => {}
        }
    }

    /// A resource that stands for "none" or "no information" is no row.
    fn take_absence(
        &mut self,
        number: usize,
        record: &'a Record,
        section: SectionName,
        source: SourceName,
        said: absent::Absence<'a>,
    ) {
        let why = if said.known {
            let (origin, words) = (&record.origin, said.words.to_owned());
            let none = super::allergies::none_statement(origin, said.when, source, words);
            self.none.push((section, none));
            "says that there is none, in the section's words"
        } else {
            self.empties.push(Empty {
                section,
                source,
                reason: "unavailable",
            });
            "says that nothing is known, in the section's words"
        };
        self.fates.insert(number, (Fate::Shown, why.to_owned()));
    }

    /// Takes a statement about a whole section, if it is about this patient.
    fn hear(&mut self, statement: &'a Statement, answer: &Answer, patient: Option<&Patient>) {
        let is_ours = matches!(
            subject::whose(&statement.subject, answer, patient),
            Whose::This
        );
        let Some(section) = classify::about(&statement.about).filter(|_| is_ours) else {
            return;
        };
        let source = answer.source.unwrap_or(default_source(section));
        if statement.empty_reason == "nilknown" {
            let words = super::row::words_of(&statement.about)
                .unwrap_or("nilknown")
                .to_owned();
            let none =
                super::allergies::none_statement(&statement.origin, statement.date, source, words);
            self.none.push((section, none));
        } else {
            self.empties.push(Empty {
                section,
                source,
                reason: &statement.empty_reason,
            });
        }
    }
}

/// Whether two resources of one id name two people.
fn differs(left: &Content, right: &Content) -> bool {
    let (Content::Patient(left), Content::Patient(right)) = (left, right) else {
        return false;
    };
    let clash = |left: Option<String>, right: Option<String>| {
        left.zip(right).is_some_and(|(left, right)| left != right)
    };
    let name = |patient: &Patient| patient.name.as_deref().map(folded);
    let birth = |patient: &Patient| patient.birth_date.map(|date| date.to_string());
    let sex = |patient: &Patient| patient.sex.map(|sex| format!("{sex:?}"));
    clash(name(left), name(right))
        || clash(birth(left), birth(right))
        || clash(sex(left), sex(right))
}

/// Where a resource stands: a report of a check-up is a document, and a day among the check-ups;
/// from a source that carries no documents only the day.
fn sections(section: SectionName, piece: &Piece<'_>) -> Vec<SectionName> {
    let both = [SectionName::Checkups, SectionName::Documents];
    let carried = both.map(|section| piece.source.carries(section));
    match (&piece.record.content, carried) {
        (Content::Document(document), [true, documents]) if classify::reports_checkup(document) => {
            both.into_iter().take(1 + usize::from(documents)).collect()
        }
        (_, _) => vec![section],
    }
}

fn nowhere(record: &Record, why: &str) -> String {
    if let Content::NotForThisScreen { kind } = &record.content {
        format!("{why}: {kind}")
    } else {
        why.to_owned()
    }
}

/// `UNDELIVERED` 未提供: shown to nobody, counted in no section (JP-CLINS `JP_ehrshrs_indication`).
fn is_undelivered(record: &Record) -> bool {
    record
        .tags
        .iter()
        .any(|tag| tag.code.as_deref() == Some("UNDELIVERED"))
}
