//! The receipt: the number on screen and paper that finds an entry.

use crate::domain::entropy::{Entropy, random};

/// Digits before the check digit.
const DIGITS: usize = 11;

/// A fresh random receipt as 4-4-4 digits; the last digit checks the others.
pub(super) fn fresh(entropy: &dyn Entropy) -> String {
    // 2^64 is so much larger than 10^11 that the remainder is as good as even.
    let number = u64::from_be_bytes(random::<8>(entropy)) % 10_u64.pow(11);
    let digits = format!("{number:0DIGITS$}");
    let check = check_digit(&digits);
    grouped(&format!("{digits}{check}"))
}

/// Reads what somebody typed: 12 digits with or without hyphens and spaces, full-width too.
/// `None` where the check digit is wrong.
#[must_use]
pub fn parse_receipt(typed: &str) -> Option<String> {
    let digits: String = crate::domain::text::folded(typed);
    let (number, check) = digits.split_at_checked(DIGITS)?;
    let right =
        number.bytes().all(|b| b.is_ascii_digit()) && check == check_digit(number).to_string();
    right.then(|| grouped(&digits))
}

/// The check digit of ISO/IEC 7064 MOD 11,10: it finds every single wrong digit and nearly all
/// swapped neighbours.
fn check_digit(digits: &str) -> u32 {
    let product = digits
        .chars()
        .filter_map(|c| c.to_digit(10))
        .fold(10, |product, digit| {
            let sum = (product + digit) % 10;
            (if sum == 0 { 10 } else { sum }) * 2 % 11
        });
    (11 - product) % 10
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(14);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::testing::Counting, *};

    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        // The example of ISO/IEC 7064 for MOD 11,10: 0794 has 5.
        assert_eq!(check_digit("0794"), 5);
    }

    #[test]
    fn a_receipt_is_read_back_however_it_is_typed() {
        let receipt = fresh(&Counting::default());
        assert_eq!(receipt.len(), 14);
        assert_eq!(parse_receipt(&receipt).as_deref(), Some(receipt.as_str()));
        assert_eq!(
            parse_receipt(&receipt.replace('-', " ")),
            Some(receipt.clone())
        );
        assert_eq!(parse_receipt(&receipt.replace('-', "－")), Some(receipt));
        assert_eq!(parse_receipt(""), None);
        assert_eq!(parse_receipt("患者番号"), None);
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(seed in any::<u16>(), place in 0_usize..12, by in 1_u8..10) {
            let digits: String = fresh(&Counting::starting(seed)).replace('-', "");
            let mut wrong = digits.into_bytes();
            wrong[place] = b'0' + (wrong[place] - b'0' + by) % 10;
            prop_assert_eq!(parse_receipt(std::str::from_utf8(&wrong).unwrap()), None);
        }
    }
}
