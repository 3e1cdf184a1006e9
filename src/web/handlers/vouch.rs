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
        views::vouch::{StrangerPage, VouchPage, said, status},
    },
};

use super::{passkey::begun, see_other};

/// `GET /vouch`
pub(in crate::web) async fn get(
    guarded: Guarded<BreakGlass>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let own = access.own_means(&guarded.viewer).await?;
    VouchPage::new(&guarded.context, &guarded.viewer, own).respond()
}

/// For what a form vouches.
fn vouching(fields: &Fields) -> Vouching {
    match fields.get("whom") {
        "colleague" => Vouching::Colleague(fields.get("account").to_owned()),
        _ => Vouching::Terminal(fields.get("terminal_code").to_owned()),
    }
}

/// The factor given again: a passkey's answer, else password or code.
fn own_factor(fields: &Fields) -> OwnFactor {
    let secret = |name| SecretString::from(fields.take(name));
    if fields.get("own_credential").is_empty() {
        OwnFactor::Typed {
            password: secret("password"),
            code: secret("code"),
        }
    } else {
        OwnFactor::Passkey {
            token: secret("own_token"),
            credential: secret("own_credential"),
        }
    }
}

/// `POST /vouch/start`
pub(in crate::web) async fn begin(
    posted: Posted<BreakGlass>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let vouching = vouching(&posted.fields);
    let ceremony = access.begin_vouch(&posted.viewer, &vouching).await?;
    let t = posted.context.text();
    Ok(begun(ceremony.map_err(|not| (status(&not), said(t, &not)))))
}

/// `POST /vouch`
pub(in crate::web) async fn post(
    posted: Posted<BreakGlass>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer, fields) = (&posted.context, &posted.viewer, &posted.fields);
    let vouched = access
        .vouch(viewer, vouching(fields), own_factor(fields))
        .await?;
    let own = access.own_means(viewer).await?;
    VouchPage::new(context, viewer, own)
        .after(&vouched, fields.get("terminal_code"), fields.get("account"))
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
