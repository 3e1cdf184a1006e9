//! The crew's form: every touch is one, and works without a script.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::Viewer,
    domain::{
        access::{AccountId, FacilityId, Grant},
        clock::japanese_time,
        handoff::{Handoff, HandoffId, Party, Stage, WhyEnded},
    },
    web::{
        asset::Asset, context::Context, error::Problem, form::Fields, text::Text,
        views::crew_scripts,
    },
};

use super::{
    AlertPart, EtaPart, Frame, Names, TagPart, Touch,
    asking::{Askable, InquiryPart},
    frame, language, named,
    parts::{self, DonePart, LinesPart, TimePart, Touches},
    report::Report,
    respond, stage, time_of_day,
    vitals::{self, Pickers, SetPart},
    when,
    whose::Whose,
};

/// What the page is made of.
pub(in crate::web) struct Open<'a> {
    pub(in crate::web) handoff: &'a Handoff,
    pub(in crate::web) names: &'a Names,
    /// The hospitals that can be asked.
    pub(in crate::web) hospitals: &'a [(FacilityId, String)],
    /// The patients whom this member of the crew has open.
    pub(in crate::web) grants: &'a [Arc<Grant>],
    /// A word for the next step.
    pub(in crate::web) step: String,
    pub(in crate::web) now: DateTime<Utc>,
}

/// The form.
#[derive(Template)]
#[template(path = "pages/handoff.html")]
pub(in crate::web) struct HandoffPage {
    frame: Frame,
    t: &'static Text,
    script: String,
    /// The scripts that keep what is touched, where the page is for a tablet without a connection.
    drafts: Option<[String; 3]>,
    step: String,
    url: String,
    unit: String,
    tag: TagPart,
    saved: String,
    flash: Option<String>,
    eta: Option<EtaPart>,
    is_open: bool,
    /// Whether hospitals can be asked now.
    may_ask: bool,
    touches: Touches,
    typed: Typed,
    whose: Whose,
    columns: Vec<&'static str>,
    sets: Vec<SetPart>,
    pickers: Pickers,
    done: Vec<DonePart>,
    lines: Vec<LinesPart>,
    alerts: Vec<AlertPart>,
    away: Vec<AlertPart>,
    times: Vec<TimePart>,
    odd: Vec<String>,
    inquiries: Vec<InquiryPart>,
    askable: Vec<Askable>,
    /// How arrival stands, where the crew has arrived.
    arrival: Option<String>,
    /// Whether the crew goes somewhere and has not arrived.
    may_arrive: bool,
    ends: Vec<Touch>,
    log: Vec<(String, &'static str, String)>,
    /// The form as it is read, once nothing can be changed.
    report: Option<Report>,
    status: StatusCode,
}

/// What is typed: as it stands, and as it was typed where that could not be taken.
pub(super) struct Typed {
    known: Vec<(&'static str, String)>,
    sent: Option<Fields>,
}

impl Typed {
    fn of(handoff: &Handoff, by: &str) -> Self {
        let form = &handoff.form;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let birth_date = form.patient.birth_date.map(|date| date.to_string());
        Self {
            known: vec![
                ("name", text(&form.patient.name)),
                ("kana", text(&form.patient.kana)),
                ("birth_date", text(&birth_date)),
                ("label", text(&form.patient.label)),
                ("complaint_note", form.complaint.note.clone()),
                ("mechanism_note", form.mechanism.note.clone()),
                ("finding_note", form.findings.note.clone()),
                ("course", form.course.clone()),
                ("by", by.to_owned()),
            ],
            sent: None,
        }
    }

    /// As it stands.
    fn was(&self, name: &str) -> &str {
        let known = self.known.iter().find(|(known, _)| *known == name);
        known.map_or("", |(_, value)| value)
    }

    /// What the field shows.
    fn value(&self, name: &str) -> &str {
        match &self.sent {
            Some(sent) if sent.names().any(|known| known == name) => sent.get(name),
            _ => self.was(name),
        }
    }
}

impl HandoffPage {
    /// The form as it stands.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, open: Open<'_>) -> Self {
        let url = format!("/handoffs/{}", open.handoff.id);
        let mut frame = frame(context, viewer, context.text().handoff.form.title, &url);
        frame.stay.clone_from(&url);
        // A page on which nobody is named need not be hidden from who passes by.
        if !names_somebody(open.handoff) {
            frame.lock_after = None;
        }
        Self::in_frame(frame, context.text(), (open, &viewer.name))
    }

    /// The form without anything in it: a tablet keeps it, and shows it where there is no
    /// connection. Nobody is signed in on it, and nothing of any run is in it.
    pub(in crate::web) fn offline(context: &Context, now: DateTime<Utc>) -> Self {
        let t = context.text();
        let nobody = Party {
            account: AccountId(String::new()),
            facility: FacilityId(String::new()),
            name: String::new(),
            is_crew: true,
        };
        let id = HandoffId("offline".to_owned());
        let empty = Handoff::begin(id, String::new(), &nobody, now);
        let open = Open {
            handoff: &empty,
            names: &Names::new(),
            hospitals: &[],
            grants: &[],
            step: String::new(),
            now,
        };
        let frame = Frame::new(context, None, t.handoff.form.title);
        Self {
            drafts: Some(crew_scripts()),
            flash: Some(t.handoff.away.hint.to_owned()),
            saved: String::new(),
            ..Self::in_frame(frame, t, (open, ""))
        }
    }

    fn in_frame(frame: Frame, t: &'static Text, (open, by): (Open<'_>, &str)) -> Self {
        let language = language(t);
        let Open {
            handoff,
            names,
            now,
            ..
        } = open;
        let form = &handoff.form;
        let (alerts, away) = parts::alerts(handoff, language);
        let is_open = handoff.stage.is_open();
        Self {
            frame,
            t,
            script: Asset::Handoff.url(),
            drafts: None,
            unit: handoff.unit.clone(),
            tag: stage(handoff.stage.word(), language),
            saved: (t.handoff.form.saved)(&japanese_time(now).format("%H:%M:%S").to_string()),
            flash: None,
            eta: form
                .eta
                .filter(|_| is_open)
                .map(|eta| EtaPart::of(eta, now, t)),
            is_open,
            may_ask: matches!(handoff.stage, Stage::Open),
            touches: Touches::new(form, t),
            typed: Typed::of(handoff, by),
            whose: Whose::new(handoff, open.grants, t).with_copying(),
            columns: vitals::columns(t),
            sets: SetPart::all(form.vitals.iter(), now, t),
            pickers: Pickers::new(|_| Vec::new(), t),
            done: DonePart::all(form, t),
            lines: LinesPart::all(form, t),
            alerts,
            away,
            times: parts::times(form, now, t),
            odd: parts::odd_times(form, now, t),
            inquiries: InquiryPart::all(handoff, names, now, t),
            askable: Askable::all(handoff, open.hospitals),
            arrival: arrival(handoff, names, t),
            may_arrive: matches!(handoff.stage, Stage::Accepted { .. }),
            ends: ends(language),
            log: log(handoff, names, now, t),
            report: (!is_open).then(|| Report::of_handoff(handoff, now, t)),
            step: open.step,
            url: format!("/handoffs/{}", handoff.id),
            status: StatusCode::OK,
        }
    }

    /// Whether it is for a tablet without a connection: what stands on other forms is not known.
    const fn is_offline(&self) -> bool {
        self.drafts.is_some()
    }

    /// With what was typed and chosen, and why it was not taken.
    pub(in crate::web) fn refused(
        mut self,
        sent: &Fields,
        why: String,
        status: StatusCode,
    ) -> Self {
        self.flash = Some(why);
        self.pickers = Pickers::new(|name| sent.all(name), self.t);
        let chosen = sent.all("hospital");
        for hospital in &mut self.askable {
            hospital.choose(&chosen);
        }
        self.typed.sent = Some(sent.clone());
        self.status = status;
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        respond(&self, &self.frame, self.status)
    }
}

/// Whether anything on the form tells who the patient is, or what the record says.
fn names_somebody(handoff: &Handoff) -> bool {
    let patient = &handoff.form.patient;
    handoff.linked.is_some()
        || patient.name.is_some()
        || patient.kana.is_some()
        || patient.birth_date.is_some()
        || !handoff.form.lines.is_empty()
}

fn arrival(handoff: &Handoff, names: &Names, t: &'static Text) -> Option<String> {
    let said = &t.handoff.asking;
    match &handoff.stage {
        Stage::Arriving { crew_name, .. } => Some((said.waits)(crew_name)),
        Stage::HandedOver {
            hospital,
            crew_name,
            hospital_name,
            at,
            ..
        } => {
            let hospital = named(names, hospital);
            Some((said.handed_over)(
                &hospital,
                crew_name,
                hospital_name,
                &time_of_day(*at),
            ))
        }
        Stage::Open | Stage::Accepted { .. } | Stage::Ended { .. } => None,
    }
}

fn ends(language: crate::domain::section::Language) -> Vec<Touch> {
    let all = WhyEnded::ALL.iter();
    all.map(|why| Touch::picked(why.word().to_owned(), why.name(language), false))
        .collect()
}

fn log(
    handoff: &Handoff,
    names: &Names,
    now: DateTime<Utc>,
    t: &'static Text,
) -> Vec<(String, &'static str, String)> {
    let all = handoff.log.iter().rev();
    all.map(|one| {
        let hospital = one.hospital.as_ref().map(|hospital| named(names, hospital));
        (
            when(one.at, now),
            (t.handoff.happened)(&one.word),
            hospital.unwrap_or_default(),
        )
    })
    .collect()
}
