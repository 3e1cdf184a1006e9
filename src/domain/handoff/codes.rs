//! A sequence of codes on a tablet's screen, as a keyboard scanner types them: found among what was
//! typed, put in order, and named where one is missing.
//!
//! One code is `ES1`, four characters of the sequence, two digits of its place and two of how many
//! there are, a piece of the content, and four characters of a check sum. Everything is letters and
//! the digits 0 to 9: what a scanner types is the same on every keyboard's layout, and a QR code holds it as
//! alphanumerics. The content is Base32 (RFC 4648 §6) without padding.

use std::collections::BTreeMap;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

use crate::domain::text::normalised;

/// How a code begins.
const BEGINNING: &str = "ES1";
/// Characters that name the sequence.
const NAME: usize = 4;
/// Characters of the check sum.
const SUM: usize = 4;
/// Bytes of the largest content: more never comes from a tablet.
const LARGEST: usize = 32 * 1024;

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// No code at all.
    Nothing,
    /// Codes of more than one sequence: another run's, or shown anew meanwhile.
    Mixed,
    /// Not all of them yet.
    Part {
        /// The places that are missing, from 1.
        missing: Vec<u8>,
        /// How many there are.
        of: u8,
        /// Lines that are no code, or a damaged one.
        unread: usize,
    },
    /// All of them: what they hold.
    Whole(Vec<u8>),
    /// All of them, and they hold nothing that can be read.
    Broken,
}

/// One code.
struct Code {
    name: String,
    place: u8,
    of: u8,
    piece: String,
}

impl Codes {
    /// What was typed, in any order, any width and either case; each code once or often.
    #[must_use]
    pub fn of(typed: &str) -> Self {
        let mut pieces: BTreeMap<u8, Code> = BTreeMap::new();
        let mut unread = 0;
        for line in typed.split_whitespace() {
            let Some(code) = Code::read(line) else {
                unread += 1;
                continue;
            };
            let first = pieces.first_key_value().map(|(_, first)| first);
            if first.is_some_and(|first| first.name != code.name || first.of != code.of) {
                return Self::Mixed;
            }
            pieces.insert(code.place, code);
        }
        let Some(of) = pieces.values().next().map(|code| code.of) else {
            return Self::Nothing;
        };
        let missing: Vec<u8> = (1..=of).filter(|at| !pieces.contains_key(at)).collect();
        if !missing.is_empty() {
            return Self::Part {
                missing,
                of,
                unread,
            };
        }
        let whole: String = pieces.into_values().map(|code| code.piece).collect();
        match BASE32_NOPAD.decode(whole.as_bytes()) {
            Ok(content) if content.len() <= LARGEST => Self::Whole(content),
            Ok(_) | Err(_) => Self::Broken,
        }
    }
}

impl Code {
    /// One line; a scanner may type which kind of code it read before it (ISO/IEC 15424: `]Q1`).
    fn read(line: &str) -> Option<Self> {
        let line = normalised(line).to_ascii_uppercase();
        let line = match line.strip_prefix(']') {
            Some(kind) if kind.is_char_boundary(2) => kind.split_at(2).1,
            Some(_) => return None,
            None => &line,
        };
        if !line.is_ascii() || line.len() < BEGINNING.len() + NAME + 4 + SUM {
            return None;
        }
        let (said, sum) = line.split_at(line.len() - SUM);
        if check_sum(said) != sum {
            return None;
        }
        let rest = said.strip_prefix(BEGINNING)?;
        let (name, rest) = rest.split_at(NAME);
        let (places, piece) = rest.split_at(4);
        let (place, of) = places.split_at(2);
        let (place, of) = (place.parse().ok()?, of.parse().ok()?);
        let is_place = (1..=of).contains(&place);
        is_place.then(|| Self {
            name: name.to_owned(),
            place,
            of,
            piece: piece.to_owned(),
        })
    }
}

/// The first characters of SHA-256 in Base32: a scanner or a keyboard that drops or changes a
/// character is noticed. Who wrote it, a signature in the content says.
fn check_sum(said: &str) -> String {
    let sum = BASE32_NOPAD.encode(&Sha256::digest(said.as_bytes()));
    sum.chars().take(SUM).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As a tablet writes them.
    fn codes(content: &[u8], name: &str, longest: usize) -> Vec<String> {
        let whole = BASE32_NOPAD.encode(content);
        let pieces: Vec<_> = whole.as_bytes().chunks(longest).collect();
        let of = pieces.len();
        let code = |(place, piece): (usize, &&[u8])| {
            let piece = std::str::from_utf8(piece).unwrap();
            let said = format!("ES1{name}{place:02}{of:02}{piece}");
            format!("{said}{}", check_sum(&said))
        };
        (1..).zip(&pieces).map(code).collect()
    }

    #[test]
    fn a_tablets_own_codes_are_read() {
        // Computed by another implementation (Python's hashlib and base64) for these bytes.
        let typed = "ES1ABCD0102JBSWY3DPLVIW ES1ABCD0202EBLW64TMMQ2PAA";
        assert_eq!(Codes::of(typed), Codes::Whole(b"Hello World".to_vec()));
    }

    #[test]
    fn what_a_scanner_does_to_a_code_is_undone() {
        let typed = codes(b"content", "AAAA", 100).concat();
        let whole = Codes::Whole(b"content".to_vec());
        let wide: String = typed
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
            .collect();
        for said in [
            typed.to_ascii_lowercase(),
            wide,
            format!("]Q1{typed}"),
            format!("\r\n{typed}\t{typed}\n"),
            format!("4901234567894\n{typed}"),
        ] {
            assert_eq!(Codes::of(&said), whole, "{said}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_two_sequences_are_never_put_together() {
        let one = codes(&[7; 100], "AAAA", 40);
        let other = codes(&[8; 100], "BBBB", 40);
        assert_eq!(one.len(), 4);
        assert_eq!(Codes::of(""), Codes::Nothing);
        assert_eq!(Codes::of("http://example.test/ ]"), Codes::Nothing);
        let part = Codes::of(&format!("{} {} ES1AAAA0304AAAA", one[3], one[1]));
        let (missing, of) = (vec![1, 3], 4);
        let unread = 1;
        assert_eq!(
            part,
            Codes::Part {
                missing,
                of,
                unread
            }
        );
        assert_eq!(Codes::of(&format!("{} {}", one[0], other[1])), Codes::Mixed);
        let not_base32 = "ES1AAAA0101A1A1";
        let broken = format!("{not_base32}{}", check_sum(not_base32));
        assert_eq!(Codes::of(&broken), Codes::Broken);
    }

    proptest! {
        #[test]
        fn in_any_order_and_as_often_as_anybody_scans_they_are_the_content(
            content in proptest::collection::vec(any::<u8>(), 1..2_000),
            longest in 40_usize..700,
            order in any::<proptest::sample::Index>(),
        ) {
            let mut typed = codes(&content, "Q2Z7", longest);
            let first = order.index(typed.len());
            typed.rotate_left(first);
            typed.push(typed[0].clone());
            prop_assert_eq!(Codes::of(&typed.join("\n")), Codes::Whole(content));
        }

        #[test]
        fn a_changed_character_is_never_taken_for_the_content(
            content in proptest::collection::vec(any::<u8>(), 1..200),
            at in any::<proptest::sample::Index>(),
            to in "[A-Z0-9]",
        ) {
            let typed = codes(&content, "Q2Z7", 700).concat();
            let at = at.index(typed.len());
            let mut changed = typed.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != typed);
            prop_assert_ne!(Codes::of(&changed), Codes::Whole(content));
        }

        #[test]
        fn anything_that_is_typed_is_answered(typed in any::<String>()) {
            prop_assert!(!matches!(Codes::of(&typed), Codes::Whole(_)));
        }
    }
}
