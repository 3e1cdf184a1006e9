//! Looking for a patient.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::{self, Access},
    web::{
        error::Problem,
        form::Fields,
        guard::{Posted, Search},
        views::{glass::GlassPage, home::HomePage},
    },
};

/// `POST /patients`: candidates and the glass form on one page.
pub(in crate::web) async fn post(
    posted: Posted<Search>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let search = asked(&posted.fields);
    let until = posted.context.started + SEARCH_BUDGET;
    match access.search(&posted.viewer, &search, until).await {
        Ok(found) => GlassPage::of(&posted.context, &posted.viewer, &found).respond(),
        Err(access::Error::Field(field, wrong)) => HomePage::new(&posted.context, &posted.viewer)
            .with_wrong(&search, field, wrong)
            .respond(),
        Err(error) => Err(error.into()),
    }
}

/// `identity` has as long as any source.
const SEARCH_BUDGET: std::time::Duration = std::time::Duration::from_millis(850);

fn asked(fields: &Fields) -> access::Search {
    access::Search {
        mode: fields.take("mode"),
        insurer: fields.take("insurer"),
        symbol: fields.take("symbol"),
        number: fields.take("number"),
        branch: fields.take("branch"),
        name: fields.take("name"),
        birth_date: fields.take("birth_date"),
        sex: fields.take("sex"),
        address: fields.take("address"),
        insurer_name: fields.take("insurer_name"),
    }
}
