//! One run as a hospital sees it: without a name until it has accepted and asked to see it.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::Viewer,
    domain::{
        access::{Action, Grant},
        handoff::{
            DeclineReason, Handoff, HandoffId, Incoming, Inquiry, InquiryState, Stage, StageWord,
        },
    },
    web::{asset::Asset, context::Context, error::Problem, form::Fields, text::Text},
};

use super::{
    Frame, Names, TagPart, Touch,
    asking::{TalkPart, standing},
    frame, language, named,
    report::{Report, WhoPart},
    respond, stage, time_of_day, when,
    whose::Whose,
};

/// What the page is made of, besides the run.
#[derive(Clone, Copy)]
pub(in crate::web) struct Desk<'a> {
    pub(in crate::web) names: &'a Names,
    /// A word for the next step.
    pub(in crate::web) step: &'a str,
    pub(in crate::web) now: DateTime<Utc>,
}

/// The run.
#[derive(Template)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one part of the page is there"
)]
#[template(path = "pages/incoming.html")]
pub(in crate::web) struct IncomingPage {
    frame: Frame,
    t: &'static Text,
    script: String,
    step: String,
    /// When the inquiry was made that is answered here, in milliseconds.
    asked: i64,
    url: String,
    tag: TagPart,
    department: String,
    flash: Option<String>,
    who: Option<WhoPart>,
    /// Who it is can be said: once the patient is here.
    whose: Option<Whose>,
    /// Who is shown, as a candidate for the glass.
    glass: Option<String>,
    report: Option<Report>,
    /// Whether the patient is still to come.
    is_coming: bool,
    may_answer: bool,
    may_talk: bool,
    may_reveal: bool,
    may_receive: bool,
    only: Option<&'static str>,
    reasons: Vec<Touch>,
    note: String,
    question: String,
    received_by: String,
    arrival: Option<String>,
    inquiries: Vec<(String, TagPart, String)>,
    talk: Vec<TalkPart>,
    status: StatusCode,
}

impl IncomingPage {
    fn bare(
        context: &Context,
        viewer: &Viewer,
        id: &HandoffId,
        (desk, inquiries): (Desk<'_>, &[Inquiry]),
    ) -> Self {
        let t = context.text();
        let url = format!("/board/{id}");
        let mut frame = frame(context, viewer, t.handoff.board.incoming, &url);
        frame.stay.clone_from(&url);
        frame.lock_after = None;
        let tag = TagPart {
            tone: "past",
            word: t.handoff.board.incoming.to_owned(),
        };
        let reasons = DeclineReason::ALL.iter();
        let reason = |one: &DeclineReason| {
            Touch::picked(one.word().to_owned(), one.name(language(t)), false)
        };
        let mut page = Self {
            frame,
            t,
            script: Asset::Handoff.url(),
            step: desk.step.to_owned(),
            asked: inquiries
                .last()
                .map_or(0, |last| last.asked.timestamp_millis()),
            url,
            tag,
            department: String::new(),
            flash: None,
            who: None,
            whose: None,
            glass: None,
            report: None,
            is_coming: false,
            may_answer: false,
            may_talk: false,
            may_reveal: false,
            may_receive: false,
            only: None,
            reasons: reasons.map(reason).collect(),
            note: String::new(),
            question: String::new(),
            received_by: viewer.name.clone(),
            arrival: None,
            inquiries: inquiries.iter().map(|one| own(one, desk.now, t)).collect(),
            talk: Vec::new(),
            status: StatusCode::OK,
        };
        if let Some(last) = inquiries.last() {
            page.tag = standing(last, desk.now, t).0;
        }
        page
    }

    /// Without a name, for a hospital that is asked or has accepted.
    pub(in crate::web) fn of_incoming(
        context: &Context,
        viewer: &Viewer,
        incoming: &Incoming,
        desk: Desk<'_>,
    ) -> Self {
        let own: Vec<Inquiry> = incoming.inquiry.iter().cloned().collect();
        let mut page = Self::bare(context, viewer, &incoming.id, (desk, &own));
        let t = page.t;
        let state = own.last().map(|inquiry| &inquiry.state);
        let is_clinician = viewer.role.may(Action::Accept);
        let is_asked = state == Some(&InquiryState::Asked);
        let is_accepted = matches!(state, Some(InquiryState::Accepted { .. }));
        let is_open = !matches!(incoming.stage, StageWord::HandedOver | StageWord::Ended);
        page.is_coming = is_open;
        page.may_answer = is_asked && is_clinician;
        page.may_talk = is_clinician && is_open;
        page.may_reveal = is_accepted && is_clinician;
        page.may_receive = is_clinician && is_accepted && incoming.stage == StageWord::Arriving;
        page.only = (!is_clinician).then_some(t.handoff.board.only_clinicians);
        page.department = named(desk.names, &incoming.department);
        page.talk = own
            .last()
            .map(|inquiry| TalkPart::all(&inquiry.talk, desk.now, t))
            .unwrap_or_default();
        if is_accepted {
            page.tag = stage(incoming.stage, language(t));
        }
        page.report = Some(Report::of_incoming(incoming, desk.now, t));
        page
    }

    /// With who it is and the whole report. That it is shown is recorded before.
    pub(in crate::web) fn revealed(
        context: &Context,
        viewer: &Viewer,
        handoff: &Handoff,
        desk: Desk<'_>,
    ) -> Self {
        let mut incoming = handoff.without_identity();
        incoming.inquiry = handoff.inquiry(&viewer.facility).cloned();
        let mut page = Self::of_incoming(context, viewer, &incoming, desk);
        page.who = Some(WhoPart::of(handoff, page.t));
        page.report = Some(Report::of_handoff(handoff, desk.now, page.t));
        page.frame.lock_after = Some(super::super::lock::after(viewer));
        if let Stage::HandedOver {
            crew_name,
            hospital_name,
            at,
            ..
        } = &handoff.stage
        {
            let said = page.t.handoff.asking.handed_over;
            let here = &viewer.facility_name;
            page.arrival = Some(said(here, crew_name, hospital_name, &time_of_day(*at)));
        }
        page
    }

    /// With the way to say whose report it is, or that it is somebody else's: once the patient was
    /// handed over, by the viewer's own open grants.
    pub(in crate::web) fn with_link(mut self, handoff: &Handoff, grants: &[Arc<Grant>]) -> Self {
        if matches!(handoff.stage, Stage::HandedOver { .. }) {
            self.whose = Some(Whose::new(handoff, grants, self.t));
        }
        self
    }

    /// With the way to the record of who is shown.
    pub(in crate::web) fn with_glass(mut self, candidate: String) -> Self {
        self.glass = Some(candidate);
        self
    }

    /// Nothing of the form: the hospital's own inquiries with their times.
    pub(in crate::web) fn gone(
        context: &Context,
        viewer: &Viewer,
        (id, inquiries): (&HandoffId, &[Inquiry]),
        desk: Desk<'_>,
    ) -> Self {
        Self::bare(context, viewer, id, (desk, inquiries))
    }

    /// With what was typed, and why it was not taken.
    pub(in crate::web) fn refused(
        mut self,
        sent: &Fields,
        why: &'static str,
        status: StatusCode,
    ) -> Self {
        self.flash = Some(why.to_owned());
        self.note = sent.take("note");
        self.question = sent.take("ask_back");
        if sent.names().any(|name| name == "received_by") {
            self.received_by = sent.take("received_by");
        }
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

/// An inquiry to this hospital: when it was asked, how it stands, since when.
fn own(inquiry: &Inquiry, now: DateTime<Utc>, t: &'static Text) -> (String, TagPart, String) {
    let (tag, said) = standing(inquiry, now, t);
    (
        (t.handoff.asking.asked_at)(&when(inquiry.asked, now)),
        tag,
        said,
    )
}
