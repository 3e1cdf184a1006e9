//! How the node does: from memory alone, so that it is said also where parts hang.

use actix_web::{HttpResponse, web::Data};

use crate::{
    domain::clock::Clock,
    health::Health,
    web::{
        error::Problem,
        guard::{Administer, Guarded},
        views::admin::health::HealthPage,
    },
};

/// `GET /admin/health`
pub(in crate::web) async fn get(
    guarded: Guarded<Administer>,
    health: Data<Health>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let picture = health.picture();
    HealthPage::new(&guarded.context, &guarded.viewer, &picture, clock.now()).respond()
}
