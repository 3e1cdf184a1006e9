//! Words of drugs: groups, classes, supply.

use crate::domain::section::Language;

/// Classes of drugs that are called out (B7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// 抗血栓薬
    Antithrombotic,
    /// インスリン
    Insulin,
    /// SGLT2阻害薬
    Sglt2,
    /// ビグアナイド
    Biguanide,
    /// 血糖降下薬
    Hypoglycaemic,
    /// ステロイド
    Steroid,
    /// 免疫抑制薬
    Immunosuppressant,
    /// 抗悪性腫瘍薬
    Antineoplastic,
    /// 抗不整脈薬
    Antiarrhythmic,
    /// β遮断薬
    BetaBlocker,
    /// ジギタリス
    Digitalis,
    /// 抗てんかん薬
    Antiepileptic,
    /// オピオイド
    Opioid,
    /// ベンゾジアゼピン系
    Benzodiazepine,
    /// リチウム
    Lithium,
    /// テオフィリン
    Theophylline,
    /// 抗パーキンソン薬
    AntiParkinson,
}

/// Words of drugs.
#[derive(Debug)]
pub struct DrugWords {
    /// The word for a class.
    pub class: fn(Class) -> &'static str,
    /// Supply reaches today or later.
    pub current: &'static str,
    /// Supply ended.
    pub ended: &'static str,
    /// External use and as needed.
    pub external: &'static str,
    /// Duration not known, injections among them.
    pub unknown: &'static str,
    /// Prescribed, not dispensed.
    pub undispensed: &'static str,
    /// A drug that nobody named.
    pub unnamed: &'static str,
    /// Dispensed to last until a day.
    pub dispensed_until: fn(&str) -> String,
    /// Prescribed to last until a day.
    pub prescribed_until: fn(&str) -> String,
    /// Prescribed to last until a day, not dispensed.
    pub undispensed_until: fn(&str) -> String,
    /// Stated to last until a day.
    pub stated_until: fn(&str) -> String,
    /// With undispensed refills at the longest until a day.
    pub longest: fn(&str) -> String,
    /// The day of dispensing where no duration is known.
    pub dispensed_on: fn(&str) -> String,
    /// The day of prescribing where no duration is known.
    pub prescribed_on: fn(&str) -> String,
    /// The day it was stated where no duration is known.
    pub stated_on: fn(&str) -> String,
    /// The day of an injection.
    pub injected_on: fn(&str) -> String,
    /// Neither day nor duration.
    pub day_unknown: &'static str,
    /// Days' supply.
    pub days: fn(u32) -> String,
    /// Times, for as-needed and external drugs: amount handed out.
    pub amount: fn(&str) -> String,
    /// As needed.
    pub as_needed: &'static str,
    /// As needed, what for.
    pub as_needed_for: fn(&str) -> String,
    /// Dose per day.
    pub daily: fn(&str) -> String,
    /// The same ingredient in so many rows.
    pub same_ingredient: fn(usize) -> String,
    /// The pharmacy.
    pub pharmacy: fn(&str) -> String,
    /// Note.
    pub note: fn(&str) -> String,
    /// Why it was stopped.
    pub stopped_because: fn(&str) -> String,
    /// The word for a status that is not "valid"; `None` for `active` and `completed`.
    pub status: fn(&str) -> Option<&'static str>,
    /// A status that is not in the value set, as sent.
    pub status_as_sent: fn(&str) -> String,
    /// `proposal`, `plan`, `option`: not an order.
    pub not_an_order: &'static str,
    /// A field of the row could not be read.
    pub field_unreadable: &'static str,
    /// What the list never knows.
    pub intake_unknown: &'static str,
    /// Claims come late.
    pub claims_late: &'static str,
    /// So many rows could not be classified.
    pub unclassified: fn(usize) -> String,
}

/// The words in `language`.
#[must_use]
pub const fn words(language: Language) -> &'static DrugWords {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

const JA: DrugWords = DrugWords {
    class: |class| match class {
        Class::Antithrombotic => "抗血栓薬",
        Class::Insulin => "インスリン",
        Class::Sglt2 => "SGLT2阻害薬",
        Class::Biguanide => "ビグアナイド薬",
        Class::Hypoglycaemic => "血糖降下薬",
        Class::Steroid => "ステロイド",
        Class::Immunosuppressant => "免疫抑制薬",
        Class::Antineoplastic => "抗悪性腫瘍薬",
        Class::Antiarrhythmic => "抗不整脈薬",
        Class::BetaBlocker => "β遮断薬",
        Class::Digitalis => "ジギタリス",
        Class::Antiepileptic => "抗てんかん薬",
        Class::Opioid => "オピオイド",
        Class::Benzodiazepine => "ベンゾジアゼピン系",
        Class::Lithium => "リチウム",
        Class::Theophylline => "テオフィリン",
        Class::AntiParkinson => "抗パーキンソン薬",
    },
    current: "手持ちがある見込み",
    ended: "最近終了",
    external: "外用・頓用",
    unknown: "期間不明・注射",
    undispensed: "未調剤",
    unnamed: "薬剤名の記載なし",
    dispensed_until: |day| format!("{day}分まで調剤"),
    prescribed_until: |day| format!("{day}分まで処方"),
    undispensed_until: |day| format!("{day}分まで処方（未調剤）"),
    stated_until: |day| format!("{day}分までの記載"),
    longest: |day| format!("最長{day}分まで（未調剤分を含む）"),
    dispensed_on: |day| format!("{day} 調剤（日数不明）"),
    prescribed_on: |day| format!("{day} 処方（日数不明）"),
    stated_on: |day| format!("{day} 記載（日数不明）"),
    injected_on: |day| format!("{day} 注射・点滴"),
    day_unknown: "日付・日数不明",
    days: |days| format!("{days}日分"),
    amount: |amount| format!("総量 {amount}"),
    as_needed: "頓用",
    as_needed_for: |what| format!("頓用：{what}"),
    daily: |dose| format!("1日 {dose}"),
    same_ingredient: |count| format!("同成分 {count}件"),
    pharmacy: |name| format!("調剤：{name}"),
    note: |words| format!("備考：{words}"),
    stopped_because: |why| format!("理由：{why}"),
    status: |status| match status {
        "cancelled" => Some("取消"),
        "stopped" => Some("中止"),
        "on-hold" => Some("一時中止"),
        "draft" => Some("下書き（未確定）"),
        "declined" => Some("調剤せず"),
        "not-taken" => Some("服用せず（記載）"),
        "preparation" => Some("調剤準備中"),
        "in-progress" => Some("調剤中"),
        "intended" => Some("予定"),
        "unknown" => Some("状態不明"),
        _ => None,
    },
    status_as_sent: |code| format!("状態コード「{code}」"),
    not_an_order: "処方ではない（案・予定）",
    field_unreadable: "一部読み取れず",
    intake_unknown: "実際の服用・最終服用時刻は不明",
    claims_late: "レセプト由来は約1.5か月遅れ。直近は電子処方箋参加施設のみ",
    unclassified: |count| format!("薬効分類できず {count}件"),
};

const EN: DrugWords = DrugWords {
    class: |class| match class {
        Class::Antithrombotic => "antithrombotic",
        Class::Insulin => "insulin",
        Class::Sglt2 => "SGLT2 inhibitor",
        Class::Biguanide => "biguanide",
        Class::Hypoglycaemic => "hypoglycaemic",
        Class::Steroid => "steroid",
        Class::Immunosuppressant => "immunosuppressant",
        Class::Antineoplastic => "antineoplastic",
        Class::Antiarrhythmic => "antiarrhythmic",
        Class::BetaBlocker => "beta blocker",
        Class::Digitalis => "digitalis",
        Class::Antiepileptic => "antiepileptic",
        Class::Opioid => "opioid",
        Class::Benzodiazepine => "benzodiazepine",
        Class::Lithium => "lithium",
        Class::Theophylline => "theophylline",
        Class::AntiParkinson => "anti-Parkinson drug",
    },
    current: "supply not yet used up",
    ended: "recently ended",
    external: "external or as needed",
    unknown: "duration unknown, injections",
    undispensed: "not dispensed",
    unnamed: "drug not named",
    dispensed_until: |day| format!("dispensed to last until {day}"),
    prescribed_until: |day| format!("prescribed to last until {day}"),
    undispensed_until: |day| format!("prescribed to last until {day} (not dispensed)"),
    stated_until: |day| format!("stated to last until {day}"),
    longest: |day| format!("at the longest until {day} (with what is not yet dispensed)"),
    dispensed_on: |day| format!("dispensed {day} (days unknown)"),
    prescribed_on: |day| format!("prescribed {day} (days unknown)"),
    stated_on: |day| format!("stated {day} (days unknown)"),
    injected_on: |day| format!("injection or infusion {day}"),
    day_unknown: "day and duration unknown",
    days: |days| format!("{days} days' supply"),
    amount: |amount| format!("amount {amount}"),
    as_needed: "as needed",
    as_needed_for: |what| format!("as needed: {what}"),
    daily: |dose| format!("{dose} a day"),
    same_ingredient: |count| format!("same ingredient: {count} rows"),
    pharmacy: |name| format!("dispensed by {name}"),
    note: |words| format!("note: {words}"),
    stopped_because: |why| format!("because: {why}"),
    status: |status| match status {
        "cancelled" => Some("cancelled"),
        "stopped" => Some("stopped"),
        "on-hold" => Some("on hold"),
        "draft" => Some("draft"),
        "declined" => Some("declined"),
        "not-taken" => Some("stated as not taken"),
        "preparation" => Some("in preparation"),
        "in-progress" => Some("being dispensed"),
        "intended" => Some("intended"),
        "unknown" => Some("status unknown"),
        _ => None,
    },
    status_as_sent: |code| format!("status code \"{code}\""),
    not_an_order: "not an order (proposal or plan)",
    field_unreadable: "partly unreadable",
    intake_unknown: "Whether and when last taken is not known",
    claims_late: "Rows from claims come about 1.5 months late; the latest only from sites with e-prescriptions",
    unclassified: |count| format!("{count} could not be classified"),
};
