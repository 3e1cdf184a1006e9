//! Cancer: a day clinic, a diagnosis not told to the patient, one that must never leave its sender.

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::{Never, Row},
        chart::with,
        claim::{self, procedure, visit},
        drug,
        emr::{Disease, marked, principal, problem},
        lab::{self, lab},
        person::{Birth, NOBODY, Person},
        place::{CANCER, HOSHIZORA, HOSPITAL_SURGERY, KOTORI, MIND, PALLIATIVE},
        supply::rx,
    },
    domain::{patient::Sex, section::SectionName as S},
};

use super::Story;

const CONDITION: &str = "JP_Condition_eCS";

pub(super) const STORIES: &[Story] = &[
    Story {
        person: Person {
            name: "葛飾 直哉",
            kana: "カツシカ ナオヤ",
            birth: Birth::Ago(61, 190),
            sex: Sex::Male,
            address: ["東京都", "江戸見区", "平井浜3-9"],
            member: ["06139014", "か９", "４１０", "00"],
            ..NOBODY
        },
        tells: "結腸癌術後、外来化学療法9日目の発熱。注射の抗癌薬は投与日で示し、終了日は作らない。",
        lines: &[
            Row(S::Drugs, &["オキサリプラチン点滴静注液100mg"]),
            Row(S::Drugs, &["カペシタビン錠300mg"]),
            Row(S::Labs, &["WBC", "1.2"]),
            Row(S::Procedures, &["外来化学療法加算1"]),
            Row(S::Operations, &["結腸悪性腫瘍切除術"]),
        ],
        write: day_clinic,
    },
    Story {
        person: Person {
            name: "真壁 志津",
            kana: "マカベ シズ",
            birth: Birth::Ago(79, 133),
            sex: Sex::Female,
            address: ["東京都", "文京野区", "千石台2-2"],
            member: ["39139015", "", "10991304", "01"],
            contact: Some(["長男", "090-0000-1501"]),
            ..NOBODY
        },
        tells: "膵癌は本人に未告知。モルヒネ徐放錠とフェンタニル貼付剤を使用中。家族と本人の前でも開ける画面に病名を出さない。",
        lines: &[
            Row(S::Drugs, &["モルヒネ硫酸塩徐放錠30mg"]),
            Row(S::Drugs, &["フェンタニルクエン酸塩テープ1mg"]),
            Row(S::Problems, &["便秘症"]),
            Never(S::Problems, "膵癌"),
        ],
        write: not_told,
    },
    Story {
        person: Person {
            name: "五十鈴 怜",
            kana: "イスズ レイ",
            birth: Birth::Ago(28, 17),
            sex: Sex::Female,
            address: ["東京都", "品見区", "大崎原1-1"],
            member: ["01139016", "５２０", "８", "00"],
            ..NOBODY
        },
        tells: "1件の傷病名に未提供（UNDELIVERED）の印が付いたまま届いた。画面にも件数にも出さない。",
        lines: &[
            Row(S::Problems, &["片頭痛"]),
            Never(S::Problems, "適応障害"),
        ],
        write: undelivered,
    },
];

fn day_clinic(chart: &mut Chart) {
    chart.given(&rx(drug::OXALIPLATIN, CANCER, HOSHIZORA, 1), 9);
    chart.given(&rx(drug::OXALIPLATIN, CANCER, HOSHIZORA, 1), 30);
    chart.supplied(&rx(drug::CAPECITABINE, CANCER, HOSHIZORA, 14), 9);
    chart.claims(procedure(&CANCER, claim::CHEMOTHERAPY, chart.ago(9)));
    chart.claims(procedure(&CANCER, claim::CHEMOTHERAPY, chart.ago(30)));
    chart.claims(procedure(
        &HOSPITAL_SURGERY,
        claim::COLECTOMY,
        chart.ago(140),
    ));
    chart.claims(visit(&CANCER, chart.ago(9)));
    chart.emr(with(
        problem(
            &CANCER,
            Disease("Ｓ状結腸癌", "20054312", "C187"),
            chart.ago(160),
            chart.ago(9),
        ),
        principal(&CANCER),
    ));
    for (item, before, now) in [
        (lab::WBC, 4.1, 1.2),
        (lab::HB, 11.0, 9.8),
        (lab::PLT, 16.0, 8.4),
    ] {
        chart.emr(lab(&CANCER, &item, before, chart.ago(30)));
        chart.emr(lab(&CANCER, &item, now, chart.ago(2)));
    }
}

fn not_told(chart: &mut Chart) {
    let disease = Disease("膵癌", "20054227", "C259");
    chart.emr(with(
        problem(&PALLIATIVE, disease, chart.ago(200), chart.ago(25)),
        marked(CONDITION, chart.ago(25), &[("UNINFORMED", "未告知")]),
    ));
    chart.emr(problem(
        &PALLIATIVE,
        Disease("便秘症", "20059330", "K590"),
        chart.ago(100),
        chart.ago(25),
    ));
    chart.supplied(&rx(drug::MORPHINE, PALLIATIVE, HOSHIZORA, 14), 7);
    chart.supplied(&rx(drug::FENTANYL, PALLIATIVE, HOSHIZORA, 14), 7);
    chart.supplied(&rx(drug::MAGNESIUM, PALLIATIVE, HOSHIZORA, 14), 7);
    chart.emr(lab(&PALLIATIVE, &lab::CA, 11.9, chart.ago(7)));
    chart.claims(visit(&PALLIATIVE, chart.ago(53)));
}

fn undelivered(chart: &mut Chart) {
    chart.emr(with(
        problem(
            &MIND,
            Disease("適応障害", "20058720", "F432"),
            chart.ago(90),
            chart.ago(30),
        ),
        marked(CONDITION, chart.ago(30), &[("UNDELIVERED", "未提供")]),
    ));
    chart.emr(problem(
        &MIND,
        Disease("片頭痛", "20064210", "G439"),
        chart.years_ago(4, 0),
        chart.ago(30),
    ));
    chart.supplied(&rx(drug::ACETAMINOPHEN, MIND, KOTORI, 5), 30);
}
