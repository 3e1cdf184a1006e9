//! The six cookies: session, device, language, light or dark, page, one-time link. None holds anything about a
//! patient.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};

use crate::domain::section::Language;

use super::Settings;

/// How long a browser keeps what is not a session: browsers allow at most 400 days.
const LONG: Duration = Duration::days(400);

/// How long somebody may take to set an account up.
const ENROLLING: Duration = Duration::minutes(15);

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The session's secret; ends with the browser.
    Session,
    /// The registered device's secret.
    Device,
    /// The language last chosen at this terminal.
    Language,
    /// Light or dark, as last chosen at this terminal.
    Theme,
    /// Another value with every page. Browsers keep whole pages for their Back key, also such that
    /// may not be stored, until a cookie changes that scripts cannot read: a patient's page must
    /// not come back from behind the lock.
    Page,
    /// The token of a one-time link while its holder sets the account up: it stands in no address
    /// that a page has.
    Enrol,
}

/// Light or dark, where somebody has chosen at this terminal; else the browser decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    /// For the day.
    Light,
    /// For the night shift.
    Dark,
}

impl Theme {
    /// Its word in the form, the cookie and the page.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads [`Self::word`]; everything else leaves it to the browser.
    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.word() == word)
    }
}

impl Name {
    /// The name on the wire. `__Host-` makes browsers insist on TLS, path `/` and no domain;
    /// without TLS (the demo) they would drop such a cookie.
    pub(super) const fn on_the_wire(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-session",
            (Self::Session, false) => "session",
            (Self::Device, true) => "__Host-device",
            (Self::Device, false) => "device",
            (Self::Language, true) => "__Host-language",
            (Self::Language, false) => "language",
            (Self::Theme, true) => "__Host-theme",
            (Self::Theme, false) => "theme",
            (Self::Page, true) => "__Host-page",
            (Self::Page, false) => "page",
            (Self::Enrol, true) => "__Host-enrol",
            (Self::Enrol, false) => "enrol",
        }
    }
}

/// The value the browser sent, where it sent one.
pub(super) fn read(request: &HttpRequest, name: Name, settings: &Settings) -> Option<String> {
    request
        .cookie(name.on_the_wire(settings.secure_cookies))
        .map(|cookie| cookie.value().to_owned())
        .filter(|value| !value.is_empty())
}

/// The language last chosen at this terminal.
pub(super) fn language(request: &HttpRequest, settings: &Settings) -> Language {
    match read(request, Name::Language, settings).as_deref() {
        Some("en") => Language::En,
        _ => Language::Ja,
    }
}

/// What was last chosen at this terminal.
pub(super) fn theme(request: &HttpRequest, settings: &Settings) -> Option<Theme> {
    Theme::parse(&read(request, Name::Theme, settings)?)
}

/// A cookie to set.
pub(super) fn write(name: Name, value: String, settings: &Settings) -> Cookie<'static> {
    let mut cookie = Cookie::new(name.on_the_wire(settings.secure_cookies), value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    // A one-time link is opened from a message: browsers would not send a strict cookie to the
    // page that it leads to.
    let is_link = name == Name::Enrol;
    cookie.set_same_site(if is_link {
        SameSite::Lax
    } else {
        SameSite::Strict
    });
    cookie.set_secure(settings.secure_cookies);
    match name {
        Name::Session | Name::Page => {}
        Name::Enrol => cookie.set_max_age(ENROLLING),
        Name::Device | Name::Language | Name::Theme => cookie.set_max_age(LONG),
    }
    cookie
}

/// A cookie that makes the browser forget.
pub(super) fn forget(name: Name, settings: &Settings) -> Cookie<'static> {
    let mut cookie = write(name, String::new(), settings);
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// The cookie that remembers a language.
pub(super) fn of_language(language: Language, settings: &Settings) -> Cookie<'static> {
    let value = match language {
        Language::Ja => "ja",
        Language::En => "en",
    };
    write(Name::Language, value.to_owned(), settings)
}

/// The cookie that remembers light or dark, or forgets it.
pub(super) fn of_theme(theme: Option<Theme>, settings: &Settings) -> Cookie<'static> {
    theme.map_or_else(
        || forget(Name::Theme, settings),
        |theme| write(Name::Theme, theme.word().to_owned(), settings),
    )
}
