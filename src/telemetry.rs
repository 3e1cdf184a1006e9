//! Log lines and metrics. Nothing else touches the subscriber or the recorder.

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

/// Crates that carry requests: below `info` they log addresses, headers and bodies, in which a
/// source's own number of a patient may stand.
const CARRIERS: [&str; 8] = [
    "actix_http",
    "actix_web",
    "h2",
    "hyper",
    "hyper_util",
    "redis",
    "reqwest",
    "rustls",
];

/// The filter as asked for, but never with what the carriers say of what they carry.
fn checked(filter: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    CARRIERS
        .iter()
        .filter_map(|carrier| format!("{carrier}=info").parse().ok())
        .fold(filter, EnvFilter::add_directive)
}

/// Starts the metrics recorder, or returns the handle of the one that already runs.
#[must_use]
pub fn start_metrics() -> Option<PrometheusHandle> {
    static HANDLE: std::sync::OnceLock<Option<PrometheusHandle>> = std::sync::OnceLock::new();
    HANDLE
        .get_or_init(|| PrometheusBuilder::new().install_recorder().ok())
        .clone()
}

#[cfg(test)]
mod tests {
    use super::{CARRIERS, checked};

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
