//! `account add|invite|list|permit|revoke|report-unused|delegate|end-delegation|disable|enable|reset|
//! reset-password|reset-factor`.

use std::io::Write;

use chrono::NaiveDate;
use clap::Subcommand;

use super::{Failure, facilities, place::Opened};
use crate::{
    access::admin::{AccountForm, Administration},
    domain::{
        access::{FacilityId, Role},
        clock::japanese_time,
    },
};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// As `invite`, by whoever runs the command line.
    Add {
        /// Name to sign in with.
        sign_in: String,
        /// Id of the facility.
        #[arg(long)]
        facility: String,
        /// Name shown on pages.
        #[arg(long)]
        name: String,
        /// physician, nurse, pharmacist, paramedic, clerk, auditor or administrator.
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// Makes an account whose holder sets password and second factor himself; prints the one-time
    /// link for him.
    Invite {
        /// Name to sign in with.
        sign_in: String,
        /// Id of the facility.
        #[arg(long)]
        facility: String,
        /// Name shown on pages.
        #[arg(long)]
        name: String,
        /// physician, nurse, pharmacist, paramedic, clerk, auditor or administrator.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Who makes it.
        #[arg(long)]
        by: String,
    },
    /// Lists accounts.
    List {
        /// Only of this facility.
        #[arg(long)]
        facility: Option<String>,
    },
    /// Gives or extends the emergency permission.
    Permit {
        /// Name to sign in with.
        sign_in: String,
        /// Last day it is valid, YYYY-MM-DD.
        #[arg(long, required_unless_present = "hours", conflicts_with = "hours")]
        until: Option<NaiveDate>,
        /// Hours it is valid from now, 1 to 24.
        #[arg(long)]
        hours: Option<u32>,
        /// Who gives it.
        #[arg(long)]
        by: String,
    },
    /// Takes the emergency permission back; the account's sessions and grants are over.
    Revoke {
        /// Name to sign in with.
        sign_in: String,
        /// Who takes it back.
        #[arg(long)]
        by: String,
    },
    /// Lists valid emergency permissions that were not used for 90 days.
    ReportUnused {
        /// Only of this facility.
        #[arg(long)]
        facility: Option<String>,
    },
    /// Names a 当直責任者, who may give the emergency permission to others.
    Delegate {
        /// Name to sign in with.
        sign_in: String,
        /// Hours from now, 1 to 24.
        #[arg(long)]
        hours: u32,
        /// Who names him.
        #[arg(long)]
        by: String,
    },
    /// Ends a delegation before its time.
    EndDelegation {
        /// Name to sign in with.
        sign_in: String,
        /// Who ends it.
        #[arg(long)]
        by: String,
    },
    /// Disables an account: it cannot sign in, its sessions and grants are over.
    Disable {
        /// Name to sign in with.
        sign_in: String,
        /// Who disables it.
        #[arg(long)]
        by: String,
    },
    /// Enables a disabled account again.
    Enable {
        /// Name to sign in with.
        sign_in: String,
        /// Who enables it.
        #[arg(long)]
        by: String,
    },
    /// Prints a one-time link on which the holder sets a new password and second factor.
    Reset {
        /// Name to sign in with.
        sign_in: String,
        /// Who resets it.
        #[arg(long)]
        by: String,
    },
    /// As `reset`, by whoever runs the command line.
    ResetPassword {
        /// Name to sign in with.
        sign_in: String,
    },
    /// As `reset`, by whoever runs the command line.
    ResetFactor {
        /// Name to sign in with.
        sign_in: String,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| {
        let words: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
        format!("one of {}", words.join(", "))
    })
}

pub(super) async fn run(
    command: &AccountCommand,
    opened: &Opened,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let administration = &opened.administration;
    match command {
        AccountCommand::Add {
            sign_in,
            facility,
            name,
            role,
        } => {
            let form = form(facility, sign_in, name, *role);
            invite("", form, opened, out).await
        }
        AccountCommand::Invite {
            sign_in,
            facility,
            name,
            role,
            by,
        } => {
            let form = form(facility, sign_in, name, *role);
            invite(by, form, opened, out).await
        }
        AccountCommand::List { facility } => list(facility.as_deref(), administration, out).await,
        AccountCommand::ReportUnused { facility } => {
            report_unused(facility.as_deref(), administration, out).await
        }
        AccountCommand::ResetPassword { sign_in } | AccountCommand::ResetFactor { sign_in } => {
            reset("", sign_in, opened, out).await
        }
        AccountCommand::Reset { sign_in, by } => reset(by, sign_in, opened, out).await,
        AccountCommand::Permit { .. }
        | AccountCommand::Revoke { .. }
        | AccountCommand::Delegate { .. }
        | AccountCommand::EndDelegation { .. }
        | AccountCommand::Disable { .. }
        | AccountCommand::Enable { .. } => change(command, administration, out).await,
    }
}

/// What changes an account that there is, and says so in one line.
async fn change(
    command: &AccountCommand,
    office: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (sign_in, said) = match command {
        AccountCommand::Permit {
            sign_in,
            until,
            hours,
            by,
        } => {
            let id = office.find(sign_in).await?.id;
            let said = match (until, hours) {
                (Some(until), _) => {
                    office.permit(&id, *until, by.as_str()).await?;
                    format!("may break the glass until {until}")
                }
                (None, hours) => {
                    let hours = hours.unwrap_or_default();
                    office.permit_for(&id, hours, by.as_str()).await?;
                    format!("may break the glass for {hours} hours")
                }
            };
            (sign_in, said)
        }
        AccountCommand::Revoke { sign_in, by } => {
            let id = office.find(sign_in).await?.id;
            office.revoke(&id, by.as_str()).await?;
            (sign_in, "may not break the glass any more".to_owned())
        }
        AccountCommand::Delegate { sign_in, hours, by } => {
            let id = office.find(sign_in).await?.id;
            office.delegate(&id, *hours, by.as_str()).await?;
            let said = format!("may give the emergency permission for {hours} hours");
            (sign_in, said)
        }
        AccountCommand::EndDelegation { sign_in, by } => {
            let id = office.find(sign_in).await?.id;
            office.end_delegation(&id, by.as_str()).await?;
            let said = "may not give the emergency permission any more";
            (sign_in, said.to_owned())
        }
        AccountCommand::Disable { sign_in, by } => {
            let id = office.find(sign_in).await?.id;
            office.disable(by.as_str(), &id).await?;
            (sign_in, "cannot sign in any more".to_owned())
        }
        AccountCommand::Enable { sign_in, by } => {
            let id = office.find(sign_in).await?.id;
            office.enable(by.as_str(), &id).await?;
            (sign_in, "can sign in again".to_owned())
        }
        AccountCommand::Add { .. }
        | AccountCommand::Invite { .. }
        | AccountCommand::List { .. }
        | AccountCommand::ReportUnused { .. }
        | AccountCommand::Reset { .. }
        | AccountCommand::ResetPassword { .. }
        | AccountCommand::ResetFactor { .. } => return Ok(()),
    };
    writeln!(out, "{sign_in} {said}")?;
    Ok(())
}

/// Nobody but its holder ever knows a password: he sets it on the link that is printed here.
async fn invite(
    by: &str,
    form: AccountForm,
    opened: &Opened,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let link = opened.administration.invite(by, form).await?;
    writeln!(out, "account: {}", link.account)?;
    opened.print_link(&link, out)
}

/// As [`invite`]: what the account has now goes on until the link is used.
async fn reset(
    by: &str,
    sign_in: &str,
    opened: &Opened,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let account = opened.administration.find(sign_in).await?;
    let link = opened.administration.make_link(by, &account.id).await?;
    opened.print_link(&link, out)
}

fn form(facility: &str, sign_in: &str, name: &str, role: Role) -> AccountForm {
    AccountForm {
        facility: FacilityId(facility.to_owned()),
        sign_in: sign_in.to_owned(),
        name: name.to_owned(),
        role,
    }
}

async fn report_unused(
    only: Option<&str>,
    office: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    for facility in facilities(office.registry(), only).await? {
        for unused in office.unused("", &facility.id).await? {
            let since = japanese_time(unused.since).format("%Y-%m-%d");
            let account = unused.account;
            writeln!(
                out,
                "{}\t{}\tunused since {since}\t{}",
                account.sign_in, account.name, facility.id
            )?;
        }
    }
    Ok(())
}

async fn list(
    only: Option<&str>,
    administration: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let registry = administration.registry();
    for facility in facilities(registry, only).await? {
        for account in registry.accounts(facility.id.clone()).await? {
            let permission = account.permission.map_or_else(
                || "-".to_owned(),
                |permission| format!("until {} by {}", permission.until, permission.given_by),
            );
            let disabled = if account.disabled.is_some() {
                "disabled\t"
            } else {
                ""
            };
            writeln!(
                out,
                "{}\t{}\t{}\t{}\t{}\t{disabled}{permission}",
                account.id,
                account.sign_in,
                account.role.word(),
                account.name,
                facility.id,
            )?;
        }
    }
    Ok(())
}
