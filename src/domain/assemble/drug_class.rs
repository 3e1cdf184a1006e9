//! Drug classes that are called out (B7), by code and by name. Reviewed by: (nobody yet)

use std::{collections::BTreeMap, sync::LazyLock};

use crate::domain::words::drugs::Class;

use super::{drug_names::INGREDIENTS, drug_plain::OF_NO_CLASS};

/// An ingredient that is named, with its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ingredient {
    pub(super) name: &'static str,
    class: Class,
}

/// Classes by the 日本標準商品分類番号 (87 and the first digits of YJ); a longer prefix is looked at
/// first. Numbers that hold several kinds of drugs (1179, 2149, 2499, 3999, 6399) are left to the
/// names.
const RULES: [(&str, Class); 25] = [
    // 3332 クマリン系, 3334 ヘパリン, 3339 その他の血液凝固阻止剤; 3331 クエン酸 is for tubes only.
    ("3332", Class::Antithrombotic),
    ("3334", Class::Antithrombotic),
    ("3339", Class::Antithrombotic),
    // 3399 その他の血液・体液用薬: antiplatelets, by mouth only (by injection: G-CSF); see below.
    ("3399", Class::Antithrombotic),
    // 2492 すい臓ホルモン剤; glucagon, the opposite, is excepted by name.
    ("2492", Class::Insulin),
    // 3962 ビグアナイド系.
    ("3962", Class::Biguanide),
    // 3961 スルフォニル尿素系, 3969 その他の糖尿病用剤.
    ("3961", Class::Hypoglycaemic),
    ("3969", Class::Hypoglycaemic),
    // 245 副腎ホルモン剤; 2451 is adrenaline.
    ("2452", Class::Steroid),
    ("2454", Class::Steroid),
    ("2456", Class::Steroid),
    ("2459", Class::Steroid),
    // 42 腫瘍用薬.
    ("42", Class::Antineoplastic),
    // 212 不整脈用剤, of them 2123 β-遮断剤.
    ("2123", Class::BetaBlocker),
    ("2121", Class::Antiarrhythmic),
    ("2122", Class::Antiarrhythmic),
    ("2129", Class::Antiarrhythmic),
    // 2113 ジギタリス製剤.
    ("2113", Class::Digitalis),
    // 113 抗てんかん剤.
    ("113", Class::Antiepileptic),
    // 811 あへんアルカロイド系麻薬, 821 合成麻薬.
    ("811", Class::Opioid),
    ("821", Class::Opioid),
    // 1124 ベンゾジアゼピン系.
    ("1124", Class::Benzodiazepine),
    // 1179017 炭酸リチウム.
    ("1179017", Class::Lithium),
    // 2251 キサンチン系.
    ("2251", Class::Theophylline),
    // 116 抗パーキンソン剤.
    ("116", Class::AntiParkinson),
];

/// One spelling of an ingredient.
#[derive(Clone, Copy, Debug)]
struct Spelling {
    ingredient: Ingredient,
    words: &'static str,
}

/// All spellings by their first character: a name is looked through once, however long the table.
static SPELLINGS: LazyLock<BTreeMap<char, Vec<Spelling>>> = LazyLock::new(|| {
    let mut found: BTreeMap<char, Vec<Spelling>> = BTreeMap::new();
    for (class, rows) in INGREDIENTS {
        for row in *rows {
            let name = row.split('|').next().unwrap_or(row);
            let ingredient = Ingredient {
                name,
                class: *class,
            };
            for words in row.split('|') {
                let first = words.chars().next().unwrap_or_default();
                found
                    .entry(first)
                    .or_default()
                    .push(Spelling { ingredient, words });
            }
        }
    }
    found
});

/// The ingredients that `words` name, in the table's order; a spelling inside a longer one that is
/// also said does not count (モルヒネ in アポモルヒネ).
pub(super) fn named(words: &[String]) -> Vec<Ingredient> {
    let mut hits: Vec<Spelling> = Vec::new();
    for words in words.iter().filter(|words| !is_heparinoid(words)) {
        for (at, first) in words.char_indices() {
            let rest = words.get(at..).unwrap_or_default();
            let of_first = SPELLINGS.get(&first).map_or(&[][..], Vec::as_slice);
            hits.extend(of_first.iter().filter(|one| rest.starts_with(one.words)));
        }
    }
    let mut found: Vec<Ingredient> = Vec::new();
    for hit in &hits {
        let inside = hits
            .iter()
            .any(|other| other.words.len() > hit.words.len() && other.words.contains(hit.words));
        if !inside && !found.contains(&hit.ingredient) {
            found.push(hit.ingredient);
        }
    }
    found.sort_unstable();
    found
}

/// ヘパリン類似物質 is an ointment against dry skin, not heparin.
fn is_heparinoid(words: &str) -> bool {
    words.contains("ヘパリン類似") || words.contains("heparinoid")
}

/// Whether a drug is known to belong to none of the classes.
pub(super) fn is_of_no_class(words: &str) -> bool {
    OF_NO_CLASS.iter().any(|name| words.contains(name))
}

/// The classes by code and by name, each once.
pub(super) fn classes(code: Option<&str>, named: &[Ingredient], words: &[String]) -> Vec<Class> {
    let by_code = code.and_then(|code| {
        RULES
            .iter()
            .filter(|(prefix, class)| {
                code.starts_with(prefix) && is_route_right(code, prefix, *class)
            })
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, class)| *class)
            .filter(|class| !is_opposite(*class, words))
    });
    let mut classes: Vec<Class> = by_code
        .into_iter()
        .chain(named.iter().map(|one| one.class))
        .collect();
    classes.sort_unstable();
    classes.dedup();
    // 3969 holds SGLT2 inhibitors too: by name alone they are told from the other drugs there.
    let apart = |class: &Class| matches!(class, Class::Sglt2 | Class::Biguanide | Class::Glp1);
    let is_apart = classes.iter().any(apart) || classes.contains(&Class::Insulin);
    let other = named.iter().any(|one| one.class == Class::Hypoglycaemic);
    if is_apart && !other {
        classes.retain(|class| *class != Class::Hypoglycaemic);
    }
    classes
}

/// Under the same number, and the opposite: glucagon beside insulin.
fn is_opposite(class: Class, words: &[String]) -> bool {
    const GLUCAGON: [&str; 3] = ["グルカゴン", "バクスミー", "glucagon"];
    class == Class::Insulin
        && words
            .iter()
            .any(|words| GLUCAGON.iter().any(|name| words.contains(name)) && !words.contains("様"))
}

/// YJ characters 5 to 7: ヒルドイド (3339950) and other external forms are no antithrombotics; 3399
/// by injection is something else.
fn is_route_right(code: &str, prefix: &str, class: Class) -> bool {
    let route: u32 = code
        .get(4..7)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    let end = if prefix == "3399" { 400 } else { 700 };
    class != Class::Antithrombotic || route < end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(nine: Option<&str>, name: &str) -> Vec<Class> {
        let words = [name.to_lowercase()];
        classes(nine, &named(&words), &words)
    }

    #[test]
    fn every_spelling_is_written_as_names_are_compared() {
        let spellings = INGREDIENTS
            .iter()
            .flat_map(|(_, rows)| rows.iter().flat_map(|row| row.split('|')));
        for spelling in spellings.chain(OF_NO_CLASS.iter().copied()) {
            let compared = crate::domain::text::normalised(spelling).to_lowercase();
            assert_eq!(spelling, compared);
            assert!(spelling.chars().count() > 1, "{spelling}");
        }
    }

    #[test]
    fn what_is_of_no_class_names_nothing_that_is_called_out() {
        for name in OF_NO_CLASS {
            assert_eq!(named(&[(*name).to_owned()]), [], "{name}");
        }
    }

    #[test]
    fn classes_come_from_the_code_and_from_the_name() {
        for (nine, name, expected) in [
            (Some("3332001F1"), "x", vec![Class::Antithrombotic]),
            (Some("3399007H1"), "x", vec![Class::Antithrombotic]),
            (Some("3339950M1"), "ヘパリン類似物質軟膏", vec![]),
            (Some("3399405A1"), "x", vec![]),
            (Some("2451402A1"), "アドレナリン", vec![]),
            (Some("3969019F1"), "フォシーガ錠5mg", vec![Class::Sglt2]),
            (Some("3962002F1"), "メトグルコ", vec![Class::Biguanide]),
            (Some("3999018F1"), "アレンドロン酸", vec![]),
            (Some("1179017F1"), "x", vec![Class::Lithium]),
            (Some("1179025F1"), "x", vec![]),
            (
                Some("2149032F1"),
                "アーチスト錠10mg",
                vec![Class::BetaBlocker],
            ),
            (None, "ワルファリン", vec![Class::Antithrombotic]),
            (None, "apixaban 5 mg", vec![Class::Antithrombotic]),
            (None, "アピキサバン", vec![Class::Antithrombotic]),
            (None, "プレドニゾロン", vec![Class::Steroid]),
            (None, "5-fu", vec![Class::Antineoplastic]),
            (None, "デキサメタゾン", vec![Class::Steroid]),
            (None, "アムロジピン", vec![]),
        ] {
            assert_eq!(of(nine, name), expected, "{nine:?} {name}");
        }
    }

    #[test]
    fn what_has_two_classes_or_looks_like_another_is_told_apart() {
        for (nine, name, expected) in [
            (Some("2492402A1"), "グルカゴンGノボ注射用1mg", vec![]),
            (
                Some("2492415A9"),
                "ヒューマログ注カート",
                vec![Class::Insulin],
            ),
            (
                None,
                "アポモルヒネ アポカイン皮下注",
                vec![Class::AntiParkinson],
            ),
            (None, "ゾルピデム酒石酸塩錠5mg", vec![Class::Benzodiazepine]),
            (
                None,
                "クロナゼパム錠0.5mg",
                vec![Class::Antiepileptic, Class::Benzodiazepine],
            ),
            (
                Some("3969100F1"),
                "スージャヌ配合錠",
                vec![Class::Sglt2, Class::Hypoglycaemic],
            ),
            (
                None,
                "エクメット配合錠HD",
                vec![Class::Biguanide, Class::Hypoglycaemic],
            ),
            (None, "メトホルミン", vec![Class::Biguanide]),
            (None, "オゼンピック皮下注2mg", vec![Class::Glp1]),
            (None, "ソリクア配合注", vec![Class::Insulin, Class::Glp1]),
            (
                Some("3969008F1"),
                "グラクティブ錠50mg",
                vec![Class::Hypoglycaemic],
            ),
            (None, "コンプラビン配合錠", vec![Class::Antithrombotic]),
            (None, "バッサミン配合錠a81", vec![Class::Antithrombotic]),
            (None, "トアラセット配合錠", vec![Class::Opioid]),
            (None, "ナルデメジン スインプロイク錠", vec![]),
            (None, "ジヒドロコデインリン酸塩散1%", vec![Class::Opioid]),
            (None, "デキストロメトルファン", vec![]),
            (None, "リンヴォック錠15mg", vec![Class::Immunosuppressant]),
            (None, "ミケラン点眼液2%", vec![Class::BetaBlocker]),
            (None, "ベラパミル塩酸塩錠40mg", vec![Class::Antiarrhythmic]),
            (None, "トラネキサム酸錠250mg", vec![]),
        ] {
            assert_eq!(of(nine, name), expected, "{nine:?} {name}");
        }
    }
}
