//! Simulated `identity`, `emr`, `eprescription` and `claims`: FHIR R4 REST servers on loopback ports.
//!
//! Each source has its own ids for the same people. `POST /fhir/Patient/_search` finds the source's
//! own Patient, `GET /fhir/{Type}?patient={id}` gives the rest, page by page. Faults are switched
//! by [`Faults`] or by `POST /control` with `mode=`.

use std::{collections::BTreeMap, io, net::TcpListener, sync::Arc};

use actix_web::{App, HttpServer, dev::ServerHandle, rt::System, web};
use chrono::NaiveDate;
use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::domain::section::SourceName;

use super::patients::demo_patients;

mod faults;
mod search;
mod server;
mod store;

pub use faults::{Fault, Faults};

use faults::Control;
use server::Served;
use store::Store;

const SOURCES: [SourceName; 4] = [
    SourceName::Identity,
    SourceName::Emr,
    SourceName::Eprescription,
    SourceName::Claims,
];

/// The running sources. They stop when this is dropped.
#[derive(Debug)]
pub struct SimulatedSources {
    bases: BTreeMap<SourceName, String>,
    faults: Faults,
    handles: Vec<ServerHandle>,
}

impl SimulatedSources {
    /// Where `source` listens: `http://127.0.0.1:PORT/fhir`.
    #[must_use]
    pub fn base(&self, source: SourceName) -> &str {
        self.bases.get(&source).map_or("", String::as_str)
    }

    /// Where each source listens.
    #[must_use]
    pub fn bases(&self) -> &BTreeMap<SourceName, String> {
        &self.bases
    }

    /// The switches; a clone works for as long as the sources run.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// FHIR requests that `source` has received.
    #[must_use]
    pub fn requests(&self, source: SourceName) -> u64 {
        self.faults.requests(source)
    }

    /// Stops all four at once; requests under way are cut off. Ready when the ports are free.
    pub async fn stop(mut self) {
        let handles = std::mem::take(&mut self.handles);
        join_all(handles.iter().map(|handle| handle.stop(false))).await;
    }
}

impl Drop for SimulatedSources {
    fn drop(&mut self) {
        for handle in &self.handles {
            // The command is sent by the call itself; the future would only wait for its end.
            drop(handle.stop(false));
        }
    }
}

/// Starts all four sources with the patients of `today`, each on a free loopback port.
///
/// They run in a thread of their own, so that they can be started from any runtime.
///
/// # Errors
/// Where a port or a thread cannot be had.
pub async fn start(today: NaiveDate) -> io::Result<SimulatedSources> {
    let patients = demo_patients(today);
    let mut bases = BTreeMap::new();
    let mut controls = BTreeMap::new();
    let mut prepared = Vec::new();
    for source in SOURCES {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base = format!("http://{}/fhir", listener.local_addr()?);
        let control = Arc::new(Control::default());
        bases.insert(source, base.clone());
        controls.insert(source, Arc::clone(&control));
        let served = Served {
            source,
            base,
            store: Store::new(source, &patients, today),
            control,
        };
        prepared.push((listener, served));
    }
    let (started, handles) = oneshot::channel();
    std::thread::Builder::new()
        .name("simulated-sources".to_owned())
        .spawn(move || run(prepared, started))?;
    let handles = handles
        .await
        .map_err(|_| io::Error::other("the simulated sources ended before they began"))??;
    Ok(SimulatedSources {
        bases,
        faults: Faults { controls },
        handles,
    })
}

/// Runs the servers in this thread until they are stopped.
fn run(
    prepared: Vec<(TcpListener, Served)>,
    started: oneshot::Sender<io::Result<Vec<ServerHandle>>>,
) {
    System::new().block_on(async move {
        let servers: io::Result<Vec<_>> = prepared
            .into_iter()
            .map(|(listener, served)| server(listener, served))
            .collect();
        let servers = match servers {
            Ok(servers) => servers,
            Err(error) => {
                if started.send(Err(error)).is_err() {
                    tracing::debug!("nobody waits for the simulated sources any more");
                }
                return;
            }
        };
        let handles = servers.iter().map(actix_web::dev::Server::handle).collect();
        if started.send(Ok(handles)).is_err() {
            return;
        }
        for ended in join_all(servers).await {
            if let Err(error) = ended {
                tracing::warn!(%error, "a simulated source ended");
            }
        }
    });
}

fn server(listener: TcpListener, served: Served) -> io::Result<actix_web::dev::Server> {
    let served = web::Data::new(served);
    Ok(HttpServer::new(move || {
        App::new()
            .app_data(served.clone())
            .configure(server::routes)
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(0)
    .tcp_nodelay(true)
    .on_connect(server::keep_socket)
    .listen(listener)?
    .run())
}

#[cfg(test)]
mod tests;
