//! 診療行為: latest first.

use crate::domain::section::SectionName;

use super::{
    piece::{Built, Context, Piece},
    procedure_rows::{inside, row},
    rows,
};

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    for group in inside(SectionName::Procedures, pieces, context, &mut built) {
        let item = row(&group, context, &mut built);
        built.items.extend(item.map(rows::complete));
    }
    built
}
