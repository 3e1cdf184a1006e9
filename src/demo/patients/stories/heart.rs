//! Heart, clot and device: what bleeds, what clots, what must not go into the scanner.

use serde_json::json;

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::{Is, Never, Row},
        chart::with,
        claim::{self, procedure, stay, visit},
        drug,
        emr::{self, Disease, allergy, no_known_allergy, principal, problem, reacted},
        lab::{self, lab},
        paper::{self, document},
        person::{Birth, NOBODY, Person},
        place::{self, BONES, GENERAL, HEART, HOSHIZORA, HOSPITAL_HEART, KOTORI, MARUTAKE},
        supply::rx,
    },
    domain::{
        patient::Sex,
        section::{SectionName as S, State},
    },
};

use super::Story;

const FIBRILLATION: Disease = Disease("心房細動", "20059932", "I48");
const HYPERTENSION: Disease = Disease("高血圧症", "20061841", "I10");
const HEART_FAILURE: Disease = Disease("慢性心不全", "20061880", "I509");

pub(super) const STORIES: &[Story] = &[
    Story {
        person: Person {
            name: "山吹 庄三",
            kana: "ヤマブキ ショウゾウ",
            birth: Birth::Ago(78, 40),
            sex: Sex::Male,
            address: ["東京都", "墨田区", "東水明町3-15-2"],
            member: ["39139001", "", "10440187", "01"],
            contact: Some(["妻", "090-0000-0101"]),
            ..NOBODY
        },
        tells: "自宅で倒れているところを発見、意識なし。心房細動が3週間前に見つかり、2つの医療機関からワルファリン1mgと0.5mgを処方されている。ペニシリンでアナフィラキシーの既往。",
        lines: &[
            Row(S::Allergies, &["ペニシリン系抗菌薬", "アナフィラキシー"]),
            Row(S::Drugs, &["ワルファリンK錠1mg"]),
            Row(S::Drugs, &["ワルファリンK錠0.5mg"]),
            Row(S::Labs, &["PT-INR", "3.4"]),
            Row(S::Problems, &["心房細動"]),
        ],
        write: warfarin,
    },
    Story {
        person: Person {
            name: "小鳥遊 静江",
            kana: "タカナシ シズエ",
            birth: Birth::Ago(71, 201),
            sex: Sex::Female,
            address: ["東京都", "江東区", "若潮1-8-20"],
            member: ["06139002", "潮４２", "５５０１", "00"],
            ..NOBODY
        },
        tells: "転倒して頭部打撲。エドキサバンを60日前に90日分まとめて調剤。期間（45日）だけで切ると画面から消える。",
        lines: &[
            Row(S::Drugs, &["エドキサバン錠30mg"]),
            Row(S::Visits, &["ひばり整形外科"]),
        ],
        write: long_supply,
    },
    Story {
        person: Person {
            name: "東雲 文雄",
            kana: "シノノメ フミオ",
            birth: Birth::Ago(83, 12),
            sex: Sex::Male,
            address: ["千葉県", "浦見市", "高浜2-4-6"],
            member: ["39129003", "", "20880045", "01"],
            ..NOBODY
        },
        tells: "4年前にペースメーカー植込み。MRI前に機器の存在を知る必要がある。",
        lines: &[
            Row(S::Operations, &["ペースメーカー移植術"]),
            Row(S::Visits, &["緑丘総合病院"]),
        ],
        write: pacemaker_four,
    },
    Story {
        person: Person {
            name: "鴻巣 喜美子",
            kana: "コウノス キミコ",
            birth: Birth::Ago(80, 310),
            sex: Sex::Female,
            address: ["埼玉県", "三郷台市", "水分3-3"],
            member: ["39119004", "", "30012277", "01"],
            ..NOBODY
        },
        tells: "6年前にペースメーカー植込み。5年の期間の外にあり、手術の項目には出ない。受診歴の循環器内科だけが手がかり。",
        lines: &[
            Is(S::Operations, State::ReportedEmpty),
            Never(S::Operations, "ペースメーカー移植術"),
            Row(S::Visits, &["循環器内科"]),
        ],
        write: pacemaker_six,
    },
    Story {
        person: Person {
            name: "渡良瀬 剛",
            kana: "ワタラセ ツヨシ",
            birth: Birth::Ago(64, 77),
            sex: Sex::Male,
            address: ["東京都", "大田区", "浜松原5-1-9"],
            member: ["01139005", "８８１２", "４４６", "00"],
            ..NOBODY
        },
        tells: "半年前に冠動脈ステント。抗血小板薬2剤、β遮断薬、利尿薬、ジギタリス、アミオダロン。胸痛で搬送。",
        lines: &[
            Row(S::Drugs, &["クロピドグレル錠75mg"]),
            Row(S::Drugs, &["アスピリン腸溶錠100mg"]),
            Row(S::Drugs, &["アミオダロン錠100mg"]),
            Row(S::Operations, &["経皮的冠動脈ステント留置術"]),
            Row(S::Labs, &["BNP", "412"]),
            Is(S::Allergies, State::Present),
        ],
        write: stent,
    },
    Story {
        person: Person {
            name: "阿久津 晴代",
            kana: "アクツ ハルヨ",
            birth: Birth::Ago(69, 5),
            sex: Sex::Female,
            address: ["神奈川県", "鎌見市", "材木浜7-2"],
            member: ["06149006", "か１７", "２３０９", "02"],
            ..NOBODY
        },
        tells: "アピキサバン14日分を95日前に調剤し、その後の調剤なし。終了から100日以内の抗血栓薬は残して示す。",
        lines: &[
            Row(S::Drugs, &["アピキサバン錠5mg"]),
            Row(S::Operations, &["人工骨頭挿入術"]),
        ],
        write: ended_anticoagulant,
    },
];

fn warfarin(chart: &mut Chart) {
    let recorded = chart.years_ago(1, 31);
    chart.emr(with(
        allergy(&HEART, &emr::PENICILLIN, recorded),
        reacted("high", "アナフィラキシー", "severe"),
    ));
    chart.emr(with(
        problem(&HEART, FIBRILLATION, chart.ago(24), chart.ago(10)),
        principal(&HEART),
    ));
    chart.emr(problem(
        &GENERAL,
        HYPERTENSION,
        chart.years_ago(12, 0),
        chart.ago(17),
    ));
    for (days, value) in [(10, 3.4), (17, 2.4), (24, 1.1)] {
        chart.emr(lab(&HEART, &lab::INR, value, chart.ago(days)));
    }
    for (item, value) in [
        (lab::CRE, 1.21),
        (lab::K, 4.9),
        (lab::HB, 11.1),
        (lab::PLT, 17.2),
    ] {
        chart.emr(lab(&HEART, &item, value, chart.ago(10)));
    }
    chart.supplied(&rx(drug::WARFARIN_1, HEART, KOTORI, 28), 24);
    chart.supplied(&rx(drug::BISOPROLOL, HEART, KOTORI, 28), 24);
    chart.supplied(&rx(drug::WARFARIN_05, GENERAL, MARUTAKE, 30), 17);
    chart.supplied(&rx(drug::AMLODIPINE, GENERAL, MARUTAKE, 30), 17);
    chart.supplied(&rx(drug::BROTIZOLAM, GENERAL, MARUTAKE, 30), 17);
    chart.claimed_drug(&rx(drug::LANSOPRAZOLE, GENERAL, MARUTAKE, 14), 60);
    chart.claims(visit(&GENERAL, chart.ago(60)));
    chart.claims(visit(&HEART, chart.ago(52)));
    chart.claims(procedure(&HEART, claim::ECHO, chart.ago(52)));
    chart.emr(paper::checkup_report(&place::CHECKUP, chart.ago(210)));
}

fn long_supply(chart: &mut Chart) {
    chart.supplied(&rx(drug::EDOXABAN, HOSPITAL_HEART, HOSHIZORA, 90), 60);
    chart.supplied(&rx(drug::LOXOPROFEN_TABLET, BONES, HOSHIZORA, 7), 60);
    chart.emr(problem(
        &HOSPITAL_HEART,
        Disease("深部静脈血栓症", "20079153", "I802"),
        chart.ago(150),
        chart.ago(60),
    ));
    chart.claims(visit(&HOSPITAL_HEART, chart.ago(60)));
    chart.claims(visit(&BONES, chart.ago(60)));
    chart.emr(lab(&HOSPITAL_HEART, &lab::CRE, 0.88, chart.ago(60)));
}

fn pacemaker_four(chart: &mut Chart) {
    let day = chart.years_ago(4, 3);
    chart.claims(procedure(&HOSPITAL_HEART, claim::PACEMAKER, day));
    chart.claims(visit(&HOSPITAL_HEART, chart.ago(66)));
    chart.emr(problem(
        &HOSPITAL_HEART,
        Disease("完全房室ブロック", "20062190", "I442"),
        day,
        chart.ago(66),
    ));
    chart.supplied(&rx(drug::CANDESARTAN, HOSPITAL_HEART, KOTORI, 60), 31);
}

fn pacemaker_six(chart: &mut Chart) {
    chart.claims(procedure(
        &HOSPITAL_HEART,
        claim::PACEMAKER,
        chart.years_ago(6, 3),
    ));
    chart.claims(visit(&HOSPITAL_HEART, chart.ago(48)));
    chart.supplied(&rx(drug::AMLODIPINE, HOSPITAL_HEART, KOTORI, 30), 9);
}

fn stent(chart: &mut Chart) {
    for drug in [
        drug::ASPIRIN_100,
        drug::CLOPIDOGREL,
        drug::CARVEDILOL,
        drug::FUROSEMIDE,
        drug::DIGOXIN,
        drug::AMIODARONE,
        drug::ROSUVASTATIN,
        drug::LANSOPRAZOLE,
    ] {
        chart.supplied(&rx(drug, HOSPITAL_HEART, HOSHIZORA, 28), 12);
    }
    chart.claims(procedure(&HOSPITAL_HEART, claim::STENT, chart.ago(182)));
    chart.claims(stay(&HOSPITAL_HEART, chart.ago(184), chart.ago(176)));
    chart.claims(visit(&HOSPITAL_HEART, chart.ago(50)));
    chart.emr(problem(
        &HOSPITAL_HEART,
        HEART_FAILURE,
        chart.ago(184),
        chart.ago(12),
    ));
    chart.emr(lab(&HOSPITAL_HEART, &lab::BNP, 412.0, chart.ago(12)));
    chart.emr(lab(&HOSPITAL_HEART, &lab::BNP, 288.0, chart.ago(68)));
    chart.emr(lab(&HOSPITAL_HEART, &lab::K, 3.3, chart.ago(12)));
    chart.emr(allergy(
        &HOSPITAL_HEART,
        &emr::IODINE_CONTRAST,
        chart.ago(184),
    ));
    chart.emr(with(
        no_known_allergy(&GENERAL, chart.years_ago(3, 0)),
        json!({"clinicalStatus": emr::status("allergyintolerance-clinical", "resolved")}),
    ));
    chart.emr(document(
        &HOSPITAL_HEART,
        paper::DISCHARGE,
        chart.ago(176),
        &[
            ("入院時診断", "342", "急性心筋梗塞"),
            (
                "入院中経過",
                "333",
                "経皮的冠動脈形成術を施行し、経過良好にて退院。",
            ),
        ],
    ));
}

fn ended_anticoagulant(chart: &mut Chart) {
    chart.supplied(&rx(drug::APIXABAN, BONES, MARUTAKE, 14), 95);
    chart.claims(procedure(&BONES, claim::HIP, chart.ago(110)));
    chart.claims(visit(&BONES, chart.ago(81)));
    chart.emr(problem(
        &BONES,
        Disease("大腿骨頚部骨折", "20071034", "S7200"),
        chart.ago(111),
        chart.ago(81),
    ));
}
