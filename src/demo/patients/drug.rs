//! Drugs of the synthetic prescriptions. Class, route, form and strength of the YJ codes are right
//! (the first nine characters), brands and check digits are not looked up.

use serde_json::{Value, json};

use super::systems;

/// A drug as a prescription names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drug {
    /// The words on the prescription.
    pub(super) name: &'static str,
    /// YJ code, 12 characters; empty where the sender has none.
    pub(super) yj: &'static str,
    /// HOT9; empty where the sender has none.
    pub(super) hot: &'static str,
    /// Unit of a dose: code and words.
    pub(super) unit: (&'static str, &'static str),
    /// Dose each time.
    pub(super) dose: f64,
    /// Usage words.
    pub(super) usage: &'static str,
    /// Times a day.
    pub(super) times: u32,
}

const TABLET: (&str, &str) = ("TAB", "錠");
const CAPSULE: (&str, &str) = ("CAP", "カプセル");
const GRAM: (&str, &str) = ("G", "g");
const UNIT: (&str, &str) = ("IU", "単位");
const SHEET: (&str, &str) = ("SHT", "枚");
const MILLIGRAM: (&str, &str) = ("MG", "mg");
const PUFF: (&str, &str) = ("PUF", "吸入");

const MORNING: (&str, u32) = ("1日1回 朝食後", 1);
const EVENING: (&str, u32) = ("1日1回 夕食後", 1);
const TWICE: (&str, u32) = ("1日2回 朝夕食後", 2);
const THRICE: (&str, u32) = ("1日3回 毎食後", 3);
const BEDTIME: (&str, u32) = ("1日1回 就寝前", 1);

const fn drug(
    name: &'static str,
    yj: &'static str,
    unit: (&'static str, &'static str),
    dose: f64,
    usage: (&'static str, u32),
) -> Drug {
    Drug {
        name,
        yj,
        hot: "",
        unit,
        dose,
        usage: usage.0,
        times: usage.1,
    }
}

const fn hot(name: &'static str, hot: &'static str, usage: (&'static str, u32)) -> Drug {
    Drug {
        name,
        yj: "",
        hot,
        unit: TABLET,
        dose: 1.0,
        usage: usage.0,
        times: usage.1,
    }
}

pub(super) const WARFARIN_1: Drug =
    drug("ワルファリンK錠1mg", "3332001F1024", TABLET, 2.0, MORNING);
pub(super) const WARFARIN_05: Drug =
    drug("ワルファリンK錠0.5mg", "3332001F3027", TABLET, 1.0, MORNING);
pub(super) const EDOXABAN: Drug = drug("エドキサバン錠30mg", "3339002F2022", TABLET, 1.0, MORNING);
pub(super) const APIXABAN: Drug = drug("アピキサバン錠5mg", "3339004F2021", TABLET, 1.0, TWICE);
pub(super) const RIVAROXABAN: Drug = drug(
    "リバーロキサバン錠15mg",
    "3339003F2027",
    TABLET,
    1.0,
    MORNING,
);
pub(super) const ASPIRIN_100: Drug = drug(
    "アスピリン腸溶錠100mg",
    "3399007H1021",
    TABLET,
    1.0,
    MORNING,
);
pub(super) const CLOPIDOGREL: Drug =
    drug("クロピドグレル錠75mg", "3399008F2029", TABLET, 1.0, MORNING);
pub(super) const AMLODIPINE: Drug =
    drug("アムロジピンOD錠5mg", "2171022F4028", TABLET, 1.0, MORNING);
pub(super) const CANDESARTAN: Drug =
    drug("カンデサルタン錠8mg", "2149040F3020", TABLET, 1.0, MORNING);
pub(super) const BISOPROLOL: Drug = drug(
    "ビソプロロール錠2.5mg",
    "2123016F2021",
    TABLET,
    1.0,
    MORNING,
);
pub(super) const CARVEDILOL: Drug =
    drug("カルベジロール錠10mg", "2149032F2021", TABLET, 1.0, MORNING);
pub(super) const DIGOXIN: Drug = drug("ジゴキシン錠0.125mg", "2113003F1020", TABLET, 1.0, MORNING);
pub(super) const AMIODARONE: Drug =
    drug("アミオダロン錠100mg", "2129010F1020", TABLET, 1.0, MORNING);
pub(super) const FUROSEMIDE: Drug = drug("フロセミド錠20mg", "2139005F1024", TABLET, 1.0, MORNING);
pub(super) const ROSUVASTATIN: Drug =
    drug("ロスバスタチン錠5mg", "2189017F2020", TABLET, 1.0, EVENING);
pub(super) const METFORMIN: Drug = drug("メトホルミン錠500mg", "3962002F3023", TABLET, 1.0, TWICE);
pub(super) const EMPAGLIFLOZIN: Drug = drug(
    "エンパグリフロジン錠10mg",
    "3969023F1029",
    TABLET,
    1.0,
    MORNING,
);
pub(super) const GLIMEPIRIDE: Drug =
    drug("グリメピリド錠1mg", "3961008F1020", TABLET, 1.0, MORNING);
pub(super) const GLARGINE: Drug = drug(
    "インスリン グラルギン注キット300単位",
    "2492416G2028",
    UNIT,
    14.0,
    ("1日1回 就寝前 皮下注", 1),
);
pub(super) const LISPRO: Drug = drug(
    "インスリン リスプロ注キット300単位",
    "2492415G2023",
    UNIT,
    6.0,
    ("1日3回 毎食直前 皮下注", 3),
);
pub(super) const PREDNISOLONE: Drug =
    drug("プレドニゾロン錠5mg", "2456001F1310", TABLET, 2.0, MORNING);
pub(super) const TACROLIMUS: Drug = drug(
    "タクロリムスカプセル1mg",
    "3999014M2030",
    CAPSULE,
    1.0,
    TWICE,
);
pub(super) const METHOTREXATE: Drug = drug(
    "メトトレキサートカプセル2mg",
    "3999016M1021",
    CAPSULE,
    3.0,
    ("週1回 月曜 朝食後", 1),
);
pub(super) const CAPECITABINE: Drug = drug(
    "カペシタビン錠300mg",
    "4223005F1022",
    TABLET,
    5.0,
    ("1日2回 朝夕食後 14日間服用7日間休薬", 2),
);
pub(super) const OXALIPLATIN: Drug = drug(
    "オキサリプラチン点滴静注液100mg",
    "4291410A2029",
    MILLIGRAM,
    130.0,
    ("点滴静注 1回", 1),
);
pub(super) const MORPHINE: Drug = drug(
    "モルヒネ硫酸塩徐放錠30mg",
    "8114003F2024",
    TABLET,
    1.0,
    ("1日2回 12時間毎", 2),
);
pub(super) const FENTANYL: Drug = drug(
    "フェンタニルクエン酸塩テープ1mg",
    "8219701S1028",
    SHEET,
    1.0,
    ("1日1回 貼付", 1),
);
pub(super) const VALPROATE: Drug = drug(
    "バルプロ酸ナトリウム徐放錠200mg",
    "1139004G1026",
    TABLET,
    2.0,
    TWICE,
);
pub(super) const LEVETIRACETAM: Drug =
    drug("レベチラセタム錠500mg", "1139010F2020", TABLET, 1.0, TWICE);
pub(super) const LITHIUM: Drug = drug("炭酸リチウム錠200mg", "1179017F2027", TABLET, 1.0, THRICE);
pub(super) const THEOPHYLLINE: Drug = drug(
    "テオフィリン徐放錠200mg",
    "2251001F3028",
    TABLET,
    1.0,
    TWICE,
);
pub(super) const LEVODOPA: Drug = drug(
    "レボドパ・カルビドパ配合錠L100",
    "1169101F1090",
    TABLET,
    1.0,
    THRICE,
);
pub(super) const BROTIZOLAM: Drug =
    drug("ブロチゾラム錠0.25mg", "1124009F1096", TABLET, 1.0, BEDTIME);
pub(super) const ETIZOLAM: Drug = drug("エチゾラム錠0.5mg", "1179025F1077", TABLET, 1.0, THRICE);
pub(super) const LANSOPRAZOLE: Drug = drug(
    "ランソプラゾールOD錠15mg",
    "2329023F1020",
    TABLET,
    1.0,
    MORNING,
);
pub(super) const MAGNESIUM: Drug = drug(
    "酸化マグネシウム錠330mg",
    "2344009F2031",
    TABLET,
    1.0,
    THRICE,
);
pub(super) const CALCIUM_CARBONATE: Drug = drug(
    "沈降炭酸カルシウム錠500mg",
    "2190024F2020",
    TABLET,
    2.0,
    THRICE,
);
pub(super) const AMOXICILLIN_CHILD: Drug =
    drug("アモキシシリン細粒10%", "6131001C1210", GRAM, 2.0, THRICE);
pub(super) const MONTELUKAST_CHILD: Drug = drug(
    "モンテルカストチュアブル錠5mg",
    "4490026F1028",
    TABLET,
    1.0,
    BEDTIME,
);
pub(super) const SALMETEROL: Drug = drug(
    "サルメテロール・フルチカゾン吸入",
    "2290800G1033",
    PUFF,
    1.0,
    ("1日2回 吸入", 2),
);
pub(super) const LEVOFLOXACIN: Drug = drug(
    "レボフロキサシン錠500mg",
    "6241013F3020",
    TABLET,
    1.0,
    MORNING,
);
pub(super) const ACETAMINOPHEN: Drug = drug(
    "アセトアミノフェン錠500mg",
    "1141007F3020",
    TABLET,
    1.0,
    THRICE,
);
pub(super) const LOXOPROFEN_TABLET: Drug = drug(
    "ロキソプロフェンナトリウム錠60mg",
    "1149019F1560",
    TABLET,
    1.0,
    THRICE,
);
pub(super) const IRON: Drug = drug(
    "クエン酸第一鉄ナトリウム錠50mg",
    "3222013F1025",
    TABLET,
    2.0,
    MORNING,
);
pub(super) const DONEPEZIL: Drug = drug(
    "ドネペジル塩酸塩OD錠5mg",
    "1190012F4025",
    TABLET,
    1.0,
    MORNING,
);

pub(super) const HOT_RIVAROXABAN: Drug = hot("リバーロキサバンOD錠１０ｍｇ", "128901501", MORNING);
pub(super) const HOT_DIGOXIN: Drug = hot("ジゴキシン錠０．１２５ｍｇ", "103852303", MORNING);
pub(super) const HOT_ATORVASTATIN: Drug = hot("アトルバスタチン錠１０ｍｇ", "114285201", EVENING);
/// A mixture made up in the pharmacy, without any code.
pub(super) const MIXTURE: Drug = Drug {
    name: "【院内製剤】プレドニゾロン・ヘパリン類似物質混合軟膏 1:3",
    yj: "",
    hot: "",
    unit: GRAM,
    dose: 1.0,
    usage: "1日2回 患部に塗布",
    times: 2,
};

impl Drug {
    /// The drug as a concept: YJ, HOT9, or the dummy of what has no code.
    pub(super) fn concept(&self) -> Value {
        let coding = if !self.yj.is_empty() {
            json!([{"system": systems::YJ, "code": self.yj, "display": self.name}])
        } else if !self.hot.is_empty() {
            json!([{"system": systems::HOT9, "code": self.hot, "display": self.name}])
        } else {
            json!([{"system": systems::NOCODED, "code": "NOCODED", "display": "標準コードなし"}])
        };
        json!({"coding": coding, "text": self.name})
    }
}
