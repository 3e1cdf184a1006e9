//! Grants under random orders of start, view, end, renewal, correction, restart and death.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    super::{
        Error, Ledger,
        testing::{correct, end, grant_with_id, open_seeded, start, view},
    },
    left_by_a_kill,
};
use crate::domain::access::{AccountId, End, Grant, GrantId};

#[derive(Clone, Copy, Debug)]
enum Step {
    Start(usize),
    View(usize),
    End(usize, End),
    /// The second takes the place of the first.
    Renew(usize, usize),
    Correct(usize),
    Restart,
    /// The process is killed between two commits.
    Kill,
    /// It is killed while this end is on its way to the disk.
    KillWithin(usize, End),
}

/// Patients; and grants of each, of which a later one may take an earlier one's place.
const PATIENTS: usize = 3;
const EACH: usize = 3;
const ALL: usize = PATIENTS * EACH;

fn step() -> impl Strategy<Value = Step> {
    let ends = prop::sample::select(End::ALL.to_vec());
    prop_oneof![
        5 => (0..ALL).prop_map(Step::Start),
        4 => (0..ALL).prop_map(Step::View),
        4 => (0..ALL, ends).prop_map(|(n, end)| Step::End(n, end)),
        5 => (0..ALL, 0..ALL).prop_map(|(old, new)| Step::Renew(old, new)),
        2 => (0..ALL).prop_map(Step::Correct),
        1 => Just(Step::Restart),
    ]
}

/// The same, and a process that may die at any step.
fn step_or_death() -> impl Strategy<Value = Step> {
    let ends = prop::sample::select(End::ALL.to_vec());
    prop_oneof![
        12 => step(),
        1 => Just(Step::Kill),
        2 => (0..ALL, ends).prop_map(|(n, end)| Step::KillWithin(n, end)),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    New,
    Open,
    Over(End),
}

/// Grant `n` is for patient `n / EACH`.
fn patient(n: usize) -> String {
    format!("{}7", n / EACH)
}

/// What the ledger should hold.
struct Model {
    lives: [Life; ALL],
    entries: u64,
}

impl Model {
    /// How many entries the step writes; `None` where it must be refused.
    fn take(&mut self, step: Step) -> Option<u64> {
        let (n, from, to, written) = match step {
            Step::Start(n) => (n, Life::New, Life::Open, 1),
            Step::View(n) => (n, Life::Open, Life::Open, 1),
            Step::End(n, end) | Step::KillWithin(n, end) => (n, Life::Open, Life::Over(end), 1),
            Step::Correct(n) if self.lives[n] == Life::New => return None,
            Step::Correct(n) => (n, self.lives[n], self.lives[n], 1),
            Step::Renew(old, new) => {
                let fits = old != new && old / EACH == new / EACH && self.lives[old] == Life::Open;
                if !fits || self.lives[new] != Life::New {
                    return None;
                }
                self.lives[old] = Life::Over(End::Renewed);
                (new, Life::New, Life::Open, 2)
            }
            Step::Restart | Step::Kill => {
                let open = self.lives.iter_mut().filter(|life| **life == Life::Open);
                for life in open {
                    *life = Life::Over(End::Restart);
                    self.entries += 1;
                }
                return Some(0);
            }
        };
        if self.lives[n] != from {
            return None;
        }
        self.lives[n] = to;
        self.entries += written;
        Some(written)
    }
}

/// A ledger and what it should hold.
struct Play {
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
    seed: u16,
    ledger: Option<Ledger>,
    grants: Vec<Grant>,
    model: Model,
}

impl Play {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let folder = tempfile::tempdir().unwrap();
        let ledger = open_seeded(folder.path(), 0);
        let grant = |n| grant_with_id(&ledger, &patient(n), GrantId(format!("n1.g{n}")));
        Self {
            runtime: { runtime }.enable_time().build().unwrap(),
            seed: 0,
            grants: (0..ALL).map(grant).collect(),
            ledger: Some(ledger),
            folder,
            model: Model {
                lives: [Life::New; ALL],
                entries: 0,
            },
        }
    }

    fn open(&self) -> &Ledger {
        self.ledger.as_ref().unwrap()
    }

    fn reopened(&mut self) {
        self.seed += 1;
        self.ledger = Some(open_seeded(self.folder.path(), self.seed));
    }

    fn die(&mut self) {
        let left = left_by_a_kill(self.folder.path());
        self.ledger = None;
        self.folder = left;
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let grants = &self.grants;
        let draft = match step {
            Step::Start(n) => start(&grants[n]),
            Step::View(n) => view(&grants[n].id, "{}"),
            Step::End(n, why) => end(&grants[n].id, why),
            Step::Correct(n) => correct(&grants[n].id),
            Step::Renew(old, new) => {
                let renews = Some(grants[old].id.clone());
                start(&Grant {
                    renews,
                    ..grants[new].clone()
                })
            }
            Step::Restart => {
                self.ledger = None;
                self.reopened();
                self.model.take(step);
                return Ok(());
            }
            Step::Kill => {
                self.die();
                self.reopened();
                self.model.take(step);
                return Ok(());
            }
            Step::KillWithin(n, why) => return self.killed_within(n, why),
        };
        let before = self.model.entries;
        let answer = self.runtime.block_on(self.open().append(draft));
        match self.model.take(step) {
            Some(_) => prop_assert_eq!(answer.unwrap().seq, before + 1),
            None => prop_assert!(matches!(answer, Err(Error::GrantNotOpen)), "{step:?}"),
        }
        Ok(())
    }

    /// The writer has the entry, nobody has its answer: it is in the files or it is not.
    fn killed_within(&mut self, n: usize, why: End) -> Result<(), TestCaseError> {
        let ledger = self.open().clone();
        let draft = end(&self.grants[n].id, why);
        let mut asked = Box::pin(async move { ledger.append(draft).await });
        self.runtime.block_on(async {
            let waker = futures_util::task::noop_waker();
            let mut context = std::task::Context::from_waker(&waker);
            drop(asked.as_mut().poll(&mut context));
        });
        self.die();
        drop(asked);
        let found = super::verified(self.folder.path()).entries;
        if found > self.model.entries {
            self.model.take(Step::KillWithin(n, why));
        }
        prop_assert_eq!(found, self.model.entries);
        self.reopened();
        self.model.take(Step::Kill);
        Ok(())
    }

    /// The ledger says of every grant what it should.
    fn says_so(&self) -> Result<(), TestCaseError> {
        let (open, account) = (self.open(), AccountId("a1".to_owned()));
        for (grant, life) in self.grants.iter().zip(self.model.lives) {
            prop_assert_eq!(open.grant(&grant.id).is_some(), life == Life::Open);
            // Told to its owner, also after a restart.
            let ended = match life {
                Life::New | Life::Open => None,
                Life::Over(end) => Some(end),
            };
            prop_assert_eq!(open.end_for(&grant.id, &account), ended);
            prop_assert_eq!(open.end_for(&grant.id, &AccountId("a2".to_owned())), None);
            let past = open.past(&grant.id);
            prop_assert_eq!(past.is_some(), life != Life::New);
            prop_assert_eq!(past.and_then(|past| past.ended).map(|ended| ended.0), ended);
        }
        for (n, grant) in self.grants.iter().enumerate() {
            let of_patient = &self.model.lives[n / EACH * EACH..][..EACH];
            let objected = of_patient.contains(&Life::Over(End::Objected));
            prop_assert_eq!(
                open.has_objected(&grant.facility, &grant.patient_key),
                objected
            );
        }
        Ok(())
    }

    /// The files say so too: one end for each that is over, none for the others.
    fn stands_written(mut self) -> Result<(), TestCaseError> {
        self.ledger = None;
        let reader = super::read(self.folder.path(), None).unwrap();
        let verified = reader.verify().unwrap();
        prop_assert_eq!(verified.fault, None);
        prop_assert_eq!(verified.entries, self.model.entries);
        let mut ends: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut renewed = Vec::new();
        let read = reader.for_each(|entry| {
            let grant = entry.grant.clone().unwrap().0;
            // What takes a place stands right before the end of what had it.
            if let Some(old) = renewed.pop() {
                assert_eq!((&*entry.event, &grant), ("grant_ended", &old));
            }
            if let Some(old) = entry.fields.get("renews") {
                renewed.push(old.as_str().unwrap().to_owned());
            }
            if entry.event == "grant_ended" {
                let end = entry.fields["end"].as_str().unwrap().to_owned();
                ends.entry(grant).or_default().push(end);
            }
            std::ops::ControlFlow::Continue(())
        });
        read.unwrap();
        for (grant, life) in self.grants.iter().zip(self.model.lives) {
            let expected = match life {
                Life::New | Life::Open => vec![],
                Life::Over(end) => vec![end.word().to_owned()],
            };
            prop_assert_eq!(ends.remove(&grant.id.0).unwrap_or_default(), expected);
        }
        Ok(())
    }

    fn all(mut self, steps: Vec<Step>) -> Result<(), TestCaseError> {
        for step in steps {
            self.take(step)?;
            self.says_so()?;
        }
        self.stands_written()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_grant_has_one_end_and_shows_only_while_open(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        Play::new().all(steps)?;
    }

    #[test]
    fn every_grant_has_one_end_where_the_process_is_killed_between_and_within_commits(
        steps in prop::collection::vec(step_or_death(), 1..40),
    ) {
        Play::new().all(steps)?;
    }
}
