//! The page on which a browser takes up a registered terminal.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::web::{context::Context, error::Problem, text::Text};

use super::{Frame, page};

/// The value that registering the terminal printed.
#[derive(Template)]
#[template(path = "pages/terminal.html")]
pub(in crate::web) struct TerminalPage {
    frame: Frame,
    t: &'static Text,
    flash: Option<String>,
    status: StatusCode,
}

impl TerminalPage {
    /// The empty form.
    pub(in crate::web) fn new(context: &Context) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, None, t.door.terminal_title);
        "/login".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            flash: None,
            status: StatusCode::OK,
        }
    }

    /// The form again: no terminal has that value.
    pub(in crate::web) fn again(context: &Context) -> Self {
        let mut page = Self::new(context);
        page.flash = Some(page.t.door.terminal_unknown.to_owned());
        page.status = StatusCode::FORBIDDEN;
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
