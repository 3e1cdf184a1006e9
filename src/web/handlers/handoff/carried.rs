//! What a crew's tablet hands over as codes on its screen, where it has no connection: the key that
//! it signs with, and the hospital's page on which they are scanned.

use std::io::Read as _;

use actix_web::{HttpResponse, web::Data};
use chrono::{DateTime, TimeDelta, Utc};
use flate2::read::DeflateDecoder;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    access::Handed,
    domain::handoff::{Codes, HandoffId, Refused, RowId, Step, StepId},
    handoff::{Actor, Error},
    web::{
        error::Problem,
        form::Fields,
        guard::{Accept, Guarded, Handoff, Posted},
        handlers::see_other,
        text::Text,
        views::handoff::codes::{CodesPage, Left},
    },
};

use super::{
    HandoffDesk, actor,
    changes::{self, Reading},
    crew::{arrived, said, time_of_arrival, unit, unread},
    handoff_id, step_id,
    typed::AGO,
};

/// Bytes of the largest content, unpacked: a tablet keeps less.
const LARGEST: u64 = 256 * 1024;
/// Touches that are taken at once; a run has some dozens.
const TOUCHES: usize = 500;

/// What a tablet seals.
#[derive(Deserialize)]
struct Carried {
    /// Milliseconds since 1970 by the server's clock, where the tablet knows it, when the codes were made.
    made: Option<i64>,
    /// The run; empty where its beginning is among the touches.
    run: String,
    touches: Vec<Touch>,
}

/// One touch: what it does, the page's word for the step, what the form said, and how many seconds
/// before the codes were made.
#[derive(Deserialize)]
struct Touch(String, String, Vec<(String, String)>, String);

/// `POST /handoffs/codes`: with what a tablet signs and seals from now on, for its script.
pub(in crate::web) async fn key(
    posted: Posted<Handoff>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let public = posted.fields.get("public");
    let made = desk.access.code_key(&posted.viewer, public)?;
    let made = made.ok_or(Problem::Malformed)?;
    Ok(HttpResponse::Ok().json(json!({"key": made.key.as_str(), "pass": made.pass})))
}

/// `GET /board/codes`
pub(in crate::web) async fn get(
    guarded: Guarded<Accept>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let asking = (&guarded.viewer, &guarded.context);
    CodesPage::new(asking, desk.next_step()).respond()
}

/// `POST /board/codes`: takes what was scanned, and the run with it.
pub(in crate::web) async fn scan(
    posted: Posted<Accept>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let asking = (&posted.viewer, &posted.context);
    let typed = posted.fields.get("codes");
    let step = step_id(&posted.fields)?;
    let page = || CodesPage::new(asking, desk.next_step());
    let by = actor(&posted.viewer, &posted.context);
    desk.handoffs.check_carried(&by).await?;
    let whole = match Codes::of(typed) {
        Codes::Whole(whole) => whole,
        codes @ (Codes::Nothing | Codes::Mixed | Codes::Part { .. } | Codes::Broken) => {
            return page().not_whole(typed, &codes).respond();
        }
    };
    let Some(handed) = desk.access.handed(&posted.viewer, &whole).await? else {
        return page().not_signed(typed).respond();
    };
    let crew = crew(&handed, &by);
    let Some(carried) = unpacked(&handed.clear) else {
        return page().not_signed(typed).respond();
    };
    let taking = Taking {
        desk: &desk,
        text: posted.context.text(),
        by: &by,
        crew: &crew,
    };
    match taking.take(carried, &step).await? {
        Ok((id, left)) if left.is_empty() => Ok(see_other(&format!("/board/{id}"))),
        Ok((id, left)) => page().taken(&id, left).respond(),
        Err(why) => page().refused(typed, why).respond(),
    }
}

/// Whoever touched the tablet, as the one who takes the steps.
fn crew(handed: &Handed, by: &Actor) -> Actor {
    Actor {
        who: handed.who.clone(),
        name: handed.name.clone(),
        facility: handed.facility.clone(),
        is_crew: true,
        terminal: handed.terminal.clone(),
        address: None,
        request: by.request.clone(),
    }
}

/// What the tablet packed.
fn unpacked(packed: &[u8]) -> Option<Carried> {
    let mut clear = Zeroizing::new(Vec::new());
    let read = DeflateDecoder::new(packed)
        .take(LARGEST)
        .read_to_end(&mut clear);
    read.ok()?;
    let carried: Carried = serde_json::from_slice(&clear).ok()?;
    (carried.touches.len() <= TOUCHES).then_some(carried)
}

impl Touch {
    /// The same form as the tablet would have sent itself: it is the same step when it is sent later.
    fn fields(self, waited: Option<TimeDelta>) -> Result<Fields, Problem> {
        let Self(_, step, said, ago) = self;
        let ago = match (ago.parse::<i64>(), waited) {
            (Ok(ago), Some(waited)) => ago.saturating_add(waited.num_seconds()).to_string(),
            (Ok(_), None) | (Err(_), _) => ago,
        };
        let page = [("step".to_owned(), step), (AGO.to_owned(), ago)];
        let all = said.into_iter().chain(page);
        Fields::of_parts(
            all.map(|(name, value)| (name, value.into_bytes()))
                .collect(),
        )
    }
}

/// How long ago the codes were made; nothing where the tablet does not know the server's time, or
/// says a time to come.
fn waited(made: Option<i64>, now: DateTime<Utc>) -> Option<TimeDelta> {
    let made = made.and_then(DateTime::from_timestamp_millis)?;
    let waited = now.signed_duration_since(made);
    (waited >= TimeDelta::zero()).then_some(waited)
}

/// One form of the tablet, read.
struct Form {
    /// `begin`, `edit` or `arrive`.
    what: String,
    step: StepId,
    fields: Fields,
}

/// What became of what was scanned: the run and what could not be taken of it, or why not.
type Outcome = Result<(HandoffId, Vec<Left>), Refused>;

/// The crew's steps, as they are taken.
struct Taking<'a> {
    desk: &'a HandoffDesk,
    text: &'static Text,
    by: &'a Actor,
    crew: &'a Actor,
}

impl Taking<'_> {
    /// Takes all touches of the crew, and the run for the hospital.
    async fn take(&self, carried: Carried, step: &StepId) -> Result<Outcome, Problem> {
        let handoffs = &self.desk.handoffs;
        let waited = waited(carried.made, self.desk.now());
        let mut forms = Vec::new();
        for touch in carried.touches {
            let what = touch.0.clone();
            let fields = touch.fields(waited)?;
            let step = step_id(&fields)?;
            forms.push(Form { what, step, fields });
        }
        let id = match self.begun(&carried.run, &forms).await? {
            Ok(id) => id,
            Err(why) => return Ok(Err(why)),
        };
        let both = (self.by, self.crew);
        let said = json!({
            "account": self.crew.who.account.to_string(),
            "terminal": self.crew.terminal.to_string(),
            "steps": forms.iter().map(|form| form.step.to_string()).collect::<Vec<_>>(),
        });
        handoffs.carried(both, &id, said.to_string()).await?;
        let mut left = Vec::new();
        for form in forms.iter().filter(|form| form.what == "edit") {
            left.extend(self.touch(&id, form).await?);
        }
        match handoffs.accept_carried(both, &id, step).await {
            Ok(()) => {}
            Err(Error::Refused(why)) => return Ok(Err(why)),
            Err(error) => return Err(error.into()),
        }
        for form in forms.iter().filter(|form| form.what == "arrive") {
            left.extend(self.arrive(&id, form).await?);
        }
        Ok(Ok((id, left)))
    }

    /// The run, begun now where the tablet began it.
    async fn begun(
        &self,
        run: &str,
        forms: &[Form],
    ) -> Result<Result<HandoffId, Refused>, Problem> {
        if !run.is_empty() {
            return handoff_id(run).map(Ok);
        }
        let begin = forms.iter().find(|form| form.what == "begin");
        let begin = begin.ok_or(Problem::Malformed)?;
        let unit = unit(&begin.fields).ok_or(Problem::Malformed)?;
        match self
            .desk
            .handoffs
            .begin(self.crew, &begin.step, &unit)
            .await
        {
            Ok(id) => Ok(Ok(id)),
            Err(Error::TooMany) => Ok(Err(Refused::Full)),
            Err(error) => Err(error.into()),
        }
    }

    /// One touch of the form; what it was and why it could not be taken.
    async fn touch(&self, id: &HandoffId, form: &Form) -> Result<Option<Left>, Problem> {
        let stored = if changes::needs_report(&form.fields) {
            Some(self.desk.handoffs.carried_run(self.crew, id).await?.form)
        } else {
            None
        };
        let reading = Reading {
            fields: &form.fields,
            row: RowId::new(&form.step.to_string()).ok_or(Problem::Malformed)?,
            touched: self.desk.touched(&form.fields),
            stored: stored.as_ref(),
        };
        let part = changes::part(&form.fields);
        match reading.changes() {
            Ok(changes) if changes.is_empty() => Ok(None),
            Ok(changes) => self.step(id, form, (Step::Edit(changes), part)).await,
            Err(flaw) => Ok(Some(self.left(part, unread(flaw, self.text)))),
        }
    }

    async fn arrive(&self, id: &HandoffId, form: &Form) -> Result<Option<Left>, Problem> {
        let touched = self.desk.touched(&form.fields);
        match arrived(&form.fields, touched) {
            Ok(step) => {
                let run = self.desk.handoffs.carried_run(self.crew, id).await?;
                if let (Step::Arrive { .. }, Some((first, edit))) =
                    (&step, time_of_arrival(&run, touched, &form.step))
                {
                    let taken = self.desk.handoffs.step(self.crew, id, &first, edit).await;
                    said(taken)?.ok();
                }
                self.step(id, form, (step, "arrival")).await
            }
            Err(flaw) => Ok(Some(self.left("arrival", unread(flaw, self.text)))),
        }
    }

    async fn step(
        &self,
        id: &HandoffId,
        form: &Form,
        (step, part): (Step, &'static str),
    ) -> Result<Option<Left>, Problem> {
        let taken = self
            .desk
            .handoffs
            .step(self.crew, id, &form.step, step)
            .await;
        let why = said(taken)?.err();
        Ok(why.map(|why| self.left(part, (self.text.handoff.refused)(why).to_owned())))
    }

    fn left(&self, part: &'static str, why: String) -> Left {
        Left::new(part, why, self.text)
    }
}
