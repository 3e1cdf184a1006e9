//! The disk fails, in every way and at every call, under the real files: nothing is recorded by
//! half, nobody is told otherwise, and it works again when the fault is gone.
//!
//! Each test runs itself again in a process of its own, with a disk before it that obeys.

use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    super::{
        Appended, Error, Ledger, Settings,
        testing::{Counting, Still, draft, grant, open_seeded, settings, start, view},
    },
    verified,
};
use crate::domain::{
    access::{End, GrantId},
    event::{Content, Event, Method, View},
    section::{Freshness, Language, Look, SectionName, SourceName, State},
};

#[path = "../../../tests/shim/disk.rs"]
mod shim;

use shim::{BROKEN, Disk, FULL, How, READ_ONLY};

/// The disk, in the process that has one; elsewhere that process is run to its end.
fn disk(test: &str) -> Option<Disk> {
    #[expect(
        clippy::disallowed_methods,
        reason = "what the test told its other process"
    )]
    let here = |name| std::env::var_os(name).map(PathBuf::from);
    if let (Some(orders), Some(shim), Some(folder)) =
        (here("DISK_ORDERS"), here("LD_PRELOAD"), here("DISK_FOLDER"))
    {
        return Some(Disk::at(orders, shim, folder));
    }
    let outside = shim::place();
    let folder = outside.path().join("disk");
    std::fs::create_dir(&folder).unwrap();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "--nocapture"]);
    again.arg(format!("ledger::tests::disk::{test}"));
    Disk::beside(&folder).before(&mut again);
    let done = again.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    None
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

/// A view as long as a real one.
fn long_view(grant: &GrantId, shown: Vec<u8>) -> crate::domain::event::Draft {
    let sections = SectionName::ALL.map(|name| (name, State::Present, 7));
    draft(Event::Viewed(Box::new(View {
        grant: grant.clone(),
        method: Method::Screen,
        look: Look::Emergency,
        language: Language::Ja,
        sections: sections.to_vec(),
        sources: SourceName::CLINICAL
            .map(|source| (source, Freshness::Fresh))
            .to_vec(),
        duration_ms: 180,
        shown: Content::new(shown),
    })))
}

/// What was answered with a place stands at that place, and nothing else stands there.
#[derive(Default)]
struct Told {
    places: Vec<u64>,
    receipts: Vec<String>,
}

impl Told {
    fn take(&mut self, answer: Result<Appended, Error>) -> bool {
        match answer {
            Ok(appended) => {
                self.places.push(appended.seq);
                self.receipts.extend(appended.receipt);
                true
            }
            Err(Error::CannotRecord | Error::GrantNotOpen) => false,
            Err(other) => panic!("{other}"),
        }
    }

    fn assert_recorded(&self, folder: &Path, case: &str) {
        let all: Vec<u64> = (1..).take(self.places.len()).collect();
        assert_eq!(self.places, all, "{case}: places without gaps");
        let found = verified(folder);
        assert_eq!(found.entries, all.len() as u64, "{case}: no other entry");
        let mut recorded = BTreeSet::new();
        let reader = super::read(folder, None).unwrap();
        reader
            .for_each(|entry| {
                recorded.extend(entry.receipt);
                ControlFlow::Continue(())
            })
            .unwrap();
        for receipt in &self.receipts {
            assert!(
                recorded.contains(receipt),
                "{case}: {receipt} was given out"
            );
        }
    }
}

/// A new patient from start to end, one by one and together; what is refused is refused.
fn look(ledger: &Ledger, told: &mut Told, number: &str) {
    let grant = grant(ledger, number);
    if !told.take(wait(ledger.append(start(&grant)))) {
        assert!(ledger.grant(&grant.id).is_none(), "refused is not open");
        return;
    }
    told.take(wait(ledger.append(view(&grant.id, number))));
    let together = wait(futures_util::future::join_all([
        ledger.append(view(&grant.id, "the same")),
        ledger.append(long_view(&grant.id, vec![b'x'; 20_000])),
        ledger.append(draft(Event::SignedIn)),
    ]));
    for answer in together {
        told.take(answer);
    }
    while !told.take(wait(ledger.append(super::end(&grant.id, End::Hand)))) {
        assert!(ledger.grant(&grant.id).is_some(), "it has no end yet");
    }
    assert!(ledger.grant(&grant.id).is_none());
}

const ONE_BY_ONE: [(How, i64); 4] = [
    (How::Once, FULL),
    (How::Once, BROKEN),
    (How::Torn, FULL),
    (How::Short, FULL),
];

#[test]
fn every_call_of_the_append_path_may_fail_once() {
    let Some(disk) = disk("every_call_of_the_append_path_may_fail_once") else {
        return;
    };
    let mut told = Told::default();
    let ledger = open_seeded(&disk.folder, 0);
    for (how, error) in ONE_BY_ONE {
        let mut nth = 0;
        loop {
            nth += 1;
            let case = format!("{how:?} {error} at call {nth}");
            disk.fail(nth, how, error);
            look(&ledger, &mut told, &format!("{how:?}{error}{nth}"));
            let failed = disk.mend() > 0;
            assert!(
                told.take(wait(ledger.append(draft(Event::SignedIn)))),
                "{case}: right again"
            );
            assert!(ledger.is_ready(), "{case}");
            if nth % 25 == 0 || !failed {
                told.assert_recorded(&disk.folder, &case);
            }
            if !failed {
                break;
            }
        }
        println!("{how:?} {error}: {} calls", nth - 1);
        assert!(nth > 15, "{how:?}: only {nth} calls were made to fail");
    }
    drop(ledger);
    drop(open_seeded(&disk.folder, 1));
    told.assert_recorded(&disk.folder, "at the end");
}

#[test]
fn every_call_of_a_stop_and_a_start_may_fail_once() {
    let Some(disk) = disk("every_call_of_a_stop_and_a_start_may_fail_once") else {
        return;
    };
    for (how, error) in ONE_BY_ONE {
        let folder = disk.folder.join(format!("{how:?}{error}"));
        let mut seed = 0;
        let mut try_open = || {
            seed += 1;
            let entropy = Arc::new(Counting::starting(seed));
            Ledger::open(settings(&folder), Still::new(), entropy)
        };
        let mut nth = 0;
        loop {
            nth += 1;
            let case = format!("{how:?} {error} at call {nth}");
            // The first start makes the files; each has a grant's end to write, the stop before it
            // the log to move into the file.
            disk.fail(nth, how, error);
            drop(try_open());
            let failed = disk.mend() > 0;
            let ledger = try_open().unwrap();
            assert!(ledger.is_ready(), "{case}");
            let grant = grant(&ledger, "1");
            wait(ledger.append(start(&grant))).unwrap();
            disk.fail(nth, how, error);
            ledger.close();
            disk.mend();
            drop(ledger);
            assert_eq!(verified(&folder).open_grants, 1, "{case}");
            if !failed {
                break;
            }
            // The first start again, now and then.
            if nth % 2 == 0 {
                std::fs::remove_dir_all(&folder).unwrap();
            }
        }
        println!("{how:?} {error}: {} calls", nth - 1);
        assert!(nth > 5, "{how:?}: only {nth} calls were made to fail");
    }
}

fn until_ready(ledger: &Ledger) {
    let begun = Instant::now();
    while !ledger.is_ready() {
        assert!(begun.elapsed() < Duration::from_secs(20), "ready again");
        std::thread::yield_now();
    }
}

#[test]
fn a_full_disk_leaves_room_for_ten_thousand_entries() {
    let Some(disk) = disk("a_full_disk_leaves_room_for_ten_thousand_entries") else {
        return;
    };
    let ledger = open_seeded(&disk.folder, 0);
    let reserve = disk.folder.join("reserve");
    let grant = grant(&ledger, "1");
    wait(ledger.append(start(&grant))).unwrap();
    disk.room(Some(0));
    // One in twenty shows something new.
    let mut written = 1;
    loop {
        let views = (0..64).map(|n| {
            let mut shown = vec![b'x'; 25_000];
            let new = format!("{}", (written + n) / 20);
            shown.splice(0..new.len(), new.bytes());
            ledger.append(long_view(&grant.id, shown))
        });
        let answers = wait(futures_util::future::join_all(views));
        let taken = answers.iter().filter(|answer| answer.is_ok()).count();
        written += taken;
        if taken > 0 {
            assert!(!reserve.exists(), "its room is given up");
            assert!(!ledger.is_ready(), "and that is said");
        }
        if taken < 64 {
            break;
        }
    }
    println!("{written} entries on a full disk");
    assert!(written >= 10_000, "room for only {written} entries");
    assert_eq!(verified(&disk.folder).entries, written as u64);
    disk.room(Some(1 << 30));
    until_ready(&ledger);
    assert!(reserve.exists());
    wait(ledger.append(view(&grant.id, "again"))).unwrap();
    drop(ledger);
    assert_eq!(verified(&disk.folder).entries, written as u64 + 1);
}

#[test]
fn a_killed_node_starts_again_on_a_full_disk_though_rows_wait_to_be_moved() {
    let Some(disk) = disk("a_killed_node_starts_again_on_a_full_disk_though_rows_wait_to_be_moved")
    else {
        return;
    };
    let folder = disk.folder.join("running");
    let ledger = open_seeded(&folder, 0);
    let grant = grant(&ledger, "1");
    wait(ledger.append(start(&grant))).unwrap();
    let viewed = wait(ledger.append(view(&grant.id, "{}"))).unwrap();
    // The process ends here, with its files as they are.
    let killed = disk.folder.join("killed");
    std::fs::create_dir(&killed).unwrap();
    for file in std::fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), killed.join(file.file_name())).unwrap();
    }
    // Without any, SQLite cannot make its index files anew.
    disk.room(Some(4 * 1024));
    let again = open_seeded(&killed, 1);
    assert_eq!(again.all_open_grants(), []);
    wait(again.append(draft(Event::SignedIn))).unwrap();
    disk.room(Some(1 << 30));
    drop(again);
    let reader = super::read(&killed, None).unwrap();
    let found = reader.by_receipt(&viewed.receipt.unwrap()).unwrap();
    assert_eq!(found.map(|entry| entry.seq), Some(viewed.seq));
    assert_eq!(verified(&killed).entries, 4);
}

#[test]
fn a_file_that_cannot_be_written_refuses_until_it_can() {
    let Some(disk) = disk("a_file_that_cannot_be_written_refuses_until_it_can") else {
        return;
    };
    let ledger = open_seeded(&disk.folder, 0);
    let grant = grant(&ledger, "1");
    wait(ledger.append(start(&grant))).unwrap();
    for (nth, error) in [(1, READ_ONLY), (2, BROKEN), (3, FULL)] {
        disk.fail(1, How::On, error);
        for _ in 0..3 {
            let refused = wait(ledger.append(view(&grant.id, "never")));
            assert!(matches!(refused, Err(Error::CannotRecord)), "{refused:?}");
            assert!(!ledger.is_ready());
        }
        assert!(ledger.grant(&grant.id).is_some());
        disk.mend();
        assert_eq!(verified(&disk.folder).entries, nth, "nothing half-written");
        // Nobody appends: it finds out by itself.
        until_ready(&ledger);
        let appended = wait(ledger.append(view(&grant.id, "again"))).unwrap();
        assert_eq!(appended.seq, nth + 1);
    }
    drop(ledger);
    assert_eq!(verified(&disk.folder).open_grants, 1);
}

#[test]
fn a_disk_that_stalls_in_every_sync_is_gone_on_without_and_used_again_when_it_is_well() {
    let test = "a_disk_that_stalls_in_every_sync_is_gone_on_without_and_used_again_when_it_is_well";
    let Some(disk) = disk(test) else {
        return;
    };
    let apart = disk.folder.with_file_name("apart");
    let deadline = Duration::from_millis(400);
    let settings = Settings {
        commit_deadline: deadline,
        ..settings(&disk.folder)
    };
    let entropy = Arc::new(Counting::default());
    let ledger = Ledger::open_with_second(settings, apart.clone(), Still::new(), entropy).unwrap();
    let grant = grant(&ledger, "1");
    wait(ledger.append(start(&grant))).unwrap();
    disk.stall(2_000);
    let begun = Instant::now();
    for shown in ["one", "two", "three"] {
        let looked = wait(ledger.append(view(&grant.id, shown))).unwrap();
        assert_ne!(looked.node, ledger.node());
    }
    assert!(begun.elapsed() < 3 * deadline, "{:?}", begun.elapsed());
    disk.stall(0);
    let begun = Instant::now();
    while ledger.trouble().is_some() {
        assert!(begun.elapsed() < Duration::from_secs(20), "both again");
        std::thread::yield_now();
    }
    let looked = wait(ledger.append(view(&grant.id, "again"))).unwrap();
    assert_eq!(looked.node, ledger.node());
    drop(ledger);
    let parts = [disk.folder.clone(), apart].map(|folder| {
        let reader = super::read(&folder, None).unwrap();
        let verified = reader.verify().unwrap();
        assert_eq!(verified.fault, None);
        (reader, verified)
    });
    assert!(super::super::together(&parts).unwrap().faults.is_empty());
}
