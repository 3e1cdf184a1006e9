//! Floor 5: the demonstration's synthetic patients and the simulated sources that serve them.
//!
//! May name: everything below. Nobody in here exists: names, numbers, institutions and telephone
//! numbers are invented, and every date counts from the day of the run.

pub mod patients;
pub mod sources;
