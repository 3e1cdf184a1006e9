//! Numbers that keep their written form: 12.340 stays 12.340.

use serde::{Deserialize, Serialize};

/// A number with the digits it was sent in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Number(String);

impl Number {
    /// Reads a JSON number (`7.2`, `-0.50`, `1e3`). `None` for anything that is not a finite number.
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let written = written.trim();
        written
            .parse::<f64>()
            .ok()
            .filter(|value| {
                value.is_finite()
                    && written
                        .bytes()
                        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
            })
            .map(|_| Self(written.to_owned()))
    }

    /// The digits as sent.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.0
    }

    /// The number as a dose is written: a zero before the point, none after the last digit, no
    /// exponent (`0.5`, `5`, `1000`). The same number; only what was sent is put into this form
    /// (NHS Common User Interface, medication line display: no trailing zero, leading zero).
    #[must_use]
    pub fn dose(&self) -> String {
        plain(&self.0).unwrap_or_else(|| self.0.clone())
    }

    /// For comparing only; never for showing.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

/// The longest number that is written without its exponent.
const DIGITS_AT_MOST: usize = 18;

fn plain(written: &str) -> Option<String> {
    let (mantissa, exponent) = match written.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (written, 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa.trim_start_matches('+')),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let (whole, part) = match usize::try_from(point) {
        Ok(point) if point <= DIGITS_AT_MOST => {
            let padded = format!("{all:0<point$}");
            let (whole, part) = padded.split_at_checked(point)?;
            (whole.to_owned(), part.to_owned())
        }
        Ok(_) => return None,
        Err(_) => {
            let zeros = usize::try_from(point.unsigned_abs()).ok()?;
            let few = zeros <= DIGITS_AT_MOST;
            few.then(|| (String::new(), format!("{}{all}", "0".repeat(zeros))))?
        }
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    })
}

/// A FHIR `Quantity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quantity {
    /// `<`, `<=`, `>=`, `>` or `ad`, as sent; never dropped.
    pub comparator: Option<String>,
    /// The number; absent when only a unit or a comparator was sent.
    pub number: Option<Number>,
    /// The unit's words, else its code.
    pub unit: Option<String>,
}

impl Quantity {
    /// A dose or an amount of a drug: number and unit with a no-break space between, so that no
    /// line ends between them. `None` where neither was sent.
    #[must_use]
    pub fn dose(&self) -> Option<String> {
        let number = self.number.as_ref().map(Number::dose);
        let unit = self.unit.as_deref().map(str::trim).map(str::to_owned);
        let parts: Vec<String> = number
            .into_iter()
            .chain(unit)
            .filter(|part| !part.is_empty())
            .collect();
        let comparator = self.comparator.as_deref().unwrap_or_default();
        (!parts.is_empty()).then(|| format!("{comparator}{}", parts.join("\u{a0}")))
    }
}

/// A reference range as sent: bounds, or only words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Range {
    /// Lower bound, inclusive.
    pub low: Option<Quantity>,
    /// Upper bound, inclusive.
    pub high: Option<Quantity>,
    /// The sender's words for the range.
    pub text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dose_has_a_leading_zero_and_no_trailing_one_and_is_the_same_number() {
        for (sent, expected) in [
            ("0.5", "0.5"),
            (".5", "0.5"),
            ("-.50", "-0.5"),
            ("5.0", "5"),
            ("4.00", "4"),
            ("10", "10"),
            ("100.0", "100"),
            ("007", "7"),
            ("0.125", "0.125"),
            ("0.0", "0"),
            ("2.50", "2.5"),
            ("1e3", "1000"),
            ("1.25E1", "12.5"),
            ("5e-1", "0.5"),
            ("25e-3", "0.025"),
            ("1e300", "1e300"),
        ] {
            let number = Number::parse(sent).unwrap();
            assert_eq!(number.dose(), expected, "{sent}");
            let again = Number::parse(&number.dose()).unwrap();
            assert!((again.value() - number.value()).abs() <= f64::EPSILON * number.value().abs());
        }
    }

    #[test]
    fn number_and_unit_of_a_dose_are_never_parted() {
        let dose = |number: Option<&str>, unit: Option<&str>| Quantity {
            comparator: None,
            number: number.and_then(Number::parse),
            unit: unit.map(str::to_owned),
        };
        assert_eq!(
            dose(Some("1.0"), Some("錠")).dose().as_deref(),
            Some("1\u{a0}錠")
        );
        assert_eq!(dose(Some("2"), None).dose().as_deref(), Some("2"));
        assert_eq!(dose(None, Some("適量")).dose().as_deref(), Some("適量"));
        assert_eq!(dose(None, None).dose(), None);
    }
}
