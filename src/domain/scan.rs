//! What a keyboard-wedge scanner types: the QR code of a 資格確認書, the magnetic stripe of a card.
//!
//! No public page says how either is laid out [M], so the layouts are configuration; the ones that
//! are here by default take a number's four parts in their usual order.

use unicode_normalization::UnicodeNormalization;

use super::{patient::MemberNumber, text::is_hyphen};

/// What was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A card.
    Card,
    /// A 資格確認書.
    Certificate,
}

/// One part of what is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// 保険者番号
    Insurer,
    /// 記号
    Symbol,
    /// 番号
    Number,
    /// 枝番
    Branch,
    /// Anything else: passed over.
    Other,
}

/// How the parts are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Any of these characters stands between them.
    Separators(String),
    /// Each has this many characters.
    Widths(Vec<usize>),
}

/// One layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What it is on.
    pub kind: Kind,
    /// What it begins with; may be empty.
    pub prefix: String,
    /// What it ends with; may be empty.
    pub suffix: String,
    /// How its parts are told apart.
    pub cut: Cut,
    /// Its parts in order, all of them; a branch at the end may be left off.
    pub parts: Vec<Part>,
}

/// The parts of a number as they were scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// What was scanned.
    pub kind: Kind,
    /// The number, folded.
    pub number: MemberNumber,
}

/// Longer than any number that is typed.
const LONGEST_TYPED: usize = 16;

const FOUR: [Part; 4] = [Part::Insurer, Part::Symbol, Part::Number, Part::Branch];

impl Layout {
    /// The layouts of an installation that configures none.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        // Start and end sentinels and separators of ISO/IEC 7811-2, tracks 1 and 2.
        let stripes = [(";", "?", "="), ("%", "?", "^")];
        // One layout each: a mark within a part must not become a place between parts.
        let plain = [":", ",", ";", "|", "^", "=", "\t"].map(|separator| ("", "", separator));
        stripes
            .into_iter()
            .chain(plain)
            .map(|(prefix, suffix, separator)| Self {
                kind: Kind::Card,
                prefix: prefix.to_owned(),
                suffix: suffix.to_owned(),
                cut: Cut::Separators(separator.to_owned()),
                parts: FOUR.to_vec(),
            })
            .collect()
    }

    /// What is wrong with it, in words: a layout that could never read a number.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let has = |part| self.parts.contains(&part);
        let twice = FOUR
            .iter()
            .any(|part| self.parts.iter().filter(|known| *known == part).count() > 1);
        match &self.cut {
            _ if !has(Part::Insurer) || !has(Part::Number) => Some("insurer and number are needed"),
            _ if twice => Some("a part is named twice"),
            Cut::Separators(separators) if separators.is_empty() => Some("no separator"),
            Cut::Widths(widths) if widths.len() != self.parts.len() || widths.contains(&0) => {
                Some("a width above 0 for each part")
            }
            Cut::Separators(_) | Cut::Widths(_) => None,
        }
    }

    fn read(&self, burst: &str) -> Option<Scanned> {
        let rest = burst.strip_prefix(&*keys(&self.prefix))?;
        let rest = rest.strip_suffix(&*keys(&self.suffix))?;
        let texts = self.cut(rest)?;
        let text = |part| {
            let mut pairs = self.parts.iter().zip(&texts);
            pairs
                .find(|(known, _)| **known == part)
                .map_or("", |(_, text)| text.trim())
        };
        let number = MemberNumber::new(
            text(Part::Insurer),
            text(Part::Symbol),
            text(Part::Number),
            text(Part::Branch),
        )?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = number.insurer.len() == 8
            && digits(&number.insurer)
            && number.number.len() <= LONGEST_TYPED
            && number.number.chars().all(char::is_alphanumeric)
            && number.symbol.chars().all(char::is_alphanumeric)
            && number.branch.len() <= 2
            && digits(&number.branch);
        is_number.then_some(Scanned {
            kind: self.kind,
            number,
        })
    }

    fn cut<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        match &self.cut {
            Cut::Separators(separators) => {
                let separators = keys(separators);
                let texts: Vec<&str> = text.split(|c| separators.contains(c)).collect();
                let left_off =
                    self.parts.last() == Some(&Part::Branch) && texts.len() + 1 == self.parts.len();
                (texts.len() == self.parts.len() || left_off).then_some(texts)
            }
            Cut::Widths(widths) => {
                let mut rest = text;
                let mut texts = Vec::new();
                for width in widths {
                    let end = rest
                        .char_indices()
                        .nth(*width)
                        .map_or(rest.len(), |(place, _)| place);
                    let (text, after) = rest.split_at_checked(end)?;
                    (text.chars().count() == *width).then(|| texts.push(text))?;
                    rest = after;
                }
                rest.is_empty().then_some(texts)
            }
        }
    }
}

/// Whether a text is longer or has more marks in it than a number that somebody types: a scanner's.
#[must_use]
pub fn is_burst(text: &str) -> bool {
    let text = wedge(text);
    let marks = text
        .chars()
        .filter(|c| !c.is_alphanumeric() && !c.is_whitespace() && !is_hyphen(*c));
    text.chars().count() > LONGEST_TYPED || marks.count() > 1
}

/// Reads what a scanner typed by the first layout that gives a number; `None` where none does.
#[must_use]
pub fn read(text: &str, layouts: &[Layout]) -> Option<Scanned> {
    let burst = wedge(text);
    // A scanner may name the kind of code first (AIM: `]Q1`).
    let bare = match burst.strip_prefix(']').map(str::chars) {
        Some(mut rest) => match (rest.next(), rest.next()) {
            (Some(letter), Some(digit))
                if letter.is_ascii_alphabetic() && digit.is_alphanumeric() =>
            {
                rest.as_str()
            }
            _ => &burst,
        },
        None => &burst,
    };
    layouts.iter().find_map(|layout| layout.read(bare))
}

/// What the keys of a scanner meant, whatever the input method made of them: full-width forms, and
/// the marks that a kana keyboard has in the places of others.
fn wedge(text: &str) -> String {
    keys(text).trim().to_owned()
}

fn keys(text: &str) -> String {
    text.nfkc()
        .map(|c| match c {
            '、' => ',',
            '。' => '.',
            '・' => '/',
            '「' => '[',
            '」' => ']',
            '\u{A5}' => '\\',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Option<String> {
        read(text, &Layout::defaults()).map(|scanned| scanned.number.value())
    }

    #[test]
    fn every_way_of_typing_the_same_stripe_gives_the_same_number() {
        for burst in [
            ";06123456=あ12=1234=01?",
            "；０６１２３４５６＝あ１２＝１２３４＝０１？",
            "%06123456^ア12^1234^01?",
            "06123456:あ12:1234:01",
            "06123456,あ12,1234,01",
            "０６１２３４５６、あ１２、１２３４、０１",
            "06123456|あ12|1234|1",
            " 06123456\tあ12\t1234\t01\r\n",
            "]Q106123456,あ12,12-34,01",
            "6123456:あ12:1234:01",
        ] {
            assert_eq!(
                number(burst).as_deref(),
                Some("06123456:ア12:1234:01"),
                "{burst}"
            );
        }
        assert_eq!(number("06123456::1234").as_deref(), Some("06123456::1234:"));
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for burst in [
            "",
            "1234",
            "4912345678904",
            "06123456:1234",
            ";06123456=あ12=1234=01",
            "abc:あ12:1234:01",
            "06123456:あ12::01",
            "06123456:あ12:1234:999",
            "06123456:あ12:1|2:01",
            "06123456,あ12,12,34,01",
            "06123456:あ12:1234:01:06123456",
            "https://example.jp/a?b=c&d=e",
            "123456789:あ:1:1",
        ] {
            assert_eq!(number(burst), None, "{burst}");
        }
    }

    #[test]
    fn a_configured_layout_says_what_it_is_on_and_where_the_parts_are() {
        let certificate = Layout {
            kind: Kind::Certificate,
            prefix: "SK1".to_owned(),
            suffix: "#".to_owned(),
            cut: Cut::Separators(",".to_owned()),
            parts: vec![Part::Other, Part::Number, Part::Insurer],
        };
        let fixed = Layout {
            kind: Kind::Card,
            prefix: String::new(),
            suffix: String::new(),
            cut: Cut::Widths(vec![8, 4, 2]),
            parts: vec![Part::Insurer, Part::Number, Part::Branch],
        };
        assert_eq!((certificate.problem(), fixed.problem()), (None, None));
        let layouts = [certificate, fixed];
        let scanned = read("SK1x,1234,06123456#", &layouts).unwrap();
        assert_eq!(scanned.kind, Kind::Certificate);
        assert_eq!(scanned.number.value(), "06123456::1234:");
        let scanned = read("06123456123402", &layouts).unwrap();
        assert_eq!(scanned.number.value(), "06123456::1234:02");
        assert_eq!(read("061234561234021", &layouts), None);
    }

    #[test]
    fn a_layout_that_reads_nothing_is_named() {
        let layout = |cut, parts: &[Part]| Layout {
            kind: Kind::Card,
            prefix: String::new(),
            suffix: String::new(),
            cut,
            parts: parts.to_vec(),
        };
        let commas = || Cut::Separators(",".to_owned());
        assert!(layout(commas(), &[Part::Number]).problem().is_some());
        assert!(
            layout(commas(), &[Part::Insurer, Part::Number, Part::Number])
                .problem()
                .is_some()
        );
        assert!(
            layout(Cut::Separators(String::new()), &FOUR)
                .problem()
                .is_some()
        );
        assert!(
            layout(Cut::Widths(vec![8, 0, 4, 2]), &FOUR)
                .problem()
                .is_some()
        );
        assert!(layout(Cut::Widths(vec![8]), &FOUR).problem().is_some());
        for layout in Layout::defaults() {
            assert_eq!(layout.problem(), None);
        }
    }

    #[test]
    fn a_typed_number_is_no_burst() {
        for typed in [
            "1234",
            "１２-３４",
            "12345678",
            "06123456",
            "1234567890123456",
            "あ・12",
        ] {
            assert!(!is_burst(typed), "{typed}");
        }
        for burst in [
            ";06123456=あ12=1234=01?",
            "06123456:あ12:1234:01",
            "12345678901234567",
        ] {
            assert!(is_burst(burst), "{burst}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in any::<String>()) {
            let scanned = read(&text, &Layout::defaults());
            prop_assert!(scanned.is_none_or(|scanned| scanned.number.insurer.len() == 8));
            prop_assert_eq!(is_burst(&text), is_burst(&format!(" {text}")));
        }

        #[test]
        fn a_number_survives_every_separator_and_width(
            insurer in "[0-9]{8}", number in "[0-9]{1,10}", branch in "[0-9]{2}",
            separator in "[:,;|^=]", fullwidth: bool,
        ) {
            let text = [&*insurer, "あ", &*number, &*branch].join(&separator);
            let text: String = text
                .chars()
                .map(|c| match c {
                    '!'..='~' if fullwidth => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
                    other => other,
                })
                .collect();
            let scanned = read(&text, &Layout::defaults()).unwrap();
            prop_assert_eq!(scanned.number.value(), format!("{insurer}:ア:{number}:{branch}"));
        }
    }
}
