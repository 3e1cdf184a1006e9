//! Documents: addressed to this hospital, addressed to another, statements about whole sections.

use serde_json::json;

use crate::{
    demo::patients::{
        Chart,
        ScreenLine::{Is, Never, Row},
        chart::with,
        claim::{self, checkup, procedure, visit},
        drug,
        emr::{Disease, problem, status},
        paper::{self, addressed, checkup_report, document, empty_list},
        person::{Birth, NOBODY, Person},
        place::{
            CHECKUP, GENERAL, HOME, HOSHIZORA, HOSPITAL_GENERAL, HOSPITAL_SURGERY, KOTORI, OTHER,
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
            name: "仁科原 悠人",
            kana: "ニシナバラ ユウト",
            birth: Birth::Ago(48, 177),
            sex: Sex::Male,
            address: ["新潟県", "三見市", "東三原1"],
            member: ["06159044", "に３", "５０３", "00"],
            ..NOBODY
        },
        tells: "他院宛ての診療情報提供書。宛先の施設でなければ本文も題も示さず、非表示として数える。",
        lines: &[
            Is(S::Documents, State::Withheld),
            Never(S::Documents, "潮見台中央病院"),
        ],
        write: for_another,
    },
    Story {
        person: Person {
            name: "藤波瀬 香澄",
            kana: "フジナミセ カスミ",
            birth: Birth::Ago(65, 91),
            sex: Sex::Female,
            address: ["東京都", "港見区", "芝台2-5"],
            member: ["06139045", "ふ１", "８８", "00"],
            ..NOBODY
        },
        tells: "当院宛ての紹介状、退院時サマリー（退院時処方を含む）、健診。処方は文書の中にもある。",
        lines: &[
            Row(S::Documents, &["診療情報提供書"]),
            Row(S::Documents, &["退院時サマリー"]),
            Row(S::Drugs, &["プレドニゾロン錠5mg"]),
            Is(S::Checkups, State::Present),
        ],
        write: for_us,
    },
    Story {
        person: Person {
            name: "鬼怒田 嵐",
            kana: "キヌタ アラシ",
            birth: Birth::Ago(30, 55),
            sex: Sex::Male,
            address: ["福島県", "南見市", "小高原6"],
            member: ["01079046", "７", "３３０２", "00"],
            ..NOBODY
        },
        tells: "診療所がアレルギーを「未聴取」と送ってきた。なしでも登録なしでもない。",
        lines: &[
            Is(S::Allergies, State::NotAsked),
            Row(S::Problems, &["疑い", "虫垂炎"]),
        ],
        write: not_asked,
    },
    Story {
        person: Person {
            name: "碓氷 朝子",
            kana: "ウスイ アサコ",
            birth: Birth::Ago(54, 230),
            sex: Sex::Female,
            address: ["群馬県", "安見市", "松井台3"],
            member: ["06109047", "う４", "１０２０", "00"],
            ..NOBODY
        },
        tells: "どの期間にも内と外がある：受診2か月前と4か月前、透析なし、手術4年と7年、薬剤40日前と150日前、検査11か月前と14か月前。",
        lines: &[
            Row(S::Visits, &["大川内科医院"]),
            Never(S::Visits, "緑丘総合病院"),
            Row(S::Operations, &["水晶体再建術"]),
            Never(S::Operations, "人工骨頭挿入術"),
            Never(S::Drugs, "ランソプラゾールOD錠15mg"),
        ],
        write: both_sides_of_windows,
    },
    Story {
        person: Person {
            name: "穂波田 光江",
            kana: "ホナミダ ミツエ",
            birth: Birth::Ago(77, 8),
            sex: Sex::Female,
            address: ["佐賀県", "鳥見市", "田代原4"],
            member: ["39419048", "", "90114402", "01"],
            ..NOBODY
        },
        tells: "退院時の処方が退院時サマリーと電子処方箋の両方から、同じ処方箋番号で届く。2倍量を飲んでいると読ませない。",
        lines: &[
            Row(S::Drugs, &["リバーロキサバン錠15mg"]),
            Row(S::Drugs, &["フロセミド錠20mg"]),
            Row(S::Documents, &["退院時サマリー"]),
        ],
        write: told_twice,
    },
];

fn for_another(chart: &mut Chart) {
    chart.emr(addressed(
        document(
            &GENERAL,
            paper::REFERRAL,
            chart.ago(3),
            &[
                ("紹介目的", "950", "胸部異常陰影の精査をお願いします。"),
                ("傷病名・主訴", "340", "咳嗽、右上葉結節影"),
            ],
        ),
        &OTHER,
    ));
    chart.claims(visit(&GENERAL, chart.ago(48)));
}

fn for_us(chart: &mut Chart) {
    chart.emr(addressed(
        document(
            &GENERAL,
            paper::REFERRAL,
            chart.ago(2),
            &[
                ("紹介目的", "950", "発熱の精査加療をお願いいたします。"),
                (
                    "現病歴",
                    "360",
                    "3日前より38度台の発熱。プレドニゾロン内服中。",
                ),
            ],
        ),
        &HOME,
    ));
    chart.emr(document(
        &HOSPITAL_GENERAL,
        paper::DISCHARGE,
        chart.ago(20),
        &[
            ("入院時診断", "342", "リウマチ性多発筋痛症"),
            ("退院時投薬指示", "444", "プレドニゾロン錠5mg 1日1回 2錠"),
            ("入院経過", "333", WRITTEN_ELSEWHERE),
        ],
    ));
    chart.emr(paper::copy(
        &HOSPITAL_GENERAL,
        paper::DISCHARGE,
        chart.ago(20),
        "転倒歴あり。夜間はトイレ歩行に見守り。\n食事は軟菜、とろみなし。",
    ));
    chart.in_document(&rx(drug::PREDNISOLONE, HOSPITAL_GENERAL, KOTORI, 28), 20);
    chart.emr(checkup_report(&CHECKUP, chart.ago(300)));
    chart.claims(checkup(&CHECKUP, chart.ago(300), "特定健康診査"));
    chart.claims(procedure(
        &HOSPITAL_GENERAL,
        claim::ENDOSCOPY,
        chart.ago(50),
    ));
}

/// Markup as some charts send it, with what must never run here.
const WRITTEN_ELSEWHERE: &str = concat!(
    "<p style=\"color:red\" onclick=\"location='//x.example'\">第3病日より<b>解熱</b>。</p>",
    "<table border=\"1\"><tr><th>日付</th><th>CRP (mg/dL)</th></tr>",
    "<tr><td>入院時</td><td>12.4</td></tr><tr><td>退院時</td><td>&lt; 0.30</td></tr></table>",
    "<script>document.title='x'</script><iframe src=\"//x.example\"></iframe>",
    "<form action=\"/logout\" method=\"post\"><button>詳細</button></form>",
    "<a href=\"javascript:alert(1)\">画像所見</a><img src=\"//x.example/a.png\" alt=\"\"/>",
);

fn not_asked(chart: &mut Chart) {
    chart.emr(empty_list(
        &GENERAL,
        ("48765-2", "アレルギー・不耐性反応"),
        "notasked",
        chart.ago(10),
    ));
    chart.emr(with(
        problem(
            &GENERAL,
            Disease("急性虫垂炎の疑い", "20058420", "K358"),
            chart.ago(1),
            chart.ago(1),
        ),
        json!({"verificationStatus": status("condition-ver-status", "unconfirmed")}),
    ));
}

fn both_sides_of_windows(chart: &mut Chart) {
    chart.claims(visit(&GENERAL, chart.ago(61)));
    chart.claims(visit(&HOSPITAL_SURGERY, chart.ago(125)));
    chart.claims(procedure(&GENERAL, claim::CATARACT, chart.years_ago(4, 0)));
    chart.claims(procedure(
        &HOSPITAL_SURGERY,
        claim::HIP,
        chart.years_ago(7, 0),
    ));
    chart.claims(procedure(
        &HOSPITAL_GENERAL,
        claim::HOME_OXYGEN,
        chart.ago(61),
    ));
    chart.supplied(&rx(drug::METFORMIN, GENERAL, HOSHIZORA, 30), 40);
    chart.claimed_drug(&rx(drug::LANSOPRAZOLE, GENERAL, HOSHIZORA, 14), 150);
    for days in [335, 430] {
        for result in crate::demo::patients::lab::panel(&GENERAL, chart.ago(days), 0.1) {
            chart.emr(result);
        }
    }
    chart.emr(with(
        problem(
            &GENERAL,
            Disease("胆石症", "20062550", "K802"),
            chart.years_ago(8, 0),
            chart.years_ago(6, 0),
        ),
        json!({"clinicalStatus": status("condition-clinical", "resolved"), "abatementDateTime": chart.years_ago(6, 0).to_string()}),
    ));
}

fn told_twice(chart: &mut Chart) {
    for drug in [drug::RIVAROXABAN, drug::FUROSEMIDE] {
        let rx = rx(drug, HOSPITAL_GENERAL, KOTORI, 28);
        chart.in_document(&rx, 8);
        chart.supplied(&rx, 8);
    }
    chart.emr(document(
        &HOSPITAL_GENERAL,
        paper::DISCHARGE,
        chart.ago(8),
        &[("退院時診断", "344", "うっ血性心不全、発作性心房細動")],
    ));
}
