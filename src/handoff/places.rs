//! The facilities that take part, by name.

use std::collections::BTreeMap;

use super::{Error, Handoffs};
use crate::{domain::access::FacilityId, registry::FacilityKind};

/// Who takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Every facility's name.
    pub names: BTreeMap<FacilityId, String>,
    /// The hospitals that can be asked, by name.
    pub hospitals: Vec<(FacilityId, String)>,
}

impl Handoffs {
    /// Who takes part.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn places(&self) -> Result<Places, Error> {
        let mut known = self.inner.registry.facilities().await?;
        known.sort_by(|one, other| one.name.cmp(&other.name));
        let hospitals = known
            .iter()
            .filter(|one| one.kind == FacilityKind::Hospital);
        Ok(Places {
            hospitals: hospitals
                .map(|one| (one.id.clone(), one.name.clone()))
                .collect(),
            names: known.into_iter().map(|one| (one.id, one.name)).collect(),
        })
    }
}
