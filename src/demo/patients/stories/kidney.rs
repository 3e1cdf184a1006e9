//! Kidney: dialysis, a creatinine from long ago, a transplant.

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::{Is, Row},
        claim::{self, procedure, visit},
        drug,
        emr::{Disease, problem},
        lab::{self, lab},
        person::{Birth, NOBODY, Person},
        place::{GENERAL, HOSPITAL_GENERAL, KIDNEY, KOTORI, MARUTAKE},
        supply::rx,
    },
    domain::{
        patient::Sex,
        section::{SectionName as S, State},
    },
};

use super::Story;

pub(super) const STORIES: &[Story] = &[
    Story {
        person: Person {
            name: "沖ノ島 竜也",
            kana: "オキノシマ タツヤ",
            birth: Birth::Ago(56, 88),
            sex: Sex::Male,
            address: ["東京都", "板見区", "志村坂2-20"],
            member: ["06139017", "お５", "１１３", "00"],
            ..NOBODY
        },
        tells: "週3回の血液透析。カリウム高値。透析は5週前までレセプトにあり、推算GFRは出さない。",
        lines: &[
            Row(S::Dialysis, &["人工腎臓", "つばさ腎クリニック"]),
            Row(S::Operations, &["内シャント設置術"]),
            Row(S::Labs, &["K", "6.1"]),
            Row(S::Drugs, &["沈降炭酸カルシウム錠500mg"]),
        ],
        write: dialysis,
    },
    Story {
        person: Person {
            name: "棚橋田 みつ",
            kana: "タナハシダ ミツ",
            birth: Birth::Ago(76, 66),
            sex: Sex::Female,
            address: ["栃木県", "鹿見市", "上材木町9"],
            member: ["39099018", "", "50331200", "01"],
            ..NOBODY
        },
        tells: "造影CTの前。最後のクレアチニンは8か月前。日付と古さを添えて示す。",
        lines: &[
            Row(S::Labs, &["クレアチニン", "1.04"]),
            Row(S::Procedures, &["CT撮影"]),
        ],
        write: old_creatinine,
    },
    Story {
        person: Person {
            name: "羽衣石 透",
            kana: "ウエイシ トオル",
            birth: Birth::Ago(44, 14),
            sex: Sex::Male,
            address: ["静岡県", "焼浜市", "港南3"],
            member: ["01229019", "４４０２", "７１", "00"],
            ..NOBODY
        },
        tells: "腎移植後で免疫抑制薬2剤。発熱と下痢。感染症の検査は登録なし。",
        lines: &[
            Row(S::Drugs, &["タクロリムスカプセル1mg"]),
            Row(S::Drugs, &["プレドニゾロン錠5mg"]),
            Row(S::Problems, &["腎移植後"]),
            Is(S::Infections, State::ReportedEmpty),
        ],
        write: transplant,
    },
];

fn dialysis(chart: &mut Chart) {
    for week in 0..7 {
        for day in [0, 2, 4] {
            let day = chart.ago(37 + week * 7 + day);
            chart.claims(procedure(&KIDNEY, claim::DIALYSIS, day));
        }
    }
    chart.claims(procedure(
        &HOSPITAL_GENERAL,
        claim::SHUNT,
        chart.years_ago(2, 40),
    ));
    chart.claims(visit(&KIDNEY, chart.ago(37)));
    for (item, value) in [
        (lab::K, 6.1),
        (lab::CRE, 10.8),
        (lab::BUN, 62.0),
        (lab::HB, 10.4),
        (lab::CA, 8.6),
    ] {
        chart.emr(lab(&KIDNEY, &item, value, chart.ago(3)));
    }
    chart.emr(problem(
        &KIDNEY,
        Disease("慢性腎不全", "20061540", "N189"),
        chart.years_ago(3, 0),
        chart.ago(3),
    ));
    chart.supplied(&rx(drug::CALCIUM_CARBONATE, KIDNEY, KOTORI, 14), 3);
    chart.supplied(&rx(drug::IRON, KIDNEY, KOTORI, 14), 3);
}

fn old_creatinine(chart: &mut Chart) {
    chart.emr(lab(&GENERAL, &lab::CRE, 1.04, chart.ago(243)));
    chart.emr(lab(&GENERAL, &lab::K, 4.4, chart.ago(243)));
    chart.claims(procedure(&HOSPITAL_GENERAL, claim::CT, chart.ago(55)));
    chart.claims(visit(&GENERAL, chart.ago(58)));
    chart.supplied(&rx(drug::AMLODIPINE, GENERAL, MARUTAKE, 30), 28);
}

fn transplant(chart: &mut Chart) {
    for drug in [drug::TACROLIMUS, drug::PREDNISOLONE] {
        chart.supplied(&rx(drug, HOSPITAL_GENERAL, KOTORI, 28), 13);
    }
    chart.emr(problem(
        &HOSPITAL_GENERAL,
        Disease("腎移植後", "20069410", "Z940"),
        chart.years_ago(4, 30),
        chart.ago(13),
    ));
    for result in lab::panel(&HOSPITAL_GENERAL, chart.ago(13), 0.2) {
        chart.emr(result);
    }
    chart.claims(visit(&HOSPITAL_GENERAL, chart.ago(41)));
}
