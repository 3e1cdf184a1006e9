//! For load balancers: whether the process lives, and whether it may be sent patients.

use actix_web::{HttpResponse, web::Data};

use crate::ledger::Ledger;

/// `GET /health/live`
pub(in crate::web) async fn live() -> HttpResponse {
    HttpResponse::Ok().body("live\n")
}

/// `GET /health/ready`: not ready where nothing can be recorded.
pub(in crate::web) async fn ready(ledger: Data<Ledger>) -> HttpResponse {
    if ledger.is_ready() {
        HttpResponse::Ok().body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().body("not ready: the ledger cannot be written\n")
    }
}
