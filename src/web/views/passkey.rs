//! The form that a script fills with a passkey's answer; hidden where no script runs.

use crate::{
    access::Viewer,
    web::{asset::Asset, context::Context, text::Text},
};

use super::anew::AnewForm;

/// One form: where it begins, where its answer goes, what its button says.
pub(in crate::web) struct PasskeyForm {
    pub(super) id: &'static str,
    pub(super) start: &'static str,
    pub(super) finish: &'static str,
    /// The only host name at which it works.
    pub(super) host: String,
    pub(super) script: String,
    pub(super) label: &'static str,
    pub(super) form_token: String,
    /// Where the answer leads back to, where it leads back.
    pub(super) back: String,
    /// Whether a new one is made, which gets a name.
    pub(super) is_new: bool,
    /// The name that was typed for it.
    pub(super) name: String,
    /// Whether both factors are asked for.
    pub(super) anew: Option<AnewForm>,
    pub(super) t: &'static Text,
}

impl PasskeyForm {
    fn new(context: &Context, start: &'static str, finish: &'static str) -> Option<Self> {
        let t = context.text();
        Some(Self {
            id: "login-passkey",
            start,
            finish,
            host: context.settings.passkey_host.clone()?,
            script: Asset::Passkey.url(),
            label: t.factors.sign_in,
            form_token: String::new(),
            back: String::new(),
            is_new: false,
            name: String::new(),
            anew: None,
            t,
        })
    }

    /// Where passkeys can be used: signing in.
    pub(super) fn sign_in(context: &Context) -> Option<Self> {
        Self::new(context, "/login/passkey/start", "/login/passkey/finish")
    }

    /// The same: unlocking.
    pub(super) fn unlock(context: &Context, viewer: &Viewer, back: &str) -> Option<Self> {
        Some(Self {
            id: "unlock-passkey",
            label: context.text().factors.unlock,
            form_token: viewer.form_token.clone(),
            back: back.to_owned(),
            ..Self::new(context, "/unlock/passkey/start", "/unlock/passkey/finish")?
        })
    }

    /// The same: a new one.
    pub(super) fn add(context: &Context, viewer: &Viewer, anew: AnewForm) -> Option<Self> {
        Some(Self {
            id: "add-passkey",
            label: context.text().factors.passkey_add,
            is_new: true,
            form_token: viewer.form_token.clone(),
            anew: Some(anew),
            ..Self::new(context, "/factors/passkey/start", "/factors/passkey/finish")?
        })
    }

    /// The same: a new one on a one-time link, which stands for both factors.
    pub(super) fn enrol(context: &Context) -> Option<Self> {
        Some(Self {
            id: "enrol-passkey",
            label: context.text().admin.enrol.by_passkey,
            is_new: true,
            ..Self::new(context, "/enrol/passkey/start", "/enrol/passkey/finish")?
        })
    }
}
