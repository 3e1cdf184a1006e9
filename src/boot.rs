//! Settings to adapters to services to a running server. The only file that names every adapter;
//! it decides nothing.

use std::{
    collections::BTreeMap,
    net::{Ipv6Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    middleware::from_fn,
};
use secrecy::{ExposeSecret, SecretBox, SecretSlice};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access::{self, Access},
    bell,
    cache::{self, Cache, KeyRing},
    config::Budgets,
    domain::{
        access::{FacilityId, NodeId},
        clock::Clock,
        entropy::Entropy,
        event::{Draft, Event},
        section::SourceName,
    },
    handoff::Handoffs,
    health::{self, Health},
    keeping::{self, Keeping, SecondArchive},
    ledger::{
        self, Ledger,
        archive::{self, Archive},
    },
    postgres,
    registry::{self, PostgresStore, Registry, SqliteStore},
    review::{self, Review},
    sources::{self, Endpoint, Sources},
    summary::{self, Summaries},
    telemetry,
    warm::Warm,
    web::{
        self,
        connections::{Connections, note_progress},
    },
    witness,
};

/// Bytes one source's answer may have.
const SOURCE_BYTES: usize = 20 * 1024 * 1024;
/// Resources a page chain of a source may have.
const SOURCE_RESOURCES: usize = 2_000;
/// How long a page has to record what its sources were refused for: longer than any answer takes.
const UNRECORDED: Duration = Duration::from_secs(3);
/// How often the cache is swept: as late may another node hear whom it is to forget.
const SWEPT: Duration = Duration::from_secs(5);
/// The facility under which what belongs to no facility is recorded.
const SERVICE: &str = "service";

/// What a node needs to run.
#[derive(Clone)]
pub struct Settings {
    /// This node's name.
    pub node: NodeId,
    /// Where pages are served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where metrics are served; port 0 takes a free one.
    pub metrics_listen: SocketAddr,
    /// Folder of the ledger and the registry.
    pub folder: PathBuf,
    /// The installation's key, 32 bytes.
    pub key: SecretSlice<u8>,
    /// The ledger's keys, retention and receivers.
    pub keeping: Keeping,
    /// TLS, where this process ends it.
    pub tls: Option<rustls::ServerConfig>,
    /// When the certificates of that end.
    pub certificates: Option<health::Certificates>,
    /// Host names that requests may carry; empty: any. Passkeys belong to the first.
    pub hosts: Vec<String>,
    /// Synthetic patients on loopback: plain cookies, new browsers are registered, a banner says so.
    pub demo: bool,
    /// How much of what sources answer is kept, how long, and where else.
    pub cache: cache::Settings,
    /// What seals it, newest first; none: the installation's key.
    pub cache_keys: Vec<SecretSlice<u8>>,
    /// The database that the ledger is shipped to.
    pub archive: Option<archive::Target>,
    /// The database that nodes share their registry in; without it a file in the folder.
    pub registry: Option<postgres::Target>,
    /// What a refusal page adds.
    pub refusal_text: String,
    /// What the glass page adds.
    pub glass_text: web::GlassText,
    /// The shared records.
    pub endpoints: BTreeMap<SourceName, Endpoint>,
    /// Budgets.
    pub budgets: Budgets,
    /// Windows, and what each role sees.
    pub rules: summary::Rules,
    /// How patients are found.
    pub finding: access::Finding,
    /// Where checkpoints go beside the folder.
    pub publish: Option<PathBuf>,
    /// Who cosigns them.
    pub witness: Option<witness::Asked>,
    /// What flags emergency grants, and where lists are laid.
    pub review: review::Settings,
}

/// Why a node could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger cannot be opened or written.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The registry cannot be opened.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// A part's settings are not usable.
    #[error("{0}")]
    Settings(String),
    /// An address cannot be served.
    #[error("cannot listen at {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
}

/// A running node.
pub struct Running {
    /// Where pages are served.
    pub address: SocketAddr,
    /// Where metrics are served.
    pub metrics_address: SocketAddr,
    /// The ledger.
    pub ledger: Ledger,
    /// Accounts, facilities, terminals.
    pub registry: Registry,
    /// Shipping to the archive, where there is one.
    pub archive: Option<Arc<Archive>>,
    /// How the node does.
    pub health: Health,
    /// An auditor's work.
    pub review: Review,
    pages: ServerHandle,
    metrics: ServerHandle,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// The settings of every server of this product, measured ones included: small answers leave at
/// once, and a client that is slow to ask is let go. A macro, since the type of a server cannot be
/// named.
#[macro_export]
macro_rules! with_server_settings {
    ($server:expr) => {
        $server
            .tcp_nodelay(true)
            .client_request_timeout(::std::time::Duration::from_secs(5))
            .client_disconnect_timeout(::std::time::Duration::from_secs(1))
            .keep_alive(::std::time::Duration::from_secs(5))
            .shutdown_timeout(2)
    };
}

/// Starts a node.
///
/// # Errors
/// See [`Error`]; nothing is left running.
pub async fn start(
    settings: Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Running, Error> {
    refuse_to_measure(&settings)?;
    let tasks = TaskTracker::new();
    let stop = CancellationToken::new();
    let ledger = open_ledger(&settings, &clock, &entropy).await?;
    let registry = open_registry(&settings, &clock).await?;
    let connections = Connections::new(Arc::clone(&clock));
    let archive = start_archive(&settings)?;
    let metrics = telemetry::start_metrics();
    let second_archive = SecondArchive::default();
    let archives = (archive.as_ref(), &second_archive);
    let watched = watched(&settings, (&ledger, &registry), archives, &metrics);
    let health = Health::new(watched, Arc::clone(&clock));
    let (services, warm) = services(
        &settings,
        Rooms {
            ledger: ledger.clone(),
            registry: registry.clone(),
            health: health.clone(),
            tasks: tasks.clone(),
            clock,
            entropy,
            stop: stop.clone(),
        },
    )?;
    health.look().await;
    tasks.spawn(health.clone().keep_looking(stop.clone()));
    tasks.spawn(registry.clone().keep_copy(stop.clone()));
    let review = services.review.clone();
    let clocked = (services.clone(), connections.clone());
    let looked_after = (&ledger, second_archive);
    start_tasks((&tasks, &stop), &settings, looked_after, clocked, warm);
    let (pages, address) = serve_pages(&settings, services, connections)?;
    let (metrics, metrics_address) = telemetry::serve_metrics(settings.metrics_listen, metrics)
        .map_err(|error| Error::Listen {
            address: settings.metrics_listen,
            error,
        })?;
    ledger.measure();
    let running = Running {
        address,
        metrics_address,
        ledger,
        registry,
        archive,
        health,
        review,
        pages: pages.handle(),
        metrics: metrics.handle(),
        tasks,
        stop,
    };
    running.tasks.spawn_local(served(pages));
    running.tasks.spawn_local(served(metrics));
    running.tasks.close();
    Ok(running)
}

/// A build for measuring shows patients without an entry, to whoever knows the address.
fn refuse_to_measure(settings: &Settings) -> Result<(), Error> {
    if cfg!(feature = "ladder") && !settings.demo {
        let why = "built for measuring (feature `ladder`): this build serves nobody";
        return Err(Error::Settings(why.to_owned()));
    }
    Ok(())
}

/// Starts what runs beside the pages.
fn start_tasks(
    (tasks, stop): (&TaskTracker, &CancellationToken),
    settings: &Settings,
    (ledger, second_archive): (&Ledger, SecondArchive),
    clocked: (web::Services, Connections),
    warm: Warm,
) {
    let (services, connections) = clocked;
    tasks.spawn(services.review.clone().keep_up(stop.clone()));
    tasks.spawn(services.review.clone().keep_verifying(stop.clone()));
    for line in settings.review.outbox.lines() {
        let review = services.review.clone();
        tasks.spawn(review.keep_noticing(Arc::clone(line), stop.clone()));
    }
    tasks.spawn(sweep_connections(connections, stop.clone()));
    tasks.spawn(every_second(services, stop.clone()));
    if let Some(asked) = settings.witness.clone() {
        tasks.spawn(keeping::ask_witness(ledger.clone(), asked, stop.clone()));
    }
    tasks.spawn(sweep_cache(warm.clone(), stop.clone()));
    let parts = (ledger.clone(), settings.keeping.clone(), warm);
    keeping::start(tasks, stop, settings.folder.clone(), parts);
    if let Some(folder) = settings.keeping.second.clone() {
        let shipped = settings.archive.clone().map(|target| (folder, target));
        let others = (shipped, settings.witness.clone(), second_archive);
        tasks.spawn(keeping::look_after_second(
            ledger.clone(),
            others,
            stop.clone(),
        ));
    }
}

/// What the services are wired from.
struct Rooms {
    ledger: Ledger,
    registry: Registry,
    health: Health,
    tasks: TaskTracker,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    stop: CancellationToken,
}

/// What an operator's page and alarms look at.
fn watched(
    settings: &Settings,
    (ledger, registry): (&Ledger, &Registry),
    (archive, second_archive): (Option<&Arc<Archive>>, &SecondArchive),
    metrics: &health::Text,
) -> health::Parts {
    health::Parts {
        ledger: ledger.clone(),
        registry: registry.clone(),
        archive: archive.map(Arc::downgrade),
        second_archive: Arc::clone(second_archive),
        metrics: Arc::clone(metrics),
        folder: settings.folder.clone(),
        second_folder: settings.keeping.second.clone(),
        connected: settings.endpoints.keys().copied().collect(),
        has_witness: settings.witness.is_some(),
        has_redis: settings.cache.redis.is_some(),
        has_shared_registry: settings.registry.is_some(),
        certificates: settings.certificates.clone(),
        outbox: settings.review.outbox.clone(),
    }
}

/// How far notices have come is kept beside the ledger.
fn review_settings(settings: &Settings) -> review::Settings {
    review::Settings {
        marks: settings.folder.clone(),
        ..settings.review.clone()
    }
}

/// What pages are told.
fn page_settings(settings: &Settings, passkey_host: Option<String>) -> web::Settings {
    web::Settings {
        secure_cookies: !settings.demo,
        demo: settings.demo,
        at_once: settings.budgets.at_once,
        passkey_host,
        hosts: settings.hosts.clone(),
        refusal_text: settings.refusal_text.clone(),
        glass_text: settings.glass_text.clone(),
    }
}

const fn budgets(settings: &Settings) -> summary::Budgets {
    summary::Budgets {
        first: Duration::from_millis(settings.budgets.first_ms),
        last: Duration::from_millis(settings.budgets.last_ms),
    }
}

fn services(settings: &Settings, rooms: Rooms) -> Result<(web::Services, Warm), Error> {
    let Rooms {
        ledger,
        registry,
        health,
        tasks,
        clock,
        entropy,
        stop,
    } = rooms;
    let sources = open_sources(settings, &clock)?;
    tasks.spawn(tend(sources.clone(), stop.clone()));
    let cache = open_cache(settings, &clock, &entropy)?;
    let summaries = Summaries::new(
        sources.clone(),
        cache.clone(),
        settings.rules.clone(),
        budgets(settings),
        Arc::clone(&clock),
        tasks.clone(),
    );
    let review = review_settings(settings);
    let review = Review::new(ledger.clone(), registry.clone(), review, clock.clone());
    let handoffs = Handoffs::new(
        registry.clone(),
        ledger.clone(),
        Arc::clone(&clock),
        Arc::clone(&entropy),
        tasks.clone(),
    );
    tasks.spawn(bell::keep(cache, handoffs.clone(), stop));
    let access = Access::new(
        access_settings(settings),
        registry.clone(),
        ledger.clone(),
        sources,
        Arc::clone(&clock),
        Arc::clone(&entropy),
    );
    let passkey_host = access.passkey_host().map(str::to_owned);
    let warm = Warm {
        ledger: ledger.clone(),
        registry,
        access: access.clone(),
        summaries: summaries.clone(),
        clock: Arc::clone(&clock),
    };
    let services = web::Services {
        access,
        summaries,
        review,
        handoffs,
        health,
        ledger,
        clock,
        entropy,
        settings: page_settings(settings, passkey_host),
    };
    Ok((services, warm))
}

impl Running {
    /// Lets running requests finish, then closes the ledger. Open grants stay open on disk and
    /// end with `restart` at the next start.
    pub async fn stop(self) {
        self.stop.cancel();
        self.pages.stop(true).await;
        self.metrics.stop(false).await;
        self.tasks.wait().await;
        // Before the ledger: whoever closes a database last puts its log in order.
        drop(self.archive);
        self.ledger.close();
    }
}

/// Waits until the process is told to stop (`SIGINT`, `SIGTERM`).
pub async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        tracing::error!("signals cannot be received; stopping");
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn served(server: Server) {
    if let Err(error) = server.await {
        tracing::error!(%error, "a server ended");
    }
}

async fn open_ledger(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Ledger, Error> {
    let ledger = Ledger::open_with_second(
        ledger::Settings {
            folder: settings.folder.clone(),
            node: settings.node.clone(),
            key: settings.keeping.keys.clone(),
            commit_deadline: settings.budgets.commit(),
        },
        settings.keeping.second.clone(),
        Arc::clone(clock),
        Arc::clone(entropy),
    )?;
    let started = Draft {
        who: None,
        facility: FacilityId(SERVICE.to_owned()),
        terminal: None,
        address: None,
        request: None,
        person: None,
        event: Event::Started {
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    };
    ledger.append_unhurried(started).await?;
    if let Some(place) = &settings.publish {
        ledger.publish_to(place.clone());
    }
    ledger.note_settings(&settings.keeping.settings).await?;
    Ok(ledger)
}

async fn open_registry(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Registry, Error> {
    let (key, clock) = (settings.key.clone(), Arc::clone(clock));
    let Some(target) = settings.registry.clone() else {
        let store = SqliteStore::open(&settings.folder)?;
        return Ok(Registry::new(Arc::new(store), &key, clock));
    };
    let (node, folder) = (settings.node.clone(), settings.folder.clone());
    let opened = tokio::task::spawn_blocking(move || {
        PostgresStore::open(target, &node)
            .map(|store| Registry::with_copy(store, &folder, &key, clock))
    });
    let opened = opened
        .await
        .map_err(|error| Error::Settings(error.to_string()))?;
    Ok(opened?)
}

fn start_archive(settings: &Settings) -> Result<Option<Arc<Archive>>, Error> {
    let Some(target) = settings.archive.clone() else {
        return Ok(None);
    };
    let (node, folder) = (settings.node.clone(), settings.folder.clone());
    let shipped = archive::Settings::new(node, folder, target);
    Ok(Some(Arc::new(Archive::start(shipped)?)))
}

fn open_sources(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Sources, Error> {
    Sources::new(
        sources::Settings {
            endpoints: settings.endpoints.clone(),
            answer: Duration::from_millis(settings.budgets.source_ms),
            bytes: SOURCE_BYTES,
            resources: SOURCE_RESOURCES,
        },
        Arc::clone(clock),
    )
    .map_err(Error::Settings)
}

/// Keeps connections to the sources open until the node stops.
async fn tend(sources: Sources, stop: CancellationToken) {
    stop.run_until_cancelled(sources.tend()).await;
}

fn open_cache(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Cache, Error> {
    let own = std::slice::from_ref(&settings.key);
    let keys = match &*settings.cache_keys {
        [] => own,
        keys => keys,
    };
    let secrets = keys
        .iter()
        .map(|key| <[u8; 32]>::try_from(key.expose_secret()))
        .map(|key| key.map(|key| SecretBox::new(Box::new(key))))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Error::Settings("a key of the cache has not 32 bytes".to_owned()))?;
    let ring =
        KeyRing::new(&secrets).ok_or_else(|| Error::Settings("the cache has no key".to_owned()))?;
    Cache::new(
        settings.cache.clone(),
        ring,
        Arc::clone(clock),
        Arc::clone(entropy),
    )
    .map_err(Error::Settings)
}

fn access_settings(settings: &Settings) -> access::Settings {
    access::Settings {
        grant: Duration::from_secs(settings.budgets.grant_minutes * 60),
        idle_lock: Duration::from_secs(settings.budgets.idle_lock_seconds),
        register_new_terminals: settings.demo,
        passkey_origin: passkey_origin(settings),
        unknown_facility: FacilityId(SERVICE.to_owned()),
        finding: settings.finding.clone(),
        ..access::Settings::new(settings.key.clone())
    }
}

/// Where passkeys are used: under the first host name, in the demo without TLS.
fn passkey_origin(settings: &Settings) -> Option<String> {
    let scheme = if settings.demo { "http" } else { "https" };
    let host = settings.hosts.first()?;
    Some(format!("{scheme}://{host}"))
}

/// Shuts down connections that do not get on and lets go of those that are closed, whatever else is
/// slow: each holds a descriptor until then.
async fn sweep_connections(connections: Connections, stop: CancellationToken) {
    let mut ticks = every(Duration::from_secs(1));
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        connections.sweep();
    }
}

/// A tick that leaves out what it missed.
fn every(span: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(span);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    ticks
}

/// What is due by the clock alone: grants, sessions, entries that no page wrote.
async fn every_second(services: web::Services, stop: CancellationToken) {
    let mut ticks = every(Duration::from_secs(1));
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        services.access.sweep().await;
        services.record_refusals(UNRECORDED).await;
    }
    services.record_refusals(Duration::ZERO).await;
}

/// Lets go of what the cache should not hold any more.
async fn sweep_cache(warm: Warm, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(SWEPT);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let open = warm.ledger.all_open_grants();
        warm.summaries.sweep(&open).await;
    }
}

fn serve_pages(
    settings: &Settings,
    services: web::Services,
    connections: Connections,
) -> Result<(Server, SocketAddr), Error> {
    let configure = web::configure(services);
    let accepted = connections.clone();
    let server = HttpServer::new(move || {
        let connections = connections.clone();
        // The door is wrapped last, so that it runs first and nothing answers without it.
        App::new()
            .configure(configure.clone())
            .wrap(from_fn(move |request, next| {
                note_progress(connections.clone(), request, next)
            }))
            .wrap(from_fn(web::door))
    })
    .on_connect(move |connection, extensions| accepted.accepted(connection, extensions))
    .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
    .disable_signals();
    let server = with_server_settings!(server);
    let refused = |error| Error::Listen {
        address: settings.listen,
        error,
    };
    let mut server = match &settings.tls {
        Some(tls) => server.bind_rustls_0_23(settings.listen, tls.clone()),
        None => server.bind(settings.listen),
    }
    .map_err(refused)?;
    let address = first_address(&server.addrs())?;
    // Browsers may try ::1 first for localhost, and another program could be there; a machine
    // without IPv6 has none to try.
    if settings.demo
        && let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, address.port()))
    {
        server = server.listen(other).map_err(refused)?;
    }
    Ok((server.run(), address))
}

fn first_address(addresses: &[SocketAddr]) -> Result<SocketAddr, Error> {
    addresses
        .first()
        .copied()
        .ok_or_else(|| Error::Settings("no address to listen at".to_owned()))
}
