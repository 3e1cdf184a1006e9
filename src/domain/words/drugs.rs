//! Words of drugs: groups, classes, supply.

use crate::domain::{medication::Act, section::Language};

/// Classes of drugs that are called out (B7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// 抗血栓薬
    Antithrombotic,
    /// インスリン
    Insulin,
    /// GLP-1受容体作動薬
    Glp1,
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
    /// ベンゾジアゼピン系と、同じ受容体に働くZ薬
    Benzodiazepine,
    /// リチウム
    Lithium,
    /// テオフィリン
    Theophylline,
    /// 抗パーキンソン薬
    AntiParkinson,
}

/// What makes a supply reach further than one fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// More was prescribed than was handed out: refills, divided dispensing.
    Undispensed,
    /// Days lie between the doses.
    NotDaily,
    /// Of the date only the month was sent.
    MonthOnly,
    /// Of the date only the year was sent.
    YearOnly,
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
    /// Ordered not to be given.
    pub not_to_give: &'static str,
    /// Cancelled, stopped, or never an order.
    pub void: &'static str,
    /// A drug that nobody named.
    pub unnamed: &'static str,
    /// Antithrombotics with one of the other headings.
    pub antithrombotic: fn(&str) -> String,
    /// Dispensed, prescribed, prescribed and not dispensed, or stated to last until a day.
    pub until: fn(Act, bool, &str) -> String,
    /// With what makes it so, at the longest until a day.
    pub longest: fn(&str, &[Why]) -> String,
    /// The day of dispensing, prescribing or stating.
    pub on: fn(Act, &str) -> String,
    /// The same where no duration is known.
    pub on_unknown: fn(Act, &str) -> String,
    /// The day of an injection: given, prescribed or dispensed; never an end.
    pub injection: fn(Act, &str) -> String,
    /// Neither day nor duration.
    pub day_unknown: &'static str,
    /// Days are known, the first is not.
    pub date_unknown: &'static str,
    /// The date of what does not stand.
    pub dated: fn(&str) -> String,
    /// It begins after today.
    pub begins: fn(&str) -> String,
    /// The date of the record lies after today.
    pub future: &'static str,
    /// Not taken every day.
    pub not_daily: &'static str,
    /// 漸増, 漸減.
    pub stepwise: &'static str,
    /// Steps that do not say for how long.
    pub steps_unclear: &'static str,
    /// The number of a step, and its days.
    pub step: fn(usize, Option<u32>) -> String,
    /// Days' supply.
    pub days: fn(u32) -> String,
    /// Doses of a drug taken as needed.
    pub doses: fn(u32) -> String,
    /// For as-needed and external drugs: amount handed out.
    pub amount: fn(&str) -> String,
    /// A number without its unit.
    pub without_unit: fn(&str) -> String,
    /// What a mixture holds besides what its name says.
    pub mixed_with: fn(&str, &[String]) -> String,
    /// The ingredients of a drug under a name of its own.
    pub ingredients: fn(&str) -> String,
    /// As needed.
    pub as_needed: &'static str,
    /// As needed, what for.
    pub as_needed_for: fn(&str) -> String,
    /// Dose at one time.
    pub per_dose: fn(&str) -> String,
    /// Dose per day.
    pub daily: fn(&str) -> String,
    /// The same ingredient in so many rows.
    pub same_ingredient: fn(usize) -> String,
    /// What the row's source is where it is a claim.
    pub claimed: &'static str,
    /// Prescribed for so many days, of them so many dispensed.
    pub part: fn(u32, u32) -> String,
    /// What was prescribed, where the dispensed product has another name.
    pub prescribed_as: fn(&str) -> String,
    /// Another product was dispensed for the same line of the prescription.
    pub changed: &'static str,
    /// That product.
    pub dispensed_as: fn(&str) -> String,
    /// The same prescription, the same ingredient, another product dispensed.
    pub maybe_changed: &'static str,
    /// Instruction to the pharmacy, or kind of dispensing.
    pub dispensing: fn(&str) -> String,
    /// A code that has not the form of its system.
    pub malformed: fn(&str) -> String,
    /// The row could not be classified.
    pub of_unknown_class: &'static str,
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
        Class::Glp1 => "GLP-1受容体作動薬",
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
        Class::Benzodiazepine => "ベンゾジアゼピン系・Z薬",
        Class::Lithium => "リチウム",
        Class::Theophylline => "テオフィリン",
        Class::AntiParkinson => "抗パーキンソン薬",
    },
    current: "手持ちがある見込み",
    ended: "最近終了",
    external: "外用・頓用",
    unknown: "期間不明・注射",
    undispensed: "未調剤",
    not_to_give: "投与しない指示",
    void: "取消・中止・未確定",
    unnamed: "薬剤名の記載なし",
    antithrombotic: |heading| format!("抗血栓薬：{heading}"),
    until: |act, undispensed, day| match act {
        Act::Dispensed => format!("{day}分まで調剤"),
        Act::Prescribed if undispensed => format!("{day}分まで処方（未調剤）"),
        Act::Prescribed => format!("{day}分まで処方"),
        Act::Stated => format!("{day}分までの記載"),
    },
    longest: |day, why| {
        let why: Vec<&str> = why
            .iter()
            .map(|why| match why {
                Why::Undispensed => "未調剤分を含む",
                Why::NotDaily => "間欠投与として換算",
                Why::MonthOnly => "日付は月まで",
                Why::YearOnly => "日付は年まで",
            })
            .collect();
        format!("最長{day}分まで（{}）", why.join("、"))
    },
    on: |act, day| match act {
        Act::Dispensed => format!("{day} 調剤"),
        Act::Prescribed => format!("{day} 処方"),
        Act::Stated => format!("{day} 記載"),
    },
    on_unknown: |act, day| match act {
        Act::Dispensed => format!("{day} 調剤（日数不明）"),
        Act::Prescribed => format!("{day} 処方（日数不明）"),
        Act::Stated => format!("{day} 記載（日数不明）"),
    },
    injection: |act, day| match act {
        Act::Dispensed => format!("{day} 調剤（注射薬）"),
        Act::Prescribed => format!("{day} 注射・点滴の処方"),
        Act::Stated => format!("{day} 注射・点滴"),
    },
    day_unknown: "日付・日数不明",
    date_unknown: "日付不明",
    dated: |day| format!("{day}付"),
    begins: |day| format!("{day}開始"),
    future: "日付が未来",
    not_daily: "間欠投与（毎日ではない）",
    stepwise: "段階投与",
    steps_unclear: "段階投与のため期間不明",
    step: |number, days| match days {
        Some(days) => format!("［{number}］{days}日間"),
        None => format!("［{number}］"),
    },
    days: |days| format!("{days}日分"),
    doses: |doses| format!("{doses}回分"),
    amount: |amount| format!("総量 {amount}"),
    without_unit: |number| format!("{number}（単位なし・要確認）"),
    mixed_with: |name, parts| format!("{name}（＋{}）", parts.join("＋")),
    ingredients: |names| format!("成分：{names}"),
    as_needed: "頓用",
    as_needed_for: |what| format!("頓用：{what}"),
    per_dose: |dose| format!("1回\u{a0}{dose}"),
    daily: |dose| format!("1日\u{a0}{dose}"),
    same_ingredient: |count| format!("同成分 {count}件"),
    claimed: "レセプト",
    part: |asked, given| format!("処方{asked}日分のうち{given}日分を調剤"),
    prescribed_as: |name| format!("処方：{name}"),
    changed: "変更調剤",
    dispensed_as: |name| format!("調剤された薬：{name}"),
    maybe_changed: "同じ処方箋で同成分の別剤を調剤",
    dispensing: |words| format!("調剤指示・区分：{words}"),
    malformed: |code| format!("薬剤コードの形式誤り：{code}"),
    of_unknown_class: "分類不明",
    pharmacy: |name| format!("調剤：{name}"),
    note: |words| format!("備考：{words}"),
    stopped_because: |why| format!("理由：{why}"),
    status: |status| match status {
        "cancelled" => Some("取消"),
        "do-not-perform" => Some("投与しない指示"),
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
    unclassified: |count| {
        format!("分類不明 {count}件：薬効の印がなくても該当薬でないとは言えません")
    },
};

const EN: DrugWords = DrugWords {
    class: |class| match class {
        Class::Antithrombotic => "antithrombotic",
        Class::Insulin => "insulin",
        Class::Glp1 => "GLP-1 receptor agonist",
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
        Class::Benzodiazepine => "benzodiazepine or Z-drug",
        Class::Lithium => "lithium",
        Class::Theophylline => "theophylline",
        Class::AntiParkinson => "anti-Parkinson drug",
    },
    current: "supply not yet used up",
    ended: "recently ended",
    external: "external or as needed",
    unknown: "duration unknown, injections",
    undispensed: "not dispensed",
    not_to_give: "orders not to give",
    void: "cancelled, stopped or not final",
    unnamed: "drug not named",
    antithrombotic: |heading| format!("antithrombotics: {heading}"),
    until: |act, undispensed, day| match act {
        Act::Dispensed => format!("dispensed to last until {day}"),
        Act::Prescribed if undispensed => {
            format!("prescribed to last until {day} (not dispensed)")
        }
        Act::Prescribed => format!("prescribed to last until {day}"),
        Act::Stated => format!("stated to last until {day}"),
    },
    longest: |day, why| {
        let why: Vec<&str> = why
            .iter()
            .map(|why| match why {
                Why::Undispensed => "with what is not yet dispensed",
                Why::NotDaily => "reckoned as not taken every day",
                Why::MonthOnly => "only the month is known",
                Why::YearOnly => "only the year is known",
            })
            .collect();
        format!("at the longest until {day} ({})", why.join(", "))
    },
    on: |act, day| match act {
        Act::Dispensed => format!("dispensed {day}"),
        Act::Prescribed => format!("prescribed {day}"),
        Act::Stated => format!("stated {day}"),
    },
    on_unknown: |act, day| match act {
        Act::Dispensed => format!("dispensed {day} (days unknown)"),
        Act::Prescribed => format!("prescribed {day} (days unknown)"),
        Act::Stated => format!("stated {day} (days unknown)"),
    },
    injection: |act, day| match act {
        Act::Dispensed => format!("dispensed {day} (for injection)"),
        Act::Prescribed => format!("injection or infusion prescribed {day}"),
        Act::Stated => format!("injection or infusion {day}"),
    },
    day_unknown: "day and duration unknown",
    date_unknown: "day unknown",
    dated: |day| format!("dated {day}"),
    begins: |day| format!("begins {day}"),
    future: "dated in the future",
    not_daily: "not taken every day",
    stepwise: "in steps",
    steps_unclear: "in steps, duration unknown",
    step: |number, days| match days {
        Some(days) => format!("[{number}] {days} days:"),
        None => format!("[{number}]"),
    },
    days: |days| format!("{days} days' supply"),
    doses: |doses| format!("{doses} doses"),
    amount: |amount| format!("amount {amount}"),
    without_unit: |number| format!("{number} (no unit: check)"),
    mixed_with: |name, parts| format!("{name} (+ {})", parts.join(" + ")),
    ingredients: |names| format!("ingredients: {names}"),
    as_needed: "as needed",
    as_needed_for: |what| format!("as needed: {what}"),
    per_dose: |dose| format!("{dose} per dose"),
    daily: |dose| format!("{dose} a day"),
    same_ingredient: |count| format!("same ingredient: {count} rows"),
    claimed: "claim",
    part: |asked, given| format!("{given} of {asked} days prescribed were dispensed"),
    prescribed_as: |name| format!("prescribed: {name}"),
    changed: "changed at dispensing",
    dispensed_as: |name| format!("dispensed instead: {name}"),
    maybe_changed: "same prescription: another product of the ingredient was dispensed",
    dispensing: |words| format!("instruction or kind of dispensing: {words}"),
    malformed: |code| format!("malformed drug code: {code}"),
    of_unknown_class: "class unknown",
    pharmacy: |name| format!("dispensed by {name}"),
    note: |words| format!("note: {words}"),
    stopped_because: |why| format!("because: {why}"),
    status: |status| match status {
        "cancelled" => Some("cancelled"),
        "do-not-perform" => Some("order not to give"),
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
    unclassified: |count| {
        format!("class unknown: {count}; no class named does not mean that it is none of them")
    },
};
