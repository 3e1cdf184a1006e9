//! Shipping: one connection, one batch at a time, from where the archive says it is.

use std::{collections::BTreeSet, convert::Infallible, future::Future, time::Duration};

use data_encoding::HEXLOWER;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::Client;

use super::{
    super::{
        after::{Written, standing},
        read::{ReadEntry, Reader, read},
        seal::digest,
        store::Head,
    },
    Alarm, Settings, Shared, Target,
    keys::{self, KeyFile, Stamp},
    known::Known,
    notes::{self, Note, Notes},
    rows::{self, Trouble},
};

/// Entries of one batch, and about how many bytes: what is held in memory at once.
const BATCH: (usize, usize) = (256, 1024 * 1024);
/// Notes that are read at once.
const NOTES: usize = 256;
/// Keys that are compared at once.
const KEYS: u32 = 256;
/// How often is looked at where all nodes are.
const LOOK_AROUND: Duration = Duration::from_mins(1);
/// Comparing keys takes at most the twentieth part of the time.
const KEYS_SHARE: u32 = 20;
/// Keys that are remembered as being there.
const KEYS_KEPT: usize = 4_096;

/// Ships for ever, and says beside it how far behind the archive is.
pub(super) async fn run(settings: &Settings, shared: &Shared) {
    tokio::join!(watch(settings, shared), ship(settings, shared));
}

/// Looks at the node's own ledger, also while the archive does not answer.
async fn watch(settings: &Settings, shared: &Shared) {
    let mut is_said = false;
    loop {
        let archived = shared.get().archived;
        match standing(&settings.folder, archived.unwrap_or(0)) {
            Ok((last, since)) => {
                let mut lag = shared.get();
                lag.last = last;
                // What was shipped meanwhile is seen the next time.
                if lag.archived == archived {
                    lag.since = since.filter(|_| archived.is_some());
                }
                is_said = false;
            }
            Err(error) if !is_said => {
                tracing::error!(%error, "the archive cannot see this node's ledger");
                is_said = true;
            }
            Err(_) => {}
        }
        measure(shared, settings.is_second);
        sleep(settings.every).await;
    }
}

/// The lag as metrics.
#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float, and exact up to 2^53 entries"
)]
fn measure(shared: &Shared, is_second: bool) {
    let set = |name: &'static str, value: f64| {
        if is_second {
            metrics::gauge!(name, "ledger" => "second").set(value);
        } else {
            metrics::gauge!(name).set(value);
        }
    };
    let lag = shared.get().clone();
    if let Some(behind) = lag.behind() {
        set("archive_entries_behind", behind as f64);
    }
    let since = lag.since.map_or(0, |since| since.timestamp());
    set("archive_behind_since_seconds", since as f64);
    set("archive_connected", f64::from(u8::from(lag.is_connected)));
    set("archive_alarm", f64::from(u8::from(lag.alarm.is_some())));
}

async fn ship(settings: &Settings, shared: &Shared) {
    let (first, most) = settings.again;
    let (mut wait, mut is_said) = (first, false);
    loop {
        let Err(trouble) = connected(settings, shared).await;
        let was_connected = std::mem::take(&mut shared.get().is_connected);
        if was_connected {
            (wait, is_said) = (first, false);
        }
        match trouble {
            Trouble::Alarm(alarm) => {
                shared.raise(&alarm);
                wait = most;
            }
            Trouble::Away(why) if !is_said => {
                tracing::warn!(
                    why,
                    "the archive is away; entries wait in this node's ledger"
                );
                is_said = true;
            }
            Trouble::Files(why) if !is_said => {
                tracing::error!(
                    why,
                    "the archive cannot be shipped to from this node's ledger"
                );
                is_said = true;
            }
            Trouble::Away(_) | Trouble::Files(_) => {}
        }
        sleep(wait).await;
        wait = most.min(wait * 2);
    }
}

/// Whether a database can be shipped to. Needs a running tokio runtime.
///
/// # Errors
/// In words: it is away, its tables are missing, or the role has too few rights or too many.
pub async fn usable(target: &Target) -> Result<(), String> {
    let (client, driver) = target.connect("emergency-summary check").await?;
    let asked = async {
        let missing = rows::unshippable(&client).await?;
        if !missing.is_empty() {
            let why = format!("cannot be shipped to: {}", missing.join(", "));
            return Err(Trouble::Away(why));
        }
        let excess = rows::excess(&client).await?;
        if excess.is_empty() {
            return Ok(());
        }
        let why = format!("the role may do too much: {}", excess.join(", "));
        Err(Trouble::Away(why))
    };
    let answer = tokio::select! {
        answer = asked => answer,
        ended = driver => ended.map_err(Trouble::from),
    };
    answer.map_err(|trouble| trouble.to_string())
}

/// One connection until it ends.
async fn connected(settings: &Settings, shared: &Shared) -> Result<Infallible, Trouble> {
    let name = format!("emergency-summary {}", settings.node);
    let (client, driver) = settings
        .target
        .connect(&name)
        .await
        .map_err(Trouble::Away)?;
    let mut shipping = Shipping::new(settings, shared, client);
    tokio::select! {
        ended = driver => Err(ended.map_or_else(Trouble::from, |()| {
            Trouble::Away("the connection was closed".to_owned())
        })),
        ended = shipping.go() => ended,
    }
}

/// What one connection knows.
struct Shipping<'a> {
    settings: &'a Settings,
    shared: &'a Shared,
    client: Client,
    node: &'a str,
    /// Where the archive's entries end.
    head: Head,
    known: Known,
    looked: Option<Instant>,
    notes: Vec<Notes>,
    /// Keys that the archive surely has.
    brought: BTreeSet<String>,
    /// How the file of keys looked when they were compared.
    compared: Stamp,
    compare_at: Instant,
}

impl<'a> Shipping<'a> {
    fn new(settings: &'a Settings, shared: &'a Shared, client: Client) -> Self {
        Self {
            settings,
            shared,
            client,
            node: &settings.node.0,
            head: Head::EMPTY,
            known: Known::read_or_new(&settings.folder),
            looked: None,
            notes: Vec::new(),
            brought: BTreeSet::new(),
            compared: Stamp::new(),
            compare_at: Instant::now(),
        }
    }

    async fn go(&mut self) -> Result<Infallible, Trouble> {
        let answer = self.settings.answer;
        within(answer, self.find_head()).await?;
        within(answer, self.find_notes()).await?;
        loop {
            self.look_around().await?;
            loop {
                let begun = Instant::now();
                if !within(answer, self.ship_batch()).await? {
                    break;
                }
                // Half of the time at most: what was left behind for a week must not be felt on
                // the ward when it is made up for.
                sleep(begun.elapsed()).await;
            }
            within(answer, self.ship_notes()).await?;
            self.compare_keys().await?;
            sleep(self.settings.every).await;
        }
    }

    /// Where to go on: what the archive has must be the beginning of what this node has.
    async fn find_head(&mut self) -> Result<(), Trouble> {
        let excess = rows::excess(&self.client).await?;
        if !excess.is_empty() {
            tracing::warn!(
                rights = excess.join(", "),
                "the archive lets this role do too much"
            );
        }
        self.head = rows::head(&self.client, self.node).await?;
        let reader = self.reader()?;
        let last = reader.last_place()?;
        if last < self.head.seq {
            return Err(Trouble::Alarm(Alarm::Ahead(last)));
        }
        let own = reader.chain_at(self.head.seq)?;
        if self.head.seq > 0 && own.as_deref() != Some(self.head.chain.as_slice()) {
            return Err(Trouble::Alarm(Alarm::Differs(self.head.seq)));
        }
        let mut lag = self.shared.get();
        lag.archived = Some(self.head.seq);
        lag.is_connected = true;
        if lag.alarm.as_ref().is_some_and(Alarm::stops) {
            lag.alarm = None;
        }
        tracing::info!(entries = self.head.seq, "the archive is there");
        Ok(())
    }

    fn reader(&self) -> Result<Reader, Trouble> {
        Ok(read(&self.settings.folder, None)?)
    }

    /// Notes where every node's entries end, and what is missing since the last time.
    async fn look_around(&mut self) -> Result<(), Trouble> {
        if self
            .looked
            .is_some_and(|looked| looked.elapsed() < LOOK_AROUND)
        {
            return Ok(());
        }
        let ends = within(self.settings.answer, rows::ends(&self.client)).await?;
        if let Some(absent) = self.known.absent(&ends) {
            self.shared.raise(&Alarm::Lost(absent.clone(), 0));
        }
        for (node, end) in ends {
            let seq = end.seq;
            if let Some(before) = self.known.before(&node).filter(|before| before.seq <= seq) {
                let chain = rows::chain_at(&self.client, &node, before.seq);
                let chain = within(self.settings.answer, chain).await?;
                // What was seen stays known: it is what the other is told by.
                if chain.as_ref() != Some(&before.chain) {
                    self.shared.raise(&Alarm::Rewritten(node, before.seq));
                    continue;
                }
            }
            if self.known.has_lost(&node, end) {
                self.shared.raise(&Alarm::Lost(node, seq));
            }
        }
        self.known.write(true)?;
        self.looked = Some(Instant::now());
        Ok(())
    }

    /// Ships the next entries with what they name; `false` where there are none.
    async fn ship_batch(&mut self) -> Result<bool, Trouble> {
        let reader = self.reader()?;
        let entries = reader.entries_after(self.head.seq, BATCH.0, BATCH.1)?;
        if entries.is_empty() {
            return Ok(false);
        }
        let (entries, named, head) = right_ones(self.head, entries)?;
        let keys = self.keys_of(&named)?;
        let transaction = self.client.transaction().await?;
        for key in &keys {
            keys::add(&transaction, self.node, key).await?;
        }
        let shown: Vec<_> = named
            .iter()
            .filter_map(|entry| entry.shown.as_ref())
            .collect();
        let addresses: Vec<_> = shown.iter().map(|shown| shown.address.as_str()).collect();
        let missing = rows::not_shown(&transaction, self.node, &addresses).await?;
        let missing: BTreeSet<String> = missing.into_iter().collect();
        for address in &missing {
            let sealed = reader.sealed_at(address)?;
            let is_right = |sealed: &Vec<u8>| {
                let digest = HEXLOWER.encode(&digest(&[sealed]));
                let mut of_it = shown.iter().filter(|shown| shown.address == *address);
                of_it.all(|shown| shown.digest == digest)
            };
            match sealed.filter(is_right) {
                Some(sealed) => {
                    rows::add_shown(&transaction, self.node, address, &sealed).await?;
                }
                None => self.shared.raise(&Alarm::Shown(address.clone())),
            }
        }
        rows::add_entries(&transaction, self.node, &entries).await?;
        transaction.commit().await?;
        if self.brought.len() > KEYS_KEPT {
            self.brought.clear();
        }
        self.brought.extend(keys.into_iter().map(|key| key.id));
        self.arrived(head, entries.len())?;
        Ok(true)
    }

    /// The archive has everything up to here.
    fn arrived(&mut self, head: Head, entries: usize) -> Result<(), Trouble> {
        self.head = head;
        metrics::counter!("archive_entries_total")
            .increment(u64::try_from(entries).unwrap_or_default());
        self.shared.get().archived = Some(head.seq);
        let end = super::End::new(head.seq, &head.chain);
        // What is not more than before was missing, and is being made up for.
        if !self.known.has_lost(self.node, end) {
            self.known.write(false)?;
        }
        Ok(())
    }

    /// The keys that entries name and the archive may not have.
    fn keys_of(&self, named: &[ReadEntry]) -> Result<Vec<keys::KeyRow>, Trouble> {
        let ids: BTreeSet<&String> = named
            .iter()
            .filter_map(|entry| entry.key.as_ref())
            .filter(|id| !self.brought.contains(*id))
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let file = KeyFile::open(&self.settings.folder)?;
        let mut keys = Vec::new();
        for id in ids {
            keys.extend(file.find(id)?);
        }
        Ok(keys)
    }

    /// Where the notes of each file go on.
    async fn find_notes(&mut self) -> Result<(), Trouble> {
        let folder = &self.settings.folder;
        if let Some(text) = notes::public_key(folder)? {
            let note = Note { number: 0, text };
            self.add_note(notes::PUBLIC_KEY, &note).await?;
        }
        for file in notes::FILES {
            let last = rows::last_note(&self.client, self.node, file).await?;
            let mut notes = Notes::of(folder, file);
            let mut own = None;
            loop {
                let next = notes.next(NOTES, |note| note.number <= last.number)?;
                let Some(note) = next.into_iter().next_back() else {
                    break;
                };
                own = Some(note);
            }
            if last.number == 0 || own.as_ref() == Some(&last) {
                self.notes.push(notes);
            } else {
                self.shared
                    .raise(&Alarm::Note(file.to_owned(), last.number));
            }
        }
        Ok(())
    }

    /// Ships the notes that cover no more than the archive has.
    async fn ship_notes(&mut self) -> Result<(), Trouble> {
        let mut files = std::mem::take(&mut self.notes);
        let archived = self.head.seq;
        for notes in &mut files {
            let next = notes.next(NOTES, |note| {
                note.size().is_none_or(|size| size <= archived)
            })?;
            for note in &next {
                self.add_note(notes.name, note).await?;
            }
        }
        self.notes = files;
        Ok(())
    }

    async fn add_note(&self, file: &str, note: &Note) -> Result<(), Trouble> {
        match rows::add_note(&self.client, self.node, file, note).await {
            Err(Trouble::Alarm(alarm)) => {
                self.shared.raise(&alarm);
                Ok(())
            }
            added => added,
        }
    }

    /// Compares every key, where the file changed since the last time.
    async fn compare_keys(&mut self) -> Result<(), Trouble> {
        let begun = Instant::now();
        if begun < self.compare_at {
            return Ok(());
        }
        let stamp = keys::stamp(&self.settings.folder);
        if stamp == self.compared {
            return Ok(());
        }
        let mut last = String::new();
        loop {
            let page = KeyFile::open(&self.settings.folder)?.after(&last, KEYS)?;
            let Some(key) = page.last() else { break };
            last.clone_from(&key.id);
            let begun = Instant::now();
            let compared = keys::compare(&mut self.client, self.node, &page);
            for alarm in within(self.settings.answer, compared).await? {
                self.shared.raise(&alarm);
            }
            sleep(begun.elapsed()).await;
        }
        let next = self.settings.keys_every.max(begun.elapsed() * KEYS_SHARE);
        self.compare_at = Instant::now() + next;
        self.compared = stamp;
        Ok(())
    }
}

/// Entries as far as they are what their chain says, what they say, and where they end. The first
/// that is not is an alarm when it is the next.
fn right_ones(
    mut head: Head,
    entries: Vec<Written>,
) -> Result<(Vec<Written>, Vec<ReadEntry>, Head), Trouble> {
    let (mut right, mut named) = (Vec::new(), Vec::new());
    for entry in entries {
        let (next, leaf) = head.next(&entry.body);
        let is_right = entry.seq == next.seq && entry.leaf == leaf && entry.chain == next.chain;
        match entry.entry() {
            Ok(said) if is_right => {
                named.push(said);
                right.push(entry);
                head = next;
            }
            Ok(_) | Err(_) if right.is_empty() => {
                return Err(Trouble::Alarm(Alarm::Own(next.seq)));
            }
            Ok(_) | Err(_) => break,
        }
    }
    Ok((right, named, head))
}

/// What does not answer in time is away.
async fn within<T>(
    span: Duration,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    timeout(span, work)
        .await
        .unwrap_or_else(|_| Err(Trouble::Away("it does not answer".to_owned())))
}
