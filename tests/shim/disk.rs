//! The disk that a test gives to a program: `disk.c` built and put before it. For the tests of the
//! ledger and those of the whole, each of which names this file.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
};

/// `ENOSPC`, `EIO` and `EROFS`.
pub(crate) const FULL: i64 = 28;
pub(crate) const BROKEN: i64 = 5;
pub(crate) const READ_ONLY: i64 = 30;

/// What a call that is to fail does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// It fails, the next does not.
    Once,
    /// It and every later one.
    On,
    /// A write writes half, and the next of its file fails.
    Torn,
    /// A write writes half, which is no failure.
    Short,
}

/// Where each order stands in the file of orders; as in `disk.c`.
#[derive(Clone, Copy)]
enum Place {
    Calls,
    FailAt,
    Error,
    How,
    Room,
    Failed,
    Stall,
}

/// The disk before one program, seen from beside it or from within.
pub(crate) struct Disk {
    orders: File,
    path: PathBuf,
    shim: PathBuf,
    /// The folder concerned.
    pub(crate) folder: PathBuf,
}

/// A folder for what a test's disk holds: in memory where there is room, since what is tested is
/// not the real disk, and others wait for that.
pub(crate) fn place() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let has_room = rustix::fs::statvfs(memory)
        .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) > 2 << 30);
    if has_room {
        tempfile::tempdir_in(memory).expect("a folder")
    } else {
        tempfile::tempdir().expect("a folder")
    }
}

impl Disk {
    /// A disk without faults for what lies in `folder`. The shim and its orders are put beside it.
    pub(crate) fn beside(folder: &Path) -> Self {
        let shim = folder.with_extension("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/disk.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&shim)
            .arg(source)
            .arg("-ldl")
            .status();
        assert!(built.is_ok_and(|status| status.success()), "cc");
        let path = folder.with_extension("orders");
        std::fs::write(&path, [0; 8 * 7]).expect("orders");
        let disk = Self::at(path, shim, folder.to_owned());
        disk.room(None);
        disk
    }

    /// The disk of these orders, which is before a program already.
    pub(crate) fn at(path: PathBuf, shim: PathBuf, folder: PathBuf) -> Self {
        let orders = File::options().read(true).write(true).open(&path);
        Self {
            orders: orders.expect("orders"),
            path,
            shim,
            folder,
        }
    }

    /// Puts it before a program that is not started yet.
    pub(crate) fn before(&self, program: &mut Command) {
        program
            .env("LD_PRELOAD", &self.shim)
            .env("DISK_ORDERS", &self.path)
            .env("DISK_FOLDER", &self.folder);
    }

    fn set(&self, place: Place, to: i64) {
        self.orders
            .write_all_at(&to.to_ne_bytes(), 8 * place as u64)
            .expect("orders");
    }

    fn get(&self, place: Place) -> i64 {
        let mut bytes = [0; 8];
        self.orders
            .read_exact_at(&mut bytes, 8 * place as u64)
            .expect("orders");
        i64::from_ne_bytes(bytes)
    }

    /// The `nth` call from now on fails.
    pub(crate) fn fail(&self, nth: i64, how: How, error: i64) {
        self.set(Place::FailAt, 0);
        self.set(Place::Failed, 0);
        self.set(Place::Calls, 0);
        self.set(Place::Error, error);
        self.set(Place::How, how as i64);
        self.set(Place::FailAt, nth);
    }

    /// Nothing fails any more; how many calls had failed.
    pub(crate) fn mend(&self) -> i64 {
        self.set(Place::FailAt, 0);
        self.get(Place::Failed)
    }

    /// Every sync that begins from now on takes so many milliseconds longer.
    pub(crate) fn stall(&self, by_ms: i64) {
        self.set(Place::Stall, by_ms * 1_000);
    }

    /// How many bytes are free; `None`: as many as there really are.
    pub(crate) fn room(&self, bytes: Option<i64>) {
        self.set(Place::Room, bytes.unwrap_or(-1));
    }
}
