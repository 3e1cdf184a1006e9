//! Opening from the facility's own system.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::Access,
    web::{
        context::Context,
        error::Problem,
        guard::{FromElsewhere, SealedForm, Search},
        views::{glass::GlassPage, launch::LaunchPage},
    },
};

use super::search::SEARCH_BUDGET;

/// `POST /launch`: from the other system's page, so without any cookie of ours. The answer is a page
/// of our own, whose form brings them.
pub(in crate::web) async fn post(
    context: Context,
    posted: FromElsewhere,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let token = posted.fields.get("token");
    let sealed = access.launch(token, &context.caller).await?;
    LaunchPage::new(&context, sealed).respond()
}

/// `POST /launch/candidate`: candidates and the glass form on one page, as any search gives them.
pub(in crate::web) async fn candidate(
    posted: SealedForm<Search>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, sealed) = (&posted.context, posted.fields.get("launch"));
    let Some(viewer) = &posted.viewer else {
        return LaunchPage::new(context, sealed.to_owned())
            .without_viewer()
            .respond();
    };
    let until = context.started + SEARCH_BUDGET;
    let answer = access.launched(viewer, sealed, until).await?;
    GlassPage::of(context, viewer, &answer.found)
        .with_wait(answer.waited)
        .respond()
}
