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

    /// For comparing only; never for showing.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
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
