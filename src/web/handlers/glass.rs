//! Breaking the glass.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::{self, Access, Glass},
    domain::clock::Clock,
    web::{
        error::Problem,
        form::Fields,
        guard::{Posted, ReadSummary},
        views::{consent::ConsentPage, glass::GlassPage},
    },
};

use super::{home, see_other};

/// `POST /grants`: breaks the glass, or takes the consent.
pub(in crate::web) async fn post(
    posted: Posted<ReadSummary>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let glass = asked(&posted.fields);
    let (context, viewer) = (&posted.context, &posted.viewer);
    match access.open_grant(viewer, &glass).await {
        Ok(grant) => Ok(see_other(&format!("/summary/{grant}"))),
        Err(access::Error::StaleCandidate) => home::page(context, viewer, &access, clock.as_ref())
            .await?
            .with_stale_candidate()
            .respond(),
        Err(error) => again(&posted, &access, &glass, error),
    }
}

/// The form again, or the one that was asked for, with everything typed.
fn again(
    posted: &Posted<ReadSummary>,
    access: &Access,
    glass: &Glass,
    error: access::Error,
) -> Result<HttpResponse, Problem> {
    use access::Error as E;
    let (context, viewer) = (&posted.context, &posted.viewer);
    let candidate = || access.candidate(viewer, &glass.candidate);
    match error {
        E::AskConsent => ConsentPage::new(context, viewer, candidate()?, glass).respond(),
        E::Field(field, wrong) if glass.basis == "consented" => {
            ConsentPage::new(context, viewer, candidate()?, glass)
                .with_wrong(field, wrong)
                .respond()
        }
        E::Field(field, wrong) => {
            GlassPage::again(context, viewer, candidate()?, glass, (field, wrong)).respond()
        }
        E::Confirm {
            token,
            reason,
            flags,
        } => GlassPage::again_to_confirm(context, viewer, (candidate()?, reason), glass)
            .with_confirmation(token, &flags)
            .respond(),
        error @ (E::NotSignedIn
        | E::Locked
        | E::NotAllowed
        | E::GrantOver(_)
        | E::OtherNode
        | E::ForeignForm
        | E::StaleCandidate
        | E::Launch(_)
        | E::CannotRecord
        | E::Unavailable) => Err(error.into()),
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
        confirm: fields.take("confirm"),
        how: fields.take("how"),
        categories: fields.all("categories"),
        taken_by: fields.take("taken_by"),
    }
}
