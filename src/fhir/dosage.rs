//! Dosage instructions, and for how long they run.

use super::{
    datatype::{quantity_words, range_words},
    node::Node,
};
use crate::domain::{
    code::Concept,
    date::Date,
    medication::Dosage,
    quantity::{Number, Quantity},
};

/// The longest course that is believed.
const DAYS_AT_MOST: f64 = 36_500.0;

/// The time all instructions together cover.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    pub(super) starts: Option<Date>,
    pub(super) ends: Option<Date>,
    pub(super) days: Option<u32>,
}

impl Course {
    fn cover(&mut self, starts: Option<Date>, ends: Option<Date>) {
        self.starts = [self.starts, starts]
            .into_iter()
            .flatten()
            .min_by_key(Date::first_day);
        self.ends = [self.ends, ends]
            .into_iter()
            .flatten()
            .max_by_key(Date::last_day);
    }

    fn last(&mut self, days: Option<u32>) {
        self.days = self.days.max(days);
    }
}

/// One instruction; `course` learns from its periods.
pub(super) fn read(node: &Node<'_>, course: &mut Course) -> Dosage {
    for extension in node.extensions("JP_MedicationDosage_PeriodOfUse") {
        let period = extension.period("valuePeriod").unwrap_or_default();
        course.cover(period.start, period.end);
        course.last(days(&extension, "valueDuration"));
    }
    for extension in node.extensions("JP_MedicationDosage_UsageDuration") {
        course.last(days(&extension, "valueDuration"));
    }
    let timing = node.object("timing");
    let repeat = timing.as_ref().and_then(|timing| timing.object("repeat"));
    if let Some(repeat) = &repeat {
        let bounds = repeat.period("boundsPeriod").unwrap_or_default();
        course.cover(bounds.start, bounds.end);
        course.last(days(repeat, "boundsDuration"));
    }
    let mut dosage = Dosage {
        text: node.text("text"),
        timing: timing.as_ref().and_then(|timing| timing.concept("code")),
        route: node.concept("route"),
        as_needed_for: node.words("asNeededCodeableConcept"),
        instructions: node.each_in_words("additionalInstruction"),
        ..Dosage::default()
    };
    dosage.as_needed =
        node.truth("asNeededBoolean") == Some(true) || dosage.as_needed_for.is_some();
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

fn read_amount(node: &Node<'_>, dosage: &mut Dosage) {
    if let Some(dose) = node.quantity("doseQuantity") {
        match &dosage.dose {
            None => dosage.dose = Some(dose),
            Some(first) if *first == dose => {}
            Some(_) => dosage.instructions.push(quantity_words(&dose)),
        }
    }
    for name in ["doseRange", "rateRange"] {
        let range = node.object(name).and_then(|range| range.as_range());
        dosage.instructions.extend(range.as_ref().map(range_words));
    }
    if let Some(rate) = node.quantity("rateQuantity") {
        match per_day(&rate) {
            Some(daily) if dosage.daily.is_none() => dosage.daily = Some(daily),
            _ => dosage.instructions.push(quantity_words(&rate)),
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
    let numerator = quantity_words(&ratio.quantity("numerator")?);
    Some(match ratio.quantity("denominator") {
        Some(denominator) => format!("{numerator}/{}", quantity_words(&denominator)),
        None => numerator,
    })
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

    fn of(json: &str) -> (Dosage, Course, usize) {
        let node = Node::root(json).unwrap();
        let mut course = Course::default();
        let dosage = read(&node, &mut course);
        (dosage, course, node.problems().len())
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
        let (dosage, _, _) = of(r#"{"doseAndRate":[{"doseQuantity":{"value":1,"unit":"錠"},
            "rateRatio":{"numerator":{"value":3,"unit":"錠"},"denominator":{"value":1,"unit":"日","code":"d"}}}]}"#);
        assert_eq!(
            dosage.daily.as_ref().map(quantity_words).as_deref(),
            Some("3 錠")
        );
        assert_eq!(
            dosage.dose.as_ref().map(quantity_words).as_deref(),
            Some("1 錠")
        );
        let (dosage, _, _) =
            of(r#"{"doseAndRate":[{"rateQuantity":{"value":100,"unit":"mL/h"}}]}"#);
        assert_eq!(
            (dosage.daily, dosage.instructions),
            (None, vec!["100 mL/h".to_owned()])
        );
    }

    #[test]
    fn a_range_of_doses_and_a_limit_are_never_lost() {
        let (dosage, _, _) = of(r#"{"asNeededCodeableConcept":{"text":"疼痛時"},
            "doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"錠"},"high":{"value":2,"unit":"錠"}}}],
            "maxDosePerPeriod":{"numerator":{"value":3,"unit":"回"},"denominator":{"value":1,"unit":"日"}}}"#);
        assert!(dosage.as_needed);
        assert_eq!(dosage.as_needed_for.as_deref(), Some("疼痛時"));
        assert_eq!(dosage.instructions, ["1–2 錠", "≤ 3 回/1 日"]);
    }

    #[test]
    fn a_timing_without_words_is_put_into_signs() {
        let (dosage, _, _) = of(
            r#"{"timing":{"repeat":{"frequency":1,"period":6,"periodUnit":"h","when":["ACM"]}}}"#,
        );
        assert_eq!(dosage.timing.unwrap().text.as_deref(), Some("1×/6 h ACM"));
    }

    #[test]
    fn period_of_use_and_bounds_give_the_course() {
        let (_, course, _) = of(
            r#"{"extension":[{"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_MedicationDosage_PeriodOfUse",
            "valuePeriod":{"start":"2021-07-05"}}],
            "timing":{"repeat":{"boundsDuration":{"value":2,"unit":"週"}}}}"#,
        );
        assert_eq!(course.starts, Date::parse("2021-07-05"));
        assert_eq!((course.ends, course.days), (None, Some(14)));
    }
}
