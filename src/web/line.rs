//! One request, one line of the log, with its times; and the same as metrics. Never a path's ids, a
//! query, a header, a body or who asked.

use actix_web::http::{Method, StatusCode};

use super::{
    asset,
    context::Context,
    routes,
    times::{Phase, millis},
};

/// What stands where no route knows the path.
const NO_ROUTE: &str = "-";
/// Stands in the line where whoever asked went away before the answer: no status of HTTP.
const GIVEN_UP: u16 = 499;

/// The line of one request; written when it is over, also where nobody waits for the answer any
/// more.
pub(super) struct Line {
    context: Context,
    method: &'static str,
    is_written: bool,
}

impl Line {
    /// Of a request that has just come in.
    pub(super) fn of(method: &Method, context: &Context) -> Self {
        Self {
            context: context.clone(),
            method: known(method),
            is_written: false,
        }
    }

    /// Writes it, under the route that answered.
    pub(super) fn answered(mut self, status: StatusCode, route: Option<String>) {
        self.is_written = true;
        let route = route.unwrap_or_else(|| NO_ROUTE.to_owned());
        // A page brings its style, script and icon: lines of them say nothing while they come.
        if route != asset::ROUTE || !status.is_success() {
            self.write(status.as_u16(), &route, "answered");
        }
        self.count(class(status), route);
    }

    fn count(&self, class: &'static str, route: String) {
        let elapsed = self.context.started.elapsed().as_secs_f64();
        metrics::counter!(
            "http_requests_total",
            "route" => route.clone(), "method" => self.method, "status" => class
        )
        .increment(1);
        metrics::histogram!("http_request_seconds", "route" => route).record(elapsed);
        for phase in Phase::ALL {
            if let Some(spent) = self.context.times.spent(phase) {
                metrics::histogram!("request_phase_seconds", "phase" => phase.word())
                    .record(spent.as_secs_f64());
            }
        }
    }

    fn write(&self, status: u16, route: &str, how: &'static str) {
        let spent = |phase| self.context.times.spent(phase).map(millis);
        tracing::info!(
            request = %self.context.request,
            method = self.method,
            route,
            status,
            elapsed_ms = millis(self.context.started.elapsed()),
            session_ms = spent(Phase::Session),
            grant_ms = spent(Phase::Grant),
            assembly_ms = spent(Phase::Assembly),
            ledger_ms = spent(Phase::Ledger),
            render_ms = spent(Phase::Render),
            "{how}"
        );
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.is_written {
            let route = routes::find(&self.context.path).map_or(NO_ROUTE, |route| route.path);
            self.write(GIVEN_UP, route, "given up");
            self.count("given_up", route.to_owned());
        }
    }
}

/// The method, where it is one that browsers know: others are words of whoever asks.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
