//! The page of whoever vouches, and the page of a terminal that needs it.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{OwnMeans, Stranger, Viewer, Vouched},
    web::{asset::Asset, context::Context, error::Problem, text::Text},
};

use super::{Frame, page, seats::time_of_day, sign_in};

/// The voucher's forms.
#[derive(Template)]
#[template(path = "pages/vouch.html")]
pub(in crate::web) struct VouchPage {
    frame: Frame,
    t: &'static Text,
    own: OwnForm,
    terminal_code: String,
    account: String,
    flash: Option<String>,
    done: Option<String>,
    status: StatusCode,
}

/// The part of a form that asks for a factor of the voucher's own.
struct OwnForm {
    has_password: bool,
    has_code: bool,
    /// The only host name at which his passkeys work, where he has any.
    host: Option<String>,
    script: String,
}

impl OwnForm {
    fn new(context: &Context, own: OwnMeans) -> Self {
        let host = context.settings.passkey_host.clone();
        let host = host.filter(|_| own.has_passkey);
        // Somebody who can give none is told so by the answer.
        let has_none = !own.has_password && !own.has_code && host.is_none();
        Self {
            has_password: own.has_password || has_none,
            has_code: own.has_code || has_none,
            host,
            script: Asset::Passkey.url(),
        }
    }

    fn code_label(&self, t: &Text) -> &'static str {
        let (alone, or) = t.seats.own_code;
        if self.has_password { or } else { alone }
    }

    /// Whether anything can be typed.
    fn is_typed(&self) -> bool {
        self.has_password || self.has_code
    }
}

/// How a vouching went, in words.
pub(in crate::web) fn said(t: &Text, vouched: &Vouched) -> String {
    let ends = match vouched {
        Vouched::Terminal(ends) | Vouched::Colleague { ends, .. } => time_of_day(*ends),
        Vouched::NotGiven
        | Vouched::Refused(_)
        | Vouched::UnknownCode
        | Vouched::UnknownColleague
        | Vouched::NoPassword { .. }
        | Vouched::Himself
        | Vouched::SecondHand => String::new(),
    };
    (t.seats.vouched)(vouched, &ends)
}

/// The status of its answer.
pub(in crate::web) fn status(vouched: &Vouched) -> StatusCode {
    match vouched {
        Vouched::Terminal(_) | Vouched::Colleague { .. } => StatusCode::OK,
        Vouched::Refused(refusal) => sign_in::status(*refusal),
        Vouched::NotGiven
        | Vouched::UnknownCode
        | Vouched::UnknownColleague
        | Vouched::NoPassword { .. }
        | Vouched::Himself
        | Vouched::SecondHand => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl VouchPage {
    /// The empty forms, with what the viewer can give again.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, own: OwnMeans) -> Self {
        let t = context.text();
        Self {
            own: OwnForm::new(context, own),
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
        self.status = status(vouched);
        let said = Some(said(self.t, vouched));
        if self.status == StatusCode::OK {
            self.done = said;
            return self;
        }
        self.flash = said;
        terminal_code.clone_into(&mut self.terminal_code);
        account.clone_into(&mut self.account);
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
