//! Units: one spelling for comparing, never for showing.

use crate::domain::{quantity::Quantity, text};

/// One spelling of a unit: μ and µ as u, powers of ten as `10*3`, letters in lower case, spaces,
/// multiplication signs and UCUM braces dropped.
pub(super) fn folded_unit(unit: &str) -> String {
    let powers: String = unit
        .chars()
        .scan(false, |raised, c| {
            let digit = superscript(c);
            let star = digit.is_some() && !*raised;
            *raised = digit.is_some();
            Some([star.then_some('*'), Some(digit.unwrap_or(c))])
        })
        .flatten()
        .flatten()
        .collect();
    let plain: String = text::normalised(&powers)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '{' | '}' | '[' | ']' | '_' | '・' | '･'))
        .map(|c| match c {
            'μ' | 'µ' => 'u',
            '^' => '*',
            '×' => 'x',
            _ => c,
        })
        .flat_map(char::to_lowercase)
        .collect();
    plain.trim_start_matches('x').to_owned()
}

/// The unit of a quantity, as sent; an empty one and UCUM's "1" are none.
pub(super) fn unit_of(quantity: &Quantity) -> Option<&str> {
    quantity
        .unit
        .as_deref()
        .map(str::trim)
        .filter(|unit| !unit.is_empty() && *unit != "1")
}

fn superscript(c: char) -> Option<char> {
    match c {
        '⁰' => Some('0'),
        '¹' => Some('1'),
        '²' => Some('2'),
        '³' => Some('3'),
        '⁴' => Some('4'),
        '⁵' => Some('5'),
        '⁶' => Some('6'),
        '⁷' => Some('7'),
        '⁸' => Some('8'),
        '⁹' => Some('9'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_unit_are_one_and_different_units_stay_different() {
        for (left, right) in [
            ("µg/mL", "μg/ml"),
            ("ug/mL", "μg/mL"),
            ("×10³/µL", "10*3/uL"),
            ("10^3/uL", "X10*3/μL"),
            ("ｍｇ／ｄＬ", "mg/dL"),
            ("mL/min/{1.73_m2}", "mL/min/1.73m2"),
            ("mL/min/1.73m²", "mL/min/1.73m*2"),
        ] {
            assert_eq!(folded_unit(left), folded_unit(right), "{left} {right}");
        }
        for (left, right) in [
            ("mg/L", "mg/dL"),
            ("10*3/uL", "10*4/uL"),
            ("mmol/L", "μmol/L"),
            ("%", "s"),
            ("mm3", "m3"),
        ] {
            assert_ne!(folded_unit(left), folded_unit(right), "{left} {right}");
        }
    }
}
