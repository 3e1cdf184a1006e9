//! Drugs: refills, codes that few can read, what was never handed out, what only receipts know.

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::{Is, Never, Row},
        claim::visit,
        drug,
        emr::{Disease, problem},
        lab::{self, lab},
        person::{Birth, NOBODY, Person},
        place::{
            BRAIN, DIABETES, GENERAL, HOSHIZORA, HOSPITAL_GENERAL, KOTORI, MARUTAKE, MIND, SKIN,
        },
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
            name: "柊 和佳奈",
            kana: "ヒイラギ ワカナ",
            birth: Birth::Ago(46, 260),
            sex: Sex::Female,
            address: ["東京都", "杉北区", "桃園2-11"],
            member: ["06139007", "ひ３", "７７１", "00"],
            ..NOBODY
        },
        tells: "リフィル処方箋（28日分×3回）のうち2回まで調剤済み。残り1回は未調剤。",
        lines: &[Row(S::Drugs, &["カンデサルタン錠8mg"])],
        write: refill,
    },
    Story {
        person: Person {
            name: "浅茅 謙造",
            kana: "アサジ ケンゾウ",
            birth: Birth::Ago(74, 150),
            sex: Sex::Male,
            address: ["茨城県", "霞城市", "中丸1-2"],
            member: ["39089008", "", "40055102", "01"],
            ..NOBODY
        },
        tells: "かかりつけ薬局はHOTコードだけを送る。YJコードだけで拾うと抗凝固薬が落ちる。",
        lines: &[
            Row(S::Drugs, &["リバーロキサバンOD錠"]),
            Row(S::Drugs, &["ジゴキシン錠"]),
            Row(S::Drugs, &["アトルバスタチン錠"]),
        ],
        write: hot_only,
    },
    Story {
        person: Person {
            name: "千種 ひより",
            kana: "チグサ ヒヨリ",
            birth: Birth::Ago(33, 48),
            sex: Sex::Female,
            address: ["東京都", "葛城区", "白鳥沢4-4"],
            member: ["01139009", "３３０１", "１２", "00"],
            ..NOBODY
        },
        tells: "皮膚科の混合軟膏には標準コードがない。名称はそのまま示し、未コードとして数える。",
        lines: &[Row(S::Drugs, &["プレドニゾロン・ヘパリン類似物質混合軟膏"])],
        write: uncoded,
    },
    Story {
        person: Person {
            name: "夏目坂 亮",
            kana: "ナツメザカ リョウ",
            birth: Birth::Ago(41, 8),
            sex: Sex::Male,
            address: ["東京都", "新宿野区", "早田3-1"],
            member: ["06139010", "な１", "９０２", "00"],
            ..NOBODY
        },
        tells: "昨日レボフロキサシンとプレドニゾロンを処方されたが、まだ薬局で受け取っていない（未調剤）。",
        lines: &[
            Row(S::Drugs, &["レボフロキサシン錠500mg"]),
            Row(S::Drugs, &["プレドニゾロン錠5mg"]),
        ],
        write: not_dispensed,
    },
    Story {
        person: Person {
            name: "最上 ふさ子",
            kana: "モガミ フサコ",
            birth: Birth::Ago(67, 99),
            sex: Sex::Female,
            address: ["東京都", "足高区", "舎人原6-6"],
            member: ["00139011", "足", "２２１０３", "01"],
            ..NOBODY
        },
        tells: "意識障害。インスリン2種、SU薬、メトホルミン、SGLT2阻害薬を使用。低血糖、ケトアシドーシス、乳酸アシドーシスを考える。",
        lines: &[
            Row(S::Drugs, &["インスリン グラルギン"]),
            Row(S::Drugs, &["インスリン リスプロ"]),
            Row(S::Drugs, &["グリメピリド錠1mg"]),
            Row(S::Drugs, &["メトホルミン錠500mg"]),
            Row(S::Drugs, &["エンパグリフロジン錠10mg"]),
            Row(S::Labs, &["HbA1c", "8.9"]),
        ],
        write: diabetes,
    },
    Story {
        person: Person {
            name: "御厨 八千代",
            kana: "ミクリヤ ヤチヨ",
            birth: Birth::Ago(85, 20),
            sex: Sex::Female,
            address: ["東京都", "練間区", "石神台8-3"],
            member: ["39139012", "", "10778820", "01"],
            ..NOBODY
        },
        tells: "4施設から14剤。抗てんかん薬、リチウム、テオフィリン、抗パーキンソン薬、ベンゾジアゼピン2剤を含む。",
        lines: &[
            Row(S::Drugs, &["バルプロ酸ナトリウム徐放錠200mg"]),
            Row(S::Drugs, &["炭酸リチウム錠200mg"]),
            Row(S::Drugs, &["テオフィリン徐放錠200mg"]),
            Row(S::Drugs, &["レボドパ・カルビドパ配合錠"]),
            Row(S::Drugs, &["エチゾラム錠0.5mg"]),
            Row(S::Drugs, &["メトトレキサートカプセル2mg"]),
        ],
        write: many_drugs,
    },
    Story {
        person: Person {
            name: "瀬名 巌",
            kana: "セナ イワオ",
            birth: Birth::Ago(59, 301),
            sex: Sex::Male,
            address: ["山梨県", "笛川市", "石和台1"],
            member: ["00199013", "", "８１１２２", "01"],
            ..NOBODY
        },
        tells: "通院先は電子処方箋に参加していない。薬はレセプトの月単位の記録だけで、直近1か月半は分からない。",
        lines: &[
            Row(S::Drugs, &["アムロジピンOD錠5mg"]),
            Never(S::Drugs, "レベチラセタム錠500mg"),
            Is(S::Problems, State::ReportedEmpty),
        ],
        write: receipts_only,
    },
];

fn refill(chart: &mut Chart) {
    chart.refilled(&rx(drug::CANDESARTAN, GENERAL, KOTORI, 28), 3, &[38, 10]);
    chart.emr(problem(
        &GENERAL,
        Disease("本態性高血圧症", "20061842", "I10"),
        chart.years_ago(3, 0),
        chart.ago(38),
    ));
    chart.claims(visit(&GENERAL, chart.ago(66)));
}

fn hot_only(chart: &mut Chart) {
    for drug in [
        drug::HOT_RIVAROXABAN,
        drug::HOT_DIGOXIN,
        drug::HOT_ATORVASTATIN,
    ] {
        chart.supplied(&rx(drug, GENERAL, MARUTAKE, 28), 15);
        chart.claimed_drug(&rx(drug, GENERAL, MARUTAKE, 28), 71);
    }
    chart.claims(visit(&GENERAL, chart.ago(71)));
}

fn uncoded(chart: &mut Chart) {
    chart.supplied(&rx(drug::MIXTURE, SKIN, HOSHIZORA, 14), 6);
    chart.emr(problem(
        &SKIN,
        Disease("手湿疹の増悪（洗剤）", "99999999", "L309"),
        chart.ago(40),
        chart.ago(6),
    ));
}

fn not_dispensed(chart: &mut Chart) {
    chart.prescribed(&rx(drug::LEVOFLOXACIN, GENERAL, KOTORI, 7), 1);
    chart.prescribed(&rx(drug::PREDNISOLONE, GENERAL, KOTORI, 5), 1);
    chart.supplied(&rx(drug::ACETAMINOPHEN, GENERAL, KOTORI, 3), 5);
    chart.emr(lab(&GENERAL, &lab::CRP, 6.2, chart.ago(1)));
}

fn diabetes(chart: &mut Chart) {
    for drug in [
        drug::GLARGINE,
        drug::LISPRO,
        drug::GLIMEPIRIDE,
        drug::METFORMIN,
        drug::EMPAGLIFLOZIN,
    ] {
        chart.supplied(&rx(drug, DIABETES, HOSHIZORA, 35), 20);
    }
    chart.emr(lab(&DIABETES, &lab::A1C, 8.9, chart.ago(20)));
    chart.emr(lab(&DIABETES, &lab::A1C, 8.1, chart.ago(55)));
    chart.emr(lab(&DIABETES, &lab::GLUCOSE, 243.0, chart.ago(20)));
    chart.emr(lab(&DIABETES, &lab::CRE, 1.36, chart.ago(20)));
    chart.emr(problem(
        &DIABETES,
        Disease("2型糖尿病", "20075163", "E119"),
        chart.years_ago(16, 0),
        chart.ago(20),
    ));
    chart.claims(visit(&DIABETES, chart.ago(55)));
}

fn many_drugs(chart: &mut Chart) {
    let prescriptions = [
        (
            BRAIN,
            KOTORI,
            11,
            [
                drug::VALPROATE,
                drug::LEVETIRACETAM,
                drug::LEVODOPA,
                drug::DONEPEZIL,
            ],
        ),
        (
            MIND,
            HOSHIZORA,
            8,
            [
                drug::LITHIUM,
                drug::ETIZOLAM,
                drug::BROTIZOLAM,
                drug::MAGNESIUM,
            ],
        ),
        (
            GENERAL,
            MARUTAKE,
            19,
            [
                drug::THEOPHYLLINE,
                drug::SALMETEROL,
                drug::AMLODIPINE,
                drug::FUROSEMIDE,
            ],
        ),
    ];
    for (place, pharmacy, days_ago, drugs) in prescriptions {
        for drug in drugs {
            chart.supplied(&rx(drug, place, pharmacy, 28), days_ago);
        }
        chart.claims(visit(&place, chart.ago(days_ago + 45)));
    }
    for drug in [drug::METHOTREXATE, drug::PREDNISOLONE] {
        chart.supplied(&rx(drug, HOSPITAL_GENERAL, KOTORI, 28), 25);
    }
    for disease in [
        Disease("てんかん", "20073412", "G409"),
        Disease("パーキンソン病", "20077018", "G20"),
        Disease("関節リウマチ", "20055980", "M0690"),
    ] {
        chart.emr(problem(
            &BRAIN,
            disease,
            chart.years_ago(6, 0),
            chart.ago(11),
        ));
    }
}

fn receipts_only(chart: &mut Chart) {
    chart.claimed_drug(&rx(drug::AMLODIPINE, GENERAL, KOTORI, 30), 50);
    chart.claimed_drug(&rx(drug::LEVETIRACETAM, BRAIN, KOTORI, 30), 300);
    chart.claims(visit(&GENERAL, chart.ago(50)));
}
