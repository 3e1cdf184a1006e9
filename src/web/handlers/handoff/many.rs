//! Many patients at once: the list of a crew's department and the one of a hospital.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::Viewer,
    domain::handoff::{AgeBand, Field, MassStep, Refused, RowId, StepId, Triage},
    handoff::Error,
    web::{
        context::Context,
        error::Problem,
        form::Fields,
        guard::{Accept, Guarded, Handoff, Posted, ReadBoard},
        handlers::see_other,
        views::handoff::{
            many::{ManyPage, ManySheet, Seen, url},
            sex,
        },
    },
};

use super::{HandoffDesk, actor, handoff_id, status, step_id};

/// Who asks, and with which request.
type Asking<'a> = (&'a Viewer, &'a Context);

/// `GET /handoffs/many`
pub(in crate::web) async fn of_crew(
    guarded: Guarded<Handoff>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let asking = (&guarded.viewer, &guarded.context);
    desk.many(asking, &guarded.context.query.row)
        .await?
        .respond()
}

/// `POST /handoffs/many`: one touch.
pub(in crate::web) async fn by_crew(
    posted: Posted<Handoff>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    desk.many_step((&posted.viewer, &posted.context), &posted.fields)
        .await
}

/// `GET /handoffs/many/print`
pub(in crate::web) async fn sheet_of_crew(
    guarded: Guarded<Handoff>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    desk.many_sheet((&guarded.viewer, &guarded.context)).await
}

/// `GET /board/many`
pub(in crate::web) async fn of_hospital(
    guarded: Guarded<ReadBoard>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    let asking = (&guarded.viewer, &guarded.context);
    desk.many(asking, &guarded.context.query.row)
        .await?
        .respond()
}

/// `POST /board/many`: one touch.
pub(in crate::web) async fn by_hospital(
    posted: Posted<Accept>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    desk.many_step((&posted.viewer, &posted.context), &posted.fields)
        .await
}

/// `GET /board/many/print`
pub(in crate::web) async fn sheet_of_hospital(
    guarded: Guarded<ReadBoard>,
    desk: Data<HandoffDesk>,
) -> Result<HttpResponse, Problem> {
    desk.many_sheet((&guarded.viewer, &guarded.context)).await
}

/// What a form says, and which row it leads to. `None`: nothing was changed.
struct Touched {
    step: Option<MassStep>,
    row: Option<RowId>,
}

/// What the form says.
fn touched(fields: &Fields, id: &StepId) -> Result<Touched, Refused> {
    let has = |name: &str| fields.names().any(|known| known == name);
    if has("add") {
        let (id, triage) = (row_id(&id.to_string())?, triage(fields.get("add"))?);
        let row = Some(id.clone());
        let step = Some(MassStep::Add { id, triage });
        return Ok(Touched { step, row });
    }
    if has("end") {
        let step = (fields.get("end") == "yes").then_some(MassStep::End);
        let step = Some(step.ok_or(NOTHING)?);
        return Ok(Touched { step, row: None });
    }
    let row = row_id(fields.get("row"))?;
    let step = of_row(fields, row.clone())?;
    Ok(Touched {
        step,
        row: Some(row),
    })
}

/// What the form says of a row.
fn of_row(fields: &Fields, row: RowId) -> Result<Option<MassStep>, Refused> {
    let has = |name: &str| fields.names().any(|known| known == name);
    let text = |name: &str| fields.get(name).trim().to_owned();
    let is_same = |name: &str| {
        let was = format!("was_{name}");
        has(&was) && fields.get(&was) == text(name)
    };
    Ok(Some(if has("triage") {
        MassStep::Triage(row, triage(fields.get("triage"))?)
    } else if has("sex") {
        MassStep::Sex(row, one(fields.get("sex"), sex)?)
    } else if has("age") {
        MassStep::AgeBand(row, one(fields.get("age"), AgeBand::parse)?)
    } else if has("place") {
        if is_same("place") {
            return Ok(None);
        }
        MassStep::Place(row, text("place"))
    } else if has("tag") {
        if is_same("tag") {
            return Ok(None);
        }
        MassStep::Tag(row, text("tag"))
    } else if has("handoff") {
        let run = |word: &str| handoff_id(word).ok();
        MassStep::Handoff(row, one(fields.get("handoff"), run)?)
    } else {
        MassStep::Strike(row, one(fields.get("strike"), on_or_off)?.ok_or(NOTHING)?)
    }))
}

/// Why nothing can be recorded.
const NOTHING: Refused = Refused::Invalid {
    field: Field::Empty,
};

fn triage(word: &str) -> Result<Triage, Refused> {
    Triage::parse(word).ok_or(NOTHING)
}

fn row_id(word: &str) -> Result<RowId, Refused> {
    RowId::new(word).ok_or(Refused::Invalid { field: Field::Row })
}

fn on_or_off(word: &str) -> Option<bool> {
    match word {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// One of several; empty: none of them.
fn one<T>(word: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refused> {
    if word.is_empty() {
        return Ok(None);
    }
    parse(word).map(Some).ok_or(NOTHING)
}

/// Which list was touched; `None` where the page showed none that goes on.
fn list_word(fields: &Fields) -> Result<Option<i64>, Problem> {
    match fields.get("list") {
        "" => Ok(None),
        word => word.parse().map(Some).map_err(|_| Problem::Malformed),
    }
}

impl HandoffDesk {
    /// The facility's list, one row of it opened.
    async fn many(&self, (viewer, context): Asking<'_>, row: &str) -> Result<ManyPage, Problem> {
        let actor = actor(viewer, context);
        let many = self.handoffs.list(&actor).await?;
        let board = self.handoffs.board(&actor).await?;
        let seen = Seen {
            many: &many,
            runs: &board.runs,
            left: board.left,
            row,
            step: self.next_step(),
            now: self.now(),
        };
        Ok(ManyPage::new(context, viewer, &seen))
    }

    async fn many_sheet(&self, (viewer, context): Asking<'_>) -> Result<HttpResponse, Problem> {
        let actor = actor(viewer, context);
        let many = self.handoffs.list(&actor).await?;
        let board = self.handoffs.board(&actor).await?;
        let seen = Seen {
            many: &many,
            runs: &board.runs,
            left: board.left,
            row: "",
            step: String::new(),
            now: self.now(),
        };
        ManySheet::new(context, viewer, &seen).respond()
    }

    /// Takes a touch, and leads to the row that was touched.
    async fn many_step(
        &self,
        (viewer, context): Asking<'_>,
        fields: &Fields,
    ) -> Result<HttpResponse, Problem> {
        let (id, of) = (step_id(fields)?, list_word(fields)?);
        let touched = match touched(fields, &id) {
            Ok(touched) => touched,
            Err(why) => return self.many_refused((viewer, context), fields, why).await,
        };
        if let Some(step) = touched.step {
            let actor = actor(viewer, context);
            match self.handoffs.list_step(&actor, &id, of, step).await {
                Ok(_) => {}
                Err(Error::Refused(why)) => {
                    return self.many_refused((viewer, context), fields, why).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let url = url(viewer);
        Ok(see_other(&touched.row.map_or_else(
            || url.to_owned(),
            |row| format!("{url}?row={row}#row-{row}"),
        )))
    }

    /// The list as it stands, with what was typed and why it was not taken.
    async fn many_refused(
        &self,
        (viewer, context): Asking<'_>,
        fields: &Fields,
        why: Refused,
    ) -> Result<HttpResponse, Problem> {
        let text = &context.text().handoff;
        let said = if matches!(why, Refused::TooLate { .. }) {
            text.many.late
        } else {
            (text.refused)(why)
        };
        let page = self.many((viewer, context), fields.get("row")).await?;
        page.refused(fields, said, status(why)).respond()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Option<MassStep>, Refused> {
        let fields = Fields::parse(body.as_bytes()).unwrap();
        let id = StepId::new("s1").unwrap();
        touched(&fields, &id).map(|touched| touched.step)
    }

    #[test]
    fn a_form_is_one_touch_and_what_it_does_not_know_is_none() {
        let row = || RowId::new("r1").unwrap();
        let (id, triage) = (RowId::new("s1").unwrap(), Triage::Red);
        assert_eq!(read("add=red"), Ok(Some(MassStep::Add { id, triage })));
        for (body, step) in [
            ("triage=black", MassStep::Triage(row(), Triage::Black)),
            ("age=", MassStep::AgeBand(row(), None)),
            ("place=+A+", MassStep::Place(row(), "A".to_owned())),
            ("tag=&was_tag=7", MassStep::Tag(row(), String::new())),
            ("handoff=", MassStep::Handoff(row(), None)),
            ("strike=off", MassStep::Strike(row(), false)),
        ] {
            assert_eq!(read(&format!("row=r1&{body}")), Ok(Some(step)), "{body}");
        }
        assert_eq!(read("end=yes"), Ok(Some(MassStep::End)));
        assert_eq!(read("row=r1&place=A&was_place=A"), Ok(None), "as it was");
        for body in [
            "",
            "add=pink",
            "end=no",
            "row=r1",
            "triage=red",
            "row=%E5%B1%B1%E7%94%B0&triage=red",
            "row=r1&sex=man",
            "row=r1&age=old",
            "row=r1&handoff=a/b",
            "row=r1&strike=perhaps",
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
