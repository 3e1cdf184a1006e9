//! The first page, by role.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::Access,
    domain::clock::Clock,
    web::{
        error::Problem,
        guard::{Guarded, SignedIn},
        views::home::HomePage,
    },
};

/// `GET /`
pub(in crate::web) async fn get(
    guarded: Guarded<SignedIn>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let grants = access.own_grants(&guarded.viewer);
    HomePage::new(&guarded.context, &guarded.viewer)
        .with_grants(&grants, clock.now())
        .respond()
}
