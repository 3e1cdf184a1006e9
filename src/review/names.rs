//! What ids in entries stand for.

use std::collections::BTreeMap;

use crate::{
    domain::access::{AccountId, TerminalId},
    registry::{Account, Terminal},
};

/// Names of a facility's accounts and terminals.
#[derive(Clone, Debug, Default)]
pub struct Names {
    accounts: BTreeMap<AccountId, String>,
    terminals: BTreeMap<TerminalId, String>,
}

impl Names {
    pub(super) fn of(accounts: Vec<Account>, terminals: Vec<Terminal>) -> Self {
        let terminals = terminals.into_iter().map(|terminal| {
            let Terminal { name, location, .. } = terminal;
            (terminal.id, format!("{name}（{location}）"))
        });
        Self {
            accounts: accounts
                .into_iter()
                .map(|account| (account.id, account.name))
                .collect(),
            terminals: terminals.collect(),
        }
    }

    /// An account's name; its id where it is none of this facility.
    #[must_use]
    pub fn account<'a>(&'a self, id: &'a AccountId) -> &'a str {
        self.accounts.get(id).map_or(&id.0, String::as_str)
    }

    /// A terminal's name and place; its id where it is none of this facility.
    #[must_use]
    pub fn terminal<'a>(&'a self, id: &'a TerminalId) -> &'a str {
        self.terminals.get(id).map_or(&id.0, String::as_str)
    }
}
