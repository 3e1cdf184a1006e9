//! The hospital's board, and one run on it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE},
    web::{Data, Path},
};

use chrono::{DateTime, Utc};

use crate::{
    access::Viewer,
    domain::{
        access::{Action, GrantId},
        handoff::{DeclineReason, Field, HandoffId, Refused, Step},
        section::SourceName,
        text::normalised,
    },
    handoff::{Error, Opened},
    web::{
        connections::Held,
        context::Context,
        error::Problem,
        form::Fields,
        guard::{Accept, Guarded, Posted, ReadBoard},
        handlers::see_other,
        live,
        views::handoff::{
            board::{BoardPage, Listed},
            incoming::{Desk, IncomingPage},
            sheet::SheetPage,
        },
    },
};

use super::{HandoffDesk, actor, handoff_id, status, step_id};

/// `GET /board`
pub(in crate::web) async fn list(
    guarded: Guarded<ReadBoard>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let board = desk.handoffs.board(&actor(viewer, context)).await?;
    let places = desk.handoffs.places().await?;
    let listed = Listed {
        runs: &board.runs,
        left: board.left,
        unreadable: board.unreadable,
    };
    BoardPage::new(context, viewer, (listed, &places.names), desk.now()).respond()
}

/// `GET /board/live`: that something has changed, as long as the page is there. Whoever does not
/// listen for events is answered once.
pub(in crate::web) async fn live(
    guarded: Guarded<ReadBoard>,
    request: HttpRequest,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let accepted = request.headers().get(ACCEPT);
    let listens = accepted.is_some_and(|kinds| kinds.as_bytes() == live::KIND.as_bytes());
    if !listens {
        return Ok(live::once());
    }
    let place = Arc::clone(&desk.listeners).try_acquire_owned();
    let place = place.map_err(|_| Problem::Busy)?;
    let changes = desk.handoffs.events().watch(&guarded.viewer.facility);
    Ok(live::respond(changes, Held::of(&request), place))
}

/// `GET /board/{opaque}`
pub(in crate::web) async fn get(
    guarded: Guarded<ReadBoard>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let id = handoff_id(&name)?;
    desk.incoming((&guarded.viewer, &guarded.context), &id)
        .await?
        .respond()
}

/// `POST /board/{opaque}/answer`: accepts, declines, asks back or receives.
pub(in crate::web) async fn answer(
    posted: Posted<Accept>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let (id, step) = (handoff_id(&name)?, step_id(&posted.fields)?);
    let actor = actor(viewer, context);
    let taken = match answered(&posted.fields) {
        Ok(said) => {
            let answer = (said, asked(&posted.fields)?);
            let taken = desk.handoffs.answer(&actor, &id, &step, answer).await;
            taken.map(drop)
        }
        Err(why) => Err(Error::Refused(why)),
    };
    match taken {
        Ok(()) => {
            if posted.fields.get("accept") == "yes" {
                desk.fetch_ahead((viewer, context), &id).await;
            }
            Ok(see_other(&format!("/board/{id}")))
        }
        Err(Error::Refused(why)) => desk.not_taken(&posted, &id, why).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /board/{opaque}/link`: who was handed over, by an open grant of one's own, or that it is
/// somebody else.
pub(in crate::web) async fn link(
    posted: Posted<Accept>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let (id, step) = (handoff_id(&name)?, step_id(&posted.fields)?);
    let actor = actor(viewer, context);
    let taken = match posted.fields.get("link") {
        "undo" => desk.handoffs.step(&actor, &id, &step, Step::Unlink).await,
        grant => {
            let grant = GrantId(grant.to_owned());
            let grant = desk.access.grant(viewer, &grant).await?;
            desk.handoffs.link(&actor, &id, &step, &grant).await
        }
    };
    match taken {
        Ok(_) => Ok(see_other(&format!("/board/{id}"))),
        Err(Error::Refused(why)) => desk.not_taken(&posted, &id, why).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /board/{opaque}/reveal`: who it is, recorded before it is shown.
pub(in crate::web) async fn reveal(
    posted: Posted<Accept>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let id = handoff_id(&name)?;
    let whole = desk.handoffs.reveal(&actor(viewer, context), &id).await?;
    let places = desk.handoffs.places().await?;
    let step = desk.next_step();
    let made = Desk {
        names: &places.names,
        step: &step,
        now: desk.now(),
    };
    let page = IncomingPage::revealed(context, viewer, &whole, made)
        .with_link(&whole, &desk.access.own_grants(viewer));
    let may_open = viewer.emergency_permission && viewer.role.may(Action::BreakGlass);
    match whole.linked.as_ref().filter(|_| may_open) {
        Some(link) => {
            let person = link.person.clone();
            let candidate = desk.access.handed_over(viewer, person).await?;
            page.with_glass(candidate.token).respond()
        }
        None => page.respond(),
    }
}

/// `GET /board/{opaque}/print`: the sheet of a run that this hospital accepted, recorded like its
/// showing.
pub(in crate::web) async fn print(
    guarded: Guarded<Accept>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let id = handoff_id(&name)?;
    let whole = desk.handoffs.reveal(&actor(viewer, context), &id).await?;
    let places = desk.handoffs.places().await?;
    let back = format!("/board/{id}");
    SheetPage::new(context, viewer, (&whole, &places.names), (back, desk.now())).respond()
}

/// `GET /board/{opaque}/document`: the same for the hospital's chart.
pub(in crate::web) async fn document(
    guarded: Guarded<Accept>,
    name: Path<String>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let id = handoff_id(&name)?;
    let actor = actor(viewer, context);
    let document = desk
        .handoffs
        .document(&actor, &id, context.language)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/fhir+json"))
        .insert_header((CONTENT_DISPOSITION, SAVED))
        .body(document.to_string()))
}

/// What the document is saved as: a name that says nothing of a patient.
const SAVED: &str = "attachment; filename=\"handoff.json\"";

/// When the inquiry was made that the hospital's form answers.
fn asked(fields: &Fields) -> Result<DateTime<Utc>, Problem> {
    let millis = fields.get("asked").parse().ok();
    millis
        .and_then(DateTime::from_timestamp_millis)
        .ok_or(Problem::Malformed)
}

/// What the hospital's form says.
fn answered(fields: &Fields) -> Result<Step, Refused> {
    let nothing = Refused::Invalid {
        field: Field::Empty,
    };
    let has = |name: &str| fields.names().any(|known| known == name);
    let text = |name: &str| fields.get(name).trim().to_owned();
    if has("decline") {
        let reason = DeclineReason::parse(fields.get("decline")).ok_or(nothing)?;
        let note = text("note");
        return Ok(Step::Decline { reason, note });
    }
    if has("ask_back") {
        return Ok(Step::AskBack {
            text: text("ask_back"),
        });
    }
    if has("received_by") {
        let by = normalised(fields.get("received_by"));
        return Ok(Step::Receive { by });
    }
    if fields.get("accept") == "yes" {
        return Ok(Step::Accept);
    }
    Err(nothing)
}

impl HandoffDesk {
    async fn incoming(
        &self,
        (viewer, context): (&Viewer, &Context),
        id: &HandoffId,
    ) -> Result<IncomingPage, Problem> {
        let opened = self.handoffs.open(&actor(viewer, context), id).await?;
        let places = self.handoffs.places().await?;
        let step = self.next_step();
        let made = Desk {
            names: &places.names,
            step: &step,
            now: self.now(),
        };
        Ok(match opened {
            Opened::Asked(run) | Opened::Accepted(run) => {
                IncomingPage::of_incoming(context, viewer, &run, made)
            }
            Opened::Gone(own) => IncomingPage::gone(context, viewer, (id, &own), made),
            Opened::Crew(_) => return Err(Problem::NotAllowed),
        })
    }

    /// The run with why a step was not taken.
    async fn not_taken(
        &self,
        posted: &Posted<Accept>,
        id: &HandoffId,
        why: Refused,
    ) -> Result<HttpResponse, Problem> {
        let said = (posted.context.text().handoff.refused)(why);
        let page = self.incoming((&posted.viewer, &posted.context), id).await?;
        page.refused(&posted.fields, said, status(why)).respond()
    }

    /// Who accepted finds the record here when he looks (B18). Whether that works is nobody's
    /// obstacle: a look asks the sources itself.
    async fn fetch_ahead(&self, (viewer, context): (&Viewer, &Context), id: &HandoffId) {
        let sources = SourceName::CLINICAL.into_iter().collect();
        let actor = actor(viewer, context);
        let Ok(Some(person)) = self.handoffs.to_fetch_ahead(&actor, id, &sources).await else {
            return;
        };
        let (summaries, facility) = (self.summaries.clone(), viewer.facility.clone());
        self.handoffs.go_on(async move {
            summaries.prefetch(&facility, &person, &sources).await;
        });
    }
}
