//! Words of allergies, contraindications and the strip.

use crate::domain::section::Language;

/// Words of allergies.
#[derive(Debug)]
pub struct AllergyWords {
    /// Heading of category `medication`.
    pub drug_group: &'static str,
    /// Heading of every other category, a missing one included.
    pub other_group: &'static str,
    /// Heading of old-style contraindications.
    pub contraindication_group: &'static str,
    /// Mark of an old-style contraindication in the strip.
    pub contraindicated: &'static str,
    /// An agent that nobody named.
    pub unnamed_agent: &'static str,
    /// Criticality, which the national service calls 重症度.
    pub criticality: fn(&str) -> String,
    /// `high`
    pub high: &'static str,
    /// `low`
    pub low: &'static str,
    /// `unable-to-assess`
    pub unable: &'static str,
    /// Severity of one reaction.
    pub reaction_severity: fn(&str) -> String,
    /// `mild`
    pub mild: &'static str,
    /// `moderate`
    pub moderate: &'static str,
    /// `severe`
    pub severe: &'static str,
    /// `confirmed`
    pub confirmed: &'static str,
    /// `unconfirmed`
    pub unconfirmed: &'static str,
    /// Suspected, as a short mark.
    pub suspected: &'static str,
    /// `refuted`
    pub refuted: &'static str,
    /// `inactive`
    pub inactive: &'static str,
    /// `resolved`
    pub resolved: &'static str,
    /// `intolerance`
    pub intolerance: &'static str,
    /// A status that is not in the value set, as sent.
    pub status_as_sent: fn(&str) -> String,
    /// Statements disagree.
    pub disagreement: &'static str,
    /// A field of the row could not be read.
    pub field_unreadable: &'static str,
    /// Reaction.
    pub reaction: fn(&str) -> String,
    /// Note.
    pub note: fn(&str) -> String,
    /// Coded name beside the chart's own words.
    pub coded_as: fn(&str) -> String,
    /// Since when.
    pub onset: fn(&str) -> String,
    /// Last time.
    pub last_occurrence: fn(&str) -> String,
    /// A negation beside real allergies: its words, who and when.
    pub contradicting_none: fn(&str, &str) -> String,
    /// Only one kind of allergy was denied: its words, who and when.
    pub scoped_none: fn(&str, &str) -> String,
    /// B3.
    pub contraindication_note: &'static str,
    /// The strip while the source is asked.
    pub strip_coming: &'static str,
    /// The strip where nothing could be had, with why.
    pub strip_not_fetched: fn(&str) -> String,
    /// The strip in any other state, in that state's words.
    pub strip_state: fn(&str) -> String,
    /// Every recorded row is past or refuted.
    pub only_past: &'static str,
    /// A drug of the list is the allergen, with how it matched.
    pub matches: fn(&str, &str) -> String,
    /// Matched by all twelve characters of the YJ code.
    pub by_product: &'static str,
    /// Matched by the first nine characters of the YJ code.
    pub by_generic: &'static str,
    /// Matched by the first seven characters of the YJ code.
    pub by_ingredient: &'static str,
    /// Matched by name.
    pub by_name: &'static str,
    /// B8: so many drugs against so many allergens, so many of the pairs could only go by name.
    pub checked: fn(usize, usize, usize) -> String,
}

/// The words in `language`.
#[must_use]
pub const fn words(language: Language) -> &'static AllergyWords {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

const JA: AllergyWords = AllergyWords {
    drug_group: "薬剤アレルギー等",
    other_group: "その他アレルギー等",
    contraindication_group: "薬剤禁忌",
    contraindicated: "禁忌",
    unnamed_agent: "名称の記載なし",
    criticality: |level| format!("重症度：{level}"),
    high: "高",
    low: "低",
    unable: "判定不能",
    reaction_severity: |level| format!("症状：{level}"),
    mild: "軽度",
    moderate: "中等度",
    severe: "重度",
    confirmed: "確認済",
    unconfirmed: "未確認（疑い）",
    suspected: "疑い",
    refuted: "否定",
    inactive: "現在は活動性なし",
    resolved: "解消済",
    intolerance: "不耐症",
    status_as_sent: |code| format!("状態コード「{code}」"),
    disagreement: "不一致",
    field_unreadable: "一部読み取れず",
    reaction: |words| format!("反応：{words}"),
    note: |words| format!("備考：{words}"),
    coded_as: |words| format!("コード名称：{words}"),
    onset: |date| format!("発現 {date}"),
    last_occurrence: |date| format!("最終発現 {date}"),
    contradicting_none: |text, who| format!("不一致：「{text}」の記載あり（{who}）"),
    scoped_none: |text, who| {
        format!("「{text}」（{who}）― ほかの種類のアレルギーは確認されていません")
    },
    contraindication_note: "病名・妊娠による禁忌、患者申告は対象外。登録から5年で消えます（長期保存を除く）",
    strip_coming: "アレルギー照会中 ―「なし」ではありません",
    strip_not_fetched: |why| format!("アレルギー：取得できず（{why}）"),
    strip_state: |words| format!("アレルギー：{words}"),
    only_past: "過去・否定の記載のみ ―「なし」の確認ではない",
    matches: |drug, how| format!("本患者の薬剤一覧と一致：{drug}（{how}）"),
    by_product: "製品コード一致",
    by_generic: "規格まで一致",
    by_ingredient: "成分一致",
    by_name: "名称一致",
    checked: |drugs, allergens, by_name| {
        format!(
            "薬剤 {drugs}件とアレルゲン {allergens}件を照合（うち名称のみ {by_name}組）。同系統（交差反応）と、これから投与する薬は照合していません"
        )
    },
};

const EN: AllergyWords = AllergyWords {
    drug_group: "Drug allergies",
    other_group: "Other allergies",
    contraindication_group: "Drug contraindications",
    contraindicated: "contraindicated",
    unnamed_agent: "agent not named",
    criticality: |level| format!("criticality: {level}"),
    high: "high",
    low: "low",
    unable: "unable to assess",
    reaction_severity: |level| format!("reaction: {level}"),
    mild: "mild",
    moderate: "moderate",
    severe: "severe",
    confirmed: "confirmed",
    unconfirmed: "unconfirmed (suspected)",
    suspected: "suspected",
    refuted: "refuted",
    inactive: "inactive",
    resolved: "resolved",
    intolerance: "intolerance",
    status_as_sent: |code| format!("status code \"{code}\""),
    disagreement: "disagreement",
    field_unreadable: "partly unreadable",
    reaction: |words| format!("reaction: {words}"),
    note: |words| format!("note: {words}"),
    coded_as: |words| format!("coded as: {words}"),
    onset: |date| format!("since {date}"),
    last_occurrence: |date| format!("last seen {date}"),
    contradicting_none: |text, who| format!("Disagreement: \"{text}\" is also recorded ({who})"),
    scoped_none: |text, who| {
        format!("\"{text}\" ({who}): other kinds of allergy were not confirmed")
    },
    contraindication_note: "Contraindications by disease or pregnancy and patient-reported ones are not covered. Rows vanish 5 years after registration (long-term records excepted)",
    strip_coming: "Allergies are still being asked: this does not mean none",
    strip_not_fetched: |why| format!("Allergies: could not be fetched ({why})"),
    strip_state: |words| format!("Allergies: {words}"),
    only_past: "only past or refuted rows: this does not confirm that there is none",
    matches: |drug, how| format!("matches this patient's drug list: {drug} ({how})"),
    by_product: "same product code",
    by_generic: "same drug and strength",
    by_ingredient: "same ingredient",
    by_name: "same name",
    checked: |drugs, allergens, by_name| {
        format!(
            "{drugs} drugs were checked against {allergens} allergens ({by_name} pairs by name only). Cross-reactions and drugs about to be given were not checked"
        )
    },
};
