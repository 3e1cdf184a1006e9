//! What happens to a grant after it was opened.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};

use crate::{
    access::{Access, Field, Wrong},
    domain::access::{End, GrantId, IdentifiedBy},
    web::{
        error::Problem,
        guard::{Posted, ReadSummary},
    },
};

use super::see_other;

/// `POST /grants/{grant}/note`: a note, how the patient was identified, or both.
pub(in crate::web) async fn note(
    posted: Posted<ReadSummary>,
    grant: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let grant = GrantId(grant.into_inner());
    let identified_by = identified_by(posted.fields.get("identified_by"))?;
    let note = posted.fields.get("note");
    access
        .note(&posted.viewer, &grant, note, identified_by)
        .await?;
    Ok(see_other(&format!("/summary/{grant}")))
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
    Ok(see_other("/"))
}

/// An empty field is no answer; anything else must be one of the list.
fn identified_by(field: &str) -> Result<Option<IdentifiedBy>, Problem> {
    match field.trim() {
        "" => Ok(None),
        digit => IdentifiedBy::from_field(digit)
            .map(Some)
            .ok_or(Problem::Field(Field::IdentifiedBy, Wrong::NotOneOf)),
    }
}
