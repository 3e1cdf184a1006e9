//! Which Redis: one server, a master that Sentinels name, or a Cluster; and a connection to it.

use std::{net::IpAddr, path::Path, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    Pipeline, RedisFuture, RedisResult, TlsCertificates, TlsMode, Value,
    aio::{ConnectionLike, MultiplexedConnection, PubSub},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    sentinel::{SentinelClientBuilder, SentinelServerType},
};
use secrecy::{ExposeSecret as _, SecretString};

/// How the servers belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// One server.
    #[default]
    Single,
    /// Sentinels, which say where the master of this name is.
    Sentinel {
        /// The name.
        master: String,
    },
    /// Some of the nodes of a Cluster, which say where the others are.
    Cluster,
}

/// The Redis that the nodes share.
#[derive(Clone, Debug)]
pub struct Redis {
    /// How the servers belong together.
    pub form: Form,
    /// `redis://HOST:PORT`, with TLS `rediss://HOST:PORT`: of the server, the Sentinels or some nodes.
    pub addresses: Vec<String>,
    /// Who this node is to Redis; nobody in particular where it is `None`.
    pub user: Option<String>,
    /// With which password.
    pub password: Option<SecretString>,
    /// The password of the Sentinels themselves.
    pub sentinel_password: Option<SecretString>,
    /// Authorities (PEM) that may vouch for the servers; `None`: those this machine trusts.
    pub authority: Option<Vec<u8>>,
    /// Whether another machine may be asked without TLS: the network itself is protected.
    pub in_the_clear: bool,
}

impl From<String> for Redis {
    /// One server without a password.
    fn from(address: String) -> Self {
        Self {
            form: Form::Single,
            addresses: vec![address],
            user: None,
            password: None,
            sentinel_password: None,
            authority: None,
            in_the_clear: false,
        }
    }
}

impl Redis {
    /// Takes the authorities from a PEM file.
    ///
    /// # Errors
    /// In words.
    pub fn authority_of(file: &Path) -> Result<Vec<u8>, String> {
        std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// Everything about the addresses that is wrong by itself.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.addresses.is_empty() {
            problems.push("at least one address".to_owned());
        }
        if self.form == Form::Single && self.addresses.len() > 1 {
            problems.push("several addresses need master (Sentinel) or cluster".to_owned());
        }
        for info in self.addresses.iter().map(|address| info_of(address)) {
            match info {
                Err(why) => problems.push(why),
                Ok(info)
                    if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) =>
                {
                    problems.push("certificates are always looked at: no #insecure".to_owned());
                }
                Ok(info) if info.redis_settings().password().is_some() => {
                    problems.push("a password does not belong in an address".to_owned());
                }
                Ok(_) => {}
            }
        }
        problems.extend(self.open_lines());
        let secured = |address: &String| address.starts_with("rediss:");
        if self.addresses.iter().any(secured) && !self.addresses.iter().all(secured) {
            problems.push("rediss:// for all addresses or for none".to_owned());
        }
        problems
    }

    /// Addresses on other machines that are asked without TLS, where that is not allowed.
    fn open_lines(&self) -> Vec<String> {
        let infos = self.addresses.iter().map(|address| info_of(address));
        let hosts = infos.flatten().filter_map(|info| {
            if let ConnectionAddr::Tcp(host, _) = info.addr() {
                Some(host.clone()).filter(|host| !is_this_machine(host))
            } else {
                None
            }
        });
        hosts
            .filter(|_| !self.in_the_clear)
            .map(|host| {
                format!(
                    "{host} would be asked in the clear, password included: rediss://, or \
                     in_the_clear = true where the network itself is protected"
                )
            })
            .collect()
    }

    /// Whether each address answers, in the words of `check`.
    pub async fn reached(&self, patience: Duration) -> Vec<(String, Result<(), String>)> {
        let mut said = Vec::new();
        if self.form != Form::Single {
            for address in &self.addresses {
                let alone = Self {
                    form: Form::Single,
                    addresses: vec![address.clone()],
                    ..self.as_each()
                };
                said.push((address.clone(), alone.answers(patience).await));
            }
        }
        let whole = match &self.form {
            Form::Single => self.addresses.first().cloned().unwrap_or_default(),
            Form::Sentinel { master } => format!("master {master}"),
            Form::Cluster => "cluster".to_owned(),
        };
        said.push((whole, self.answers(patience).await));
        said
    }

    /// The same with what each single address is asked with.
    fn as_each(&self) -> Self {
        let is_sentinel = matches!(self.form, Form::Sentinel { .. });
        Self {
            user: self.user.clone().filter(|_| !is_sentinel),
            password: if is_sentinel {
                self.sentinel_password.clone()
            } else {
                self.password.clone()
            },
            ..self.clone()
        }
    }

    async fn answers(&self, patience: Duration) -> Result<(), String> {
        let asked = async {
            let mut connection = self.connect(patience).await?;
            redis::cmd("PING").exec_async(&mut connection).await
        };
        match tokio::time::timeout(patience, asked).await {
            Ok(Ok(())) => Ok(()),
            // Never the words of the library: they could quote an address with what is in it.
            Ok(Err(error)) if error.is_connection_refusal() => Err("nothing answers".to_owned()),
            Ok(Err(error)) if error.is_io_error() => Err(
                "it broke off: is its name right, is it TLS, who vouches for its certificate?"
                    .to_owned(),
            ),
            Ok(Err(error)) => Err(format!("it says no: {:?}", error.kind())),
            Err(_) => Err("nothing answers in time".to_owned()),
        }
    }

    /// A new connection on which nothing is waited for longer than `wait`.
    pub(super) async fn connect(&self, wait: Duration) -> RedisResult<Connection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(wait.max(CONNECT)));
        match &self.form {
            Form::Single => {
                let client = self.client()?;
                let connection = client.get_multiplexed_async_connection_with_config(&config);
                Ok(Connection::One(connection.await?))
            }
            Form::Sentinel { master } => {
                let mut client = self.sentinels(master)?.build()?;
                let connection = client.get_async_connection_with_config(&config);
                Ok(Connection::One(connection.await?))
            }
            Form::Cluster => Ok(Connection::Many(
                self.cluster(wait)?.get_async_connection().await?,
            )),
        }
    }

    /// A new connection that only listens. In a Cluster every node tells what was published on any.
    pub(super) async fn listen(&self) -> RedisResult<PubSub> {
        if let Form::Sentinel { master } = &self.form {
            let master = self.sentinels(master)?.build()?.async_get_client().await?;
            return master.get_async_pubsub().await;
        }
        let mut last = no_address();
        for info in self.infos()? {
            match self.client_of(info)?.get_async_pubsub().await {
                Ok(listening) => return Ok(listening),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn client(&self) -> RedisResult<Client> {
        let info = self.infos()?.into_iter().next().ok_or_else(no_address)?;
        self.client_of(info)
    }

    fn client_of(&self, info: ConnectionInfo) -> RedisResult<Client> {
        match (info.addr(), &self.authority) {
            (ConnectionAddr::TcpTls { .. }, Some(_)) => {
                Client::build_with_tls(info, self.certificates())
            }
            _ => Client::open(info),
        }
    }

    fn sentinels(&self, master: &str) -> RedisResult<SentinelClientBuilder> {
        let infos = self.infos()?;
        let addresses: Vec<_> = infos.iter().map(|info| info.addr().clone()).collect();
        let mut builder =
            SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?;
        if self.is_secured() {
            builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
        if self.is_secured() && self.authority.is_some() {
            builder = builder
                .set_client_to_redis_certificates(self.certificates())
                .set_client_to_sentinel_certificates(self.certificates());
        }
        if let Some(user) = &self.user {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = &self.password {
            builder = builder.set_client_to_redis_password(password.expose_secret());
        }
        if let Some(password) = &self.sentinel_password {
            builder = builder.set_client_to_sentinel_password(password.expose_secret());
        }
        Ok(builder)
    }

    fn cluster(&self, wait: Duration) -> RedisResult<ClusterClient> {
        let mut builder = ClusterClient::builder(self.infos()?)
            .retries(1)
            .connection_timeout(CONNECT)
            .response_timeout(wait.max(CONNECT));
        if self.is_secured() {
            builder = builder.tls(TlsMode::Secure);
        }
        if self.is_secured() && self.authority.is_some() {
            builder = builder.certs(self.certificates());
        }
        builder.build()
    }

    /// The addresses with user and password.
    fn infos(&self) -> RedisResult<Vec<ConnectionInfo>> {
        self.addresses
            .iter()
            .map(|address| {
                let info = address.as_str().into_connection_info()?;
                let mut settings = info.redis_settings().clone();
                if let Some(user) = &self.user {
                    settings = settings.set_username(user);
                }
                if let Some(password) = &self.password {
                    settings = settings.set_password(password.expose_secret());
                }
                Ok(info.set_redis_settings(settings))
            })
            .collect()
    }

    fn is_secured(&self) -> bool {
        self.addresses
            .iter()
            .any(|address| address.starts_with("rediss:"))
    }

    fn certificates(&self) -> TlsCertificates {
        TlsCertificates {
            client_tls: None,
            root_cert: self.authority.clone(),
        }
    }
}

/// Longer than this no single new connection is waited for.
const CONNECT: Duration = Duration::from_millis(500);

fn info_of(address: &str) -> Result<ConnectionInfo, String> {
    address
        .into_connection_info()
        .map_err(|_| "the address of Redis is not usable".to_owned())
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn no_address() -> redis::RedisError {
    (redis::ErrorKind::InvalidClientConfig, "no address").into()
}

/// A connection that any number may use at once.
#[derive(Clone)]
pub(super) enum Connection {
    /// To one server.
    One(MultiplexedConnection),
    /// To the nodes of a Cluster.
    Many(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(one) => one.req_packed_command(cmd),
            Self::Many(many) => many.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(one) => one.req_packed_commands(pipeline, offset, count),
            Self::Many(many) => many.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(one) => one.get_db(),
            Self::Many(many) => many.get_db(),
        }
    }
}
