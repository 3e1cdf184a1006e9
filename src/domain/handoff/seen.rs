//! What a facility may know of a run.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Acuity, AgeBand, Alert, Complaint, Handoff, HandoffId, Inquiry, InquiryState, Label, Mechanism,
    Said, Stage, StageWord, VitalSet,
};
use crate::domain::{
    access::FacilityId,
    clock::japanese_time,
    date::Date,
    patient::{MemberNumber, Sex},
};

/// Who the patient is, as far as anybody said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Name.
    pub name: Option<String>,
    /// Name in kana.
    pub kana: Option<String>,
    /// Birth date.
    pub birth_date: Option<Date>,
    /// Sex.
    pub sex: Option<Sex>,
    /// The number the shared records know the patient by.
    pub number: Option<MemberNumber>,
    /// Whether the record says so, not the crew.
    pub from_record: bool,
}

/// A run without identities: it has no place for name, kana, birth date, number or a line of the
/// record, so that no board can show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Which run.
    pub id: HandoffId,
    /// Of which fire department.
    pub department: FacilityId,
    /// 隊名
    pub unit: String,
    /// When the run began.
    pub begun: DateTime<Utc>,
    /// [`Handoff::version`]
    pub version: u64,
    /// How it stands.
    pub stage: StageWord,
    /// When the crew said it had arrived.
    pub arrived: Option<DateTime<Utc>>,
    /// When the hospital took over.
    pub handed_over: Option<DateTime<Utc>>,
    /// The inquiry of the facility that looks; `None` where none looks.
    pub inquiry: Option<Inquiry>,
    /// About how old.
    pub age_band: Option<AgeBand>,
    /// Sex.
    pub sex: Option<Sex>,
    /// What an unidentified patient goes by.
    pub label: Option<String>,
    /// 主訴
    pub complaint: Said<Complaint>,
    /// 受傷機転
    pub mechanism: Said<Mechanism>,
    /// バイタル, those struck left out.
    pub vitals: Vec<VitalSet>,
    /// What to get ready for.
    pub labels: BTreeSet<Label>,
    /// Suggested alerts.
    pub alerts: Vec<Alert>,
    /// 重症度・緊急度
    pub acuity: Option<Acuity>,
    /// When the crew expects to arrive.
    pub eta: Option<DateTime<Utc>>,
}

impl Incoming {
    /// Whether it should have arrived, and has not.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        let is_under_way = matches!(self.stage, StageWord::Open | StageWord::Accepted);
        is_under_way && self.eta.is_some_and(|eta| eta < now)
    }
}

/// What one facility may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The department's own: everything, and after the handover all but what the record said.
    Crew(Box<Handoff>),
    /// Asked: no identity.
    Asked(Box<Incoming>),
    /// Accepted: with identity; what the crew settled with other hospitals is left out. To show it
    /// is an entry.
    Accepted(Box<Handoff>),
    /// Declined, taken or withdrawn: the hospital's own inquiries with their times, never the form.
    Gone(Vec<Inquiry>),
}

impl Handoff {
    /// What a facility may know of it; `None` where it was never asked.
    #[must_use]
    pub fn seen_by(&self, facility: &FacilityId) -> Option<Sight> {
        if *facility == self.department {
            return Some(Sight::Crew(Box::new(self.for_crew())));
        }
        let inquiry = self.inquiry(facility)?;
        Some(match inquiry.state {
            InquiryState::Asked => Sight::Asked(Box::new(self.incoming(inquiry))),
            InquiryState::Accepted { .. } => Sight::Accepted(Box::new(self.for_hospital(facility))),
            InquiryState::Declined { .. }
            | InquiryState::Withdrawn { .. }
            | InquiryState::Taken { .. } => Sight::Gone(self.inquiries_of(facility)),
        })
    }

    /// The row of a hospital's board: while it is asked, and from its acceptance on. Without
    /// identity in either case.
    #[must_use]
    pub fn board_row(&self, hospital: &FacilityId) -> Option<Incoming> {
        let inquiry = self.inquiry(hospital)?;
        inquiry.state.is_live().then(|| self.incoming(inquiry))
    }

    /// The run without identities.
    #[must_use]
    pub fn without_identity(&self) -> Incoming {
        let form = &self.form;
        let (arrived, handed_over) = match &self.stage {
            Stage::Arriving { at, .. } => (Some(*at), None),
            Stage::HandedOver { arrived, at, .. } => (Some(*arrived), Some(*at)),
            Stage::Open | Stage::Accepted { .. } | Stage::Ended { .. } => (None, None),
        };
        Incoming {
            id: self.id.clone(),
            department: self.department.clone(),
            unit: self.unit.clone(),
            begun: self.begun,
            version: self.version,
            stage: self.stage.word(),
            arrived,
            handed_over,
            inquiry: None,
            age_band: self.age_band(),
            sex: self.identity().sex,
            label: form.patient.label.clone(),
            complaint: form.complaint.clone(),
            mechanism: form.mechanism.clone(),
            vitals: form.valid_vitals().cloned().collect(),
            labels: form.labels.clone(),
            alerts: self.alerts(),
            acuity: form.acuity,
            eta: form.eta,
        }
    }

    /// Who the patient is: as the record says where the run is linked and the record says it, else
    /// as the crew typed.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let typed = &self.form.patient;
        let number = self.linked.as_ref().map(|link| link.person.number.clone());
        let known = self
            .linked
            .as_ref()
            .and_then(|link| link.person.patient.as_ref());
        let Some(known) = known else {
            return Identity {
                name: typed.name.clone(),
                kana: typed.kana.clone(),
                birth_date: typed.birth_date.map(Date::Day),
                sex: typed.sex,
                number,
                from_record: false,
            };
        };
        Identity {
            name: known.name.clone().or_else(|| typed.name.clone()),
            kana: known.kana.clone().or_else(|| typed.kana.clone()),
            birth_date: known.birth_date.or(typed.birth_date.map(Date::Day)),
            sex: known.sex.or(typed.sex),
            number,
            from_record: true,
        }
    }

    /// About how old: by the birth date where one is known, else as the crew touched.
    #[must_use]
    pub fn age_band(&self) -> Option<AgeBand> {
        let today = japanese_time(self.begun).date_naive();
        self.identity()
            .birth_date
            .and_then(|birth| AgeBand::at(birth, today))
            .or(self.form.patient.age_band)
    }

    fn incoming(&self, inquiry: &Inquiry) -> Incoming {
        Incoming {
            inquiry: Some(inquiry.clone()),
            ..self.without_identity()
        }
    }

    /// The hospital's own inquiries without what was talked: an answer may name the patient.
    fn inquiries_of(&self, hospital: &FacilityId) -> Vec<Inquiry> {
        let own = |inquiry: &&Inquiry| inquiry.hospital == *hospital;
        let bare = |inquiry: &Inquiry| Inquiry {
            talk: Vec::new(),
            ..inquiry.clone()
        };
        self.inquiries.iter().filter(own).map(bare).collect()
    }

    /// The crew's access to the record ends with the handover; what it typed stays its own.
    fn for_crew(&self) -> Self {
        let mut own = self.clone();
        if !self.stage.is_open() {
            own.drop_record();
        }
        own
    }

    fn for_hospital(&self, hospital: &FacilityId) -> Self {
        let mut its = self.clone();
        its.inquiries
            .retain(|inquiry| inquiry.hospital == *hospital);
        its.log.retain(|happened| {
            happened
                .hospital
                .as_ref()
                .is_none_or(|named| named == hospital)
                && (happened.facility == self.department || happened.facility == *hospital)
        });
        its.told.clear();
        its.grants.clear();
        if let Some(link) = &mut its.linked {
            link.grant = None;
        }
        its
    }
}

impl AgeBand {
    /// The band of somebody born then, on that day; `None` where the birth date is too vague to
    /// tell, or lies in the future.
    #[must_use]
    pub fn at(birth: Date, today: NaiveDate) -> Option<Self> {
        let youngest = Self::born(birth.last_day(), today)?;
        (Self::born(birth.first_day(), today)? == youngest).then_some(youngest)
    }

    fn born(birth: NaiveDate, today: NaiveDate) -> Option<Self> {
        let days = today.signed_duration_since(birth).num_days();
        if (0..28).contains(&days) {
            return Some(Self::Newborn);
        }
        Some(match today.years_since(birth)? {
            0 => Self::Infant,
            1..=6 => Self::Toddler,
            7..=14 => Self::Child,
            15..=19 => Self::Youth,
            20..=29 => Self::Twenties,
            30..=39 => Self::Thirties,
            40..=49 => Self::Forties,
            50..=59 => Self::Fifties,
            60..=69 => Self::Sixties,
            70..=79 => Self::Seventies,
            80..=89 => Self::Eighties,
            _ => Self::Nineties,
        })
    }
}
