//! What happens to a grant after it was opened.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};

use crate::{
    access::{self, Access, Field, Wrong},
    domain::access::{End, GrantId, IdentifiedBy},
    web::{
        error::Problem,
        guard::{BreakGlass, Guarded, Posted, ReadSummary},
        views::{grants::GrantsPage, note::NotePage},
    },
};

use super::{see_other, summary::Desk};

/// `POST /grants/{grant}/note`: a note, how the patient was identified, or both.
pub(in crate::web) async fn note(
    posted: Posted<ReadSummary>,
    grant: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let grant = GrantId(grant.into_inner());
    let said = (
        posted.fields.get("identified_by"),
        posted.fields.get("note"),
    );
    let noted = match identified_by(said.0) {
        Ok(by) => access.note(&posted.viewer, &grant, said.1, by).await,
        Err(wrong) => Err(wrong),
    };
    match noted {
        Ok(()) => Ok(see_other(&format!("/summary/{grant}"))),
        Err(access::Error::Field(field, wrong)) => {
            access.grant(&posted.viewer, &grant).await?;
            NotePage::new(&posted.context, &posted.viewer, &grant)
                .with_wrong(said, (field, wrong))
                .respond()
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /grants/{grant}/renew`: one digit shortly before the end. With a wrong one the patient
/// stays in view: that is a look of its own, and the page says what was wrong.
pub(in crate::web) async fn renew(
    posted: Posted<BreakGlass>,
    grant: Path<String>,
    access: Data<Access>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let old = GrantId(grant.into_inner());
    let reason = posted.fields.get("reason");
    match access.renew(&posted.viewer, &old, reason).await {
        Ok(grant) => Ok(see_other(&format!("/summary/{grant}"))),
        Err(access::Error::Field(field, wrong)) => {
            let (context, viewer) = (&posted.context, &posted.viewer);
            desk.not_renewed(viewer, context, old, (field, wrong)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /grants`: one's own of today.
pub(in crate::web) async fn today(
    guarded: Guarded<ReadSummary>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let today = access.own_today(&guarded.viewer).await?;
    GrantsPage::new(&guarded.context, &guarded.viewer, &today.own)
        .with_missing(today.is_part)
        .respond()
}

/// `POST /grants/{grant}/correct`: another reason, a note, or both.
pub(in crate::web) async fn correct(
    posted: Posted<ReadSummary>,
    grant: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let grant = GrantId(grant.into_inner());
    let said = (posted.fields.get("reason"), posted.fields.get("note"));
    match access.correct(&posted.viewer, &grant, said).await {
        Ok(()) => Ok(see_other("/grants")),
        Err(access::Error::Field(field, wrong)) => {
            let today = access.own_today(&posted.viewer).await?;
            GrantsPage::new(&posted.context, &posted.viewer, &today.own)
                .with_missing(today.is_part)
                .with_wrong(&grant, said, (field, wrong))
                .respond()
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /grants/{grant}/end`
pub(in crate::web) async fn end(
    posted: Posted<ReadSummary>,
    grant: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let end = End::from_field(posted.fields.get("end"))
        .ok_or(Problem::Field(Field::End, Wrong::NotOneOf))?;
    access
        .end_grant(&posted.viewer, &GrantId(grant.into_inner()), end)
        .await?;
    Ok(see_other(&format!("/?done={}", end.word())))
}

/// An empty field is no answer; anything else must be one of the list.
fn identified_by(field: &str) -> Result<Option<IdentifiedBy>, access::Error> {
    match field.trim() {
        "" => Ok(None),
        digit => IdentifiedBy::from_field(digit)
            .map(Some)
            .ok_or(access::Error::Field(Field::IdentifiedBy, Wrong::NotOneOf)),
    }
}
