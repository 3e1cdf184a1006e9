//! Each resource to its section, or to its fate at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::domain::{
    patient::{Death, Identifier, Patient},
    record::{Content, Record, Says, Statement, Subject},
    section::{Fate, SectionName, SourceName},
    words,
};

use super::{
    Answer, Request, absent, arrival,
    classify::{self, Place},
    documents,
    piece::{Denial, NoneStatement, Piece},
    resent,
    statement::{self, Standing},
    subject::{self, Doubt, Whose},
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

/// Stands for an `emptyReason`: the section is told in text only.
pub(super) const IN_TEXT: &str = "(in text)";
/// Stands for an `emptyReason`: resources that the section names did not come.
pub(super) const UNRESOLVED: &str = "(unresolved)";

/// What a sender says of a whole section, other than "none".
#[derive(Clone, Debug)]
pub(super) struct Empty<'a> {
    pub(super) section: SectionName,
    pub(super) source: SourceName,
    /// An `emptyReason`, or what stands for one.
    pub(super) reason: &'a str,
    /// How many resources that it names did not come.
    pub(super) missing: usize,
    /// Who says so, and when.
    pub(super) said: NoneStatement,
}

/// All resources, sorted.
#[derive(Debug, Default)]
pub(super) struct Routed<'a> {
    /// Every resource under its number.
    pub(super) records: Vec<&'a Record>,
    /// For each number the place at which it came.
    pub(super) order: Vec<usize>,
    /// Fates known so far, by number.
    pub(super) fates: BTreeMap<usize, (Fate, String)>,
    /// What each section is built from.
    pub(super) pieces: BTreeMap<SectionName, Vec<Piece<'a>>>,
    /// Unreadable resources of a known kind.
    pub(super) unreadable: BTreeMap<(SectionName, SourceName), usize>,
    /// Unreadable resources of no known kind.
    pub(super) unreadable_anywhere: usize,
    /// Resources that may belong to the section (`None`: to any) at the source (`None`: at any).
    obscure: BTreeMap<(Option<SectionName>, Option<SourceName>), usize>,
    /// The numbers of the patient as each source's own Patient has them.
    own_numbers: BTreeMap<Option<SourceName>, Vec<&'a Identifier>>,
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
    /// What makes a source's own Patient look like somebody else than `identity` named.
    pub(super) doubts: Vec<(SourceName, Doubt)>,
    /// Deaths that sources' own Patients record.
    pub(super) deaths: Vec<(SourceName, Death)>,
}

/// Sorts everything that came. Numbers are given in an order of its own, so that the order in which
/// answers, pages and resources happened to arrive changes nothing but the order of the fates.
pub(super) fn route<'a>(request: &Request<'_>, answers: &'a [Answer]) -> Routed<'a> {
    let mut routed = Routed::default();
    let mut sent = Vec::new();
    let arrived = arrival::all(answers);
    routed.order = arrived.iter().map(|one| one.place).collect();
    for one in &arrived {
        routed.learn_numbers(one.record, one.answer);
    }
    for (number, one) in arrived.into_iter().enumerate() {
        routed.records.push(one.record);
        if routed.admits(number, one.record, one.answer, request.patient) {
            sent.push((number, one.answer, one.at));
        }
    }
    let came: BTreeSet<&str> = routed.names(|_| true);
    let held: BTreeSet<&str> = routed.names(is_undelivered);
    for (statement, answer) in arrival::statements(answers) {
        if !held.contains(statement.resource.as_str()) {
            routed.hear(statement, answer, request, &came);
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

impl<'a> Routed<'a> {
    /// The names of the resources that are `wanted`.
    fn names(&self, wanted: fn(&Record) -> bool) -> BTreeSet<&'a str> {
        let records = self.records.iter().copied();
        records
            .filter(|record| wanted(record))
            .map(|record| record.resource.as_str())
            .collect()
    }

    /// How many resources that documents name in `section` did not come.
    pub(super) fn unresolved(&self, section: SectionName) -> usize {
        let of_section = |empty: &&Empty<'_>| empty.section == section;
        let empties = self.empties.iter().filter(of_section);
        empties.map(|empty| empty.missing).sum()
    }

    /// Keeps the numbers of the patient's own resource.
    fn learn_numbers(&mut self, record: &'a Record, answer: &Answer) {
        let is_own = answer.subject.is_some() && record.subject.reference == answer.subject;
        if let (Content::Patient(own), true) = (&record.content, is_own) {
            let numbers = self.own_numbers.entry(answer.source).or_default();
            numbers.extend(&own.identifiers);
        }
    }

    /// Whose `subject` is: the reference must be the patient's, and no number may be another's.
    fn whose(&self, subject: &Subject, answer: &Answer, patient: Option<&Patient>) -> Whose {
        let own = self.own_numbers.get(&answer.source);
        match subject::whose(subject, answer, patient) {
            Whose::This if subject::is_contradicted(subject, own, patient) => Whose::Another,
            whose @ (Whose::This | Whose::Another | Whose::Nobody) => whose,
        }
    }

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
            let (fate, why) = self.banner_fate(record, answer, patient);
            self.fates.insert(number, (fate, why));
            return false;
        }
        let whose = self.whose(&record.subject, answer, patient);
        let fate = match (whose, &place) {
            (Whose::Another, _) => {
                self.other_patient += 1;
                Some((Fate::Withheld, "other patient".to_owned()))
            }
            (_, Place::Nowhere(why)) => Some((Fate::NotForThisScreen, nowhere(record, why))),
            (Whose::Nobody, Place::In(section)) => {
                self.no_subject += 1;
                *self
                    .obscure
                    .entry((Some(*section), answer.source))
                    .or_default() += 1;
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
    fn banner_fate(
        &mut self,
        record: &'a Record,
        answer: &Answer,
        known: Option<&Patient>,
    ) -> (Fate, String) {
        // One id on two servers: the reader names the second by its address.
        let own_name = record.subject.reference.as_ref();
        let lives_elsewhere = own_name.is_some_and(|name| Some(name) != answer.subject.as_ref());
        let is_one_id = answer.subject.as_ref() == Some(&record.resource);
        if !is_one_id || lives_elsewhere {
            // What names the id alone could be either's: that is said.
            self.banner_differs += usize::from(is_one_id);
            self.other_patient += 1;
            return (Fate::Withheld, "other patient".to_owned());
        }
        if let (Some(source), Some(known), Content::Patient(sent)) =
            (answer.source, known, &record.content)
        {
            let doubts = subject::doubts(known, sent).into_iter();
            self.doubts.extend(doubts.map(|doubt| (source, doubt)));
            self.deaths.extend(sent.death.map(|death| (source, death)));
        }
        if let Some(first) = self.banner {
            let is_one_name = first.resource == record.resource;
            self.banner_differs +=
                usize::from(is_one_name && differs(&first.content, &record.content));
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
                if let Some(section) = section {
                    let source = answer.source.unwrap_or(default_source(section));
                    *self.unreadable.entry((section, source)).or_default() += 1;
                } else {
                    self.unreadable_anywhere += 1;
                    *self.obscure.entry((None, answer.source)).or_default() += 1;
                }
            }
            Place::Banner | Place::Nowhere(_) => {}
        }
    }

    /// How many resources may belong to `section` at `source`, and nobody can tell.
    pub(super) fn obscure(&self, section: SectionName, source: SourceName) -> usize {
        self.obscure
            .iter()
            .filter(|((of, at), _)| {
                of.is_none_or(|of| of == section) && at.is_none_or(|at| at == source)
            })
            .map(|(_, count)| count)
            .sum()
    }

    /// A resource that stands for "none" or "no information" is no row.
    fn take_absence(
        &mut self,
        number: usize,
        record: &'a Record,
        section: SectionName,
        source: SourceName,
        absence: absent::Absence<'a>,
    ) {
        let words = absence.words.to_owned();
        let mut said = statement::of(&record.origin, absence.when, source, words);
        let why = if let Some(reason) = absence.reason {
            self.empties.push(Empty {
                section,
                source,
                reason,
                missing: 0,
                said,
            });
            "says that nothing is known, in the section's words"
        } else {
            if absence.refuted {
                said.denial = Denial::Refuted;
            } else if absence.in_words {
                said.denial = Denial::Unconfirmed;
            }
            self.none.push((section, said));
            "says that there is none, in the section's words"
        };
        self.fates.insert(number, (Fate::Shown, why.to_owned()));
    }

    /// Takes a statement about a whole section, if it is about this patient and was not withdrawn.
    /// A source that was asked answers for each section itself: only of files a document tells what
    /// is missing. `came` are the names of all that came.
    fn hear(
        &mut self,
        heard: &'a Statement,
        answer: &Answer,
        request: &Request<'_>,
        came: &BTreeSet<&str>,
    ) {
        let standing = statement::standing(heard.status.as_deref());
        if standing == Standing::Withdrawn {
            return;
        }
        let is_ours = matches!(
            self.whose(&heard.subject, answer, request.patient),
            Whose::This
        );
        let Some(section) = classify::about(&heard.about).filter(|_| is_ours) else {
            return;
        };
        let source = answer.source.unwrap_or(default_source(section));
        let about = super::row::words_of(&heard.about).unwrap_or_default();
        let said = |words| statement::of(&heard.origin, heard.date, source, words);
        let (reason, missing) = match &heard.says {
            Says::Empty(reason) if reason == "nilknown" => {
                let text = words::states::words(request.language);
                let words = (text.nilknown)(about);
                let (words, denial) = match standing {
                    Standing::Provisional => ((text.provisional)(&words), Denial::Unconfirmed),
                    Standing::Past | Standing::Withdrawn => (words, Denial::Past),
                    Standing::Valid => (words, Denial::Whole),
                };
                let none = NoneStatement {
                    denial,
                    ..said(words)
                };
                self.none.push((section, none));
                return;
            }
            Says::Empty(reason) => (reason.as_str(), 0),
            Says::InText => (IN_TEXT, 0),
            Says::Refers(targets) => (UNRESOLVED, missing(targets, came)),
        };
        if reason == UNRESOLVED && (missing == 0 || !request.files) {
            return;
        }
        self.empties.push(Empty {
            section,
            source,
            reason,
            missing,
            said: said(about.to_owned()),
        });
    }
}

/// How many of the resources that a section names came from nowhere: an address is compared by its
/// type and id.
fn missing(targets: &[String], came: &BTreeSet<&str>) -> usize {
    let has_come = |target: &&String| {
        let mut parts = target.rsplitn(3, '/');
        let (id, kind) = (parts.next().unwrap_or_default(), parts.next());
        kind.is_some_and(|kind| came.contains(format!("{kind}/{id}").as_str()))
    };
    targets.iter().filter(|target| !has_come(target)).count()
}

/// Whether two resources of one id name two people.
fn differs(left: &Content, right: &Content) -> bool {
    let (Content::Patient(left), Content::Patient(right)) = (left, right) else {
        return false;
    };
    let clash = |left: Option<String>, right: Option<String>| {
        left.zip(right).is_some_and(|(left, right)| left != right)
    };
    let birth = |patient: &Patient| patient.birth_date.map(|date| date.to_string());
    let sex = |patient: &Patient| patient.sex.map(|sex| format!("{sex:?}"));
    subject::bears_another_name(left, right)
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
