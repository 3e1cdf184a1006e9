//! Dosage instructions, and for how long they run.

use super::node::Node;
use crate::domain::{
    code::Concept,
    date::Date,
    medication::{Cycle, Dosage},
    quantity::{Number, Quantity, Range},
};

/// The longest course that is believed.
const DAYS_AT_MOST: f64 = 36_500.0;

/// Names under which JP Core has published 投与期間 and 実投与日数.
const PERIOD_OF_USE: [&str; 2] = [
    "JP_MedicationDosage_PeriodOfUse",
    "JP_MedicationRequest_DosageInstruction_PeriodOfUse",
];
const USAGE_DURATION: [&str; 2] = [
    "JP_MedicationDosage_UsageDuration",
    "JP_MedicationRequest_DosageInstruction_UsageDuration",
];

/// One instruction.
pub(super) fn read(node: &Node<'_>) -> Dosage {
    let timing = node.object("timing");
    let repeat = timing.as_ref().and_then(|timing| timing.object("repeat"));
    let mut dosage = Dosage {
        text: node.text("text"),
        timing: timing.as_ref().and_then(|timing| timing.concept("code")),
        route: node.concept("route"),
        as_needed_for: node.words("asNeededCodeableConcept"),
        instructions: node.each_in_words("additionalInstruction"),
        sequence: node.count("sequence"),
        ..Dosage::default()
    };
    read_course(node, repeat.as_ref(), &mut dosage);
    dosage.cycle = cycle(node, repeat.as_ref());
    dosage.as_needed = node.truth("asNeededBoolean") == Some(true)
        || dosage.as_needed_for.is_some()
        || dosage.timing.as_ref().is_some_and(is_at_an_event);
    for name in ["site", "method"] {
        dosage.instructions.extend(node.words(name));
    }
    dosage.instructions.extend(node.text("patientInstruction"));
    if dosage.timing.is_none() {
        dosage.timing = repeat.as_ref().and_then(repeat_words).map(|text| Concept {
            text: Some(text),
            codings: Vec::new(),
        });
    }
    for amount in node.objects("doseAndRate") {
        read_amount(&amount, &mut dosage);
    }
    // Before R4 the dose stood beside the text.
    read_amount(node, &mut dosage);
    if let Some(limit) = ratio_words(node, "maxDosePerPeriod") {
        dosage.instructions.push(format!("≤ {limit}"));
    }
    dosage
}

/// When it begins and ends, and for how many days.
fn read_course(node: &Node<'_>, repeat: Option<&Node<'_>>, dosage: &mut Dosage) {
    let named = |names: [&'static str; 2]| names.into_iter().flat_map(|name| node.extensions(name));
    let mut cover = |starts: Option<Date>, ends: Option<Date>| {
        let first = [dosage.starts, starts].into_iter().flatten();
        dosage.starts = first.min_by_key(Date::first_day);
        let last = [dosage.ends, ends].into_iter().flatten();
        dosage.ends = last.max_by_key(Date::last_day);
    };
    for extension in named(PERIOD_OF_USE) {
        let period = extension.period("valuePeriod").unwrap_or_default();
        cover(period.start, period.end);
    }
    if let Some(repeat) = repeat {
        let bounds = repeat.period("boundsPeriod").unwrap_or_default();
        cover(bounds.start, bounds.end);
        dosage.bounds_days = days(repeat, "boundsDuration");
    }
    let durations = named(USAGE_DURATION).map(|extension| days(&extension, "valueDuration"));
    dosage.days = durations.max().flatten();
}

/// 隔日 and 曜日指定: every other day, every week, on named days. Of JAMI's eight-digit 補足用法
/// `I` counts the days on and off, `W` has one digit for each day from Sunday.
fn cycle(node: &Node<'_>, repeat: Option<&Node<'_>>) -> Option<Cycle> {
    let of_code = node
        .concepts("additionalInstruction")
        .iter()
        .flat_map(|concept| &concept.codings)
        .filter(|coding| coding.system.as_deref().is_some_and(is_additional_usage))
        .find_map(|coding| coded_cycle(coding.code.as_deref()?));
    of_code.or_else(|| repeat.and_then(repeated_cycle))
}

fn is_additional_usage(system: &str) -> bool {
    system.ends_with("MedicationUsageAdditional") || system.ends_with("200250.2.2.20.22")
}

fn coded_cycle(code: &str) -> Option<Cycle> {
    let (kind, digits) = code.split_at_checked(1)?;
    let digit = |at: usize| digits.chars().nth(at).and_then(|c| c.to_digit(10));
    match kind {
        "I" => {
            let (on, off) = (digit(0)?, digit(1)?);
            Cycle::of(on + off, on)
        }
        "W" if digits.len() == 7 => {
            let on = digits.bytes().filter(|byte| *byte == b'1').count();
            Cycle::of(7, u32::try_from(on).ok()?)
        }
        _ => None,
    }
}

/// `frequency` times in `period` days or weeks, or the days of the week.
fn repeated_cycle(repeat: &Node<'_>) -> Option<Cycle> {
    let weekdays = u32::try_from(repeat.texts("dayOfWeek").len()).ok()?;
    let period = repeat.number("period").map(|period| period.value());
    let length = match (repeat.text("periodUnit").as_deref(), period) {
        (Some("wk"), Some(period)) => period * 7.0,
        _ if weekdays > 0 => 7.0,
        (Some("d"), Some(period)) => period,
        (Some("mo"), Some(period)) => period * 30.0,
        _ => return None,
    };
    if !(1.0..=400.0).contains(&length) || length.fract() > 0.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and between 1 and 400"
    )]
    let length = length as u32;
    let doses = match weekdays {
        0 => repeat.count("frequency").unwrap_or(1),
        weekdays => weekdays,
    };
    Cycle::of(length, doses)
}

/// Usage codes (電子処方箋 用法, JAMI 16 digits): the third digit 5 is "at an event" (発熱時, 便秘時),
/// which is as needed.
fn is_at_an_event(usage: &Concept) -> bool {
    usage.codings.iter().any(|coding| {
        let is_usage = coding.system.as_deref().is_some_and(|system| {
            system.ends_with("MedicationUsage_ePrescription")
                || system.ends_with("CodeSystem/MedicationUsage")
                || system.ends_with("200250.2.2.20.20")
        });
        let code = coding.code.as_deref().unwrap_or_default();
        is_usage && code.len() == 16 && code.as_bytes().get(2) == Some(&b'5')
    })
}

fn read_amount(node: &Node<'_>, dosage: &mut Dosage) {
    if let Some(dose) = node.quantity("doseQuantity") {
        match &dosage.dose {
            None => dosage.dose = Some(dose),
            Some(first) if *first == dose => {}
            Some(_) => dosage.instructions.extend(dose.dose()),
        }
    }
    for name in ["doseRange", "rateRange"] {
        let range = node.object(name).and_then(|range| range.as_range());
        dosage
            .instructions
            .extend(range.as_ref().map(range_of_doses));
    }
    if let Some(rate) = node.quantity("rateQuantity") {
        match per_day(&rate) {
            Some(daily) if dosage.daily.is_none() => dosage.daily = Some(daily),
            _ => dosage.instructions.extend(rate.dose()),
        }
    }
    if let Some(ratio) = node.object("rateRatio") {
        let is_one_day = days(&ratio, "denominator") == Some(1)
            && is_daily(ratio.quantity("denominator").as_ref());
        match ratio
            .quantity("numerator")
            .filter(|_| is_one_day && dosage.daily.is_none())
        {
            Some(daily) => dosage.daily = Some(daily),
            None => dosage.instructions.extend(ratio_words(node, "rateRatio")),
        }
    }
}

/// A rate that says "a day" in its unit, without it.
fn per_day(rate: &Quantity) -> Option<Quantity> {
    let (unit, per) = rate.unit.as_deref()?.rsplit_once(['/', '／'])?;
    is_day(per).then(|| Quantity {
        unit: Some(unit.trim().to_owned()).filter(|unit| !unit.is_empty()),
        ..rate.clone()
    })
}

fn is_daily(denominator: Option<&Quantity>) -> bool {
    denominator.is_some_and(|quantity| quantity.unit.as_deref().is_some_and(is_day))
}

fn is_day(unit: &str) -> bool {
    days_of(unit) == Some(1.0)
}

fn ratio_words(node: &Node<'_>, name: &str) -> Option<String> {
    let ratio = node.object(name)?;
    let numerator = ratio.quantity("numerator")?.dose()?;
    Some(
        match ratio.quantity("denominator").and_then(|one| one.dose()) {
            Some(denominator) => format!("{numerator}/{denominator}"),
            None => numerator,
        },
    )
}

/// A range of doses, number and unit never parted: `1–2 錠`.
fn range_of_doses(range: &Range) -> String {
    let dose = |one: &Quantity| one.dose().unwrap_or_default();
    match (&range.low, &range.high) {
        (Some(low), Some(high)) if low.unit == high.unit && low.comparator.is_none() => {
            let low = low.number.as_ref().map(Number::dose).unwrap_or_default();
            format!("{low}–{}", dose(high))
        }
        (Some(low), Some(high)) => format!("{}–{}", dose(low), dose(high)),
        (Some(low), None) => format!("≥ {}", dose(low)),
        (None, Some(high)) => format!("≤ {}", dose(high)),
        (None, None) => range.text.clone().unwrap_or_default(),
    }
}

/// A timing without code or text, in signs every reader knows: `3×/1 d`, `ACM`, `mon`.
fn repeat_words(repeat: &Node<'_>) -> Option<String> {
    let written = |name: &str| {
        repeat
            .number(name)
            .map(|number: Number| number.written().to_owned())
    };
    let mut parts = Vec::new();
    if let Some(frequency) = written("frequency") {
        let most = written("frequencyMax").map_or_else(String::new, |most| format!("–{most}"));
        let period = written("period").map_or_else(String::new, |period| {
            let unit = repeat.text("periodUnit").unwrap_or_default();
            format!("/{period} {unit}")
        });
        parts.push(format!("{frequency}{most}×{period}").trim_end().to_owned());
    }
    for name in ["when", "timeOfDay", "dayOfWeek"] {
        parts.extend(repeat.texts(name));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A `Duration` (or `daysSupply`) in whole days, begun days counted. One without a unit is days.
pub(super) fn days(node: &Node<'_>, name: &str) -> Option<u32> {
    let duration = node.object(name)?;
    let number = duration.number("value")?;
    let code = duration.text("code");
    let unit = duration.text("unit");
    let length = match (
        code.as_deref().and_then(days_of),
        unit.as_deref().and_then(days_of),
    ) {
        (Some(length), _) | (None, Some(length)) => length,
        (None, None) if code.is_none() && unit.is_none() => 1.0,
        (None, None) => {
            duration.problem("unit", "not a unit of time that is known");
            return None;
        }
    };
    let total = (number.value() * length).ceil();
    if !(0.0..=DAYS_AT_MOST).contains(&total) {
        duration.problem("value", "not a believable duration");
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and between 0 and 36,500"
    )]
    let days = total as u32;
    Some(days)
}

/// How many days a unit of time (UCUM code or word) is.
fn days_of(unit: &str) -> Option<f64> {
    Some(match unit.trim().to_lowercase().as_str() {
        "d" | "day" | "days" | "日" | "日分" | "日間" => 1.0,
        "wk" | "w" | "week" | "weeks" | "週" | "週間" => 7.0,
        "mo" | "month" | "months" | "月" | "か月" | "ヶ月" | "ヵ月" | "カ月" | "ケ月" => {
            30.0
        }
        "a" | "y" | "yr" | "year" | "years" | "年" => 365.0,
        "h" | "hr" | "hour" | "hours" | "時間" => 1.0 / 24.0,
        "min" | "minute" | "minutes" | "分" => 1.0 / 1440.0,
        "s" | "second" | "seconds" | "秒" => 1.0 / 86_400.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Dosage {
        read(&Node::root(json).unwrap())
    }

    #[test]
    fn durations_become_days_and_unbelievable_ones_are_listed() {
        for (json, expected, problems) in [
            (r#"{"value":28,"code":"d","unit":"日"}"#, Some(28), 0),
            (r#"{"value":2,"code":"wk"}"#, Some(14), 0),
            (r#"{"value":3,"unit":"か月"}"#, Some(90), 0),
            (r#"{"value":36,"code":"h"}"#, Some(2), 0),
            (r#"{"value":7}"#, Some(7), 0),
            (r#"{"value":5,"code":"TAB"}"#, None, 1),
            (r#"{"value":-1,"code":"d"}"#, None, 1),
            (r#"{"value":1e300,"code":"d"}"#, None, 1),
        ] {
            let text = format!(r#"{{"x":{json}}}"#);
            let node = Node::root(&text).unwrap();
            assert_eq!(
                (days(&node, "x"), node.problems().len()),
                (expected, problems),
                "{json}"
            );
        }
    }

    #[test]
    fn a_rate_a_day_is_the_daily_dose_and_any_other_rate_an_instruction() {
        let dosage = of(r#"{"doseAndRate":[{"doseQuantity":{"value":1,"unit":"錠"},
            "rateRatio":{"numerator":{"value":3,"unit":"錠"},"denominator":{"value":1,"unit":"日","code":"d"}}}]}"#);
        assert_eq!(
            dosage.daily.as_ref().and_then(Quantity::dose).as_deref(),
            Some("3\u{a0}錠")
        );
        assert_eq!(
            dosage.dose.as_ref().and_then(Quantity::dose).as_deref(),
            Some("1\u{a0}錠")
        );
        let dosage = of(r#"{"doseAndRate":[{"rateQuantity":{"value":100,"unit":"mL/h"}}]}"#);
        assert_eq!(
            (dosage.daily, dosage.instructions),
            (None, vec!["100\u{a0}mL/h".to_owned()])
        );
    }

    #[test]
    fn a_range_of_doses_and_a_limit_are_never_lost() {
        let dosage = of(r#"{"asNeededCodeableConcept":{"text":"疼痛時"},
            "doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"錠"},"high":{"value":2,"unit":"錠"}}}],
            "maxDosePerPeriod":{"numerator":{"value":3,"unit":"回"},"denominator":{"value":1,"unit":"日"}}}"#);
        assert!(dosage.as_needed);
        assert_eq!(dosage.as_needed_for.as_deref(), Some("疼痛時"));
        assert_eq!(
            dosage.instructions,
            ["1–2\u{a0}錠", "≤ 3\u{a0}回/1\u{a0}日"]
        );
    }

    #[test]
    fn a_timing_without_words_is_put_into_signs() {
        let dosage = of(
            r#"{"timing":{"repeat":{"frequency":1,"period":6,"periodUnit":"h","when":["ACM"]}}}"#,
        );
        assert_eq!(dosage.timing.unwrap().text.as_deref(), Some("1×/6 h ACM"));
    }

    #[test]
    fn period_of_use_usage_duration_and_bounds_are_told_apart() {
        for prefix in [
            "JP_MedicationDosage_",
            "JP_MedicationRequest_DosageInstruction_",
        ] {
            let base = format!("http://jpfhir.jp/fhir/core/Extension/StructureDefinition/{prefix}");
            let dosage = of(&format!(
                r#"{{"extension":[{{"url":"{base}PeriodOfUse","valuePeriod":{{"start":"2021-07-05"}}}},
                {{"url":"{base}UsageDuration","valueDuration":{{"value":7,"code":"d"}}}}],"sequence":2,
                "timing":{{"repeat":{{"boundsDuration":{{"value":13,"unit":"日"}}}}}}}}"#
            ));
            assert_eq!(dosage.starts, Date::parse("2021-07-05"), "{prefix}");
            let read = (
                dosage.ends,
                dosage.days,
                dosage.bounds_days,
                dosage.sequence,
            );
            assert_eq!(read, (None, Some(7), Some(13), Some(2)), "{prefix}");
        }
    }

    #[test]
    fn what_is_not_taken_every_day_is_known_from_code_and_timing() {
        let coded = |code: &str| {
            format!(
                r#"{{"additionalInstruction":[{{"coding":[{{"system":"urn:oid:1.2.392.200250.2.2.20.22","code":"{code}"}}]}}]}}"#
            )
        };
        let timed = |repeat: &str| format!(r#"{{"timing":{{"repeat":{repeat}}}}}"#);
        for (json, expected) in [
            (coded("I1100000"), Cycle::of(2, 1)),
            (coded("W0100100"), Cycle::of(7, 2)),
            (coded("V14NNNNN"), None),
            (coded("W1111111"), None),
            (coded("I"), None),
            (timed(r#"{"dayOfWeek":["mon"]}"#), Cycle::of(7, 1)),
            (
                timed(r#"{"frequency":1,"period":1,"periodUnit":"wk"}"#),
                Cycle::of(7, 1),
            ),
            (
                timed(r#"{"frequency":1,"period":2,"periodUnit":"d"}"#),
                Cycle::of(2, 1),
            ),
            (
                timed(r#"{"frequency":3,"period":1,"periodUnit":"d"}"#),
                None,
            ),
            (
                timed(r#"{"frequency":1,"period":6,"periodUnit":"h"}"#),
                None,
            ),
            (timed(r#"{"period":1e9,"periodUnit":"wk"}"#), None),
        ] {
            assert_eq!(of(&json).cycle, expected, "{json}");
        }
    }

    #[test]
    fn a_usage_code_at_an_event_is_as_needed_and_one_of_every_day_is_not() {
        let usage = |code: &str| {
            format!(
                r#"{{"timing":{{"code":{{"coding":[{{"system":"http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationUsage_ePrescription","code":"{code}"}}]}}}}}}"#
            )
        };
        assert!(of(&usage("1050710000000000")).as_needed);
        assert!(of(&usage("2R50410000000000")).as_needed);
        assert!(!of(&usage("1013044400000000")).as_needed);
        assert!(!of(&usage("0X0XXXXXXXXX0000")).as_needed);
    }
}
