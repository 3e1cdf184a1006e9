//! A PostgreSQL with the archive's tables.

use emergency_summary::ledger::archive::{SCHEMA, Target};
use secrecy::SecretString;

use crate::postgres::{PASSWORD, Postgres};

impl Postgres {
    /// Starts one with the archive's tables and the roles `n1`, `n2` (may ship), or says why that
    /// cannot be done here.
    pub(crate) async fn start() -> Option<Self> {
        let postgres = Self::start_without_tables(&[]).await?;
        postgres.sql(SCHEMA).await;
        for node in ["n1", "n2"] {
            let role =
                format!("CREATE ROLE {node} LOGIN PASSWORD '{PASSWORD}' IN ROLE ledger_shipper");
            postgres.sql(&role).await;
        }
        Some(postgres)
    }

    /// The database as a role reaches it.
    pub(crate) fn target(&self, role: &str) -> Target {
        let password = SecretString::from(PASSWORD);
        Target::new(&self.address(role), Some(&password), None).expect("a target")
    }
}
