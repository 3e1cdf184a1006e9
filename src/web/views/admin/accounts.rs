//! The accounts of a facility: list, filter, adding one.

use askama::Template;

use crate::{
    access::{NotChanged, Viewer, admin::Account},
    domain::text::folded,
    web::{context::Context, text::Text},
};

use super::{Choice, Office, in_office, roles, time, until};

/// Accounts that one page lists.
const EACH: usize = 50;

/// The list.
#[derive(Template)]
#[template(path = "pages/admin-accounts.html")]
pub(in crate::web) struct AccountsPage {
    office: Office,
    rows: Vec<Row>,
    /// The filter's name, where one was typed.
    asked: String,
    roles: Vec<Choice>,
    states: Vec<Choice>,
    found: String,
    place: String,
    previous: String,
    next: String,
    typed: AccountTyped,
    new_roles: Vec<Choice>,
}

in_office!(AccountsPage, refused);

/// One account.
struct Row {
    url: String,
    name: String,
    sign_in: String,
    role: &'static str,
    is_disabled: bool,
    permission: String,
    used: String,
}

/// What stood in the form of a new account.
#[derive(Default)]
struct AccountTyped {
    sign_in: String,
    name: String,
}

/// Which accounts are listed.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Filter {
    /// Part of a name or sign-in name; empty: any. Never in an address.
    pub(in crate::web) name: String,
    /// A role's word; empty: any.
    pub(in crate::web) role: String,
    /// `active` or `disabled`; empty: any.
    pub(in crate::web) state: String,
    /// Which page, from 1.
    pub(in crate::web) page: String,
}

impl Filter {
    /// What an address says.
    pub(in crate::web) fn of(context: &Context) -> Self {
        Self {
            name: String::new(),
            role: context.query.role.clone(),
            state: context.query.state.clone(),
            page: context.query.page.clone(),
        }
    }

    fn takes(&self, account: &Account) -> bool {
        let wanted = folded(&self.name);
        let named = [&account.name, &account.sign_in]
            .into_iter()
            .any(|name| folded(name).contains(&wanted));
        let in_role = self.role.is_empty() || account.role.word() == self.role;
        let in_state = match self.state.as_str() {
            "active" => account.disabled.is_none(),
            "disabled" => account.disabled.is_some(),
            _ => true,
        };
        named && in_role && in_state
    }

    /// The address of another page of the same list.
    fn url(&self, page: usize, t: &Text) -> String {
        let role = crate::domain::access::Role::parse(&self.role).map_or("", |role| role.word());
        let state = states(t, &self.state)
            .into_iter()
            .find(|state| state.is_chosen)
            .map_or_else(String::new, |state| state.value);
        format!("/admin/accounts?role={role}&state={state}&page={page}")
    }
}

fn states(t: &Text, chosen: &str) -> Vec<Choice> {
    [
        ("active", t.admin.accounts.active),
        ("disabled", t.admin.accounts.disabled),
    ]
    .into_iter()
    .map(|(value, word)| Choice {
        value: value.to_owned(),
        word: word.to_owned(),
        is_chosen: chosen == value,
    })
    .collect()
}

impl Row {
    fn of(account: &Account, t: &'static Text) -> Self {
        Self {
            url: format!("/admin/accounts/{}", account.id),
            name: account.name.clone(),
            sign_in: account.sign_in.clone(),
            role: (t.words.role)(account.role),
            is_disabled: account.disabled.is_some(),
            permission: until(account)
                .map_or_else(String::new, |until| format!("{until}{}", t.admin.until)),
            used: account.glass_used.map_or_else(String::new, time),
        }
    }
}

impl AccountsPage {
    /// The accounts that the filter takes.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        accounts: &[Account],
        filter: &Filter,
    ) -> Self {
        let t = context.text();
        let taken: Vec<&Account> = accounts.iter().filter(|one| filter.takes(one)).collect();
        let pages = taken.len().div_ceil(EACH).max(1);
        let page = filter.page.parse().unwrap_or(1).clamp(1, pages);
        let rows: Vec<Row> = taken
            .iter()
            .skip((page - 1) * EACH)
            .take(EACH)
            .map(|account| Row::of(account, t))
            .collect();
        // A typed name is in no address, so its list is one page.
        let is_paged = filter.name.is_empty();
        let shown = if is_paged { taken.len() } else { rows.len() };
        let url = |page: usize| filter.url(page, t);
        let (has_previous, has_next) = (is_paged && page > 1, is_paged && page < pages);
        Self {
            found: (t.admin.accounts.found)(taken.len(), shown),
            place: format!("{page} / {pages}"),
            previous: if has_previous {
                url(page - 1)
            } else {
                String::new()
            },
            next: if has_next {
                url(page + 1)
            } else {
                String::new()
            },
            office: Office::new(context, viewer, t.admin.accounts.title, "/admin/accounts"),
            rows,
            asked: filter.name.clone(),
            roles: roles(t, &filter.role),
            states: states(t, &filter.state),
            typed: AccountTyped::default(),
            new_roles: roles(t, ""),
        }
    }

    /// With the form of a new account as it was typed, and why it was not added.
    pub(in crate::web) fn not_added(
        mut self,
        sign_in: &str,
        name: &str,
        role: &str,
        not: NotChanged,
    ) -> Self {
        self.typed = AccountTyped {
            sign_in: sign_in.to_owned(),
            name: name.to_owned(),
        };
        self.new_roles = roles(self.office.t, role);
        self.refused(not)
    }
}
