//! Accounts: listed, added, disabled, given a new start.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};

use crate::{
    access::{
        Access, NotChanged, Viewer,
        admin::{self, AccountForm, IssuedLink, read_role},
        told,
    },
    domain::access::{AccountId, AuthenticatorId},
    web::{
        context::Context,
        error::Problem,
        form::Fields,
        guard::{Administer, Guarded, Posted},
        views::admin::{
            account::AccountPage,
            accounts::{AccountsPage, Filter},
            secret::LinkPage,
        },
    },
};

use super::{account, done, office, origin};

/// `GET /admin/accounts`
pub(in crate::web) async fn list(
    guarded: Guarded<Administer>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&guarded.context, &guarded.viewer);
    listed(context, viewer, &access, &Filter::of(context))
        .await?
        .respond()
}

/// `POST /admin/accounts/find`: a name is in no address.
pub(in crate::web) async fn find(
    posted: Posted<Administer>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let filter = Filter {
        name: posted.fields.take("name"),
        role: posted.fields.take("role"),
        state: posted.fields.take("state"),
        page: String::new(),
    };
    listed(&posted.context, &posted.viewer, &access, &filter)
        .await?
        .respond()
}

async fn listed(
    context: &Context,
    viewer: &Viewer,
    access: &Access,
    filter: &Filter,
) -> Result<AccountsPage, Problem> {
    let accounts = office(access).accounts(viewer, &viewer.facility).await?;
    Ok(AccountsPage::new(context, viewer, &accounts, filter))
}

/// `POST /admin/accounts`
pub(in crate::web) async fn add(
    request: HttpRequest,
    posted: Posted<Administer>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&posted.context, &posted.viewer);
    let typed = Typed::of(&posted.fields);
    let link = match typed.form(viewer) {
        Ok(form) => office(&access).invite(viewer, form).await,
        Err(error) => Err(error),
    };
    match told(link)? {
        Ok(link) => {
            let shown = (&link, typed.name.trim());
            LinkPage::new(context, viewer, shown, &origin(&request, context))?.respond()
        }
        Err(not) => listed(context, viewer, &access, &Filter::default())
            .await?
            .not_added(typed.sign_in, typed.name, typed.role, not)
            .respond(),
    }
}

/// A new account as it was typed.
struct Typed<'a> {
    sign_in: &'a str,
    name: &'a str,
    role: &'a str,
}

impl<'a> Typed<'a> {
    fn of(fields: &'a Fields) -> Self {
        Self {
            sign_in: fields.get("sign_in"),
            name: fields.get("name"),
            role: fields.get("role"),
        }
    }

    fn form(&self, viewer: &Viewer) -> Result<AccountForm, admin::Error> {
        Ok(AccountForm {
            facility: viewer.facility.clone(),
            sign_in: self.sign_in.to_owned(),
            name: self.name.to_owned(),
            role: read_role(self.role)?,
        })
    }
}

/// `GET /admin/accounts/{account}`
pub(in crate::web) async fn get(
    guarded: Guarded<Administer>,
    path: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&guarded.context, &guarded.viewer);
    page(context, viewer, &access, &account(&path))
        .await?
        .respond()
}

async fn page(
    context: &Context,
    viewer: &Viewer,
    access: &Access,
    id: &AccountId,
) -> Result<AccountPage, Problem> {
    let office = office(access);
    let file = office.account_file(viewer, id).await?;
    let accounts = office.accounts(viewer, &viewer.facility).await?;
    Ok(AccountPage::new(context, viewer, &file, &accounts))
}

/// The account's page, saying what was done or why it was not.
async fn changed(
    posted: &Posted<Administer>,
    access: &Access,
    id: &AccountId,
    change: Result<Result<(), NotChanged>, crate::access::Error>,
    word: &str,
) -> Result<HttpResponse, Problem> {
    match change? {
        Ok(()) => Ok(done(&format!("/admin/accounts/{id}"), word)),
        Err(not) => page(&posted.context, &posted.viewer, access, id)
            .await?
            .refused(not)
            .respond(),
    }
}

/// `POST /admin/accounts/{account}/disable`
pub(in crate::web) async fn disable(
    posted: Posted<Administer>,
    path: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let id = account(&path);
    let change = told(office(&access).disable(&posted.viewer, &id).await);
    changed(&posted, &access, &id, change, "disabled").await
}

/// `POST /admin/accounts/{account}/enable`
pub(in crate::web) async fn enable(
    posted: Posted<Administer>,
    path: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let id = account(&path);
    let change = told(office(&access).enable(&posted.viewer, &id).await);
    changed(&posted, &access, &id, change, "enabled").await
}

/// `POST /admin/accounts/{account}/sign-out`
pub(in crate::web) async fn sign_out(
    posted: Posted<Administer>,
    path: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let id = account(&path);
    let office = office(&access);
    let change = told(office.sign_out_everywhere(&posted.viewer, &id).await);
    changed(&posted, &access, &id, change, "signed_out").await
}

/// `POST /admin/accounts/{account}/remove`
pub(in crate::web) async fn remove(
    posted: Posted<Administer>,
    path: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (id, factor) = (
        account(&path),
        AuthenticatorId(posted.fields.take("authenticator")),
    );
    let removed = office(&access)
        .remove_authenticator(&posted.viewer, &id, &factor)
        .await;
    changed(&posted, &access, &id, told(removed), "removed").await
}

/// `POST /admin/accounts/{account}/link`
pub(in crate::web) async fn link(
    request: HttpRequest,
    posted: Posted<Administer>,
    path: Path<String>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer, id) = (&posted.context, &posted.viewer, account(&path));
    match told(issued(&access, viewer, &id).await)? {
        Ok((link, name)) => {
            LinkPage::new(context, viewer, (&link, &name), &origin(&request, context))?.respond()
        }
        Err(not) => changed(&posted, &access, &id, Ok(Err(not)), "").await,
    }
}

/// A new link, and whose it is.
async fn issued(
    access: &Access,
    viewer: &Viewer,
    id: &AccountId,
) -> Result<(IssuedLink, String), admin::Error> {
    let office = office(access);
    let link = office.make_link(viewer, id).await?;
    let account = office.one_account(viewer, id).await?;
    Ok((link, account.name))
}
