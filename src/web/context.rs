//! What every request carries from the door to the page.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web, web::Data};
use serde::Deserialize;
use tokio::time::Instant;

use crate::{
    access::Caller,
    domain::{access::RequestId, section::Language},
};

use super::{Settings, cookie::Theme, error::Problem, text::Text, times::Times};

/// One request, as far as it matters to a page.
#[derive(Clone)]
pub(super) struct Context {
    /// Printed on error pages and in the log line.
    pub(super) request: RequestId,
    /// The request's first byte: every budget counts from here.
    pub(super) started: Instant,
    /// What of it took how long.
    pub(super) times: Times,
    /// Language of the page: the viewer's, else the browser's last choice.
    pub(super) language: Language,
    /// Light or dark, where chosen at this terminal.
    pub(super) theme: Option<Theme>,
    /// Where the request comes from.
    pub(super) caller: Caller,
    /// The path asked for, without query.
    pub(super) path: String,
    /// What stood behind it; never anything of a patient.
    pub(super) query: Query,
    /// What the installation decided.
    pub(super) settings: Data<Settings>,
}

/// What an address may say besides its path.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    /// The page that the lock leads back to.
    pub(super) back: String,
    /// `page` where nobody pressed anything: a page went on by itself, which is no activity.
    pub(super) by: String,
    /// What a change did, one of the words that the pages know.
    pub(super) done: String,
    /// Of which role the listed accounts are.
    pub(super) role: String,
    /// In which state they are.
    pub(super) state: String,
    /// Which page of a list.
    pub(super) page: String,
    /// Which of an auditor's lists.
    pub(super) list: String,
    /// What flags the listed cases.
    pub(super) rule: String,
    /// Whether they are explained.
    pub(super) explained: String,
    /// Why somebody looked.
    pub(super) reason: String,
    /// Which month, `2026-11`.
    pub(super) month: String,
    /// Which row of a list of many patients is opened: an opaque id.
    pub(super) row: String,
}

impl Query {
    /// Reads what is known of an address; everything else says nothing.
    pub(super) fn of(text: &str) -> Self {
        web::Query::from_query(text).map_or_else(|_| Self::default(), web::Query::into_inner)
    }
}

impl Context {
    /// Whether a page asks that nobody touched.
    pub(super) fn is_by_page(&self) -> bool {
        self.query.by == "page"
    }

    /// The words of the page's language.
    pub(super) fn text(&self) -> &'static Text {
        Text::of(self.language)
    }

    /// The same request in another language.
    pub(super) fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// The same request as if this page had been asked for.
    pub(super) fn at(mut self, path: String) -> Self {
        self.path = path;
        self
    }

    /// What the door put into the request.
    ///
    /// # Errors
    /// [`Problem::Broken`] where the door is missing from the application.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or(Problem::Broken)
    }
}

impl FromRequest for Context {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}
