//! Parts of a view one by one, for measuring what each costs. Shows patients without an entry:
//! compiled only for the benchmarks, never into the product.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use actix_web::{
    HttpResponse,
    web::{Data, Path, ServiceConfig, resource},
};

use crate::{
    access::Viewer,
    domain::access::GrantId,
    web::{
        context::Context,
        error::Problem,
        guard::{Guarded, ReadSummary},
        views::summary::SummaryPage,
    },
};

use super::summary::{Desk, FIRST, Shown, view};

/// Looks as they were shown once, and a turn for commits of one view each.
#[derive(Default)]
struct Ladder {
    kept: Mutex<BTreeMap<GrantId, Arc<(Viewer, Shown)>>>,
    turn: tokio::sync::Mutex<()>,
}

impl Ladder {
    fn kept(&self, grant: &GrantId) -> Result<Arc<(Viewer, Shown)>, Problem> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(grant).cloned().ok_or(Problem::Broken)
    }
}

/// One for all workers.
static LADDER: LazyLock<Data<Ladder>> = LazyLock::new(Data::default);

/// The rungs, each with everything of the one before: `/ladder/WHAT/{grant}`.
pub(in crate::web) fn register(config: &mut ServiceConfig, desk: &Data<Desk>) {
    config
        .app_data(desk.clone())
        .app_data(LADDER.clone())
        .service(resource("/ladder/kept/{grant}").get(keep))
        .service(resource("/ladder/render/{grant}").get(render))
        .service(resource("/ladder/seat/{grant}").get(seat))
        .service(resource("/ladder/cache/{grant}").get(cache))
        .service(resource("/ladder/each/{grant}").get(each));
}

/// Keeps one look for the rung that only renders.
async fn keep(
    guarded: Guarded<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
    ladder: Data<Ladder>,
) -> Result<HttpResponse, Problem> {
    let id = GrantId(grant.into_inner());
    let shown = desk
        .show((&guarded.viewer, &guarded.context), id.clone(), FIRST)
        .await?;
    let shown = Arc::new((guarded.viewer, shown));
    let mut kept = ladder.kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.insert(id, shown);
    Ok(HttpResponse::Ok().finish())
}

async fn render(
    context: Context,
    grant: Path<String>,
    ladder: Data<Ladder>,
) -> Result<HttpResponse, Problem> {
    let id = GrantId(grant.into_inner());
    let kept = ladder.kept(&id)?;
    page(&context, &kept.0, &kept.1)
}

/// Who asks, and whether the grant is open, before and after the sources.
async fn seat(
    guarded: Guarded<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
    ladder: Data<Ladder>,
) -> Result<HttpResponse, Problem> {
    let grant = desk
        .access
        .grant(&guarded.viewer, &GrantId(grant.into_inner()))
        .await?;
    let grant = desk.access.still(&guarded.viewer, &grant.id).await?;
    let kept = ladder.kept(&grant.id)?;
    page(&guarded.context, &guarded.viewer, &kept.1)
}

/// Everything but the entry.
async fn cache(
    guarded: Guarded<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let id = GrantId(grant.into_inner());
    let (grant, assembled) = desk.looked_up((viewer, context), &id, FIRST).await?;
    drop(view(context, &grant, &assembled, FIRST)?);
    let mut shown = desk.shown(grant, assembled, Some("000000000000".to_owned()));
    shown.documents = desk.documents(viewer, &shown);
    page(context, viewer, &shown)
}

/// Everything, with a commit for each view alone.
async fn each(
    guarded: Guarded<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
    ladder: Data<Ladder>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let id = GrantId(grant.into_inner());
    let (grant, assembled) = desk.looked_up((viewer, context), &id, FIRST).await?;
    let view = view(context, &grant, &assembled, FIRST)?;
    let receipt = {
        let _turn = ladder.turn.lock().await;
        desk.record(viewer, context, &grant, view).await?
    };
    let mut shown = desk.shown(grant, assembled, receipt);
    shown.documents = desk.documents(viewer, &shown);
    page(context, viewer, &shown)
}

fn page(context: &Context, viewer: &Viewer, shown: &Shown) -> Result<HttpResponse, Problem> {
    SummaryPage::new(context, viewer, shown)?.respond()
}
