//! How many requests are answered at one time. Beyond what one node can answer in time it refuses
//! quickly and says so, others before looks at patients, and sign-in, search and the glass last.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::domain::access::Action;

use super::routes;

/// Who is refused when: the higher, the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    /// Lists, administration, exports, what is not there.
    Other,
    /// Looks at a patient whose grant is open.
    Look,
    /// On the way to a patient: sign-in, search, the glass.
    Way,
}

impl Rank {
    fn of(path: &str) -> Self {
        if path.starts_with("/summary/") {
            return Self::Look;
        }
        match routes::find(path).map(|route| route.action) {
            Some(Action::ReadLedger | Action::Administer | Action::Permit) | None => Self::Other,
            // Opening a grant is asked for as reading is.
            Some(_) => Self::Way,
        }
    }

    /// Of all seats, which part is theirs.
    const fn seats(self, all: usize) -> usize {
        match self {
            Self::Other => all / 2,
            Self::Look => all / 8 * 7,
            Self::Way => all,
        }
    }

    /// As it stands in metrics.
    const fn word(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Look => "look",
            Self::Way => "way",
        }
    }
}

/// Of all seats, the part that one address may take; the addresses of this machine are exempt, since
/// a proxy speaks from there.
const PER_ADDRESS: usize = 8;
/// But never fewer: a browser asks for a page's parts at once.
const LEAST: usize = 16;

/// The requests of this node that are being answered. Cloning shares them.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    running: Arc<Running>,
    most: usize,
}

#[derive(Debug, Default)]
struct Running {
    all: AtomicUsize,
    by_address: Mutex<BTreeMap<IpAddr, usize>>,
}

impl Running {
    /// One more of an address; how many it had.
    fn come(&self, address: IpAddr) -> usize {
        let mut known = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = known.entry(address).or_default();
        *count += 1;
        *count - 1
    }

    fn go(&self, address: IpAddr) {
        let mut known = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = known.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                known.remove(&address);
            }
        }
    }
}

/// One request's seat, until this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    running: Arc<Running>,
    address: Option<IpAddr>,
}

impl Admission {
    /// So many at one time.
    pub(super) fn new(most: usize) -> Self {
        Self {
            running: Arc::default(),
            most,
        }
    }

    /// A seat for a request of this path from there; `None` where it must be refused.
    pub(super) fn admit(&self, path: &str, address: Option<IpAddr>) -> Option<Seat> {
        let address = address.filter(|address| !address.is_loopback());
        let before = self.running.all.fetch_add(1, Ordering::Relaxed);
        let of_address = address.map_or(0, |address| self.running.come(address));
        let seat = Seat {
            running: Arc::clone(&self.running),
            address,
        };
        if of_address >= (self.most / PER_ADDRESS).max(LEAST) {
            metrics::counter!("requests_refused_total", "rank" => "address").increment(1);
            return None;
        }
        // Whose request it is matters only where there is little room.
        if before < Rank::Other.seats(self.most) {
            return Some(seat);
        }
        let rank = Rank::of(path);
        if before < rank.seats(self.most) {
            return Some(seat);
        }
        metrics::counter!("requests_refused_total", "rank" => rank.word()).increment(1);
        None
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.running.all.fetch_sub(1, Ordering::Relaxed);
        if let Some(address) = self.address {
            self.running.go(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_and_the_glass_are_refused_last_and_looks_after_everything_else() {
        let admission = Admission::new(16);
        let paths = [
            "/admin/health",
            "/summary/n.1",
            "/login",
            "/grants",
            "/nowhere",
        ];
        let admitted = |taken: usize| {
            let _seats: Vec<_> = (0..taken)
                .map(|_| admission.admit("/login", None))
                .collect();
            paths.map(|path| admission.admit(path, None).is_some())
        };
        assert_eq!(admitted(0), [true; 5]);
        assert_eq!(admitted(7), [true; 5]);
        assert_eq!(admitted(8), [false, true, true, true, false]);
        assert_eq!(admitted(13), [false, true, true, true, false]);
        assert_eq!(admitted(14), [false, false, true, true, false]);
        assert_eq!(admitted(16), [false; 5]);
        // Whoever left made room, also whoever was refused.
        assert_eq!(admitted(0), [true; 5]);
    }
    #[test]
    fn one_address_never_takes_the_room_of_the_others() {
        let admission = Admission::new(256);
        let crowded = "192.0.2.1".parse().ok();
        let other = "192.0.2.2".parse().ok();
        let seats: Vec<_> = (0..32)
            .map(|_| admission.admit("/login", crowded))
            .collect();
        assert!(seats.iter().all(Option::is_some));
        assert!(admission.admit("/login", crowded).is_none());
        assert!(admission.admit("/login", other).is_some());
        // A proxy on this machine speaks for everybody.
        let proxy = "127.0.0.1".parse().ok();
        let spoken: Vec<_> = (0..64).map(|_| admission.admit("/login", proxy)).collect();
        assert!(spoken.iter().all(Option::is_some));
        drop(seats);
        assert!(admission.admit("/login", crowded).is_some());
    }
}
