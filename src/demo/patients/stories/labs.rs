//! Laboratory: very many results, units that differ, interim values, what has no common code.

use serde_json::json;

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::Row,
        chart::with,
        claim::visit,
        emr::{Disease, problem},
        lab::{self, Item, lab, panel, uncoded},
        person::{Birth, NOBODY, Person},
        place::{GENERAL, HOSPITAL_GENERAL, HOSPITAL_SURGERY},
        systems,
    },
    domain::{patient::Sex, section::SectionName as S},
};

use super::Story;

pub(super) const STORIES: &[Story] = &[
    Story {
        person: Person {
            name: "若林院 泰三",
            kana: "ワカバヤシイン タイゾウ",
            birth: Birth::Ago(68, 250),
            sex: Sex::Male,
            address: ["東京都", "渋見区", "代々原3-1"],
            member: ["06139033", "わ１", "１４２", "00"],
            ..NOBODY
        },
        tells: "検査結果が400件。項目ごとに最新値と推移だけを示し、残りは数える。",
        lines: &[Row(S::Labs, &["クレアチニン"]), Row(S::Labs, &["カリウム"])],
        write: four_hundred,
    },
    Story {
        person: Person {
            name: "風祭 るり",
            kana: "カザマツリ ルリ",
            birth: Birth::Ago(55, 71),
            sex: Sex::Female,
            address: ["神奈川県", "小田見市", "国府原9"],
            member: ["06149034", "か３", "６６０", "00"],
            ..NOBODY
        },
        tells: "施設ごとに単位が違う（クレアチニン mg/dL と μmol/L、血小板 10*4 と 10*9）。単位をまたいで比べない。アルブミンの単位は明らかにおかしい。",
        lines: &[
            Row(S::Labs, &["μmol/L"]),
            Row(S::Labs, &["X10*9/L"]),
            Row(S::Labs, &["アルブミン", "mg/L"]),
        ],
        write: units,
    },
    Story {
        person: Person {
            name: "三枝木 一徹",
            kana: "サエグサギ イッテツ",
            birth: Birth::Ago(49, 18),
            sex: Sex::Male,
            address: ["東京都", "調布野市", "深見寺5"],
            member: ["01139035", "６１", "２３４５", "00"],
            ..NOBODY
        },
        tells: "中間報告、極端な異常（HH）、血液型、尿定性、標準コードのない項目、値のない検査が混じる。",
        lines: &[
            Row(S::Labs, &["カリウム", "6.9"]),
            Row(S::Labs, &["血液型(ABO)"]),
            Row(S::Labs, &["尿蛋白", "2＋"]),
            Row(S::Labs, &["院内迅速トロポニン"]),
        ],
        write: odd_results,
    },
];

fn four_hundred(chart: &mut Chart) {
    for (round, days) in (0..25_u32).map(|round| (round, 4 + u64::from(round) * 13)) {
        let shift = f64::from(round % 7) * 0.18 - 0.4;
        for result in panel(&HOSPITAL_GENERAL, chart.ago(days), shift) {
            chart.emr(result);
        }
    }
    chart.claims(visit(&HOSPITAL_GENERAL, chart.ago(56)));
    chart.emr(problem(
        &HOSPITAL_GENERAL,
        Disease("間質性肺炎", "20058221", "J849"),
        chart.years_ago(2, 0),
        chart.ago(4),
    ));
}

fn units(chart: &mut Chart) {
    let creatinine = Item {
        unit: "μmol/L",
        range: (41.0, 95.0),
        ..lab::CRE
    };
    let platelets = Item {
        unit: "X10*9/L",
        range: (158.0, 348.0),
        ..lab::PLT
    };
    let albumin = Item {
        unit: "mg/L",
        ..lab::ALB
    };
    chart.emr(lab(&GENERAL, &lab::CRE, 0.92, chart.ago(62)));
    chart.emr(lab(&HOSPITAL_SURGERY, &creatinine, 121.0, chart.ago(10)));
    chart.emr(lab(&GENERAL, &lab::PLT, 22.4, chart.ago(62)));
    chart.emr(lab(&HOSPITAL_SURGERY, &platelets, 131.0, chart.ago(10)));
    chart.emr(lab(&HOSPITAL_SURGERY, &albumin, 3.9, chart.ago(10)));
}

fn odd_results(chart: &mut Chart) {
    chart.emr(with(
        lab(&HOSPITAL_GENERAL, &lab::K, 6.9, chart.ago(0)),
        json!({
            "status": "preliminary",
            "interpretation": [{"coding": [{"system": systems::INTERPRETATION, "code": "HH"}]}]
        }),
    ));
    chart.emr(with(
        lab(&HOSPITAL_GENERAL, &lab::CK, 0.0, chart.ago(0)),
        json!({
            "valueQuantity": null,
            "interpretation": null,
            "dataAbsentReason": {"text": "溶血のため測定不能"}
        }),
    ));
    chart.emr(with(
        lab(&HOSPITAL_GENERAL, &lab::DD, 0.5, chart.ago(0)),
        json!({"valueQuantity": {"value": 0.5, "comparator": "<", "unit": "μg/mL"}}),
    ));
    chart.emr(with(
        with(
            lab(&HOSPITAL_GENERAL, &lab::CK, 0.31, chart.ago(0)),
            uncoded("院内迅速トロポニン"),
        ),
        json!({"valueQuantity": {"value": 0.31, "unit": "ng/mL"}, "referenceRange": null, "interpretation": null}),
    ));
    for result in lab::blood_group(&HOSPITAL_GENERAL, ("3", "ＡＢ"), chart.ago(90)) {
        chart.emr(result);
    }
    let urine = ("尿蛋白", "U-TP", "1A990000000191153");
    chart.emr(lab::coded(
        &HOSPITAL_GENERAL,
        urine,
        (systems::URINE, "4", "2＋"),
        chart.ago(0),
    ));
}
