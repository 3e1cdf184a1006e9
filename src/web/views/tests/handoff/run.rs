//! A run for the tests of the pages, with everything that a form can hold.

use chrono::{DateTime, Duration, Utc};

use crate::{
    domain::{
        access::{AccountId, FacilityId, FoundBy, GrantId, PatientKey},
        handoff::{
            Acuity, AgeBand, Change, Complaint, Done, Finding, Gcs, Handoff, HandoffId, Incoming,
            Jcs, Label, Link, Mechanism, Part, Party, RecordLine, RowId, Standing, Step, StepId,
            TimePoint, Treatment, VitalSet,
        },
        patient::Sex,
        section::SourceName,
    },
    web::views::sample,
};

/// What an attacker would like to see run.
pub(super) const NASTY: &str = "<script>alert(1)</script>";
/// The name that the crew typed.
pub(super) const TYPED: &str = "鈴木 次郎";

pub(super) fn now() -> DateTime<Utc> {
    sample::now().wall
}

pub(super) fn hospital() -> FacilityId {
    FacilityId("f1".into())
}

pub(super) fn crew() -> Party {
    Party {
        account: AccountId("a9".into()),
        facility: FacilityId("d1".into()),
        name: "阿部 隊長".into(),
        is_crew: true,
    }
}

pub(super) fn staff(facility: &str) -> Party {
    Party {
        account: AccountId(format!("a-{facility}")),
        facility: FacilityId(facility.into()),
        name: "佐藤 一郎".into(),
        is_crew: false,
    }
}

/// A run, and what was done with it before.
pub(super) struct Run {
    pub(super) handoff: Handoff,
    pub(super) steps: usize,
}

impl Run {
    pub(super) fn begun() -> Self {
        let id = HandoffId("n1.run".into());
        let begun = now() - Duration::minutes(25);
        Self {
            handoff: Handoff::begin(id, format!("湾岸救急1 {NASTY}"), &crew(), begun),
            steps: 0,
        }
    }

    pub(super) fn step(mut self, by: &Party, step: Step) -> Self {
        self.steps += 1;
        let id = StepId::new(&format!("s-{}", self.steps)).unwrap();
        let at = now() - Duration::minutes(20);
        self.handoff.apply(id, by, step, at).unwrap();
        self
    }

    /// With everything that a form can hold.
    pub(super) fn filled() -> Self {
        let row = |word: &str| RowId::new(word).unwrap();
        let set = VitalSet {
            jcs: Jcs::parse("30-R"),
            gcs: Gcs::new(2, None, 5),
            pulse: Some(120),
            systolic: Some(80),
            diastolic: Some(96),
            spo2: Some(93),
            oxygen_tenths: Some(100),
            temperature_tenths: Some(986),
            ..VitalSet::new(row("v1"), now() - Duration::minutes(12))
        };
        let later = VitalSet {
            jcs: Jcs::parse("3"),
            gcs: Gcs::new(3, Some(4), 6),
            pulse: Some(104),
            ..VitalSet::new(row("v2"), now() - Duration::minutes(2))
        };
        Self::begun()
            .step(
                &crew(),
                Step::Edit(vec![
                    Change::Name(TYPED.into()),
                    Change::AgeBand(Some(AgeBand::Seventies)),
                    Change::Sex(Some(Sex::Male)),
                    Change::PatientLabel(format!("赤い上着 {NASTY}")),
                    Change::Complaint(Complaint::Weakness, true),
                    Change::Complaint(Complaint::Fever, true),
                    Change::ComplaintNote(NASTY.into()),
                    Change::Mechanism(Mechanism::FellLevel, true),
                    Change::Finding(Finding::FaceDroop, true),
                    Change::FindingNote(NASTY.into()),
                    Change::Vital(set),
                    Change::Vital(later),
                    Change::Label(Label::Infection, true),
                    Change::Acuity(Some(Acuity::Red)),
                    Change::Time(TimePoint::Called, Some(now() - Duration::minutes(24))),
                    Change::Time(TimePoint::Contacted, Some(now() - Duration::minutes(25))),
                    Change::Eta(Some(now() + Duration::minutes(7))),
                    Change::Course(NASTY.into()),
                    Change::Line {
                        id: row("l1"),
                        part: Part::Other,
                        text: format!("独居 {NASTY}"),
                    },
                ]),
            )
            .step(
                &crew(),
                Step::Edit(vec![Change::Treatment(Done {
                    id: row("t1"),
                    what: Treatment::Oxygen,
                    at: Some(now() - Duration::minutes(11)),
                    note: NASTY.into(),
                    struck: false,
                })]),
            )
    }

    /// The same with the patient known and lines of the record.
    pub(super) fn linked() -> Self {
        let known = Link {
            person: sample::grant().person,
            patient_key: PatientKey("k-1f2e".into()),
            found_by: FoundBy::Insurance,
            identified_by: None,
            grant: Some(GrantId("n.linked".into())),
        };
        let line = |id: &str, part, text: &str| RecordLine {
            id: RowId::new(id).unwrap(),
            part,
            text: text.to_owned(),
            source: Some(SourceName::Emr),
            date: None,
            standing: Standing::Proposed,
            by_crew: false,
        };
        Self::filled()
            .step(&crew(), Step::Link(Box::new(known)))
            .step(
                &crew(),
                Step::Propose {
                    person: Box::new(sample::grant().person),
                    grant: GrantId("n.linked".into()),
                    lines: vec![
                        line("r1", Part::Allergies, "ペニシリン アナフィラキシー"),
                        line("r2", Part::Medications, "ワルファリン 11/30分まで調剤"),
                    ],
                },
            )
            .step(
                &crew(),
                Step::Edit(vec![Change::Standing(
                    RowId::new("r2").unwrap(),
                    Standing::Struck,
                )]),
            )
    }

    pub(super) fn asked(self) -> Self {
        let hospitals = vec![hospital(), FacilityId("f2".into())];
        let text = format!("酸素の流量は？ {NASTY}");
        self.step(&crew(), Step::Ask { hospitals })
            .step(&staff("f1"), Step::AskBack { text })
    }

    pub(super) fn accepted(self) -> Self {
        self.asked().step(&staff("f1"), Step::Accept)
    }

    pub(super) fn handed_over(self) -> Self {
        self.accepted()
            .step(
                &crew(),
                Step::Arrive {
                    by: "阿部".into()
                },
            )
            .step(&staff("f1"), Step::Receive { by: "森".into() })
    }

    pub(super) fn row(&self) -> Incoming {
        self.handoff.board_row(&hospital()).unwrap()
    }
}
