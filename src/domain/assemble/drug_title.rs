//! What a drug's name says of ingredient, strength and form.

use crate::domain::text::normalised;

/// Whether a name (NFKC, lower case) says that the drug is for external use.
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
        "注腸",
        "ゲル",
        "貼付",
        "噴霧",
        "スプレー",
        "ointment",
        "cream",
        "patch",
        "eye drop",
        "inhal",
        "suppositor",
    ]
    .iter()
    .any(|form| name.contains(form))
}

/// External forms whose drug is meant for the whole body: a suppository of betamethasone is a
/// systemic steroid, an ointment is not.
pub(super) fn is_rectal(name: &str) -> bool {
    ["坐剤", "坐薬", "注腸", "suppositor"]
        .iter()
        .any(|form| name.contains(form))
}

/// The numbers in a name.
pub(super) fn strength(title: &str) -> String {
    normalised(title)
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '.')
        .collect()
}

/// The name without brand brackets, form, strength and salt.
pub(super) fn ingredient_name(title: &str) -> String {
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
