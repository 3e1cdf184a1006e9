//! Which item and which group a result belongs to.

use super::*;

fn coded(system: &str, code: &str, display: &str) -> Concept {
    Concept {
        text: None,
        codings: vec![Coding {
            system: Some(system.to_owned()),
            code: Some(code.to_owned()),
            display: Some(display.to_owned()),
        }],
    }
}

const CORE: &str =
    "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_CoreLabo_CS";
const LOCAL: &str = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_LocalCode_CS";
const UNCODED: &str = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_Uncoded_CS";

#[test]
fn every_line_of_the_table_is_read_and_no_code_stands_for_two_items() {
    assert_eq!(
        ITEMS.len(),
        TABLE.lines().filter(|line| !line.is_empty()).count()
    );
    let mut seen = std::collections::BTreeSet::new();
    for item in ITEMS.iter() {
        for analyte in &item.analytes {
            assert!(seen.insert(format!("{analyte:?}")), "{analyte:?}");
        }
        for code in item
            .loinc
            .iter()
            .map(|code| (*code).to_owned())
            .chain(item.spellings.clone())
        {
            assert!(seen.insert(code.clone()), "{code}");
        }
    }
}

#[test]
fn the_groups_stand_in_clinical_order() {
    assert!(ITEMS.windows(2).all(|pair| pair[0].group <= pair[1].group));
}

#[test]
fn items_are_found_by_name_then_jlac10_then_loinc() {
    for (concept, name) in [
        (coded(CORE, "3A015000001827101", "ALB"), "Alb"),
        (
            coded(CORE, "1A990000000190153", "U-TP-定性半定量"),
            "尿蛋白",
        ),
        (coded(CORE, "3D010000002327201", "ＦＢＧ"), "血糖(空腹時)"),
        (coded(CORE, "2A990000001930952", ""), "WBC"),
        (
            coded(
                "urn:oid:1.2.392.200119.4.504",
                "3H015000002326101",
                "カリウム",
            ),
            "K",
        ),
        (
            coded(
                "http://medis.or.jp/CodeSystem/master-JLAC10-17digits",
                "8A065000002391901",
                "x",
            ),
            "eGFR",
        ),
        (coded("http://loinc.org", "2160-0", "Creatinine"), "Cr"),
    ] {
        assert_eq!(
            find_coded(&concept).map(|item| item.name(Language::Ja)),
            Some(name)
        );
    }
}

#[test]
fn the_same_analyte_in_urine_is_not_the_blood_test() {
    assert!(
        find_coded(&coded(
            "urn:oid:1.2.392.200119.4.504",
            "3C015000000427101",
            "尿クレアチニン"
        ))
        .is_none()
    );
    assert!(
        find_coded(&coded(
            "urn:oid:1.2.392.200119.4.504",
            "3A010000004127101",
            "髄液蛋白"
        ))
        .is_none()
    );
}

#[test]
fn a_dummy_and_a_local_code_alone_are_uncoded_and_a_loinc_beside_them_is_a_code() {
    let mut concept = coded(UNCODED, "99999999999999999", "未標準化コード項目(JLAC)");
    concept
        .codings
        .extend(coded(LOCAL, "K", "カリウム").codings);
    assert!(is_uncoded(&concept));
    assert!(find_coded(&concept).is_none());
    assert_eq!(
        find_named(&concept, None).map(|item| item.english),
        Some("K")
    );
    concept
        .codings
        .extend(coded("http://loinc.org", "1963-8", "HCO3").codings);
    assert!(!is_uncoded(&concept));
    assert!(is_uncoded(&Concept {
        text: Some("自由記載".to_owned()),
        codings: Vec::new()
    }));
}

#[test]
fn albumin_in_mg_per_litre_does_not_fit_and_the_usual_spellings_do() {
    let item = find_coded(&coded(CORE, "3A015000001827101", "ALB")).unwrap();
    assert!(!item.fits("mg/L"));
    assert!(item.fits("g/dL") && item.fits("ｇ／ｄＬ"));
    let platelets = find_coded(&coded("http://loinc.org", "777-3", "")).unwrap();
    assert!(platelets.fits("10*3/uL") && platelets.fits("×10⁴/μL"));
}

/// The columns of the lines of a published list; `None`, said, where it is absent.
fn published(name: &str) -> Option<Vec<Vec<String>>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/codes")
        .join(name);
    let Ok(list) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    };
    let rows = list.lines().skip(1);
    Some(
        rows.map(|line| line.split(',').map(str::to_owned).collect())
            .collect(),
    )
}

/// The clinical group of each published FHIR識別名, by hand.
fn group_by_hand(name: &str) -> Group {
    match name {
        "WBC" | "RBC" | "Hb" | "PLT" => Group::BloodCount,
        "APTT" | "PT-秒" | "PT比" | "PT-活性%" | "PT-INR" | "DD" | "DD-定性" => {
            Group::Coagulation
        }
        "Cre" | "Cys-C" | "UA" | "BUN" | "Na" | "K" | "Cl" | "Ca" => Group::Renal,
        "TP" | "ALB" | "AST" | "ALT" | "LD" | "ALP" | "GGT" | "ChE" | "T-Bil" | "D-Bil" => {
            Group::Liver
        }
        "CK" | "BNP" | "NT-proBNP" => Group::Heart,
        "CRP" | "CRP-class" => Group::Inflammation,
        "BG" | "FBG" | "CBG" | "HbA1c-NGSP" => Group::Glucose,
        "TG" | "FTG" | "CTG" | "T-CHO" | "HDL-C" | "LDL-C" => Group::Lipids,
        "血液型-ABO" | "血液型-Rh" => Group::BloodType,
        name if name.starts_with("U-") => Group::Urine,
        _ => Group::Other,
    }
}

#[test]
fn every_published_item_is_in_its_group_by_display_alone_in_jlac10_and_jlac11_lists() {
    let Some(items) = published("labs_emergency_items.csv") else {
        return;
    };
    assert_eq!(items.len(), 55);
    for columns in items {
        for system in [CORE.to_owned(), CORE.replace("JLAC10", "JLAC11")] {
            let found = find_coded(&coded(&system, "", &columns[1]));
            assert_eq!(
                found.map(|item| item.group),
                Some(group_by_hand(&columns[1])),
                "{columns:?}"
            );
        }
    }
}

#[test]
fn every_published_jlac10_code_is_the_item_of_its_name_by_code_alone() {
    let Some(codes) = published("labs_emergency.csv") else {
        return;
    };
    assert!(codes.len() > 500);
    for columns in codes {
        let code = columns
            .iter()
            .find(|part| part.len() == 17 && part.is_ascii())
            .unwrap();
        let name = find_coded(&coded(CORE, "", &columns[4])).unwrap();
        let by_code =
            find_coded(&coded("urn:oid:1.2.392.200119.4.504", code, "")).map(|item| item.english);
        assert_eq!(by_code, Some(name.english), "{columns:?}");
        assert_eq!(name.group, group_by_hand(&columns[4]), "{columns:?}");
    }
}

/// Albumin in mg/dL stands in the master for other materials; in blood it is a mistake.
#[test]
fn every_published_unit_of_an_item_fits_it() {
    let Some(items) = published("labs_emergency_items.csv") else {
        return;
    };
    for columns in items {
        let item = find_coded(&coded(CORE, "", &columns[1])).unwrap();
        for unit in columns[7]
            .split('|')
            .filter(|unit| !matches!(*unit, "定性･判定" | ""))
        {
            let expected = !(columns[1] == "ALB" && unit == "mg/dL");
            assert_eq!(item.fits(unit), expected, "{} {unit}", columns[1]);
        }
    }
}
