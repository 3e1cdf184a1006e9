//! Views: values already decided and worded, so that a template only prints.

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use askama::Template;

use crate::{
    access::{END_WARNING, Viewer},
    domain::access::IdentifiedBy,
};

use super::{
    asset::Asset,
    context::Context,
    cookie::Theme,
    error::Problem,
    handlers::{self, see_other},
    text::Text,
};

pub(super) mod admin;
mod anew;
mod attribute;
pub(super) mod audit;
pub(super) mod banner;
pub(super) mod consent;
pub(super) mod document;
mod drawn;
pub(super) mod enrol;
pub(super) mod factors;
pub(super) mod glass;
pub(super) mod grants;
pub(super) mod guide;
pub(super) mod handoff;
pub(super) mod home;
mod kept;
pub(super) mod launch;
pub(super) mod lock;
pub(super) mod note;
pub(super) mod passkey;
mod plan;
pub(super) mod print;
pub(super) mod receipts;
pub(super) mod replay;
pub(super) mod review;
pub(super) mod seats;
pub(super) mod section;
pub(super) mod sign_in;
pub(super) mod summary;
pub(super) mod terminal;
mod trend;
pub(super) mod uncovered;
pub(super) mod vouch;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

/// What surrounds every page.
pub(super) struct Frame {
    /// The page's title; never anything about a patient.
    pub(super) title: &'static str,
    /// Whether every page says that the patients are not real.
    pub(super) demo: bool,
    /// Style sheet.
    pub(super) css: String,
    /// Script.
    pub(super) js: String,
    /// Icon.
    pub(super) icon: String,
    /// Who is signed in.
    pub(super) signed: Option<Signed>,
    /// Token of the forms for language and light where the session does not say who it is (the
    /// lock).
    pub(super) choice_token: Option<String>,
    /// `light` or `dark`, where chosen at this terminal.
    pub(super) theme: Option<&'static str>,
    /// What can be chosen: value and word.
    pub(super) themes: [(&'static str, &'static str); 3],
    /// Whether keys work on the page.
    pub(super) has_keys: bool,
    /// Where the forms for language and light lead back to.
    pub(super) back: String,
    /// The value of the language form: the language this page is not in.
    pub(super) other_language: &'static str,
    /// What these forms carry besides, so that a page that only a form leads to is shown again in
    /// the other language or light: the candidates on it, sealed.
    pub(super) kept: Vec<(&'static str, String)>,
    /// Seconds after which the page, left alone, leads to the lock; `None` where nobody is signed
    /// in or nobody is named.
    pub(super) lock_after: Option<u64>,
    /// When the session ends, where that is near.
    pub(super) ending: Option<Ending>,
    /// Where a press says that somebody is still there; empty for what only a form leads to.
    pub(super) stay: String,
    t: &'static Text,
}

/// One of the values of a field that is chosen from.
pub(super) struct Choice {
    /// What the form sends.
    pub(super) value: String,
    /// What is read.
    pub(super) word: String,
    /// Whether it was chosen before.
    pub(super) is_chosen: bool,
}

impl Choice {
    /// The ways of identifying a patient, each with its digit.
    pub(super) fn ways(t: &Text, chosen: &str) -> Vec<Self> {
        IdentifiedBy::ALL
            .into_iter()
            .zip(1..)
            .map(|(way, digit)| Self {
                value: digit.to_string(),
                word: format!("{digit} {}", (t.words.identified_by)(way)),
                is_chosen: chosen == digit.to_string(),
            })
            .collect()
    }
}

/// The end of a session, as every page says from half an hour before.
pub(super) struct Ending {
    /// When, in words.
    pub(super) said: String,
    /// Seconds until it is said: a page that is left open must not say it too late.
    pub(super) after: u64,
    /// Whether the session can be renewed.
    pub(super) may_renew: bool,
}

impl Ending {
    fn of(viewer: &Viewer, t: &'static Text) -> Option<Self> {
        let left = viewer.ends_soon()?;
        Some(Self {
            said: (t.seats.ends)(&seats::time_of_day(viewer.ends)),
            after: left.saturating_sub(END_WARNING).as_secs(),
            may_renew: viewer.may_be_left(),
        })
    }
}

/// Who is signed in, as every page says.
pub(super) struct Signed {
    /// Name.
    pub(super) name: String,
    /// Role in words.
    pub(super) role: &'static str,
    /// Facility's name.
    pub(super) facility: String,
    /// Terminal's name.
    pub(super) terminal: String,
    /// Where it stands.
    pub(super) location: String,
    /// Whether another user may be let to the terminal.
    pub(super) may_be_left: bool,
    /// Token of the session's forms.
    pub(super) form_token: String,
    /// Under which the tablet of a crew keeps what is not sent yet; `None` for everybody else.
    pub(super) drafts: Option<Drafts>,
}

/// What a tablet keeps by.
pub(super) struct Drafts {
    /// Whose it is, in a word that says nothing of the account.
    pub(super) of: String,
    /// The scripts, in their order.
    pub(super) scripts: [String; 3],
    /// What answers the browser where there is no connection.
    pub(super) worker: String,
}

/// The scripts of every page of a crew: what is not sent yet, and how it is shown as codes.
pub(super) fn crew_scripts() -> [String; 3] {
    [Asset::Drafts, Asset::QrCode, Asset::Codes].map(Asset::url)
}

impl Signed {
    fn of(viewer: &Viewer, t: &'static Text) -> Self {
        Self {
            name: viewer.name.clone(),
            role: (t.words.role)(viewer.role),
            facility: viewer.facility_name.clone(),
            terminal: viewer.terminal_name.clone(),
            location: viewer.location.clone(),
            may_be_left: viewer.may_be_left(),
            form_token: viewer.form_token.clone(),
            drafts: viewer.may_hand_over().then(|| Drafts {
                of: viewer.drafts.clone(),
                scripts: crew_scripts(),
                worker: Asset::Worker.url(),
            }),
        }
    }
}

impl Frame {
    /// The frame of a page.
    pub(super) fn new(context: &Context, viewer: Option<&Viewer>, title: &'static str) -> Self {
        let t = context.text();
        Self {
            title,
            demo: context.settings.demo,
            css: Asset::Style.url(),
            js: Asset::Script.url(),
            icon: Asset::Icon.url(),
            signed: viewer.map(|viewer| Signed::of(viewer, t)),
            choice_token: viewer.map(|viewer| viewer.form_token.clone()),
            theme: context.theme.map(Theme::word),
            has_keys: false,
            themes: [
                ("", t.common.theme_auto),
                (Theme::Light.word(), t.common.theme_light),
                (Theme::Dark.word(), t.common.theme_dark),
            ],
            back: handlers::back(&context.path).to_owned(),
            other_language: match context.language {
                crate::domain::section::Language::Ja => "en",
                crate::domain::section::Language::En => "ja",
            },
            kept: Vec::new(),
            lock_after: viewer.map(lock::after),
            ending: viewer.and_then(|viewer| Ending::of(viewer, t)),
            stay: context.path.clone(),
            t,
        }
    }

    /// The page with the keys that it knows.
    pub(super) const fn with_keys(mut self) -> Self {
        self.has_keys = true;
        self
    }

    /// The key that opens the list of keys, where there is one.
    const fn sheet_key(&self) -> &'static str {
        if self.has_keys { "?" } else { "" }
    }

    /// Whether this is what was chosen for the page's light.
    fn is_theme(&self, word: &str) -> bool {
        self.theme.unwrap_or_default() == word
    }

    /// Token of the session's forms; empty where nobody is signed in.
    pub(super) fn form_token(&self) -> &str {
        self.signed
            .as_ref()
            .map_or("", |signed| signed.form_token.as_str())
    }
}

/// The address of the lock that leads back to a page of this service.
pub(super) fn locked(back: &str) -> String {
    format!("/locked?back={back}")
}

/// Renders a page into one string with a known length: after the first byte a status can no
/// longer change. Left alone it leads to the lock, also with scripts off: by a header, so that no
/// element of the page does it (WCAG 2.2.1 knows only the warning before it).
pub(super) fn page(
    template: &impl Template,
    frame: &Frame,
    status: StatusCode,
) -> Result<HttpResponse, Problem> {
    page_of(template, frame, status, 0)
}

/// The same, with room for the bytes that are known to come.
///
/// # Errors
/// [`Problem::Broken`].
fn page_of<T: Template>(
    template: &T,
    frame: &Frame,
    status: StatusCode,
    known: usize,
) -> Result<HttpResponse, Problem> {
    let mut html = String::with_capacity(known.max(T::SIZE_HINT));
    template.render_into(&mut html)?;
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"));
    if let Some(seconds) = frame.lock_after {
        answer.insert_header((
            header::REFRESH,
            format!("{seconds}; url={}", locked(&frame.back)),
        ));
    }
    Ok(answer.body(html))
}

/// After how many seconds a busy node is worth asking again.
const SOON: &str = "2";

/// The page of a failure.
#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    t: &'static Text,
    title: &'static str,
    body: &'a str,
    other_lang: &'static str,
    other_body: &'static str,
    request: &'a str,
    /// The facility's own words, where nothing can be recorded.
    refusal: Option<&'a str>,
    /// The patient's page that could not be recorded: it may be asked for once more.
    again: Option<&'a str>,
}

/// What a failure looks like: the sign-in page's address, the lock page, or one sentence. Never
/// fails itself, and never says why.
pub(super) fn problem(problem: &Problem, context: &Context) -> HttpResponse {
    let status = problem.status_code();
    if matches!(problem, Problem::NotSignedIn) {
        return see_other("/login");
    }
    if let Problem::Locked(Some(viewer)) = problem {
        let page = lock::LockPage::new(context, viewer).respond();
        return page.unwrap_or_else(|_| HttpResponse::new(status));
    }
    if let Problem::Unclean(kept) = problem
        && let Ok(page) = kept::KeptPage::new(context, kept).respond(status)
    {
        return page;
    }
    let mut response =
        error_page(problem, context, status).unwrap_or_else(|_| HttpResponse::new(status));
    if matches!(problem, Problem::Busy) {
        let soon = header::HeaderValue::from_static(SOON);
        response.headers_mut().insert(header::RETRY_AFTER, soon);
    }
    if let Problem::WrongMethod(allow) = problem {
        let allow = header::HeaderValue::from_static(allow);
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

fn error_page(
    problem: &Problem,
    context: &Context,
    status: StatusCode,
) -> Result<HttpResponse, Problem> {
    use crate::domain::section::Language;
    let t = context.text();
    let other = match context.language {
        Language::Ja => Text::of(Language::En),
        Language::En => Text::of(Language::Ja),
    };
    let sentence = problem.sentence(t);
    let wrong = problem
        .field()
        .map(|(field, wrong)| (t.words.wrong)(field, wrong));
    let refusal = context.settings.refusal_text.trim();
    let error = ErrorPage {
        frame: Frame::new(context, None, sentence.title),
        t,
        title: sentence.title,
        body: wrong.as_deref().unwrap_or(sentence.body),
        other_lang: other.lang,
        other_body: problem.sentence(other).body,
        request: &context.request.0,
        refusal: (matches!(problem, Problem::CannotRecord) && !refusal.is_empty())
            .then_some(refusal),
        again: Some(handlers::back(&context.path)).filter(|page| {
            matches!(problem, Problem::CannotRecord | Problem::Busy)
                && page.starts_with("/summary/")
        }),
    };
    page(&error, &error.frame, status)
}
