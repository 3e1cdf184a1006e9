//! How long a drug lasts (B6).

use chrono::{Datelike, Days, NaiveDate};

use crate::domain::{
    date::Date,
    medication::{Act, Cycle, Medication},
    section::Language,
    text::normalised,
    words::drugs::{DrugWords, Why},
};

use super::{
    course::{self, Course},
    drug_code::Identity,
    drug_title::is_external_form,
};

/// A supply of unknown length is not known to have ended: for the windows alone it is taken to last
/// as long as one prescription usually does at the most. It is never shown.
const UNKNOWN_LASTS_DAYS: u32 = 90;

/// Hardly any prescription is for more than half a year: 28日分 of a weekly drug are not 28 weeks
/// but the calendar's days.
const NOT_DAILY_LASTS_AT_MOST: u32 = 180;

/// How the drug is given, as far as it matters for how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By mouth, regularly.
    Regular,
    /// External use: by day where days are known.
    External,
    /// As needed: doses, no last day.
    AsNeeded,
    /// Injection or infusion: only the day is known.
    Injection,
}

/// What is known of a row's supply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Supply {
    pub(super) kind: Kind,
    /// The day it was handed out, begun, prescribed or stated: the first that is known.
    pub(super) begins: Option<Date>,
    /// Days of one fill, as sent.
    pub(super) days: Option<u32>,
    /// The last day that what was handed out (or prescribed once) covers.
    pub(super) last: Option<NaiveDate>,
    /// The last day it can reach at the longest, where that is another.
    pub(super) longest: Option<NaiveDate>,
    /// What makes it reach that far.
    pub(super) why: Vec<Why>,
    /// What the instructions say of the time.
    pub(super) course: Course,
    /// Up to which day it is not known to have ended; for the windows only.
    open_until: Option<NaiveDate>,
}

impl Supply {
    /// Reckons the supply of `medication`, of which so many days are still to be handed out.
    pub(super) fn of(medication: &Medication, identity: &Identity, left_days: u32) -> Self {
        let kind = kind(medication, identity);
        let course = Course::of(&medication.dosages);
        let begins = begins(medication, &course);
        let sent = medication.supply_days.filter(|days| *days > 0);
        let taken = medication.dosages.iter().filter_map(|dosage| dosage.days);
        let span = Span::of(sent, taken.max(), &course);
        let exact = begins.filter(|date| date.first_day() == date.last_day());
        let after = |date: Option<Date>, days: u32| {
            let add = Days::new(u64::from(days.saturating_sub(1)));
            date.and_then(|date| date.last_day().checked_add_days(add))
        };
        let ends = medication.ends.or(course.ends).map(|date| date.last_day());
        let mut supply = Self {
            kind,
            begins,
            days: sent
                .or_else(|| taken_days(medication, &course).filter(|_| kind != Kind::AsNeeded)),
            last: match span.days {
                Some(days) => after(exact, days).filter(|_| !span.reckoned),
                None => ends,
            },
            longest: None,
            why: Vec::new(),
            course,
            open_until: None,
        };
        if let Some(days) = span.days {
            let left = span.cycle.map_or(left_days, |cycle| cycle.lasts(left_days));
            let reasons = [
                (left > 0, Why::Undispensed),
                (span.reckoned, Why::NotDaily),
                (matches!(begins, Some(Date::Month(_))), Why::MonthOnly),
                (matches!(begins, Some(Date::Year(_))), Why::YearOnly),
            ];
            supply.why = reasons
                .into_iter()
                .filter(|(is, _)| *is)
                .map(|(_, why)| why)
                .collect();
            let longest = after(begins, days.saturating_add(left));
            supply.longest = longest.filter(|_| !supply.why.is_empty());
        }
        supply.open_until = match (kind, medication.act) {
            (Kind::Injection, Act::Prescribed | Act::Stated)
                if span.days.is_none_or(|days| days < 2) =>
            {
                begins.map(|date| date.last_day())
            }
            _ => supply
                .longest
                .max(supply.last)
                .or_else(|| after(begins, span.days.unwrap_or(UNKNOWN_LASTS_DAYS))),
        };
        if matches!(kind, Kind::Injection | Kind::AsNeeded) {
            supply.last = None;
            supply.longest = None;
        }
        supply
    }

    /// The last day it can reach.
    pub(super) fn reach(&self) -> Option<NaiveDate> {
        self.longest.max(self.last)
    }

    /// The day until which nobody can say that it has ended (B1).
    pub(super) fn open_until(&self) -> Option<NaiveDate> {
        self.open_until
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
        let begun = self.begins.map(|date| date_words(date, as_of, language));
        let mut words = vec![match (self.kind, self.last, begun) {
            (Kind::Injection, _, Some(given)) => (text.injection)(act, &given),
            (_, Some(last), _) => (text.until)(act, undispensed, &day(last)),
            (_, None, Some(begun)) if self.is_counted() => (text.on)(act, &begun),
            (_, None, Some(begun)) => (text.on_unknown)(act, &begun),
            (_, None, None) => self.no_day(text).to_owned(),
        }];
        if let Some(longest) = self.longest {
            words.push((text.longest)(&day(longest), &self.why));
        }
        if self.kind != Kind::Injection {
            words.extend(self.days.map(|days| (text.days)(days)));
        }
        if self.course.unclear && self.last.is_none() {
            words.push(text.steps_unclear.to_owned());
        }
        let begins = self.begins.map(|date| date.first_day());
        let later = begins.filter(|begins| *begins > as_of);
        words.extend(later.map(|begins| (text.begins)(&day(begins))));
        words
    }

    /// The day of what does not stand; of what was done before that, the act.
    pub(super) fn begun_words(
        &self,
        act: Option<Act>,
        as_of: NaiveDate,
        language: Language,
        text: &DrugWords,
    ) -> String {
        let Some(begun) = self.begins.map(|date| date_words(date, as_of, language)) else {
            return text.date_unknown.to_owned();
        };
        match act {
            Some(act) => (text.on)(act, &begun),
            None => (text.dated)(&begun),
        }
    }

    fn no_day(&self, text: &DrugWords) -> &'static str {
        if self.days.is_some() && self.kind != Kind::Injection {
            text.date_unknown
        } else {
            text.day_unknown
        }
    }

    /// Whether the amount is known in another way than by its last day.
    fn is_counted(&self) -> bool {
        self.longest.is_some() || self.days.is_some() || self.kind == Kind::AsNeeded
    }
}

/// The day it was handed out, or began where that is later; else when it was prescribed or stated.
fn begins(medication: &Medication, course: &Course) -> Option<Date> {
    let starts = medication.starts.or(course.starts);
    [medication.dispensed, starts]
        .into_iter()
        .flatten()
        .max_by_key(Date::first_day)
        .or(medication.authored)
}

/// Calendar days of one fill.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    days: Option<u32>,
    /// Reckoned from doses between which days lie: at the longest.
    reckoned: bool,
    /// How what is left to hand out is to be counted: as doses between which days lie.
    cycle: Option<Cycle>,
}

impl Span {
    /// The days supplied go before the timing's bounds (B6), except where the drug is not taken
    /// every day; then the bounds are the calendar and the days supplied are doses.
    fn of(sent: Option<u32>, taken: Option<u32>, course: &Course) -> Self {
        let doses = sent.or(taken);
        let plain = Self {
            days: sent.or(course.days),
            ..Self::default()
        };
        let (Some(cycle), Some(doses)) = (course.cycle, doses) else {
            return plain;
        };
        if sent.is_none() && course.unclear {
            return plain;
        }
        if cycle.lasts(doses) > NOT_DAILY_LASTS_AT_MOST {
            return plain;
        }
        let bounds = course.days.filter(|bounds| *bounds > doses);
        Self {
            days: Some(bounds.unwrap_or(cycle.lasts(doses))),
            reckoned: bounds.is_none(),
            cycle: Some(cycle),
        }
    }
}

/// Days to show where the sender supplied none: those on which it is taken.
fn taken_days(medication: &Medication, course: &Course) -> Option<u32> {
    let taken = medication.dosages.iter().filter_map(|dosage| dosage.days);
    taken
        .max()
        .filter(|_| !course.stepwise)
        .or(course.days)
        .filter(|days| *days > 0)
}

/// Injection goes before everything: an infusion as needed has no end either.
fn kind(medication: &Medication, identity: &Identity) -> Kind {
    let name = normalised(&identity.title).to_lowercase();
    let injected = match identity.route() {
        Some(400..=699) => true,
        Some(_) => false,
        None => {
            // 注腸 and 注入軟膏 are for external use.
            let plain = name.replace("注腸", "").replace("注入", "");
            is_injected(medication)
                || ["注", "点滴", "injection"]
                    .iter()
                    .any(|word| plain.contains(word))
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
    if is_as_needed(medication) {
        Kind::AsNeeded
    } else if external {
        Kind::External
    } else {
        Kind::Regular
    }
}

/// Coded as such, counted in doses, or said in the usual words.
fn is_as_needed(medication: &Medication) -> bool {
    const WORDS: [&str; 18] = [
        "頓用",
        "頓服",
        "屯用",
        "屯服",
        "疼痛時",
        "発熱時",
        "頭痛時",
        "腹痛時",
        "便秘時",
        "不眠時",
        "嘔気時",
        "悪心時",
        "発作時",
        "不安時",
        "下痢時",
        "必要時",
        "痛い時",
        "痛いとき",
    ];
    medication.doses.is_some()
        || medication.dosages.iter().any(|dosage| {
            dosage.as_needed
                || course::spoken(dosage).any(|words| {
                    WORDS.iter().any(|word| words.contains(word)) || words.contains("asneeded")
                })
        })
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

/// A day, or the month or year that is all that was sent.
fn date_words(date: Date, as_of: NaiveDate, language: Language) -> String {
    match (date, language) {
        (Date::Day(_) | Date::Instant(_), _) => day_words(date.first_day(), as_of, language),
        (Date::Month(_) | Date::Year(_), Language::En) => date.to_string(),
        (Date::Month(month), Language::Ja) => format!("{}年{}月", month.year(), month.month()),
        (Date::Year(year), Language::Ja) => format!("{year}年"),
    }
}

#[cfg(test)]
#[path = "supply_tests.rs"]
mod tests;
