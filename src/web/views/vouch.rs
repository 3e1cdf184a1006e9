//! The page of whoever vouches, and the page of a terminal that needs it.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{Stranger, Viewer, Vouched},
    web::{context::Context, error::Problem, text::Text},
};

use super::{Frame, page, seats::time_of_day, sign_in};

/// The voucher's forms.
#[derive(Template)]
#[template(path = "pages/vouch.html")]
pub(in crate::web) struct VouchPage {
    frame: Frame,
    t: &'static Text,
    terminal_code: String,
    account: String,
    flash: Option<String>,
    done: Option<String>,
    status: StatusCode,
}

impl VouchPage {
    /// The empty forms.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer) -> Self {
        let t = context.text();
        Self {
            frame: Frame::new(context, Some(viewer), t.seats.vouch_title),
            t,
            terminal_code: String::new(),
            account: String::new(),
            flash: None,
            done: None,
            status: StatusCode::OK,
        }
    }

    /// The forms after a vouching, with what was typed where it was refused; never the factor.
    pub(in crate::web) fn after(
        mut self,
        vouched: &Vouched,
        terminal_code: &str,
        account: &str,
    ) -> Self {
        let ends = match vouched {
            Vouched::Terminal(ends) | Vouched::Colleague { ends, .. } => Some(time_of_day(*ends)),
            Vouched::Refused(_)
            | Vouched::UnknownCode
            | Vouched::UnknownColleague
            | Vouched::Himself
            | Vouched::SecondHand => None,
        };
        let time = ends.as_deref().unwrap_or_default();
        let said = (self.t.seats.vouched)(vouched, time);
        if ends.is_some() {
            self.done = Some(said);
            return self;
        }
        self.flash = Some(said);
        terminal_code.clone_into(&mut self.terminal_code);
        account.clone_into(&mut self.account);
        self.status = if let Vouched::Refused(refusal) = vouched {
            sign_in::status(*refusal)
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
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

/// What a terminal shows that is not registered.
#[derive(Template)]
#[template(path = "pages/stranger.html")]
pub(in crate::web) struct StrangerPage {
    frame: Frame,
    t: &'static Text,
    code: String,
    token: String,
    location: String,
    flash: Option<String>,
    status: StatusCode,
}

impl StrangerPage {
    /// The code to be told.
    pub(in crate::web) fn new(context: &Context, stranger: Stranger) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, None, t.seats.strange_title);
        "/login".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            code: stranger.code,
            token: stranger.token,
            location: String::new(),
            flash: None,
            status: StatusCode::OK,
        }
    }

    /// The same again, with why it cannot go on and what was typed.
    pub(in crate::web) fn again(mut self, why: String, location: &str, status: StatusCode) -> Self {
        self.flash = Some(why);
        location.clone_into(&mut self.location);
        self.status = status;
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
