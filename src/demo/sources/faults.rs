//! What a source can be made to do wrong, switched while it runs.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::domain::section::SourceName;

/// One way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Fault {
    /// Answers as it should.
    #[default]
    None,
    /// Answers rightly, so many milliseconds late.
    Delay(u64),
    /// Takes the request and never answers.
    Hang,
    /// Sends one byte a second.
    Drip,
    /// Answers with this status and an `OperationOutcome`.
    Status(u16),
    /// Answers 200 with an HTML page.
    Html,
    /// Announces the whole body, sends half of it and closes.
    HalfBody,
    /// Answers with another patient's resources under a self link that names the one asked for.
    OtherPatient,
    /// Answers the search for the Patient with another person.
    OtherPerson,
    /// Answers every search with nothing, and without a self link that would prove what was asked.
    EmptyWithoutSelf,
    /// Resets the connection.
    Reset,
    /// Answers with more than 20 MB.
    BigBody,
    /// Every page links to a next one.
    EndlessNext,
}

impl Fault {
    /// Reads the word of a fault; `delay:500` and `status:503` take a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (word, number) = match text.split_once(':') {
            Some((word, number)) => (word, Some(number)),
            None => (text, None),
        };
        match (word, number) {
            ("delay", Some(number)) => number.parse().ok().map(Self::Delay),
            ("status", Some(number)) => number
                .parse()
                .ok()
                .filter(|status| (400..600).contains(status))
                .map(Self::Status),
            ("status", None) => Some(Self::Status(500)),
            (_, Some(_)) => None,
            (word, None) => [
                Self::None,
                Self::Hang,
                Self::Drip,
                Self::Html,
                Self::HalfBody,
                Self::OtherPatient,
                Self::OtherPerson,
                Self::EmptyWithoutSelf,
                Self::Reset,
                Self::BigBody,
                Self::EndlessNext,
            ]
            .into_iter()
            .find(|fault| fault.word() == word),
        }
    }

    /// The word that [`Self::parse`] reads, with its number.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Delay(milliseconds) => format!("delay:{milliseconds}"),
            Self::Hang => "hang".to_owned(),
            Self::Drip => "drip".to_owned(),
            Self::Status(status) => format!("status:{status}"),
            Self::Html => "html".to_owned(),
            Self::HalfBody => "half_body".to_owned(),
            Self::OtherPatient => "other_patient".to_owned(),
            Self::OtherPerson => "other_person".to_owned(),
            Self::EmptyWithoutSelf => "empty_without_self".to_owned(),
            Self::Reset => "reset".to_owned(),
            Self::BigBody => "big_body".to_owned(),
            Self::EndlessNext => "endless_next".to_owned(),
        }
    }
}

/// The switch and the counter of one source.
#[derive(Debug, Default)]
pub(super) struct Control {
    fault: Mutex<Fault>,
    latency_ms: AtomicU64,
    requests: AtomicU64,
}

impl Control {
    pub(super) fn fault(&self) -> Fault {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Counts one request and gives how long every answer waits.
    pub(super) fn received(&self) -> Duration {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Duration::from_millis(self.latency_ms.load(Ordering::Relaxed))
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

/// The switches of all four sources; clones switch the same sources.
#[derive(Clone, Debug)]
pub struct Faults {
    pub(super) controls: BTreeMap<SourceName, Arc<Control>>,
}

impl Faults {
    /// Makes `source` misbehave from its next request on.
    pub fn set(&self, source: SourceName, fault: Fault) {
        if let Some(control) = self.controls.get(&source) {
            control.set(fault);
        }
    }

    /// Makes all sources misbehave in the same way, or none with [`Fault::None`].
    pub fn set_all(&self, fault: Fault) {
        for control in self.controls.values() {
            control.set(fault);
        }
    }

    /// How `source` misbehaves now.
    #[must_use]
    pub fn get(&self, source: SourceName) -> Fault {
        self.controls
            .get(&source)
            .map_or(Fault::None, |control| control.fault())
    }

    /// Makes every answer of `source` wait, on top of any fault.
    pub fn set_latency(&self, source: SourceName, latency: Duration) {
        if let Some(control) = self.controls.get(&source) {
            let milliseconds = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
            control.latency_ms.store(milliseconds, Ordering::Relaxed);
        }
    }

    /// FHIR requests that `source` has received, misbehaving or not.
    #[must_use]
    pub fn requests(&self, source: SourceName) -> u64 {
        self.controls
            .get(&source)
            .map_or(0, |control| control.requests())
    }
}
