//! Tests of a drug's identity.

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
fn a_code_that_has_not_the_form_of_its_system_is_said_and_not_guessed() {
    const HOT9: &str = "urn:oid:1.2.392.200119.4.403.1";
    let ten = drug("ペルマックス錠50μg", HOT9, "1012309020");
    assert_eq!((ten.hot(), ten.uncoded), (None, true));
    assert_eq!(ten.malformed, ["HOT9「1012309020」"]);
    let short = drug("x", YJ, "12345");
    assert_eq!(short.malformed, ["YJ「12345」"]);
    for (system, code) in [
        (HOT9, "105271807"),
        ("1.2.392.200119.4.403.1", "１０５２７１８０７"),
        ("http://medis.or.jp/CodeSystem/master-HOT9", "105271807"),
        ("http://medis.or.jp/CodeSystem/master-HOT7", "1052718"),
        ("urn:oid:1.2.392.200119.4.403.2", "1052718"),
        (
            "http://medis.or.jp/CodeSystem/master-HOT13",
            "1052718070101",
        ),
        ("urn:oid:1.2.392.200119.4.402.1", "1052718070101"),
        ("urn:oid:1.2.392.100495.20.2.74", "105271807"),
    ] {
        let hot = drug("プレドニン錠5mg", system, code);
        assert_eq!(hot.hot(), Some("1052718"), "{system} {code}");
        assert!(hot.malformed.is_empty() && !hot.uncoded, "{system} {code}");
        assert_eq!(hot.nine(), None, "no HOT code is taken for YJ");
    }
    let nocoded = drug(
        "x",
        "http://jpfhir.jp/fhir/eCS/CodeSystem/MedicationCodeNocoded_CS",
        "NOCODED",
    );
    assert!(nocoded.uncoded && nocoded.malformed.is_empty());
}

#[test]
fn the_same_drug_is_known_by_code_and_never_guessed() {
    const HOT7: &str = "http://medis.or.jp/CodeSystem/master-HOT7";
    const HOT9: &str = "urn:oid:1.2.392.200119.4.403.1";
    const RECEIPT: &str = "urn:oid:1.2.392.100495.20.2.71";
    let same = |one: &Identity, other: &Identity| {
        assert_eq!(one.is_same_drug(other), other.is_same_drug(one));
        one.is_same_drug(other)
    };
    let brand = drug("プレドニン錠5mg", HOT9, "105271807");
    let order = drug("プレドニゾロン 5ミリグラム", HOT7, "1052718");
    assert!(same(&brand, &order), "HOT7 of HOT9");
    assert!(!same(
        &drug("甲", HOT9, "105271807"),
        &drug("乙", HOT9, "106271807")
    ));
    assert!(same(
        &drug("甲", RECEIPT, "610453017"),
        &drug("乙", RECEIPT, "６１０４５３０１７")
    ));
    assert!(!same(
        &drug("甲", RECEIPT, "610453017"),
        &drug("乙", "local", "610453017")
    ));
    // Between HOT and YJ there is no table: only name and strength.
    let coded = drug("プレドニン錠5mg", YJ, "2456001F1310");
    assert!(same(&brand, &coded));
    assert!(!same(&drug("甲錠5mg", HOT9, "105271807"), &coded));
    // Where both have YJ nothing else is asked.
    assert!(!same(&coded, &drug("プレドニン錠5mg", YJ, "2456001F2014")));
    let seibun = "http://capstandard.jp/CodeSystem/KikakubetsuYakuzaiSeibun";
    assert!(same(
        &coded,
        &drug("プレドニゾロン", seibun, "2456001F1ZZZ")
    ));
    assert!(same(
        &coded,
        &drug("x", "urn:oid:1.2.392.100495.20.2.72", "2456001F1018")
    ));
}

#[test]
fn a_mixture_is_not_taken_for_its_first_part() {
    let part = |code: &str, name: &str| Coding {
        system: Some(YJ.to_owned()),
        code: Some(code.to_owned()),
        display: Some(name.to_owned()),
    };
    let parts = [
        part("2456001F1310", "プレドニゾロン錠5mg"),
        part("2171022F2011", "アムロジピン錠5mg"),
    ];
    let mixed = Identity::of(&Concept::default(), &parts);
    assert_eq!((mixed.nine(), mixed.uncoded), (None, false));
    assert!(
        mixed.classes.contains(&Class::Steroid),
        "named all the same"
    );
    let one = Identity::of(&Concept::default(), &parts[..1]);
    assert_eq!(one.nine(), Some("2456001F1"));
}

#[test]
fn what_acts_only_where_it_is_put_is_not_called_out() {
    for (name, expected) in [
        ("リンデロン坐剤1.0mg", vec![Class::Steroid]),
        ("リンデロン-V軟膏0.12%", vec![]),
        ("プロトピック軟膏0.1% タクロリムス", vec![]),
        ("タクロリムスカプセル1mg", vec![Class::Immunosuppressant]),
        ("チモロール点眼液0.5%", vec![Class::BetaBlocker]),
        ("フェントステープ1mg", vec![Class::Opioid]),
        ("ヘパリン類似物質クリーム0.3%", vec![]),
    ] {
        assert_eq!(named(name).classes, expected, "{name}");
    }
}

#[test]
fn only_what_neither_code_nor_name_tells_is_unclassified() {
    for (text, system, code, expected) in [
        (
            "未知の薬A錠",
            "http://medis.or.jp/CodeSystem/master-HOT7",
            "2391003",
            true,
        ),
        (
            "アムロジピン",
            "http://medis.or.jp/CodeSystem/master-HOT7",
            "2391003",
            false,
        ),
        (
            "アピキサバン",
            "http://medis.or.jp/CodeSystem/master-HOT7",
            "3339004",
            false,
        ),
        ("未知の薬A錠", YJ, "2171022F2011", false),
        ("未知の薬A錠", YJ, "12345", true),
    ] {
        assert_eq!(
            drug(text, system, code).unclassified,
            expected,
            "{text} {code}"
        );
    }
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
