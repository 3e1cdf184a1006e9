//! Sealed emergency accounts: proposed, confirmed, used.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::{
        Viewer,
        admin::{Account, SealedAccount},
    },
    web::{context::Context, text::Text},
};

use super::{Office, in_office, time, who};

/// That envelopes were opened, and when, newest first.
pub(in crate::web::views) fn used(uses: &[DateTime<Utc>], t: &Text) -> Option<String> {
    let times: Vec<String> = uses.iter().map(|at| time(*at)).collect();
    (!times.is_empty()).then(|| (t.admin.overview.sealed_used)(&times.join(", ")))
}

/// The list.
#[derive(Template)]
#[template(path = "pages/admin-sealed.html")]
pub(in crate::web) struct SealedPage {
    office: Office,
    rows: Vec<Row>,
}

in_office!(SealedPage, refused);

struct Row {
    form: String,
    url: String,
    id: String,
    proposed: String,
    confirmed: String,
    used: String,
    /// Another one proposed it, and nobody confirmed it.
    can_confirm: bool,
}

impl Row {
    fn of(
        place: usize,
        one: &SealedAccount,
        viewer: &Viewer,
        accounts: &[Account],
        t: &'static Text,
    ) -> Self {
        let said = &t.admin.sealed;
        let is_own = one.proposed.by == viewer.account.0;
        let mark = |by: &str, at| format!("{} {}", time(at), who(accounts, by, t));
        Self {
            form: format!("confirm-{place}"),
            url: format!("/admin/sealed/{}/confirm", one.account),
            id: one.account.0.clone(),
            proposed: mark(&one.proposed.by, one.proposed.at),
            confirmed: match &one.confirmed {
                Some(confirmed) => mark(&confirmed.by, confirmed.at),
                None if is_own => said.waiting_own.to_owned(),
                None => said.waiting.to_owned(),
            },
            used: one.used_at.map_or_else(String::new, time),
            can_confirm: one.confirmed.is_none() && !is_own,
        }
    }
}

impl SealedPage {
    /// The list.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        sealed: &[SealedAccount],
        accounts: &[Account],
    ) -> Self {
        let t = context.text();
        Self {
            office: Office::new(context, viewer, t.admin.sealed.title, "/admin/sealed"),
            rows: (1..)
                .zip(sealed)
                .map(|(place, one)| Row::of(place, one, viewer, accounts, t))
                .collect(),
        }
    }
}
