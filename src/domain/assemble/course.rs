//! For how long the instructions of one prescription run, taken together.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::{
    code::Concept,
    date::Date,
    medication::{Cycle, Dosage},
    text::normalised,
};

/// What the instructions say of the time they cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Course {
    /// The first day any of them names.
    pub(super) starts: Option<Date>,
    /// The last day they name.
    pub(super) ends: Option<Date>,
    /// Calendar days from the first.
    pub(super) days: Option<u32>,
    /// They follow one another (漸増, 漸減): each has its own words.
    pub(super) stepwise: bool,
    /// They follow one another and do not say for how long: no end is made up.
    pub(super) unclear: bool,
    /// Not taken every day.
    pub(super) cycle: Option<Cycle>,
}

impl Course {
    pub(super) fn of(dosages: &[Dosage]) -> Self {
        let starts = dosages.iter().filter_map(|dosage| dosage.starts);
        let ends = dosages.iter().filter_map(|dosage| dosage.ends);
        let course = Self {
            starts: starts.min_by_key(Date::first_day),
            ends: ends.max_by_key(Date::last_day),
            cycle: cycle(dosages),
            ..Self::default()
        };
        let (days, stepwise) = match steps(dosages) {
            Steps::Together => (longest(dosages), false),
            Steps::Dated => (dated(dosages, course.starts), true),
            Steps::Numbered => (numbered(dosages), true),
            Steps::Unknown => (None, true),
        };
        let unclear = stepwise && days.is_none();
        Self {
            days,
            stepwise,
            unclear,
            ends: course.ends.filter(|_| !unclear),
            ..course
        }
    }
}

/// How several instructions follow one another.
enum Steps {
    /// At the same time, as 朝 and 夕 with different doses.
    Together,
    /// Each with its own first day.
    Dated,
    /// By `sequence`.
    Numbered,
    /// Their words say that they follow, nothing says for how long; or nothing says whether they do.
    Unknown,
}

fn steps(dosages: &[Dosage]) -> Steps {
    let first = dosages.first();
    let all = |has: fn(&Dosage) -> bool| dosages.iter().all(has);
    let differ = |same: fn(&Dosage, &Dosage) -> bool| {
        first.is_some_and(|first| dosages.iter().any(|other| !same(first, other)))
    };
    let day = |dosage: &Dosage| dosage.starts.map(|date| date.first_day());
    if all(|dosage| dosage.starts.is_some())
        && first.is_some_and(|first| dosages.iter().any(|other| day(other) != day(first)))
    {
        Steps::Dated
    } else if all(|dosage| dosage.sequence.is_some())
        && differ(|one, other| one.sequence == other.sequence)
    {
        Steps::Numbered
    } else if dosages.len() > 1 && (dosages.iter().any(says_step) || is_maybe_step(dosages)) {
        Steps::Unknown
    } else {
        Steps::Together
    }
}

/// Words of 漸増 and 漸減.
fn says_step(dosage: &Dosage) -> bool {
    const WORDS: [&str; 31] = [
        "漸増",
        "漸減",
        "日目",
        "週目",
        "その後",
        "以後",
        "以降",
        "最初",
        "初め",
        "始め",
        "はじめ",
        "初回",
        "まず",
        "次い",
        "ついで",
        "次の",
        "次に",
        "つぎ",
        "続け",
        "続い",
        "つづ",
        "引き続",
        "のち",
        "→",
        "⇒",
        "->",
        "thereafter",
        "then",
        "taper",
        "followedby",
        "firstweek",
    ];
    spoken(dosage).any(|words| WORDS.iter().any(|word| words.contains(word)))
}

/// Whether doses that differ, with days of their own, may follow one another: they run together
/// only where their times or days of taking them tell them apart (朝 and 夕, 奇数日 and 偶数日).
fn is_maybe_step(dosages: &[Dosage]) -> bool {
    let regular: Vec<&Dosage> = dosages.iter().filter(|one| !one.as_needed).collect();
    let times: Vec<Times> = regular.iter().map(|one| Times::of(one)).collect();
    let is_bound = regular.iter().any(|one| length(one).is_some());
    let uneven = regular
        .iter()
        .any(|one| spoken(one).any(|words| words.contains("不均等")));
    let pairs = || (0..regular.len()).flat_map(|at| (0..at).map(move |before| (before, at)));
    is_bound
        && !uneven
        && pairs().any(|(before, at)| {
            let doses = regular.get(before).zip(regular.get(at));
            let times = times.get(before).zip(times.get(at));
            doses.is_some_and(|(one, other)| is_other_dose(one, other))
                && !times.is_some_and(|(one, other)| one.is_apart(other))
        })
}

/// By quantity where both have one, else by the amounts in their words.
fn is_other_dose(one: &Dosage, other: &Dosage) -> bool {
    if let (Some(one), Some(other)) = (&one.dose, &other.dose) {
        return one.dose() != other.dose();
    }
    let amounts = |dosage: &Dosage| {
        const UNITS: [&str; 9] = ["錠", "カプセル", "cap", "包", "mg", "単位", "ml", "滴", "g"];
        let words: Vec<String> = spoken(dosage).collect();
        let of = |unit: &&str| words.iter().find_map(|words| number_before(words, unit));
        UNITS.iter().map(of).collect::<Vec<Option<u32>>>()
    };
    amounts(one) != amounts(other)
}

/// When of a day, and on which days, an instruction says that the drug is taken.
struct Times {
    hours: BTreeSet<&'static str>,
    days: BTreeSet<&'static str>,
}

impl Times {
    fn of(dosage: &Dosage) -> Self {
        const HOURS: [(&str, &str); 12] = [
            ("朝", "朝"),
            ("起床", "朝"),
            ("morning", "朝"),
            ("昼", "昼"),
            ("noon", "昼"),
            ("夕", "夕"),
            ("evening", "夕"),
            ("寝る前", "眠前"),
            ("就寝", "眠前"),
            ("就眠", "眠前"),
            ("眠前", "眠前"),
            ("bedtime", "眠前"),
        ];
        const DAYS: [&str; 12] = [
            "奇数日",
            "偶数日",
            "非透析",
            "透析日",
            "日曜",
            "月曜",
            "火曜",
            "水曜",
            "木曜",
            "金曜",
            "土曜",
            "休日",
        ];
        let words: String = spoken(dosage)
            .map(|words| {
                words
                    .replace("毎食", "朝昼夕")
                    .replace("非透析日", "非透析")
            })
            .collect::<Vec<String>>()
            .join(" ");
        let hours = HOURS.iter().filter(|(mark, _)| words.contains(mark));
        let days = DAYS.iter().filter(|mark| words.contains(**mark));
        Self {
            hours: hours.map(|(_, hour)| *hour).collect(),
            days: days.copied().collect(),
        }
    }

    fn is_apart(&self, other: &Self) -> bool {
        [(&self.hours, &other.hours), (&self.days, &other.days)]
            .iter()
            .any(|(one, other)| !one.is_empty() && !other.is_empty() && one.is_disjoint(other))
    }
}

fn length(dosage: &Dosage) -> Option<u32> {
    dosage.bounds_days.max(dosage.days).filter(|days| *days > 0)
}

/// At the same time: the longest.
fn longest(dosages: &[Dosage]) -> Option<u32> {
    dosages.iter().filter_map(length).max()
}

/// Each from its own first day: to the last day of the last.
fn dated(dosages: &[Dosage], starts: Option<Date>) -> Option<u32> {
    let first = starts?.first_day();
    let lasts = dosages.iter().map(|dosage| last_day(dosage, first));
    let mut days = 0;
    for last in lasts {
        days = days.max(last?);
    }
    Some(days)
}

fn last_day(dosage: &Dosage, first: NaiveDate) -> Option<u32> {
    let begins = dosage.starts?.first_day();
    let before = u32::try_from((begins - first).num_days()).ok()?;
    let by_end = dosage
        .ends
        .and_then(|ends| u32::try_from((ends.last_day() - first).num_days() + 1).ok());
    length(dosage)
        .map(|length| before.saturating_add(length))
        .or(by_end)
}

/// By number: the longest of each number, one after the other.
fn numbered(dosages: &[Dosage]) -> Option<u32> {
    let mut numbers: Vec<u32> = dosages.iter().filter_map(|one| one.sequence).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut days: u32 = 0;
    for number in numbers {
        let of_number = dosages.iter().filter(|one| one.sequence == Some(number));
        days = days.saturating_add(of_number.filter_map(length).max()?);
    }
    Some(days)
}

/// The longest round, where no instruction is for every day.
fn cycle(dosages: &[Dosage]) -> Option<Cycle> {
    let mut found: Option<Cycle> = None;
    for dosage in dosages {
        let cycle = dosage.cycle.or_else(|| said_cycle(dosage))?;
        let is_longer = found.is_none_or(|known| {
            u64::from(cycle.days) * u64::from(known.doses)
                > u64::from(known.days) * u64::from(cycle.doses)
        });
        if is_longer {
            found = Some(cycle);
        }
    }
    found
}

fn said_cycle(dosage: &Dosage) -> Option<Cycle> {
    spoken(dosage).find_map(|words| cycle_in(&words))
}

/// 隔日, 週2回, 毎週, 月・木曜日, 3日に1回, 4週に1回, 月1回.
fn cycle_in(words: &str) -> Option<Cycle> {
    const WEEKDAYS: [&str; 7] = ["日曜", "月曜", "火曜", "水曜", "木曜", "金曜", "土曜"];
    let weekdays = WEEKDAYS.iter().filter(|day| words.contains(*day)).count();
    let before = |mark: &str| number_before(words, mark);
    let after = |mark: &str| number_after(words, mark);
    let monthly = ["月1回", "月に1回", "1か月に1回", "1ヶ月に1回"];
    if weekdays > 0 {
        Cycle::of(7, u32::try_from(weekdays).ok()?)
    } else if words.contains("隔日") {
        Cycle::of(2, 1)
    } else if let Some(weeks) = before("週に1回").or_else(|| before("週間に1回")) {
        Cycle::of(weeks.checked_mul(7)?, 1)
    } else if let Some(doses) = after("週に").or_else(|| after("週")) {
        Cycle::of(7, doses)
    } else if words.contains("毎週") {
        Cycle::of(7, 1)
    } else if let Some(days) = before("日に1回").filter(|days| *days > 1) {
        Cycle::of(days, 1)
    } else if let Some(days) = before("日おき") {
        Cycle::of(days.checked_add(1)?, 1)
    } else if monthly.iter().any(|month| words.contains(month)) {
        Cycle::of(30, 1)
    } else {
        None
    }
}

/// The number just before `mark`: `3` of `3日おき`.
fn number_before(words: &str, mark: &str) -> Option<u32> {
    let (before, _) = words.split_once(mark)?;
    let digits = before.trim_end_matches(|c: char| c.is_ascii_digit());
    before.get(digits.len()..)?.parse().ok()
}

/// The number between `mark` and 回: `2` of `週2回`.
fn number_after(words: &str, mark: &str) -> Option<u32> {
    let (_, after) = words.split_once(mark)?;
    let (number, _) = after.split_once('回')?;
    number.parse().ok()
}

/// What an instruction says, each in one width and without spaces.
pub(super) fn spoken(dosage: &Dosage) -> impl Iterator<Item = String> + '_ {
    let usage = dosage.timing.iter().flat_map(words_of);
    dosage
        .text
        .as_deref()
        .into_iter()
        .chain(usage)
        .chain(dosage.instructions.iter().map(String::as_str))
        .map(|words| normalised(words).to_lowercase().replace(' ', ""))
}

fn words_of(concept: &Concept) -> impl Iterator<Item = &str> {
    let displays = concept.codings.iter();
    concept
        .text
        .as_deref()
        .into_iter()
        .chain(displays.filter_map(|coding| coding.display.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dosage(sequence: Option<u32>, starts: &str, days: u32, words: &str) -> Dosage {
        Dosage {
            text: Some(words.to_owned()),
            sequence,
            starts: Date::parse(starts),
            days: (days > 0).then_some(days),
            ..Dosage::default()
        }
    }

    #[track_caller]
    fn check(what: &str, dosages: &[Dosage], days: Option<u32>, stepwise: bool) {
        let course = Course::of(dosages);
        let unclear = stepwise && days.is_none();
        assert_eq!(
            (course.days, course.stepwise, course.unclear),
            (days, stepwise, unclear),
            "{what}"
        );
    }

    #[test]
    fn steps_follow_one_another() {
        let dated = [
            dosage(None, "2025-11-01", 3, "1錠"),
            dosage(None, "2025-11-04", 3, "2錠"),
            dosage(None, "2025-11-07", 14, "3錠"),
        ];
        check("three dated steps", &dated, Some(20), true);
        let numbered = [dosage(Some(1), "", 3, "1錠"), dosage(Some(2), "", 4, "2錠")];
        check("two numbered steps", &numbered, Some(7), true);
        let both = [
            dosage(Some(1), "", 7, "朝 2錠"),
            dosage(Some(1), "", 7, "夕 1錠"),
            dosage(Some(2), "", 7, "朝 1錠"),
        ];
        check("one number runs together", &both, Some(14), true);
        let worded = [
            dosage(None, "", 3, "1錠"),
            dosage(None, "", 7, "４日目から 2錠"),
        ];
        check("steps in words only", &worded, None, true);
        for (one, other) in [
            ("最初の7日間 4錠", "続けて7日間 2錠"),
            ("はじめ7日 4錠", "次いで7日 2錠"),
            ("1～7日目 4錠", "8～14日目 2錠"),
            ("4錠 7日間", "→2錠 7日間"),
            ("初めの3日 4錠", "次の3日 2錠"),
            ("1日1回 朝食後 4錠", "1日1回 朝食後 2錠"),
            ("1日3回 毎食後 4錠", "1日2回 朝夕食後 2錠"),
            ("4錠", "2錠"),
        ] {
            let steps = [dosage(None, "", 7, one), dosage(None, "", 7, other)];
            check(other, &steps, None, true);
        }
        let open = [dosage(Some(1), "", 3, "1錠"), dosage(Some(2), "", 0, "2錠")];
        check("a step without days", &open, None, true);
    }

    #[test]
    fn doses_of_one_day_run_together() {
        let uneven = [
            dosage(None, "2025-11-01", 14, "朝 2錠"),
            dosage(None, "2025-11-01", 14, "夕 1錠"),
        ];
        check("uneven doses", &uneven, Some(14), false);
        check(
            "one with days",
            &[dosage(None, "", 7, "夕")],
            Some(7),
            false,
        );
        check("nothing", &[], None, false);
        for (one, other) in [
            ("朝食後 2錠", "夕食後 1錠"),
            ("起床時 2錠", "寝る前 1錠"),
            ("奇数日 2錠", "偶数日 3錠"),
            ("朝食後 透析日 1錠", "朝食後 非透析日 2錠"),
            ("不均等 朝夕 2錠", "1錠"),
            ("1回1錠", "1回1錠 咀嚼"),
        ] {
            let doses = [dosage(None, "", 7, one), dosage(None, "", 7, other)];
            check(other, &doses, Some(7), false);
        }
    }

    #[test]
    fn days_between_doses_are_read_from_the_words() {
        for (words, expected) in [
            ("１日１回 朝食後 隔日投与", Cycle::of(2, 1)),
            ("１日１回 朝食後（月曜日、木曜日）", Cycle::of(7, 2)),
            ("週１回 起床時", Cycle::of(7, 1)),
            ("週に3回 透析後", Cycle::of(7, 3)),
            ("4週に1回", Cycle::of(28, 1)),
            ("毎週 金", Cycle::of(7, 1)),
            ("3日に1回 貼付", Cycle::of(3, 1)),
            ("2日おき", Cycle::of(3, 1)),
            ("月1回", Cycle::of(30, 1)),
            ("１日１回 朝食後 28日分", None),
            ("1日3回 毎食後", None),
            ("1日に1回", None),
        ] {
            let course = Course::of(&[dosage(None, "", 4, words)]);
            assert_eq!(course.cycle, expected, "{words}");
        }
        // One instruction for every day: the drug is taken every day.
        let daily = [dosage(None, "", 4, "毎朝"), dosage(None, "", 4, "隔日 夕")];
        assert_eq!(Course::of(&daily).cycle, None);
        // Of two rounds the longer.
        let two = [dosage(None, "", 4, "隔日"), dosage(None, "", 4, "週1回")];
        assert_eq!(Course::of(&two).cycle, Cycle::of(7, 1));
    }

    #[test]
    fn a_round_lasts_as_long_as_its_doses() {
        let weekly = Cycle::of(7, 1).unwrap();
        assert_eq!((weekly.lasts(4), weekly.lasts(0)), (28, 0));
        assert_eq!(Cycle::of(7, 2).unwrap().lasts(7), 25);
        assert_eq!(Cycle::of(2, 1).unwrap().lasts(7), 14);
        assert_eq!(weekly.lasts(u32::MAX), u32::MAX);
    }
}
