//! The administrator's pages: what every one of them has.

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};

use crate::{
    access::{NotChanged, Viewer, admin::Account},
    domain::{access::Role, clock::japanese_time},
    web::{context::Context, text::Text},
};

use super::{Choice, Frame, factors, page};

pub(in crate::web) mod account;
pub(in crate::web) mod accounts;
pub(in crate::web) mod disaster;
pub(in crate::web) mod health;
pub(in crate::web) mod overview;
pub(in crate::web) mod permissions;
pub(in crate::web::views) mod plot;
pub(in crate::web) mod sealed;
pub(in crate::web) mod secret;
pub(in crate::web) mod terminals;

/// What every page of the administrator has.
pub(in crate::web) struct Office {
    /// What surrounds it.
    frame: Frame,
    t: &'static Text,
    /// The pages there are for the viewer: address, word, whether it is this one.
    nav: Vec<(&'static str, &'static str, bool)>,
    /// Why a change was not made.
    flash: Option<String>,
    /// What a change did.
    done: Option<&'static str>,
    status: StatusCode,
}

impl Office {
    /// A page with its title, under its address.
    fn new(context: &Context, viewer: &Viewer, title: &'static str, here: &str) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), title);
        here.clone_into(&mut frame.back);
        here.clone_into(&mut frame.stay);
        let all = [
            ("/admin", t.admin.overview.title),
            ("/admin/accounts", t.admin.accounts.title),
            ("/admin/permissions", t.admin.permissions.title),
            ("/admin/terminals", t.admin.terminals.title),
            ("/admin/disaster", t.admin.disaster.title),
            ("/admin/sealed", t.admin.sealed.title),
            ("/admin/health", t.health.title),
        ];
        let is_open = |url: &str| viewer.role == Role::Administrator || url == "/admin/permissions";
        Self {
            frame,
            t,
            nav: all
                .into_iter()
                .filter(|(url, _)| is_open(url))
                .map(|(url, word)| (url, word, url == here))
                .collect(),
            flash: None,
            done: (t.admin.done)(&context.query.done),
            status: StatusCode::OK,
        }
    }

    /// With why a change was not made.
    fn refuse(&mut self, not: NotChanged) {
        self.flash = Some(match not {
            NotChanged::Flaw(flaw) => (self.t.admin.flaw)(flaw).to_owned(),
            NotChanged::Known => self.t.admin.taken.to_owned(),
            NotChanged::Refused(_) | NotChanged::PasswordsDiffer => factors::said(self.t, not),
        });
        self.done = None;
        self.status = factors::status(not);
    }
}

/// A page is the [`Office`] around it, for its template too.
macro_rules! in_office {
    ($page:ident, refused) => {
        in_office!($page);

        impl $page {
            /// With why a change was not made.
            pub(in crate::web) fn refused(mut self, not: crate::access::NotChanged) -> Self {
                self.office.refuse(not);
                self
            }
        }
    };
    ($page:ident) => {
        impl std::ops::Deref for $page {
            type Target = super::Office;

            fn deref(&self) -> &super::Office {
                &self.office
            }
        }

        impl $page {
            /// The answer.
            ///
            /// # Errors
            /// [`crate::web::error::Problem::Broken`].
            pub(in crate::web) fn respond(
                self,
            ) -> Result<actix_web::HttpResponse, crate::web::error::Problem> {
                super::page(&self, &self.office.frame, self.office.status)
            }
        }
    };
}
use in_office;

/// A time as the pages say it.
pub(super) fn time(at: DateTime<Utc>) -> String {
    japanese_time(at).format("%Y-%m-%d %H:%M").to_string()
}

/// A day on a Japanese calendar.
fn date(at: DateTime<Utc>) -> String {
    japanese_time(at).format("%Y-%m-%d").to_string()
}

/// Who did something: the name of an account of the facility, or the command line.
fn who(accounts: &[Account], by: &str, t: &Text) -> String {
    accounts
        .iter()
        .find(|account| account.id.0 == by)
        .map_or_else(
            || match by {
                "" => t.admin.console.to_owned(),
                by => format!("{}（{by}）", t.admin.console),
            },
            |account| account.name.clone(),
        )
}

/// Until when a permission is valid.
fn until(account: &Account) -> Option<String> {
    let permission = account.permission.as_ref()?;
    Some(match permission.ends {
        Some(ends) => time(ends),
        None => permission.until.to_string(),
    })
}

/// Every role, to be chosen from.
fn roles(t: &Text, chosen: &str) -> Vec<Choice> {
    Role::ALL
        .into_iter()
        .map(|role| Choice {
            value: role.word().to_owned(),
            word: (t.words.role)(role).to_owned(),
            is_chosen: chosen == role.word(),
        })
        .collect()
}

/// Accounts, to be chosen from; the typed one stays chosen.
fn people<'a>(t: &Text, accounts: impl Iterator<Item = &'a Account>, chosen: &str) -> Vec<Choice> {
    accounts
        .map(|account| Choice {
            value: account.id.0.clone(),
            word: format!(
                "{} {}（{}）",
                (t.words.role)(account.role),
                account.name,
                account.sign_in
            ),
            is_chosen: chosen == account.id.0,
        })
        .collect()
}
