//! What changes between an entry and what it is the entry of.

use std::{
    collections::BTreeSet,
    future::{Future, ready},
    sync::Mutex,
};

use futures_util::poll;

use super::{super::record::Taking, *};
use crate::{
    domain::{
        clock::{Clock, Moment},
        section::SourceName,
    },
    registry,
};

type Then = Box<dyn FnOnce() + Send>;

/// A clock in whose first look, once it is armed, something else happens.
struct Hooked {
    still: Arc<Still>,
    then: Mutex<Option<Then>>,
}

impl Clock for Hooked {
    fn now(&self) -> Moment {
        let then = self.then.lock().unwrap().take();
        if let Some(then) = then {
            std::thread::scope(|scope| scope.spawn(then).join().unwrap());
        }
        self.still.now()
    }
}

/// A world in which the ledger looks at the clock that can be hooked.
fn hooked() -> (World, Arc<Hooked>) {
    let still = Still::new();
    let hooked = Arc::new(Hooked {
        still: still.clone(),
        then: Mutex::new(None),
    });
    (World::with(still, hooked.clone()), hooked)
}

/// The crew takes a step while the next entry is written.
async fn meanwhile(world: &World, hooked: &Hooked, id: &HandoffId, step: Step) {
    let registry = world.room.inner.registry.clone();
    let (entropy, step_id) = (world.entropy.clone(), world.fresh());
    let mut after = registry.handoff(id.clone()).await.unwrap().unwrap();
    let from = after.version;
    let now = testing::noon();
    after.apply(step_id, &crew().party(), step, now).unwrap();
    let here = tokio::runtime::Handle::current();
    let then: Then = Box::new(move || {
        let change = registry.change_handoff(from, &after, now, &*entropy);
        assert!(here.block_on(change).unwrap());
    });
    *hooked.then.lock().unwrap() = Some(then);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn whom_the_crew_no_longer_brings_is_not_shown_though_the_look_was_recorded() {
    let (world, hooked) = hooked();
    let doctor = physician("h1");
    let withdraw = || Step::Withdraw {
        hospital: place("h1"),
    };
    for look in ["reveal", "prefetch"] {
        let id = world.asked(look, &["h1"]).await;
        world.linked(&id, "1001").await;
        world.take(&doctor, &id, Step::Accept).await;
        meanwhile(&world, &hooked, &id, withdraw()).await;
        let sources = BTreeSet::from([SourceName::Emr]);
        let shown = if look == "reveal" {
            world.room.reveal(&doctor, &id).await.map(drop)
        } else {
            let ahead = world.room.to_fetch_ahead(&doctor, &id, &sources);
            ahead.await.map(drop)
        };
        assert_eq!(shown, Err(Error::NotThere), "{look}");
        let said = world.said("h1").await;
        let last: Vec<&str> = said.iter().rev().take(2).map(|one| &**one).collect();
        let refused = format!("refused handoff_{look} not_there");
        assert_eq!(last[0], refused);
        assert!(["handoff_revealed", "prefetched"].contains(&last[1]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_link_that_was_undone_while_the_look_was_recorded_is_not_shown() {
    let (world, hooked) = hooked();
    let doctor = physician("h1");
    let id = world.asked("a", &["h1"]).await;
    world.linked(&id, "1001").await;
    world.take(&doctor, &id, Step::Accept).await;
    meanwhile(&world, &hooked, &id, Step::Unlink).await;
    let shown = world.room.reveal(&doctor, &id).await.unwrap();
    assert_eq!(shown.linked, None);
    let newest = world.entries("h1").await.remove(0);
    assert_eq!(newest.fields["version"], shown.version, "what was shown");
    world.linked(&id, "1001").await;
    meanwhile(&world, &hooked, &id, Step::Unlink).await;
    let Opened::Crew(own) = world.room.open(&crew(), &id).await.unwrap() else {
        panic!("the crew's own");
    };
    assert_eq!(own.linked, None);
}

#[tokio::test]
async fn a_run_that_was_recorded_begins_whoever_waits_for_it() {
    let world = World::new();
    let (crew, step) = (crew(), step_id("a"));
    {
        let mut begin = Box::pin(world.room.begin(&crew, &step, "救急 1"));
        assert!(poll!(&mut begin).is_pending());
    }
    world.tasks.close();
    world.tasks.wait().await;
    assert_eq!(world.said("fire1").await, ["begin"]);
    assert_eq!(world.room.board(&crew).await.unwrap().runs.len(), 1);
}

type Answer = Result<bool, registry::Error>;

async fn stored(
    world: &World,
    store: impl Future<Output = Answer>,
    stands: impl Future<Output = Answer>,
) -> Result<bool, Error> {
    let (actor, step) = (crew(), step_id("touch"));
    let id = HandoffId("5f".to_owned());
    let event = Event::HandoffStep {
        handoff: id.clone(),
        step: "edit".to_owned(),
        hospitals: Vec::new(),
        version: 7,
        said: String::new(),
    };
    let taking = Taking {
        actor: &actor,
        draft: actor.entry(None, event),
        word: "edit",
        of: (&id, 7, &step),
        lost: "changed_meanwhile",
    };
    world.room.record_and_store(taking, store, stands).await
}

#[tokio::test]
async fn an_entry_is_taken_back_by_name_unless_the_registry_has_what_it_says() {
    let lost = || registry::Error::Unavailable("no answer".to_owned());
    for (store, stands, answer, said) in [
        (Ok(true), Ok(false), Ok(true), None),
        (Ok(false), Ok(true), Ok(false), Some("changed_meanwhile")),
        (Err(lost()), Ok(true), Ok(true), None),
        (
            Err(lost()),
            Ok(false),
            Err(Error::Unavailable),
            Some("not_stored"),
        ),
        (
            Err(lost()),
            Err(lost()),
            Err(Error::Unavailable),
            Some("perhaps_not_stored"),
        ),
    ] {
        let world = World::new();
        assert_eq!(stored(&world, ready(store), ready(stands)).await, answer);
        let retraction = said.map(|why| format!("refused handoff_edit {why} 5f 7 touch"));
        let expected: Vec<String> = std::iter::once("edit".to_owned())
            .chain(retraction)
            .collect();
        assert_eq!(world.said("fire1").await, expected);
    }
}
