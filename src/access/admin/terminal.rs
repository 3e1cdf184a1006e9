//! Terminals: codes that register one, terminals known otherwise, revoking.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use secrecy::SecretString;

use super::{Administration, By, Error, Flaw, Need, rules::checked_name};
use crate::{
    access::token,
    domain::{
        access::{FacilityId, TerminalId},
        event::Event,
        text::normalised,
    },
    registry::{self, Matcher, Registration, Terminal},
};

/// How long a registration code can be used.
pub(super) const CODE: Duration = Duration::from_mins(30);
/// Widest address ranges: a site, never the whole network.
const WIDEST_V4: u8 = 16;
const WIDEST_V6: u8 = 48;

/// A terminal to be registered.
#[derive(Clone, Debug)]
pub struct TerminalForm {
    /// Facility.
    pub facility: FacilityId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: String,
    /// Seconds a seat may be left before the session locks: 30 to 900.
    pub idle_lock_seconds: u32,
}

/// How a terminal is known that keeps no device cookie.
#[derive(Clone, Debug)]
pub enum Known {
    /// By the verified name of its client certificate.
    Certificate(String),
    /// By an address range, such as `10.1.2.0/24`.
    Range(String),
}

impl Known {
    /// Reads what a form says: `certificate` or `range`, and which.
    ///
    /// # Errors
    /// [`Flaw::Known`].
    pub fn read(kind: &str, device: &str) -> Result<Self, Error> {
        match Matcher::parse(kind) {
            Some(Matcher::Certificate) => Ok(Self::Certificate(device.to_owned())),
            Some(Matcher::Range) => Ok(Self::Range(device.to_owned())),
            Some(Matcher::Cookie) | None => Err(Flaw::Known.into()),
        }
    }

    /// The same as it is kept.
    fn checked(&self) -> Result<(Matcher, String), Error> {
        Ok(match self {
            Self::Certificate(name) => (Matcher::Certificate, checked_host(name)?),
            Self::Range(range) => (Matcher::Range, checked_range(range)?),
        })
    }

    /// Which of these terminals is known by the same name, or by addresses of the same range: of two
    /// of one facility nobody could say which of them it was.
    #[must_use]
    pub fn taken_by<'a>(&self, terminals: &'a [Terminal]) -> Option<&'a Terminal> {
        let (matcher, device) = self.checked().ok()?;
        terminals.iter().find(|one| {
            one.revoked.is_none() && one.matcher == matcher && matcher.is_same(&device, &one.device)
        })
    }
}

/// A registration code just made: shown once, stored as a keyed hash only.
#[derive(Clone, Debug)]
pub struct TerminalCode {
    /// To be typed at the browser: three groups of four, 60 bits.
    pub code: SecretString,
    /// When it ends.
    pub ends: DateTime<Utc>,
}

/// A registration code as typed, in the form that is hashed.
pub(in crate::access) fn read_code(typed: &str) -> String {
    normalised(typed)
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        // Neither 1 nor l is in the alphabet, and both are read for i.
        .map(|c| if matches!(c, '1' | 'l') { 'i' } else { c })
        .collect()
}

/// A code as it is read out and typed: ABCD-EFGH-2345.
fn grouped(code: &str) -> String {
    let mut text = String::new();
    for (place, c) in code.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}

fn checked_idle_lock(seconds: u32) -> Result<u32, Error> {
    if (30..=900).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Flaw::IdleLock.into())
    }
}

/// A certificate's one DNS name.
fn checked_host(name: &str) -> Result<String, Error> {
    let name = checked_name(&normalised(name))?.to_ascii_lowercase();
    let is_part = |part: &str| {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !part.is_empty() && part.chars().all(is_letter)
    };
    if name.split('.').all(is_part) {
        Ok(name)
    } else {
        Err(Flaw::Certificate.into())
    }
}

fn checked_range(text: &str) -> Result<String, Error> {
    let range: IpNet = normalised(text).parse().map_err(|_| Flaw::Range)?;
    let widest = match range {
        IpNet::V4(_) => WIDEST_V4,
        IpNet::V6(_) => WIDEST_V6,
    };
    if range.prefix_len() < widest {
        return Err(Flaw::RangeTooWide.into());
    }
    Ok(range.trunc().to_string())
}

impl Administration {
    /// Makes a code that registers the browser in which it is typed within 30 minutes, once.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn make_code<'a>(
        &self,
        by: impl Into<By<'a>>,
        form: TerminalForm,
    ) -> Result<TerminalCode, Error> {
        self.make_code_for(by.into(), form, CODE).await
    }

    pub(super) async fn make_code_for(
        &self,
        by: By<'_>,
        form: TerminalForm,
        span: Duration,
    ) -> Result<TerminalCode, Error> {
        let what = "terminal_code_made";
        self.authorise(by, &form.facility, Need::Administrator, what)
            .await?;
        self.facility(&form.facility).await?;
        let code = token::letters::<12>(&*self.entropy);
        let made = self.mark(by);
        let ends = made.at + span;
        let registration = Registration {
            hash: self.registry.code_hash(&code),
            facility: form.facility,
            name: checked_name(&form.name)?,
            location: checked_name(&form.location)?,
            idle_lock_seconds: checked_idle_lock(form.idle_lock_seconds)?,
            made,
            ends,
            used_at: None,
        };
        let facility = &registration.facility;
        let details = format!("idle lock {} s", registration.idle_lock_seconds);
        self.record(by, facility, what, &facility.0, &details)
            .await?;
        self.registry.add_registration(registration).await?;
        Ok(TerminalCode {
            code: grouped(&code).into(),
            ends,
        })
    }

    /// Registers a terminal that is known by its client certificate or address.
    ///
    /// # Errors
    /// [`Flaw::KnownAlready`] (see [`Known::taken_by`]), and see [`Error`].
    pub async fn register_terminal<'a>(
        &self,
        by: impl Into<By<'a>>,
        form: TerminalForm,
        known: Known,
    ) -> Result<Terminal, Error> {
        let by = by.into();
        self.authorise(
            by,
            &form.facility,
            Need::Administrator,
            "terminal_registered",
        )
        .await?;
        self.facility(&form.facility).await?;
        let (matcher, device) = known.checked()?;
        let others = self.registry.terminals(form.facility.clone()).await?;
        if known.taken_by(&others).is_some() {
            return Err(Flaw::KnownAlready.into());
        }
        let registered = self.mark(by);
        let terminal = Terminal {
            id: TerminalId(token::fresh_id('t', &*self.entropy)),
            facility: form.facility,
            name: checked_name(&form.name)?,
            location: checked_name(&form.location)?,
            matcher,
            device,
            idle_lock_seconds: checked_idle_lock(form.idle_lock_seconds)?,
            registered_by: registered.by,
            registered_at: registered.at,
            ends: None,
            revoked: None,
        };
        let event = Event::TerminalRegistered {
            name: terminal.name.clone(),
            location: terminal.location.clone(),
        };
        self.append(by, &terminal.facility, Some(&terminal.id), event)
            .await?;
        self.keep(by, &terminal).await?;
        Ok(terminal)
    }

    /// Adds a terminal that nobody was in the way of when it was looked for. Whoever came in between
    /// is found by the registry, in one step with adding; then the entry of the registration has one
    /// beside it that says that it was not made.
    async fn keep(&self, by: By<'_>, terminal: &Terminal) -> Result<(), Error> {
        let added = self.registry.add_terminal(terminal.clone()).await;
        let Err(registry::Error::Taken) = added else {
            return Ok(added?);
        };
        let event = Event::Refused {
            what: "terminal_registered".to_owned(),
            why: "taken".to_owned(),
        };
        let (facility, id) = (&terminal.facility, Some(&terminal.id));
        self.append(by, facility, id, event).await?;
        Err(Flaw::KnownAlready.into())
    }

    /// The terminals of a facility, revoked ones among them.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn terminals<'a>(
        &self,
        by: impl Into<By<'a>>,
        facility: &FacilityId,
    ) -> Result<Vec<Terminal>, Error> {
        self.authorise(by.into(), facility, Need::Administrator, "terminals")
            .await?;
        Ok(self.registry.terminals(facility.clone()).await?)
    }

    /// Revokes a terminal: its sessions are over, and its browser must be registered anew.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn revoke_terminal<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &TerminalId,
    ) -> Result<(), Error> {
        let by = by.into();
        let what = "terminal_revoked";
        let terminal = self.terminal(by, id, what).await?;
        self.record(by, &terminal.facility, what, &id.0, "").await?;
        let mark = self.mark(by);
        self.registry.revoke_terminal(id.clone(), mark).await?;
        Ok(())
    }

    /// Sets how long a terminal's seat may be left, 30 to 900 seconds.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn set_idle_lock<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &TerminalId,
        seconds: u32,
    ) -> Result<(), Error> {
        let by = by.into();
        let what = "idle_lock_set";
        let terminal = self.terminal(by, id, what).await?;
        let seconds = checked_idle_lock(seconds)?;
        let details = format!("{seconds} s");
        self.record(by, &terminal.facility, what, &id.0, &details)
            .await?;
        Ok(self.registry.set_idle_lock(id.clone(), seconds).await?)
    }

    /// Names a terminal, says where it stands and how long its seat may be left.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn change_terminal<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &TerminalId,
        form: TerminalForm,
    ) -> Result<(), Error> {
        let by = by.into();
        let what = "terminal_changed";
        let terminal = self.terminal(by, id, what).await?;
        let name = checked_name(&form.name)?;
        let location = checked_name(&form.location)?;
        let seconds = checked_idle_lock(form.idle_lock_seconds)?;
        let said = [
            (name != terminal.name).then_some("renamed".to_owned()),
            (location != terminal.location).then_some("moved".to_owned()),
            (seconds != terminal.idle_lock_seconds).then(|| format!("idle lock {seconds} s")),
        ];
        let details = said.into_iter().flatten().collect::<Vec<_>>().join(" ");
        self.record(by, &terminal.facility, what, &id.0, &details)
            .await?;
        Ok(self
            .registry
            .change_terminal(id.clone(), name, location, seconds)
            .await?)
    }

    async fn terminal(&self, by: By<'_>, id: &TerminalId, what: &str) -> Result<Terminal, Error> {
        let found = self.registry.terminal(id.clone()).await?;
        let facility = match (&found, by) {
            (Some(terminal), _) => terminal.facility.clone(),
            // Asked and recorded like another facility's.
            (None, By::Viewer(_)) => FacilityId(String::new()),
            (None, By::Console(_)) => return Err(Error::Unknown),
        };
        self.authorise(by, &facility, Need::Administrator, what)
            .await?;
        found.ok_or(Error::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_spoken_and_typed() {
        let code = "abcdefghi234";
        assert_eq!(grouped(code), "ABCD-EFGH-I234");
        for typed in [
            "ABCD-EFGH-I234",
            " abcd efgh 1234 ",
            "ａｂｃｄＥＦＧＨＬ２３４",
        ] {
            assert_eq!(read_code(typed), code, "{typed}");
        }
    }

    #[test]
    fn a_certificates_name_is_a_dns_name() {
        for (text, expected) in [
            ("cart-7.ward.example", Some("cart-7.ward.example")),
            (" ＣＡＲＴ-7 ", Some("cart-7")),
            ("*.ward.example", None),
            ("回診車", None),
            ("cart 7", None),
            ("cart..7", None),
            ("", None),
        ] {
            assert_eq!(checked_host(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn ranges_are_those_of_a_site() {
        for (text, expected) in [
            ("10.1.2.3/24", Some("10.1.2.0/24")),
            ("192.0.2.7/32", Some("192.0.2.7/32")),
            ("2001:db8::/48", Some("2001:db8::/48")),
            ("10.0.0.0/15", None),
            ("0.0.0.0/0", None),
            ("2001:db8::/47", None),
            ("10.1.2.3", None),
            ("", None),
        ] {
            assert_eq!(checked_range(text).ok().as_deref(), expected, "{text}");
        }
    }
}
