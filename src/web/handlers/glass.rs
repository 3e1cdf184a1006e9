//! Breaking the glass.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::{self, Access, Glass, Viewer},
    domain::{access::Action, clock::Clock},
    web::{
        context::Context,
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
        E::CannotRecord if glass.basis == "consented" => {
            ConsentPage::new(context, viewer, candidate()?, glass)
                .unrecorded(context)
                .respond()
        }
        E::CannotRecord => GlassPage::unrecorded(context, viewer, candidate()?, glass).respond(),
        error @ (E::NotSignedIn
        | E::Locked
        | E::NotAllowed
        | E::GrantOver(_)
        | E::OtherNode
        | E::ForeignForm
        | E::StaleCandidate
        | E::Launch(_)
        | E::Unavailable) => Err(error.into()),
    }
}

/// The page that a choice of language or light was pressed on, with its candidates and what was
/// typed there; `None` where the form carries none, or they are too old.
pub(super) async fn kept(
    context: &Context,
    viewer: &Viewer,
    access: &Access,
    fields: &Fields,
) -> Result<Option<HttpResponse>, Problem> {
    let among = fields.all("among");
    if among.is_empty() || viewer.locked {
        return Ok(None);
    }
    access.may(viewer, Action::Search).await?;
    let candidates: Result<Vec<_>, _> = among
        .iter()
        .map(|token| access.candidate(viewer, token))
        .collect();
    let (Ok(mut candidates), glass) = (candidates, asked(fields)) else {
        return Ok(None);
    };
    if glass.basis == "consented"
        && let Some(candidate) = candidates.pop()
    {
        // With scripts off nothing that was typed comes along: the form begins anew.
        let typed = if glass.candidate.is_empty() {
            Glass::default()
        } else {
            glass
        };
        let page = ConsentPage::new(context, viewer, candidate, &typed);
        return page.respond().map(Some);
    }
    let page = GlassPage::with_kept(context, viewer, candidates, &glass);
    page.respond().map(Some)
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
