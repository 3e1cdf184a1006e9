//! For every route the request that would succeed for whoever may make it, with what is his, with
//! what is somebody else's, and with what is nobody's.

use reqwest::Method;

use super::{
    audit, door, office, patients, runs,
    world::{Caller, Seat, World},
};
use crate::{
    app::pairs,
    browser::{Page, form},
    handed::multipart,
};

/// Whose thing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The caller's own, or his facility's.
    Own,
    /// A colleague's.
    Colleague,
    /// Somebody's of the other facility.
    Foreign,
    /// Made up.
    Nobody,
}

/// One request.
#[derive(Debug)]
pub(super) struct Asked {
    pub path: String,
    /// A form's; `None` for a page.
    pub fields: Option<Vec<(String, String)>>,
}

/// A page.
pub(super) fn get(path: &str) -> Asked {
    Asked {
        path: path.to_owned(),
        fields: None,
    }
}

/// Who asks, where, and for whose.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub world: &'a World,
    pub caller: &'a Caller,
    pub seat: &'a Seat,
    pub whose: Whose,
}

impl Call<'_> {
    /// A form of a page of this very session.
    pub(super) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Asked {
        let token = ("form_token", &*self.seat.token);
        let fields = [token].into_iter().chain(fields.iter().copied());
        let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Asked {
            path: path.to_owned(),
            fields: Some(owned.collect()),
        }
    }

    /// Asks.
    pub(super) async fn send(&self, asked: &Asked) -> Page {
        let browser = &self.seat.browser;
        let Some(fields) = &asked.fields else {
            return browser.get(&asked.path).await;
        };
        let pairs = pairs(fields);
        let (file, plain): (Vec<_>, Vec<_>) = pairs.iter().partition(|(name, _)| *name == "file");
        if let Some((_, file)) = file.first() {
            let (kind, body) = multipart(&plain, file.as_bytes());
            let body = Some((kind.as_str(), body));
            return browser.send(Method::POST, &asked.path, body, &[]).await;
        }
        let body = form(&pairs).into_bytes();
        let kind = "application/x-www-form-urlencoded";
        browser
            .send(Method::POST, &asked.path, Some((kind, body)), &[])
            .await
    }

    /// Whose the thing is that is asked for.
    pub(super) fn holder(&self) -> &Caller {
        match self.whose {
            Whose::Own => self.caller,
            Whose::Colleague => self.world.colleague(self.caller),
            Whose::Foreign | Whose::Nobody => self.world.foreigner(self.caller),
        }
    }

    /// How the list of its owner names a session that is not the one that asks.
    pub(super) async fn listed(&self) -> String {
        if self.whose == Whose::Nobody {
            return "A".repeat(43);
        }
        let seat = self.world.seat(self.holder()).await;
        let list = seat.browser.get("/sessions").await.is(200);
        let own = list.attributes("tr.this input[name=session]", "value");
        own.first().expect("the session that asks").clone()
    }

    /// An authenticator; where one is to be removed, one of two.
    pub(super) async fn factor(&self, of_two: bool) -> String {
        if self.whose == Whose::Nobody {
            return "u-0000".to_owned();
        }
        let holder = self.holder();
        let registry = &self.world.app.registry;
        let factors = registry.factors(holder.id.clone()).await.expect("a list");
        if of_two && self.whose == Whose::Own && factors.len() < 2 {
            let id = format!("u-extra-{}", self.world.next());
            self.second_factor(&id).await;
            return id;
        }
        let last = factors.last().expect("a factor");
        last.authenticator.id.0.clone()
    }

    /// A second app, as if it had been added before.
    async fn second_factor(&self, id: &str) {
        use emergency_summary::{
            domain::access::AuthenticatorId,
            registry::{Authenticator, AuthenticatorKind},
            system::SystemEntropy,
        };
        let registry = &self.world.app.registry;
        let authenticator = Authenticator {
            id: AuthenticatorId(id.to_owned()),
            account: self.caller.id.clone(),
            kind: AuthenticatorKind::Totp,
            name: "別の電話".to_owned(),
            added_at: None,
            last_used: None,
        };
        let secret = vec![7_u8; 20].into();
        let sealed = registry.seal_authenticator(authenticator, &secret, None, &SystemEntropy);
        let added = registry.add_authenticator(sealed.expect("sealed")).await;
        added.expect("added");
    }
}

/// The request of a row.
pub(super) async fn asked(call: &Call<'_>, route: &str) -> Asked {
    if let Some(asked) = door::asked(call, route).await {
        return asked;
    }
    if let Some(asked) = runs::asked(call, route).await {
        return asked;
    }
    if let Some(asked) = patients::asked(call, route).await {
        return asked;
    }
    if let Some(asked) = audit::asked(call, route).await {
        return asked;
    }
    if let Some(asked) = office::asked(call, route).await {
        return asked;
    }
    let path = route
        .strip_prefix("GET ")
        .filter(|path| !path.contains('{'));
    get(path.unwrap_or_else(|| panic!("no request is known for {route}")))
}
