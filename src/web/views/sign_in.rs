//! The pages before a session.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Refusal,
    web::{context::Context, error::Problem, text::Text},
};

use super::{Frame, page, passkey::PasskeyForm};

/// Account and password.
#[derive(Template)]
#[template(path = "pages/login.html")]
pub(in crate::web) struct LoginPage {
    frame: Frame,
    t: &'static Text,
    account: String,
    flash: Option<String>,
    /// The request, said beside the flash.
    request: String,
    /// Whether this browser is no terminal: how it becomes one is said then.
    is_strange: bool,
    status: StatusCode,
    passkey: Option<PasskeyForm>,
}

impl LoginPage {
    /// The empty form.
    pub(in crate::web) fn new(context: &Context) -> Self {
        let t = context.text();
        Self {
            frame: Frame::new(context, None, t.door.title),
            t,
            account: String::new(),
            flash: None,
            request: context.request.0.clone(),
            is_strange: false,
            status: StatusCode::OK,
            passkey: PasskeyForm::sign_in(context),
        }
    }

    /// The form for somebody whose session is over.
    pub(in crate::web) fn with_session_over(mut self) -> Self {
        self.flash = Some(self.t.problem.signed_out.body.to_owned());
        self
    }

    /// The form again, with why; the password is never sent back.
    pub(in crate::web) fn again(context: &Context, account: &str, refusal: Refusal) -> Self {
        let mut page = Self::new(context);
        "/login".clone_into(&mut page.frame.back);
        page.flash = Some((page.t.words.refusal)(refusal));
        account.clone_into(&mut page.account);
        page.is_strange = refusal == Refusal::UnknownTerminal;
        page.status = status(refusal);
        page
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, self.status)
    }
}

/// The one-time code.
#[derive(Template)]
#[template(path = "pages/code.html")]
pub(in crate::web) struct CodePage {
    frame: Frame,
    t: &'static Text,
    pending: String,
    /// Whether a colleague's word may stand in place of the code.
    is_vouched: bool,
    flash: Option<String>,
    /// The request, said beside the flash.
    request: String,
    status: StatusCode,
}

impl CodePage {
    /// The empty form.
    pub(in crate::web) fn new(context: &Context, pending: &str) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, None, t.door.code_title);
        "/login".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            pending: pending.to_owned(),
            is_vouched: false,
            flash: None,
            request: context.request.0.clone(),
            status: StatusCode::OK,
        }
    }

    /// The form with a colleague's word to choose.
    pub(in crate::web) fn with_vouch(mut self, is_vouched: bool) -> Self {
        self.is_vouched = is_vouched;
        self
    }

    /// The form again with why; back to the first step where that one is over.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn again(
        context: &Context,
        pending: &str,
        refusal: Refusal,
    ) -> Result<HttpResponse, Problem> {
        match refusal {
            Refusal::Expired
            | Refusal::UnknownTerminal
            | Refusal::UnknownOrWrong
            | Refusal::WrongPasskey
            | Refusal::UnverifiedPasskey
            | Refusal::CopiedPasskey
            | Refusal::SealedHere => LoginPage::again(context, "", refusal).respond(),
            Refusal::WrongCode | Refusal::UsedCode(_) | Refusal::Slowed(_) => {
                let mut page = Self::new(context, pending);
                page.flash = Some((page.t.words.refusal)(refusal));
                page.status = status(refusal);
                page.respond()
            }
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

/// The status of a refused sign-in.
pub(in crate::web) const fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::UnknownOrWrong
        | Refusal::WrongCode
        | Refusal::UsedCode(_)
        | Refusal::Expired
        | Refusal::WrongPasskey
        | Refusal::UnverifiedPasskey
        | Refusal::CopiedPasskey => StatusCode::UNAUTHORIZED,
        Refusal::Slowed(_) => StatusCode::TOO_MANY_REQUESTS,
        Refusal::UnknownTerminal => StatusCode::FORBIDDEN,
        Refusal::SealedHere => StatusCode::CONFLICT,
    }
}
