//! Drug classes that are called out (B7). Reviewed by: (nobody yet)

use crate::domain::words::drugs::Class;

use super::drug_names::INGREDIENTS;

/// An ingredient that is named, with its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    // 2492 すい臓ホルモン剤, glucagon excepted by name.
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

/// The ingredients that `words` name; a spelling inside a longer one that also hits does not count.
pub(super) fn named(words: &[String]) -> Vec<Ingredient> {
    let hits: Vec<(Ingredient, &str)> = INGREDIENTS
        .iter()
        .flat_map(|(class, rows)| rows.iter().map(move |row| (*class, *row)))
        .flat_map(|(class, row)| row.split('|').map(move |spelling| (class, row, spelling)))
        .filter(|(_, _, spelling)| words.iter().any(|words| is_said(words, spelling)))
        .map(|(class, row, spelling)| {
            let name = row.split('|').next().unwrap_or(row);
            (Ingredient { name, class }, spelling)
        })
        .collect();
    let mut found: Vec<Ingredient> = Vec::new();
    for (ingredient, spelling) in &hits {
        let inside = hits
            .iter()
            .any(|(_, longer)| longer.len() > spelling.len() && longer.contains(spelling));
        if !inside && !found.contains(ingredient) {
            found.push(*ingredient);
        }
    }
    found
}

/// ヘパリン類似物質 is an ointment against dry skin, not heparin.
fn is_said(words: &str, spelling: &str) -> bool {
    words.contains(spelling) && !words.contains("ヘパリン類似") && !words.contains("heparinoid")
}

/// The classes by code and by name, each once.
pub(super) fn classes(nine: Option<&str>, named: &[Ingredient]) -> Vec<Class> {
    let by_code = nine.and_then(|code| {
        RULES
            .iter()
            .filter(|(prefix, class)| {
                code.starts_with(prefix) && is_route_right(code, prefix, *class)
            })
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, class)| *class)
    });
    let mut classes: Vec<Class> = by_code
        .into_iter()
        .chain(named.iter().map(|one| one.class))
        .collect();
    classes.sort_unstable();
    classes.dedup();
    if classes
        .iter()
        .any(|class| matches!(class, Class::Sglt2 | Class::Biguanide | Class::Insulin))
        && named.len() < 2
    {
        classes.retain(|class| *class != Class::Hypoglycaemic);
    }
    classes
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
        classes(nine, &named(&[name.to_lowercase()]))
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
}
