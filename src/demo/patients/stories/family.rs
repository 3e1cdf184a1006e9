//! Families: children, a newborn, twins, a father and a son, two women of one name in one town.

use serde_json::json;

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::{Banner, Is, Row},
        chart::with,
        claim::{self, procedure, stay, visit},
        drug,
        emr::{self, Disease, allergy, problem, reacted},
        lab::{self, lab},
        person::{Birth, NOBODY, Person},
        place::{BIRTH, BRAIN, CHILD, GENERAL, HOSHIZORA, KOTORI, MARUTAKE},
        supply::rx,
    },
    domain::{
        patient::Sex,
        section::{SectionName as S, SourceName, State},
    },
};

use super::Story;

const CHILD_OF: [&str; 3] = ["東京都", "世田見区", "松原台1-7"];
const TWINS: [&str; 3] = ["東京都", "目黒野区", "碑台5-5"];
const FATHER_AND_SON: [&str; 3] = ["東京都", "荒見区", "尾久橋6-12"];
const BABY: [&str; 3] = ["東京都", "中見区", "鷺宮台2-3"];

const ASTHMA: Disease = Disease("気管支喘息", "20058123", "J459");

pub(super) const STORIES: &[Story] = &[
    Story {
        person: Person {
            name: "朝比奈 蒼太",
            kana: "アサヒナ ソウタ",
            birth: Birth::Ago(6, 71),
            sex: Sex::Male,
            address: CHILD_OF,
            member: ["06139020", "朝２２", "３１５", "03"],
            contact: Some(["母", "090-0000-2001"]),
            ..NOBODY
        },
        tells: "6歳。鶏卵と落花生のアレルギー、喘息。鎮静の前に体重を尋ねるが、この画面に体重はない。",
        lines: &[
            Row(S::Allergies, &["落花生", "アナフィラキシー"]),
            Row(S::Allergies, &["鶏卵"]),
            Row(S::Drugs, &["モンテルカストチュアブル錠5mg"]),
        ],
        write: child,
    },
    Story {
        person: Person {
            name: "白糸",
            kana: "",
            birth: Birth::Ago(0, 5),
            sex: Sex::Female,
            address: BABY,
            member: ["06139021", "し７", "２２９０", "03"],
            contact: Some(["母", "090-0000-2101"]),
            ..NOBODY
        },
        tells: "生後5日。名もカナもまだない。母の記録は母自身の閲覧として開く。",
        lines: &[
            Row(S::Labs, &["総ビリルビン", "17.2"]),
            Is(S::Drugs, State::ReportedEmpty),
        ],
        write: newborn,
    },
    Story {
        person: Person {
            name: "白糸 遥香",
            kana: "シライト ハルカ",
            birth: Birth::Ago(31, 222),
            sex: Sex::Female,
            address: BABY,
            member: ["06139021", "し７", "２２９０", "02"],
            ..NOBODY
        },
        tells: "新生児の母。同じ被保険者番号の枝番02。帝王切開5日目。",
        lines: &[
            Row(S::Operations, &["帝王切開術"]),
            Row(S::Allergies, &["ラテックス"]),
        ],
        write: mother,
    },
    Story {
        person: Person {
            name: "桜木谷 美空",
            kana: "サクラギダニ ミソラ",
            birth: Birth::Ago(9, 130),
            sex: Sex::Female,
            address: TWINS,
            member: ["01139022", "７７１４", "２６", "03"],
            ..NOBODY
        },
        tells: "双子の姉。同じ番号、同じ生年月日、同じ性別。アモキシシリンでアナフィラキシー。",
        lines: &[
            Row(S::Allergies, &["アモキシシリン", "アナフィラキシー"]),
            Banner("美空"),
        ],
        write: twin_allergic,
    },
    Story {
        person: Person {
            name: "桜木谷 美海",
            kana: "サクラギダニ ミウミ",
            birth: Birth::Ago(9, 130),
            sex: Sex::Female,
            address: TWINS,
            member: ["01139022", "７７１４", "２６", "04"],
            ..NOBODY
        },
        tells: "双子の妹。アレルギーの登録なし。先週アモキシシリンを服用した。姉と取り違えない。",
        lines: &[
            Is(S::Allergies, State::ReportedEmpty),
            Row(S::Drugs, &["アモキシシリン細粒10%"]),
            Banner("美海"),
        ],
        write: twin_healthy,
    },
    Story {
        person: Person {
            name: "相楽 治郎",
            kana: "サガラ ジロウ",
            birth: Birth::Ago(58, 9),
            sex: Sex::Male,
            address: FATHER_AND_SON,
            member: ["06139023", "さ４", "９１８", "00"],
            ..NOBODY
        },
        tells: "父。息子とは枝番と漢字1字が違うだけで、カナも同じ。リバーロキサバンを服用。",
        lines: &[Row(S::Drugs, &["リバーロキサバン錠15mg"]), Banner("治郎")],
        write: father,
    },
    Story {
        person: Person {
            name: "相楽 治朗",
            kana: "サガラ ジロウ",
            birth: Birth::Ago(27, 188),
            sex: Sex::Male,
            address: FATHER_AND_SON,
            member: ["06139023", "さ４", "９１８", "02"],
            ..NOBODY
        },
        tells: "息子。てんかん。抗凝固薬は飲んでいない。",
        lines: &[Row(S::Drugs, &["レベチラセタム錠500mg"]), Banner("治朗")],
        write: son,
    },
    Story {
        person: Person {
            name: "小比類巻 幸子",
            kana: "コヒルイマキ サチコ",
            birth: Birth::Ago(73, 41),
            sex: Sex::Female,
            address: ["青森県", "三川市", "古間町12-1"],
            member: ["39029024", "", "60770011", "01"],
            ..NOBODY
        },
        tells: "同じ町に同姓同名（生年も近い）。こちらはロキソプロフェンで喘息発作。",
        lines: &[Row(S::Allergies, &["ロキソプロフェン", "喘息発作"])],
        write: namesake_allergic,
    },
    Story {
        person: Person {
            name: "小比類巻 幸子",
            kana: "コヒルイマキ ユキコ",
            birth: Birth::Ago(71, 300),
            sex: Sex::Female,
            address: ["青森県", "三川市", "古間町4-30"],
            member: ["00029025", "三", "７７０８", "02"],
            ..NOBODY
        },
        tells: "同じ町の同姓同名のもう一人。漢字は同じでカナが違う。クロピドグレルを服用。",
        lines: &[
            Row(S::Drugs, &["クロピドグレル錠75mg"]),
            Is(S::Allergies, State::ReportedEmpty),
        ],
        write: namesake_other,
    },
];

fn child(chart: &mut Chart) {
    chart.emr(with(
        allergy(&CHILD, &emr::PEANUT, chart.years_ago(2, 0)),
        reacted("high", "アナフィラキシー", "severe"),
    ));
    chart.emr(with(
        allergy(&CHILD, &emr::EGG, chart.years_ago(4, 0)),
        reacted("low", "じんま疹", "mild"),
    ));
    chart.emr(problem(
        &CHILD,
        ASTHMA,
        chart.years_ago(3, 0),
        chart.ago(22),
    ));
    chart.supplied(&rx(drug::MONTELUKAST_CHILD, CHILD, HOSHIZORA, 28), 22);
    chart.supplied(&rx(drug::AMOXICILLIN_CHILD, CHILD, HOSHIZORA, 5), 22);
    chart.claims(visit(&CHILD, chart.ago(64)));
}

fn newborn(chart: &mut Chart) {
    chart.emr(lab(&BIRTH, &lab::TBIL, 17.2, chart.ago(0)));
    chart.emr(lab(&BIRTH, &lab::TBIL, 12.8, chart.ago(1)));
}

fn mother(chart: &mut Chart) {
    chart.claims(procedure(&BIRTH, claim::CESAREAN, chart.ago(5)));
    chart.claims(stay(&BIRTH, chart.ago(6), chart.ago(0)));
    chart.emr(with(
        allergy(&BIRTH, &emr::LATEX, chart.ago(120)),
        reacted("low", "接触じんま疹", "moderate"),
    ));
    chart.emr(lab(&BIRTH, &lab::HB, 8.9, chart.ago(3)));
    chart.supplied(&rx(drug::IRON, BIRTH, KOTORI, 14), 1);
    for result in lab::blood_group(&BIRTH, ("4", "Ｏ"), chart.ago(120)) {
        chart.emr(result);
    }
}

fn twin_allergic(chart: &mut Chart) {
    chart.emr(with(
        allergy(&CHILD, &emr::PENICILLIN, chart.years_ago(1, 10)),
        reacted("high", "アナフィラキシー", "severe"),
    ));
    chart.claims(visit(&CHILD, chart.ago(49)));
}

fn twin_healthy(chart: &mut Chart) {
    chart.supplied(&rx(drug::AMOXICILLIN_CHILD, CHILD, HOSHIZORA, 5), 8);
    chart.claims(visit(&CHILD, chart.ago(49)));
}

fn father(chart: &mut Chart) {
    chart.supplied(&rx(drug::RIVAROXABAN, GENERAL, MARUTAKE, 28), 14);
    chart.emr(problem(
        &GENERAL,
        Disease("肺血栓塞栓症", "20079321", "I269"),
        chart.ago(300),
        chart.ago(14),
    ));
    chart.claims(visit(&GENERAL, chart.ago(70)));
}

fn son(chart: &mut Chart) {
    chart.supplied(&rx(drug::LEVETIRACETAM, BRAIN, MARUTAKE, 28), 11);
    chart.emr(problem(
        &BRAIN,
        Disease("側頭葉てんかん", "20073420", "G402"),
        chart.years_ago(10, 0),
        chart.ago(11),
    ));
}

fn namesake_allergic(chart: &mut Chart) {
    chart.emr(with(
        allergy(&GENERAL, &emr::LOXOPROFEN, chart.years_ago(1, 3)),
        reacted("high", "喘息発作", "severe"),
    ));
    chart.supplied(&rx(drug::SALMETEROL, GENERAL, KOTORI, 30), 12);
}

fn namesake_other(chart: &mut Chart) {
    chart.supplied(&rx(drug::CLOPIDOGREL, BRAIN, KOTORI, 30), 12);
    let mut stroke = problem(
        &BRAIN,
        Disease("脳梗塞後遺症", "20077440", "I693"),
        chart.years_ago(2, 0),
        chart.ago(12),
    );
    stroke = with(stroke, json!({"note": [{"text": "右片麻痺"}]}));
    chart.add(SourceName::Emr, stroke);
}
