//! Which of a node's two ledgers writes an entry. The first, as long as it takes it in time; where
//! it does not, the second, within the same time again. What was given up is not written by the
//! first any more; what it was just committing may stand in both, and a grant that was given up so
//! gets its end there at once. Where there is no second ledger nothing of this happens.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    Appended, Error, Ledger, UNHURRIED,
    erase::{Erased, Erasing},
    fits::was_there,
    ring::RootSecrets,
    second::Second,
    syslog::{NotReceived, Receiver},
    writer::{Command, Job},
};
use crate::domain::{
    access::{GrantId, NodeId},
    event::{Draft, Event},
};

/// How the second ledger is to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// It is open.
    There,
    /// It is not there, or cannot be opened; it is tried again.
    Away,
    /// It is there, and the two are not what each says of the other: entries are lost. It is not
    /// written to before somebody has accepted that.
    Apart,
}

/// One draft for either ledger.
struct Carried(Arc<Draft>);

impl Carried {
    fn new(draft: Draft) -> Self {
        Self(Arc::new(draft))
    }

    /// The draft as this ledger takes it: a grant is started at home.
    fn at(&self, home: &NodeId) -> Arc<Draft> {
        let Event::GrantStarted(grant) = &self.0.event else {
            return Arc::clone(&self.0);
        };
        if grant.id.home().as_ref() == Some(home) {
            return Arc::clone(&self.0);
        }
        let mut grant = grant.clone();
        grant.id = grant.id.at(home);
        Arc::new(Draft {
            event: Event::GrantStarted(grant),
            ..Draft::clone(&self.0)
        })
    }
}

impl Ledger {
    pub(super) async fn append_within(
        &self,
        draft: Draft,
        span: Duration,
    ) -> Result<Appended, Error> {
        let Some(second) = self.inner.second.as_ref().and_then(Second::get) else {
            return self.append_here(draft, span).await;
        };
        if matches!(draft.event, Event::GrantEnded { .. }) {
            self.end_on_one(second, draft, span).await
        } else if matches!(draft.event, Event::Replayed { .. }) {
            // It names a place of this ledger.
            self.append_here(draft, span).await
        } else {
            self.append_on_one(second, draft, span).await
        }
    }

    /// On the ledger that names this place of it: what is said of an entry stands with it.
    ///
    /// # Errors
    /// As [`Self::append`]; [`Error::CannotRecord`] where this node has no such ledger.
    pub async fn append_at(&self, node: &NodeId, draft: Draft) -> Result<Appended, Error> {
        let part = self.named(node).ok_or(Error::CannotRecord)?;
        part.append_here(draft, self.inner.settings.commit_deadline)
            .await
    }

    async fn append_on_one(
        &self,
        second: &Self,
        draft: Draft,
        span: Duration,
    ) -> Result<Appended, Error> {
        let carried = Carried::new(draft);
        let (one, other) = self.by_readiness(second);
        match one.try_append(&carried, one.first_try(other, span)).await {
            Err(Error::CannotRecord) => other.try_append(&carried, span).await,
            answer => answer,
        }
    }

    /// The end of a grant goes to its home. Where that cannot be written the other ledger says that
    /// the grant is stopped, and its home writes the end later.
    async fn end_on_one(
        &self,
        second: &Self,
        draft: Draft,
        span: Duration,
    ) -> Result<Appended, Error> {
        let Event::GrantEnded { grant, end } = &draft.event else {
            return Err(Error::CannotRecord);
        };
        let event = Event::GrantStopped {
            grant: grant.clone(),
            end: *end,
        };
        let (home, away) = if grant.home() == Some(second.own_name()) {
            (second, self)
        } else {
            (self, second)
        };
        let stop = Draft {
            event,
            ..draft.clone()
        };
        let is_home_first = home.inner.shared.is_ready() || !away.inner.shared.is_ready();
        let mut tries = [(home, draft), (away, stop)];
        if !is_home_first {
            tries.reverse();
        }
        let [(one, first_try), (other, then)] = tries;
        match one.append_here(first_try, one.first_try(other, span)).await {
            Err(Error::CannotRecord) => other.append_here(then, span).await,
            answer => answer,
        }
    }

    /// How long this one may take before the other is asked: where that cannot take over, all there
    /// is.
    fn first_try(&self, other: &Self, span: Duration) -> Duration {
        if other.inner.shared.is_ready() {
            span.min(self.inner.settings.commit_deadline)
        } else {
            span
        }
    }

    fn by_readiness<'a>(&'a self, second: &'a Self) -> (&'a Self, &'a Self) {
        if !self.inner.shared.is_ready() && second.inner.shared.is_ready() {
            (second, self)
        } else {
            (self, second)
        }
    }

    /// On this ledger alone. What nobody waits for any more may be written late.
    pub(super) async fn append_here(
        &self,
        draft: Draft,
        span: Duration,
    ) -> Result<Appended, Error> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.hand_over(Job::new(draft, reply))?;
        if let Ok(Ok(answer)) = tokio::time::timeout(span, answer).await {
            return answer;
        }
        Err(self.refused())
    }

    /// On this ledger alone. What is not answered in time is given up: it is not written here any
    /// more unless it is just being committed.
    async fn try_append(&self, carried: &Carried, span: Duration) -> Result<Appended, Error> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let given_up = Arc::new(AtomicBool::new(false));
        let draft = carried.at(&self.inner.settings.node);
        self.hand_over(Job::to_be_given_up(draft, Arc::clone(&given_up), reply))?;
        if let Ok(Ok(answer)) = tokio::time::timeout(span, answer).await {
            return answer;
        }
        given_up.store(true, Ordering::Release);
        Err(self.refused())
    }

    fn hand_over(&self, job: Job) -> Result<(), Error> {
        let command = Command::Append(Box::new(job));
        self.inner
            .queue
            .try_send(command)
            .map_err(|_| self.refused())
    }

    /// Nothing is written in time: whoever is sent here meanwhile would be refused too.
    fn refused(&self) -> Error {
        self.inner.shared.set_ready(false);
        Error::CannotRecord
    }

    /// The second ledger, once it is there: a whole ledger of its own.
    #[must_use]
    pub fn second(&self) -> Option<Self> {
        self.inner.second.as_ref().and_then(Second::get).cloned()
    }

    /// Which of the two ledgers of this node cannot be written now, in words for an operator.
    /// `None` where both can, and where there is no second one.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let second = self.inner.second.as_ref()?;
        let is_first = self.inner.shared.is_ready();
        let trouble = match second.get() {
            None => format!(
                "the second ledger is not there: {}",
                second
                    .trouble()
                    .map_or_else(String::new, |trouble| trouble.why)
            ),
            Some(part) => match (is_first, part.inner.shared.is_ready()) {
                (true, true) => return None,
                (true, false) => "the second ledger cannot be written".to_owned(),
                (false, true) => {
                    "the first ledger cannot be written, the second has taken over".to_owned()
                }
                (false, false) => "neither ledger can be written".to_owned(),
            },
        };
        Some(trouble)
    }

    /// How the second ledger is to this node; `None` where none is configured and none is missing.
    #[must_use]
    pub fn pairing(&self) -> Option<Pairing> {
        let Some(second) = &self.inner.second else {
            let missing = self.unread();
            let is_missing = missing.iter().any(|unread| unread.given_up.is_none());
            return is_missing.then_some(Pairing::Away);
        };
        Some(match (second.get(), second.trouble()) {
            (Some(_), _) => Pairing::There,
            (None, Some(trouble)) if trouble.is_apart => Pairing::Apart,
            (None, _) => Pairing::Away,
        })
    }

    /// Whether the first ledger alone can be written in time.
    #[must_use]
    pub fn is_first_ready(&self) -> bool {
        self.inner.shared.is_ready()
    }

    /// Says to who watches which of two ledgers can be written; nothing where there is one.
    pub fn measure(&self) {
        let Some(second) = &self.inner.second else {
            return;
        };
        self.inner.shared.measure();
        match second.get() {
            Some(part) => part.inner.shared.measure(),
            None => metrics::gauge!("ledger_second_ready").set(0.0),
        }
    }

    /// Whether one of this node's ledgers is the home of a grant.
    #[must_use]
    pub fn is_home_of(&self, grant: &GrantId) -> bool {
        grant.home().is_some_and(|home| self.named(&home).is_some())
    }

    /// The ledger of this name.
    pub(super) fn named(&self, node: &NodeId) -> Option<&Self> {
        let second = self.inner.second.as_ref().and_then(Second::get);
        std::iter::once(self)
            .chain(second)
            .find(|part| part.inner.settings.node == *node)
    }

    /// Each ledger of this node.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where there should be another one that is not there and was not given
    /// up: what is done to one of them alone would be done by half.
    pub(super) fn parts(&self) -> Result<Vec<Self>, Error> {
        let mut parts = vec![self.clone()];
        if let Some(second) = &self.inner.second {
            parts.push(second.whole()?.clone());
        }
        let mut missing = self.unread().into_iter();
        match missing.find(|unread| unread.given_up.is_none()) {
            Some(unread) => Err(Error::CannotRead(unread.why)),
            None if self.inner.second.is_none() && was_there(&self.inner.settings.folder) => Err(
                Error::CannotRead("there was a second ledger, and none is configured".to_owned()),
            ),
            None => Ok(parts),
        }
    }

    fn own_name(&self) -> NodeId {
        self.inner.settings.node.clone()
    }

    /// Erases keys, each after the entry that names it.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::CannotRead`]: what was erased until then stays erased and
    /// has its entry; asking again goes on with the rest.
    pub async fn erase(&self, what: Erasing) -> Result<Erased, Error> {
        let mut done = Erased {
            keys: 0,
            is_scrubbed: true,
        };
        for part in self.parts()? {
            let erased = part.erase_here(what.clone()).await?;
            done.keys += erased.keys;
            done.is_scrubbed &= erased.is_scrubbed;
        }
        Ok(done)
    }

    /// Goes on with these key-encryption keys and wraps every key under the newest; the entry says
    /// how many. Entries go on being written meanwhile.
    ///
    /// # Errors
    /// [`Error::CannotOpen`] where they do not open what is there: nothing is changed then.
    /// [`Error::CannotRecord`].
    pub async fn rewrap(&self, secrets: RootSecrets) -> Result<usize, Error> {
        let mut keys = 0;
        for part in self.parts()? {
            keys += part.rewrap_here(secrets.clone()).await?;
        }
        Ok(keys)
    }

    /// Sends the entries after the last one that was received, at most so many as one connection
    /// takes, in their order; how many were received. 0: there are no more.
    ///
    /// # Errors
    /// [`NotReceived`]: all of them will be sent again.
    pub async fn send_to(&self, receiver: &Receiver) -> Result<usize, NotReceived> {
        let first = self.send_here(receiver).await;
        // The entries of a takeover are sent also where the first cannot be read.
        let second = match self.second() {
            Some(second) => second.send_here(receiver).await,
            None => Ok(0),
        };
        Ok(first? + second?)
    }

    /// As [`Self::append`], for what no patient waits for (starting, administration): a slow disk
    /// is waited for, since an entry of a change that was then not made would say what is not so.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub async fn append_unhurried(&self, draft: Draft) -> Result<Appended, Error> {
        self.append_within(draft, UNHURRIED).await
    }
}
