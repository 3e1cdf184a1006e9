//! Two ledgers under random orders of looks, faults of either, restarts and deaths.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Start(u8),
    View(usize),
    End(usize, End),
    Renew(usize),
    /// Every write of the first, or of the second, fails from now on, or does not any more.
    Fail(bool, bool),
    /// The first, or the second, stands still in the middle of the next transaction.
    Stand(bool),
    /// What stood still goes on.
    GoOn,
    Restart,
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    let ends = prop::sample::select(End::ALL.to_vec());
    prop_oneof![
        5 => (0..3_u8).prop_map(Step::Start),
        6 => any::<usize>().prop_map(Step::View),
        4 => (any::<usize>(), ends).prop_map(|(n, end)| Step::End(n, end)),
        2 => any::<usize>().prop_map(Step::Renew),
        4 => (any::<bool>(), any::<bool>()).prop_map(|(of, to)| Step::Fail(of, to)),
        1 => any::<bool>().prop_map(Step::Stand),
        2 => Just(Step::GoOn),
        1 => Just(Step::Restart),
        1 => Just(Step::Kill),
    ]
}

/// Two ledgers, and what was answered.
struct Play {
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
    gate: Arc<Gate>,
    standing: Vec<mpsc::Sender<()>>,
    seed: u16,
    ledger: Option<Ledger>,
    grants: Vec<Grant>,
    /// The ends that were answered.
    ended: BTreeMap<GrantId, End>,
    receipts: BTreeSet<String>,
}

impl Play {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let mut play = Self {
            runtime: { runtime }.enable_time().build().unwrap(),
            folder: tempfile::tempdir().unwrap(),
            gate: Arc::default(),
            standing: Vec::new(),
            seed: 0,
            ledger: None,
            grants: Vec::new(),
            ended: BTreeMap::new(),
            receipts: BTreeSet::new(),
        };
        play.open();
        play
    }

    fn open(&mut self) {
        self.seed += 1;
        let deadline = Duration::from_millis(60);
        let opened = open_gated(self.folder.path(), self.seed, deadline, &self.gate);
        assert!(opened.second().is_some());
        assert_eq!(opened.all_open_grants(), [], "a restart ends them");
        self.ledger = Some(opened);
    }

    fn ledger(&self) -> Ledger {
        self.ledger.clone().unwrap()
    }

    fn part(&self, is_second: bool) -> Ledger {
        let ledger = self.ledger();
        if is_second {
            ledger.second().unwrap()
        } else {
            ledger
        }
    }

    fn chosen(&self, n: usize) -> Option<Grant> {
        let at = n.checked_rem(self.grants.len())?;
        self.grants.get(at).cloned()
    }

    fn start(&mut self, grant: Grant) {
        let ledger = self.ledger();
        if let Ok(appended) = self.runtime.block_on(ledger.append(start(&grant))) {
            let id = grant.id.at(&appended.node);
            if let Some(old) = &grant.renews {
                assert!(!self.ended.contains_key(old), "it was over");
                self.ended.insert(old.clone(), End::Renewed);
            }
            self.receipts.extend(appended.receipt);
            self.grants.push(Grant { id, ..grant });
        }
    }

    fn take(&mut self, step: Step) {
        let ledger = self.ledger();
        match step {
            Step::Start(patient) => {
                let grant = grant(&ledger, &format!("{patient}7"));
                self.start(grant);
            }
            Step::View(n) => {
                let Some(grant) = self.chosen(n) else { return };
                let looked = self.runtime.block_on(ledger.append(view(&grant.id, "{}")));
                if let Ok(looked) = looked {
                    assert!(!self.ended.contains_key(&grant.id), "it was over");
                    self.receipts.extend(looked.receipt);
                }
            }
            Step::End(n, why) => {
                let Some(grant) = self.chosen(n) else { return };
                let ended = self.runtime.block_on(ledger.append(end(&grant.id, why)));
                if ended.is_ok() {
                    let before = self.ended.insert(grant.id.clone(), why);
                    assert_eq!(before, None, "it has one end");
                    assert_eq!(ledger.grant(&grant.id), None);
                }
            }
            Step::Renew(n) => {
                let Some(old) = self.chosen(n) else { return };
                let renews = Some(old.id.clone());
                let id = ledger.new_grant_id();
                self.start(Grant { id, renews, ..old });
            }
            Step::Fail(is_second, is_failing) => {
                if self.standing.is_empty() {
                    fail(&self.part(is_second), is_failing);
                }
            }
            Step::Stand(is_second) => {
                if self.standing.is_empty() {
                    let standing = self.gate.stand_in(&self.part(is_second));
                    self.standing.push(standing);
                }
            }
            Step::GoOn => self.go_on(),
            Step::Restart => {
                self.go_on();
                drop(ledger);
                self.ledger = None;
                self.over_by_restart();
                self.open();
            }
            Step::Kill => self.die(),
        }
    }

    fn go_on(&mut self) {
        self.standing.clear();
        *self.gate.of.lock().unwrap() = None;
    }

    fn over_by_restart(&mut self) {
        self.grants.clear();
    }

    /// What a killed process leaves: the files as they stand, both writers between two calls.
    fn die(&mut self) {
        self.go_on();
        let both = [self.part(false), self.part(true)];
        let still = both.each_ref().map(stall);
        let left = tempfile::tempdir().unwrap();
        for part in ["first", "second"] {
            let (from, to) = (self.folder.path().join(part), left.path().join(part));
            std::fs::create_dir(&to).unwrap();
            for file in std::fs::read_dir(from).unwrap() {
                let file = file.unwrap();
                let name = file.file_name();
                if name == "reserve" || name.to_string_lossy().ends_with("-shm") {
                    continue;
                }
                match std::fs::copy(file.path(), to.join(name)) {
                    Ok(_) => {}
                    // What signs goes on, and puts each file in the place of another.
                    Err(gone) if gone.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
        drop(still);
        drop(both);
        self.ledger = None;
        self.folder = left;
        self.over_by_restart();
        self.open();
    }

    /// Both files say what was answered: every page its entry, every grant one end.
    fn stands_written(mut self) {
        self.go_on();
        self.ledger = None;
        // Once more: what could not be written at the end is written at the next start.
        self.open();
        self.ledger = None;
        verified(self.folder.path());
        let mut ends: BTreeMap<GrantId, Vec<String>> = BTreeMap::new();
        let (mut started, mut receipts) = (Vec::new(), BTreeSet::new());
        for entry in ["first", "second"]
            .iter()
            .flat_map(|name| entries(self.folder.path(), name))
        {
            receipts.extend(entry.receipt);
            if entry.event == "grant_started" {
                started.extend(entry.grant);
            } else if entry.event == "grant_ended" {
                let end = entry.fields["end"].as_str().unwrap().to_owned();
                ends.entry(entry.grant.unwrap()).or_default().push(end);
            }
        }
        assert!(
            self.receipts.is_subset(&receipts),
            "every page has its entry"
        );
        for grant in &started {
            let ends = ends.get(grant).map_or(&[][..], Vec::as_slice);
            assert_eq!(ends.len(), 1, "{grant}: {ends:?}");
            if let Some(answered) = self.ended.get(grant) {
                assert_eq!(ends[0], answered.word(), "{grant}");
            }
        }
        assert_eq!(ends.len(), started.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_page_has_its_entry_and_every_grant_one_end_whatever_fails(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut play = Play::new();
        for step in steps {
            play.take(step);
        }
        play.stands_written();
    }
}
