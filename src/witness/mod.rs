//! Floor 3: the witness, a second process with a key of its own, best on another machine and in
//! other hands. It cosigns a ledger's checkpoint only after a proof that it goes on from the last
//! one it cosigned: a ledger that was cut or written anew finds no cosignature any more.
//!
//! The protocol is C2SP tlog-witness, so that either side can be another's program. Nothing that
//! passes is secret or personal: an origin, sizes, hashes, signatures.
//!
//! May name: `ledger`, `sources`, `domain`.

mod asking;
mod cosigner;
mod server;
#[cfg(test)]
mod tests;

pub use asking::{Asked, keep_asking};
pub use cosigner::{Answer, Cosigner, Error};
pub use server::{Running, serve};
