//! Words of laboratory and infection results.

use crate::domain::section::Language;

/// The words of one language; a missing one does not compile.
#[derive(Debug)]
pub struct Labs {
    /// 血算
    pub blood_count: &'static str,
    /// 凝固
    pub coagulation: &'static str,
    /// 腎・電解質
    pub renal: &'static str,
    /// 肝
    pub liver: &'static str,
    /// 心
    pub heart: &'static str,
    /// 炎症
    pub inflammation: &'static str,
    /// 糖
    pub glucose: &'static str,
    /// 脂質
    pub lipids: &'static str,
    /// 尿
    pub urine: &'static str,
    /// 血液型
    pub blood_group: &'static str,
    /// その他
    pub other: &'static str,
    /// `H`
    pub high: &'static str,
    /// `HH`, `HU`
    pub very_high: &'static str,
    /// `L`
    pub low: &'static str,
    /// `LL`, `LU`
    pub very_low: &'static str,
    /// `N`
    pub normal: &'static str,
    /// `A`
    pub abnormal: &'static str,
    /// `AA`
    pub very_abnormal: &'static str,
    /// `POS`, and 1 of `JP_PosNegHold_CS`
    pub positive: &'static str,
    /// `NEG`, and 2 of `JP_PosNegHold_CS`
    pub negative: &'static str,
    /// `IND`, and 3 of `JP_PosNegHold_CS`
    pub held: &'static str,
    /// `E`
    pub equivocal: &'static str,
    /// `U`
    pub rising: &'static str,
    /// `D`
    pub falling: &'static str,
    /// `B`
    pub better: &'static str,
    /// `W`
    pub worse: &'static str,
    /// `S`
    pub susceptible: &'static str,
    /// `R`
    pub resistant: &'static str,
    /// `I`
    pub intermediate: &'static str,
    /// An interpretation that is not known, before its code.
    pub interpretation: &'static str,
    /// `<`: below what can be measured.
    pub off_scale_low: &'static str,
    /// `>`: above what can be measured.
    pub off_scale_high: &'static str,
    /// `DET`
    pub detected: &'static str,
    /// `ND`
    pub not_detected: &'static str,
    /// `RR`
    pub reactive: &'static str,
    /// `NR`
    pub non_reactive: &'static str,
    /// `WR`
    pub weakly_reactive: &'static str,
    /// Behind a flag that was computed from the sender's own range.
    pub computed: &'static str,
    /// The value lies inside the sender's own range.
    pub inside_range: &'static str,
    /// Neither flag nor range was sent.
    pub range_unknown: &'static str,
    /// A range was sent that the value cannot be compared with.
    pub range_not_comparable: &'static str,
    /// Before the sender's range.
    pub range: &'static str,
    /// Before a range that treatment aims at.
    pub therapeutic_range: &'static str,
    /// Before a range that is recommended.
    pub recommended_range: &'static str,
    /// Before the sender's word for a range of another kind.
    pub other_range: &'static str,
    /// For whom a range is meant.
    pub for_whom: fn(&str) -> String,
    /// Men.
    pub men: &'static str,
    /// Women.
    pub women: &'static str,
    /// Behind an age in years.
    pub years_old: &'static str,
    /// For whom a range is meant was sent and could not be read.
    pub unclear_whom: &'static str,
    /// The sender's flag and the sender's range say different things.
    pub flag_disagrees: &'static str,
    /// `preliminary`
    pub interim: &'static str,
    /// `registered`
    pub pending: &'static str,
    /// `cancelled`
    pub not_done: &'static str,
    /// `amended`, `corrected`
    pub corrected: &'static str,
    /// A status that is missing or not known.
    pub status_unknown: &'static str,
    /// No value, with no reason given.
    pub no_value: &'static str,
    /// The value could not be read.
    pub unreadable: &'static str,
    /// No unit was sent.
    pub no_unit: &'static str,
    /// The unit does not fit the test.
    pub check_unit: &'static str,
    /// Rows of the same test in another unit stand beside this one.
    pub other_unit: &'static str,
    /// Both a value and a reason for its absence were sent.
    pub contradictory: &'static str,
    /// The sender's words and the sender's code say different things: words, then code.
    pub code_says: fn(&str, &str) -> String,
    /// Before an older value.
    pub previous: &'static str,
    /// Older values that are not listed one by one, and how many of them are dangerous.
    pub more_before: fn(usize, usize) -> String,
    /// Before the name that the sender uses.
    pub sent_as: &'static str,
    /// B10.
    pub blood_group_note: &'static str,
    /// B10, beside the item.
    pub blood_group_tag: &'static str,
    /// Blood groups of one patient that differ.
    pub blood_groups_differ: &'static str,
    /// The mark of an eGFR that was computed here.
    pub estimated: &'static str,
    /// From which creatinine and when: value, date.
    pub estimated_from: fn(&str, &str) -> String,
    /// When an estimated GFR means nothing.
    pub estimated_limits: &'static str,
    /// The trend in words: how many values, the first and the last with their days, the least and
    /// the greatest.
    pub trend: fn(usize, &str, &str, &str, &str) -> String,
    /// The date is the day of the report: that of the sample was not sent.
    pub day_of_report: &'static str,
    /// What stands for a result that only gathers others.
    pub gathers: fn(usize) -> String,
    /// What the section of laboratory results leaves out.
    pub window_note: &'static str,
    /// B13: what the shared records do not carry.
    pub infections_note: &'static str,
    /// B13: nothing is derived from numbers.
    pub infections_numbers_note: &'static str,
    /// B13: the sender does not say what was looked for.
    pub target_unknown: &'static str,
    /// The window does not apply: the sender keeps it for long.
    pub long_term: &'static str,
}

/// The words of a language.
#[must_use]
pub const fn labs(language: Language) -> &'static Labs {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

const JA: Labs = Labs {
    blood_count: "血算",
    coagulation: "凝固",
    renal: "腎・電解質",
    liver: "肝",
    heart: "心",
    inflammation: "炎症",
    glucose: "糖",
    lipids: "脂質",
    urine: "尿",
    blood_group: "血液型",
    other: "その他",
    high: "高値",
    very_high: "異常高値",
    low: "低値",
    very_low: "異常低値",
    normal: "基準範囲内",
    abnormal: "異常",
    very_abnormal: "重大な異常",
    positive: "陽性",
    negative: "陰性",
    held: "判定保留",
    equivocal: "判定不能",
    rising: "上昇",
    falling: "低下",
    better: "改善",
    worse: "悪化",
    susceptible: "感性",
    resistant: "耐性",
    intermediate: "中間",
    interpretation: "判定",
    off_scale_low: "測定下限未満",
    off_scale_high: "測定上限超過",
    detected: "検出",
    not_detected: "検出せず",
    reactive: "反応あり",
    non_reactive: "反応なし",
    weakly_reactive: "弱反応",
    computed: "（基準範囲より計算）",
    inside_range: "基準範囲内",
    range_unknown: "基準範囲不明",
    range_not_comparable: "基準範囲と比較できず",
    range: "基準",
    therapeutic_range: "治療域",
    recommended_range: "推奨範囲",
    other_range: "範囲",
    for_whom: |whom| format!("（{whom}）"),
    men: "男性",
    women: "女性",
    years_old: "歳",
    unclear_whom: "対象不明",
    flag_disagrees: "送信元の判定と基準範囲が不一致",
    interim: "中間報告",
    pending: "結果未着",
    not_done: "未実施",
    corrected: "訂正済",
    status_unknown: "状態不明",
    no_value: "結果なし",
    unreadable: "値を読めません",
    no_unit: "単位なし",
    check_unit: "単位要確認",
    other_unit: "単位の異なる結果あり",
    contradictory: "値と欠測理由の両方あり",
    code_says: |sent, code| format!("{sent}（コードは{code}・要確認）"),
    previous: "前回",
    more_before: |n, urgent| match urgent {
        0 => format!("ほか過去{n}件"),
        _ => format!("ほか過去{n}件（うち異常高値・低値{urgent}件）"),
    },
    sent_as: "送信元の名称",
    blood_group_note: "血液型は参考（他院結果）。輸血には必ず当院で検査",
    blood_group_tag: "参考（他院結果）。輸血には必ず当院で検査",
    blood_groups_differ: "不一致（血液型の異なる記録あり）",
    estimated: "推算",
    estimated_from: |value, date| format!("Cr {value}（{date}）から計算"),
    estimated_limits: "急性腎障害・透析では当てになりません",
    trend: |n, first, last, least, most| {
        format!("推移{n}件：{first} から {last}、最小 {least}、最大 {most}")
    },
    day_of_report: "採取日不明（報告日）",
    gathers: |n| format!("内訳{n}件"),
    window_note: "検査は1年以内または直近3回",
    infections_note: "結核・MRSA・COVID-19等は対象外",
    infections_numbers_note: "数値は送信元の値のまま。陽性・陰性の判定は加えていません",
    target_unknown: "抗原・抗体・核酸の別は不明",
    long_term: "長期保存",
};

const EN: Labs = Labs {
    blood_count: "Blood count",
    coagulation: "Coagulation",
    renal: "Renal, electrolytes",
    liver: "Liver",
    heart: "Heart",
    inflammation: "Inflammation",
    glucose: "Glucose",
    lipids: "Lipids",
    urine: "Urine",
    blood_group: "Blood group",
    other: "Other",
    high: "high",
    very_high: "critically high",
    low: "low",
    very_low: "critically low",
    normal: "in range",
    abnormal: "abnormal",
    very_abnormal: "critically abnormal",
    positive: "positive",
    negative: "negative",
    held: "judgement withheld",
    equivocal: "equivocal",
    rising: "rising",
    falling: "falling",
    better: "better",
    worse: "worse",
    susceptible: "susceptible",
    resistant: "resistant",
    intermediate: "intermediate",
    interpretation: "interpretation",
    off_scale_low: "below the measuring range",
    off_scale_high: "above the measuring range",
    detected: "detected",
    not_detected: "not detected",
    reactive: "reactive",
    non_reactive: "non-reactive",
    weakly_reactive: "weakly reactive",
    computed: " (computed from the sender's range)",
    inside_range: "in range",
    range_unknown: "range unknown",
    range_not_comparable: "not comparable with the range",
    range: "range",
    therapeutic_range: "therapeutic range",
    recommended_range: "recommended range",
    other_range: "range",
    for_whom: |whom| format!(" ({whom})"),
    men: "men",
    women: "women",
    years_old: " years",
    unclear_whom: "for whom is unclear",
    flag_disagrees: "the sender's flag and range disagree",
    interim: "preliminary",
    pending: "result pending",
    not_done: "not done",
    corrected: "corrected",
    status_unknown: "status unknown",
    no_value: "no result",
    unreadable: "value not readable",
    no_unit: "no unit",
    check_unit: "check unit",
    other_unit: "also reported in another unit",
    contradictory: "both a value and a reason for its absence",
    code_says: |sent, code| format!("{sent} (its code says {code}: check)"),
    previous: "before",
    more_before: |n, urgent| match urgent {
        0 => format!("{n} more before"),
        _ => format!("{n} more before ({urgent} critical)"),
    },
    sent_as: "sent as",
    blood_group_note: "Blood group is for reference (another hospital's result). Always test here before transfusion",
    blood_group_tag: "for reference (another hospital's result); always test here before transfusion",
    blood_groups_differ: "blood groups on record differ",
    estimated: "estimated here",
    estimated_from: |value, date| format!("from Cr {value} of {date}"),
    estimated_limits: "not reliable in acute kidney injury or dialysis",
    trend: |n, first, last, least, most| {
        format!("trend of {n}: {first} to {last}, least {least}, greatest {most}")
    },
    day_of_report: "day of sampling unknown (day of report)",
    gathers: |n| format!("{n} parts"),
    window_note: "Laboratory results: within 1 year, or the last 3",
    infections_note: "Tuberculosis, MRSA, COVID-19 and others are not covered",
    infections_numbers_note: "Numbers are as sent; nothing is judged positive or negative here",
    target_unknown: "antigen, antibody or nucleic acid not stated",
    long_term: "kept long-term",
};

/// Words for a FHIR `data-absent-reason` code; `None` for a code that is not of that list.
#[must_use]
pub fn absent_reason(language: Language, code: &str) -> Option<&'static str> {
    let (ja, en) = match code {
        "unknown" => ("不明", "unknown"),
        "asked-unknown" => ("聴取したが不明", "asked but unknown"),
        "temp-unknown" => ("一時的に不明", "temporarily unknown"),
        "not-asked" => ("未聴取", "not asked"),
        "asked-declined" => ("本人が回答せず", "asked but declined"),
        "masked" => ("非開示", "masked"),
        "not-applicable" => ("該当せず", "not applicable"),
        "unsupported" => ("送信元が対応せず", "unsupported"),
        "as-text" => ("文章のみ", "as text"),
        "error" => ("測定エラー", "error"),
        "not-a-number" | "negative-infinity" | "positive-infinity" => {
            ("数値にならず", "not a number")
        }
        "not-performed" => ("未実施", "not performed"),
        "not-permitted" => ("許可なし", "not permitted"),
        _ => return None,
    };
    Some(match language {
        Language::Ja => ja,
        Language::En => en,
    })
}
