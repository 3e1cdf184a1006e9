//! One run as both sides see it.

mod alerts;
mod interleaved;
mod known;
mod measured;
mod record;
mod steps;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, Patient};

/// 09:00 in Japan on an ordinary day, and minutes after.
fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_640_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn facility(word: &str) -> FacilityId {
    FacilityId(word.to_owned())
}

fn row(word: &str) -> RowId {
    RowId::new(word).unwrap()
}

fn step_id(word: &str) -> StepId {
    StepId::new(word).unwrap()
}

fn party(account: &str, of: &str, is_crew: bool) -> Party {
    Party {
        account: AccountId(account.to_owned()),
        facility: facility(of),
        name: account.to_owned(),
        is_crew,
    }
}

fn crew() -> Party {
    party("captain", "fire", true)
}

fn at_hospital(of: &str) -> Party {
    party(&format!("nurse-of-{of}"), of, false)
}

/// The run with nothing in it.
fn begun() -> Handoff {
    let id = HandoffId("n1.run".to_owned());
    Handoff::begin(id, "第1救急隊".to_owned(), &crew(), at(0))
}

/// A run, its clock and its step ids.
struct Run {
    handoff: Handoff,
    steps: i64,
}

impl Run {
    fn new() -> Self {
        Self {
            handoff: begun(),
            steps: 0,
        }
    }

    fn try_step(&mut self, by: &Party, step: Step) -> Result<Taken, Refused> {
        self.steps += 1;
        let id = step_id(&format!("s{}", self.steps));
        self.handoff.apply(id, by, step, at(self.steps))
    }

    fn crew(&mut self, step: Step) {
        assert_eq!(self.try_step(&crew(), step), Ok(Taken::New));
    }

    fn hospital(&mut self, of: &str, step: Step) {
        assert_eq!(self.try_step(&at_hospital(of), step), Ok(Taken::New));
    }

    fn edit(&mut self, changes: &[Change]) {
        self.crew(Step::Edit(changes.to_vec()));
    }

    fn ask(&mut self, hospitals: &[&str]) {
        self.crew(ask(hospitals));
    }

    /// How the last inquiry to a hospital stands.
    fn state(&self, hospital: &str) -> &'static str {
        self.handoff
            .inquiry(&facility(hospital))
            .map_or("none", |inquiry| inquiry.state.word())
    }

    fn stage(&self) -> StageWord {
        self.handoff.stage.word()
    }
}

fn ask(hospitals: &[&str]) -> Step {
    Step::Ask {
        hospitals: hospitals.iter().map(|word| facility(word)).collect(),
    }
}

fn withdraw(hospital: &str) -> Step {
    Step::Withdraw {
        hospital: facility(hospital),
    }
}

fn decline() -> Step {
    Step::Decline {
        reason: DeclineReason::Beds,
        note: String::new(),
    }
}

fn arrive(by: &str) -> Step {
    Step::Arrive { by: by.to_owned() }
}

fn receive(by: &str) -> Step {
    Step::Receive { by: by.to_owned() }
}

/// A link to a person with this number and name.
fn link(number: &str, name: &str) -> Link {
    Link {
        person: Person {
            number: MemberNumber::parse(&format!("00012345:ア:{number}:01")).unwrap(),
            system: MEMBER_NUMBER_SYSTEM.to_owned(),
            patient: Some(Patient {
                name: Some(name.to_owned()),
                ..Patient::default()
            }),
        },
        patient_key: PatientKey(format!("key-{number}")),
        found_by: FoundBy::Card,
        identified_by: None,
        grant: None,
    }
}

/// A line as the record proposes it.
fn line(id: &str, text: &str) -> RecordLine {
    RecordLine {
        id: row(id),
        part: Part::Allergies,
        text: text.to_owned(),
        source: Some(crate::domain::section::SourceName::Emr),
        date: None,
        standing: Standing::Proposed,
        by_crew: false,
    }
}

fn propose(of: &str, lines: &[RecordLine]) -> Step {
    Step::Propose {
        person: Box::new(link(of, "").person),
        grant: GrantId("g1".to_owned()),
        lines: lines.to_vec(),
    }
}

fn vital(id: &str, minutes: i64) -> VitalSet {
    VitalSet::new(row(id), at(minutes))
}

/// A run with a link and a line of the record, handed over to the first of three hospitals.
fn handed_over() -> Run {
    let mut run = Run::new();
    run.edit(&[Change::Name("患者名".to_owned())]);
    run.crew(Step::Link(Box::new(link("1", "記録名"))));
    run.crew(propose("1", &[line("r1", "記録の卵")]));
    run.ask(&["a", "b", "c"]);
    run.hospital("c", decline());
    run.hospital("a", Step::Accept);
    run.crew(arrive("隊長"));
    run.hospital("a", receive("看護師"));
    run
}
