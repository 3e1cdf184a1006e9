//! What the holder of a one-time link sees: password and authenticator app, or a passkey, and the
//! end of it.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use secrecy::ExposeSecret;

use crate::{
    access::{NotChanged, OpenLink},
    web::{context::Context, error::Problem, text::Text},
};

use super::{
    Frame,
    factors::{Picture, said, spaced, status},
    page,
    passkey::PasskeyForm,
};

/// The form.
#[derive(Template)]
#[template(path = "pages/enrol.html")]
pub(in crate::web) struct EnrolPage {
    frame: Frame,
    t: &'static Text,
    flash: Option<String>,
    name: String,
    sign_in: String,
    facility: String,
    secret: String,
    sealed: String,
    picture: Picture,
    /// In the place of all of it.
    passkey: Option<PasskeyForm>,
    status: StatusCode,
}

impl EnrolPage {
    /// The form for an open link.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn new(context: &Context, open: &OpenLink) -> Result<Self, Problem> {
        let t = context.text();
        let enrolment = &open.enrolment;
        Ok(Self {
            frame: frame(context, t.admin.enrol.title),
            t,
            flash: None,
            name: open.name.clone(),
            sign_in: open.sign_in.clone(),
            facility: open.facility_name.clone(),
            secret: spaced(enrolment.totp_secret.expose_secret()),
            sealed: enrolment.sealed.clone(),
            picture: Picture::of(enrolment.otpauth.expose_secret()).ok_or(Problem::Broken)?,
            passkey: PasskeyForm::enrol(context),
            status: StatusCode::OK,
        })
    }

    /// With the name that was typed for a passkey.
    pub(in crate::web) fn named(mut self, name: &str) -> Self {
        if let Some(passkey) = &mut self.passkey {
            name.clone_into(&mut passkey.name);
        }
        self
    }

    /// The form again, with why nothing was set; no password is sent back.
    pub(in crate::web) fn refused(mut self, not: NotChanged) -> Self {
        self.flash = Some(said(self.t, not));
        self.status = status(not);
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, self.status)
    }
}

/// One sentence, and the way to the sign-in page.
#[derive(Template)]
#[template(path = "pages/enrol-said.html")]
pub(in crate::web) struct EnrolSaid {
    frame: Frame,
    t: &'static Text,
    said: &'static str,
    status: StatusCode,
}

impl EnrolSaid {
    /// The link is used, too old, unknown or not there at all.
    pub(in crate::web) fn over(context: &Context) -> Self {
        let said = &context.text().admin.enrol;
        Self::new(context, said.over_title, said.over, StatusCode::GONE)
    }

    /// Password and authenticator are set.
    pub(in crate::web) fn done(context: &Context) -> Self {
        let said = &context.text().admin.enrol;
        Self::new(context, said.done_title, said.done, StatusCode::OK)
    }

    /// A passkey is set.
    pub(in crate::web) fn done_by_passkey(context: &Context) -> Self {
        let said = &context.text().admin.enrol;
        Self::new(
            context,
            said.done_title,
            said.done_by_passkey,
            StatusCode::OK,
        )
    }

    fn new(context: &Context, title: &'static str, said: &'static str, status: StatusCode) -> Self {
        Self {
            frame: frame(context, title),
            t: context.text(),
            said,
            status,
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, self.status)
    }
}

fn frame(context: &Context, title: &'static str) -> Frame {
    let mut frame = Frame::new(context, None, title);
    "/enrol".clone_into(&mut frame.back);
    frame
}
