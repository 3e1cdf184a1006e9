//! One's own sessions, and beginning one anew.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::{Authenticator, OwnSession, Refusal, Viewer},
    domain::clock::japanese_time,
    web::{context::Context, error::Problem, handlers, text::Text},
};

use super::{Frame, anew::AnewForm, page, sign_in};

/// A time of day on a Japanese wall.
pub(super) fn time_of_day(time: DateTime<Utc>) -> String {
    japanese_time(time).format("%H:%M").to_string()
}

fn day_and_time(time: DateTime<Utc>) -> String {
    japanese_time(time).format("%m-%d %H:%M").to_string()
}

/// The list.
#[derive(Template)]
#[template(path = "pages/sessions.html")]
pub(in crate::web) struct SessionsPage {
    frame: Frame,
    t: &'static Text,
    rows: Vec<SessionRow>,
    may_vouch: bool,
    may_renew: bool,
}

/// One session.
struct SessionRow {
    id: String,
    terminal: String,
    location: String,
    since: String,
    last_seen: String,
    until: String,
    locked: bool,
    is_this: bool,
}

impl SessionsPage {
    /// The list of these sessions, in their order.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, own: Vec<OwnSession>) -> Self {
        let t = context.text();
        let rows = own.into_iter().map(|session| SessionRow {
            id: session.id,
            terminal: session.terminal_name,
            location: session.location,
            since: day_and_time(session.since),
            last_seen: day_and_time(session.last_seen),
            until: day_and_time(session.ends),
            locked: session.locked,
            is_this: session.is_this,
        });
        Self {
            frame: Frame::new(context, Some(viewer), t.seats.title),
            t,
            rows: rows.collect(),
            may_vouch: viewer.emergency_permission && !viewer.is_borrowed(),
            may_renew: viewer.may_be_left(),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, StatusCode::OK)
    }
}

/// Both factors once more.
#[derive(Template)]
#[template(path = "pages/renew.html")]
pub(in crate::web) struct RenewPage {
    frame: Frame,
    t: &'static Text,
    back: String,
    anew: AnewForm,
    flash: Option<String>,
    /// The request, said beside the flash.
    request: String,
    status: StatusCode,
}

impl RenewPage {
    /// The empty form for the factors that the viewer has, leading back to the page asked for.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        known: &[Authenticator],
        back: &str,
    ) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.seats.renew_title);
        "/sessions/renew".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            back: handlers::back(back).to_owned(),
            anew: AnewForm::new(context, known),
            flash: None,
            request: context.request.0.clone(),
            status: StatusCode::OK,
        }
    }

    /// The form again, with why; neither factor is sent back.
    pub(in crate::web) fn again(mut self, refusal: Refusal) -> Self {
        self.flash = Some((self.t.words.refusal)(refusal));
        self.status = sign_in::status(refusal);
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
