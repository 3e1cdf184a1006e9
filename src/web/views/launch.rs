//! The page between the facility's own system and the glass.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::web::{context::Context, error::Problem, text::Text};

use super::{Frame, page};

/// The page: one button. It names nobody.
#[derive(Template)]
#[template(path = "pages/launch.html")]
pub(in crate::web) struct LaunchPage {
    frame: Frame,
    t: &'static Text,
    /// What the button sends back.
    sealed: String,
    flash: Option<&'static str>,
    status: StatusCode,
}

impl LaunchPage {
    /// The page with what its button sends back.
    pub(in crate::web) fn new(context: &Context, sealed: String) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, None, t.launch.title);
        "/".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            sealed,
            flash: None,
            status: StatusCode::OK,
        }
    }

    /// Nobody may go on yet: the page stays until somebody has signed in.
    pub(in crate::web) fn without_viewer(mut self) -> Self {
        self.flash = Some(self.t.launch.signed_out);
        self.status = StatusCode::UNAUTHORIZED;
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
