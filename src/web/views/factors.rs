//! Everybody's own authenticators and password.

use std::fmt::Write;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};
use qrcode::{Color, QrCode};
use secrecy::ExposeSecret;

use crate::{
    access::{Authenticator, Enrolment, NotChanged, Viewer, admin::Flaw},
    domain::clock::japanese_time,
    web::{context::Context, error::Problem, text::Text},
};

use super::{Frame, anew::AnewForm, page, passkey::PasskeyForm, sign_in};

/// The list, and a form for every change.
#[derive(Template)]
#[template(path = "pages/factors.html")]
pub(in crate::web) struct FactorsPage {
    frame: Frame,
    t: &'static Text,
    rows: Vec<Row>,
    anew: AnewForm,
    passkey: Option<PasskeyForm>,
    /// The name that was typed for an authenticator that there is.
    typed: String,
    flash: Option<String>,
    status: StatusCode,
}

/// One authenticator.
struct Row {
    id: String,
    name: String,
    kind: &'static str,
    added: String,
    used: String,
    is_chosen: bool,
}

impl FactorsPage {
    /// The page.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        known: Vec<Authenticator>,
    ) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.factors.title);
        "/factors".clone_into(&mut frame.back);
        let anew = AnewForm::new(context, &known);
        Self {
            frame,
            t,
            rows: known.into_iter().map(|one| Row::of(one, t)).collect(),
            passkey: PasskeyForm::add(context, viewer, anew.clone()),
            anew,
            typed: String::new(),
            flash: None,
            status: StatusCode::OK,
        }
    }

    /// The page with why a change was not made.
    pub(in crate::web) fn with(mut self, not: NotChanged) -> Self {
        self.flash = Some(said(self.t, not));
        self.status = status(not);
        self
    }

    /// The page with what was chosen and typed; no password and no code is among it.
    pub(in crate::web) fn keeping(mut self, chosen: &str, name: &str) -> Self {
        for row in &mut self.rows {
            row.is_chosen = row.id == chosen;
        }
        if chosen.is_empty()
            && let Some(passkey) = &mut self.passkey
        {
            name.clone_into(&mut passkey.name);
        } else {
            name.clone_into(&mut self.typed);
        }
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

impl Row {
    fn of(one: Authenticator, t: &'static Text) -> Self {
        let time = |at: Option<DateTime<Utc>>| {
            at.map(|at| japanese_time(at).format("%Y-%m-%d %H:%M").to_string())
        };
        Self {
            id: one.id.0,
            name: if one.name.is_empty() {
                t.factors.unnamed.to_owned()
            } else {
                one.name
            },
            kind: (t.factors.kinds)(one.kind),
            added: time(one.added_at).unwrap_or_else(|| "―".to_owned()),
            used: time(one.last_used).unwrap_or_else(|| t.factors.never.to_owned()),
            is_chosen: false,
        }
    }
}

/// Why a change was not made, in words.
pub(in crate::web) fn said(t: &'static Text, not: NotChanged) -> String {
    match not {
        NotChanged::Refused(refusal) => (t.words.refusal)(refusal),
        NotChanged::Flaw(flaw) => (t.factors.flaw)(flaw).to_owned(),
        NotChanged::Known => t.factors.known.to_owned(),
        NotChanged::PasswordsDiffer => t.factors.passwords_differ.to_owned(),
    }
}

/// The status of a change that was not made.
pub(in crate::web) fn status(not: NotChanged) -> StatusCode {
    match not {
        NotChanged::Refused(refusal) => sign_in::status(refusal),
        NotChanged::Flaw(Flaw::WrongPassword) => StatusCode::UNAUTHORIZED,
        NotChanged::Flaw(_) | NotChanged::Known | NotChanged::PasswordsDiffer => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// A secret for an authenticator app, as a picture and as text, and the form for its first code.
#[derive(Template)]
#[template(path = "pages/totp.html")]
pub(in crate::web) struct TotpPage {
    frame: Frame,
    t: &'static Text,
    secret: String,
    token: String,
    /// The name that was typed.
    typed: String,
    anew: AnewForm,
    picture: Picture,
    flash: Option<String>,
    status: StatusCode,
}

/// A QR code: its side with the quiet zone, and its dark modules as a path.
pub(super) struct Picture {
    pub(super) side: usize,
    pub(super) path: String,
}

/// What stays white around a QR code (ISO/IEC 18004: four modules).
const QUIET: usize = 4;

impl Picture {
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let colors = code.to_colors();
        let rows = colors.chunks(width).enumerate();
        let mut path = String::new();
        for (y, row) in rows {
            for (x, _) in row.iter().enumerate().filter(|(_, c)| **c == Color::Dark) {
                // A string takes everything that is written to it.
                write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET).ok()?;
            }
        }
        Some(Self {
            side: width + 2 * QUIET,
            path,
        })
    }
}

impl TotpPage {
    /// The page.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        enrolment: &Enrolment,
        known: &[Authenticator],
    ) -> Result<Self, Problem> {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.factors.totp_title);
        "/factors".clone_into(&mut frame.back);
        let secret = enrolment.totp_secret.expose_secret();
        Ok(Self {
            frame,
            t,
            secret: spaced(secret),
            token: enrolment.sealed.clone(),
            typed: String::new(),
            anew: AnewForm::new(context, known),
            picture: Picture::of(enrolment.otpauth.expose_secret()).ok_or(Problem::Broken)?,
            flash: None,
            status: StatusCode::OK,
        })
    }

    /// The same secret again, with why it was not added.
    pub(in crate::web) fn with(mut self, typed: &str, not: NotChanged) -> Self {
        typed.clone_into(&mut self.typed);
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

/// In groups of four, as it is typed.
pub(super) fn spaced(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}
