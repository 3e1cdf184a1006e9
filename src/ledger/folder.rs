//! The ledger's folder: one process at a time, and room kept for the time when the disk is full.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock, statvfs};

use super::Error;

/// Room for 10,000 entries of 2 kB, with their rows elsewhere, what they show and the log.
const RESERVE_BYTES: u64 = 64 * 1024 * 1024;

/// The lock on a folder; released when dropped or when the process dies.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock.
    pub(super) fn take(folder: &Path) -> Result<Self, Error> {
        let cannot = |error: std::io::Error| Error::CannotOpen(error.to_string());
        make(folder)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("ledger.lock"))
            .map_err(cannot)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            Error::CannotOpen("another process is using this ledger folder".to_owned())
        })?;
        Ok(Self { _file: file })
    }
}

/// Makes the folder, for its owner alone, where it is not there yet.
pub(super) fn make(folder: &Path) -> Result<(), Error> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Error::CannotOpen(error.to_string()))
}

/// Writes a small file whole or not at all, for its owner alone, durable when it returns.
pub(super) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = folder.join(format!("{name}.unfinished"));
    let mut file = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// A file of real blocks that is given up when the disk is full.
pub(super) struct Reserve {
    file: PathBuf,
    folder: PathBuf,
}

impl Reserve {
    /// Of a folder; not made yet.
    pub(super) fn of(folder: &Path) -> Self {
        Self {
            file: folder.join("reserve"),
            folder: folder.to_owned(),
        }
    }

    /// Whether it is there in full.
    pub(super) fn is_there(&self) -> bool {
        fs::metadata(&self.file).is_ok_and(|data| data.len() == RESERVE_BYTES)
    }

    /// Makes it where it is missing. Once given up it comes back only when the disk has room for
    /// several of it: else it would take the very room it gave.
    pub(super) fn restore(&self) -> std::io::Result<()> {
        if self.is_there() {
            return Ok(());
        }
        let disk = statvfs(&self.folder)?;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < 4 * RESERVE_BYTES {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let made = self.make();
        if made.is_err() {
            self.give_up();
        }
        made
    }

    fn make(&self) -> std::io::Result<()> {
        let mut file = File::create(&self.file)?;
        if fallocate(&file, FallocateFlags::empty(), 0, RESERVE_BYTES).is_err() {
            // A file system without allocation in advance: write the blocks. Not zeros, which
            // some file systems keep as a hole.
            let block = [0xA5; 8 * 1024];
            for _ in 0..RESERVE_BYTES / 8_192 {
                file.write_all(&block)?;
            }
        }
        file.sync_all()
    }

    /// Removes it, so that its room is free; whether there was any.
    pub(super) fn give_up(&self) -> bool {
        fs::remove_file(&self.file).is_ok()
    }
}
