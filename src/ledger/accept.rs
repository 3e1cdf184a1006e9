//! What an administrator accepts where the two ledgers of a node are not what each says of the
//! other: entries of one are lost, and the other says so in an entry. From there on both go on, and
//! verification holds for the rest.

use std::{path::PathBuf, sync::Arc};

use data_encoding::HEXLOWER;

use super::{
    Error, Ledger, Part, Settings,
    erase::of_service,
    fits::{KNOWN, Misfit, Place, keep_known, known, misfits, name_in, said_in},
    ring::RootKeys,
    second::{Pair, of_this_node, said_of},
    store,
};
use crate::domain::{
    access::{FacilityId, NodeId},
    clock::Clock,
    entropy::Entropy,
    event::Event,
};

/// What is accepted of which ledgers.
#[derive(Clone, Debug)]
pub struct Accepting {
    /// The second ledger's folder; `None` where the node goes on without one.
    pub second: Option<PathBuf>,
    /// Ledgers of which nothing is there any more, and nothing will be.
    pub lost: Vec<NodeId>,
    /// What happened, without personal data.
    pub why: String,
}

/// One ledger as it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Which.
    pub of: NodeId,
    /// In whose entry it stands.
    pub by: NodeId,
    /// How many entries it had been said to have.
    pub said: u64,
    /// How many it has; `None` where it is lost.
    pub has: Option<u64>,
}

/// The ledgers of a node that does not run.
struct Both {
    first: Ledger,
    second: Option<Ledger>,
    /// What is wrong between them.
    misfits: Vec<Misfit>,
    /// The others that the first names and that are not there: how many entries they had.
    missing: Vec<(NodeId, u64)>,
}

/// Accepts what is there of the ledgers of a node that does not run, with an entry in each ledger
/// that says of another what is not so any more.
///
/// # Errors
/// [`Error::CannotOpen`]: also where nothing has to be accepted, and where a ledger is not there
/// that was not given as lost: its device may only be away. [`Error::CannotRecord`].
pub async fn accept(
    settings: Settings,
    accepting: Accepting,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Vec<Accepted>, Error> {
    let both = Both::open(&settings, accepting.second, (clock, entropy))?;
    let done = both.accept(&accepting.lost, &accepting.why).await;
    if done.is_ok() {
        both.keep(&settings)?;
    }
    if let Some(second) = &both.second {
        second.close();
    }
    both.first.close();
    done
}

impl Both {
    fn open(
        settings: &Settings,
        second: Option<PathBuf>,
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
    ) -> Result<Self, Error> {
        let first = Place {
            node: settings.node.clone(),
            folder: settings.folder.clone(),
        };
        let second = match second {
            Some(folder) => name_in(&folder)?
                .map(|node| of_this_node(node, &first.node))
                .transpose()?
                .map(|node| Place { node, folder }),
            None => None,
        };
        let misfits = match &second {
            Some(second) => misfits(&first, second)?,
            None => Vec::new(),
        };
        let missing = missing(&first, second.as_ref().map(|second| &second.node))?;
        let root = RootKeys::of_folder(&first.folder, &settings.key, &*entropy)?;
        // How each stopped grants of the other decides how those end.
        let stops = |other: Option<&Place>| other.map(|other| said_of(&other.folder));
        let alone = |place: &Place, root, other: Option<&Place>| {
            let stops = stops(other).unwrap_or_default();
            let part = Part {
                pair: Some(Pair::new(&Arc::default(), stops, settings.commit_deadline)),
                ..Part::default()
            };
            let settings = Settings {
                folder: place.folder.clone(),
                node: place.node.clone(),
                ..settings.clone()
            };
            Ledger::open_part(
                settings,
                root,
                part,
                Arc::clone(&clock),
                Arc::clone(&entropy),
            )
        };
        let beside = second
            .as_ref()
            .map(|second| {
                let root = root.beside(&second.folder, &*entropy)?;
                alone(second, root, Some(&first))
            })
            .transpose()?;
        Ok(Self {
            first: alone(&first, root, second.as_ref())?,
            second: beside,
            misfits,
            missing,
        })
    }

    async fn accept(&self, lost: &[NodeId], why: &str) -> Result<Vec<Accepted>, Error> {
        let cannot = |why: String| Err(Error::CannotOpen(why));
        if let Some((node, _)) = self.missing.iter().find(|(node, _)| !lost.contains(node)) {
            return cannot(format!(
                "{node} is not there: is its device? Where it is lost for good, say so: --lost {node}"
            ));
        }
        let is_missing = |node: &NodeId| self.missing.iter().any(|(other, _)| other == node);
        if let Some(node) = lost.iter().find(|node| !is_missing(node)) {
            return cannot(format!("{node} is not missing"));
        }
        let mut done = Vec::new();
        for (node, said) in &self.missing {
            done.push(write(&self.first, (node, None), *said, why).await?);
        }
        // The first before the second, which then says how far the first is with that entry.
        for (by, of) in [
            (Some(&self.first), self.second.as_ref()),
            (self.second.as_ref(), Some(&self.first)),
        ] {
            let (Some(by), Some(of)) = (by, of) else {
                continue;
            };
            let (name, other) = (&by.inner.settings.node, &of.inner.settings.node);
            let wrong = self
                .misfits
                .iter()
                .find(|misfit| misfit.by.0 == *name && misfit.of == *other);
            if let Some(misfit) = wrong {
                let said = misfit.said.unwrap_or_default();
                done.push(write(by, (other, Some(of)), said, why).await?);
            }
        }
        if done.is_empty() {
            return cannot("nothing has to be accepted: each is what the other says".to_owned());
        }
        Ok(done)
    }

    /// From now on the second that is there is the one that is known.
    fn keep(&self, settings: &Settings) -> Result<(), Error> {
        if let Some(second) = &self.second {
            keep_known(&settings.folder, &second.node(), second.inner.shared.head());
            return Ok(());
        }
        match std::fs::remove_file(settings.folder.join(KNOWN)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(store::cannot_write(error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// The ledgers that the first names, in entries or beside them, that are not there and were not
/// accepted as lost before.
fn missing(first: &Place, second: Option<&NodeId>) -> Result<Vec<(NodeId, u64)>, Error> {
    let mut missing = Vec::new();
    let mut named = Vec::new();
    for (_, other) in said_in(first)? {
        if let Some((entries, _)) = other.has {
            missing.push((NodeId(other.node.clone()), entries));
        }
        named.push(other.node);
    }
    if let Some((name, entries, _)) = known(&first.folder)?
        && !named.contains(&name)
    {
        missing.push((NodeId(name), entries));
    }
    missing.retain(|(node, _)| Some(node) != second);
    Ok(missing)
}

/// Writes what is accepted of `of` in the ledger `by`.
async fn write(
    by: &Ledger,
    (node, of): (&NodeId, Option<&Ledger>),
    said: u64,
    why: &str,
) -> Result<Accepted, Error> {
    let head = of.map(|of| of.inner.shared.head());
    let event = Event::OtherAccepted {
        node: node.clone(),
        has: head.map(|head| (head.seq, HEXLOWER.encode(&head.chain))),
        said,
        why: why.to_owned(),
    };
    let service = FacilityId("service".to_owned());
    by.append_unhurried(of_service(service, event)).await?;
    Ok(Accepted {
        of: node.clone(),
        by: by.inner.settings.node.clone(),
        said,
        has: head.map(|head| head.seq),
    })
}
