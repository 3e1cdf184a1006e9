//! For load balancers: whether the process lives, and whether it may be sent patients.

use actix_web::{HttpResponse, http::header::ContentType, web::Data};

use crate::{health::Health, ledger::Ledger};

/// `GET /health/live`
pub(in crate::web) async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body("live\n")
}

/// `GET /health/ready`: not ready where nothing can be recorded, or nobody be known.
pub(in crate::web) async fn ready(ledger: Data<Ledger>, health: Data<Health>) -> HttpResponse {
    let (mut answer, said) = if !ledger.is_ready() {
        let said = "not ready: the ledger cannot be written\n";
        (HttpResponse::ServiceUnavailable(), said)
    } else if health.is_registry_silent() {
        let said = "not ready: the registry does not answer\n";
        (HttpResponse::ServiceUnavailable(), said)
    } else if ledger.trouble().is_some() {
        // Of two ledgers one is enough; that the other is not there is still said.
        let said = "ready, but one of the two ledgers is not\n";
        (HttpResponse::Ok(), said)
    } else {
        (HttpResponse::Ok(), "ready\n")
    };
    answer.content_type(ContentType::plaintext()).body(said)
}
