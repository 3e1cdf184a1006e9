//! The room over a real ledger and a real registry: two fire departments, three hospitals.

mod board;
mod closed;
mod document;
mod grants;
mod link;
mod mass;
mod meanwhile;
mod race;
mod reveal;
mod roles;
mod steps;

use std::{path::Path, sync::Arc};

use chrono::TimeDelta;
use secrecy::SecretSlice;
use tokio_util::task::TaskTracker;

use super::{Actor, Done, Error, Handoffs, Opened};
use crate::{
    domain::{
        access::{AccountId, FacilityId, Grant, RequestId, Role, TerminalId},
        event::{Draft, Event, SecondFactor, Who},
        handoff::{Change, DeclineReason, HandoffId, StageWord, Step, StepId, Taken},
        section::{Language, Look, State},
        summary::{Accounting, Header, Item, Section, Strip, Summary},
    },
    ledger::{
        Ledger, ReadEntry,
        testing::{self, Counting, Still},
    },
    registry::{Facility, FacilityKind, Registry, SqliteStore, Store as _},
};

/// Ledger, registry, and the service over both.
struct World {
    folder: tempfile::TempDir,
    ledger: Ledger,
    clock: Arc<Still>,
    entropy: Arc<Counting>,
    tasks: TaskTracker,
    room: Handoffs,
}

impl World {
    fn new() -> Self {
        let clock = Still::new();
        Self::with(clock.clone(), clock)
    }

    /// With a clock of the ledger's own.
    fn with(clock: Arc<Still>, of_ledger: Arc<dyn crate::domain::clock::Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Arc::new(Counting::default());
        let ledger =
            Ledger::open(testing::settings(folder.path()), of_ledger, entropy.clone()).unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).unwrap());
        for (id, kind) in [
            ("fire1", FacilityKind::Fire),
            ("fire2", FacilityKind::Fire),
            ("h1", FacilityKind::Hospital),
            ("h2", FacilityKind::Hospital),
            ("h3", FacilityKind::Hospital),
        ] {
            let facility = Facility {
                id: place(id),
                name: format!("施設 {id}"),
                kind,
                number: None,
                disaster: None,
            };
            store.add_facility(&facility).unwrap();
        }
        let registry = registry(store, &clock);
        let tasks = TaskTracker::new();
        let room = Handoffs::new(
            registry,
            ledger.clone(),
            clock.clone(),
            entropy.clone(),
            tasks.clone(),
        );
        Self {
            folder,
            ledger,
            clock,
            entropy,
            tasks,
            room,
        }
    }

    /// The same registry and ledger as another node has them: nothing in memory is shared.
    fn another_node(&self) -> Handoffs {
        let store = Arc::new(SqliteStore::open(self.folder.path()).unwrap());
        let registry = registry(store, &self.clock);
        let (ledger, clock) = (self.ledger.clone(), self.clock.clone());
        let (entropy, tasks) = (self.entropy.clone(), self.tasks.clone());
        Handoffs::new(registry, ledger, clock, entropy, tasks)
    }

    fn pass(&self, span: TimeDelta) {
        self.clock.step(span, span.to_std().unwrap());
    }

    async fn begun(&self, word: &str) -> HandoffId {
        let begun = self.room.begin(&crew(), &step_id(word), "救急 1").await;
        begun.unwrap()
    }

    /// A handoff about which hospitals were asked.
    async fn asked(&self, word: &str, hospitals: &[&str]) -> HandoffId {
        let id = self.begun(word).await;
        self.take(&crew(), &id, ask(hospitals)).await;
        id
    }

    /// A step that is to be taken now.
    async fn take(&self, actor: &Actor, id: &HandoffId, step: Step) -> Done {
        let done = self.room.step(actor, id, &self.fresh(), step).await;
        let done = done.unwrap();
        assert_eq!(done.taken, Taken::New);
        done
    }

    async fn refused(&self, actor: &Actor, id: &HandoffId, step: Step) -> Error {
        let refused = self.room.step(actor, id, &self.fresh(), step).await;
        refused.unwrap_err()
    }

    /// The id of a step that nobody took yet.
    fn fresh(&self) -> StepId {
        step_id(
            &data_encoding::HEXLOWER.encode(&crate::domain::entropy::random::<8>(&*self.entropy)),
        )
    }

    /// The last entries of a facility, newest first, opened.
    async fn entries(&self, facility: &str) -> Vec<ReadEntry> {
        self.ledger.recent(&place(facility), 200).await.unwrap()
    }

    /// Their words, oldest first; of steps the step.
    async fn said(&self, facility: &str) -> Vec<String> {
        let entries = self.entries(facility).await;
        let said = entries.iter().rev().map(|entry| match &*entry.event {
            "handoff_step" => entry.word("step").unwrap().to_owned(),
            "refused" => format!(
                "refused {} {}",
                entry.word("what").unwrap(),
                entry.word("why").unwrap()
            ),
            other => other.to_owned(),
        });
        said.collect()
    }

    /// An open grant of the crew, for the patient with this number.
    async fn grant(&self, number: &str) -> Arc<Grant> {
        self.grant_of(&crew(), number).await
    }

    /// An open grant of somebody's own.
    async fn grant_of(&self, actor: &Actor, number: &str) -> Arc<Grant> {
        let person = testing::person(number);
        let grant = Grant {
            account: actor.who.account.clone(),
            role: actor.who.role,
            facility: actor.facility.clone(),
            patient_key: self.ledger.patient_key(&actor.facility, &person.number),
            start: crate::domain::clock::Clock::now(&*self.clock),
            ..testing::grant(&self.ledger, number)
        };
        let event = Event::GrantStarted(Box::new(grant.clone()));
        let draft = Draft {
            facility: actor.facility.clone(),
            person: Some(person),
            who: Some(actor.who.clone()),
            ..testing::draft(event)
        };
        self.ledger.append(draft).await.unwrap();
        self.ledger.grant(&grant.id).unwrap()
    }

    /// The crew links the patient with this number.
    async fn linked(&self, id: &HandoffId, number: &str) -> Arc<Grant> {
        let grant = self.grant(number).await;
        let linked = self.room.link(&crew(), id, &self.fresh(), &grant).await;
        assert_eq!(linked.unwrap().taken, Taken::New);
        grant
    }
}

fn registry(store: Arc<SqliteStore>, clock: &Arc<Still>) -> Registry {
    Registry::new(store, &SecretSlice::from(vec![7; 32]), clock.clone())
}

fn place(id: &str) -> FacilityId {
    FacilityId(id.to_owned())
}

fn step_id(word: &str) -> StepId {
    StepId::new(word).unwrap()
}

fn actor(facility: &str, account: &str, role: Role) -> Actor {
    Actor {
        who: Who {
            account: AccountId(account.to_owned()),
            role,
            second_factor: SecondFactor::Totp,
            accounts_as_of: None,
        },
        name: format!("{account} の人"),
        facility: place(facility),
        is_crew: role == Role::Paramedic,
        terminal: TerminalId("t1".to_owned()),
        address: None,
        request: RequestId("r1".to_owned()),
    }
}

fn crew() -> Actor {
    actor("fire1", "crew1", Role::Paramedic)
}

fn other_crew() -> Actor {
    actor("fire2", "crew2", Role::Paramedic)
}

fn physician(hospital: &str) -> Actor {
    actor(hospital, &format!("dr-{hospital}"), Role::Physician)
}

fn ask(hospitals: &[&str]) -> Step {
    Step::Ask {
        hospitals: hospitals.iter().map(|id| place(id)).collect(),
    }
}

fn named(name: &str) -> Step {
    Step::Edit(vec![Change::Name(name.to_owned())])
}

fn decline() -> Step {
    Step::Decline {
        reason: DeclineReason::Beds,
        note: String::new(),
    }
}

fn by(name: &str) -> String {
    name.to_owned()
}

/// Whether a text stands readable in a file of this folder.
fn holds(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap();
    files.into_iter().any(|file| {
        let path = file.unwrap().path();
        path.is_file()
            && std::fs::read(&path)
                .unwrap()
                .windows(text.len())
                .any(|part| part == text.as_bytes())
    })
}
