//! For load balancers: whether the process lives, and whether it may be sent patients.

use actix_web::{HttpResponse, http::header::ContentType, web::Data};

use crate::ledger::Ledger;

/// `GET /health/live`
pub(in crate::web) async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body("live\n")
}

/// `GET /health/ready`: not ready where nothing can be recorded.
pub(in crate::web) async fn ready(ledger: Data<Ledger>) -> HttpResponse {
    if ledger.is_ready() {
        // Of two ledgers one is enough; that the other is not there is still said.
        let said = if ledger.trouble().is_some() {
            "ready, but one of the two ledgers is not\n"
        } else {
            "ready\n"
        };
        HttpResponse::Ok()
            .content_type(ContentType::plaintext())
            .body(said)
    } else {
        HttpResponse::ServiceUnavailable()
            .content_type(ContentType::plaintext())
            .body("not ready: the ledger cannot be written\n")
    }
}
