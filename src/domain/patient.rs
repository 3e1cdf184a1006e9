//! Who the patient is, as a source says.

use serde::{Deserialize, Serialize};

use super::{date::Date, name};

/// Administrative sex as FHIR codes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// `male`
    Male,
    /// `female`
    Female,
    /// `other`
    Other,
    /// `unknown`
    Unknown,
}

/// What is said of the patient's death.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Death {
    /// `deceasedBoolean: true`: dead, the day not said.
    Recorded,
    /// `deceasedDateTime`.
    On(Date),
}

/// One identifier as sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// Naming system, as sent.
    pub system: Option<String>,
    /// Value, as sent.
    pub value: String,
}

/// A telephone number or address to reach somebody at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contact {
    /// Who answers (`None`: the patient; empty: somebody of whom nothing is said).
    pub who: Option<String>,
    /// The number, as sent.
    pub telephone: String,
    /// Whether its sender calls it old.
    #[serde(default)]
    pub former: bool,
    /// The last day it was in use.
    #[serde(default)]
    pub until: Option<Date>,
}

/// The person a set of resources is about. Every part may be missing: unidentified patients,
/// newborns without a given name, part-known birth dates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Official name in the script of the card (kanji, kana or Latin), as sent, family name first.
    pub name: Option<String>,
    /// Name in kana, family name first.
    pub kana: Option<String>,
    /// 通称名: the name the person goes by, where it differs.
    pub usual_name: Option<String>,
    /// The name in Latin letters, where its sender has one beside the official one. For matching
    /// only.
    #[serde(default)]
    pub latin: Option<String>,
    /// Administrative sex.
    pub sex: Option<Sex>,
    /// Birth date as far as known.
    pub birth_date: Option<Date>,
    /// Address as one line, as sent.
    pub address: Option<String>,
    /// Town part of the address (prefecture and city), for telling people apart in search.
    pub town: Option<String>,
    /// Every identifier that was sent.
    pub identifiers: Vec<Identifier>,
    /// A record of death.
    pub death: Option<Death>,
    /// Telephone numbers of the patient and of contacts.
    pub contacts: Vec<Contact>,
    /// Names of the insurers whose numbers the patient has, where they were sent.
    #[serde(default)]
    pub insurers: Vec<String>,
}

/// 被保険者個人識別子: `http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID`.
pub const MEMBER_NUMBER_SYSTEM: &str = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID";
/// 公費負担者番号・受給者番号 (生活保護): `http://jpfhir.jp/fhir/clins/Idsystem/JP_PublicPayer_memberID`.
pub const PUBLIC_PAYER_SYSTEM: &str =
    "http://jpfhir.jp/fhir/clins/Idsystem/JP_PublicPayer_memberID";

/// An insurance number as typed or sent: insurer, symbol, number, branch.
///
/// Two numbers are the same if all four parts are the same after [`super::text::folded`]; the parts
/// are kept folded. Without its branch a number is the whole household's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MemberNumber {
    /// 保険者番号, 8 digits (zero-padded), or 公費負担者番号.
    pub insurer: String,
    /// 記号; may be empty.
    pub symbol: String,
    /// 番号, or 受給者番号.
    pub number: String,
    /// 枝番, two digits; empty where not known.
    pub branch: String,
}

impl MemberNumber {
    /// Whether it is a number of 公費 by 生活保護 (法別番号 12): one person's, and without a branch.
    /// 市町村国保 of Chiba, 6 digits, begins with 0012 once padded.
    #[must_use]
    pub fn is_public_payer(&self) -> bool {
        self.insurer.starts_with("12")
    }

    /// Whether it stands for one person: without its branch a member's is the whole household's.
    #[must_use]
    pub fn is_one_persons(&self) -> bool {
        !self.branch.is_empty() || self.is_public_payer() && self.symbol.is_empty()
    }

    /// The last four characters of 番号; the length of what is hidden is not told.
    #[must_use]
    pub fn tail(&self) -> String {
        let kept = self.number.chars().count().saturating_sub(4);
        let last: String = self.number.chars().skip(kept).collect();
        format!("****{last}")
    }

    /// Takes the four parts in any width, with or without hyphens, kana of any kind.
    /// `None` where insurer or number is empty after folding.
    #[must_use]
    pub fn new(insurer: &str, symbol: &str, number: &str, branch: &str) -> Option<Self> {
        let fold = super::text::folded;
        let insurer = fold(insurer);
        let number = fold(number);
        if insurer.is_empty() || number.is_empty() {
            return None;
        }
        let branch = fold(branch);
        let pad = |text: String, width: usize| {
            if text.bytes().all(|b| b.is_ascii_digit()) && text.len() < width && !text.is_empty() {
                format!("{text:0>width$}")
            } else {
                text
            }
        };
        Some(Self {
            insurer: pad(insurer, 8),
            symbol: fold(symbol),
            number,
            branch: pad(branch, 2),
        })
    }

    /// Reads an identifier's value: `insurer:symbol:number:branch`, absent parts empty.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let mut parts = value.splitn(4, ':');
        Self::new(
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next().unwrap_or_default(),
        )
    }

    /// The identifier's value in folded form, the last colon kept.
    #[must_use]
    pub fn value(&self) -> String {
        format!(
            "{}:{}:{}:{}",
            self.insurer, self.symbol, self.number, self.branch
        )
    }

    /// Whether both name the same insured household number, whatever the branch.
    #[must_use]
    pub fn same_household(&self, other: &Self) -> bool {
        self.insurer == other.insurer && self.symbol == other.symbol && self.number == other.number
    }
}

impl Patient {
    /// The insurance numbers among the identifiers, public payers included.
    pub fn member_numbers(&self) -> impl Iterator<Item = MemberNumber> + '_ {
        self.identifiers
            .iter()
            .filter(|identifier| {
                identifier.system.as_deref().is_some_and(|system| {
                    system == MEMBER_NUMBER_SYSTEM || system == PUBLIC_PAYER_SYSTEM
                })
            })
            .filter_map(|identifier| MemberNumber::parse(&identifier.value))
    }

    /// Whether name, kana, birth date and sex are all present on both sides and equal: the only case
    /// in which a differing branch number may still be the same person (B2).
    #[must_use]
    pub fn agrees_wholly(&self, other: &Self) -> bool {
        let same_name = |left: &Option<String>, right: &Option<String>| {
            left.as_deref()
                .zip(right.as_deref())
                .is_some_and(|(left, right)| name::is_same(left, right))
        };
        let same_birth = matches!(
            (self.birth_date, other.birth_date),
            (Some(Date::Day(left)), Some(Date::Day(right))) if left == right
        );
        let same_sex = matches!(
            (self.sex, other.sex),
            (Some(left), Some(right)) if left == right && left != Sex::Unknown
        );
        same_name(&self.name, &other.name)
            && same_name(&self.kana, &other.kana)
            && same_birth
            && same_sex
    }

    /// Every spelling that tells people apart. One in Latin letters beside them does not: twins
    /// 優希 and 由紀 are both Yuki.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        [&self.name, &self.kana, &self.usual_name]
            .into_iter()
            .filter_map(|name| name.as_deref())
            .filter(|name| !name::folded(name).is_empty())
    }

    /// Every spelling by which somebody may be looked for: the one in Latin letters, too.
    pub fn searched_by(&self) -> impl Iterator<Item = &str> {
        let latin = self.latin.as_deref();
        self.spellings()
            .chain(latin.filter(|name| !name::folded(name).is_empty()))
    }

    /// Whether any spelling of the name is the same on both sides; `None` where a side has none.
    #[must_use]
    pub fn shares_a_name(&self, other: &Self) -> Option<bool> {
        let mut ours = self.spellings().peekable();
        if ours.peek().is_none() || other.spellings().next().is_none() {
            return None;
        }
        Some(ours.any(|own| other.spellings().any(|their| name::is_same(own, their))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> MemberNumber {
        MemberNumber::parse(text).unwrap()
    }

    #[test]
    fn a_household_is_insurer_symbol_and_number_whatever_the_branch() {
        let own = number("00012345:ア:187:05");
        for (other, is_same) in [
            ("00012345:ア:187:05", true),
            ("00012345:ア:187:06", true),
            ("00012345:ア:188:05", false),
            ("00012345:イ:187:05", false),
            ("00012346:ア:187:05", false),
        ] {
            assert_eq!(own.same_household(&number(other)), is_same, "{other}");
        }
    }

    #[test]
    fn twins_whose_names_sound_alike_in_latin_letters_stay_two() {
        let twin = |name: &str, kana: &str| Patient {
            name: Some(name.to_owned()),
            kana: Some(kana.to_owned()),
            latin: Some("YAMADA YUKI".to_owned()),
            ..Patient::default()
        };
        let (one, other) = (
            twin("山田 優希", "ヤマダ ユウキ"),
            twin("山田 由紀", "ヤマダ ユキ"),
        );
        assert_eq!(one.shares_a_name(&other), Some(false));
        assert!(one.searched_by().any(|name| name == "YAMADA YUKI"));
    }

    #[test]
    fn who_has_no_name_at_all_neither_shares_one_nor_differs() {
        let named = |name: &str| Patient {
            name: Some(name.to_owned()),
            ..Patient::default()
        };
        let (yamada, nobody) = (named("山田 太郎"), Patient::default());
        assert_eq!(yamada.shares_a_name(&nobody), None);
        assert_eq!(nobody.shares_a_name(&yamada), None);
        assert_eq!(yamada.shares_a_name(&named("山田　太郎")), Some(true));
        assert_eq!(yamada.shares_a_name(&named("佐藤 太郎")), Some(false));
    }
}
