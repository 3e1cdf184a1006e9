//! `demo`: everything embedded, on this machine only.

mod accounts;
mod codes;
mod guide;

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;

use crate::{
    access::Finding,
    boot::{self, Running, Settings},
    cache, config,
    demo::{patients, sources},
    domain::{
        access::NodeId,
        clock::{Clock, japanese_time},
        entropy::{Entropy, random},
        section::SourceName,
    },
    keeping::Keeping,
    ledger::{RootSecrets, archive::Target},
    outbox::Outbox,
    review,
    sources::{Endpoint, Limits},
    summary::Rules,
    system::{SystemClock, SystemEntropy},
    telemetry, web,
};

pub use codes::code;
pub use guide::{Guide, GuideAccount, GuidePatient};

use super::complain;

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Port on the loopback interface; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Folder for the ledger, the registry and `demo.json`.
    #[arg(long, default_value = "./demo-data")]
    pub dir: PathBuf,
    /// Folder of a second ledger, which goes on where the first cannot be written.
    #[arg(long, value_name = "DIR")]
    pub second: Option<PathBuf>,
}

impl Default for DemoArgs {
    fn default() -> Self {
        Self {
            port: 8080,
            dir: PathBuf::from("./demo-data"),
            second: None,
        }
    }
}

/// What a demo is started with.
pub struct Options {
    /// Folder for everything it keeps.
    pub folder: PathBuf,
    /// Port on the loopback interface; 0 takes a free one.
    pub port: u16,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Budgets.
    pub budgets: config::Budgets,
    /// Windows, and what each role sees.
    pub rules: Rules,
    /// Sources in place of simulated ones, such as a folder of Bundles.
    pub instead: BTreeMap<SourceName, Endpoint>,
    /// What each simulated source may cost, and when it is left alone.
    pub limits: Limits,
    /// How patients are found.
    pub finding: Finding,
    /// A database that the ledger is shipped to.
    pub archive: Option<Target>,
    /// A database that nodes share their registry in.
    pub registry: Option<Target>,
    /// How much of what sources answer is kept, how long, and where else.
    pub cache: cache::Settings,
    /// Who outside is told of emergency grants.
    pub outbox: Outbox,
}

/// A running demo.
pub struct Demo {
    /// The node.
    pub node: Running,
    /// The simulated sources.
    pub sources: sources::SimulatedSources,
    /// What `demo.json` says.
    pub guide: Guide,
}

impl Demo {
    /// Stops the node, then the sources.
    pub async fn stop(self) {
        self.node.stop().await;
        self.sources.stop().await;
    }
}

/// Why the demo could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node could not start.
    #[error(transparent)]
    Node(#[from] boot::Error),
    /// Its folder cannot be used, or no port was free.
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    /// The accounts could not be made.
    #[error("accounts: {0}")]
    Accounts(String),
    /// The key in the folder is not usable.
    #[error("{0}")]
    Key(String),
}

/// Starts simulated sources and a node with demo accounts, and writes `demo.json`.
///
/// # Errors
/// See [`Error`].
pub async fn start(options: &Options) -> Result<Demo, Error> {
    start_with(options, None).await
}

/// The same with a second ledger in a folder, where one is given.
///
/// # Errors
/// See [`Error`].
pub async fn start_with(options: &Options, second: Option<PathBuf>) -> Result<Demo, Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    // Said before anything is started: servers that stop at once complain beside the one sentence.
    drop(TcpListener::bind(address).map_err(|error| boot::Error::Listen { address, error })?);
    std::fs::create_dir_all(&options.folder)?;
    let today = options.clock.now().japanese_day();
    let simulated = sources::start(today).await?;
    let key = key(&options.folder, options.entropy.as_ref())?;
    let settings = Settings {
        node: NodeId("demo".to_owned()),
        listen: address,
        metrics_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        folder: options.folder.clone(),
        keeping: Keeping {
            second,
            ..RootSecrets::from(key.clone()).into()
        },
        key,
        tls: None,
        certificates: None,
        hosts: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
        demo: true,
        cache: options.cache.clone(),
        cache_keys: Vec::new(),
        archive: options.archive.clone(),
        registry: options.registry.clone(),
        refusal_text: "訓練用：実際の施設では、ここに連絡先（電話・紙の様式・別の端末）が出ます。"
            .to_owned(),
        glass_text: web::GlassText::default(),
        endpoints: endpoints(&simulated, options),
        budgets: options.budgets,
        rules: options.rules.clone(),
        finding: options.finding.clone(),
        publish: None,
        witness: None,
        review: review_settings(options),
    };
    let node = boot::start(
        settings,
        Arc::clone(&options.clock),
        Arc::clone(&options.entropy),
    )
    .await?;
    let accounts = accounts::prepare(&node, options).await?;
    let guide = guide(&node, &simulated, accounts, today);
    guide.write(&options.folder)?;
    Ok(Demo {
        node,
        sources: simulated,
        guide,
    })
}

/// The simulated sources, or what is asked in their place.
fn endpoints(
    simulated: &sources::SimulatedSources,
    options: &Options,
) -> BTreeMap<SourceName, Endpoint> {
    let bases = simulated.bases().iter().map(|(name, base)| {
        let endpoint = Endpoint {
            base: base.clone(),
            limits: options.limits,
            ..Endpoint::default()
        };
        (*name, endpoint)
    });
    bases.chain(options.instead.clone()).collect()
}

fn review_settings(options: &Options) -> review::Settings {
    review::Settings {
        outbox: options.outbox.clone(),
        ..review::Settings::watching(options.folder.join("lists"))
    }
}

/// What `demo.json` says.
fn guide(
    node: &Running,
    simulated: &sources::SimulatedSources,
    accounts: Vec<GuideAccount>,
    today: chrono::NaiveDate,
) -> Guide {
    Guide {
        address: Guide::address_of(node.address),
        metrics_address: format!("http://{}/metrics", node.metrics_address),
        sources: simulated
            .bases()
            .iter()
            .map(|(name, base)| (name.word().to_owned(), base.clone()))
            .collect(),
        accounts,
        patients: patients::demo_patients(today)
            .into_iter()
            .map(GuidePatient::from)
            .collect(),
    }
}

/// Runs the demo until it is interrupted.
pub fn run(args: &DemoArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let filter = config::log_filter_from_environment();
    telemetry::start_log(telemetry::Form::Text, filter.as_deref().unwrap_or("warn"));
    let options = Options {
        folder: args.dir.clone(),
        port: args.port,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        budgets: config::Budgets::default(),
        rules: Rules::default(),
        instead: BTreeMap::new(),
        limits: Limits::default(),
        finding: Finding::default(),
        archive: None,
        registry: None,
        cache: cache::Settings::default(),
        outbox: Outbox::default(),
    };
    let ran = actix_web::rt::System::new().block_on(async {
        let demo = start_with(&options, args.second.clone()).await?;
        introduce(&demo.guide, &args.dir, options.clock.as_ref(), out);
        tokio::select! {
            () = codes_on_enter(&demo.guide, options.clock.as_ref(), out) => {}
            () = boot::told_to_stop() => {}
        }
        demo.stop().await;
        Ok::<_, Error>(())
    });
    match ran {
        Ok(()) => 0,
        Err(error) => complain(err, &error),
    }
}

/// The installation key of this folder, made at the first start.
fn key(folder: &Path, entropy: &dyn Entropy) -> Result<secrecy::SecretSlice<u8>, Error> {
    let file = folder.join("ledger.key");
    if !file.exists() {
        write_private(&file, STANDARD.encode(random::<32>(entropy)).as_bytes())?;
    }
    config::read_key(&file).map_err(Error::Key)
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    let unfinished = path.with_extension("unfinished");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

/// Says where it is and how to get in. What cannot be printed is also in `demo.json`; a closed
/// stream is no reason to stop.
fn introduce(guide: &Guide, folder: &Path, clock: &dyn Clock, out: &mut dyn Write) {
    drop(try_introduce(guide, folder, out));
    print_codes(guide, clock, out);
}

fn try_introduce(guide: &Guide, folder: &Path, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        out,
        "\n救急サマリー端末（訓練用・模擬患者） / Emergency summary terminal (demo, synthetic patients)\n\n  {}\n",
        guide.address
    )?;
    writeln!(
        out,
        "  {:<14} {:<14} {:<21} facility",
        "role", "account", "password"
    )?;
    for account in &guide.accounts {
        writeln!(
            out,
            "  {:<14} {:<14} {:<21} {}",
            account.role, account.account, account.password, account.facility
        )?;
    }
    if let Some(patient) = guide.patients.first() {
        writeln!(
            out,
            "\n  first patient: {}, insurer {}, symbol {}, number {}, branch {}",
            patient.name,
            patient.insurer,
            if patient.symbol.is_empty() {
                "(none)"
            } else {
                &patient.symbol
            },
            patient.number,
            patient.branch,
        )?;
    }
    writeln!(
        out,
        "  all patients: {}, and what each screen must say: docs/demo-patients.md",
        folder.join("demo.json").display()
    )?;
    writeln!(
        out,
        "\n  sign in (account, password, code, Enter) - number, Enter - reason 1, Enter\n  keyboard only; Ctrl+C stops"
    )
}

/// The codes of now and of the next minutes; each is good for one sign-in.
fn print_codes(guide: &Guide, clock: &dyn Clock, out: &mut dyn Write) {
    drop(try_print_codes(guide, clock, out));
}

fn try_print_codes(guide: &Guide, clock: &dyn Clock, out: &mut dyn Write) -> std::io::Result<()> {
    const AHEAD: u64 = 6;
    let now = clock.now().wall;
    let unix = u64::try_from(now.timestamp()).unwrap_or_default();
    writeln!(
        out,
        "\n  one-time codes, each good for one sign-in: now ({}), then one every {} seconds; Enter prints new ones",
        japanese_time(now).format("%H:%M:%S"),
        codes::STEP,
    )?;
    for account in &guide.accounts {
        let codes = (0..AHEAD)
            .filter_map(|step| code(&account.totp_secret, unix + step * codes::STEP))
            .collect::<Vec<_>>()
            .join("  ");
        writeln!(out, "  {:<14} {codes}", account.account)?;
    }
    writeln!(out)?;
    out.flush()
}

/// Prints new codes whenever Enter is pressed; without a terminal it waits for ever. A thread of
/// its own reads, since nothing could call a read of the runtime back when the demo is to stop.
async fn codes_on_enter(guide: &Guide, clock: &dyn Clock, out: &mut dyn Write) {
    let (sender, mut pressed) = tokio::sync::mpsc::channel(1);
    if std::io::stdin().is_terminal() {
        let reader = std::thread::Builder::new()
            .name("enter".to_owned())
            .spawn(move || {
                for _ in std::io::stdin().lines().map_while(Result::ok) {
                    if sender.blocking_send(()).is_err() {
                        return;
                    }
                }
            });
        if reader.is_ok() {
            while pressed.recv().await.is_some() {
                print_codes(guide, clock, out);
            }
        }
    }
    std::future::pending::<()>().await;
}
