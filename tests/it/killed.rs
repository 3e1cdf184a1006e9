//! `kill -9` at random moments under load.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    time::{Duration, Instant},
};

use emergency_summary::cli::demo::Guide;
use futures_util::future::join_all;
use rustix::process::Signal;

use crate::{
    binary::{Server, address, sign_in},
    browser::Browser,
    process::{VIEWERS, entries, open_grants, receipt, verified, view},
};

/// How often the server is killed; `KILLS` says otherwise.
const KILLS: usize = 30;
/// Looks of each browser at once.
const LOOKS: usize = 3;

/// Numbers between 0 and 1 from a seed that is printed: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((z ^ (z >> 31)) >> 32).expect("32 bits");
        f64::from(high) / f64::from(u32::MAX)
    }
}

#[expect(clippy::disallowed_methods, reason = "how the script asks for more")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[actix_web::test]
async fn killed_at_any_moment_it_has_an_entry_of_every_page_and_one_end_of_every_grant() {
    let kills = setting("KILLS").map_or(KILLS, |kills| usize::try_from(kills).expect("a count"));
    let seed = setting("SEED").unwrap_or_else(|| {
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
        now.as_secs()
    });
    println!("SEED={seed}");
    let mut chance = Chance(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, guide) = Server::demo(folder.path());
    let browsers: Vec<Browser> = VIEWERS.map(|_| Browser::new(address(&guide))).into();
    for (browser, name) in browsers.iter().zip(VIEWERS) {
        let account = guide
            .accounts
            .iter()
            .find(|account| account.account == name);
        sign_in(browser, account.expect("an account")).await;
    }
    let mut received = BTreeSet::new();
    let mut starts = Vec::new();
    for kill in 0..kills {
        // Mostly while much is going on, now and then at once.
        let after = Duration::from_secs_f64(chance.next() * chance.next() * 1.2);
        received.extend(viewed_until(server, &browsers, &guide, kill, after).await);
        let begun = Instant::now();
        let (restarted, again) = Server::demo(folder.path());
        for browser in &browsers {
            browser.moved_to(address(&again));
        }
        browsers[0].get("/health/ready").await.is(200);
        starts.push(begun.elapsed());
        server = restarted;
        let (code, said) = verified(folder.path());
        assert_eq!(code, 0, "after kill {kill}: {said}");
    }
    let left = open_grants(folder.path());
    assert!(left.is_empty(), "open after the restart: {left:?}");
    let entries = entries(folder.path());
    let recorded: BTreeSet<&str> = entries
        .iter()
        .filter(|entry| entry["event"] == "viewed")
        .filter_map(|entry| entry["receipt"].as_str())
        .collect();
    for receipt in &received {
        assert!(recorded.contains(receipt.as_str()), "{receipt} was shown");
    }
    starts.sort();
    println!(
        "{kills} kills, {} pages received, {} entries; ready again after {:?} (median), {:?} (longest)",
        received.len(),
        entries.len(),
        starts[starts.len() / 2],
        starts[starts.len() - 1]
    );
    assert!(received.len() >= kills / 2, "{} pages only", received.len());
    // What is measured is an optimised build on a machine that does nothing else.
    if setting("KILLS").is_some() && !cfg!(debug_assertions) {
        assert!(
            starts[starts.len() - 1] < Duration::from_secs(1),
            "{starts:?}"
        );
    }
    let (status, complaint) = server.signal(Signal::TERM);
    assert_eq!(status.code(), Some(0), "{complaint}");
}

/// Everybody searches, breaks the glass and looks, several at once, until the server is killed;
/// the receipts of all pages that arrived.
async fn viewed_until(
    server: Server,
    browsers: &[Browser],
    guide: &Guide,
    round: usize,
    after: Duration,
) -> BTreeSet<String> {
    let received = RefCell::new(BTreeSet::new());
    let looking = join_all(browsers.iter().enumerate().map(|(nth, browser)| {
        let received = &received;
        async move {
            for patient in guide.patients.iter().cycle().skip(round + nth * 5) {
                let Some(seen) = view(browser, patient).await else {
                    return;
                };
                let Some((path, receipt_of_first)) = seen else {
                    continue;
                };
                received.borrow_mut().insert(receipt_of_first);
                let again = join_all((0..LOOKS).map(|_| browser.try_get(&path))).await;
                for page in again.iter().flatten().filter(|page| page.status == 200) {
                    received.borrow_mut().insert(receipt(page));
                }
            }
        }
    }));
    let killing = async {
        tokio::time::sleep(after).await;
        server.kill();
    };
    futures_util::future::join(looking, killing).await;
    received.into_inner()
}
