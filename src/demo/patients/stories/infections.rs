//! Infections: each test for itself, never a verdict for a group.

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::Row,
        chart::with,
        claim::visit,
        lab::{self, Verdict, infection, infection_amount},
        person::{Birth, NOBODY, Person},
        place::{GENERAL, HOSPITAL_GENERAL, HOSPITAL_SURGERY, SKIN},
    },
    domain::{patient::Sex, section::SectionName as S},
};

use super::Story;

pub(super) const STORIES: &[Story] = &[
    Story {
        person: Person {
            name: "乾 慎之介",
            kana: "イヌイ シンノスケ",
            birth: Birth::Ago(37, 95),
            sex: Sex::Male,
            address: ["兵庫県", "明見市", "大久保原2"],
            member: ["06289036", "い２", "３０１", "00"],
            ..NOBODY
        },
        tells: "HBs抗体だけが陽性（ワクチン）。警告の色にしない。抗原は登録がない。",
        lines: &[Row(S::Infections, &["HBs抗体", "陽性"])],
        write: antibody_only,
    },
    Story {
        person: Person {
            name: "蘭堂 琴音",
            kana: "ランドウ コトネ",
            birth: Birth::Ago(63, 160),
            sex: Sex::Female,
            address: ["福岡県", "飯見市", "立岩台7"],
            member: ["00409037", "飯", "４４８０", "01"],
            ..NOBODY
        },
        tells: "治療後の梅毒。RPRは陰性、TP抗体は陽性のまま。2つの検査を1つの判定にまとめない。",
        lines: &[
            Row(S::Infections, &["梅毒STS", "陰性"]),
            Row(S::Infections, &["梅毒TP抗体", "陽性"]),
        ],
        write: treated_syphilis,
    },
    Story {
        person: Person {
            name: "久遠寺 昭彦",
            kana: "クオンジ アキヒコ",
            birth: Birth::Ago(70, 33),
            sex: Sex::Male,
            address: ["広島県", "呉見市", "焼山原3"],
            member: ["39349038", "", "80112233", "01"],
            ..NOBODY
        },
        tells: "HCV抗体陽性でRNAは検出せず（治療後）。HBs抗原は4年前に陰性、HIVは判定保留。6年前の結果は期間の外。",
        lines: &[
            Row(S::Infections, &["HCV抗体", "陽性"]),
            Row(S::Infections, &["HCV核酸増幅検査", "1.2"]),
            Row(S::Infections, &["HBs抗原", "陰性"]),
            Row(S::Infections, &["HIV-1+2抗体・p24抗原", "判定保留"]),
        ],
        write: cured_hepatitis,
    },
];

fn antibody_only(chart: &mut Chart) {
    let date = chart.ago(330);
    chart.emr(infection(
        &GENERAL,
        lab::HBS_ANTIBODY,
        Verdict::Positive,
        date,
    ));
    chart.emr(infection_amount(
        &GENERAL,
        lab::HBS_ANTIBODY_AMOUNT,
        (312.0, "mU/mL"),
        date,
    ));
    chart.claims(visit(&GENERAL, chart.ago(60)));
}

fn treated_syphilis(chart: &mut Chart) {
    let date = chart.ago(75);
    chart.emr(infection(&SKIN, lab::SYPHILIS_STS, Verdict::Negative, date));
    chart.emr(infection(&SKIN, lab::SYPHILIS_TP, Verdict::Positive, date));
    chart.emr(infection_amount(
        &SKIN,
        lab::SYPHILIS_TP_RATIO,
        (48.2, "COI"),
        date,
    ));
    chart.emr(infection(
        &SKIN,
        lab::SYPHILIS_STS,
        Verdict::Positive,
        chart.years_ago(2, 0),
    ));
}

fn cured_hepatitis(chart: &mut Chart) {
    let date = chart.ago(200);
    chart.emr(infection(
        &HOSPITAL_GENERAL,
        lab::HCV_ANTIBODY,
        Verdict::Positive,
        date,
    ));
    let rna = infection_amount(&HOSPITAL_GENERAL, lab::HCV_RNA, (1.2, "LogU/mL"), date);
    chart.emr(with(
        rna,
        serde_json::json!({"valueQuantity": {"value": 1.2, "comparator": "<", "unit": "LogU/mL"}}),
    ));
    chart.emr(infection(
        &HOSPITAL_SURGERY,
        lab::HBS_ANTIGEN,
        Verdict::Negative,
        chart.years_ago(4, 20),
    ));
    chart.emr(infection(
        &HOSPITAL_SURGERY,
        lab::HIV,
        Verdict::Hold,
        chart.ago(200),
    ));
    chart.emr(infection(
        &HOSPITAL_SURGERY,
        lab::SYPHILIS_TP,
        Verdict::Positive,
        chart.years_ago(6, 0),
    ));
}
