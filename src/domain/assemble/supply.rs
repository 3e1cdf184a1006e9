//! How long a drug lasts (B6).

use chrono::{Datelike, Days, NaiveDate};

use crate::domain::{
    medication::{Act, Medication},
    section::Language,
    text::normalised,
    words::drugs::DrugWords,
};

use super::drug_code::{Identity, is_external_form};

/// How the drug is given, as far as it matters for how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By mouth, regularly.
    Regular,
    /// External use or as needed.
    Occasional,
    /// Injection or infusion: only the day is known.
    Injection,
}

/// What is known of a row's supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Supply {
    pub(super) kind: Kind,
    /// The day it was handed out, begun, prescribed or stated: the first that is known.
    pub(super) begins: Option<NaiveDate>,
    /// Days of one fill.
    pub(super) days: Option<u32>,
    /// The last day that what was handed out (or prescribed once) covers.
    pub(super) last: Option<NaiveDate>,
    /// The last day with all refills, where there are any left.
    pub(super) longest: Option<NaiveDate>,
}

impl Supply {
    /// Reckons the supply of `medication` with so many refills still to come.
    pub(super) fn of(medication: &Medication, identity: &Identity, refills_left: u32) -> Self {
        let kind = kind(medication, identity);
        let handed = medication.dispensed.map(|date| date.first_day());
        let starts = medication.starts.map(|date| date.first_day());
        let begins = match (handed, starts) {
            (Some(handed), Some(starts)) => Some(handed.max(starts)),
            (one, other) => one
                .or(other)
                .or(medication.authored.map(|date| date.first_day())),
        };
        let day = handed.or(starts).or(begins);
        if kind == Kind::Injection {
            return Self {
                kind,
                begins: day,
                days: None,
                last: None,
                longest: None,
            };
        }
        let days = medication
            .supply_days
            .or(medication.bounds_days)
            .filter(|days| *days > 0);
        let after = |count: u32| {
            let add = Days::new(u64::from(count.saturating_sub(1)));
            begins.and_then(|first| first.checked_add_days(add))
        };
        let last = match days {
            Some(days) => after(days),
            None => medication.ends.map(|date| date.last_day()),
        };
        let longest = days
            .filter(|_| refills_left > 0)
            .and_then(|days| after(days.saturating_mul(refills_left.saturating_add(1))));
        Self {
            kind,
            begins,
            days,
            last,
            longest,
        }
    }

    /// The last day it can reach.
    pub(super) fn reach(&self) -> Option<NaiveDate> {
        self.longest.max(self.last)
    }

    /// "11/30分まで調剤" and its kin; never that it is taken.
    pub(super) fn words(
        &self,
        act: Act,
        undispensed: bool,
        as_of: NaiveDate,
        language: Language,
        text: &DrugWords,
    ) -> Vec<String> {
        let day = |date: NaiveDate| day_words(date, as_of, language);
        let first = match (self.kind, self.last, self.begins) {
            (Kind::Injection, _, Some(given)) => (text.injected_on)(&day(given)),
            (_, Some(last), _) => {
                let words = match act {
                    Act::Dispensed => text.dispensed_until,
                    Act::Prescribed if undispensed => text.undispensed_until,
                    Act::Prescribed => text.prescribed_until,
                    Act::Stated => text.stated_until,
                };
                words(&day(last))
            }
            (_, None, Some(begins)) => {
                let words = match act {
                    Act::Dispensed => text.dispensed_on,
                    Act::Prescribed => text.prescribed_on,
                    Act::Stated => text.stated_on,
                };
                words(&day(begins))
            }
            (_, None, None) => text.day_unknown.to_owned(),
        };
        let mut words = vec![first];
        words.extend(self.longest.map(|longest| (text.longest)(&day(longest))));
        words.extend(self.days.map(|days| (text.days)(days)));
        words
    }
}

/// Injection goes before everything: an infusion as needed has no end either.
fn kind(medication: &Medication, identity: &Identity) -> Kind {
    let name = normalised(&identity.title).to_lowercase();
    let injected = match identity.route() {
        Some(400..=699) => true,
        Some(_) => false,
        None => {
            is_injected(medication)
                || ["注", "点滴", "injection"]
                    .iter()
                    .any(|word| name.contains(word))
        }
    };
    if injected {
        return Kind::Injection;
    }
    let external = identity.route().is_some_and(|route| route >= 700)
        || is_said(
            medication,
            &[
                "外用", "点眼", "点鼻", "塗布", "貼付", "吸入", "噴霧", "topical", "inhal",
                "ophthalm", "rectal", "直腸",
            ],
        )
        || is_external_form(&name);
    let as_needed = medication.dosages.iter().any(|dosage| dosage.as_needed);
    if external || as_needed {
        Kind::Occasional
    } else {
        Kind::Regular
    }
}

/// SNOMED CT and HL7 v3 routes, or their words.
fn is_injected(medication: &Medication) -> bool {
    const CODES: [&str; 9] = [
        "47625008", "34206005", "78421000", "IV", "IVPB", "SC", "SQ", "IM", "IVP",
    ];
    let mut routes = medication
        .dosages
        .iter()
        .filter_map(|dosage| dosage.route.as_ref());
    routes.any(|route| {
        route.codings.iter().any(|coding| {
            coding
                .code
                .as_deref()
                .is_some_and(|code| CODES.contains(&code))
        })
    }) || is_said(
        medication,
        &[
            "注射",
            "静注",
            "皮下注",
            "筋注",
            "点滴",
            "intraven",
            "subcutan",
            "intramusc",
            "infusion",
        ],
    )
}

/// Whether route or usage say one of `words`.
fn is_said(medication: &Medication, words: &[&str]) -> bool {
    let concepts = medication
        .dosages
        .iter()
        .flat_map(|dosage| dosage.route.iter().chain(&dosage.timing));
    let mut spoken = concepts.flat_map(|concept| {
        let displays = concept
            .codings
            .iter()
            .filter_map(|coding| coding.display.as_deref());
        concept.text.as_deref().into_iter().chain(displays)
    });
    spoken.any(|spoken| {
        let spoken = normalised(spoken).to_lowercase();
        words.iter().any(|word| spoken.contains(word))
    })
}

/// Month and day; the year too where it is another.
fn day_words(day: NaiveDate, as_of: NaiveDate, language: Language) -> String {
    match language {
        Language::En => day.format("%Y-%m-%d").to_string(),
        Language::Ja if day.year() == as_of.year() => format!("{}/{}", day.month(), day.day()),
        Language::Ja => format!("{}/{}/{}", day.year(), day.month(), day.day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{code::Concept, date::Date, medication::Dosage, words};

    fn identity(text: &str) -> Identity {
        Identity::of(
            &Concept {
                text: Some(text.to_owned()),
                codings: Vec::new(),
            },
            &[],
        )
    }

    fn words_of(name: &str, medication: &Medication, refills: u32) -> Vec<String> {
        let undispensed = medication.act == Act::Prescribed && medication.dispensed.is_none();
        Supply::of(medication, &identity(name), refills).words(
            medication.act,
            undispensed,
            "2025-11-20".parse().unwrap(),
            Language::Ja,
            words::drugs::words(Language::Ja),
        )
    }

    fn medication(act: Act, day: &str, supply: Option<u32>, bounds: Option<u32>) -> Medication {
        let date = Date::parse(day);
        Medication {
            act,
            dispensed: date.filter(|_| act == Act::Dispensed),
            authored: date.filter(|_| act != Act::Dispensed),
            supply_days: supply,
            bounds_days: bounds,
            ..Medication::default()
        }
    }

    #[test]
    fn supply_goes_before_bounds_and_refills_are_said_as_the_longest() {
        let dispensed = medication(Act::Dispensed, "2025-11-01", Some(30), Some(7));
        assert_eq!(
            words_of("A錠", &dispensed, 0),
            ["11/30分まで調剤", "30日分"]
        );
        let bounds = medication(Act::Dispensed, "2025-11-01", None, Some(7));
        assert_eq!(words_of("A錠", &bounds, 0), ["11/7分まで調剤", "7日分"]);
        let prescribed = medication(Act::Prescribed, "2025-11-01", Some(30), None);
        assert_eq!(
            words_of("A錠", &prescribed, 0),
            ["11/30分まで処方（未調剤）", "30日分"]
        );
        assert_eq!(
            words_of("A錠", &dispensed, 2),
            [
                "11/30分まで調剤",
                "最長2026/1/29分まで（未調剤分を含む）",
                "30日分"
            ]
        );
        let ends = Medication {
            ends: Date::parse("2025-12"),
            ..medication(Act::Stated, "2025-11-01", None, None)
        };
        assert_eq!(words_of("A錠", &ends, 0), ["12/31分までの記載"]);
        assert_eq!(
            words_of(
                "A錠",
                &medication(Act::Prescribed, "2025-11-01", None, None),
                0
            ),
            ["11/1 処方（日数不明）"]
        );
    }

    #[test]
    fn an_injection_has_a_day_and_no_end() {
        let given = medication(Act::Prescribed, "2025-11-01", Some(14), None);
        assert_eq!(
            words_of("ヘパリンNa注5千単位", &given, 1),
            ["11/1 注射・点滴"]
        );
        let route = Dosage {
            route: Some(Concept {
                text: Some("点滴静注".to_owned()),
                codings: Vec::new(),
            }),
            ..Dosage::default()
        };
        let infused = Medication {
            dosages: vec![route],
            ..given
        };
        assert_eq!(words_of("メロペネム", &infused, 0), ["11/1 注射・点滴"]);
    }
}
