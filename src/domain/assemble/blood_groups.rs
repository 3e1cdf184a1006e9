//! Blood groups: the same group in whatever notation, and groups that differ.

use crate::domain::{summary::Tone, text, words::labs::labs};

use super::{labs::Line, piece::Context, rows};

/// What a value says of the ABO and the Rh group; both at most, where one value says both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BloodGroup {
    abo: Option<&'static str>,
    rh: Option<bool>,
    /// The value's own words, where they say neither.
    other: Option<String>,
}

impl BloodGroup {
    /// Reads a value: A, `A型`, Ａ(＋), `Rh(D)陽性`, `group O`, `AB Rh-`, `O Neg`.
    pub(super) fn of(words: &str) -> Self {
        let bare: String = text::normalised(words)
            .to_uppercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '+' | '-' | '−'))
            .collect();
        let (rest, rh) = rh(&bare);
        let rest = ["GROUP", "TYPE", "型", "血液", "RHD", "RH", "ABO"]
            .iter()
            .fold(rest, |rest, word| rest.replace(word, ""));
        let abo = ["AB", "A", "B", "O"]
            .into_iter()
            .find(|known| *known == rest);
        let is_known = rest.is_empty() || abo.is_some();
        if is_known && (abo.is_some() || rh.is_some()) {
            Self {
                abo,
                rh,
                other: None,
            }
        } else {
            Self {
                abo: None,
                rh: None,
                other: Some(rows::same(words)),
            }
        }
    }

    /// Whether both cannot be true of one person. What cannot be read agrees only with itself.
    fn differs(&self, from: &Self) -> bool {
        let clash = |own: bool, other: bool, same: bool| own && other && !same;
        match (&self.other, &from.other) {
            (None, None) => {
                clash(self.abo.is_some(), from.abo.is_some(), self.abo == from.abo)
                    || clash(self.rh.is_some(), from.rh.is_some(), self.rh == from.rh)
            }
            (own, other) => own != other,
        }
    }

    /// One spelling, for putting results of the same group into one row.
    pub(super) fn key(&self) -> String {
        format!("{:?} {:?} {:?}", self.abo, self.rh, self.other)
    }
}

/// The Rh part of a value, and the value without it.
fn rh(bare: &str) -> (String, Option<bool>) {
    for (word, positive) in [
        ("POSITIVE", true),
        ("NEGATIVE", false),
        ("POS", true),
        ("NEG", false),
        ("陽性", true),
        ("陰性", false),
        ("+", true),
        ("-", false),
        ("−", false),
    ] {
        if let Some(rest) = bare.strip_suffix(word) {
            return (rest.to_owned(), Some(positive));
        }
    }
    (bare.to_owned(), None)
}

/// B10: groups that differ stay, each marked. The two tests are compared too: a value of the ABO
/// test may name the Rh group as well.
pub(super) fn mark(lines: &mut [Line], context: &Context<'_>) {
    let groups: Vec<(usize, BloodGroup)> = lines
        .iter()
        .filter_map(|line| Some((line.place.1, line.blood_group.clone()?)))
        .collect();
    for line in lines {
        let Some(own) = &line.blood_group else {
            continue;
        };
        let differs = groups.iter().any(|(test, group)| {
            let is_read = own.other.is_none() && group.other.is_none();
            (*test == line.place.1 || is_read) && own.differs(group)
        });
        if differs {
            let tag = rows::tag(Tone::Warning, labs(context.language).blood_groups_differ);
            line.item.tags.insert(0, tag);
            line.item = rows::complete(std::mem::take(&mut line.item));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_group_in_many_notations_is_one_group() {
        for (words, abo, rh) in [
            ("A", Some("A"), None),
            ("Ａ型", Some("A"), None),
            ("group AB", Some("AB"), None),
            ("O Rh(+)", Some("O"), Some(true)),
            ("B Rh（－）", Some("B"), Some(false)),
            ("AB Neg", Some("AB"), Some(false)),
            ("Rh（＋）", None, Some(true)),
            ("Rh(D)陰性", None, Some(false)),
            ("＋", None, Some(true)),
        ] {
            let group = BloodGroup::of(words);
            assert_eq!((group.abo, group.rh), (abo, rh), "{words}");
            assert_eq!(group.other, None, "{words}");
        }
        for words in ["A2", "判定保留", "", "cisAB", "D variant"] {
            assert!(BloodGroup::of(words).other.is_some(), "{words}");
        }
    }

    #[test]
    fn groups_differ_only_where_both_cannot_be_true() {
        for (left, right, differ) in [
            ("A", "A型", false),
            ("A", "O", true),
            ("A", "A Rh(-)", false),
            ("A Rh(+)", "A Rh(-)", true),
            ("A Rh(+)", "Rh陰性", true),
            ("A", "Rh陰性", false),
            ("A", "A2", true),
            ("A2", "A2", false),
        ] {
            let (left, right) = (BloodGroup::of(left), BloodGroup::of(right));
            assert_eq!(left.differs(&right), differ, "{left:?} {right:?}");
            assert_eq!(right.differs(&left), differ, "{left:?} {right:?}");
        }
    }
}
