//! The disk of the real program fails: refusals without clinical data, no page without its entry,
//! and right again without a restart.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

use emergency_summary::cli::demo::{Guide, GuidePatient};

use crate::{
    app::{break_glass, open, search},
    binary::{Server, address, sign_in},
    browser::{Browser, Page},
    process::{entries, receipt, verified},
};

#[path = "../shim/disk.rs"]
pub(crate) mod shim;

use shim::{BROKEN, Disk, FULL, How, READ_ONLY};

/// A running demo on a disk that obeys, and a physician at work.
struct Ward {
    disk: Disk,
    _server: Server,
    guide: Guide,
    browser: Browser,
    /// An open grant's summary.
    path: String,
    /// The receipts of all pages that arrived, and how many searches were answered.
    receipts: BTreeSet<String>,
    searches: usize,
}

impl Ward {
    async fn start(folder: &Path, files: Option<&str>) -> Self {
        std::fs::create_dir(folder).expect("a folder");
        let disk = Disk::beside(folder);
        let (server, guide) = Server::demo_as(folder, |program| {
            disk.before(program);
            program.envs(files.map(|files| ("DISK_FILES", files)));
        });
        let browser = Browser::new(address(&guide));
        sign_in(&browser, &guide.accounts[0]).await;
        let path = open(&browser, &guide.patients[0]).await;
        Self {
            disk,
            _server: server,
            guide,
            browser,
            path,
            receipts: BTreeSet::new(),
            searches: 1,
        }
    }

    /// Another physician goes on, at another terminal: what one of them searches is slowed after
    /// sixty.
    async fn relieved_by(&mut self, account: usize) {
        self.browser = Browser::new(address(&self.guide));
        sign_in(&self.browser, &self.guide.accounts[account]).await;
        self.path = open(&self.browser, &self.guide.patients[0]).await;
        self.searches += 1;
    }

    /// Looks at the open grant's summary: a page whose receipt is kept, or a refusal without
    /// anything of the patient.
    async fn look(&mut self) -> bool {
        let page = self.browser.get(&self.path).await;
        if page.status == 200 {
            assert!(page.body.contains(&self.guide.patients[0].name));
            self.receipts.insert(receipt(&page));
            return true;
        }
        assert_refused(&page, &self.guide.patients[0]);
        false
    }

    /// Whether the summary is there again, without anything done about it: a disk that others use
    /// too may refuse a commit for being late once more.
    async fn is_right_again(&mut self) -> bool {
        let begun = Instant::now();
        while !self.look().await {
            if begun.elapsed() > Duration::from_secs(5) {
                return false;
            }
        }
        true
    }

    async fn is_ready(&self) -> bool {
        self.browser.get("/health/ready").await.status == 200
    }

    async fn until_ready(&self) {
        let begun = Instant::now();
        while !self.is_ready().await {
            assert!(begun.elapsed() < Duration::from_secs(30), "ready again");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Search, glass, summary, end of another patient, as far as they are not refused.
    async fn whole_round(&mut self, patient: &GuidePatient) {
        let home = self.browser.get("/").await.is(200);
        assert!(!home.body.is_empty());
        let hit = search(&self.browser, patient).await;
        if hit.status != 200 {
            return assert_refused(&hit, patient);
        }
        self.searches += 1;
        if hit.attributes("form#glass", "id").is_empty() {
            return;
        }
        let mut opened = break_glass(&self.browser, &hit, "1").await;
        if opened.status == 200 {
            // Too many in a row are asked for once more.
            opened = break_glass(&self.browser, &opened, "1").await;
        }
        let Some(path) = opened.location.clone() else {
            // The found patient stays chosen: the search that named him is recorded.
            return assert_nothing_clinical(&opened);
        };
        let page = self.browser.get(&path).await;
        if page.status == 200 {
            self.receipts.insert(receipt(&page));
        } else {
            assert_refused(&page, patient);
        }
    }

    /// Everything that arrived is recorded, and the ledger is right.
    fn assert_recorded(&self) {
        let (code, said) = verified(&self.disk.folder);
        assert_eq!(code, 0, "{said}");
        let entries = entries(&self.disk.folder);
        let of = |event: &'static str| entries.iter().filter(move |entry| entry["event"] == event);
        let recorded: BTreeSet<&str> = of("viewed")
            .filter_map(|entry| entry["receipt"].as_str())
            .collect();
        for receipt in &self.receipts {
            assert!(recorded.contains(receipt.as_str()), "{receipt} was shown");
        }
        assert!(of("searched").count() >= self.searches);
    }
}

/// 503, the facility's own text, and nothing of the patient.
#[track_caller]
fn assert_refused(page: &Page, patient: &GuidePatient) {
    assert_nothing_clinical(page);
    assert!(!page.body.contains(&patient.name), "a refusal names him");
}

/// 503 and the facility's own text, and nothing of any record.
#[track_caller]
fn assert_nothing_clinical(page: &Page) {
    assert_eq!(page.status, 503, "{}", page.body);
    let says = |words: &str| page.body.contains(words);
    assert!(
        says("記録できない") || says("書き込めない"),
        "{}",
        page.body
    );
    for word in ["ペニシリン", "ワルファリン", "ワーファリン"] {
        assert!(!page.body.contains(word), "a refusal holds {word}");
    }
}

#[actix_web::test]
async fn a_full_disk_first_takes_the_reserve_then_refuses_and_then_recovers() {
    let outside = shim::place();
    let mut ward = Ward::start(&outside.path().join("disk"), None).await;
    let reserve = ward.disk.folder.join("reserve");
    assert!(ward.look().await && ward.is_ready().await && reserve.exists());
    ward.disk.room(Some(0));
    // The log's file is as long as it ever was: the first looks may still fit into it.
    for _ in 0..100 {
        assert!(ward.look().await, "the reserve's room is used");
        if !reserve.exists() {
            break;
        }
    }
    assert!(!reserve.exists() && !ward.is_ready().await);
    assert!(ward.look().await);
    ward.disk.room(Some(0));
    let mut refused = 0;
    for _ in 0..100 {
        refused += usize::from(!ward.look().await);
        ward.disk.room(Some(0));
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "without room there is no page");
    assert!(!ward.is_ready().await);
    ward.disk.room(Some(1 << 30));
    ward.until_ready().await;
    assert!(reserve.exists());
    assert!(ward.look().await);
    ward.assert_recorded();
}

#[actix_web::test]
async fn a_disk_that_cannot_be_written_refuses_and_recovers_by_itself() {
    let outside = shim::place();
    let mut ward = Ward::start(&outside.path().join("disk"), Some("ledger.:keys.:reserve")).await;
    for error in [READ_ONLY, BROKEN, FULL] {
        assert!(ward.look().await && ward.is_ready().await);
        ward.disk.fail(1, How::On, error);
        for _ in 0..2 {
            assert!(!ward.look().await, "{error}");
            assert!(!ward.is_ready().await, "{error}");
        }
        ward.whole_round(&ward.guide.patients[1].clone()).await;
        assert!(ward.disk.mend() > 0);
        ward.until_ready().await;
    }
    assert!(ward.look().await);
    ward.assert_recorded();
}

#[actix_web::test]
async fn no_single_failing_call_gives_a_page_without_its_entry() {
    let outside = shim::place();
    let mut ward = Ward::start(&outside.path().join("disk"), Some("ledger.:keys.:reserve")).await;
    let mut patients = ward.guide.patients.clone().into_iter().cycle().skip(1);
    for (how, error) in [
        (How::Once, FULL),
        (How::Once, BROKEN),
        (How::Torn, FULL),
        (How::Short, FULL),
    ] {
        if (how, error) == (How::Once, BROKEN) {
            ward.relieved_by(1).await;
        }
        for nth in 1.. {
            ward.disk.fail(nth, how, error);
            let patient = patients.next().expect("a patient");
            ward.whole_round(&patient).await;
            let failed = ward.disk.mend() > 0;
            assert!(
                ward.is_right_again().await,
                "{how:?} {error} at call {nth}: right again"
            );
            assert!(ward.is_ready().await);
            if !failed {
                println!("{how:?} {error}: {} calls", nth - 1);
                assert!(nth > 10, "only {nth} calls were made to fail");
                break;
            }
        }
        ward.assert_recorded();
    }
}
