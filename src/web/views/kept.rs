//! A form that held what is not clean text, once more: with what is left of it, never with a
//! password, to be looked at and sent again by hand.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::web::{context::Context, error::Problem, form::Kept, text::Text};

use super::{Frame, page};

/// The page.
#[derive(Template)]
#[template(path = "pages/kept.html")]
pub(super) struct KeptPage {
    frame: Frame,
    t: &'static Text,
    /// A number is asked for by the form of that name alone.
    id: &'static str,
    /// Where the form goes.
    action: String,
    fields: Vec<KeptField>,
    submit: &'static str,
    request: String,
}

/// Where the glass is broken.
const GLASS: &str = "/grants";

/// One field of it.
struct KeptField {
    name: String,
    value: String,
    /// How a reader knows it; `None` for what no reader typed.
    label: Option<&'static str>,
    kind: &'static str,
}

impl KeptPage {
    /// The form that was sent to the path of this request.
    pub(super) fn new(context: &Context, kept: &Kept) -> Self {
        let viewer = kept.viewer.as_ref();
        let language = viewer.map_or(context.language, |viewer| viewer.language);
        let context = context.clone().in_language(language);
        let t = context.text();
        let mut frame = Frame::new(&context, viewer, t.problem.unclean.title);
        // Only this form leads here.
        "/".clone_into(&mut frame.back);
        frame.stay.clear();
        let is_glass = context.path == GLASS;
        let mut has_reason = is_glass;
        let has_number = kept.fields.names().any(|name| name == "number");
        Self {
            id: if has_number { "search" } else { "kept" },
            request: context.request.0.clone(),
            fields: kept
                .fields
                .pairs()
                .chain(
                    is_glass
                        .then(|| back_to_glass(kept, t))
                        .into_iter()
                        .flatten(),
                )
                // Touch buttons bear the name of the reason's field.
                .filter(|(name, _)| *name != "reason" || !std::mem::replace(&mut has_reason, true))
                .map(|(name, value)| KeptField::of(name, value, &context.path, t))
                .collect(),
            // Nobody is opened from a page that does not name him.
            action: if is_glass {
                "/language".to_owned()
            } else {
                context.path
            },
            submit: if is_glass {
                t.problem.unclean_glass
            } else {
                t.problem.unclean_again
            },
            frame,
            t,
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(super) fn respond(self, status: StatusCode) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, status)
    }
}

/// What leads to the glass page once more, with what was typed, as a choice of the language does.
fn back_to_glass<'a>(kept: &'a Kept, t: &'static Text) -> [(&'a str, &'a str); 3] {
    let candidate = kept.fields.get("candidate");
    [("among", candidate), ("language", t.lang), ("back", "/")]
}

impl KeptField {
    fn of(name: &str, value: &str, path: &str, t: &'static Text) -> Self {
        let secret = secret(name, t);
        // A digit is given anew: what is left of a scanner's burst must not open anything.
        let is_digit = name == "reason" && !path.starts_with("/audit");
        let is_anew = secret.is_some() || is_digit;
        Self {
            name: name.to_owned(),
            value: if is_anew {
                String::new()
            } else {
                value.to_owned()
            },
            kind: match name {
                "password" | "again" | "new" => "password",
                "code" | "new_code" => "tel",
                _ if is_digit => "tel",
                _ => "text",
            },
            label: secret.or_else(|| label(name, path, t)),
        }
    }
}

/// What is typed once more: passwords and codes.
fn secret(name: &str, t: &Text) -> Option<&'static str> {
    Some(match name {
        "password" => t.door.password,
        "code" => t.door.code,
        "new" => t.factors.password_new,
        "again" => t.factors.password_again,
        "new_code" => t.factors.totp_new,
        _ => return None,
    })
}

/// What a reader typed, as its own page calls it.
fn label(name: &str, path: &str, t: &Text) -> Option<&'static str> {
    let is_terminals = path.starts_with("/admin/terminals");
    Some(match name {
        "account" if !path.starts_with("/admin") => t.door.account,
        "insurer" => t.search.insurer,
        "symbol" => t.search.symbol,
        "number" => t.search.number,
        "branch" => t.search.branch,
        "name" if is_terminals => t.admin.terminals.name,
        "name" if path.starts_with("/factors") || path.starts_with("/enrol") => t.factors.name,
        "name" => t.search.name,
        "birth_date" => t.search.birth_date,
        "address" => t.search.address,
        "insurer_name" => t.search.insurer_name,
        "reason" if path.starts_with("/audit") => t.replay.reason,
        "reason" => t.glass.reason,
        "judged_by" => t.glass.judged_by,
        "note" => t.glass.note,
        "taken_by" => t.grants.taken_by,
        "sign_in" => t.admin.accounts.sign_in,
        "location" => t.admin.terminals.location,
        "device" => t.admin.terminals.device,
        "area" => t.admin.disaster.area,
        "until" => t.admin.disaster.until,
        "receipt" => t.audit.receipt,
        _ => return None,
    })
}
