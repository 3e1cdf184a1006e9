//! The crew's list and form.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};

use chrono::TimeDelta;

use crate::{
    access::Viewer,
    domain::{
        access::{FacilityId, GrantId},
        handoff::{
            self, Change, Field, HandoffId, Refused, RowId, Stage, Step, StepId, TimePoint,
            WhyEnded,
        },
        text::normalised,
    },
    handoff::{COLUMNS, Done, Error, Opened},
    web::{
        context::Context,
        error::Problem,
        form::Fields,
        guard::{Guarded, Handoff, Posted},
        handlers::{
            see_other,
            summary::{self, Desk},
        },
        table::Table,
        text::Text,
        views::handoff::{
            form::{HandoffPage, Open},
            list::HandoffsPage,
            sheet::SheetPage,
        },
    },
};

use super::{
    HandoffDesk, actor,
    changes::{self, Reading},
    handoff_id, status, step_id,
    typed::{self, Flaw, Touched},
};

/// Characters of the longest name of a unit.
const LONGEST_UNIT: usize = 40;

/// Who asks, and with which request.
type Asking<'a> = (&'a Viewer, &'a Context);

/// `GET /handoffs`
pub(in crate::web) async fn list(
    guarded: Guarded<Handoff>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    desk.list((&guarded.viewer, &guarded.context))
        .await?
        .respond()
}

/// `POST /handoffs`
pub(in crate::web) async fn begin(
    posted: Posted<Handoff>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let step = step_id(&posted.fields)?;
    let said = &context.text().handoff.crew;
    let refused = async |why| {
        let page = desk.list((viewer, context)).await?;
        let typed = normalised(posted.fields.get("unit"));
        page.refused(&typed, why).respond()
    };
    let Some(unit) = unit(&posted.fields) else {
        return refused(said.no_unit).await;
    };
    match desk
        .handoffs
        .begin(&actor(viewer, context), &step, &unit)
        .await
    {
        Ok(id) => Ok(see_other(&format!("/handoffs/{id}"))),
        Err(Error::TooMany) => refused(said.full).await,
        Err(error) => Err(error.into()),
    }
}

/// `GET /handoffs/{opaque}`
pub(in crate::web) async fn get(
    guarded: Guarded<Handoff>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let id = handoff_id(&name)?;
    desk.form((&guarded.viewer, &guarded.context), &id)
        .await?
        .respond()
}

/// `GET /handoffs/offline`: what a crew's tablet keeps and shows where there is no connection. It is
/// the same for everybody and says nothing of anybody.
pub(in crate::web) async fn offline(
    context: Context,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    HandoffPage::offline(&context, desk.now()).respond()
}

/// `GET /handoffs/responses`: how long hospitals took to answer in the last thirty days, as a table
/// without identities.
pub(in crate::web) async fn responses(
    guarded: Guarded<Handoff>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let actor = actor(&guarded.viewer, &guarded.context);
    let since = desk.now() - TimeDelta::days(30);
    let listed = desk.handoffs.responses(&actor, since).await?;
    let mut table = Table::new(&COLUMNS)?;
    for response in &listed.handoffs {
        table.add(&response.row())?;
    }
    table.respond("responses")
}

/// `GET /handoffs/{opaque}/print`: shown and recorded as the form is.
pub(in crate::web) async fn print(
    guarded: Guarded<Handoff>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let id = handoff_id(&name)?;
    let own = desk.own((viewer, context), &id).await?;
    let places = desk.handoffs.places().await?;
    let back = format!("/handoffs/{id}");
    SheetPage::new(context, viewer, (&own, &places.names), (back, desk.now())).respond()
}

/// `POST /handoffs/{opaque}/edit`: one touch, or what was typed in one part.
pub(in crate::web) async fn edit(
    posted: Posted<Handoff>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let asking = (&posted.viewer, &posted.context);
    let (id, step) = (handoff_id(&name)?, step_id(&posted.fields)?);
    let stored = if changes::needs_report(&posted.fields) {
        Some(desk.own(asking, &id).await?)
    } else {
        None
    };
    let reading = Reading {
        fields: &posted.fields,
        row: RowId::new(&step.to_string()).ok_or(Problem::Malformed)?,
        touched: desk.touched(&posted.fields),
        stored: stored.as_ref().map(|own| &own.form),
    };
    let taken = match reading.changes() {
        Ok(changes) if changes.is_empty() => Ok(()),
        Ok(changes) => desk.take(asking, (&id, &step), Step::Edit(changes)).await?,
        Err(flaw) => return desk.unread(asking, &id, &posted.fields, flaw).await,
    };
    desk.went_on(
        asking,
        &id,
        &posted.fields,
        (taken, changes::part(&posted.fields)),
    )
    .await
}

/// `POST /handoffs/{opaque}/ask`: asks hospitals, answers one, or no longer asks it.
pub(in crate::web) async fn ask(
    posted: Posted<Handoff>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let asking = (&posted.viewer, &posted.context);
    let (id, step) = (handoff_id(&name)?, step_id(&posted.fields)?);
    let Some(said) = asked(&posted.fields) else {
        let why = posted.context.text().handoff.asking.none_chosen.to_owned();
        return desk.again(asking, &id, &posted.fields, why).await;
    };
    let taken = desk.take(asking, (&id, &step), said).await?;
    desk.went_on(asking, &id, &posted.fields, (taken, "asking"))
        .await
}

/// `POST /handoffs/{opaque}/arrive`: arrived, or ended without a handover.
pub(in crate::web) async fn arrive(
    posted: Posted<Handoff>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let asking = (&posted.viewer, &posted.context);
    let (id, step) = (handoff_id(&name)?, step_id(&posted.fields)?);
    let said = match arrived(&posted.fields, desk.touched(&posted.fields)) {
        Ok(said) => said,
        Err(flaw) => return desk.unread(asking, &id, &posted.fields, flaw).await,
    };
    if let Step::Arrive { .. } = said {
        desk.arrived_before(asking, (&id, &step), &posted.fields)
            .await?;
    }
    let taken = desk.take(asking, (&id, &step), said).await?;
    desk.went_on(asking, &id, &posted.fields, (taken, "arrival"))
        .await
}

/// `POST /handoffs/{opaque}/link`: who it is, that it is somebody else, and what the record says.
pub(in crate::web) async fn link(
    posted: Posted<Handoff>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
    looks: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let asking = (&posted.viewer, &posted.context);
    let (id, step) = (handoff_id(&name)?, step_id(&posted.fields)?);
    let taken = match posted.fields.get("link") {
        "undo" => desk.take(asking, (&id, &step), Step::Unlink).await?,
        "copy" => desk.copied(asking, (&id, &step), &looks).await?,
        grant => {
            let linked = desk.linked(asking, (&id, &step), grant).await?;
            if linked.is_ok() && !desk.copied_too(asking, (&id, &step), &looks).await {
                let page = desk.form(asking, &id).await?;
                let said = posted.context.text().handoff.form.not_copied.to_owned();
                return page.refused(&posted.fields, said, StatusCode::OK).respond();
            }
            linked
        }
    };
    desk.went_on(asking, &id, &posted.fields, (taken, "record"))
        .await
}

/// 隊名 as it was typed; `None` where it is none.
pub(super) fn unit(fields: &Fields) -> Option<String> {
    let unit = normalised(fields.get("unit"));
    let is_name = !unit.is_empty() && unit.chars().count() <= LONGEST_UNIT;
    is_name.then_some(unit)
}

/// What the form about the arrival says. An arrival of an unknown time would be one of now.
pub(super) fn arrived(fields: &Fields, touched: Touched) -> Result<Step, Flaw> {
    let why = fields.get("why");
    if !why.is_empty() {
        let why = WhyEnded::parse(why).ok_or(Flaw::Nothing)?;
        return Ok(Step::End { why });
    }
    touched.at()?;
    let by = normalised(fields.get("by"));
    Ok(Step::Arrive { by })
}

/// The step before an arrival that a tablet kept: when it was touched, where the crew has said no
/// other time.
pub(super) fn time_of_arrival(
    run: &handoff::Handoff,
    touched: Touched,
    arrival: &StepId,
) -> Option<(StepId, Step)> {
    let (seconds, at) = (touched.kept()?, touched.at().ok()?);
    let is_next = matches!(run.stage, Stage::Accepted { .. });
    if !is_next || run.form.times.get(TimePoint::Hospital).is_some() {
        return None;
    }
    let first = StepId::new(&format!("{arrival}-at"))?;
    let time = Change::Time(TimePoint::Hospital, Some(at));
    Some((first, Step::Edit(vec![time, Change::Ago(seconds)])))
}

/// What the form about hospitals says; `None` where nobody is chosen.
fn asked(fields: &Fields) -> Option<Step> {
    let hospital = |name| Some(FacilityId(fields.take(name))).filter(|id| !id.0.is_empty());
    if let Some(hospital) = hospital("withdraw") {
        return Some(Step::Withdraw { hospital });
    }
    if let Some(hospital) = hospital("answer") {
        let text = fields.get("text").trim().to_owned();
        return Some(Step::Answer { hospital, text });
    }
    let hospitals: Vec<_> = fields.all("hospital").into_iter().map(FacilityId).collect();
    (!hospitals.is_empty()).then_some(Step::Ask { hospitals })
}

impl HandoffDesk {
    async fn list(&self, (viewer, context): Asking<'_>) -> Result<HandoffsPage, Problem> {
        let board = self.handoffs.board(&actor(viewer, context)).await?;
        let made = (self.next_step(), self.now());
        Ok(HandoffsPage::new(context, viewer, &board.runs, made))
    }

    /// The department's own handoff, recorded as shown.
    async fn own(
        &self,
        (viewer, context): Asking<'_>,
        id: &HandoffId,
    ) -> Result<handoff::Handoff, Problem> {
        match self.handoffs.open(&actor(viewer, context), id).await? {
            Opened::Crew(own) => Ok(*own),
            Opened::Asked(_) | Opened::Accepted(_) | Opened::Gone(_) => Err(Problem::NotAllowed),
        }
    }

    async fn form(
        &self,
        (viewer, context): Asking<'_>,
        id: &HandoffId,
    ) -> Result<HandoffPage, Problem> {
        let own = self.own((viewer, context), id).await?;
        let places = self.handoffs.places().await?;
        let open = Open {
            handoff: &own,
            names: &places.names,
            hospitals: &places.hospitals,
            grants: &self.access.own_grants(viewer),
            step: self.next_step(),
            now: self.now(),
        };
        Ok(HandoffPage::new(context, viewer, open))
    }

    /// Takes a step; what can be said on the page is not a problem.
    async fn take(
        &self,
        (viewer, context): Asking<'_>,
        (id, step_id): (&HandoffId, &StepId),
        step: Step,
    ) -> Result<Result<(), Refused>, Problem> {
        let actor = actor(viewer, context);
        said(self.handoffs.step(&actor, id, step_id, step).await)
    }

    /// When a form was touched, as far as the tablet knows.
    pub(super) fn touched(&self, fields: &Fields) -> Touched {
        Touched::of(fields.get(typed::AGO), self.now())
    }

    /// An arrival that a tablet kept was when it was touched: that is said before it, where the
    /// crew has said no other time. What is wrong with it, the arrival says itself.
    async fn arrived_before(
        &self,
        asking: Asking<'_>,
        (id, step_id): (&HandoffId, &StepId),
        fields: &Fields,
    ) -> Result<(), Problem> {
        let touched = self.touched(fields);
        if touched.kept().is_none() {
            return Ok(());
        }
        let own = self.own(asking, id).await?;
        match time_of_arrival(&own, touched, step_id) {
            Some((first, edit)) => self.take(asking, (id, &first), edit).await.map(drop),
            None => Ok(()),
        }
    }

    /// Says who it is, by a grant of one's own.
    async fn linked(
        &self,
        (viewer, context): Asking<'_>,
        (id, step_id): (&HandoffId, &StepId),
        grant: &str,
    ) -> Result<Result<(), Refused>, Problem> {
        let grant = self
            .access
            .grant(viewer, &GrantId(grant.to_owned()))
            .await?;
        let actor = actor(viewer, context);
        said(self.handoffs.link(&actor, id, step_id, &grant).await)
    }

    /// Copies what the record says, by the viewer's own open grant for the patient who is linked;
    /// it is a look like any other, with its entry.
    async fn copied(
        &self,
        (viewer, context): Asking<'_>,
        (id, step_id): (&HandoffId, &StepId),
        looks: &Desk,
    ) -> Result<Result<(), Refused>, Problem> {
        let own = self.own((viewer, context), id).await?;
        let linked = own.linked.as_ref().map(|link| &link.patient_key);
        let grants = self.access.own_grants(viewer);
        let grant = grants
            .iter()
            .find(|grant| Some(&grant.patient_key) == linked);
        let grant = grant.ok_or(Problem::GrantOver(None))?;
        let shown = looks
            .show((viewer, context), grant.id.clone(), summary::LATE)
            .await?;
        let copied = (&*shown.grant, &*shown.assembled.summary);
        let actor = actor(viewer, context);
        said(self.handoffs.propose(&actor, id, step_id, copied).await)
    }

    /// What the record says comes with the link, in a step of its own; whether it came. Where it
    /// does not, the link stands, and the form says so and offers to copy it.
    async fn copied_too(
        &self,
        asking: Asking<'_>,
        (id, linked): (&HandoffId, &StepId),
        looks: &Desk,
    ) -> bool {
        let Some(step) = StepId::new(&format!("{linked}.copy")) else {
            return false;
        };
        let copied = self.copied(asking, (id, &step), looks).await;
        let is_copied = matches!(copied, Ok(Ok(())));
        if !is_copied {
            tracing::warn!("a run was linked, and nothing of the record could be copied");
        }
        is_copied
    }

    /// To the part of the form that was touched, or the form with why nothing was taken.
    async fn went_on(
        &self,
        asking: Asking<'_>,
        id: &HandoffId,
        fields: &Fields,
        (taken, part): (Result<(), Refused>, &str),
    ) -> Result<HttpResponse, Problem> {
        let Err(why) = taken else {
            return Ok(see_other(&format!("/handoffs/{id}#{part}")));
        };
        let said = (asking.1.text().handoff.refused)(why).to_owned();
        let page = self.form(asking, id).await?;
        page.refused(fields, said, status(why)).respond()
    }

    /// The form with what was typed, and what cannot be read of it.
    async fn unread(
        &self,
        asking: Asking<'_>,
        id: &HandoffId,
        fields: &Fields,
        flaw: Flaw,
    ) -> Result<HttpResponse, Problem> {
        let why = unread(flaw, asking.1.text());
        self.again(asking, id, fields, why).await
    }

    async fn again(
        &self,
        asking: Asking<'_>,
        id: &HandoffId,
        fields: &Fields,
        why: String,
    ) -> Result<HttpResponse, Problem> {
        let page = self.form(asking, id).await?;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        page.refused(fields, why, status).respond()
    }
}

/// What cannot be read of what was typed.
pub(super) fn unread(flaw: Flaw, text: &Text) -> String {
    let (said, units) = (&text.handoff.unread, text.handoff.form.units);
    match flaw {
        Flaw::Time => said.time.to_owned(),
        Flaw::BirthDate => said.birth_date.to_owned(),
        Flaw::Jcs => said.jcs.to_owned(),
        Flaw::Gcs => said.gcs.to_owned(),
        Flaw::When => said.when.to_owned(),
        Flaw::Nothing => said.nothing.to_owned(),
        Flaw::Value(name) => {
            let known = units.iter().find(|(known, _)| *known == name);
            (said.value)(known.map_or(name, |(_, word)| word))
        }
    }
}

/// What can be said on the page, apart from what has none.
pub(super) fn said(taken: Result<Done, Error>) -> Result<Result<(), Refused>, Problem> {
    match taken {
        // The same touch of the same page sent twice: the step's id is made of all that it says, and
        // only what it says of now differs.
        Ok(_)
        | Err(Error::Refused(Refused::Invalid {
            field: Field::StepId,
        })) => Ok(Ok(())),
        Err(Error::Refused(why)) => Ok(Err(why)),
        Err(error) => Err(error.into()),
    }
}
