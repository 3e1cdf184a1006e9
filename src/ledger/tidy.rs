//! Moving the write-ahead log into the file, beside the writer: its two syncs would keep everybody
//! waiting who appends meanwhile.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use super::{
    Error,
    folder::Lock,
    store::{self, FILE, checkpoint, open_durable},
};

/// From how many frames (of 4 KiB) on the log is not left to this thread alone: while entries come
/// without a pause it never reaches the log's end, and only a log that is in the file to its end is
/// written from its beginning again.
const LONG: u64 = 4_096;

/// The thread, and how it is told.
pub(super) struct Tidier {
    /// `None` while it is ended.
    bell: Option<SyncSender<()>>,
    is_long: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Tidier {
    /// Starts the thread with a connection of its own; the folder stays locked until it has ended.
    ///
    /// # Errors
    /// [`Error::CannotOpen`].
    pub(super) fn start(folder: &Path, lock: Arc<Lock>) -> Result<Self, Error> {
        let connection = open_durable(&folder.join(FILE))?;
        let (bell, rung) = sync_channel(1);
        let is_long = Arc::new(AtomicBool::new(false));
        let says = Arc::clone(&is_long);
        let thread = std::thread::Builder::new()
            .name("tidier".to_owned())
            .spawn(move || {
                while rung.recv().is_ok() {
                    match checkpoint(&connection) {
                        Ok(frames) => says.store(frames >= LONG, Ordering::Release),
                        // Then the writer tries.
                        Err(error) => {
                            says.store(true, Ordering::Release);
                            untidy(&error);
                        }
                    }
                }
                drop((connection, lock));
            })
            .map_err(store::cannot_write)?;
        Ok(Self {
            bell: Some(bell),
            is_long,
            thread: Some(thread),
        })
    }

    /// Has it done soon. Where it is at it already, or cannot be told, the next time does.
    pub(super) fn ring(&self) {
        let told = self.bell.as_ref().map(|bell| bell.try_send(()));
        if let Some(Err(TrySendError::Disconnected(()))) = told {
            self.is_long.store(true, Ordering::Release);
        }
    }

    /// Whether the writer has to move the rest itself, between two transactions. Says so once.
    pub(super) fn is_behind(&self) -> bool {
        self.is_long.swap(false, Ordering::AcqRel)
    }

    /// Waits until it has stopped.
    pub(super) fn end(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("what moves the ledger's write-ahead log had stopped by itself");
        }
    }
}

impl Drop for Tidier {
    fn drop(&mut self) {
        self.end();
    }
}

/// What could not be done now is done later.
pub(super) fn untidy(error: &rusqlite::Error) {
    tracing::warn!(%error, "the ledger's write-ahead log stays as it is");
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_long_log_is_handed_back_and_written_from_its_beginning_again() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Arc::new(Lock::take(folder.path()).unwrap());
        let writer = open_durable(&folder.path().join(FILE)).unwrap();
        let mut tidier = Tidier::start(folder.path(), Arc::clone(&lock)).unwrap();
        let write = |pages: u64| {
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS x(b); INSERT INTO x VALUES (zeroblob({}))",
                pages * 4_096
            );
            writer.execute_batch(&sql).unwrap();
        };
        write(10);
        tidier.ring();
        let until = Instant::now() + Duration::from_secs(30);
        write(LONG);
        while !tidier.is_behind() {
            assert!(Instant::now() < until, "nobody says that the log is long");
            tidier.ring();
            std::thread::yield_now();
        }
        tidier.end();
        assert!(checkpoint(&writer).unwrap() >= LONG);
        write(1);
        let frames = checkpoint(&writer).unwrap();
        assert!((1..100).contains(&frames), "{frames} frames");
        assert_eq!(Arc::strong_count(&lock), 1, "the folder is free again");
    }
}
