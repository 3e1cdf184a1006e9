//! Floor 4: HTTP in, HTML out: guards, handlers, views, text, errors.
//!
//! May name: `domain`, `ledger`, `access`, `handoff`, `health`, `review`, `summary`. A page goes one way: bytes, door (request id,
//! host), guard (session, permission, form), handler (one service call, one entry of the ledger),
//! view, template, bytes. Handlers decide nothing; views hold values already worded.
//!
//! ```ignore
//! let configure = web::configure(services);
//! HttpServer::new(move || App::new().wrap(from_fn(web::door)).configure(configure.clone()))
//! ```

use std::{sync::Arc, time::Duration};

use actix_web::web::{Data, ServiceConfig};
use tokio::sync::Semaphore;

use crate::{
    access::{Access, FacilityKind},
    domain::{clock::Clock, entropy::Entropy, section::Language},
    handoff::Handoffs,
    health::Health,
    ledger::Ledger,
    review::Review,
    summary::Summaries,
};

mod admission;
mod asset;
pub mod connections;
mod context;
mod cookie;
mod door;
mod error;
mod form;
mod guard;
mod handlers;
mod line;
mod live;
mod routes;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod upload;
mod views;

pub use door::door;
pub use routes::{ROUTES, Route, Verb};

/// What the pages need of the floors below.
#[derive(Clone)]
pub struct Services {
    /// Sign-in, search, grants.
    pub access: Access,
    /// The summary.
    pub summaries: Summaries,
    /// An auditor's reading.
    pub review: Review,
    /// Crews' reports, and the hospitals' boards.
    pub handoffs: Handoffs,
    /// How the node does.
    pub health: Health,
    /// Durable first, then the page.
    pub ledger: Ledger,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for request ids.
    pub entropy: Arc<dyn Entropy>,
    /// What the installation decided.
    pub settings: Settings,
}

impl Services {
    /// Records what sources were refused for and no page has recorded within `span`. Called every
    /// second by `boot`.
    pub async fn record_refusals(&self, span: Duration) {
        handlers::summary::record_refusals(&self.summaries, &self.ledger, span).await;
    }
}

/// What the installation decided about its pages.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Whether browsers reach the service by TLS: `__Host-` cookies, marked secure. Off only in the
    /// demo.
    pub secure_cookies: bool,
    /// Whether every page says 模擬患者（実在しません）.
    pub demo: bool,
    /// The host name at which passkeys are offered, where they are.
    pub passkey_host: Option<String>,
    /// Host names the service answers to, without port; empty: any.
    pub hosts: Vec<String>,
    /// Requests that are answered at one time; more are refused, sign-in and the glass last.
    pub at_once: usize,
    /// The facility's own words on the page that refuses because the ledger cannot be written:
    /// telephones, paper form, other node. Lines are kept.
    pub refusal_text: String,
    /// What the glass page adds, by what the facility is: that and how the patient learns of it,
    /// say. Nothing where nothing is configured.
    pub glass_text: GlassText,
}

/// The facility's legal wording on the glass page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlassText {
    /// Hospitals.
    pub hospital: Option<Wording>,
    /// Fire departments.
    pub fire: Option<Wording>,
    /// What crews find above the reasons in the place of 「…と隊長が判断」, as far as the name of
    /// who judged: the law on which they look differs.
    pub crew: Option<Wording>,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl GlassText {
    /// What a facility of this kind says, if anything.
    fn of(&self, kind: FacilityKind, language: Language) -> Option<&str> {
        let wording = match kind {
            FacilityKind::Hospital => self.hospital.as_ref(),
            FacilityKind::Fire => self.fire.as_ref(),
        }?;
        Some(wording.in_language(language))
    }

    /// What crews judge, where the installation says so.
    fn of_crew(&self, language: Language) -> Option<&str> {
        let wording = self.crew.as_ref()?;
        Some(wording.in_language(language))
    }
}

impl Wording {
    fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }
}

impl Settings {
    /// The facility's own words where nothing can be recorded, if there are any.
    fn refusal_said(&self) -> Option<String> {
        let said = self.refusal_text.trim();
        (!said.is_empty()).then(|| said.to_owned())
    }

    /// Whether `asked` (a `Host` header, in lower case) names this service.
    fn is_ours(&self, asked: &str) -> bool {
        let name = match asked.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => asked,
        };
        self.hosts.is_empty()
            || self
                .hosts
                .iter()
                .any(|host| host.eq_ignore_ascii_case(name))
    }
}

/// Everything an application needs, for `App::configure`; the clones share the services. The
/// application must also be wrapped in [`door`].
pub fn configure(services: Services) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let Services {
        access,
        summaries,
        review,
        handoffs,
        health,
        ledger,
        clock,
        entropy,
        settings,
    } = services;
    let handing = Data::new(handlers::handoff::HandoffDesk {
        access: access.clone(),
        handoffs,
        summaries: summaries.clone(),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
        listeners: Arc::new(Semaphore::new(handlers::handoff::LISTENERS)),
    });
    let desk = Data::new(handlers::summary::Desk::new(
        access.clone(),
        summaries,
        ledger.clone(),
        Arc::clone(&clock),
    ));
    let auditing = Data::new(handlers::replay::AuditDesk {
        access: access.clone(),
        review,
        ledger: ledger.clone(),
        clock: Arc::clone(&clock),
    });
    let (access, ledger) = (Data::new(access), Data::new(ledger));
    let health = Data::new(health);
    let admission = Data::new(admission::Admission::new(settings.at_once));
    let (settings, clock) = (Data::new(settings), Data::from(clock));
    let entropy: Data<dyn Entropy> = Data::from(entropy);
    move |config: &mut ServiceConfig| {
        config
            .app_data(desk.clone())
            .app_data(auditing.clone())
            .app_data(access.clone())
            .app_data(ledger.clone())
            .app_data(handing.clone())
            .app_data(health.clone())
            .app_data(settings.clone())
            .app_data(admission.clone())
            .app_data(clock.clone())
            .app_data(entropy.clone());
        #[cfg(feature = "ladder")]
        handlers::ladder::register(config, &desk);
        routes::register(config);
    }
}
