//! `account add|list|permit|revoke|reset-password|reset-factor`.

use std::io::{BufRead, Write};

use chrono::NaiveDate;
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroize;

use super::{Failure, facilities};
use crate::{
    access::admin::{AccountForm, Administration, Enrolled},
    domain::access::{FacilityId, Role},
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
    /// Lists accounts.
    List {
        /// Only of this facility.
        #[arg(long)]
        facility: Option<String>,
    },
    /// Gives the emergency permission.
    Permit {
        /// Name to sign in with.
        sign_in: String,
        /// Last day it is valid, YYYY-MM-DD.
        #[arg(long)]
        until: NaiveDate,
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
    administration: &Administration,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match command {
        AccountCommand::Add {
            sign_in,
            facility,
            name,
            role,
            password_stdin,
        } => {
            let password = Password::from(*password_stdin, administration, input)?;
            let form = AccountForm {
                facility: FacilityId(facility.clone()),
                sign_in: sign_in.clone(),
                name: name.clone(),
                role: *role,
                password: password.secret.clone(),
            };
            let enrolled = administration.create_account(form).await?;
            password.print(out)?;
            print_factor(&enrolled, out)
        }
        AccountCommand::List { facility } => list(facility.as_deref(), administration, out).await,
        AccountCommand::Permit { sign_in, until, by } => {
            let account = administration.find(sign_in).await?;
            administration.permit(&account.id, *until, by).await?;
            writeln!(out, "{} may break the glass until {until}", account.sign_in)?;
            Ok(())
        }
        AccountCommand::Revoke { sign_in, by } => {
            let account = administration.find(sign_in).await?;
            administration.revoke(&account.id, by).await?;
            writeln!(out, "{} may not break the glass any more", account.sign_in)?;
            Ok(())
        }
        AccountCommand::ResetPassword {
            sign_in,
            password_stdin,
        } => {
            let account = administration.find(sign_in).await?;
            let password = Password::from(*password_stdin, administration, input)?;
            administration
                .set_password(&account.id, password.secret.clone())
                .await?;
            writeln!(out, "{} has a new password", account.sign_in)?;
            password.print(out)
        }
        AccountCommand::ResetFactor { sign_in } => {
            let account = administration.find(sign_in).await?;
            let enrolled = administration.reset_factor(&account.id).await?;
            print_factor(&enrolled, out)
        }
    }
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
            writeln!(
                out,
                "{}\t{}\t{}\t{}\t{}\t{permission}",
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
