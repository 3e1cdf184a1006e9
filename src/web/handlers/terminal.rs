//! A browser becomes the terminal that an administrator has registered for it.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::Access,
    web::{
        context::Context,
        cookie::{self, Name},
        error::Problem,
        form::Fields,
        views::terminal::TerminalPage,
    },
};

use super::see_other;

/// `GET /terminals/register`
pub(in crate::web) async fn get(context: Context) -> Result<HttpResponse, Problem> {
    TerminalPage::new(&context).respond()
}

/// `POST /terminals/register`
pub(in crate::web) async fn post(
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let device = fields.get("device").trim();
    if !access.take_up_terminal(device, &context.caller).await? {
        return TerminalPage::again(&context).respond();
    }
    let mut response = see_other("/login");
    response
        .add_cookie(&cookie::write(
            Name::Device,
            device.to_owned(),
            &context.settings,
        ))
        .map_err(|_| Problem::Broken)?;
    Ok(response)
}
