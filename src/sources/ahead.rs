//! Asks for the later pages of a search together, where it is known where they must be.
//!
//! That is so only where a server numbers pages by the place of their first resource: the link to
//! the second page then tells the others'. A page asked ahead is taken only where the page before it
//! links to exactly its address, so that what is read is, page for page, what following the links
//! one by one reads; a guess that was wrong is thrown away. A link that holds a token instead says
//! nothing about the page after: those are followed one by one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use futures_util::{
    future::{BoxFuture, FutureExt as _},
    stream::{FuturesUnordered, StreamExt as _},
};
use reqwest::Url;

use super::{
    Error,
    http::{Call, Remote, Reply},
    paging::Bounds,
};

/// Pages asked for at once.
const AT_ONCE: usize = 4;
/// Pages asked ahead in one search.
const MOST: usize = 100;
/// Resources without an id are numbered apart for each page asked ahead: how many came before is
/// not yet known.
const NUMBERS_PER_PAGE: usize = 5_000;
/// What servers call the place of a page's first resource.
const OFFSETS: [&str; 3] = ["_offset", "offset", "_getpagesoffset"];

type Came = Result<Reply, Error>;

/// The pages of one search that were asked for ahead.
pub(super) struct Ahead<'a> {
    remote: &'a Remote,
    bounds: Bounds<'a>,
    waiting: VecDeque<(Url, usize)>,
    running: FuturesUnordered<BoxFuture<'a, (Url, Came)>>,
    came: BTreeMap<Url, Came>,
    asked: BTreeSet<Url>,
}

impl<'a> Ahead<'a> {
    /// None so far.
    pub(super) fn new(remote: &'a Remote, bounds: Bounds<'a>) -> Self {
        Self {
            remote,
            bounds,
            waiting: VecDeque::new(),
            running: FuturesUnordered::new(),
            came: BTreeMap::new(),
            asked: BTreeSet::new(),
        }
    }

    /// Asks for all pages from `second` on, where the first had `length` of `total` resources and
    /// that tells where they are.
    pub(super) fn plan(&mut self, second: &Url, length: usize, total: Option<u64>, first: usize) {
        let total = total.and_then(|total| usize::try_from(total).ok());
        let all = total.unwrap_or_default().min(self.bounds.resources);
        let pages = places(second, length, all);
        // One page alone is not asked for any sooner.
        if pages.len() < 2 {
            return;
        }
        for (number, page) in (1..).zip(pages) {
            self.asked.insert(page.clone());
            self.waiting
                .push_back((page, first + number * NUMBERS_PER_PAGE));
        }
    }

    /// One page, asked for ahead or now. Its resources without an id are numbered from
    /// `first_number` where it is asked for now.
    ///
    /// # Errors
    /// See [`Error`].
    pub(super) async fn page(&mut self, call: &Call, first_number: usize) -> Came {
        if let Call::Get(url) = call
            && let Some(came) = self.take(url).await
        {
            return came;
        }
        let (remote, bounds) = (self.remote, self.bounds);
        remote
            .ask(call, bounds.allowance, first_number, bounds.until)
            .await
    }

    async fn take(&mut self, url: &Url) -> Option<Came> {
        if !self.asked.remove(url) {
            return None;
        }
        loop {
            if let Some(came) = self.came.remove(url) {
                return Some(came);
            }
            self.ask();
            let (page, came) = self.running.next().await?;
            self.came.insert(page, came);
        }
    }

    fn ask(&mut self) {
        while self.running.len() < AT_ONCE
            && let Some((url, first_number)) = self.waiting.pop_front()
        {
            let (remote, bounds) = (self.remote, self.bounds);
            let asked = async move {
                let call = Call::Get(url.clone());
                let came = remote
                    .ask(&call, bounds.allowance, first_number, bounds.until)
                    .await;
                (url, came)
            };
            self.running.push(asked.boxed());
        }
    }
}

/// Where the pages from `second` on are, if pages have `length` resources each and `second` is
/// numbered by its first one.
fn places(second: &Url, length: usize, all: usize) -> Vec<Url> {
    let mut offsets = second
        .query_pairs()
        .filter(|(name, _)| OFFSETS.contains(&name.as_ref()));
    let (Some((name, value)), None) = (offsets.next(), offsets.next()) else {
        return Vec::new();
    };
    if length == 0 || value.parse() != Ok(length) {
        return Vec::new();
    }
    (1..=MOST)
        .map(|page| page * length)
        .take_while(|offset| *offset < all)
        .map(|offset| with(second, &name, offset))
        .collect()
}

/// `url` with another value of one of its parameters, everything else byte for byte.
fn with(url: &Url, name: &str, offset: usize) -> Url {
    let query: Vec<String> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((own, _)) if own == name => format!("{own}={offset}"),
            Some(_) | None => pair.to_owned(),
        })
        .collect();
    let mut url = url.clone();
    url.set_query(Some(&query.join("&")));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_numbered_by_its_first_resource_tells_where_the_others_are() {
        let at = |link: &str, length, all| {
            let url = Url::parse("http://h/fhir/").unwrap().join(link).unwrap();
            let queries = places(&url, length, all).into_iter().map(|page| {
                let query = page.query().unwrap_or_default();
                query.to_owned()
            });
            queries.collect::<Vec<_>>()
        };
        assert_eq!(
            at("Observation?patient=7&_offset=10&_count=10", 10, 31),
            [
                "patient=7&_offset=10&_count=10",
                "patient=7&_offset=20&_count=10",
                "patient=7&_offset=30&_count=10"
            ]
        );
        assert_eq!(
            at("?_getpages=a%20b&_getpagesoffset=2&_count=2", 2, 4),
            ["_getpages=a%20b&_getpagesoffset=2&_count=2"]
        );
        for (link, length, all) in [
            ("Observation?page=2", 2, 100),
            ("Observation?_getpages=opaque", 10, 100),
            ("Observation?_offset=11", 10, 100),
            ("Observation?_offset=ten", 10, 100),
            ("Observation?_offset=10&_offset=10", 10, 100),
            ("Observation?_offset=10&offset=10", 10, 100),
            ("Observation?_offset=0", 0, 100),
            ("Observation?_offset=10", 10, 0),
        ] {
            assert!(at(link, length, all).is_empty(), "{link}");
        }
        assert_eq!(at("?_offset=1", 1, usize::MAX).len(), MOST);
    }
}
