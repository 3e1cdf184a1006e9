//! `[archive]` and `[registry]`: PostgreSQL databases.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::{Config, Problem, read_secret, read_token};
use crate::postgres::Target;

/// A PostgreSQL database.
#[derive(Clone, Debug, Deserialize)]
pub struct Database {
    /// `postgresql://USER@HOST:PORT/DATABASE`, without a password. Beyond this machine TLS is
    /// always used.
    pub address: String,
    /// File with the password; without it the environment's
    /// `EMERGENCY_SUMMARY_ARCHIVE_PASSWORD` or `EMERGENCY_SUMMARY_REGISTRY_PASSWORD`, without that
    /// none.
    pub password_file: Option<PathBuf>,
    /// PEM file of the authority that vouches for the server's certificate; without it the
    /// machine's certificate store.
    pub authority: Option<PathBuf>,
}

/// What is kept in it.
#[derive(Clone, Copy)]
enum Kept {
    Archive,
    Registry,
}

impl Kept {
    /// Its part of the configuration.
    const fn word(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Registry => "registry",
        }
    }

    /// Where the password stands when no file is written down.
    const fn variable(self) -> &'static str {
        match self {
            Self::Archive => "EMERGENCY_SUMMARY_ARCHIVE_PASSWORD",
            Self::Registry => "EMERGENCY_SUMMARY_REGISTRY_PASSWORD",
        }
    }
}

impl Config {
    /// The database that the ledger is shipped to, with its password.
    ///
    /// # Errors
    /// In words, without the password.
    pub fn archive_target(&self) -> Result<Option<Target>, String> {
        named(Kept::Archive, self.archive.as_ref())
    }

    /// The database that nodes share their registry in, with its password.
    ///
    /// # Errors
    /// In words, without the password.
    pub fn registry_target(&self) -> Result<Option<Target>, String> {
        named(Kept::Registry, self.registry.as_ref())
    }

    pub(super) fn database_problems(&self) -> impl Iterator<Item = Problem> {
        let wrong = [self.archive_target().err(), self.registry_target().err()];
        wrong.into_iter().flatten().map(Problem)
    }
}

fn named(kept: Kept, database: Option<&Database>) -> Result<Option<Target>, String> {
    let target = database.map(|database| {
        let authority = database.authority.as_deref();
        let password_file = database.password_file.as_deref();
        target(kept, &database.address, password_file, authority)
    });
    target
        .transpose()
        .map_err(|why| format!("{}: {why}", kept.word()))
}

/// An archive by its address, its password from a file or the environment.
///
/// # Errors
/// In words, without the password.
pub fn archive_target(
    address: &str,
    password_file: Option<&Path>,
    authority: Option<&Path>,
) -> Result<Target, String> {
    target(Kept::Archive, address, password_file, authority)
}

fn target(
    kept: Kept,
    address: &str,
    password_file: Option<&Path>,
    authority: Option<&Path>,
) -> Result<Target, String> {
    let password = match password_file {
        Some(file) => Some(match kept {
            // Whoever ships can change nothing; whoever has the registry is anybody.
            Kept::Archive => read_token(file)?,
            Kept::Registry => read_secret(file)?,
        }),
        None => from_environment(kept.variable()),
    };
    Target::new(address, password.as_ref(), authority)
}

fn from_environment(variable: &str) -> Option<SecretString> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this room is the one that reads the environment"
    )]
    std::env::var(variable).ok().map(SecretString::from)
}
