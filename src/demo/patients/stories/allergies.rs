//! Allergies: sources that disagree, rows that are hard to read, very many of them.

use serde_json::json;

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::{Is, Never, Row},
        chart::with,
        claim::visit,
        drug,
        emr::{self, Agent, allergy, no_known_allergy, reacted, status},
        person::{Birth, NOBODY, Person},
        place::{EMERGENCY, GENERAL, HOSPITAL_GENERAL, HOSPITAL_SURGERY, KOTORI, SKIN},
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
            name: "篝 美砂子",
            kana: "カガリ ミサコ",
            birth: Birth::Ago(57, 140),
            sex: Sex::Female,
            address: ["愛知県", "春日見市", "高蔵台3"],
            member: ["06239039", "か８", "２２０", "00"],
            ..NOBODY
        },
        tells: "7年前の診療所では「アレルギー歴なし」、1年前の救急病院では造影剤でアナフィラキシー。両方を日付と施設とともに示し、食い違いと言う。",
        lines: &[
            Row(S::Allergies, &["ヨード造影剤", "アナフィラキシー"]),
            Is(S::Allergies, State::Present),
        ],
        write: disagreement,
    },
    Story {
        person: Person {
            name: "御子柴 昴",
            kana: "ミコシバ スバル",
            birth: Birth::Ago(42, 290),
            sex: Sex::Male,
            address: ["宮城県", "塩見市", "野田台1"],
            member: ["01049040", "９０", "１１８", "00"],
            ..NOBODY
        },
        tells: "薬剤アレルギーに分類（category）がない。「その他」に入っても落としてはならない。",
        lines: &[Row(S::Allergies, &["セフェム系（セファクロル）"])],
        write: no_category,
    },
    Story {
        person: Person {
            name: "十文字 絹代",
            kana: "ジュウモンジ キヌヨ",
            birth: Birth::Ago(60, 2),
            sex: Sex::Female,
            address: ["岡山県", "総見市", "清音原5"],
            member: ["06339041", "そ２", "７８７", "00"],
            ..NOBODY
        },
        tells: "12件のアレルギー。畳まず、重症を先に、すべて帯に並べる。",
        lines: &[
            Row(S::Allergies, &["ペニシリン系抗菌薬"]),
            Row(S::Allergies, &["バンコマイシン"]),
            Row(S::Allergies, &["スズメバチ毒", "アナフィラキシーショック"]),
            Row(S::Allergies, &["そば"]),
            Row(S::Allergies, &["キウイフルーツ"]),
            Row(S::Allergies, &["サルファ剤"]),
        ],
        write: twelve,
    },
    Story {
        person: Person {
            name: "日下部 明音",
            kana: "クサカベ アカネ",
            birth: Birth::Ago(35, 12),
            sex: Sex::Female,
            address: ["京都府", "宇見市", "五条台8"],
            member: ["01269042", "２８", "４０６", "00"],
            ..NOBODY
        },
        tells: "医師が2か月前に「アレルギー歴なし」と記録。人が確かめた「なし」であり、登録がないのとは違う。緑にはしない。",
        lines: &[Is(S::Allergies, State::NoneKnown)],
        write: none_known,
    },
    Story {
        person: Person {
            name: "綾小路谷 弦",
            kana: "アヤノコウジダニ ゲン",
            birth: Birth::Ago(51, 300),
            sex: Sex::Male,
            address: ["石川県", "白見市", "鶴来原2"],
            member: ["06179043", "あ６", "９１", "00"],
            ..NOBODY
        },
        tells: "疑い（未確認）、否定、誤登録の3件。疑いは疑いと書き、否定は否定と書く。以前の薬剤禁忌（category medication・criticality high）もある。",
        lines: &[
            Row(S::Allergies, &["局所麻酔薬（リドカイン）"]),
            Row(S::Allergies, &["ロキソプロフェン"]),
            Never(S::Allergies, "落花生"),
            Row(
                S::Contraindications,
                &["カルバマゼピン", "スティーヴンス・ジョンソン症候群"],
            ),
        ],
        write: uncertain,
    },
];

fn disagreement(chart: &mut Chart) {
    chart.emr(no_known_allergy(&GENERAL, chart.years_ago(7, 100)));
    chart.emr(with(
        allergy(&EMERGENCY, &emr::IODINE_CONTRAST, chart.years_ago(1, 40)),
        reacted("high", "アナフィラキシー", "severe"),
    ));
    chart.claims(visit(&GENERAL, chart.ago(60)));
}

fn no_category(chart: &mut Chart) {
    let agent = Agent {
        text: "セフェム系（セファクロル）",
        category: None,
        ..emr::CEFACLOR
    };
    chart.emr(with(
        allergy(&HOSPITAL_GENERAL, &agent, chart.ago(500)),
        json!({"verificationStatus": null, "recordedDate": null, "note": [{"text": "全身に膨疹"}]}),
    ));
}

fn twelve(chart: &mut Chart) {
    let rows = [
        (emr::PENICILLIN, "high", "アナフィラキシー", "severe"),
        (emr::VANCOMYCIN, "high", "レッドマン症候群", "severe"),
        (emr::BEE, "high", "アナフィラキシーショック", "severe"),
        (emr::ASPIRIN, "high", "喘息発作", "severe"),
        (emr::SULFA, "low", "薬疹", "moderate"),
        (emr::POVIDONE, "low", "接触皮膚炎", "moderate"),
        (emr::ALCOHOL, "low", "発赤", "mild"),
        (emr::BUCKWHEAT, "high", "呼吸困難", "severe"),
        (emr::KIWI, "low", "口腔アレルギー", "mild"),
        (emr::MACKEREL, "low", "じんま疹", "mild"),
        (emr::LATEX, "unable-to-assess", "手のかゆみ", "mild"),
        (emr::EGG, "low", "下痢", "mild"),
    ];
    for (agent, criticality, manifestation, severity) in rows {
        chart.emr(with(
            allergy(&SKIN, &agent, chart.ago(400)),
            reacted(criticality, manifestation, severity),
        ));
    }
    chart.supplied(&rx(drug::ACETAMINOPHEN, SKIN, KOTORI, 5), 2);
}

fn none_known(chart: &mut Chart) {
    chart.emr(no_known_allergy(&HOSPITAL_SURGERY, chart.ago(61)));
    chart.claims(visit(&HOSPITAL_SURGERY, chart.ago(61)));
}

fn uncertain(chart: &mut Chart) {
    let verification = "allergyintolerance-verification";
    chart.emr(with(
        allergy(&GENERAL, &emr::LIDOCAINE, chart.ago(220)),
        json!({"verificationStatus": status(verification, "unconfirmed"), "note": [{"text": "歯科治療中の気分不良"}]}),
    ));
    chart.emr(with(
        allergy(&GENERAL, &emr::LOXOPROFEN, chart.ago(210)),
        json!({"verificationStatus": status(verification, "refuted"), "clinicalStatus": status("allergyintolerance-clinical", "resolved")}),
    ));
    chart.emr(with(
        allergy(&GENERAL, &emr::PEANUT, chart.ago(205)),
        json!({"verificationStatus": status(verification, "entered-in-error"), "clinicalStatus": null}),
    ));
    chart.emr(with(
        with(
            allergy(&HOSPITAL_GENERAL, &emr::CARBAMAZEPINE, chart.years_ago(3, 0)),
            reacted("high", "スティーヴンス・ジョンソン症候群", "severe"),
        ),
        json!({"meta": {"profile": ["http://jpfhir.jp/fhir/clins/StructureDefinition/JP_AllergyIntolerance_CLINS_eCS|0.9.8"]}}),
    ));
}
