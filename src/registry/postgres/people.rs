//! Accounts: what belongs to them, and changes that go together.

use chrono::{DateTime, Utc};

use super::{
    PostgresStore, insert_session, millis,
    pool::{Call, Trouble},
};
use crate::{
    domain::access::{AccountId, AuthenticatorId, FacilityId},
    registry::{
        AccountStore, Delegation, Error, Link, MOST_AUTHENTICATORS, Mark, NewAccount, NewLink,
        Permission, PermissionGiven, SealedAccount, Session, StoredAuthenticator,
        row::{self, AUTHENTICATOR, Columns as _, ENROL, LINK, NO_PASSWORD, PERMISSION, SEALED},
    },
};

/// Adds an account with its permission and authenticators.
pub(super) fn insert_account(call: &mut Call<'_>, new: &NewAccount) -> Result<(), Trouble> {
    let account = &new.account;
    let created = account.created.as_ref();
    call.execute_one(
        "INSERT INTO account (id, facility, sign_in, name, role, language, epoch, grants_from, \
         password, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            &account.id.0,
            &account.facility.0,
            &account.sign_in,
            &account.name,
            &account.role.word(),
            &row::language_word(account.language),
            &i64::from(account.epoch),
            &i64::from(account.grants_from),
            &new.password.as_deref().unwrap_or(NO_PASSWORD),
            &created.map(|created| &created.by),
            &millis(created.map(|created| created.at)),
        ],
    )?;
    if let Some(permission) = &account.permission {
        insert_permission(call, &account.id, permission)?;
    }
    for authenticator in &new.authenticators {
        insert_authenticator(call, authenticator)?;
    }
    Ok(())
}

fn insert_permission(
    call: &mut Call<'_>,
    id: &AccountId,
    permission: &Permission,
) -> Result<(), Trouble> {
    let added = call.query(
        "INSERT INTO permission (account, given_by, given_at, until, ends, delegated) \
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        &[
            &id.0,
            &permission.given_by,
            &permission.given_at.timestamp_millis(),
            &permission.until.to_string(),
            &millis(permission.ends),
            &permission.is_delegated,
        ],
    )?;
    let place = added.first().map(|row| row.number(0)).transpose()?;
    call.execute_one(
        "UPDATE account SET permission = $2 WHERE id = $1",
        &[&id.0, &place],
    )
}

fn insert_authenticator(call: &mut Call<'_>, new: &StoredAuthenticator) -> Result<(), Trouble> {
    let authenticator = &new.authenticator;
    let most = i64::try_from(MOST_AUTHENTICATORS).unwrap_or(i64::MAX);
    let added = call.execute(
        "INSERT INTO authenticator (id, account, kind, name, secret, handle, added_at, last_used) \
         SELECT $1, $2::text, $3, $4, $5, $6, $7, $8 \
         WHERE (SELECT count(*) FROM authenticator WHERE account = $2) < $9",
        &[
            &authenticator.id.0,
            &authenticator.account.0,
            &authenticator.kind.word(),
            &authenticator.name,
            &new.secret,
            &new.handle,
            &millis(authenticator.added_at),
            &millis(authenticator.last_used),
            &most,
        ],
    )?;
    if added == 0 {
        return Err(Error::Full.into());
    }
    Ok(())
}

/// Puts an authenticator in the place of all others and raises the epoch.
fn put_only(
    call: &mut Call<'_>,
    new: &StoredAuthenticator,
    step: Option<u64>,
) -> Result<(), Trouble> {
    let account = &new.authenticator.account.0;
    call.execute("DELETE FROM authenticator WHERE account = $1", &[account])?;
    insert_authenticator(call, new)?;
    call.execute_one(
        "UPDATE account SET last_step = $2, epoch = epoch + 1, grants_from = epoch + 1 \
         WHERE id = $1",
        &[account, &step.map(row::number)],
    )
}

/// What an account let others do and nobody has done yet: its vouchings, codes and links are gone.
fn end_unused_by(call: &mut Call<'_>, by: &AccountId) -> Result<(), Trouble> {
    for sql in [
        "DELETE FROM vouch WHERE by = $1 AND used_at IS NULL",
        "DELETE FROM registration WHERE made_by = $1 AND used_at IS NULL",
        "DELETE FROM link WHERE made_by = $1 AND used_at IS NULL",
    ] {
        call.execute(sql, &[&by.0])?;
    }
    Ok(())
}

/// Raises the epoch: sessions are over, and grants where there is none to be kept. The session
/// `keep` of the account and its grants go on.
fn raise_epoch(call: &mut Call<'_>, id: &AccountId, keep: Option<&str>) -> Result<(), Trouble> {
    call.execute_one(
        "UPDATE account SET epoch = epoch + 1, grants_from = \
         CASE WHEN $2::text IS NULL THEN epoch + 1 ELSE grants_from END WHERE id = $1",
        &[&id.0, &keep],
    )?;
    call.execute(
        "UPDATE session SET epoch = epoch + 1 WHERE account = $1 AND hash = $2 \
         AND epoch + 1 = (SELECT a.epoch FROM account a WHERE a.id = $1)",
        &[&id.0, &keep],
    )?;
    Ok(())
}

impl AccountStore for PostgresStore {
    fn authenticators(&self, account: &AccountId) -> Result<Vec<StoredAuthenticator>, Error> {
        let sql = format!(
            "SELECT {AUTHENTICATOR} FROM authenticator u WHERE u.account = $1 ORDER BY u.place"
        );
        self.list(&sql, &[&account.0], row::authenticator)
    }

    fn add_authenticator(&self, new: &StoredAuthenticator) -> Result<(), Error> {
        self.all_of(|call| insert_authenticator(call, new))
    }

    fn rename_authenticator(
        &self,
        account: &AccountId,
        id: &AuthenticatorId,
        name: &str,
    ) -> Result<(), Error> {
        self.change_one(
            "UPDATE authenticator SET name = $3 WHERE account = $1 AND id = $2",
            &[&account.0, &id.0, &name],
        )
    }

    fn use_authenticator(
        &self,
        id: &AuthenticatorId,
        read: &[u8],
        secret: &[u8],
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE authenticator SET secret = $3, last_used = $4 WHERE id = $1 AND secret = $2",
            &[&id.0, &read, &secret, &at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn remove_authenticator(
        &self,
        account: &AccountId,
        id: &AuthenticatorId,
        even_last: bool,
        keep: Option<&str>,
    ) -> Result<bool, Error> {
        self.together(|call| {
            let removed = call.execute(
                "DELETE FROM authenticator WHERE account = $1 AND id = $2 AND ($3 OR \
                 (SELECT count(*) FROM authenticator WHERE account = $1) > 1)",
                &[&account.0, &id.0, &even_last],
            )?;
            if removed == 1 {
                raise_epoch(call, account, keep)?;
            }
            Ok(removed == 1)
        })
    }

    fn replace_authenticators(&self, new: &StoredAuthenticator) -> Result<(), Error> {
        self.all_of(|call| put_only(call, new, None))
    }

    fn authenticator_by_handle(&self, handle: &str) -> Result<Option<StoredAuthenticator>, Error> {
        let sql = format!("SELECT {AUTHENTICATOR} FROM authenticator u WHERE u.handle = $1");
        self.find(&sql, &[&handle], row::authenticator)
    }

    fn set_password(
        &self,
        id: &AccountId,
        password: &str,
        keep: Option<&str>,
    ) -> Result<(), Error> {
        self.all_of(|call| {
            call.execute_one(
                "UPDATE account SET password = $2 WHERE id = $1",
                &[&id.0, &password],
            )?;
            raise_epoch(call, id, keep)
        })
    }

    fn set_disabled(&self, id: &AccountId, disabled: Option<&Mark>) -> Result<(), Error> {
        self.all_of(|call| {
            call.execute_one(
                "UPDATE account SET disabled_by = $2, disabled_at = $3, \
                 epoch = CASE WHEN $4 THEN epoch + 1 ELSE epoch END, \
                 grants_from = CASE WHEN $4 THEN epoch + 1 ELSE grants_from END WHERE id = $1",
                &[
                    &id.0,
                    &disabled.map(|mark| &mark.by),
                    &millis(disabled.map(|mark| mark.at)),
                    &disabled.is_some(),
                ],
            )?;
            if disabled.is_some() {
                end_unused_by(call, id)?;
            }
            Ok(())
        })
    }

    fn raise_epoch(&self, id: &AccountId, ends_grants: bool) -> Result<(), Error> {
        self.change_one(
            "UPDATE account SET epoch = epoch + 1, \
             grants_from = CASE WHEN $2 THEN epoch + 1 ELSE grants_from END WHERE id = $1",
            &[&id.0, &ends_grants],
        )
    }

    fn add_link(&self, link: &NewLink) -> Result<(), Error> {
        self.all_of(|call| {
            call.execute(
                "DELETE FROM link WHERE account = $1 AND used_at IS NULL",
                &[&link.account.0],
            )?;
            call.execute_one(
                "INSERT INTO link (hash, account, purpose, made_by, made_at, ends) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
                &[
                    &link.hash,
                    &link.account.0,
                    &ENROL,
                    &link.made.by,
                    &link.made.at.timestamp_millis(),
                    &link.ends.timestamp_millis(),
                ],
            )
        })
    }

    fn link(&self, hash: &str) -> Result<Option<Link>, Error> {
        let sql = format!("SELECT {LINK} FROM link WHERE hash = $1 AND purpose = $2");
        self.find(&sql, &[&hash, &ENROL], row::link)
    }

    fn use_link(
        &self,
        hash: &str,
        at: DateTime<Utc>,
        password: Option<&str>,
        authenticator: &StoredAuthenticator,
        step: Option<u64>,
    ) -> Result<bool, Error> {
        let account = &authenticator.authenticator.account.0;
        self.together(|call| {
            let used = call.execute(
                "UPDATE link SET used_at = $2 WHERE hash = $1 AND account = $3 AND purpose = $4 \
                 AND used_at IS NULL AND made_at <= $2 AND $2 < ends",
                &[&hash, &at.timestamp_millis(), account, &ENROL],
            )?;
            if used == 1 {
                call.execute(
                    "UPDATE account SET password = $2 WHERE id = $1",
                    &[account, &password.unwrap_or(NO_PASSWORD)],
                )?;
                put_only(call, authenticator, step)?;
                call.execute(
                    "INSERT INTO factors_given (account, by, at) \
                     SELECT account, made_by, used_at FROM link WHERE hash = $1",
                    &[&hash],
                )?;
            }
            Ok(used == 1)
        })
    }

    fn give_permission(&self, id: &AccountId, permission: &Permission) -> Result<(), Error> {
        self.all_of(|call| insert_permission(call, id, permission))
    }

    fn take_permission(&self, id: &AccountId, revoked: &Mark) -> Result<(), Error> {
        self.all_of(|call| {
            call.execute(
                "UPDATE permission SET revoked_by = $2, revoked_at = $3 \
                 WHERE id = (SELECT a.permission FROM account a WHERE a.id = $1)",
                &[&id.0, &revoked.by, &revoked.at.timestamp_millis()],
            )?;
            call.execute_one(
                "UPDATE account SET permission = NULL, epoch = epoch + 1, \
                 grants_from = epoch + 1 WHERE id = $1",
                &[&id.0],
            )?;
            end_unused_by(call, id)
        })
    }

    fn permissions(&self, id: &AccountId) -> Result<Vec<PermissionGiven>, Error> {
        let sql = format!(
            "SELECT {PERMISSION} FROM permission p WHERE p.account = $1 ORDER BY p.id DESC"
        );
        self.list(&sql, &[&id.0], row::permission_given)
    }

    fn note_glass_used(&self, id: &AccountId, at: DateTime<Utc>) -> Result<(), Error> {
        self.change(
            "UPDATE account SET glass_used = greatest(glass_used, $2) WHERE id = $1",
            &[&id.0, &at.timestamp_millis()],
        )
        .map(drop)
    }

    fn set_delegation(&self, id: &AccountId, delegation: Option<&Delegation>) -> Result<(), Error> {
        self.change_one(
            "UPDATE account SET delegated_by = $2, delegated_at = $3, delegated_until = $4 \
             WHERE id = $1",
            &[
                &id.0,
                &delegation.map(|delegation| &delegation.given_by),
                &millis(delegation.map(|delegation| delegation.given_at)),
                &millis(delegation.map(|delegation| delegation.ends)),
            ],
        )
    }

    fn propose_sealed(&self, proposal: &SealedAccount) -> Result<(), Error> {
        self.change_one(
            "INSERT INTO sealed_account (account, facility, proposed_by, proposed_at) \
             VALUES ($1, $2, $3, $4)",
            &[
                &proposal.account.0,
                &proposal.facility.0,
                &proposal.proposed.by,
                &proposal.proposed.at.timestamp_millis(),
            ],
        )
    }

    fn confirm_sealed(&self, confirmed: &Mark, new: &NewAccount) -> Result<bool, Error> {
        let account = &new.account;
        self.together(|call| {
            let changed = call.execute(
                "UPDATE sealed_account SET confirmed_by = $3, confirmed_at = $4 \
                 WHERE account = $1 AND facility = $2 AND confirmed_by IS NULL \
                 AND proposed_by <> $3",
                &[
                    &account.id.0,
                    &account.facility.0,
                    &confirmed.by,
                    &confirmed.at.timestamp_millis(),
                ],
            )?;
            if changed == 1 {
                insert_account(call, new)?;
            }
            Ok(changed == 1)
        })
    }

    fn sealed_accounts(&self, facility: &FacilityId) -> Result<Vec<SealedAccount>, Error> {
        let sql = format!("SELECT {SEALED} FROM sealed_account WHERE facility = $1 ORDER BY place");
        self.list(&sql, &[&facility.0], row::sealed)
    }

    fn use_sealed(&self, session: &Session) -> Result<bool, Error> {
        let (account, at) = (&session.account, session.created.timestamp_millis());
        self.together(|call| {
            let used = call.execute(
                "UPDATE sealed_account SET used_at = $2 WHERE account = $1 AND used_at IS NULL",
                &[&account.0, &at],
            )?;
            let disabled = call.execute(
                "UPDATE account SET disabled_by = 'use', disabled_at = $2 \
                 WHERE id = $1 AND disabled_by IS NULL",
                &[&account.0, &at],
            )?;
            let is_first = used == 1 && disabled == 1;
            if is_first {
                insert_session(call, session)?;
            }
            Ok(is_first)
        })
    }

    fn gave_factors(
        &self,
        account: &AccountId,
        since: DateTime<Utc>,
    ) -> Result<Vec<String>, Error> {
        self.list(
            "SELECT created_by FROM account WHERE id = $1 AND created_at >= $2 \
             UNION SELECT made_by FROM link WHERE account = $1 AND made_at >= $2 \
             UNION SELECT by FROM factors_given WHERE account = $1 AND at >= $2 ORDER BY 1",
            &[&account.0, &since.timestamp_millis()],
            |row| row.text(0),
        )
    }
}
