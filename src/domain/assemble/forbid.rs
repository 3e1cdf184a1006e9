//! What the viewer's role and basis forbid (B17) leaves the summary whole, words and all.

use std::collections::BTreeMap;

use crate::domain::{
    section::{Fate, SectionName},
    words::fates::NOT_FOR_THIS_ROLE,
};

use super::{
    piece::{Built, Piece},
    routing::Routed,
};

/// B17: nothing of a forbidden section leaves, not even its words.
pub(super) fn forbid(
    section: SectionName,
    built: &mut BTreeMap<SectionName, Built>,
    routed: &Routed<'_>,
) {
    let pieces = routed.pieces.get(&section).map_or(&[][..], Vec::as_slice);
    built.insert(
        section,
        Built {
            fates: fates(pieces).collect(),
            ..Built::default()
        },
    );
}

/// The fates of what the viewer may not be told of.
pub(super) fn fates(pieces: &[Piece<'_>]) -> impl Iterator<Item = (usize, Fate, String)> {
    pieces
        .iter()
        .map(|piece| (piece.number, Fate::Withheld, NOT_FOR_THIS_ROLE.to_owned()))
}
