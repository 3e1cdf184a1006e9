//! Every part of the pages on one page, for those who work on them; only in the demonstration.

use actix_web::HttpResponse;

use crate::web::{context::Context, error::Problem, views::guide::GuidePage};

/// `GET /styleguide`
pub(in crate::web) async fn get(context: Context) -> Result<HttpResponse, Problem> {
    if !context.settings.demo {
        return Err(Problem::NotFound);
    }
    GuidePage::new(&context).respond()
}
