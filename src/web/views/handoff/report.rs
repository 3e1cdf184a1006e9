//! The report as it is read: by the hospital, on the sheet, and by the crew once it is over.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        handoff::{Differs, Handoff, Incoming, Label},
        patient::MemberNumber,
    },
    web::text::Text,
};

use super::{
    AcuityPart, AlertPart, EtaPart, labels, language,
    parts::{self, DonePart, LinesPart, TimePart},
    said,
    vitals::{self, SetPart},
    whom_of,
};

/// What was reported. What a reader may not see is not in it.
pub(super) struct Report {
    pub(super) unit: String,
    pub(super) whom: String,
    pub(super) label: Option<String>,
    pub(super) complaint: Option<String>,
    pub(super) mechanism: Option<String>,
    pub(super) columns: Vec<&'static str>,
    pub(super) sets: Vec<SetPart>,
    pub(super) labels: Vec<&'static str>,
    pub(super) alerts: Vec<AlertPart>,
    pub(super) acuity: Option<AcuityPart>,
    pub(super) eta: Option<EtaPart>,
    /// What only the crew and the hospital that accepted see.
    pub(super) whole: Option<Whole>,
}

/// The rest of it.
pub(super) struct Whole {
    pub(super) findings: Option<String>,
    pub(super) done: Vec<DonePart>,
    pub(super) course: String,
    pub(super) lines: Vec<LinesPart>,
    pub(super) times: Vec<TimePart>,
    pub(super) odd: Vec<String>,
}

/// Who it is.
pub(super) struct WhoPart {
    pub(super) name: Option<String>,
    pub(super) kana: String,
    pub(super) birth_date: Option<String>,
    pub(super) number: Option<String>,
    pub(super) from_record: bool,
    /// Where the crew entered something else.
    pub(super) differs: Vec<String>,
}

/// In which crew and record differ, in words.
pub(super) fn differs(handoff: &Handoff, t: &'static Text) -> Vec<String> {
    let words = &t.handoff.form;
    let said = |one: &Differs| match one {
        Differs::Name(name) => (words.differs)(words.name, name),
        Differs::BirthDate(born) => (words.differs)(words.birth_date, &born.to_string()),
        Differs::Sex(sex) => (words.differs)(words.sex, (t.words.sex)(*sex)),
        Differs::AgeBand(band) => (words.differs)(words.age, band.name(language(t))),
    };
    handoff.differs().iter().map(said).collect()
}

impl WhoPart {
    pub(super) fn of(handoff: &Handoff, t: &'static Text) -> Self {
        let identity = handoff.identity();
        Self {
            differs: differs(handoff, t),
            name: identity.name.clone(),
            kana: identity.kana.clone().unwrap_or_default(),
            birth_date: identity.birth_date.map(|date| date.to_string()),
            number: identity.number.as_ref().map(MemberNumber::tail),
            from_record: identity.from_record,
        }
    }
}

impl Report {
    /// Without identities.
    pub(super) fn of_incoming(incoming: &Incoming, now: DateTime<Utc>, t: &'static Text) -> Self {
        let language = language(t);
        let complaint = incoming.complaint.choices.iter();
        let mechanism = incoming.mechanism.choices.iter();
        let alert = |alert| AlertPart::of(alert, false, language);
        Self {
            unit: incoming.unit.clone(),
            whom: whom_of(incoming.age_band, incoming.sex, t),
            label: incoming.label.clone(),
            complaint: said(
                complaint.map(|one| one.name(language)),
                &incoming.complaint.note,
                t,
            ),
            mechanism: said(
                mechanism.map(|one| one.name(language)),
                &incoming.mechanism.note,
                t,
            ),
            columns: vitals::columns(t),
            sets: SetPart::all(incoming.vitals.iter(), now, t),
            labels: labels(incoming.labels.iter().collect::<Vec<&Label>>(), language),
            alerts: incoming.alerts.iter().map(alert).collect(),
            acuity: incoming
                .acuity
                .map(|acuity| AcuityPart::of(acuity, language)),
            eta: incoming.eta.map(|eta| EtaPart::of(eta, now, t)),
            whole: None,
        }
    }

    /// Everything but who it is.
    pub(super) fn of_handoff(handoff: &Handoff, now: DateTime<Utc>, t: &'static Text) -> Self {
        let form = &handoff.form;
        let findings = form.findings.choices.iter();
        let findings = findings.map(|one| one.name(language(t)));
        Self {
            whole: Some(Whole {
                findings: said(findings, &form.findings.note, t),
                done: DonePart::all(form, t),
                course: form.course.clone(),
                lines: LinesPart::all(form, t),
                times: parts::times(form, now, t),
                odd: parts::odd_times(form, now, t),
            }),
            ..Self::of_incoming(&handoff.without_identity(), now, t)
        }
    }
}
