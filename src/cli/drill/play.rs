//! The drill as it happens: through a real ledger in a scratch folder, at its own time.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretSlice;

use crate::{
    domain::{
        access::{AccountId, Basis, FacilityId, Grant, GrantId, NodeId, TerminalId},
        clock::{Clock, Moment},
        event::{Content, Draft, Event, Method, View, Who},
        section::{Freshness, Language, Look, SectionName, SourceName, State},
    },
    ledger::{self, Ledger, RootSecrets},
    registry::{Account, Facility, FacilityKind, NewAccount, Registry, SqliteStore},
    review::{self, Case, List, Refused, Review, Wanted},
};

use super::{
    dice::SeededEntropy,
    plan::{Act, Opening, Plan},
    town::Town,
};

/// Why a drill could not be played.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    #[error(transparent)]
    Registry(#[from] crate::registry::Error),
    #[error(transparent)]
    Review(#[from] review::Error),
    #[error("a list of the drill was refused: {0}")]
    List(#[from] Refused),
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    #[error("the drill's own numbers do not fit")]
    Broken,
}

/// Time as the drill says it.
struct DrillClock(Mutex<Moment>);

impl DrillClock {
    /// Moves to an instant; the wall clock may be wrong by so many seconds.
    fn set(&self, at: DateTime<Utc>, first: DateTime<Utc>, wrong: i64) {
        let passed = at.signed_duration_since(first).to_std();
        let moment = Moment {
            wall: at + TimeDelta::seconds(wrong),
            since_boot: passed.unwrap_or(Duration::ZERO) + Duration::from_hours(1),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }
}

impl Clock for DrillClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hospital() -> FacilityId {
    FacilityId("drill".to_owned())
}

/// A drill being played.
struct Stage<'a> {
    plan: &'a Plan,
    ledger: Ledger,
    review: Review,
    clock: Arc<DrillClock>,
    grants: BTreeMap<usize, GrantId>,
    wrong: i64,
}

/// Plays the plan in a folder; every case with its number in the plan, as it stands four days
/// after the end.
pub(super) async fn play(
    plan: &Plan,
    folder: &Path,
    seed: u64,
) -> Result<Vec<(usize, Case)>, Error> {
    let clock = Arc::new(DrillClock(Mutex::new(Moment {
        wall: plan.at(0, 0),
        since_boot: Duration::from_hours(1),
    })));
    // The folder is a scratch folder: nobody's data is sealed with this.
    let key = SecretSlice::from(vec![7; 32]);
    let settings = ledger::Settings {
        folder: folder.to_owned(),
        node: NodeId("drill".to_owned()),
        key: RootSecrets::from(key.clone()),
        commit_deadline: Duration::from_secs(30),
    };
    let entropy = Arc::new(SeededEntropy::new(seed));
    let ledger = Ledger::open(settings, clock.clone(), entropy)?;
    let registry = Registry::new(Arc::new(SqliteStore::open(folder)?), &key, clock.clone());
    enrol(&registry, &plan.town).await?;
    let review = Review::new(
        ledger.clone(),
        registry,
        review::Settings::default(),
        clock.clone(),
    );
    let mut stage = Stage {
        plan,
        ledger,
        review,
        clock,
        grants: BTreeMap::new(),
        wrong: 0,
    };
    for (at, act) in &plan.acts {
        stage.act(*at, act).await?;
    }
    stage.cases().await
}

/// The hospital and its staff, who never sign in: their names and sign-in names are looked up.
async fn enrol(registry: &Registry, town: &Town) -> Result<(), Error> {
    registry
        .add_facility(Facility {
            id: hospital(),
            name: "訓練病院".to_owned(),
            kind: FacilityKind::Hospital,
            number: None,
            disaster: None,
        })
        .await?;
    for employee in &town.staff {
        let citizen = town.citizen(employee.citizen).ok_or(Error::Broken)?;
        let account = Account {
            id: AccountId(employee.id.clone()),
            facility: hospital(),
            sign_in: employee.id.clone(),
            name: citizen.name.clone(),
            role: employee.role,
            language: Language::Ja,
            epoch: 1,
            grants_from: 1,
            factors_given: None,
            permission: None,
            glass_used: None,
            created: None,
            disabled: None,
            delegation: None,
            as_of: None,
        };
        registry
            .add_account(NewAccount {
                account,
                password: None,
                authenticators: Vec::new(),
            })
            .await?;
    }
    Ok(())
}

impl Stage<'_> {
    async fn act(&mut self, at: DateTime<Utc>, act: &Act) -> Result<(), Error> {
        if let Act::Step(seconds) = act {
            self.wrong += seconds;
        }
        self.clock.set(at, self.plan.started(), self.wrong);
        match act {
            Act::SignIn {
                account,
                terminal,
                factor,
            } => {
                let mut draft = self.draft(*account, *terminal, Event::SignedIn)?;
                if let Some(who) = &mut draft.who {
                    who.second_factor = *factor;
                }
                self.ledger.append(draft).await?;
            }
            Act::Search { account, listed } => self.search(*account, listed).await?,
            Act::Open(opening) => self.open(opening).await?,
            Act::Show(case) => self.show(*case).await?,
            Act::Identify(case, by) => {
                let grant = self.grant(*case)?;
                self.say(Event::Identified { grant, by: *by }).await?;
            }
            Act::End(case, end) => {
                let grant = self.grant(*case)?;
                self.say(Event::GrantEnded { grant, end: *end }).await?;
            }
            Act::List(kind, text) => {
                let facility = hospital();
                self.review
                    .take_list(&facility, *kind, text.as_bytes())
                    .await?;
            }
            // Whatever is written next shows it.
            Act::Step(_) => {
                let what = "drill".to_owned();
                self.say(Event::LedgerRead { what }).await?;
            }
        }
        Ok(())
    }

    fn draft(&self, account: usize, terminal: u8, event: Event) -> Result<Draft, Error> {
        let employee = self.plan.town.staff.get(account).ok_or(Error::Broken)?;
        Ok(Draft {
            who: Some(Who {
                account: AccountId(employee.id.clone()),
                role: employee.role,
                second_factor: crate::domain::event::SecondFactor::Totp,
                accounts_as_of: None,
            }),
            facility: hospital(),
            terminal: Some(TerminalId(format!("terminal-{terminal}"))),
            address: None,
            request: None,
            person: None,
            event,
        })
    }

    /// What nobody at a terminal causes.
    async fn say(&self, event: Event) -> Result<(), Error> {
        let draft = Draft {
            who: None,
            facility: hospital(),
            terminal: None,
            address: None,
            request: None,
            person: None,
            event,
        };
        self.ledger.append(draft).await?;
        Ok(())
    }

    fn grant(&self, case: usize) -> Result<GrantId, Error> {
        self.grants.get(&case).cloned().ok_or(Error::Broken)
    }

    async fn search(&self, account: usize, listed: &[usize]) -> Result<(), Error> {
        let mut keys = Vec::new();
        for number in listed {
            let citizen = self.plan.town.citizen(*number).ok_or(Error::Broken)?;
            let person = citizen.person().ok_or(Error::Broken)?;
            keys.push(self.ledger.patient_key(&hospital(), &person.number));
        }
        let event = Event::Searched {
            mode: "insurance".to_owned(),
            asked: String::new(),
            hits: Some(keys.len()),
            listed: keys,
        };
        self.ledger.append(self.draft(account, 0, event)?).await?;
        Ok(())
    }

    async fn open(&mut self, opening: &Opening) -> Result<(), Error> {
        let employee = self.plan.town.staff.get(opening.account);
        let employee = employee.ok_or(Error::Broken)?;
        let citizen = self.plan.town.citizen(opening.patient);
        let person = citizen.and_then(super::town::Citizen::person);
        let person = person.ok_or(Error::Broken)?;
        let grant = Grant {
            id: self.ledger.new_grant_id(),
            account: AccountId(employee.id.clone()),
            role: employee.role,
            facility: hospital(),
            terminal: TerminalId(format!("terminal-{}", opening.terminal)),
            patient_key: self.ledger.patient_key(&hospital(), &person.number),
            person,
            basis: Basis::Emergency,
            reason: Some(opening.reason),
            judged_by: None,
            note: None,
            found_by: opening.found_by,
            identified_by: None,
            consent: None,
            flags: opening.flags.clone(),
            renews: None,
            epoch: 1,
            start: self.clock.now(),
            span: Duration::from_hours(4),
        };
        self.grants.insert(opening.case, grant.id.clone());
        let event = Event::GrantStarted(Box::new(grant));
        let mut draft = self.draft(opening.account, opening.terminal, event)?;
        if let Some(who) = &mut draft.who {
            who.second_factor = opening.factor;
        }
        self.ledger.append(draft).await?;
        Ok(())
    }

    async fn show(&self, case: usize) -> Result<(), Error> {
        let view = View {
            grant: self.grant(case)?,
            method: Method::Screen,
            look: Look::Emergency,
            language: Language::Ja,
            sections: vec![(SectionName::Drugs, State::Present, 7)],
            sources: vec![(SourceName::Emr, Freshness::Fresh)],
            duration_ms: 180,
            shown: Content::new(b"{}".as_slice()),
        };
        self.say(Event::Viewed(Box::new(view))).await
    }

    /// Every case four days after the end.
    async fn cases(&self) -> Result<Vec<(usize, Case)>, Error> {
        let first = self.plan.started();
        self.clock
            .set(self.plan.at(self.plan.days + 4, 0), first, 0);
        let numbers: BTreeMap<&GrantId, usize> = self
            .grants
            .iter()
            .map(|(number, grant)| (grant, *number))
            .collect();
        let mut cases = Vec::new();
        let mut wanted = Wanted {
            list: List::All,
            ..Wanted::default()
        };
        loop {
            let page = self.review.work(&hospital(), &wanted).await?;
            for case in page.cases {
                let number = numbers.get(&case.grant).ok_or(Error::Broken)?;
                cases.push((*number, case));
            }
            if !page.has_more {
                return Ok(cases);
            }
            wanted.page += 1;
        }
    }
}
