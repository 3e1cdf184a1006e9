//! Facilities, and their 災害時 flag.

use chrono::{Days, NaiveDate};

use super::{Administration, By, Error, Flaw, Need, rules::checked_name};
use crate::{
    access::token,
    domain::{access::FacilityId, text::normalised},
    registry::{Disaster, Facility, FacilityKind},
};

/// How many days ahead 災害時 may be said: longer takes a new entry, so that nobody forgets that what
/// is unusual is not asked about meanwhile.
const LONGEST_DISASTER: Days = Days::new(14);

/// A facility to be made.
#[derive(Clone, Debug)]
pub struct FacilityForm {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FacilityKind,
    /// 保険医療機関番号, 10 digits.
    pub number: Option<String>,
}

/// 災害時 to be set.
#[derive(Clone, Debug)]
pub struct DisasterForm {
    /// Where.
    pub area: String,
    /// The last Japanese day.
    pub until: NaiveDate,
}

impl Administration {
    /// Makes a facility. For the command line.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_facility(&self, form: FacilityForm) -> Result<FacilityId, Error> {
        let name = checked_name(&form.name)?;
        let number = form
            .number
            .map(|number| {
                let number = normalised(&number);
                let right = number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit());
                right.then_some(number).ok_or(Flaw::FacilityNumber)
            })
            .transpose()?;
        let facilities = self.registry.facilities().await?;
        if number.is_some() && facilities.iter().any(|other| other.number == number) {
            return Err(Error::Taken);
        }
        let facility = Facility {
            id: FacilityId(token::fresh_id('f', &*self.entropy)),
            name,
            kind: form.kind,
            number,
            disaster: None,
        };
        let id = facility.id.clone();
        let by = By::Console("");
        self.record(by, &id, "facility_created", &id.0, form.kind.word())
            .await?;
        self.registry.add_facility(facility).await?;
        Ok(id)
    }

    /// Says that 災害時 is on in a facility up to and including a Japanese day.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn set_disaster<'a>(
        &self,
        by: impl Into<By<'a>>,
        facility: &FacilityId,
        form: DisasterForm,
    ) -> Result<(), Error> {
        let by = by.into();
        self.authorise(by, facility, Need::Administrator, "disaster_set")
            .await?;
        let known = self.facility(facility).await?;
        let area = checked_name(&form.area)?;
        let now = self.clock.now();
        if form.until < now.japanese_day() {
            return Err(Flaw::InPast.into());
        }
        let last = now.japanese_day().checked_add_days(LONGEST_DISASTER);
        if last.is_none_or(|last| form.until > last) {
            return Err(Flaw::DisasterTooLong.into());
        }
        let details = format!("{area} until {}", form.until);
        self.record(by, facility, "disaster_set", &facility.0, &details)
            .await?;
        // Prolonged, it is the same disaster: lists of its patients go on.
        let goes_on = known
            .disaster
            .filter(|old| old.until >= now.japanese_day() && old.area == area);
        let disaster = Disaster {
            area,
            until: form.until,
            by: by.word().to_owned(),
            at: goes_on.map_or(now.wall, |old| old.at),
        };
        Ok(self
            .registry
            .set_disaster(facility.clone(), Some(disaster))
            .await?)
    }

    /// Says that 災害時 is over in a facility.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn clear_disaster<'a>(
        &self,
        by: impl Into<By<'a>>,
        facility: &FacilityId,
    ) -> Result<(), Error> {
        let by = by.into();
        self.authorise(by, facility, Need::Administrator, "disaster_cleared")
            .await?;
        self.facility(facility).await?;
        self.record(by, facility, "disaster_cleared", &facility.0, "")
            .await?;
        Ok(self.registry.set_disaster(facility.clone(), None).await?)
    }
}
