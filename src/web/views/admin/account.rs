//! One account: what it has, and everything an administrator may do with it.

use askama::Template;

use crate::{
    access::{
        Authenticator, Viewer,
        admin::{Account, AccountFile, NoWayIn, PermissionGiven},
    },
    web::{context::Context, text::Text},
};

use super::{Office, in_office, time, until, who};

/// The page.
#[derive(Template)]
#[template(path = "pages/admin-account.html")]
pub(in crate::web) struct AccountPage {
    office: Office,
    /// Its address.
    url: String,
    name: String,
    facts: Vec<(&'static str, String)>,
    is_disabled: bool,
    is_sealed: bool,
    /// Nobody disables himself.
    is_own: bool,
    /// Why its holder cannot sign in, where that is so; the link is offered beside it.
    no_way_in: Option<&'static str>,
    sessions: String,
    factors: Vec<FactorRow>,
    history: Vec<GivenRow>,
}

in_office!(AccountPage, refused);

struct FactorRow {
    id: String,
    form: String,
    kind: &'static str,
    name: String,
    /// Kind and name, as what is removed is called.
    said: String,
    /// What removing it does.
    hint: &'static str,
    added: String,
    used: String,
}

struct GivenRow {
    at: String,
    by: String,
    until: String,
    revoked: String,
}

impl AccountPage {
    /// The page; `accounts` are those of the facility, for the names of who did something.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        file: &AccountFile,
        accounts: &[Account],
    ) -> Self {
        let t = context.text();
        let account = &file.account;
        let url = format!("/admin/accounts/{}", account.id);
        Self {
            office: Office::new(context, viewer, t.admin.accounts.one, &url),
            url,
            name: account.name.clone(),
            facts: facts(account, accounts, t),
            is_disabled: account.disabled.is_some(),
            is_sealed: file.is_sealed,
            is_own: account.id == viewer.account,
            no_way_in: file.no_way_in.map(|why| said(why, t)),
            sessions: (t.admin.accounts.sessions)(file.sessions),
            factors: (1..)
                .zip(&file.authenticators)
                .map(|(place, one)| {
                    let is_needed = file.needed.contains(&one.id);
                    FactorRow::of(place, one, is_needed, t)
                })
                .collect(),
            history: file
                .permissions
                .iter()
                .map(|given| GivenRow::of(given, accounts, t))
                .collect(),
        }
    }
}

const fn said(why: NoWayIn, t: &'static Text) -> &'static str {
    let said = &t.admin.accounts;
    match why {
        NoWayIn::Nothing => said.not_set_up,
        NoWayIn::PasswordAlone => said.password_alone,
        NoWayIn::CodesAlone => said.codes_alone,
    }
}

fn facts(account: &Account, accounts: &[Account], t: &'static Text) -> Vec<(&'static str, String)> {
    let said = &t.admin.accounts;
    let mut facts = vec![
        (said.sign_in, account.sign_in.clone()),
        (said.role, (t.words.role)(account.role).to_owned()),
        (
            t.admin.state,
            match account.disabled {
                Some(_) => said.disabled.to_owned(),
                None => said.active.to_owned(),
            },
        ),
    ];
    if let Some(until) = until(account) {
        facts.push((said.permission, format!("{until}{}", t.admin.until)));
    }
    if let Some(used) = account.glass_used {
        facts.push((said.used, time(used)));
    }
    if let Some(made) = &account.created {
        let by = who(accounts, &made.by, t);
        facts.push((said.created, format!("{} {by}", time(made.at))));
    }
    if let Some(mark) = &account.disabled {
        let by = who(accounts, &mark.by, t);
        facts.push((said.disabled, format!("{} {by}", time(mark.at))));
    }
    facts
}

impl FactorRow {
    fn of(place: usize, one: &Authenticator, is_needed: bool, t: &'static Text) -> Self {
        let kind = (t.factors.kinds)(one.kind);
        Self {
            hint: if is_needed {
                t.admin.accounts.remove_needed_hint
            } else {
                t.admin.accounts.remove_hint
            },
            id: one.id.0.clone(),
            form: format!("remove-{place}"),
            kind,
            said: format!("{kind} {}", one.name).trim_end().to_owned(),
            name: one.name.clone(),
            added: one.added_at.map_or_else(String::new, time),
            used: one
                .last_used
                .map_or_else(|| t.factors.never.to_owned(), time),
        }
    }
}

impl GivenRow {
    fn of(given: &PermissionGiven, accounts: &[Account], t: &'static Text) -> Self {
        let permission = &given.permission;
        Self {
            at: time(permission.given_at),
            by: who(accounts, &permission.given_by, t),
            until: permission
                .ends
                .map_or_else(|| permission.until.to_string(), time),
            revoked: given.revoked.as_ref().map_or_else(String::new, |mark| {
                format!("{} {}", time(mark.at), who(accounts, &mark.by, t))
            }),
        }
    }
}
