//! Patient number N for any N: the same number on the same day gives the same patient, whatever
//! machine makes it.

use chrono::NaiveDate;

use crate::domain::{
    patient::{MemberNumber, Sex},
    section::SourceName,
};

use super::{
    Chart, DemoPatient,
    chart::with,
    claim::{self, procedure, visit},
    drug,
    emr::{self, Disease, allergy, problem, reacted},
    lab::{self, lab, rounded},
    person::Birth,
    place::{self, Facility, Place},
    supply::rx,
};

/// 保険者番号 of every generated patient.
pub const GENERATED_INSURER: &str = "06999999";
/// 記号 of every generated patient.
pub const GENERATED_SYMBOL: &str = "999";
/// 枝番 of every generated patient.
const BRANCH: &str = "00";

const FAMILIES: [(&str, &str); 16] = [
    ("青砥", "アオト"),
    ("鵜飼", "ウカイ"),
    ("江波戸", "エバト"),
    ("鏡味", "カガミ"),
    ("雉本", "キジモト"),
    ("雲居", "クモイ"),
    ("小檜山", "コヒヤマ"),
    ("鮫島", "サメジマ"),
    ("珠洲", "スズ"),
    ("滝ノ上", "タキノウエ"),
    ("椿原", "ツバキハラ"),
    ("鳥海", "トリウミ"),
    ("蓮沼", "ハスヌマ"),
    ("深水", "フカミズ"),
    ("水窪", "ミサクボ"),
    ("連城", "レンジョウ"),
];
const MEN: [(&str, &str); 8] = [
    ("岳", "ガク"),
    ("敬吾", "ケイゴ"),
    ("慎平", "シンペイ"),
    ("大樹", "ダイキ"),
    ("紀之", "ノリユキ"),
    ("光彦", "ミツヒコ"),
    ("泰成", "ヤスナリ"),
    ("凌", "リョウ"),
];
const WOMEN: [(&str, &str); 8] = [
    ("彩乃", "アヤノ"),
    ("佳代", "カヨ"),
    ("早苗", "サナエ"),
    ("千尋", "チヒロ"),
    ("奈津", "ナツ"),
    ("文香", "フミカ"),
    ("美和", "ミワ"),
    ("律子", "リツコ"),
];
const TOWNS: [[&str; 2]; 6] = [
    ["東京都", "日見市"],
    ["神奈川県", "相見原市"],
    ["埼玉県", "川見市"],
    ["千葉県", "船見市"],
    ["大阪府", "堺見市"],
    ["福岡県", "久見市"],
];
const PLACES: [Place; 5] = [
    place::GENERAL,
    place::HEART,
    place::HOSPITAL_GENERAL,
    place::DIABETES,
    place::BRAIN,
];
const PHARMACIES: [Facility; 3] = [place::KOTORI, place::HOSHIZORA, place::MARUTAKE];
const DRUGS: [drug::Drug; 20] = [
    drug::WARFARIN_1,
    drug::APIXABAN,
    drug::ASPIRIN_100,
    drug::AMLODIPINE,
    drug::CANDESARTAN,
    drug::BISOPROLOL,
    drug::FUROSEMIDE,
    drug::ROSUVASTATIN,
    drug::METFORMIN,
    drug::EMPAGLIFLOZIN,
    drug::GLARGINE,
    drug::PREDNISOLONE,
    drug::LEVETIRACETAM,
    drug::BROTIZOLAM,
    drug::LANSOPRAZOLE,
    drug::MAGNESIUM,
    drug::THEOPHYLLINE,
    drug::HOT_ATORVASTATIN,
    drug::ACETAMINOPHEN,
    drug::MIXTURE,
];
const AGENTS: [emr::Agent; 8] = [
    emr::PENICILLIN,
    emr::CEFACLOR,
    emr::IODINE_CONTRAST,
    emr::LOXOPROFEN,
    emr::SULFA,
    emr::BUCKWHEAT,
    emr::MACKEREL,
    emr::LATEX,
];
const DISEASES: [Disease; 8] = [
    Disease("高血圧症", "20061841", "I10"),
    Disease("脂質異常症", "20057450", "E785"),
    Disease("2型糖尿病", "20075163", "E119"),
    Disease("心房細動", "20059932", "I48"),
    Disease("慢性腎臓病", "20096100", "N189"),
    Disease("変形性膝関節症", "20063300", "M179"),
    Disease("逆流性食道炎", "20055710", "K210"),
    Disease("不眠症の増悪", "99999999", "G470"),
];

/// A stream of numbers that depends on nothing but its seed (`SplitMix64`, Steele et al. 2014).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or_default()
    }

    /// One of `all`, which is never empty here.
    fn one_of<T: Copy>(&mut self, all: &[T], otherwise: T) -> T {
        let index = self.below(u32::try_from(all.len()).unwrap_or(1));
        usize::try_from(index)
            .ok()
            .and_then(|index| all.get(index))
            .copied()
            .unwrap_or(otherwise)
    }
}

/// Patient number `number` and everything the sources hold: between 0 and 400 clinical resources.
#[must_use]
pub fn generated(number: u64, today: NaiveDate) -> Chart {
    let mut draw = Draw(number ^ 0x00E5_CA1A_DE00_0000);
    let mut chart = Chart::empty(
        person(number, &mut draw, today),
        format!("g{number}"),
        today,
    );
    let wanted = match draw.below(10) {
        0 => 0,
        1..=5 => 5 + draw.below(36),
        6..=8 => 40 + draw.below(81),
        _ => 120 + draw.below(281),
    };
    let labs = wanted / 2;
    let visits = wanted / 8;
    let supplies = wanted / 10;
    let claimed = wanted / 20;
    for _ in 0..labs {
        write_lab(&mut chart, &mut draw);
    }
    for _ in 0..visits {
        write_visit(&mut chart, &mut draw);
    }
    for _ in 0..supplies {
        write_supply(&mut chart, &mut draw);
    }
    for _ in 0..claimed {
        let (drug, place) = prescription(&mut draw);
        let days = 45 + draw.below(400);
        chart.claimed_drug(&rx(drug, place, place::KOTORI, 28), u64::from(days));
    }
    for _ in 0..wanted.saturating_sub(labs + visits + 2 * supplies + claimed) {
        write_fact(&mut chart, &mut draw);
    }
    chart
}

/// The number of the generated patient that a member number belongs to.
#[must_use]
pub fn generated_number(member: &MemberNumber) -> Option<u64> {
    let number: u64 = member.number.parse().ok()?;
    (MemberNumber::new(GENERATED_INSURER, GENERATED_SYMBOL, &digits(number), BRANCH)?
        .same_household(member)
        && (member.branch.is_empty() || member.branch == BRANCH))
        .then_some(number)
}

/// 番号 of patient `number`: at least seven digits.
fn digits(number: u64) -> String {
    format!("{number:07}")
}

fn person(number: u64, draw: &mut Draw, today: NaiveDate) -> DemoPatient {
    let (sex, given) = if draw.below(2) == 0 {
        (Sex::Male, draw.one_of(&MEN, ("岳", "ガク")))
    } else {
        (Sex::Female, draw.one_of(&WOMEN, ("美和", "ミワ")))
    };
    let family = draw.one_of(&FAMILIES, ("青砥", "アオト"));
    let town = draw.one_of(&TOWNS, ["東京都", "日見市"]);
    let birth = Birth::Ago(1 + draw.below(98), u64::from(draw.below(365)));
    DemoPatient {
        name: format!("{} {}", family.0, given.0),
        kana: format!("{} {}", family.1, given.1),
        usual_name: None,
        birth_date: birth.date(today),
        birth_rule: birth.rule(),
        sex,
        address: format!(
            "{}中原{}-{}",
            town.concat(),
            1 + draw.below(9),
            1 + draw.below(30)
        ),
        town: town.map(str::to_owned),
        telephone: "090-0000-0000".to_owned(),
        contact: None,
        death: None,
        public_payer: false,
        insurer: GENERATED_INSURER.to_owned(),
        symbol: GENERATED_SYMBOL.to_owned(),
        number: digits(number),
        branch: BRANCH.to_owned(),
        story: format!("負荷試験用の患者{number}"),
        lines: Vec::new(),
    }
}

fn prescription(draw: &mut Draw) -> (drug::Drug, Place) {
    (
        draw.one_of(&DRUGS, drug::AMLODIPINE),
        draw.one_of(&PLACES, place::GENERAL),
    )
}

fn write_lab(chart: &mut Chart, draw: &mut Draw) {
    let item = draw.one_of(&lab::USUAL, lab::CRE);
    let place = draw.one_of(&PLACES, place::GENERAL);
    let days = draw.below(600);
    let (low, high) = item.range;
    let value = low + (high - low) * (f64::from(draw.below(150)) / 100.0 - 0.2);
    let result = lab(
        &place,
        &item,
        rounded(value.max(0.0), high),
        chart.ago(u64::from(days)),
    );
    chart.emr(result);
}

fn write_visit(chart: &mut Chart, draw: &mut Draw) {
    let place = draw.one_of(&PLACES, place::GENERAL);
    let day = chart.ago(45 + u64::from(draw.below(500)));
    if draw.below(4) == 0 {
        let deed = draw.one_of(&[claim::ECHO, claim::CT, claim::ENDOSCOPY], claim::CT);
        chart.claims(procedure(&place, deed, day));
    } else {
        chart.claims(visit(&place, day));
    }
}

fn write_supply(chart: &mut Chart, draw: &mut Draw) {
    let (drug, place) = prescription(draw);
    let pharmacy = draw.one_of(&PHARMACIES, place::KOTORI);
    let days = draw.one_of(&[7, 14, 28, 30, 60, 90], 28);
    let days_ago = u64::from(draw.below(100));
    chart.supplied(&rx(drug, place, pharmacy, days), days_ago);
}

fn write_fact(chart: &mut Chart, draw: &mut Draw) {
    let place = draw.one_of(&PLACES, place::GENERAL);
    let day = chart.ago(u64::from(draw.below(1500)));
    if draw.below(3) == 0 {
        let agent = draw.one_of(&AGENTS, emr::PENICILLIN);
        let reaction = draw
            .one_of(
                &[
                    reacted("high", "アナフィラキシー", "severe"),
                    reacted("low", "薬疹", "moderate"),
                ]
                .iter()
                .collect::<Vec<_>>(),
                &serde_json::Value::Null,
            )
            .clone();
        chart.add(
            SourceName::Emr,
            with(allergy(&place, &agent, day), reaction),
        );
    } else {
        let disease = draw.one_of(&DISEASES, Disease("高血圧症", "20061841", "I10"));
        chart.emr(problem(&place, disease, day, day));
    }
}
