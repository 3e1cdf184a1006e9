//! Handlers: one service call, one entry, one view; nothing is decided here.

use actix_web::{
    HttpResponse,
    http::header::{HeaderValue, LOCATION},
};

use crate::{
    access::Viewer,
    domain::{
        access::Person,
        event::{Draft, Event},
    },
};

use super::context::Context;

pub(super) mod admin;
pub(super) mod asked;
pub(super) mod audit;
pub(super) mod disclosure;
pub(super) mod enrol;
pub(super) mod factors;
pub(super) mod fhir;
pub(super) mod glass;
pub(super) mod grant;
pub(super) mod guide;
pub(super) mod handoff;
pub(super) mod health;
pub(super) mod home;
pub(super) mod integrity;
#[cfg(feature = "ladder")]
pub(super) mod ladder;
pub(super) mod launch;
pub(super) mod lists;
pub(super) mod passkey;
pub(super) mod replay;
pub(super) mod report;
pub(super) mod review;
pub(super) mod search;
pub(super) mod seats;
pub(super) mod session;
pub(super) mod sign_in;
pub(super) mod summary;
pub(super) mod terminal;
pub(super) mod views;
pub(super) mod vouch;

/// 303: the change is done, the page to look at is there. What cannot stand in a header (it never
/// comes from a form unchecked) leads to the first page.
pub(super) fn see_other(location: &str) -> HttpResponse {
    let location =
        HeaderValue::from_str(location).unwrap_or_else(|_| HeaderValue::from_static("/"));
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .finish()
}

/// What the viewer caused at this terminal with this request.
fn draft(viewer: &Viewer, context: &Context, person: Option<Person>, event: Event) -> Draft {
    Draft {
        who: Some(viewer.who()),
        facility: viewer.facility.clone(),
        terminal: Some(viewer.terminal.clone()),
        address: context.caller.address,
        request: Some(context.request.clone()),
        person,
        event,
    }
}

/// Bytes of the longest address that a form may lead back to: a grant's pages have far less.
const LONGEST_BACK: usize = 200;

/// A page of this service to go back to, as a form says; anything else is the first page.
pub(super) fn back(field: &str) -> &str {
    let is_plain = field.len() <= LONGEST_BACK
        && field
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_'));
    let is_page = matches!(
        field,
        "/login"
            | "/factors"
            | "/audit"
            | "/audit/receipts"
            | "/audit/cases"
            | "/audit/integrity"
            | "/audit/disclosure"
            | "/audit/report"
            | "/audit/lists"
            | "/grants"
            | "/styleguide"
            | "/terminals/register"
            | "/admin"
            | "/enrol"
            | "/sessions"
            | "/sessions/renew"
            | "/vouch"
            | "/handoffs"
            | "/board"
    ) || field.starts_with("/summary/")
        || field.starts_with("/admin/")
        || field.starts_with("/handoffs/")
        || field.starts_with("/board/");
    let page = of_form(field);
    if is_plain && is_page { page } else { "/" }
}

/// The page whose forms are sent to such an address; what was uncovered is covered again.
fn of_form(path: &str) -> &str {
    let forms: &[&str] = if path.starts_with("/handoffs/") {
        &["/edit", "/ask", "/arrive", "/link"]
    } else if path.starts_with("/board/") {
        &["/answer", "/reveal", "/live"]
    } else {
        &["/uncover"]
    };
    let page = forms.iter().find_map(|form| path.strip_suffix(form));
    page.unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_never_leads_to_another_host() {
        for (field, leads_to) in [
            ("/summary/n.abc-_1/normal", "/summary/n.abc-_1/normal"),
            ("/summary/n.abc/uncover", "/summary/n.abc"),
            ("/login", "/login"),
            ("/handoffs/n.abc/edit", "/handoffs/n.abc"),
            ("/board/n.abc/reveal", "/board/n.abc"),
            ("/board/live", "/board"),
            ("//evil.example", "/"),
            ("https://evil.example/summary/", "/"),
            ("/summary/\r\nSet-Cookie: a", "/"),
            ("/logout", "/"),
            ("", "/"),
        ] {
            assert_eq!(back(field), leads_to);
        }
    }
}
