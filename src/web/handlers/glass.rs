//! Breaking the glass.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::{self, Access, Glass},
    domain::clock::Clock,
    web::{
        error::Problem,
        form::Fields,
        guard::{BreakGlass, Posted},
        views::glass::GlassPage,
    },
};

use super::{home, see_other};

/// `POST /grants`
pub(in crate::web) async fn post(
    posted: Posted<BreakGlass>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let glass = asked(&posted.fields);
    let (context, viewer) = (&posted.context, &posted.viewer);
    match access.open_grant(viewer, &glass).await {
        Ok(grant) => Ok(see_other(&format!("/summary/{grant}"))),
        Err(access::Error::Field(field, wrong)) => {
            let candidate = access.candidate(viewer, &glass.candidate)?;
            GlassPage::again(context, viewer, candidate, &glass, (field, wrong)).respond()
        }
        Err(access::Error::StaleCandidate) => home::page(context, viewer, &access, clock.as_ref())
            .await?
            .with_stale_candidate()
            .respond(),
        Err(error) => Err(error.into()),
    }
}

fn asked(fields: &Fields) -> Glass {
    Glass {
        candidate: fields.take("candidate"),
        basis: fields.take("basis"),
        reasons: fields.all("reason"),
        prefilled: fields.take("prefilled"),
        judged_by: fields.take("judged_by"),
        note: fields.take("note"),
        identified_by: fields.take("identified_by"),
    }
}
