//! A flag computed from the sender's own reference range, where the sender gave none.

use crate::domain::{
    quantity::{Quantity, Range},
    summary::{Tag, Tone},
    words::labs::Labs,
};

use super::{
    rows::tag,
    units::{folded_unit, unit_of},
};

/// Where a value lies relative to a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Below,
    Inside,
    Above,
    Unknown,
}

/// The flag from the ranges sent with the value.
pub(super) fn range_tag(quantity: &Quantity, ranges: &[Range], words: &Labs) -> Tag {
    let bounded: Vec<&Range> = ranges
        .iter()
        .filter(|range| range.low.is_some() || range.high.is_some())
        .collect();
    let place = match bounded.as_slice() {
        [] if ranges.iter().all(|range| range.text.is_none()) => {
            return tag(Tone::Info, words.range_unknown);
        }
        [range] => place(quantity, range),
        // Several ranges (by age, by sex) are for the reader to choose from.
        _ => Place::Unknown,
    };
    match place {
        Place::Below => tag(Tone::Warning, format!("{}{}", words.low, words.computed)),
        Place::Above => tag(Tone::Warning, format!("{}{}", words.high, words.computed)),
        Place::Inside => tag(
            Tone::Info,
            format!("{}{}", words.inside_range, words.computed),
        ),
        Place::Unknown => tag(Tone::Info, words.range_not_comparable),
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
    let Some(value) = quantity
        .number
        .as_ref()
        .map(crate::domain::quantity::Number::value)
    else {
        return Place::Unknown;
    };
    if !comparable(&range.low) || !comparable(&range.high) {
        return Place::Unknown;
    }
    let bound = |bound: &Option<Quantity>| {
        bound
            .as_ref()
            .and_then(|bound| bound.number.as_ref())
            .map(crate::domain::quantity::Number::value)
    };
    let (low, high) = (bound(&range.low), bound(&range.high));
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
    use crate::domain::{quantity::Number, section::Language, words::labs::labs};

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

    #[test]
    fn without_a_range_the_screen_says_so_and_with_several_it_does_not_choose() {
        let words = labs(Language::Ja);
        let value = quantity(None, "1", Some("mg/dL"));
        assert_eq!(range_tag(&value, &[], words).word, "基準範囲不明");
        let both = [range(None, Some("0.5"), None), range(None, Some("2"), None)];
        assert_eq!(range_tag(&value, &both, words).word, "基準範囲と比較できず");
        assert_eq!(
            range_tag(&value, &both[..1], words).word,
            "高値（基準範囲より計算）"
        );
    }
}
