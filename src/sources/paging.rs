//! One search to its end: page after page as the links say, at the same origin, up to a limit and a
//! deadline.

use std::collections::BTreeSet;

use reqwest::header::HeaderValue;
use tokio::time::Instant;

use super::{
    Error,
    ahead::Ahead,
    http::{Allowance, Call, Remote, Reply},
    link::{self, Asked, Next, Proof},
};
use crate::{domain::record::Records, fhir::Page};

/// No chain has more pages than this, however small they are.
const PAGES: usize = 200;
/// A chain that brings nothing new for so many pages is not followed further.
const IDLE_PAGES: usize = 3;

/// What bounds a search.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    /// Bytes, shared with the source's other searches.
    pub(super) allowance: &'a Allowance,
    /// Resources after which no further page is asked for.
    pub(super) resources: usize,
    /// When the answer is due.
    pub(super) until: Instant,
}

/// What a search brought.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// Everything, in the order it came.
    pub(super) records: Records,
    /// Whether the source has more.
    pub(super) has_more: bool,
    /// Whether the source does not know the resource type.
    pub(super) not_supported: Option<u16>,
    /// What went wrong after the first page.
    pub(super) failure: Option<Error>,
    /// What the first page's self link shows.
    pub(super) proof: Option<Proof>,
    /// What was refused.
    pub(super) refusals: Vec<String>,
    /// Whether the answer is still the one whose tag was shown: then there is nothing here.
    pub(super) unchanged: bool,
    /// The strong tag of an answer of one page.
    pub(super) tag: Option<HeaderValue>,
    /// Names of what came.
    known: BTreeSet<String>,
    /// Pages in a row that brought nothing new.
    idle: usize,
}

impl Chain {
    /// Whether the first page said of itself exactly what was asked, and nothing speaks against
    /// its being the whole answer.
    pub(super) fn is_proven(&self) -> bool {
        self.proof == Some(Proof::Names) && !self.has_more && self.failure.is_none()
    }

    /// The page of a reply; `None` where the chain ends without one.
    ///
    /// # Errors
    /// Where the first page did not come; of a later one the failure is kept.
    fn read(&mut self, reply: Result<Reply, Error>, is_first: bool) -> Result<Option<Page>, Error> {
        match reply {
            Ok(Reply::Page(page, tag)) => {
                self.tag = tag.filter(|_| is_first && page.next_link.is_none());
                return Ok(Some(page));
            }
            Ok(Reply::Unchanged) => self.unchanged = true,
            Ok(Reply::NotSupported(status)) if is_first => self.not_supported = Some(status),
            Ok(Reply::NotSupported(status)) => self.failure = Some(Error::Refused(status)),
            Err(error) if is_first => return Err(error),
            Err(error) => self.failure = Some(error),
        }
        Ok(None)
    }

    fn add(&mut self, records: Records, issues: &[String]) {
        // A server that ignored, refused or cut off part of the search says so beside its answer.
        self.has_more |= issues.iter().any(|issue| is_against_wholeness(issue));
        let before = self.known.len();
        self.known
            .extend(records.records.iter().map(|record| record.resource.clone()));
        if self.known.len() == before {
            // A page that repeats what came before, as a chain going round does, adds nothing.
            self.idle += 1;
            return;
        }
        self.idle = 0;
        self.records.records.extend(records.records);
        self.records.statements.extend(records.statements);
    }

    fn broken(mut self, failure: Error) -> Self {
        self.failure = Some(failure);
        self
    }
}

/// Follows a search. Resources without an id are numbered from `first_number`.
///
/// # Errors
/// Where not even the first page came; what goes wrong later is in [`Chain::failure`].
pub(super) async fn follow(
    remote: &Remote,
    first: Call,
    asked: Asked<'_>,
    bounds: Bounds<'_>,
    first_number: usize,
) -> Result<Chain, Error> {
    let mut chain = Chain::default();
    let mut seen = BTreeSet::new();
    let mut total = None;
    let mut ahead = Ahead::new(remote, bounds);
    let mut call = first;
    for number in 0..PAGES {
        let next_number = first_number + chain.records.records.len();
        let reply = ahead.page(&call, next_number).await;
        let Some(page) = chain.read(reply, number == 0)? else {
            return Ok(chain);
        };
        let proof = link::proof(page.self_link.as_deref(), remote.base(), asked);
        if number == 0 {
            chain.proof = Some(proof);
            total = page.total;
        } else if proof == Proof::Other {
            // Later pages may name themselves by a token, but never another patient.
            return Ok(chain.broken(Error::AnotherPatient));
        }
        chain.add(page.records, &page.issues);
        let Some(next) = page.next_link else {
            let came = u64::try_from(chain.records.records.len()).unwrap_or(u64::MAX);
            chain.has_more |= total.is_some_and(|total| total > came);
            return Ok(chain);
        };
        if chain.records.records.len() >= bounds.resources || chain.idle >= IDLE_PAGES {
            break;
        }
        // A server that did not ask about the patient would send everybody's.
        if matches!(asked, Asked::About(_))
            && matches!(proof, Proof::Lacks | Proof::Other)
            && number == 0
        {
            break;
        }
        match link::next(&next, remote.base()) {
            Next::At(url) if seen.insert(url.to_string()) => {
                if number == 0 {
                    ahead.plan(&url, chain.records.records.len(), total, first_number);
                }
                call = Call::Get(url);
            }
            Next::At(_) => break,
            Next::Elsewhere => {
                chain
                    .refusals
                    .push("a next link to another host was not followed".to_owned());
                break;
            }
        }
    }
    chain.has_more = true;
    Ok(chain)
}

fn is_against_wholeness(issue: &str) -> bool {
    !issue.starts_with("information") && !issue.starts_with("success")
}
