//! Verifying the archive: every node's rows as its files would be, and against what is known of
//! them elsewhere.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use super::{
    Error, LedgerPlace,
    verify::{said_together, verify_one},
};
use crate::{
    config::{self, Config},
    ledger::{
        Reader, Trust,
        archive::{self, End, Snapshot, Target},
    },
};

/// Where the archive is, and what is known of it elsewhere.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ArchivePlace {
    /// Verifies the archive in place of the files: `postgresql://USER@HOST:PORT/DATABASE`. The
    /// password comes from the file or from `EMERGENCY_SUMMARY_ARCHIVE_PASSWORD`.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["dir", "config"])]
    pub archive: Option<String>,
    /// Verifies the archive of this configuration, and against that node's own folder.
    #[arg(long, value_name = "FILE", conflicts_with = "dir")]
    pub config: Option<PathBuf>,
    /// File with the password of the archive.
    #[arg(long, value_name = "FILE", requires = "archive")]
    pub password_file: Option<PathBuf>,
    /// PEM file of the authority that vouches for the archive's certificate.
    #[arg(long, value_name = "FILE", requires = "archive")]
    pub authority: Option<PathBuf>,
    /// A node that must be there; may be given more than once.
    #[arg(long = "node", value_name = "NAME")]
    pub nodes: Vec<String>,
}

/// What is known from elsewhere.
#[derive(Default)]
struct Elsewhere {
    /// How far each node's entries were seen before; `None` where only that it must be there.
    ends: BTreeMap<String, Option<End>>,
    /// A node's own files.
    own: Option<(String, Reader)>,
}

impl ArchivePlace {
    /// Whether the archive is meant, and not files.
    pub(super) fn is_given(&self) -> bool {
        self.archive.is_some() || self.config.is_some()
    }

    fn open(&self, at: &LedgerPlace) -> Result<(Target, Option<PathBuf>, Elsewhere), Error> {
        let mut elsewhere = Elsewhere::default();
        let opened = match (&self.archive, &self.config) {
            (Some(address), _) => {
                let (password, authority) =
                    (self.password_file.as_deref(), self.authority.as_deref());
                let target = config::archive_target(address, password, authority);
                let target = target.map_err(|why| Error::Unusable(format!("archive: {why}")))?;
                (target, at.key_file.clone())
            }
            (None, Some(file)) => {
                let config = load(file)?;
                let target = config.archive_target().map_err(Error::Unusable)?;
                let target = target.ok_or_else(|| {
                    Error::Unusable("the configuration has no [archive]".to_owned())
                })?;
                let known = archive::known(&config.folder)?.into_iter();
                elsewhere
                    .ends
                    .extend(known.map(|(node, end)| (node, Some(end))));
                let reader = crate::ledger::read(&config.folder, None)?;
                elsewhere.own = Some((config.node.clone(), reader));
                (target, Some(config.key_file))
            }
            (None, None) => return Err(Error::Unusable("no archive".to_owned())),
        };
        for node in &self.nodes {
            elsewhere.ends.entry(node.clone()).or_insert(None);
        }
        Ok((opened.0, opened.1, elsewhere))
    }
}

fn load(file: &std::path::Path) -> Result<Config, Error> {
    Config::load(file).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::Unusable(lines.join("\n"))
    })
}

/// Verifies every node of the archive, and says everything that is wrong.
pub(super) fn verify_archive(
    place: &ArchivePlace,
    at: &LedgerPlace,
    trust: &Trust,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let (target, key_file, elsewhere) = place.open(at)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let faults = runtime.block_on(faults(&target, key_file, (&elsewhere, trust), out))?;
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Wrong(faults.join("\n")))
    }
}

/// Whether a node has two ledgers, of which this is one.
fn is_of_two<'a>(node: &str, all: impl Iterator<Item = &'a String>) -> bool {
    let second = format!("{node}-second-");
    node.contains("-second-") || { all }.any(|other| other.starts_with(&second))
}

async fn faults(
    target: &Target,
    key_file: Option<PathBuf>,
    (elsewhere, trust): (&Elsewhere, &Trust),
    out: &mut dyn Write,
) -> Result<Vec<String>, Error> {
    let snapshot = Snapshot::open(target).await?;
    let nodes = snapshot.nodes().await?;
    let mut faults = Vec::new();
    // Ledgers of one node are held against each other at the end.
    let (mut parts, mut laid_out) = (Vec::new(), Vec::new());
    for node in nodes.keys() {
        let folder = tempfile::tempdir()?;
        snapshot
            .lay_out(node, folder.path(), key_file.is_some())
            .await?;
        let at = LedgerPlace {
            dir: folder.path().to_owned(),
            key_file: key_file.clone(),
            second: Vec::new(),
            second_public_key: Vec::new(),
            without: Vec::new(),
        };
        let key = at.key()?;
        let reader = crate::ledger::read(folder.path(), key.as_ref())?;
        write!(out, "node {node}: ")?;
        let (wrong, verified) = match verify_one(&reader, trust, out) {
            Err(Error::Wrong(why)) => (Some(why), None),
            verified => (None, Some(verified?)),
        };
        let covered = snapshot.covered(node).await?.unwrap_or(0);
        let mut all: Vec<String> = wrong.into_iter().collect();
        all.extend(missing(&reader, covered, elsewhere.ends.get(node))?);
        if let (true, Some((own, files))) = (all.is_empty(), &elsewhere.own)
            && own == node
        {
            all.extend(differs(&reader, files)?);
        }
        if !all.is_empty() {
            writeln!(out, "wrong")?;
        }
        faults.extend(all.iter().map(|why| format!("node {node}: {why}")));
        if let Some(verified) = verified.filter(|_| is_of_two(node, nodes.keys())) {
            parts.push((reader, verified));
            laid_out.push(folder);
        }
    }
    if let Err(error) = said_together(&parts, &[], out) {
        faults.push(error.to_string());
    }
    for (node, end) in &elsewhere.ends {
        if !nodes.contains_key(node) {
            let had = end.as_ref().map_or(0, |end| end.seq);
            faults.push(format!(
                "node {node} is absent ({had} entries were seen before)"
            ));
        }
    }
    Ok(faults)
}

/// Whether there was more, by a checkpoint or by what was seen before.
fn missing(
    reader: &Reader,
    covered: u64,
    seen: Option<&Option<End>>,
) -> Result<Vec<String>, Error> {
    let last = reader.last_place()?;
    let mut said = Vec::new();
    if covered > last {
        said.push(format!(
            "tail removed after entry {last}: a checkpoint covers {covered} entries"
        ));
    }
    let Some(Some(seen)) = seen else {
        return Ok(said);
    };
    let had = seen.seq;
    if had > last {
        said.push(format!(
            "tail removed after entry {last}: entry {had} was seen before"
        ));
        return Ok(said);
    }
    let chain = reader.chain_at(had)?.unwrap_or_default();
    if had > 0 && data_encoding::HEXLOWER.encode(&chain) != seen.chain {
        said.push(format!(
            "the entries up to {had} are not those that were seen before"
        ));
    }
    Ok(said)
}

/// The first entry that is not the node's own.
fn differs(archived: &Reader, own: &Reader) -> Result<Option<String>, Error> {
    let last = archived.last_place()?.min(own.last_place()?);
    let is_same =
        |seq| -> Result<bool, Error> { Ok(archived.chain_at(seq)? == own.chain_at(seq)?) };
    if is_same(last)? {
        return Ok(None);
    }
    // Chain values are the same up to the first difference, and never after it.
    let (mut same, mut other) = (0, last);
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if is_same(middle)? {
            same = middle;
        } else {
            other = middle;
        }
    }
    Ok(Some(format!(
        "entry {other} is another one in the node's own ledger"
    )))
}
