//! The emergency permission: who has it, giving and revoking, what lies unused, 当直責任者.

use askama::Template;
use chrono::Days;

use crate::{
    access::{
        Viewer,
        admin::{Account, PERMISSION_DAYS, Unused},
    },
    domain::{
        access::{Action, Role},
        clock::Moment,
    },
    web::{context::Context, text::Text},
};

use super::{Choice, Office, in_office, people, time, until, who};

/// Longest delegation and longest permission for hours.
const HOURS: u32 = 24;

/// The page.
#[derive(Template)]
#[template(path = "pages/admin-permissions.html")]
pub(in crate::web) struct PermissionsPage {
    office: Office,
    /// Whether the viewer is more than 当直責任者.
    is_administrator: bool,
    holders: Vec<Holder>,
    unused: Vec<Holder>,
    delegates: Vec<Holder>,
    /// Who may be given it.
    people: Vec<Choice>,
    /// Who may be named 当直責任者.
    delegable: Vec<Choice>,
    hours: Vec<Choice>,
    last_day: String,
}

in_office!(PermissionsPage, refused);

/// One account in a list.
struct Holder {
    id: String,
    /// `revoke-1`, …
    form: String,
    name: String,
    role: &'static str,
    until: String,
    by: String,
    used: String,
    /// What its button does, in full.
    act: String,
}

/// What stood in a form.
#[derive(Default)]
pub(in crate::web) struct PermissionTyped<'a> {
    /// Whom.
    pub(in crate::web) account: &'a str,
    /// The last day.
    pub(in crate::web) until: &'a str,
    /// Hours.
    pub(in crate::web) hours: &'a str,
}

impl PermissionsPage {
    /// The page of an administrator or, without what lies unused, of 当直責任者.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        (accounts, unused): (&[Account], &[Unused]),
        typed: &PermissionTyped<'_>,
        now: Moment,
    ) -> Self {
        let t = context.text();
        let title = t.admin.permissions.title;
        let others = |test: fn(&Account) -> bool| {
            let open = accounts.iter().filter(|one| one.disabled.is_none());
            open.filter(|one| one.id != viewer.account)
                .filter(move |one| test(one))
        };
        let default = now
            .japanese_day()
            .checked_add_days(Days::new(PERMISSION_DAYS));
        let holders = accounts.iter().filter(|one| one.may_break_glass(now));
        let delegates = accounts.iter().filter(|one| one.is_delegate(now));
        Self {
            office: Office::new(context, viewer, title, "/admin/permissions"),
            is_administrator: viewer.role == Role::Administrator,
            holders: listed("revoke", holders, accounts, t),
            unused: listed("unused", unused.iter().map(|one| &one.account), accounts, t),
            delegates: delegated(delegates, accounts, t),
            people: people(
                t,
                others(|one| one.role.may(Action::BreakGlass)),
                typed.account,
            ),
            delegable: people(t, others(|one| one.role.may(Action::Search)), typed.account),
            hours: hours(t, typed.hours),
            last_day: match typed.until {
                "" => default.map_or_else(String::new, |day| day.to_string()),
                typed => typed.to_owned(),
            },
        }
    }
}

fn hours(t: &Text, chosen: &str) -> Vec<Choice> {
    (1..=HOURS)
        .map(|hours| Choice {
            value: hours.to_string(),
            word: (t.admin.permissions.hour)(hours),
            is_chosen: chosen == hours.to_string(),
        })
        .collect()
}

fn listed<'a>(
    kind: &str,
    who_has: impl Iterator<Item = &'a Account>,
    accounts: &[Account],
    t: &'static Text,
) -> Vec<Holder> {
    let said = &t.admin.permissions;
    (1..)
        .zip(who_has)
        .filter_map(|(place, account)| {
            let permission = account.permission.as_ref()?;
            let mut by = who(accounts, &permission.given_by, t);
            if permission.is_delegated {
                by = format!("{by}（{}）", said.delegated);
            }
            Some(Holder {
                id: account.id.0.clone(),
                form: format!("{kind}-{place}"),
                name: account.name.clone(),
                role: (t.words.role)(account.role),
                until: until(account)?,
                by,
                used: time(account.glass_used.unwrap_or(permission.given_at)),
                act: (said.revoke_of)(&account.name),
            })
        })
        .collect()
}

fn delegated<'a>(
    delegates: impl Iterator<Item = &'a Account>,
    accounts: &[Account],
    t: &'static Text,
) -> Vec<Holder> {
    (1..)
        .zip(delegates)
        .filter_map(|(place, account)| {
            let given = account.delegation.as_ref()?;
            Some(Holder {
                id: account.id.0.clone(),
                form: format!("undelegate-{place}"),
                name: account.name.clone(),
                role: (t.words.role)(account.role),
                until: time(given.ends),
                by: who(accounts, &given.given_by, t),
                used: String::new(),
                act: format!("{} {}", t.admin.permissions.end_delegation, account.name),
            })
        })
        .collect()
}
