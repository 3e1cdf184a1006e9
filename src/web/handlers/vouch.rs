//! Vouching: the voucher's page, and the page of a terminal that needs somebody's word.

use actix_web::{HttpResponse, http::StatusCode, web::Data};
use secrecy::SecretString;

use crate::{
    access::{Access, OwnFactor, Refusal, TakenUp, Vouching},
    web::{
        context::Context,
        cookie::{self, Name},
        error::Problem,
        form::Fields,
        guard::{BreakGlass, Guarded, Posted},
        views::vouch::{StrangerPage, VouchPage},
    },
};

use super::see_other;

/// `GET /vouch`
pub(in crate::web) async fn get(guarded: Guarded<BreakGlass>) -> Result<HttpResponse, Problem> {
    VouchPage::new(&guarded.context, &guarded.viewer).respond()
}

/// `POST /vouch`
pub(in crate::web) async fn post(
    posted: Posted<BreakGlass>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer, fields) = (&posted.context, &posted.viewer, &posted.fields);
    let (code, account) = (fields.get("terminal_code"), fields.get("account"));
    let own = OwnFactor {
        password: SecretString::from(fields.take("password")),
        code: fields.take("code"),
    };
    let vouching = match fields.get("whom") {
        "colleague" => Vouching::Colleague(account.to_owned()),
        _ => Vouching::Terminal(code.to_owned()),
    };
    let vouched = access.vouch(viewer, vouching, own).await?;
    VouchPage::new(context, viewer)
        .after(&vouched, code, account)
        .respond()
}

/// `GET /terminals/vouched`
pub(in crate::web) async fn stranger(
    context: Context,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    StrangerPage::new(&context, access.stranger()?).respond()
}

/// `POST /terminals/vouched`
pub(in crate::web) async fn post_stranger(
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (token, location) = (fields.get("token"), fields.get("location"));
    let outcome = access.take_up(token, location, &context.caller).await?;
    let t = context.text();
    let (why, status) = match outcome {
        TakenUp::Done(device) => return taken_up(device, &context),
        TakenUp::NotYet => (t.seats.not_yet.to_owned(), StatusCode::CONFLICT),
        TakenUp::NoLocation => (
            t.seats.no_location.to_owned(),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        TakenUp::Over => (t.seats.over.to_owned(), StatusCode::FORBIDDEN),
        TakenUp::Slowed(wait) => (
            (t.words.refusal)(Refusal::Slowed(wait)),
            StatusCode::TOO_MANY_REQUESTS,
        ),
    };
    let same = (status != StatusCode::FORBIDDEN)
        .then(|| access.stranger_again(token))
        .flatten();
    let shown = match same {
        Some(same) => same,
        None => access.stranger()?,
    };
    StrangerPage::new(&context, shown)
        .again(why, location, status)
        .respond()
}

fn taken_up(device: Option<String>, context: &Context) -> Result<HttpResponse, Problem> {
    let mut response = see_other("/login");
    if let Some(device) = device {
        response
            .add_cookie(&cookie::write(Name::Device, device, &context.settings))
            .map_err(|_| Problem::Broken)?;
    }
    Ok(response)
}
