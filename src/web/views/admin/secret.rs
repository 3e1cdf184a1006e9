//! What is shown once: a one-time link, a terminal's code, the sheet for an envelope.

use askama::Template;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use crate::{
    access::{
        Viewer,
        admin::{IssuedLink, SealedSecrets, TerminalCode},
    },
    web::{context::Context, error::Problem},
};

use super::{super::factors::Picture, Office, in_office, time};

/// A one-time link.
#[derive(Template)]
#[template(path = "pages/admin-link.html")]
pub(in crate::web) struct LinkPage {
    office: Office,
    for_whom: String,
    link: String,
    ends: String,
    picture: Picture,
    account_url: String,
}

in_office!(LinkPage);

impl LinkPage {
    /// The page; `origin` is where the browser reaches this service.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        (link, name): (&IssuedLink, &str),
        origin: &str,
    ) -> Result<Self, Problem> {
        let t = context.text();
        let account_url = format!("/admin/accounts/{}", link.account);
        let address = format!("{origin}{}", link.path().expose_secret());
        Ok(Self {
            office: once(Office::new(
                context,
                viewer,
                t.admin.accounts.link_title,
                &account_url,
            )),
            for_whom: (t.admin.accounts.link_for)(name, &link.sign_in),
            picture: Picture::of(&address).ok_or(Problem::Broken)?,
            link: address,
            ends: time(link.ends),
            account_url,
        })
    }
}

/// A code that registers a terminal, large enough to be read across the room.
#[derive(Template)]
#[template(path = "pages/admin-code.html")]
pub(in crate::web) struct CodePage {
    office: Office,
    place: String,
    code: String,
    ends: String,
    address: String,
}

in_office!(CodePage);

impl CodePage {
    /// The page.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        code: &TerminalCode,
        (name, location): (&str, &str),
        origin: &str,
    ) -> Self {
        let title = context.text().admin.terminals.code_title;
        Self {
            office: once(Office::new(context, viewer, title, "/admin/terminals")),
            place: format!("{} / {}", name.trim(), location.trim()),
            code: code.code.expose_secret().to_owned(),
            ends: time(code.ends),
            address: format!("{origin}/terminals/register"),
        }
    }
}

/// The sheet for an envelope.
#[derive(Template)]
#[template(path = "pages/admin-sheet.html")]
pub(in crate::web) struct SheetPage {
    office: Office,
    facility: String,
    sign_in: String,
    password: String,
    code: String,
    made: String,
}

in_office!(SheetPage);

impl SheetPage {
    /// The page.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        secrets: &SealedSecrets,
        now: DateTime<Utc>,
    ) -> Self {
        let title = context.text().admin.sealed.sheet;
        Self {
            office: once(Office::new(context, viewer, title, "/admin/sealed")),
            facility: viewer.facility_name.clone(),
            sign_in: secrets.sign_in.expose_secret().to_owned(),
            password: secrets.password.expose_secret().to_owned(),
            code: secrets.code.expose_secret().to_owned(),
            made: time(now),
        }
    }
}

/// A page that no address leads to: a press that says somebody is still there would lose it.
fn once(mut office: Office) -> Office {
    office.frame.stay.clear();
    office
}
