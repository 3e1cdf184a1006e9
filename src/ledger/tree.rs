//! The Merkle tree of RFC 6962 over the entries' leaves: roots as the tree grows, and proofs from
//! stored hashes. Proofs are checked by `ct-merkle`, which shares nothing with what makes them.
//!
//! Hashes of whole subtrees are stored in the order in which they become known: each leaf, then
//! every subtree that it completes, from the smallest. Such a store only ever grows at its end.

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;

use super::seal::digest;

/// A hash of the tree.
pub type Hash = [u8; 32];

/// The root of a tree without leaves (RFC 6962 §2.1).
#[must_use]
pub fn empty_root() -> Hash {
    digest(&[])
}

fn parent(left: &Hash, right: &Hash) -> Hash {
    digest(&[&[1], left, right])
}

/// Where the hash of the `number`th subtree of 2^`level` leaves stands in a store, counted from 0.
#[must_use]
pub fn place_of(level: u32, number: u64) -> u64 {
    // The last leaf below it, and before that leaf all earlier leaves with what they completed.
    let last = (number << level) | ((1_u64 << level) - 1);
    stored_by(last) + u64::from(level)
}

/// How many hashes a store of so many leaves holds.
#[must_use]
pub fn stored_by(leaves: u64) -> u64 {
    2 * leaves - u64::from(leaves.count_ones())
}

/// Of how many leaves a store of so many hashes holds everything.
#[must_use]
pub fn leaves_in(hashes: u64) -> u64 {
    let (mut low, mut high) = (0, hashes);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if stored_by(middle) <= hashes {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// Stored hashes.
pub trait Store {
    /// Why one cannot be read.
    type Error;

    /// The hash at a place of [`place_of`].
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    fn hash(&self, place: u64) -> Result<Hash, Self::Error>;
}

/// There is no hash at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash of the tree is missing")]
pub struct Missing;

impl Store for Vec<Hash> {
    type Error = Missing;

    fn hash(&self, place: u64) -> Result<Hash, Missing> {
        usize::try_from(place)
            .ok()
            .and_then(|place| self.get(place).copied())
            .ok_or(Missing)
    }
}

/// The right edge of a growing tree: all that is needed to grow it on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The roots of the whole subtrees, the largest first.
    roots: Vec<Hash>,
}

impl Edge {
    /// The edge of the tree of the first `size` leaves.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of<S: Store>(store: &S, size: u64) -> Result<Self, S::Error> {
        let mut edge = Self::default();
        for level in (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1) {
            edge.roots
                .push(store.hash(place_of(level, edge.size >> level))?);
            edge.size |= 1 << level;
        }
        Ok(edge)
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; hands over each hash that becomes known, in the order of a store. Costs one
    /// hash on average, log₂ of the size at most.
    pub fn push(&mut self, leaf: Hash, mut known: impl FnMut(&Hash)) {
        known(&leaf);
        let mut hash = leaf;
        let mut number = self.size;
        while number & 1 == 1 {
            let Some(left) = self.roots.pop() else { break };
            hash = parent(&left, &hash);
            known(&hash);
            number >>= 1;
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// The root of the tree as it is.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else {
            return empty_root();
        };
        roots.fold(*last, |right, left| parent(left, &right))
    }
}

/// The root of the tree of the first `size` leaves.
///
/// # Errors
/// Those of the store.
pub fn root<S: Store>(store: &S, size: u64) -> Result<Hash, S::Error> {
    Ok(Edge::of(store, size)?.root())
}

/// The audit path of a leaf (counted from 0) in the tree of the first `size` leaves
/// (RFC 6962 §2.1.1); `None` where it is not in it.
///
/// # Errors
/// Those of the store.
pub fn inclusion<S: Store>(
    store: &S,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Hash>>, S::Error> {
    if index >= size {
        return Ok(None);
    }
    let mut path = Vec::new();
    let (mut low, mut high) = (0, size);
    // From the root down, so in the reverse order of a path.
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(subtree(store, middle, high)?);
            high = middle;
        } else {
            path.push(subtree(store, low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// The proof that the tree of the first `new` leaves goes on from that of the first `old`
/// (RFC 6962 §2.1.2), empty where either has nothing to say; `None` where `old` is the larger.
///
/// # Errors
/// Those of the store.
pub fn consistency<S: Store>(store: &S, old: u64, new: u64) -> Result<Option<Vec<Hash>>, S::Error> {
    if old > new {
        return Ok(None);
    }
    if old == 0 {
        return Ok(Some(Vec::new()));
    }
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, new);
    while high != old {
        let middle = low + split(high - low);
        if old <= middle {
            proof.push(subtree(store, middle, high)?);
            high = middle;
        } else {
            proof.push(subtree(store, low, middle)?);
            low = middle;
        }
    }
    // The old root itself is known to whoever asks.
    if low > 0 {
        proof.push(subtree(store, low, high)?);
    }
    proof.reverse();
    Ok(Some(proof))
}

/// The largest power of two below a number of leaves above 1.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The hash of the leaves from `low` to before `high`, where `low` is a place at which a subtree
/// of that size may begin.
fn subtree<S: Store>(store: &S, low: u64, high: u64) -> Result<Hash, S::Error> {
    let mut left = Vec::new();
    let mut at = low;
    while !(high - at).is_power_of_two() {
        let middle = at + split(high - at);
        let level = (middle - at).ilog2();
        left.push(store.hash(place_of(level, at >> level))?);
        at = middle;
    }
    let level = (high - at).ilog2();
    let last = store.hash(place_of(level, at >> level))?;
    Ok(left
        .iter()
        .rev()
        .fold(last, |right, left| parent(left, &right)))
}

fn as_root(size: u64, root: &Hash) -> RootHash<Sha256> {
    RootHash::new((*root).into(), size)
}

/// Whether the body of an entry stands at `index` of the tree with this size and root.
#[must_use]
pub fn is_included(body: &[u8], index: u64, size: u64, root: &Hash, path: &[Hash]) -> bool {
    InclusionProof::try_from_bytes(path.concat()).is_ok_and(|path| {
        as_root(size, root)
            .verify_inclusion(&body, index, &path)
            .is_ok()
    })
}

/// Whether the tree of the second size and root goes on from that of the first.
#[must_use]
pub fn is_consistent(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    if old.0 == 0 {
        return proof.is_empty();
    }
    ConsistencyProof::try_from_bytes(proof.concat()).is_ok_and(|proof| {
        as_root(new.0, new.1)
            .verify_consistency(&as_root(old.0, old.1), &proof)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::{super::store::leaf, *};

    fn body(number: u64) -> Vec<u8> {
        format!("entry {number}").into_bytes()
    }

    /// A store of so many leaves, and the root at every size.
    fn grown(leaves: u64) -> (Vec<Hash>, Vec<Hash>) {
        let mut store = Vec::new();
        let mut edge = Edge::default();
        let mut roots = vec![edge.root()];
        for number in 0..leaves {
            edge.push(leaf(&body(number)), |hash| store.push(*hash));
            roots.push(edge.root());
        }
        (store, roots)
    }

    #[test]
    fn the_empty_tree_and_the_first_leaves_are_those_of_the_standard() {
        let hex = |hash: Hash| data_encoding::HEXLOWER.encode(&hash);
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(Edge::default().root()), empty);
        // The test vectors of Certificate Transparency's reference: leaves "" and 00.
        let mut edge = Edge::default();
        edge.push(leaf(b""), |_| {});
        let one = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(hex(edge.root()), one);
        edge.push(leaf(b"\0"), |_| {});
        let two = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
        assert_eq!(hex(edge.root()), two);
    }

    #[test]
    fn places_follow_each_other_without_gaps() {
        let mut next = 0;
        for leaf in 0_u64..300 {
            assert_eq!(stored_by(leaf), next);
            for level in 0..=leaf.trailing_ones() {
                assert_eq!(place_of(level, leaf >> level), next);
                next += 1;
            }
        }
        for hashes in 0..600 {
            let leaves = leaves_in(hashes);
            assert!(stored_by(leaves) <= hashes && stored_by(leaves + 1) > hashes);
        }
    }

    #[test]
    fn roots_and_proofs_are_those_of_another_implementation() {
        const LEAVES: u64 = 70;
        let (store, roots) = grown(LEAVES);
        let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        for (size, root) in (1..).zip(roots.iter().skip(1)) {
            other.push(body(size - 1));
            assert_eq!(root.as_slice(), other.root().as_bytes().as_slice());
            assert_eq!(super::root(&store, size).as_ref(), Ok(root));
            for index in 0..size {
                let path = inclusion(&store, index, size).unwrap().unwrap();
                let theirs = other.prove_inclusion(usize::try_from(index).unwrap());
                assert_eq!(path.concat(), theirs.as_bytes(), "{index} of {size}");
            }
            for old in 1..=size {
                let proof = consistency(&store, old, size).unwrap().unwrap();
                let added = usize::try_from(size - old).unwrap();
                assert_eq!(proof.concat(), other.prove_consistency(added).as_bytes());
            }
        }
    }

    /// Counts what is read.
    struct Counted(std::cell::Cell<u32>);

    impl Store for Counted {
        type Error = Missing;

        fn hash(&self, _: u64) -> Result<Hash, Missing> {
            self.0.set(self.0.get() + 1);
            Ok([0; 32])
        }
    }

    #[test]
    fn a_tree_of_a_million_leaves_is_taken_up_and_proven_by_a_few_hashes() {
        for size in [1_000_000, 1_048_575, 10_000_000] {
            let store = Counted(std::cell::Cell::new(0));
            Edge::of(&store, size).unwrap();
            inclusion(&store, size / 3, size).unwrap();
            consistency(&store, size / 2 + 1, size).unwrap();
            assert!(store.0.get() < 200, "{size}: {}", store.0.get());
        }
    }

    #[test]
    fn what_is_not_in_the_tree_has_no_proof() {
        let (store, _) = grown(5);
        assert_eq!(inclusion(&store, 5, 5), Ok(None));
        assert_eq!(inclusion(&store, 0, 0), Ok(None));
        assert_eq!(consistency(&store, 5, 4), Ok(None));
        assert_eq!(consistency(&store, 0, 4), Ok(Some(Vec::new())));
        assert_eq!(inclusion(&store, 0, 6), Err(Missing));
    }

    proptest! {
        #[test]
        fn a_proof_holds_for_its_own_claim_and_no_other(
            size in 1_u64..200,
            index in any::<prop::sample::Index>(),
            old in any::<prop::sample::Index>(),
            harm in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let (store, roots) = grown(size);
            let of = |size: u64| &roots[usize::try_from(size).unwrap()];
            let index = u64::try_from(index.index(usize::try_from(size).unwrap())).unwrap();
            let old = 1 + u64::try_from(old.index(usize::try_from(size).unwrap())).unwrap();
            let path = inclusion(&store, index, size).unwrap().unwrap();
            prop_assert!(is_included(&body(index), index, size, of(size), &path));
            prop_assert!(!is_included(&body(index + 1), index, size, of(size), &path));
            prop_assert!(!is_included(&body(index), index, size, of(size - 1), &path));
            let proof = consistency(&store, old, size).unwrap().unwrap();
            prop_assert!(is_consistent((old, of(old)), (size, of(size)), &proof));
            prop_assert!(!is_consistent((old, of(old - 1)), (size, of(size)), &proof));
            for mut wrong in [path, proof] {
                if wrong.is_empty() {
                    continue;
                }
                let place = harm.index(wrong.len() * 32);
                wrong[place / 32][place % 32] ^= 1 << bit;
                prop_assert!(!is_included(&body(index), index, size, of(size), &wrong));
                prop_assert!(!is_consistent((old, of(old)), (size, of(size)), &wrong));
                wrong.pop();
                prop_assert!(!is_included(&body(index), index, size, of(size), &wrong));
            }
        }
    }
}
