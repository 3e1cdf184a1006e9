//! Log lines and metrics. Nothing else touches the subscriber or the recorder.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use crate::domain::section::SourceName;
use actix_web::{App, HttpResponse, HttpServer, dev::Server, web};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// For machines, one JSON object a line.
    Json,
}

/// Starts logging to standard error. A second start in one process is ignored: the tests run many
/// services in one.
pub fn start_log(form: Form, filter: &str) {
    let filter = checked(filter);
    let registry = tracing_subscriber::registry().with(filter);
    let started = match form {
        Form::Text => registry
            .with(fmt::layer().with_writer(std::io::stderr))
            .try_init(),
        Form::Json => registry
            .with(fmt::layer().json().with_writer(std::io::stderr))
            .try_init(),
    };
    drop(started);
}

/// A panic is a line of the log like any other: where, never what was said. The words of a panic
/// may hold what was being worked on. Only for a process that is nothing but the service.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place = place.as_deref().unwrap_or("-"), "panicked");
    }));
}

/// Crates that carry requests: below `info` they log addresses, headers and bodies, in which a
/// source's own number of a patient may stand.
const CARRIERS: [&str; 9] = [
    "actix_http",
    "actix_web",
    "h2",
    "hyper",
    "hyper_util",
    "redis",
    "reqwest",
    "rustls",
    "tokio_postgres",
];

/// The filter as asked for, but never with what the carriers say of what they carry.
fn checked(filter: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    CARRIERS
        .iter()
        .filter_map(|carrier| format!("{carrier}=info").parse().ok())
        .fold(filter, EnvFilter::add_directive)
}

/// Bounds of every histogram, in seconds: from half a millisecond to two seconds, with each budget
/// and what is a tenth over it among them.
const BOUNDS: [f64; 21] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.22, 0.25, 0.3, 0.33, 0.5, 0.7,
    0.85, 0.9, 1.0, 1.1, 1.5, 2.0,
];

/// Starts the metrics recorder, where none runs yet, and gives what reads all of it as Prometheus
/// does. A reading also lets go of what was recorded since the one before: somebody has to read
/// now and then.
#[must_use]
pub fn start_metrics() -> Arc<dyn Fn() -> String + Send + Sync> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&BOUNDS).ok()?;
        let handle = builder.install_recorder().ok();
        begin_at_nothing();
        handle
    });
    Arc::new(|| {
        handle
            .as_ref()
            .map_or_else(String::new, PrometheusHandle::render)
    })
}

/// What raises an alarm at its first time is there before: a counter that begins at one never grew.
fn begin_at_nothing() {
    metrics::counter!("panics").increment(0);
    metrics::counter!("sealed_accounts_used_total").increment(0);
    for rank in ["address", "other", "look", "way"] {
        metrics::counter!("requests_refused_total", "rank" => rank).increment(0);
    }
    for source in SourceName::CLINICAL {
        metrics::counter!("two_patients_total", "source" => source.word()).increment(0);
    }
}

/// Serves what `metrics` reads, and nothing else.
///
/// # Errors
/// Where the address cannot be listened at.
pub fn serve_metrics(
    listen: SocketAddr,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
) -> io::Result<(Server, SocketAddr)> {
    let server = HttpServer::new(move || {
        let metrics = Arc::clone(&metrics);
        App::new().service(web::resource("/metrics").get(move || {
            let text = metrics();
            async move {
                HttpResponse::Ok()
                    .content_type("text/plain; version=0.0.4; charset=utf-8")
                    .body(text)
            }
        }))
    })
    .workers(1)
    .disable_signals();
    let server = crate::with_server_settings!(server).bind(listen)?;
    let address = server.addrs().first().copied();
    let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((server.run(), address))
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        panic::{catch_unwind, set_hook, take_hook},
        sync::{Arc, Mutex},
    };

    use super::{CARRIERS, checked, log_panics};

    /// What was written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_a_line_that_says_where_and_not_what() {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_writer(move || writer.clone())
            .finish();
        let before = take_hook();
        log_panics();
        let panicked = tracing::subscriber::with_default(subscriber, || {
            catch_unwind(|| panic!("山田 花子 12345678"))
        });
        set_hook(before);
        assert!(panicked.is_err());
        let bytes = written.0.lock().unwrap();
        let line: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let said = line.to_string();
        assert!(said.contains("src/telemetry.rs:"), "{said}");
        assert_eq!(line["level"], "ERROR");
        assert!(!said.contains("山田") && !said.contains("1234"), "{said}");
    }

    #[test]
    fn no_filter_lets_the_carriers_say_what_they_carry() {
        for asked in ["trace", "debug,h2=trace,hyper=debug", "not a filter ==="] {
            let filter = checked(asked).to_string();
            let directives: Vec<&str> = filter.split(',').collect();
            for carrier in CARRIERS {
                let own = directives
                    .iter()
                    .filter(|directive| directive.split('=').next() == Some(carrier))
                    .collect::<Vec<_>>();
                assert_eq!(own, [&format!("{carrier}=info")], "{asked}: {filter}");
            }
        }
    }
}
