//! Which drug a row is about: YJ code as far as sent, and the name in one spelling.

use crate::domain::{
    code::{Coding, Concept},
    text::normalised,
    words::drugs::Class,
};

use super::drug_class;

/// What is known of a drug's identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// As the sender wrote it; empty where nobody named it.
    pub(super) title: String,
    /// All twelve characters of the YJ code, where sent.
    yj: Option<String>,
    /// The first nine: up to the strength. Also from 一般名処方 codes and J-FAGY `GCM` codes.
    nine: Option<String>,
    /// The ingredient's name in one spelling.
    name: String,
    /// The numbers in the title: two rows with different numbers are two strengths.
    strength: String,
    /// Classes that are called out.
    pub(super) classes: Vec<Class>,
    /// Whether no code system of drugs names it.
    pub(super) uncoded: bool,
}

/// YJ: URL, and the two OIDs it is sent under.
fn is_yj(system: &str) -> bool {
    system.ends_with("YJ-code")
        || system.ends_with("100495.20.2.73")
        || system.ends_with("100495.20.1.73")
}

/// 一般名処方マスタ: the first nine characters are those of YJ, the rest is `ZZZ`.
fn is_general_name(system: &str) -> bool {
    system.ends_with("MedicationGeneralOrderCode") || system.ends_with("100495.20.2.81")
}

impl Identity {
    /// Reads the codes and words of `drug`; `ingredients` are further codes of the same drug.
    pub(super) fn of(drug: &Concept, ingredients: &[Coding]) -> Self {
        let codes = || drug.codings.iter().chain(ingredients);
        let yj_like = |of: fn(&str) -> bool| {
            codes()
                .filter(|coding| coding.system.as_deref().is_some_and(of))
                .find_map(|coding| coding.code.as_deref().and_then(yj_form))
        };
        let product =
            yj_like(is_yj).or_else(|| codes().find_map(|coding| allergen_code(coding, "YCM")));
        let general = yj_like(is_general_name)
            .or_else(|| codes().find_map(|coding| allergen_code(coding, "GCM")));
        let yj = product.filter(|code| code.len() == 12 && !code.ends_with("ZZZ"));
        let nine = yj
            .as_deref()
            .or(general.as_deref())
            .and_then(|code| code.get(..9))
            .map(str::to_owned);
        let nine =
            nine.or_else(|| yj_like(is_yj).and_then(|code| code.get(..9).map(str::to_owned)));
        let displays = codes().filter_map(|coding| coding.display.as_deref());
        let title = super::row::words_of(drug).map_or_else(|| mixture(ingredients), str::to_owned);
        let words: Vec<String> = std::iter::once(title.as_str())
            .chain(displays)
            .map(|words| normalised(words).to_lowercase())
            .collect();
        let known = drug_class::named(&words);
        let name = match known.as_slice() {
            [one] if !is_family(one.name) => one.name.to_owned(),
            _ => ingredient_name(&title),
        };
        let mut classes = drug_class::classes(nine.as_deref(), &known);
        let external = words.first().is_some_and(|words| is_external_form(words));
        if external || route_of(nine.as_deref()).is_some_and(|route| route >= 700) {
            classes.retain(|class| !matches!(class, Class::Steroid | Class::Antithrombotic));
        }
        let uncoded = !codes().any(|coding| {
            coding
                .code
                .as_deref()
                .is_some_and(|code| !matches!(code, "" | "NOCODED"))
                && coding
                    .system
                    .as_deref()
                    .is_some_and(|system| !system.contains("Nocoded"))
                && !super::agent::is_dummy(coding)
        });
        Self {
            strength: strength(&title),
            title,
            yj,
            nine,
            name,
            classes,
            uncoded,
        }
    }

    /// The YJ code, where all of it was sent.
    pub(super) fn product(&self) -> Option<&str> {
        self.yj.as_deref()
    }

    /// Up to the strength.
    pub(super) fn nine(&self) -> Option<&str> {
        self.nine.as_deref()
    }

    /// Up to the ingredient and its route.
    pub(super) fn seven(&self) -> Option<&str> {
        self.nine.as_deref().and_then(|code| code.get(..7))
    }

    /// The ingredient's name in one spelling; `None` where nothing names it.
    pub(super) fn name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty())
    }

    /// The route part of YJ: 001-399 internal, 400-699 injection, 700- external.
    pub(super) fn route(&self) -> Option<u32> {
        route_of(self.nine())
    }

    /// B5: the same first nine characters, else the same words where a code is missing.
    pub(super) fn is_same_drug(&self, other: &Self) -> bool {
        match (self.nine(), other.nine()) {
            (Some(left), Some(right)) => left == right,
            _ => {
                self.name().is_some()
                    && self.name() == other.name()
                    && self.strength == other.strength
            }
        }
    }

    /// Whether both hold the same ingredient, whatever the strength and route.
    #[cfg(test)]
    pub(super) fn is_same_ingredient(&self, other: &Self) -> bool {
        (self.seven().is_some() && self.seven() == other.seven())
            || (self.name().is_some() && self.name() == other.name())
    }

    /// What tells one strength from another.
    pub(super) fn strength(&self) -> &str {
        &self.strength
    }

    /// Whether strength or form is known to differ.
    pub(super) fn differs_in_strength(&self, other: &Self) -> bool {
        match (self.nine(), other.nine()) {
            (Some(left), Some(right)) => left != right,
            _ => self.strength != other.strength,
        }
    }
}

/// A drug that nobody named is called by what is in it.
fn mixture(ingredients: &[Coding]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for coding in ingredients {
        let first = [&coding.display, &coding.code]
            .into_iter()
            .filter_map(Option::as_deref)
            .find(|name| !name.trim().is_empty());
        names.extend(first.filter(|name| !names.contains(name)));
    }
    names.join("＋")
}

/// Names of many ingredients: glargine and lispro are both insulin, and are not the same drug.
fn is_family(name: &str) -> bool {
    name == "インスリン"
}

fn route_of(nine: Option<&str>) -> Option<u32> {
    nine.and_then(|code| code.get(4..7))
        .and_then(|digits| digits.parse().ok())
}

/// Whether a name (NFKC) says that the drug is for external use.
pub(super) fn is_external_form(name: &str) -> bool {
    [
        "軟膏",
        "クリーム",
        "ローション",
        "テープ",
        "パップ",
        "パッチ",
        "点眼",
        "点鼻",
        "点耳",
        "吸入",
        "坐剤",
        "坐薬",
        "外用",
        "うがい",
        "含嗽",
    ]
    .iter()
    .any(|form| name.contains(form))
}

/// YJ characters in one width; `None` for what has not their form (7 digits, a letter, a character,
/// then three).
fn yj_form(code: &str) -> Option<String> {
    let code = normalised(code).to_uppercase();
    let form = code.bytes().enumerate().all(|(at, byte)| match at {
        0..=6 => byte.is_ascii_digit(),
        7 => byte.is_ascii_uppercase(),
        _ => byte.is_ascii_alphanumeric(),
    });
    (form && matches!(code.len(), 9 | 12)).then_some(code)
}

/// J-FAGY: `YCM` with a YJ code, `GCM` with nine characters and `ZZZ`.
fn allergen_code(coding: &Coding, meta: &str) -> Option<String> {
    coding
        .code
        .as_deref()
        .and_then(|code| code.strip_prefix(meta))
        .and_then(yj_form)
}

/// The numbers in a name.
fn strength(title: &str) -> String {
    normalised(title)
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '.')
        .collect()
}

/// The name without brand brackets, form, strength and salt.
fn ingredient_name(title: &str) -> String {
    const FORMS: [&str; 30] = [
        "錠",
        "カプセル",
        "細粒",
        "顆粒",
        "散",
        "ドライシロップ",
        "シロップ",
        "静注",
        "皮下注",
        "筋注",
        "点滴",
        "注",
        "軟膏",
        "クリーム",
        "ローション",
        "テープ",
        "パッチ",
        "坐剤",
        "坐薬",
        "点眼",
        "吸入",
        "ゼリー",
        "液",
        "内用",
        "口腔内",
        "徐放",
        "配合",
        "キット",
        "シリンジ",
        " tablet",
    ];
    let mut name = normalised(title)
        .to_lowercase()
        .replace("【般】", "")
        .replace("(般)", "");
    for bracket in ['「', '(', '['] {
        if let Some((before, _)) = name
            .split_once(bracket)
            .filter(|(before, _)| before.chars().count() > 1)
        {
            name = before.to_owned();
        }
    }
    for form in FORMS {
        if let Some((before, _)) = name
            .split_once(form)
            .filter(|(before, _)| before.chars().count() > 1)
        {
            name = before.to_owned();
        }
    }
    without_salt(without_number(&name).trim().trim_end_matches("od"))
        .trim()
        .to_owned()
}

/// Cuts at a number that stands apart: `5-FU` and `ビタミンB12` keep theirs.
fn without_number(name: &str) -> &str {
    let mut before = None;
    for (at, c) in name.char_indices() {
        let stands_apart =
            before.is_some_and(|before: char| !before.is_ascii_alphanumeric() && before != '-');
        if c.is_ascii_digit() && stands_apart {
            return name.get(..at).unwrap_or(name);
        }
        before = Some(c);
    }
    name
}

/// Drops the salt, except where the salt is the drug (塩化カリウム, クエン酸カリウム).
fn without_salt(name: &str) -> &str {
    const SALTS: [&str; 14] = [
        "水和物",
        "塩酸塩",
        "ナトリウム",
        "カリウム",
        "カルシウム",
        "マレイン酸塩",
        "ベシル酸塩",
        "フマル酸塩",
        "酒石酸塩",
        "硫酸塩",
        "メシル酸塩",
        "コハク酸塩",
        "臭化水素酸塩",
        "メタンスルホン酸塩",
    ];
    let mut name = name;
    for _ in 0..2 {
        let shorter = SALTS.iter().find_map(|salt| name.strip_suffix(salt));
        match shorter.filter(|rest| rest.chars().count() > 2 && !rest.ends_with(['酸', '化'])) {
            Some(rest) => name = rest,
            None => return name,
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    const YJ: &str = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";

    fn drug(text: &str, system: &str, code: &str) -> Identity {
        let coding = Coding {
            system: Some(system.to_owned()),
            code: Some(code.to_owned()),
            display: None,
        };
        Identity::of(
            &Concept {
                text: Some(text.to_owned()),
                codings: vec![coding],
            },
            &[],
        )
    }

    fn named(text: &str) -> Identity {
        Identity::of(
            &Concept {
                text: Some(text.to_owned()),
                codings: Vec::new(),
            },
            &[],
        )
    }

    #[test]
    fn yj_is_read_under_every_name_of_its_system_and_in_any_width() {
        for (system, code) in [
            (YJ, "3332001F1024"),
            ("urn:oid:1.2.392.100495.20.2.73", "3332001F1024"),
            ("1.2.392.100495.20.1.73", "３３３２００１Ｆ１０２４"),
            (
                "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationGeneralOrderCode",
                "3332001F1ZZZ",
            ),
            (
                "http://jpfhir.jp/fhir/core/CodeSystem/GCM/JP_JfagyMedicationAllergen_CS",
                "GCM3332001F1ZZZ",
            ),
        ] {
            assert_eq!(
                drug("x", system, code).nine(),
                Some("3332001F1"),
                "{system}"
            );
        }
        assert_eq!(
            drug("x", "http://medis.or.jp/CodeSystem/master-HOT7", "2391003").nine(),
            None
        );
        assert_eq!(drug("x", YJ, "12345").nine(), None);
    }

    #[test]
    fn the_same_ingredient_is_seen_through_brand_salt_form_and_strength() {
        for (left, right) in [
            ("ワーファリン錠1mg", "【般】ワルファリンカリウム錠0.5mg"),
            (
                "アムロジピンOD錠5mg「サワイ」",
                "アムロジピンベシル酸塩錠 2.5mg",
            ),
            ("ﾌﾟﾚﾄﾞﾆｿﾞﾛﾝ錠5mg", "プレドニン錠5mg"),
            ("Warfarin 5 mg", "ワルファリンK錠1mg"),
        ] {
            assert!(
                named(left).is_same_ingredient(&named(right)),
                "{left} {right}"
            );
        }
        for (left, right) in [
            ("塩化カリウム徐放錠600mg", "塩化ナトリウム"),
            (
                "インスリン グラルギン（遺伝子組換え）注ソロスター",
                "インスリン リスプロ（遺伝子組換え）注カート",
            ),
            ("Insulin glargine", "Insulin lispro"),
            ("ビタミンB1", "ビタミンB12"),
            ("", ""),
        ] {
            assert!(
                !named(left).is_same_ingredient(&named(right)),
                "{left} {right}"
            );
        }
        assert!(named("ワーファリン錠1mg").differs_in_strength(&named("ワーファリン錠5mg")));
    }
}
