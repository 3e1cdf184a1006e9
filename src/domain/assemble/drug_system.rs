//! Code systems of drugs, by URL or OID, and the form that their codes have.

use crate::domain::{code::Coding, text::normalised};

/// The systems that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// 個別医薬品コード: twelve characters, or its first nine or seven.
    Yj,
    /// The same first nine characters: 一般名処方マスタ, 規格別薬剤成分コード (both `…ZZZ`),
    /// 薬価基準収載医薬品コード, J-FAGY `GCM`.
    YjWithoutBrand,
    /// J-FAGY `YCM`: a YJ code behind three letters.
    AllergenProduct,
    /// 処方用番号, seven digits.
    Hot7,
    /// With the company, nine digits.
    Hot9,
    /// With the package, thirteen digits.
    Hot13,
    /// レセプト電算処理システム用コード: nine digits, the first a 6.
    Receipt,
    /// The dummy for "no standard code".
    Nocoded,
    /// An institution's own, or one that is not known here.
    Other,
}

/// A system as sent, in one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct System {
    pub(super) name: String,
    pub(super) known: Known,
}

/// How URLs and OIDs end. The OIDs under 1.2.392.100495.20 are those of the 処方箋CDA tables, those
/// under 1.2.392.200119.4 MEDIS's (JP-CLINS 1.5.0 lists them beside the URLs).
const ENDINGS: [(&str, Known); 17] = [
    ("/YJ-code", Known::Yj),
    ("/master-YJ", Known::Yj),
    ("1.2.392.100495.20.2.73", Known::Yj),
    ("1.2.392.100495.20.1.73", Known::Yj),
    ("/MedicationGeneralOrderCode", Known::YjWithoutBrand),
    ("1.2.392.100495.20.2.81", Known::YjWithoutBrand),
    ("1.2.392.100495.20.1.81", Known::YjWithoutBrand),
    ("/KikakubetsuYakuzaiSeibun", Known::YjWithoutBrand),
    ("1.2.392.100495.20.2.72", Known::YjWithoutBrand),
    ("/master-HOT7", Known::Hot7),
    ("1.2.392.200119.4.403.2", Known::Hot7),
    ("/master-HOT9", Known::Hot9),
    ("1.2.392.200119.4.403.1", Known::Hot9),
    ("1.2.392.100495.20.2.74", Known::Hot9),
    ("/master-HOT13", Known::Hot13),
    ("1.2.392.200119.4.402.1", Known::Hot13),
    ("1.2.392.100495.20.2.71", Known::Receipt),
];

impl System {
    /// The system of a coding; J-FAGY is known by the letters before its codes.
    pub(super) fn of(coding: &Coding) -> Self {
        let sent = normalised(coding.system.as_deref().unwrap_or_default());
        let name = sent.trim_start_matches("urn:oid:").trim_end_matches('/');
        let name = name.split_once('|').map_or(name, |(name, _)| name);
        let code = normalised(coding.code.as_deref().unwrap_or_default());
        let is_oid = name.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let ending = ENDINGS.iter().find(|(ending, _)| {
            if is_oid {
                name == *ending
            } else {
                ending.starts_with('/') && name.ends_with(ending)
            }
        });
        let known = match ending {
            Some((_, known)) => *known,
            None if code == "NOCODED" || name.contains("Nocoded") => Known::Nocoded,
            None if code.strip_prefix("YCM").and_then(yj_form).is_some() => Known::AllergenProduct,
            None if code.strip_prefix("GCM").and_then(yj_form).is_some() => Known::YjWithoutBrand,
            None => Known::Other,
        };
        Self {
            name: name.to_owned(),
            known,
        }
    }
}

impl Known {
    /// Whether its codes have a form that can be wrong.
    pub(super) fn has_form(self) -> bool {
        !matches!(self, Self::Nocoded | Self::Other)
    }

    /// The code where it has the form of its system; of J-FAGY what is behind the letters.
    pub(super) fn read(self, code: &str) -> Option<String> {
        let digits = |count: usize| {
            (code.len() == count && code.bytes().all(|b| b.is_ascii_digit()))
                .then(|| code.to_owned())
        };
        match self {
            Self::Yj | Self::YjWithoutBrand | Self::AllergenProduct => {
                let bare = code
                    .strip_prefix("YCM")
                    .or_else(|| code.strip_prefix("GCM"));
                yj_form(bare.unwrap_or(code))
            }
            Self::Hot7 => digits(7),
            Self::Hot9 => digits(9),
            Self::Hot13 => digits(13),
            Self::Receipt => digits(9).filter(|code| code.starts_with('6')),
            Self::Nocoded | Self::Other => None,
        }
    }

    /// What a pharmacist calls it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Yj | Self::AllergenProduct => "YJ",
            Self::YjWithoutBrand => "YJ（銘柄なし）",
            Self::Hot7 => "HOT7",
            Self::Hot9 => "HOT9",
            Self::Hot13 => "HOT13",
            Self::Receipt => "レセプト電算",
            Self::Nocoded | Self::Other => "",
        }
    }
}

/// YJ characters in one width; `None` for what has not their form (7 digits, a letter, a character,
/// then three), or that of its first seven or nine.
fn yj_form(code: &str) -> Option<String> {
    let code = normalised(code).to_uppercase();
    let form = code.bytes().enumerate().all(|(at, byte)| match at {
        0..=6 => byte.is_ascii_digit(),
        7 => byte.is_ascii_uppercase(),
        _ => byte.is_ascii_alphanumeric(),
    });
    (form && matches!(code.len(), 7 | 9 | 12)).then_some(code)
}
