//! The one table of routes: the application is built from it, and so is the test of who may do
//! what.

use std::collections::BTreeMap;

use actix_web::{
    Route as Handler,
    middleware::from_fn,
    web::{self, ServiceConfig},
};

use crate::domain::access::Action;

use super::{
    asset, door,
    error::Problem,
    handlers::{
        admin, asked, audit, disclosure, enrol, factors, fhir, glass, grant, guide,
        handoff::{board, carried, crew, many},
        health, home, integrity, launch, lists, passkey, replay, report, review, search, seats,
        session, sign_in, summary, terminal, views, vouch,
    },
};

/// The two methods that pages know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Shows.
    Get,
    /// Changes, and answers 303 or shows the form again.
    Post,
}

impl Verb {
    /// As it stands in a request.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    fn handler(self) -> Handler {
        match self {
            Self::Get => web::get(),
            Self::Post => web::post(),
        }
    }
}

/// One route.
#[derive(Clone, Copy)]
pub struct Route {
    /// Its method.
    pub verb: Verb,
    /// Its path, with `{names}` for what is opaque.
    pub path: &'static str,
    /// What is asked of the one who calls it; its handler's guard asks for the same.
    pub action: Action,
    handler: fn(Handler) -> Handler,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?}", self.verb.word(), self.path, self.action)
    }
}

const fn get(path: &'static str, action: Action, handler: fn(Handler) -> Handler) -> Route {
    Route {
        verb: Verb::Get,
        path,
        action,
        handler,
    }
}

const fn post(path: &'static str, action: Action, handler: fn(Handler) -> Handler) -> Route {
    Route {
        verb: Verb::Post,
        path,
        action,
        handler,
    }
}

/// Every route there is.
pub const ROUTES: [Route; 137] = [
    get("/login", Action::Anyone, |route| route.to(sign_in::get)),
    post("/login", Action::Anyone, |route| route.to(sign_in::post)),
    post("/login/code", Action::Anyone, |route| {
        route.to(sign_in::post_code)
    }),
    get("/terminals/register", Action::Anyone, |route| {
        route.to(terminal::get)
    }),
    post("/terminals/register", Action::Anyone, |route| {
        route.to(terminal::post)
    }),
    post("/login/vouched", Action::Anyone, |route| {
        route.to(sign_in::post_vouched)
    }),
    get("/terminals/vouched", Action::Anyone, |route| {
        route.to(vouch::stranger)
    }),
    post("/terminals/vouched", Action::Anyone, |route| {
        route.to(vouch::post_stranger)
    }),
    post("/switch", Action::SignedIn, |route| route.to(seats::switch)),
    get("/sessions", Action::SignedIn, |route| route.to(seats::get)),
    post("/sessions/end", Action::SignedIn, |route| {
        route.to(seats::end)
    }),
    post("/sessions/end-all", Action::SignedIn, |route| {
        route.to(seats::end_all)
    }),
    get("/sessions/renew", Action::SignedIn, |route| {
        route.to(seats::renew)
    }),
    post("/sessions/renew", Action::SignedIn, |route| {
        route.to(seats::post_renew)
    }),
    get("/vouch", Action::BreakGlass, |route| route.to(vouch::get)),
    post("/vouch", Action::BreakGlass, |route| route.to(vouch::post)),
    post("/vouch/start", Action::BreakGlass, |route| {
        route.to(vouch::begin)
    }),
    post("/logout", Action::SignedIn, |route| {
        route.to(session::sign_out)
    }),
    post("/lock", Action::SignedIn, |route| route.to(session::lock)),
    get("/locked", Action::SignedIn, |route| {
        route.to(session::locked)
    }),
    post("/unlock", Action::SignedIn, |route| {
        route.to(session::unlock)
    }),
    post("/login/passkey/start", Action::Anyone, |route| {
        route.to(passkey::begin_sign_in)
    }),
    post("/login/passkey/finish", Action::Anyone, |route| {
        route.to(passkey::sign_in)
    }),
    post("/unlock/passkey/start", Action::SignedIn, |route| {
        route.to(passkey::begin_unlock)
    }),
    post("/unlock/passkey/finish", Action::SignedIn, |route| {
        route.to(passkey::unlock)
    }),
    get("/factors", Action::SignedIn, |route| route.to(factors::get)),
    post("/factors/anew/start", Action::SignedIn, |route| {
        route.to(factors::begin_anew)
    }),
    post("/factors/passkey/start", Action::SignedIn, |route| {
        route.to(factors::begin_passkey)
    }),
    post("/factors/passkey/finish", Action::SignedIn, |route| {
        route.to(factors::add_passkey)
    }),
    post("/factors/totp/start", Action::SignedIn, |route| {
        route.to(factors::begin_totp)
    }),
    post("/factors/totp/finish", Action::SignedIn, |route| {
        route.to(factors::add_totp)
    }),
    post("/factors/rename", Action::SignedIn, |route| {
        route.to(factors::rename)
    }),
    post("/factors/remove", Action::SignedIn, |route| {
        route.to(factors::remove)
    }),
    post("/factors/password", Action::SignedIn, |route| {
        route.to(factors::password)
    }),
    post("/language", Action::Anyone, |route| {
        route.to(session::language)
    }),
    post("/theme", Action::Anyone, |route| route.to(session::theme)),
    get("/", Action::SignedIn, |route| route.to(home::get)),
    post("/patients", Action::Search, |route| route.to(search::post)),
    post("/launch", Action::Anyone, |route| route.to(launch::post)),
    post("/launch/candidate", Action::Search, |route| {
        route.to(launch::candidate)
    }),
    get("/grants", Action::ReadSummary, |route| {
        route.to(grant::today)
    }),
    post("/grants", Action::ReadSummary, |route| {
        route.to(glass::post)
    }),
    get("/summary/{grant}", Action::ReadSummary, |route| {
        route.to(summary::get)
    }),
    get("/summary/{grant}/late", Action::ReadSummary, |route| {
        route.to(summary::late)
    }),
    get("/summary/{grant}/normal", Action::ReadSummary, |route| {
        route.to(summary::normal)
    }),
    get("/summary/{grant}/print", Action::ReadSummary, |route| {
        route.to(summary::print)
    }),
    post("/summary/{grant}/uncover", Action::ReadSummary, |route| {
        route.to(asked::uncover)
    }),
    get(
        "/summary/{grant}/documents/{opaque}",
        Action::ReadSummary,
        |route| route.to(asked::document),
    ),
    post("/grants/{grant}/note", Action::ReadSummary, |route| {
        route.to(grant::note)
    }),
    post("/grants/{grant}/end", Action::ReadSummary, |route| {
        route.to(grant::end)
    }),
    post("/grants/{grant}/renew", Action::BreakGlass, |route| {
        route.to(grant::renew)
    }),
    post("/grants/{grant}/correct", Action::ReadSummary, |route| {
        route.to(grant::correct)
    }),
    get("/handoffs", Action::Handoff, |route| route.to(crew::list)),
    post("/handoffs", Action::Handoff, |route| route.to(crew::begin)),
    get("/handoffs/offline", Action::Anyone, |route| {
        route.to(crew::offline)
    }),
    get("/handoffs/responses", Action::Handoff, |route| {
        route.to(crew::responses)
    }),
    get("/handoffs/many", Action::Handoff, |route| {
        route.to(many::of_crew)
    }),
    post("/handoffs/many", Action::Handoff, |route| {
        route.to(many::by_crew)
    }),
    get("/handoffs/many/print", Action::Handoff, |route| {
        route.to(many::sheet_of_crew)
    }),
    post("/handoffs/codes", Action::Handoff, |route| {
        route.to(carried::key)
    }),
    get("/handoffs/{opaque}", Action::Handoff, |route| {
        route.to(crew::get)
    }),
    get("/handoffs/{opaque}/print", Action::Handoff, |route| {
        route.to(crew::print)
    }),
    post("/handoffs/{opaque}/edit", Action::Handoff, |route| {
        route.to(crew::edit)
    }),
    post("/handoffs/{opaque}/ask", Action::Handoff, |route| {
        route.to(crew::ask)
    }),
    post("/handoffs/{opaque}/arrive", Action::Handoff, |route| {
        route.to(crew::arrive)
    }),
    post("/handoffs/{opaque}/link", Action::Handoff, |route| {
        route.to(crew::link)
    }),
    get("/board", Action::ReadBoard, |route| route.to(board::list)),
    get("/board/live", Action::ReadBoard, |route| {
        route.to(board::live)
    }),
    get("/board/many", Action::ReadBoard, |route| {
        route.to(many::of_hospital)
    }),
    post("/board/many", Action::Accept, |route| {
        route.to(many::by_hospital)
    }),
    get("/board/many/print", Action::ReadBoard, |route| {
        route.to(many::sheet_of_hospital)
    }),
    get("/board/codes", Action::Accept, |route| {
        route.to(carried::get)
    }),
    post("/board/codes", Action::Accept, |route| {
        route.to(carried::scan)
    }),
    get("/board/{opaque}", Action::ReadBoard, |route| {
        route.to(board::get)
    }),
    get("/board/{opaque}/print", Action::Accept, |route| {
        route.to(board::print)
    }),
    get("/board/{opaque}/document", Action::Accept, |route| {
        route.to(board::document)
    }),
    post("/board/{opaque}/answer", Action::Accept, |route| {
        route.to(board::answer)
    }),
    post("/board/{opaque}/reveal", Action::Accept, |route| {
        route.to(board::reveal)
    }),
    post("/board/{opaque}/link", Action::Accept, |route| {
        route.to(board::link)
    }),
    get("/enrol", Action::Anyone, |route| route.to(enrol::get)),
    post("/enrol", Action::Anyone, |route| route.to(enrol::post)),
    post("/enrol/passkey/start", Action::Anyone, |route| {
        route.to(enrol::begin_passkey)
    }),
    post("/enrol/passkey/finish", Action::Anyone, |route| {
        route.to(enrol::finish_passkey)
    }),
    get("/enrol/{opaque}", Action::Anyone, |route| {
        route.to(enrol::link)
    }),
    get("/admin", Action::Administer, |route| route.to(admin::get)),
    get("/admin/accounts", Action::Administer, |route| {
        route.to(admin::accounts::list)
    }),
    post("/admin/accounts", Action::Administer, |route| {
        route.to(admin::accounts::add)
    }),
    post("/admin/accounts/find", Action::Administer, |route| {
        route.to(admin::accounts::find)
    }),
    get("/admin/accounts/{opaque}", Action::Administer, |route| {
        route.to(admin::accounts::get)
    }),
    post(
        "/admin/accounts/{opaque}/disable",
        Action::Administer,
        |route| route.to(admin::accounts::disable),
    ),
    post(
        "/admin/accounts/{opaque}/enable",
        Action::Administer,
        |route| route.to(admin::accounts::enable),
    ),
    post(
        "/admin/accounts/{opaque}/link",
        Action::Administer,
        |route| route.to(admin::accounts::link),
    ),
    post(
        "/admin/accounts/{opaque}/remove",
        Action::Administer,
        |route| route.to(admin::accounts::remove),
    ),
    post(
        "/admin/accounts/{opaque}/sign-out",
        Action::Administer,
        |route| route.to(admin::accounts::sign_out),
    ),
    get("/admin/permissions", Action::Permit, |route| {
        route.to(admin::permissions::get)
    }),
    post("/admin/permissions/give", Action::Administer, |route| {
        route.to(admin::permissions::give)
    }),
    post("/admin/permissions/give-hours", Action::Permit, |route| {
        route.to(admin::permissions::give_hours)
    }),
    post("/admin/permissions/revoke", Action::Permit, |route| {
        route.to(admin::permissions::revoke)
    }),
    post("/admin/permissions/delegate", Action::Administer, |route| {
        route.to(admin::permissions::delegate)
    }),
    post(
        "/admin/permissions/undelegate",
        Action::Administer,
        |route| route.to(admin::permissions::undelegate),
    ),
    get("/admin/terminals", Action::Administer, |route| {
        route.to(admin::places::terminals)
    }),
    post("/admin/terminals/code", Action::Administer, |route| {
        route.to(admin::places::code)
    }),
    post("/admin/terminals/known", Action::Administer, |route| {
        route.to(admin::places::known)
    }),
    post(
        "/admin/terminals/{opaque}/change",
        Action::Administer,
        |route| route.to(admin::places::change),
    ),
    post(
        "/admin/terminals/{opaque}/revoke",
        Action::Administer,
        |route| route.to(admin::places::revoke),
    ),
    get("/admin/disaster", Action::Administer, |route| {
        route.to(admin::places::disaster)
    }),
    post("/admin/disaster", Action::Administer, |route| {
        route.to(admin::places::set)
    }),
    post("/admin/disaster/clear", Action::Administer, |route| {
        route.to(admin::places::clear)
    }),
    get("/admin/health", Action::Administer, |route| {
        route.to(admin::health::get)
    }),
    get("/admin/sealed", Action::Administer, |route| {
        route.to(admin::sealed::get)
    }),
    post("/admin/sealed", Action::Administer, |route| {
        route.to(admin::sealed::propose)
    }),
    post(
        "/admin/sealed/{opaque}/confirm",
        Action::Administer,
        |route| route.to(admin::sealed::confirm),
    ),
    get("/audit", Action::ReadLedger, |route| route.to(audit::get)),
    get("/audit/receipts", Action::ReadLedger, |route| {
        route.to(audit::receipts)
    }),
    post("/audit/receipts", Action::ReadLedger, |route| {
        route.to(audit::find_receipt)
    }),
    get("/audit/integrity", Action::ReadLedger, |route| {
        route.to(integrity::get)
    }),
    post("/audit/integrity/verify", Action::ReadLedger, |route| {
        route.to(integrity::verify)
    }),
    post("/audit/views", Action::ReadLedger, |route| {
        route.to(views::keep)
    }),
    post("/audit/views/remove", Action::ReadLedger, |route| {
        route.to(views::remove)
    }),
    get("/audit/cases", Action::ReadLedger, |route| {
        route.to(review::list)
    }),
    get("/audit/cases/{opaque}", Action::ReadLedger, |route| {
        route.to(review::get)
    }),
    post(
        "/audit/cases/{opaque}/verdict",
        Action::ReadLedger,
        |route| route.to(review::judge),
    ),
    post("/audit/cases/{opaque}/told", Action::ReadLedger, |route| {
        route.to(review::tell)
    }),
    get("/audit/disclosure", Action::ReadLedger, |route| {
        route.to(disclosure::get)
    }),
    post("/audit/disclosure", Action::ReadLedger, |route| {
        route.to(disclosure::post)
    }),
    get("/audit/report", Action::ReadLedger, |route| {
        route.to(report::get)
    }),
    get("/audit/report/table", Action::ReadLedger, |route| {
        route.to(report::get_table)
    }),
    get("/audit/lists", Action::ReadLedger, |route| {
        route.to(lists::get)
    }),
    post("/audit/lists", Action::ReadLedger, |route| {
        route.to(lists::post)
    }),
    get("/audit/replay/{opaque}", Action::ReadLedger, |route| {
        route.to(replay::get)
    }),
    post("/audit/replay/{opaque}", Action::ReadLedger, |route| {
        route.to(replay::post)
    }),
    get("/fhir/AuditEvent", Action::ReadLedger, |route| {
        route.to(fhir::get)
    }),
    post("/fhir/AuditEvent/_search", Action::ReadLedger, |route| {
        route.to(fhir::search)
    }),
    get("/health/live", Action::Anyone, |route| {
        route.to(health::live)
    }),
    get("/health/ready", Action::Anyone, |route| {
        route.to(health::ready)
    }),
    get("/styleguide", Action::Anyone, |route| route.to(guide::get)),
    get(asset::ROUTE, Action::Anyone, |route| route.to(asset::get)),
];

/// Builds the application's resources: one per path, so that a wrong method is told apart (405)
/// from a page that does not exist (404).
pub(super) fn register(config: &mut ServiceConfig) {
    let mut paths: BTreeMap<&str, Vec<Route>> = BTreeMap::new();
    for route in ROUTES {
        paths.entry(route.path).or_default().push(route);
    }
    // Tried in this order: what must be quick comes before what need not.
    let mut paths: Vec<(&str, Vec<Route>)> = paths.into_iter().collect();
    paths.sort_by_key(|(path, _)| !path.starts_with("/summary/"));
    for (path, routes) in paths {
        let allow = allowed(&routes);
        let resource = routes
            .into_iter()
            .fold(web::resource(path), |resource, route| {
                resource.route((route.handler)(route.verb.handler()))
            });
        let resource = resource.default_service(web::to(move || async move {
            Err::<&str, _>(Problem::WrongMethod(allow))
        }));
        config.service(resource.wrap(from_fn(door::caught)));
    }
    config.default_service(web::to(|| async { Err::<&str, _>(Problem::NotFound) }));
}

/// The route in the table that this path is one of; of a request that nothing has answered.
pub(super) fn find(path: &str) -> Option<&'static Route> {
    let is_it = |known: &str| {
        known.split('/').count() == path.split('/').count()
            && known
                .split('/')
                .zip(path.split('/'))
                .all(|(known, asked)| known == asked || known.starts_with('{'))
    };
    // A path that is there letter by letter comes before one with a name in it.
    ROUTES
        .iter()
        .find(|route| route.path == path)
        .or_else(|| ROUTES.iter().find(|route| is_it(route.path)))
}

/// The `Allow` header of a path with these routes.
fn allowed(routes: &[Route]) -> &'static str {
    let knows = |verb| routes.iter().any(|route| route.verb == verb);
    match (knows(Verb::Get), knows(Verb::Post)) {
        (true, true) => "GET, POST",
        (false, true) => "POST",
        (_, false) => "GET",
    }
}
