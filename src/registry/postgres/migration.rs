//! The schema as an ordered list of steps; the one row of `registry_schema` says how many were
//! taken.

use tokio_postgres::Client;

use crate::postgres::{Target, said};

/// Steps in order. A step that was ever released is never changed; a new one is added below.
pub(super) const STEPS: &[&str] = &[include_str!("first.sql")];

/// Whoever takes steps holds this lock until they are taken: of nodes that start at once one does,
/// and the others find it done. No other program has a reason to use this number.
const LOCK: i64 = 0x6573_7265_6769_7374;

/// Why a database cannot be used as it is; waiting does not put it right.
const NEWER: &str = "its schema was made by a newer version of this program; every node \
     must run that version";
const NO_ROOM: &str = "the role may not make tables in it; let it own the database";
const ENCODING: &str = "its encoding is not UTF8; create it with ENCODING 'UTF8'";

/// What keeps a connection from being used.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The database is away, or will be right in a while; with why.
    Away(String),
    /// Somebody must look; with why.
    Unusable(String),
}

impl Refusal {
    pub(super) fn into_words(self) -> String {
        let (Self::Away(why) | Self::Unusable(why)) = self;
        why
    }

    /// It does not answer in time.
    pub(super) fn silent() -> Self {
        Self::Away("it does not answer".to_owned())
    }
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Self {
        // Class 57: it starts, stops, or gave up on a statement; 53: it has no room.
        let is_refused = error.code().is_some_and(|code| {
            let code = code.code();
            !code.starts_with("57") && !code.starts_with("53") && !code.starts_with("40")
        });
        if is_refused {
            Self::Unusable(said(&error))
        } else {
            Self::Away(said(&error))
        }
    }
}

/// Whether a database can keep the registry: it lets this role in, and its schema is there and
/// known, or may be made. Nothing is changed in it. Needs a running tokio runtime.
///
/// # Errors
/// In words.
pub async fn usable(target: &Target) -> Result<(), String> {
    let (client, driver) = target.connect("emergency-summary check").await?;
    let asked = async {
        if is_up_to_date(&client).await? {
            return Ok(());
        }
        let row = client
            .query_one(
                "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)",
                &[],
            )
            .await?;
        if row.try_get(0)? {
            return Ok(());
        }
        Err(Refusal::Unusable(NO_ROOM.to_owned()))
    };
    let answer = tokio::select! {
        answer = asked => answer,
        ended = driver => Err(ended.err().map_or_else(Refusal::silent, Refusal::from)),
    };
    answer.map_err(Refusal::into_words)
}

/// Takes the steps that the database has not taken yet.
pub(super) async fn bring_up_to_date(client: &Client) -> Result<(), Refusal> {
    if is_up_to_date(client).await? {
        return Ok(());
    }
    // Not serializable: what is read after the lock is what its last holder left.
    client
        .batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        .await?;
    client
        .query_one("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS registry_schema (\
             one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one), version BIGINT NOT NULL); \
             INSERT INTO registry_schema (version) VALUES (0) ON CONFLICT DO NOTHING",
        )
        .await?;
    let before = taken(client).await?;
    if !is_current(before)? {
        for step in STEPS.iter().skip(before) {
            client.batch_execute(step).await?;
        }
        let now = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
        client
            .execute("UPDATE registry_schema SET version = $1", &[&now])
            .await?;
    }
    Ok(client.batch_execute("COMMIT").await?)
}

/// Whether every step was taken; refused where a newer program took more.
async fn is_up_to_date(client: &Client) -> Result<bool, Refusal> {
    let row = client
        .query_one(
            "SELECT current_setting('server_encoding'), \
             to_regclass('registry_schema') IS NOT NULL",
            &[],
        )
        .await?;
    if row.try_get::<_, String>(0)? != "UTF8" {
        return Err(Refusal::Unusable(ENCODING.to_owned()));
    }
    if row.try_get(1)? {
        return is_current(taken(client).await?);
    }
    Ok(false)
}

async fn taken(client: &Client) -> Result<usize, Refusal> {
    let row = client
        .query_opt("SELECT version FROM registry_schema", &[])
        .await?;
    let version = row.map(|row| row.try_get::<_, i64>(0)).transpose()?;
    Ok(usize::try_from(version.unwrap_or_default()).unwrap_or(usize::MAX))
}

fn is_current(taken: usize) -> Result<bool, Refusal> {
    if taken > STEPS.len() {
        return Err(Refusal::Unusable(NEWER.to_owned()));
    }
    Ok(taken == STEPS.len())
}
