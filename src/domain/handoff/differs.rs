//! Where what the crew saw or was told is not what the record says of whom the run is linked to: the
//! first sign of a wrong link.

use chrono::NaiveDate;

use super::{AgeBand, Handoff};
use crate::domain::{clock::japanese_time, name::folded, patient::Sex};

/// What the crew entered, where the record says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Differs {
    /// The name.
    Name(String),
    /// The birth date.
    BirthDate(NaiveDate),
    /// The sex.
    Sex(Sex),
    /// About how old: a neighbouring band is none, since crews estimate.
    AgeBand(AgeBand),
}

impl Handoff {
    /// Everything in which crew and record differ; nothing where the run is not linked.
    #[must_use]
    pub fn differs(&self) -> Vec<Differs> {
        let known = self.linked.as_ref();
        let Some(known) = known.and_then(|link| link.person.patient.as_ref()) else {
            return Vec::new();
        };
        let typed = &self.form.patient;
        let name = typed.name.clone().filter(|typed| {
            let known = [&known.name, &known.usual_name, &known.kana]
                .into_iter()
                .flatten();
            let mut known = known.peekable();
            known.peek().is_some() && known.all(|known| folded(known) != folded(typed))
        });
        let born = typed.birth_date.filter(|typed| {
            known
                .birth_date
                .is_some_and(|known| *typed < known.first_day() || known.last_day() < *typed)
        });
        let sex = typed.sex.filter(|typed| {
            let is_other = |known: Sex| known != *typed && known != Sex::Unknown;
            *typed != Sex::Unknown && known.sex.is_some_and(is_other)
        });
        let today = japanese_time(self.begun).date_naive();
        let known_band = known.birth_date.and_then(|born| AgeBand::at(born, today));
        let band = typed.age_band.filter(|typed| {
            let place = |band: AgeBand| AgeBand::ALL.iter().position(|one| *one == band);
            let apart = known_band.and_then(|known| Some(place(known)?.abs_diff(place(*typed)?)));
            apart.is_some_and(|apart| apart > 1)
        });
        [
            name.map(Differs::Name),
            born.map(Differs::BirthDate),
            sex.map(Differs::Sex),
            band.map(Differs::AgeBand),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
