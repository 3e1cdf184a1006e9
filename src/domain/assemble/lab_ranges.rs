//! Reference ranges: which of those sent is meant for this patient, and each in words.

use chrono::NaiveDate;

use crate::domain::{
    code::Concept,
    date::Date,
    patient::Sex,
    quantity::{Number, Quantity, Range},
    result::ReferenceRange,
    text,
    words::labs::Labs,
};

use super::{
    piece::Context,
    readings::of_range,
    rows::words_of,
    units::{folded_unit, unit_of},
};

/// What ranges are chosen by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    sex: Option<Sex>,
    birth: Option<Date>,
    /// The day of the sample.
    day: Option<NaiveDate>,
}

/// Whether a range is meant for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    ForThis,
    ForOthers,
    Unclear,
}

impl Person {
    /// The patient on the day of a sample.
    pub(super) const fn on(day: Option<NaiveDate>, context: &Context<'_>) -> Self {
        Self {
            sex: context.sex,
            birth: context.birth,
            day,
        }
    }

    /// Completed years on the day of the sample, where birth and sample are known to the day.
    pub(super) fn years(&self) -> Option<u32> {
        let birth = self
            .birth
            .filter(|birth| birth.first_day() == birth.last_day())?;
        self.day?.years_since(birth.first_day())
    }

    /// Only a normal range whose sex and age are this patient's is meant for this patient; what
    /// speaks of race, pregnancy or anything else that is not known here is unclear.
    pub(super) fn is_meant(&self, range: &ReferenceRange) -> Meant {
        if range.kind.as_ref().is_some_and(|kind| !is_normal(kind)) {
            return Meant::ForOthers;
        }
        let sexes = range.applies_to.iter().map(|to| match (sex(to), self.sex) {
            (Some(wanted), Some(own @ (Sex::Male | Sex::Female))) if wanted == own => {
                Meant::ForThis
            }
            (Some(_), Some(Sex::Male | Sex::Female)) => Meant::ForOthers,
            (Some(_) | None, _) => Meant::Unclear,
        });
        let all: Vec<Meant> = sexes
            .chain(range.age.as_ref().map(|age| self.is_age(age)))
            .collect();
        if all.contains(&Meant::ForOthers) {
            Meant::ForOthers
        } else if all.contains(&Meant::Unclear) {
            Meant::Unclear
        } else {
            Meant::ForThis
        }
    }

    fn is_age(&self, age: &Range) -> Meant {
        let bound = |bound: &Option<Quantity>| match bound {
            None => Some(None),
            Some(bound) => years_in(bound).map(Some),
        };
        let (Some(low), Some(high), Some(own)) = (bound(&age.low), bound(&age.high), self.years())
        else {
            return Meant::Unclear;
        };
        if low.is_none() && high.is_none() {
            return Meant::Unclear;
        }
        let own = f64::from(own);
        if low.is_none_or(|low| own >= low) && high.is_none_or(|high| own <= high) {
            Meant::ForThis
        } else {
            Meant::ForOthers
        }
    }
}

/// Years of an age bound; other units are not converted.
fn years_in(bound: &Quantity) -> Option<f64> {
    let unit = folded_unit(unit_of(bound)?);
    let is_years = matches!(
        unit.as_str(),
        "a" | "y" | "yr" | "yrs" | "year" | "years" | "歳" | "年"
    );
    bound
        .number
        .as_ref()
        .filter(|_| is_years && bound.comparator.is_none())
        .map(Number::value)
}

/// HL7 `referencerange-meaning`; `type` is what older senders wrote for the usual range.
fn is_normal(kind: &Concept) -> bool {
    kind.codings
        .iter()
        .any(|coding| matches!(coding.code.as_deref(), Some("normal" | "type")))
}

fn sex(applies_to: &Concept) -> Option<Sex> {
    let codes = applies_to
        .codings
        .iter()
        .filter_map(|coding| coding.code.as_deref());
    let displays = applies_to
        .codings
        .iter()
        .filter_map(|coding| coding.display.as_deref());
    codes
        .chain(displays)
        .chain(applies_to.text.as_deref())
        .find_map(
            |word| match text::normalised(word).to_lowercase().as_str() {
                "m" | "male" | "248153007" | "男" | "男性" => Some(Sex::Male),
                "f" | "female" | "248152002" | "女" | "女性" => Some(Sex::Female),
                _ => None,
            },
        )
}

/// The ranges that the row prints, each with for whom it is meant. Those for others are left out
/// where one is this patient's; therapeutic and other ranges are always said.
pub(super) fn printed(ranges: &[ReferenceRange], person: &Person, words: &Labs) -> Vec<String> {
    let is_usual = |range: &&ReferenceRange| range.kind.as_ref().is_none_or(is_normal);
    let found = ranges
        .iter()
        .filter(is_usual)
        .any(|range| person.is_meant(range) == Meant::ForThis);
    ranges
        .iter()
        .filter(|range| !found || !is_usual(range) || person.is_meant(range) == Meant::ForThis)
        .filter_map(|range| said(range, words))
        .collect()
}

/// 「基準（女性） 0.46–0.79 mg/dL」.
fn said(range: &ReferenceRange, words: &Labs) -> Option<String> {
    let span = of_range(&range.range, words, false);
    let kind = range
        .kind
        .as_ref()
        .filter(|kind| !is_normal(kind))
        .map_or_else(
            || words.range.to_owned(),
            |kind| {
                let code = kind
                    .codings
                    .iter()
                    .find_map(|coding| coding.code.as_deref());
                match code {
                    Some("therapeutic" | "treatment") => words.therapeutic_range.to_owned(),
                    Some("recommended") => words.recommended_range.to_owned(),
                    _ => format!(
                        "{} {}",
                        words.other_range,
                        words_of(kind).unwrap_or_default()
                    ),
                }
            },
        );
    let whom = range.applies_to.iter().map(|to| match sex(to) {
        Some(Sex::Male) => words.men.to_owned(),
        Some(Sex::Female) => words.women.to_owned(),
        _ => words_of(to).unwrap_or_else(|| words.unclear_whom.to_owned()),
    });
    let age = range.age.as_ref().map(|age| {
        let span = of_range(age, words, false).replace("\u{a0}a", words.years_old);
        if span.is_empty() {
            words.unclear_whom.to_owned()
        } else {
            span
        }
    });
    let whom: Vec<String> = whom.chain(age).collect();
    (!span.is_empty()).then(|| {
        if whom.is_empty() {
            format!("{kind} {span}")
        } else {
            format!("{kind} {span}{}", (words.for_whom)(&whom.join(" ")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        assemble::rows_testing::{coded, concept, today},
        section::Language,
        words::labs::labs,
    };

    fn person(sex: Option<Sex>, birth: &str) -> Person {
        Person {
            sex,
            birth: Date::parse(birth),
            day: Some(today()),
        }
    }

    fn span(low: &str, high: &str, unit: &str) -> Range {
        let bound = |number: &str| Quantity {
            comparator: None,
            number: Number::parse(number),
            unit: Some(unit.to_owned()),
        };
        Range {
            low: Some(bound(low)),
            high: Some(bound(high)),
            text: None,
        }
    }

    fn for_whom(applies_to: Vec<Concept>, age: Option<(&str, &str, &str)>) -> ReferenceRange {
        ReferenceRange {
            range: span("1", "2", "mg/dL"),
            kind: None,
            applies_to,
            age: age.map(|(low, high, unit)| span(low, high, unit)),
        }
    }

    #[test]
    fn a_range_is_meant_for_the_patient_only_where_the_sex_is_known_to_fit() {
        let gender = |code: &str| {
            coded(
                "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender",
                code,
                "",
            )
        };
        let (man, woman) = (Some(Sex::Male), Some(Sex::Female));
        for (applies_to, sex, expected) in [
            (vec![], None, Meant::ForThis),
            (vec![gender("F")], woman, Meant::ForThis),
            (vec![gender("F")], man, Meant::ForOthers),
            (vec![gender("F")], None, Meant::Unclear),
            (vec![gender("F")], Some(Sex::Other), Meant::Unclear),
            (vec![concept("男性")], man, Meant::ForThis),
            (vec![concept("妊婦")], woman, Meant::Unclear),
            (vec![gender("F"), concept("妊婦")], woman, Meant::Unclear),
            (vec![Concept::default()], man, Meant::Unclear),
        ] {
            let range = for_whom(applies_to, None);
            assert_eq!(
                person(sex, "").is_meant(&range),
                expected,
                "{range:?} {sex:?}"
            );
        }
    }

    #[test]
    fn a_range_is_meant_for_the_patient_only_where_the_age_is_known_to_fit() {
        for (age, birth, expected) in [
            (("18", "64", "a"), "1962-11-22", Meant::ForThis),
            (("18", "64", "a"), "1961-11-22", Meant::ForOthers),
            (("18", "64", "歳"), "2008-11-23", Meant::ForOthers),
            (("18", "64", "a"), "1990", Meant::Unclear),
            (("1", "12", "mo"), "1990-01-01", Meant::Unclear),
        ] {
            let range = for_whom(vec![], Some(age));
            let somebody = person(Some(Sex::Male), birth);
            assert_eq!(somebody.is_meant(&range), expected, "{age:?} {birth}");
        }
    }

    #[test]
    fn a_therapeutic_range_is_no_normal_range_and_says_what_it_is() {
        let words = labs(Language::Ja);
        let mut range = for_whom(vec![], None);
        range.kind = Some(coded("urn:x", "therapeutic", ""));
        let somebody = person(Some(Sex::Male), "1960-01-01");
        assert_eq!(somebody.is_meant(&range), Meant::ForOthers);
        assert_eq!(
            printed(&[range], &somebody, words),
            ["治療域 1–2\u{a0}mg/dL"]
        );
        let women = for_whom(vec![concept("女性")], Some(("18", "64", "a")));
        assert_eq!(
            printed(std::slice::from_ref(&women), &somebody, words),
            ["基準 1–2\u{a0}mg/dL（女性 18–64歳）"]
        );
        assert_eq!(
            printed(&[for_whom(vec![], None), women], &somebody, words),
            ["基準 1–2\u{a0}mg/dL"]
        );
    }
}
