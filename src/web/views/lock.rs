//! The page that covers everything until the password is given.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{Refusal, Viewer},
    web::{context::Context, error::Problem, handlers, text::Text},
};

use super::{Frame, page, sign_in};

/// The lock.
#[derive(Template)]
#[template(path = "pages/lock.html")]
pub(in crate::web) struct LockPage {
    frame: Frame,
    t: &'static Text,
    name: String,
    form_token: String,
    back: String,
    flash: Option<String>,
    status: StatusCode,
}

impl LockPage {
    /// The lock, leading back to the page asked for.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer) -> Self {
        let context = context.clone().in_language(viewer.language);
        let t = context.text();
        Self {
            frame: Frame::new(&context, None, t.door.lock_title),
            t,
            name: viewer.name.clone(),
            form_token: viewer.form_token.clone(),
            back: handlers::back(&context.path).to_owned(),
            flash: None,
            status: StatusCode::LOCKED,
        }
    }

    /// The lock again, with why.
    pub(in crate::web) fn again(
        context: &Context,
        viewer: &Viewer,
        back: &str,
        refusal: Refusal,
    ) -> Self {
        let mut page = Self::new(context, viewer);
        back.clone_into(&mut page.back);
        page.flash = Some((page.t.words.refusal)(refusal));
        page.status = sign_in::status(refusal);
        page
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, self.status)
    }
}
