//! The pages that cover everything: the lock, until the password is given, and the cover of a page
//! that was left alone.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{COVER_EARLY, Refusal, Viewer},
    web::{context::Context, error::Problem, handlers, text::Text},
};

use super::{Frame, locked, page, passkey::PasskeyForm, sign_in};

/// Seconds after which a page left alone leads to the lock: never later than the seat's.
pub(super) fn after(viewer: &Viewer) -> u64 {
    viewer.idle_left.saturating_sub(COVER_EARLY).as_secs()
}

/// The lock.
#[derive(Template)]
#[template(path = "pages/lock.html")]
pub(in crate::web) struct LockPage {
    frame: Frame,
    t: &'static Text,
    name: String,
    form_token: String,
    may_be_left: bool,
    back: String,
    flash: Option<String>,
    /// The request, for whoever asks the administrator.
    request: String,
    status: StatusCode,
    passkey: Option<PasskeyForm>,
}

/// What is left of a page nobody touched while its session was busy elsewhere: nothing of a
/// patient, and one key to go on.
#[derive(Template)]
#[template(path = "pages/covered.html")]
pub(in crate::web) struct CoveredPage {
    frame: Frame,
    t: &'static Text,
}

impl CoveredPage {
    /// The cover.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.summary.covered);
        handlers::back(&context.query.back).clone_into(&mut frame.back);
        // Nothing of a patient is left on it to be covered once more.
        frame.lock_after = None;
        Self { frame, t }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, StatusCode::OK)
    }
}

impl LockPage {
    /// The lock, leading back to the page asked for.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer) -> Self {
        let context = context.clone().in_language(viewer.language);
        let t = context.text();
        let mut frame = Frame::new(&context, None, t.door.lock_title);
        frame.choice_token = Some(viewer.form_token.clone());
        let back = match &*context.path {
            "/locked" => &context.query.back,
            path => path,
        };
        let back = handlers::back(back).to_owned();
        frame.back = locked(&back);
        let passkey = PasskeyForm::unlock(&context, viewer, &back);
        Self {
            frame,
            t,
            name: viewer.name.clone(),
            form_token: viewer.form_token.clone(),
            may_be_left: viewer.may_be_left(),
            back,
            flash: None,
            request: context.request.0.clone(),
            status: StatusCode::LOCKED,
            passkey,
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
        if let Some(passkey) = &mut page.passkey {
            back.clone_into(&mut passkey.back);
        }
        page.flash = Some((page.t.words.refusal)(refusal));
        page.status = sign_in::status(refusal);
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
