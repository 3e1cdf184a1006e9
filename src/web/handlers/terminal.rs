//! A browser becomes a terminal by the code that an administrator made for it.

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
    let code = fields.get("code");
    let Ok(device) = access.register_terminal(code, &context.caller).await? else {
        return TerminalPage::again(&context).respond();
    };
    let mut response = see_other("/login");
    if let Some(device) = device {
        response
            .add_cookie(&cookie::write(Name::Device, device, &context.settings))
            .map_err(|_| Problem::Broken)?;
    }
    Ok(response)
}
