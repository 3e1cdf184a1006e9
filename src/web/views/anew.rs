//! The part of a form that asks for both factors anew.

use crate::{
    access::{Authenticator, AuthenticatorKind},
    web::{asset::Asset, context::Context, text::Text},
};

/// What the viewer can give both factors with.
#[derive(Clone)]
pub(in crate::web) struct AnewForm {
    /// Whether he has an app: password and code are asked for.
    pub(super) has_code: bool,
    /// The only host name at which his passkeys work, where he has any.
    pub(super) host: Option<String>,
    pub(super) script: String,
    pub(super) t: &'static Text,
}

impl AnewForm {
    /// As the viewer's authenticators are.
    pub(super) fn new(context: &Context, known: &[Authenticator]) -> Self {
        let has = |kind| known.iter().any(|one| one.kind == kind);
        let host = context.settings.passkey_host.clone();
        let host = host.filter(|_| has(AuthenticatorKind::Passkey));
        Self {
            // Somebody who can give neither is told so by the answer.
            has_code: has(AuthenticatorKind::Totp) || host.is_none(),
            host,
            script: Asset::Passkey.url(),
            t: context.text(),
        }
    }
}
