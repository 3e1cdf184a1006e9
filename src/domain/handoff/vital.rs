//! One timed set of vital signs. Every value may be missing; what was typed is kept as typed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Gcs, Jcs, RowId, Sign};

/// One eye.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pupil {
    /// Width in tenths of a millimetre.
    pub width_tenths: Option<u16>,
    /// Whether it answers to light.
    pub reacts: Option<bool>,
}

/// Both eyes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pupils {
    /// 右
    pub right: Pupil,
    /// 左
    pub left: Pupil,
}

impl Pupil {
    fn or(self, other: Self) -> Self {
        Self {
            width_tenths: self.width_tenths.or(other.width_tenths),
            reacts: self.reacts.or(other.reacts),
        }
    }
}

impl Pupils {
    /// What is known of either, the first one before the other.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            right: self.right.or(other.right),
            left: self.left.or(other.left),
        }
    }
}

/// One timed set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VitalSet {
    /// Which row of the form.
    pub id: RowId,
    /// When it was measured, as the crew says.
    pub at: DateTime<Utc>,
    /// JCS
    pub jcs: Option<Jcs>,
    /// GCS
    pub gcs: Option<Gcs>,
    /// Breaths a minute.
    pub breathing: Option<u16>,
    /// Beats a minute.
    pub pulse: Option<u16>,
    /// mmHg
    pub systolic: Option<u16>,
    /// mmHg
    pub diastolic: Option<u16>,
    /// Per cent.
    pub spo2: Option<u16>,
    /// Tenths of a litre a minute; 0 is room air.
    pub oxygen_tenths: Option<u16>,
    /// Tenths of a degree, as typed.
    pub temperature_tenths: Option<u16>,
    /// Both pupils.
    pub pupils: Pupils,
    /// Blood glucose in tenths of mg/dL, as typed.
    pub glucose_tenths: Option<u32>,
    /// What was tried and could not be measured.
    pub unmeasurable: BTreeSet<Sign>,
    /// Struck by the crew: it stays, marked.
    pub struck: bool,
}

impl VitalSet {
    /// An empty set.
    #[must_use]
    pub fn new(id: RowId, at: DateTime<Utc>) -> Self {
        Self {
            id,
            at,
            jcs: None,
            gcs: None,
            breathing: None,
            pulse: None,
            systolic: None,
            diastolic: None,
            spo2: None,
            oxygen_tenths: None,
            temperature_tenths: None,
            pupils: Pupils::default(),
            glucose_tenths: None,
            unmeasurable: BTreeSet::new(),
            struck: false,
        }
    }

    /// Whether nothing was measured or tried.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let bare = Self {
            struck: self.struck,
            ..Self::new(self.id.clone(), self.at)
        };
        *self == bare
    }

    /// Whether the patient is known not to be fully awake.
    #[must_use]
    pub fn is_impaired(&self) -> bool {
        self.jcs.is_some_and(|jcs| jcs.level() > 0)
            || self.gcs.is_some_and(|gcs| gcs.bounds().1 < 15)
    }
}
