//! `account add|invite|list|permit|revoke|report-unused|delegate|end-delegation|disable|enable|reset|
//! reset-password|reset-factor`.

use std::io::{BufRead, Write};

use chrono::NaiveDate;
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroize;

use super::{Failure, facilities, place::Opened};
use crate::{
    access::admin::{AccountForm, Administration, Enrolled},
    domain::{
        access::{FacilityId, Role},
        clock::japanese_time,
    },
};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Makes an account; prints its second factor, and its password where one was made.
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
        /// Takes the password from standard input, one line, instead of making one.
        #[arg(long)]
        password_stdin: bool,
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
    /// Sets a new password; the account's sessions are over.
    ResetPassword {
        /// Name to sign in with.
        sign_in: String,
        /// Takes the password from standard input, one line, instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Makes a new second factor in place of a lost one; the account's sessions are over.
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
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let administration = &opened.administration;
    match command {
        AccountCommand::Add {
            sign_in,
            facility,
            name,
            role,
            password_stdin,
        } => {
            let password = Password::from(*password_stdin, administration, input)?;
            let form = form(facility, sign_in, name, *role);
            let enrolled = administration
                .create_account(form, password.secret.clone())
                .await?;
            password.print(out)?;
            print_factor(&enrolled, out)
        }
        AccountCommand::Invite {
            sign_in,
            facility,
            name,
            role,
            by,
        } => {
            let form = form(facility, sign_in, name, *role);
            let link = administration.invite(by.as_str(), form).await?;
            writeln!(out, "account: {}", link.account)?;
            opened.print_link(&link, out)
        }
        AccountCommand::List { facility } => list(facility.as_deref(), administration, out).await,
        AccountCommand::ReportUnused { facility } => {
            report_unused(facility.as_deref(), administration, out).await
        }
        AccountCommand::ResetPassword {
            sign_in,
            password_stdin,
        } => {
            let password = Password::from(*password_stdin, administration, input)?;
            reset_password(sign_in, &password, administration, out).await
        }
        AccountCommand::ResetFactor { sign_in } => {
            let account = administration.find(sign_in).await?;
            let enrolled = administration.reset_factor(&account.id).await?;
            print_factor(&enrolled, out)
        }
        AccountCommand::Reset { sign_in, by } => {
            let account = administration.find(sign_in).await?;
            let link = administration.make_link(by.as_str(), &account.id).await?;
            opened.print_link(&link, out)
        }
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

async fn reset_password(
    sign_in: &str,
    password: &Password,
    office: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let account = office.find(sign_in).await?;
    let secret = password.secret.clone();
    office.set_password(&account.id, secret).await?;
    writeln!(out, "{} has a new password", account.sign_in)?;
    password.print(out)
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

/// A password that was given, or one made here, which alone is printed.
struct Password {
    secret: SecretString,
    is_made: bool,
}

impl Password {
    fn from(
        is_given: bool,
        administration: &Administration,
        input: &mut dyn BufRead,
    ) -> Result<Self, Failure> {
        if !is_given {
            return Ok(Self {
                secret: administration.fresh_password(),
                is_made: true,
            });
        }
        let mut line = String::new();
        input.read_line(&mut line)?;
        let secret = SecretString::from(line.trim_end_matches(['\r', '\n']));
        line.zeroize();
        if secret.expose_secret().is_empty() {
            return Err(Failure::Argument(
                "standard input held no password".to_owned(),
            ));
        }
        Ok(Self {
            secret,
            is_made: false,
        })
    }

    fn print(&self, out: &mut dyn Write) -> Result<(), Failure> {
        if self.is_made {
            let password = self.secret.expose_secret();
            writeln!(out, "password (shown once): {password}")?;
        }
        Ok(())
    }
}

fn print_factor(enrolled: &Enrolled, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "account: {}", enrolled.account)?;
    let secret = enrolled.totp_secret.expose_secret();
    writeln!(out, "TOTP secret (shown once): {secret}")?;
    writeln!(out, "{}", enrolled.otpauth.expose_secret())?;
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
