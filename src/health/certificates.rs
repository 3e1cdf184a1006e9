//! Until when terminals and this service prove over TLS who they are, as far as this node knows: its
//! own certificate and the authorities of terminals from their files, the terminals' certificates from
//! the connections that were opened with them since it started.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};

use crate::registry::Registry;

/// So many names are remembered; an authority of a hospital gives out fewer.
const MOST: usize = 10_000;

/// When certificates end. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Certificates(Arc<Known>);

#[derive(Debug)]
struct Known {
    own: DateTime<Utc>,
    authorities: Vec<DateTime<Utc>>,
    terminals: Mutex<BTreeMap<String, DateTime<Utc>>>,
    refused: AtomicU64,
}

/// What is known of them at one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// This service's own certificate.
    pub own: DateTime<Utc>,
    /// The first and the last of the authorities that vouch for terminals, where there are any.
    pub authorities: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The first of registered terminals that were seen since the start.
    pub terminal: Option<DateTime<Utc>>,
    /// How many names were seen.
    pub seen: u64,
    /// How many certificates were refused since the start.
    pub refused: u64,
}

impl Certificates {
    /// With what the files say; `authorities` is empty where no terminal is known by certificate.
    #[must_use]
    pub fn new(own: DateTime<Utc>, authorities: Vec<DateTime<Utc>>) -> Self {
        Self(Arc::new(Known {
            own,
            authorities,
            terminals: Mutex::default(),
            refused: AtomicU64::default(),
        }))
    }

    /// A terminal came with a certificate that was verified. Of two of one name the later counts: it
    /// was renewed.
    pub fn seen(&self, name: String, ends: DateTime<Utc>) {
        let mut terminals = self.terminals();
        if terminals.len() < MOST || terminals.contains_key(&name) {
            let known = terminals.entry(name).or_insert(ends);
            *known = ends.max(*known);
        }
    }

    /// A certificate was refused, and its connection with it.
    pub fn refused(&self) {
        metrics::counter!("terminal_certificates_refused_total").increment(1);
        self.0.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// When the certificate of this name ends, where one was seen.
    #[must_use]
    pub fn ends_of(&self, name: &str) -> Option<DateTime<Utc>> {
        self.terminals().get(name).copied()
    }

    fn terminals(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, DateTime<Utc>>> {
        let terminals = self.0.terminals.lock();
        terminals.unwrap_or_else(PoisonError::into_inner)
    }

    /// The first end of a terminal that is registered: whom nobody knows any more need not renew
    /// anything. Asks for as many names as it must.
    pub(super) async fn first(self, registry: Registry) -> Option<DateTime<Utc>> {
        let mut seen: Vec<_> = self
            .terminals()
            .iter()
            .map(|(name, ends)| (*ends, name.clone()))
            .collect();
        seen.sort();
        for (ends, name) in seen {
            if !registry
                .terminals_by_certificate(name)
                .await
                .ok()?
                .is_empty()
            {
                return Some(ends);
            }
        }
        None
    }

    /// What is known now, with the first of registered terminals.
    pub(super) fn ends(&self, terminal: Option<DateTime<Utc>>) -> Ends {
        let authorities = &self.0.authorities;
        let first = authorities.iter().min().copied();
        Ends {
            own: self.0.own,
            authorities: first.zip(authorities.iter().max().copied()),
            terminal,
            seen: u64::try_from(self.terminals().len()).unwrap_or(u64::MAX),
            refused: self.0.refused.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn day(day: u64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::from_hours(24 * day)
    }

    #[test]
    fn a_renewed_certificate_counts_and_an_older_one_does_not_come_back() {
        let known = Certificates::new(day(9), vec![day(7), day(8)]);
        assert_eq!(known.ends_of("cart"), None);
        for (ends, expected) in [(3, 3), (5, 5), (4, 5)] {
            known.seen("cart".to_owned(), day(ends));
            assert_eq!(known.ends_of("cart"), Some(day(expected)));
        }
        known.refused();
        let expected = Ends {
            own: day(9),
            authorities: Some((day(7), day(8))),
            terminal: Some(day(5)),
            seen: 1,
            refused: 1,
        };
        assert_eq!(known.ends(Some(day(5))), expected);
        let alone = Certificates::new(day(9), Vec::new()).ends(None);
        assert_eq!((alone.authorities, alone.terminal), (None, None));
    }

    #[test]
    fn names_are_not_remembered_without_bound() {
        let known = Certificates::new(day(9), Vec::new());
        for number in 0..=MOST {
            known.seen(format!("cart-{number}"), day(1));
        }
        assert_eq!(known.ends(None).seen, u64::try_from(MOST).unwrap());
        known.seen("cart-0".to_owned(), day(2));
        assert_eq!(known.ends_of("cart-0"), Some(day(2)));
    }
}
