//! Flags: the sender's, and one computed from the sender's own reference range where none was sent
//! or where the two disagree.

use crate::domain::{
    code::Concept,
    quantity::{Number, Quantity, Range},
    result::{ReferenceRange, Value},
    section::Language,
    summary::{Tag, Tone},
    text,
    words::labs::{Labs, labs},
};

use super::{
    lab_ranges::{Meant, Person},
    readings::flags,
    rows::tag,
    units::{folded_unit, unit_of},
};

/// Where a value lies relative to a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Below,
    Inside,
    Above,
    /// A range was sent that the value cannot be compared with.
    Unknown,
    /// No range, or none of which it is known that it is meant for this patient.
    NoRange,
}

/// What a sender's flag says about the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Low,
    Normal,
    High,
    Abnormal,
}

/// The flags of a result: the sender's with their codes; where none of them speaks of the range, one
/// computed from the sender's own range; where they disagree, both and that they do.
pub(super) fn of_result(
    value: &Value,
    interpretations: &[Concept],
    ranges: &[ReferenceRange],
    person: &Person,
    language: Language,
) -> Vec<Tag> {
    let words = labs(language);
    let mut tags = flags(interpretations, language);
    let Some(quantity) = quantity_of(value) else {
        return tags;
    };
    let said: Vec<Said> = interpretations.iter().filter_map(said).collect();
    let place = among(quantity, ranges, person);
    if said.is_empty() {
        tags.push(computed(place, words));
    } else if said.iter().any(|said| disagrees(*said, place)) {
        tags.push(computed(place, words));
        tags.push(tag(Tone::Warning, words.flag_disagrees));
    }
    tags
}

/// The flags of a part of a result: as of a whole one, but an unknown range is not said of each.
pub(super) fn of_part(
    value: &Value,
    interpretations: &[Concept],
    ranges: &[ReferenceRange],
    person: &Person,
    language: Language,
) -> Vec<Tag> {
    let mut tags = of_result(value, interpretations, ranges, person, language);
    let words = labs(language);
    tags.retain(|tag| tag.word != words.range_unknown);
    tags
}

fn quantity_of(value: &Value) -> Option<&Quantity> {
    match value {
        Value::Quantity(quantity) => Some(quantity).filter(|quantity| quantity.number.is_some()),
        Value::None
        | Value::Concept(_)
        | Value::Text(_)
        | Value::Range(_)
        | Value::Ratio(..)
        | Value::Unreadable => None,
    }
}

/// By the codes of HL7 `v3-ObservationInterpretation`.
fn said(interpretation: &Concept) -> Option<Said> {
    let codes = interpretation
        .codings
        .iter()
        .filter_map(|coding| coding.code.as_deref());
    codes.map(str::trim).find_map(|code| match code {
        "L" | "LL" | "LU" | "LX" | "L<" => Some(Said::Low),
        "N" => Some(Said::Normal),
        "H" | "HH" | "HU" | "HX" | "H>" => Some(Said::High),
        "A" | "AA" => Some(Said::Abnormal),
        _ => None,
    })
}

const fn disagrees(said: Said, place: Place) -> bool {
    match place {
        Place::Below => matches!(said, Said::Normal | Said::High),
        Place::Inside => !matches!(said, Said::Normal),
        Place::Above => matches!(said, Said::Normal | Said::Low),
        Place::Unknown | Place::NoRange => false,
    }
}

fn computed(place: Place, words: &Labs) -> Tag {
    match place {
        Place::Below => tag(Tone::Warning, format!("{}{}", words.low, words.computed)),
        Place::Above => tag(Tone::Warning, format!("{}{}", words.high, words.computed)),
        Place::Inside => tag(
            Tone::Info,
            format!("{}{}", words.inside_range, words.computed),
        ),
        Place::Unknown => tag(Tone::Info, words.range_not_comparable),
        Place::NoRange => tag(Tone::Info, words.range_unknown),
    }
}

/// Only ranges meant for this patient count. Where one may be meant or may not, and where several
/// are meant and say different things, nothing is computed.
fn among(quantity: &Quantity, ranges: &[ReferenceRange], person: &Person) -> Place {
    let meant: Vec<(Meant, &ReferenceRange)> = ranges
        .iter()
        .map(|range| (person.is_meant(range), range))
        .collect();
    if meant.iter().any(|(meant, _)| *meant == Meant::Unclear) {
        return Place::NoRange;
    }
    let mut places = meant
        .iter()
        .filter(|(meant, _)| *meant == Meant::ForThis)
        .map(|(_, sent)| place(quantity, &bounds(&sent.range)));
    let Some(first) = places.next() else {
        return Place::NoRange;
    };
    if places.all(|other| other == first) {
        first
    } else {
        Place::Unknown
    }
}

/// The bounds, read from the words where these are nothing but two numbers (and a unit).
fn bounds(range: &Range) -> Range {
    if range.low.is_some() || range.high.is_some() {
        return range.clone();
    }
    let in_words = range.text.as_deref().and_then(|text| {
        let text = text::normalised(text);
        let dash = text
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '-' | '~' | '〜' | '～' | '–' | '−' | '‐' | '—'))?;
        let (low, rest) = text.split_at_checked(dash.0)?;
        let rest = rest.trim_start_matches(dash.1).trim();
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (high, unit) = rest.split_at_checked(end)?;
        let unit = Some(unit.trim().to_owned()).filter(|unit| !unit.is_empty());
        let bound = |number: &str| {
            Number::parse(number).map(|number| Quantity {
                comparator: None,
                number: Some(number),
                unit: unit.clone(),
            })
        };
        Some((bound(low.trim())?, bound(high)?))
    });
    Range {
        low: in_words.clone().map(|(low, _)| low),
        high: in_words.map(|(_, high)| high),
        text: range.text.clone(),
    }
}

/// Compares within one unit only; a bound without a unit is taken in the value's.
fn place(quantity: &Quantity, range: &Range) -> Place {
    let unit = unit_of(quantity).map(folded_unit);
    let comparable = |bound: &Option<Quantity>| {
        bound.as_ref().is_none_or(|bound| {
            let own = unit_of(bound).map(folded_unit);
            bound.comparator.is_none() && bound.number.is_some() && (own.is_none() || own == unit)
        })
    };
    let Some(value) = quantity.number.as_ref().map(Number::value) else {
        return Place::Unknown;
    };
    if !comparable(&range.low) || !comparable(&range.high) {
        return Place::Unknown;
    }
    let bound = |bound: &Option<Quantity>| {
        bound
            .as_ref()
            .and_then(|bound| bound.number.as_ref())
            .map(Number::value)
    };
    let (low, high) = (bound(&range.low), bound(&range.high));
    let is_inverted = low.zip(high).is_some_and(|(low, high)| low > high);
    if is_inverted || (low.is_none() && high.is_none()) {
        return Place::Unknown;
    }
    let (least, most, open) = match quantity.comparator.as_deref() {
        None => (value, value, false),
        Some("<") => (f64::NEG_INFINITY, value, true),
        Some("<=") => (f64::NEG_INFINITY, value, false),
        Some(">") => (value, f64::INFINITY, true),
        Some(">=") => (value, f64::INFINITY, false),
        Some(_) => return Place::Unknown,
    };
    if high.is_some_and(|high| least > high || (open && least >= high)) {
        Place::Above
    } else if low.is_some_and(|low| most < low || (open && most <= low)) {
        Place::Below
    } else if low.is_none_or(|low| least >= low) && high.is_none_or(|high| most <= high) {
        Place::Inside
    } else {
        Place::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assemble::rows_testing::{coded, concept, context};

    fn quantity(comparator: Option<&str>, number: &str, unit: Option<&str>) -> Quantity {
        Quantity {
            comparator: comparator.map(str::to_owned),
            number: Number::parse(number),
            unit: unit.map(str::to_owned),
        }
    }

    fn range(low: Option<&str>, high: Option<&str>, unit: Option<&str>) -> Range {
        Range {
            low: low.map(|low| quantity(None, low, unit)),
            high: high.map(|high| quantity(None, high, unit)),
            text: None,
        }
    }

    #[test]
    fn a_value_is_flagged_only_where_the_senders_range_decides() {
        let unit = Some("mg/dL");
        let normal = range(Some("0.61"), Some("1.04"), unit);
        let upper = range(None, Some("500"), unit);
        let unitless = range(Some("0.61"), Some("1.04"), None);
        for (value, range, expected) in [
            (quantity(None, "1.05", unit), &normal, Place::Above),
            (quantity(None, "1.04", unit), &normal, Place::Inside),
            (
                quantity(None, "0.6", Some("ｍｇ/dl")),
                &normal,
                Place::Below,
            ),
            (
                quantity(None, "105", Some("μmol/L")),
                &normal,
                Place::Unknown,
            ),
            (quantity(None, "105", None), &normal, Place::Unknown),
            (quantity(None, "1.05", unit), &unitless, Place::Above),
            (quantity(Some("<"), "500", unit), &upper, Place::Inside),
            (quantity(Some("<"), "0.7", unit), &normal, Place::Unknown),
            (quantity(Some("<"), "0.61", unit), &normal, Place::Below),
            (quantity(Some(">"), "500", unit), &upper, Place::Above),
            (quantity(Some(">="), "500", unit), &upper, Place::Unknown),
            (quantity(Some("ad"), "900", unit), &upper, Place::Unknown),
        ] {
            assert_eq!(place(&value, range), expected, "{value:?} {range:?}");
        }
    }

    fn sent(range: Range) -> ReferenceRange {
        ReferenceRange {
            range,
            ..ReferenceRange::default()
        }
    }

    fn tags(value: &Quantity, flag: Option<&str>, ranges: &[ReferenceRange]) -> Vec<String> {
        let windows = crate::domain::assemble::Windows::default();
        let person = Person::on(None, &context(&windows));
        let flags: Vec<Concept> = flag.iter().map(|code| coded("urn:x", code, "")).collect();
        let value = Value::Quantity(value.clone());
        of_result(&value, &flags, ranges, &person, Language::Ja)
            .into_iter()
            .map(|tag| tag.word)
            .collect()
    }

    #[test]
    fn without_a_range_the_screen_says_so_and_with_several_it_does_not_choose() {
        let value = quantity(None, "1", Some("mg/dL"));
        let upper = |high: &str| sent(range(None, Some(high), None));
        assert_eq!(tags(&value, None, &[]), ["基準範囲不明"]);
        assert_eq!(
            tags(&value, None, &[upper("0.5"), upper("2")]),
            ["基準範囲と比較できず"]
        );
        assert_eq!(
            tags(&value, None, &[upper("0.5"), upper("0.8")]),
            ["高値（基準範囲より計算）"]
        );
        let mut pregnant = upper("0.5");
        pregnant.applies_to = vec![concept("妊婦")];
        assert_eq!(tags(&value, None, &[pregnant]), ["基準範囲不明"]);
    }

    #[test]
    fn a_flag_that_contradicts_its_own_range_stands_beside_what_the_range_says() {
        let normal = [sent(range(Some("0.6"), Some("1.0"), Some("mg/dL")))];
        let high = quantity(None, "1.2", Some("mg/dL"));
        for (flag, expected) in [
            (
                "N",
                vec![
                    "基準範囲内 N",
                    "高値（基準範囲より計算）",
                    "送信元の判定と基準範囲が不一致",
                ],
            ),
            (
                "L",
                vec![
                    "低値 L",
                    "高値（基準範囲より計算）",
                    "送信元の判定と基準範囲が不一致",
                ],
            ),
            ("HH", vec!["異常高値 HH"]),
            ("A", vec!["異常 A"]),
            ("W", vec!["悪化 W", "高値（基準範囲より計算）"]),
        ] {
            assert_eq!(tags(&high, Some(flag), &normal), expected, "{flag}");
        }
        let inside = quantity(None, "0.8", Some("mg/dL"));
        assert_eq!(
            tags(&inside, Some("H"), &normal),
            [
                "高値 H",
                "基準範囲内（基準範囲より計算）",
                "送信元の判定と基準範囲が不一致"
            ]
        );
    }

    #[test]
    fn a_range_in_words_is_compared_only_where_it_is_two_numbers() {
        let value = quantity(None, "5.4", Some("mmol/L"));
        let words = |text: &str| {
            sent(Range {
                text: Some(text.to_owned()),
                ..Range::default()
            })
        };
        for (text, expected) in [
            ("3.5-5.0", "高値（基準範囲より計算）"),
            ("3.5 ～ 5.5 mmol/L", "基準範囲内（基準範囲より計算）"),
            ("3.5-5.0 mg/dL", "基準範囲と比較できず"),
            ("男 3.5-5.0", "基準範囲と比較できず"),
            ("3.5-5.0(成人)", "基準範囲と比較できず"),
            ("5.0-3.5", "基準範囲と比較できず"),
            ("5.0以下", "基準範囲と比較できず"),
        ] {
            assert_eq!(tags(&value, None, &[words(text)]), [expected], "{text}");
        }
    }
}
