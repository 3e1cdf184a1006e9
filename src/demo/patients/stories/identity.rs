//! Who it is: long names, usual names, public assistance, people no source knows, a record of death.

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::{Banner, Is, Row},
        chart::with,
        claim::{checkup, visit},
        drug,
        emr::{self, Disease, allergy, problem, reacted},
        lab::{self, lab},
        paper::checkup_report,
        person::{Birth, NOBODY, Person},
        place::{CHECKUP, EMERGENCY, GENERAL, HOSPITAL_GENERAL, KOTORI, MARUTAKE, MIND},
        supply::rx,
    },
    domain::{
        patient::Sex,
        section::{SectionName as S, SourceName, State},
    },
};

use super::Story;

pub(super) const STORIES: &[Story] = &[
    Story {
        person: Person {
            name: "VASCONCELLOS MAXIMILLIANO ALESSANDRO FERDINANDO BARTOLOMEU LUSITANO",
            kana: "ヴァスコンセロス マキシミリアーノ アレッサンドロ フェルディナンド バルトロメウ ルジターノ",
            usual_name: Some("ルジターノ マックス"),
            birth: Birth::Ago(39, 61),
            sex: Sex::Male,
            address: ["群馬県", "大泉見市", "仙石原2-2"],
            member: ["01109026", "１１０", "９９３", "00"],
            ..NOBODY
        },
        tells: "空白を除いて62字の外国人名。通称名あり。名前は折り返し、決して切らない。",
        lines: &[
            Banner("VASCONCELLOS MAXIMILLIANO ALESSANDRO FERDINANDO BARTOLOMEU LUSITANO"),
            Row(S::Allergies, &["さば"]),
        ],
        write: long_name,
    },
    Story {
        person: Person {
            name: "門倉 作太郎",
            kana: "カドクラ サクタロウ",
            birth: Birth::Ago(66, 211),
            sex: Sex::Male,
            address: ["東京都", "台見区", "山谷原1-4"],
            member: ["12139027", "", "0270115", ""],
            public_payer: true,
            ..NOBODY
        },
        tells: "生活保護。保険者番号ではなく公費負担者番号と受給者番号で調べる。枝番なし。",
        lines: &[
            Row(S::Drugs, &["フロセミド錠20mg"]),
            Row(S::Problems, &["アルコール性肝硬変"]),
        ],
        write: public_assistance,
    },
    Story {
        person: Person {
            name: "倉科 真昼",
            kana: "クラシナ マヒル",
            birth: Birth::Ago(24, 30),
            sex: Sex::Female,
            address: ["長野県", "千曲見市", "桜堂3"],
            member: ["06209028", "く２", "８０４", "00"],
            ..NOBODY
        },
        tells: "資格はあるが、どの情報源にも患者がいない。「登録なし」は「既往なし」ではない。",
        lines: &[
            Is(S::Allergies, State::ReportedEmpty),
            Is(S::Drugs, State::ReportedEmpty),
            Is(S::Labs, State::ReportedEmpty),
        ],
        write: known_to_nobody,
    },
    Story {
        person: Person {
            name: "土岐田 ハナ",
            kana: "トキタ ハナ",
            birth: Birth::Ago(91, 4),
            sex: Sex::Female,
            address: ["東京都", "北見区", "王子台6"],
            member: ["39139029", "", "10202029", "01"],
            dead_for: Some(42),
            ..NOBODY
        },
        tells: "42日前に死亡の記録がある。いま搬送された人は別人かもしれない。",
        lines: &[Banner("死亡"), Row(S::Problems, &["誤嚥性肺炎"])],
        write: deceased,
    },
    Story {
        person: Person {
            name: "金城原 正",
            kana: "キンジョウバル タダシ",
            birth: Birth::YearOnly(88),
            sex: Sex::Male,
            address: ["沖縄県", "浦見添市", "城間台1"],
            member: ["39479030", "", "70019880", "01"],
            ..NOBODY
        },
        tells: "生年しか記録がない。年齢は「およそ」で、日付を補わない。",
        lines: &[Row(S::Drugs, &["アスピリン腸溶錠100mg"])],
        write: part_known,
    },
    Story {
        person: Person {
            name: "李家 珠恩",
            kana: "リノイエ シュオン",
            usual_name: Some("林野 珠恵"),
            birth: Birth::Ago(52, 144),
            sex: Sex::Female,
            address: ["大阪府", "東大見市", "布施原4"],
            member: ["06279031", "大ー３", "１２－７", "00"],
            ..NOBODY
        },
        tells: "通称名で通院している。記号と番号にハイフンを含み、打ち方が違っても見つかる。",
        lines: &[Row(S::Drugs, &["エチゾラム錠0.5mg"]), Banner("林野 珠恵")],
        write: usual_name,
    },
    Story {
        person: Person {
            name: "空知 凪",
            kana: "ソラチ ナギ",
            birth: Birth::Ago(19, 3),
            sex: Sex::Other,
            address: ["北海道", "滝見市", "空知台8"],
            member: ["01019032", "３", "１０７７", "02"],
            ..NOBODY
        },
        tells: "すべての情報源に患者はいるが、何も登録されていない。",
        lines: &[
            Is(S::Allergies, State::ReportedEmpty),
            Is(S::Infections, State::ReportedEmpty),
            Is(S::Visits, State::ReportedEmpty),
            Is(S::Documents, State::ReportedEmpty),
        ],
        write: everything_empty,
    },
];

fn long_name(chart: &mut Chart) {
    chart.emr(with(
        allergy(&GENERAL, &emr::MACKEREL, chart.ago(400)),
        reacted("low", "じんま疹", "mild"),
    ));
    chart.claims(visit(&GENERAL, chart.ago(52)));
}

fn public_assistance(chart: &mut Chart) {
    chart.supplied(&rx(drug::FUROSEMIDE, HOSPITAL_GENERAL, MARUTAKE, 28), 16);
    chart.emr(problem(
        &HOSPITAL_GENERAL,
        Disease("アルコール性肝硬変", "20058010", "K703"),
        chart.years_ago(3, 0),
        chart.ago(16),
    ));
    chart.emr(lab(&HOSPITAL_GENERAL, &lab::TBIL, 3.8, chart.ago(16)));
    chart.emr(lab(&HOSPITAL_GENERAL, &lab::PLT, 6.1, chart.ago(16)));
    chart.claims(visit(&HOSPITAL_GENERAL, chart.ago(47)));
}

fn known_to_nobody(chart: &mut Chart) {
    for source in SourceName::CLINICAL {
        chart.unknown_to(source);
    }
}

fn deceased(chart: &mut Chart) {
    chart.emr(problem(
        &EMERGENCY,
        Disease("誤嚥性肺炎", "20061290", "J690"),
        chart.ago(50),
        chart.ago(43),
    ));
    chart.supplied(&rx(drug::DONEPEZIL, GENERAL, KOTORI, 28), 55);
}

fn part_known(chart: &mut Chart) {
    chart.supplied(&rx(drug::ASPIRIN_100, GENERAL, KOTORI, 30), 21);
    chart.claims(visit(&GENERAL, chart.ago(51)));
}

fn usual_name(chart: &mut Chart) {
    chart.supplied(&rx(drug::ETIZOLAM, MIND, MARUTAKE, 28), 9);
    chart.claims(checkup(&CHECKUP, chart.ago(130), "特定健康診査"));
    chart.emr(checkup_report(&CHECKUP, chart.ago(130)));
}

fn everything_empty(_chart: &mut Chart) {}
