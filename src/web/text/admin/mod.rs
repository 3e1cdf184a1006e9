//! Sentences of the administrator's pages, and of the one-time link.

mod en;
mod ja;

pub(super) use en::ADMIN as EN;
pub(super) use ja::ADMIN as JA;

use crate::access::admin::{Flaw, Matcher};

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Admin {
    /// Name of the list of these pages.
    pub(in crate::web) pages: &'static str,
    pub(in crate::web) overview: Overview,
    pub(in crate::web) accounts: Accounts,
    pub(in crate::web) permissions: Permissions,
    pub(in crate::web) terminals: Terminals,
    pub(in crate::web) disaster: Disaster,
    pub(in crate::web) sealed: Sealed,
    pub(in crate::web) enrol: Enrol,
    /// What a change did, by its word in the address it leads to.
    pub(in crate::web) done: fn(&str) -> Option<&'static str>,
    /// Why a change was not made.
    pub(in crate::web) flaw: fn(Flaw) -> &'static str,
    /// The sign-in name is in use.
    pub(in crate::web) taken: &'static str,
    pub(in crate::web) recorded: &'static str,
    /// Shown this once.
    pub(in crate::web) once: &'static str,
    pub(in crate::web) until: &'static str,
    pub(in crate::web) ends: &'static str,
    pub(in crate::web) when: &'static str,
    pub(in crate::web) state: &'static str,
    pub(in crate::web) change: &'static str,
    /// The second press.
    pub(in crate::web) do_it: &'static str,
    pub(in crate::web) choose: &'static str,
    pub(in crate::web) none: &'static str,
    pub(in crate::web) revoked: &'static str,
    /// Whoever runs the command line.
    pub(in crate::web) console: &'static str,
}

/// Of the first page.
pub(in crate::web) struct Overview {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) accounts: fn(usize, usize) -> String,
    pub(in crate::web) ending: &'static str,
    pub(in crate::web) ending_none: &'static str,
    pub(in crate::web) unused: fn(usize) -> String,
    pub(in crate::web) terminals: fn(usize) -> String,
    pub(in crate::web) delegates: &'static str,
    pub(in crate::web) delegates_none: &'static str,
    /// With area and last day.
    pub(in crate::web) disaster_on: fn(&str, &str) -> String,
    pub(in crate::web) disaster_off: &'static str,
    /// Proposed and not confirmed; ready in their envelopes.
    pub(in crate::web) sealed: fn(usize, usize) -> String,
    pub(in crate::web) sealed_used: fn(&str) -> String,
}

/// Of the list of accounts and of one account.
pub(in crate::web) struct Accounts {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) one: &'static str,
    pub(in crate::web) filter: &'static str,
    pub(in crate::web) name: &'static str,
    pub(in crate::web) sign_in: &'static str,
    pub(in crate::web) sign_in_hint: &'static str,
    pub(in crate::web) role: &'static str,
    pub(in crate::web) all: &'static str,
    pub(in crate::web) active: &'static str,
    pub(in crate::web) disabled: &'static str,
    pub(in crate::web) permission: &'static str,
    pub(in crate::web) used: &'static str,
    pub(in crate::web) nobody: &'static str,
    /// How many match, and how many of them are listed.
    pub(in crate::web) found: fn(usize, usize) -> String,
    pub(in crate::web) add: &'static str,
    pub(in crate::web) add_hint: &'static str,
    pub(in crate::web) add_submit: &'static str,
    pub(in crate::web) link_title: &'static str,
    pub(in crate::web) link_for: fn(name: &str, sign_in: &str) -> String,
    pub(in crate::web) link_hint: &'static str,
    pub(in crate::web) link_picture: &'static str,
    pub(in crate::web) to_account: &'static str,
    pub(in crate::web) disable: &'static str,
    pub(in crate::web) disable_hint: &'static str,
    pub(in crate::web) enable: &'static str,
    pub(in crate::web) enable_hint: &'static str,
    pub(in crate::web) reset: &'static str,
    pub(in crate::web) reset_hint: &'static str,
    pub(in crate::web) sessions: fn(u32) -> String,
    pub(in crate::web) sign_out: &'static str,
    pub(in crate::web) sign_out_hint: &'static str,
    pub(in crate::web) remove: &'static str,
    pub(in crate::web) remove_hint: &'static str,
    /// Of one without which its owner cannot sign in.
    pub(in crate::web) remove_needed_hint: &'static str,
    pub(in crate::web) not_set_up: &'static str,
    pub(in crate::web) password_alone: &'static str,
    pub(in crate::web) codes_alone: &'static str,
    pub(in crate::web) authenticators: &'static str,
    pub(in crate::web) history: &'static str,
    pub(in crate::web) created: &'static str,
    pub(in crate::web) sealed: &'static str,
    pub(in crate::web) back: &'static str,
}

/// Of the emergency permission.
pub(in crate::web) struct Permissions {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) holders: &'static str,
    pub(in crate::web) given_by: &'static str,
    pub(in crate::web) delegated: &'static str,
    pub(in crate::web) give: &'static str,
    pub(in crate::web) give_hint: &'static str,
    pub(in crate::web) give_submit: &'static str,
    pub(in crate::web) give_hours: &'static str,
    pub(in crate::web) give_hours_hint: &'static str,
    pub(in crate::web) to_whom: &'static str,
    pub(in crate::web) last_day: &'static str,
    pub(in crate::web) hours: &'static str,
    pub(in crate::web) hour: fn(u32) -> String,
    pub(in crate::web) revoke: &'static str,
    pub(in crate::web) revoke_of: fn(&str) -> String,
    pub(in crate::web) revoke_hint: &'static str,
    pub(in crate::web) unused: &'static str,
    pub(in crate::web) unused_hint: &'static str,
    pub(in crate::web) unused_since: &'static str,
    pub(in crate::web) delegation: &'static str,
    pub(in crate::web) delegation_hint: &'static str,
    pub(in crate::web) delegate: &'static str,
    pub(in crate::web) end_delegation: &'static str,
    pub(in crate::web) end_delegation_hint: &'static str,
}

/// Of terminals.
pub(in crate::web) struct Terminals {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) name: &'static str,
    pub(in crate::web) location: &'static str,
    pub(in crate::web) kind: &'static str,
    /// When a terminal's certificate ends; with the day.
    pub(in crate::web) ends: fn(&str) -> String,
    pub(in crate::web) kinds: fn(Matcher) -> &'static str,
    pub(in crate::web) idle_lock: &'static str,
    pub(in crate::web) seconds: fn(u32) -> String,
    pub(in crate::web) registered: &'static str,
    pub(in crate::web) revoke: &'static str,
    pub(in crate::web) revoke_hint: &'static str,
    pub(in crate::web) over: &'static str,
    pub(in crate::web) in_use: &'static str,
    pub(in crate::web) add: &'static str,
    pub(in crate::web) add_hint: &'static str,
    pub(in crate::web) add_submit: &'static str,
    pub(in crate::web) add_known: &'static str,
    pub(in crate::web) add_known_hint: &'static str,
    /// By which certificate or range it is known.
    pub(in crate::web) device: &'static str,
    /// Another one is known so: its name, and by what.
    pub(in crate::web) taken: fn(&str, &str) -> String,
    pub(in crate::web) code_title: &'static str,
    pub(in crate::web) code_hint: &'static str,
    pub(in crate::web) back: &'static str,
}

/// Of the 災害時 flag.
pub(in crate::web) struct Disaster {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) effect: &'static str,
    pub(in crate::web) area: &'static str,
    pub(in crate::web) until: &'static str,
    pub(in crate::web) set: &'static str,
    pub(in crate::web) clear: &'static str,
}

/// Of sealed emergency accounts.
pub(in crate::web) struct Sealed {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) id: &'static str,
    pub(in crate::web) proposed: &'static str,
    pub(in crate::web) confirmed: &'static str,
    pub(in crate::web) used: &'static str,
    pub(in crate::web) waiting: &'static str,
    pub(in crate::web) waiting_own: &'static str,
    pub(in crate::web) propose: &'static str,
    pub(in crate::web) confirm: &'static str,
    pub(in crate::web) confirm_hint: &'static str,
    pub(in crate::web) sheet: &'static str,
    pub(in crate::web) sheet_hint: &'static str,
    pub(in crate::web) sheet_use: &'static str,
    pub(in crate::web) code: &'static str,
    pub(in crate::web) made: &'static str,
    pub(in crate::web) back: &'static str,
}

/// Of the one-time link, for its holder.
pub(in crate::web) struct Enrol {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) password_hint: &'static str,
    pub(in crate::web) password: &'static str,
    pub(in crate::web) again: &'static str,
    pub(in crate::web) submit: &'static str,
    pub(in crate::web) over_title: &'static str,
    pub(in crate::web) over: &'static str,
    pub(in crate::web) done_title: &'static str,
    pub(in crate::web) done: &'static str,
    pub(in crate::web) done_by_passkey: &'static str,
    pub(in crate::web) passkey_title: &'static str,
    pub(in crate::web) passkey_body: &'static str,
    pub(in crate::web) by_passkey: &'static str,
    pub(in crate::web) to_sign_in: &'static str,
}
