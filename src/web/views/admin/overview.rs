//! What stands in a facility now, in words.

use askama::Template;

use crate::{
    access::{
        Viewer,
        admin::{Account, Overview},
    },
    web::{context::Context, text::Text},
};

use super::{Office, in_office, sealed::used, time, until};

/// The first page of the administrator.
#[derive(Template)]
#[template(path = "pages/admin.html")]
pub(in crate::web) struct OverviewPage {
    office: Office,
    lines: Vec<Line>,
}

in_office!(OverviewPage);

/// One matter, leading to its page.
struct Line {
    id: &'static str,
    url: &'static str,
    title: &'static str,
    /// Whether somebody should look at it.
    is_open: bool,
    words: Vec<String>,
}

impl OverviewPage {
    /// The page.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, now: &Overview) -> Self {
        let t = context.text();
        Self {
            office: Office::new(context, viewer, t.admin.overview.title, "/admin"),
            lines: vec![
                accounts(now, t),
                permissions(now, t),
                delegates(now, t),
                terminals(now, t),
                disaster(now, t),
                sealed(now, t),
            ],
        }
    }
}

fn accounts(now: &Overview, t: &'static Text) -> Line {
    Line {
        id: "accounts",
        url: "/admin/accounts",
        title: t.admin.accounts.title,
        is_open: false,
        words: vec![(t.admin.overview.accounts)(now.accounts, now.disabled)],
    }
}

fn permissions(now: &Overview, t: &'static Text) -> Line {
    let said = &t.admin.overview;
    let ends = |account: &Account| {
        let until = until(account).unwrap_or_default();
        format!("{} {until}{}", account.name, t.admin.until)
    };
    let mut words = vec![if now.ending.is_empty() {
        said.ending_none.to_owned()
    } else {
        let names: Vec<String> = now.ending.iter().map(ends).collect();
        format!("{}: {}", said.ending, names.join(", "))
    }];
    words.push((said.unused)(now.unused));
    Line {
        id: "permissions",
        url: "/admin/permissions",
        title: t.admin.permissions.title,
        is_open: !now.ending.is_empty() || now.unused > 0,
        words,
    }
}

fn delegates(now: &Overview, t: &'static Text) -> Line {
    let said = |account: &Account| {
        let ends = account.delegation.as_ref().map(|given| time(given.ends));
        format!(
            "{} {}{}",
            account.name,
            ends.unwrap_or_default(),
            t.admin.until
        )
    };
    let names: Vec<String> = now.delegates.iter().map(said).collect();
    let words = if names.is_empty() {
        t.admin.overview.delegates_none.to_owned()
    } else {
        format!("{}: {}", t.admin.overview.delegates, names.join(", "))
    };
    Line {
        id: "delegates",
        url: "/admin/permissions",
        title: t.admin.permissions.delegation,
        is_open: false,
        words: vec![words],
    }
}

fn terminals(now: &Overview, t: &'static Text) -> Line {
    Line {
        id: "terminals",
        url: "/admin/terminals",
        title: t.admin.terminals.title,
        is_open: false,
        words: vec![(t.admin.overview.terminals)(now.terminals.len())],
    }
}

fn disaster(now: &Overview, t: &'static Text) -> Line {
    let on = now.facility.disaster.as_ref().filter(|_| now.in_disaster);
    Line {
        id: "disaster",
        url: "/admin/disaster",
        title: t.admin.disaster.title,
        is_open: on.is_some(),
        words: vec![on.map_or_else(
            || t.admin.overview.disaster_off.to_owned(),
            |on| (t.admin.overview.disaster_on)(&on.area, &on.until.to_string()),
        )],
    }
}

fn sealed(now: &Overview, t: &'static Text) -> Line {
    let count = |test: fn(&crate::access::admin::SealedAccount) -> bool| {
        now.sealed.iter().filter(|one| test(one)).count()
    };
    let waiting = count(|one| one.confirmed.is_none());
    let ready = count(|one| one.confirmed.is_some() && one.used_at.is_none());
    let used = used(&now.sealed_uses, t);
    Line {
        id: "sealed",
        url: "/admin/sealed",
        title: t.admin.sealed.title,
        is_open: waiting > 0 || used.is_some(),
        words: std::iter::once((t.admin.overview.sealed)(waiting, ready))
            .chain(used)
            .collect(),
    }
}
