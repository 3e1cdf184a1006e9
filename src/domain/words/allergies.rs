//! Words of allergies, contraindications and the strip.

use crate::domain::{medication::Act, section::Language};

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
    /// A drug that nobody named.
    pub unnamed_drug: &'static str,
    /// A food that nobody named.
    pub unnamed_food: &'static str,
    /// An agent of which only the code came.
    pub code_only: fn(&str) -> String,
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
    /// The agent's own words deny it: 「ペニシリンアレルギーなし」.
    pub denied: &'static str,
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
    /// It began at this age, in years.
    pub onset_at: fn(&str) -> String,
    /// Last time.
    pub last_occurrence: fn(&str) -> String,
    /// A negation beside real allergies: its words, who and when.
    pub contradicting_none: fn(&str, &str) -> String,
    /// What the two sides of a disagreement about an agent say.
    pub disagreement_about: fn(&str, &str) -> String,
    /// One side: its words, and who says it.
    pub side: fn(&str, &str) -> String,
    /// Between the sides, and between the parts of a bracket.
    pub versus: &'static str,
    /// Held to be active.
    pub active: &'static str,
    /// A reaction of which nobody wrote what it was.
    pub reaction_not_recorded: &'static str,
    /// A reaction that only the notes may tell of.
    pub reaction_in_note: &'static str,
    /// A reaction that is sent as unknown.
    pub reaction_unknown: &'static str,
    /// One event: what was seen; cause, severity and date.
    pub event: fn(&str, &str) -> String,
    /// The substance of one event.
    pub caused_by: fn(&str) -> String,
    /// Nobody wrote when it was recorded; when it was sent.
    pub only_sent: fn(&str) -> String,
    /// No date at all.
    pub not_dated: &'static str,
    /// A date was sent and cannot be read.
    pub unread_date: &'static str,
    /// The same, with the day it was sent.
    pub unread_date_sent: fn(&str) -> String,
    /// 「なし」 among foods may be the fruit.
    pub perhaps_pear: &'static str,
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
    /// A fact about a drug: what was done and when against the allergy, the drug, its dates, and
    /// how it matched.
    pub fact: fn(&str, &str, &str, &str) -> String,
    /// Done after the allergy was recorded.
    pub after_record: fn(&str) -> String,
    /// Done after the allergy's onset, before it was recorded or undated.
    pub after_onset: fn(&str) -> String,
    /// Not provably after either.
    pub on_record: fn(&str) -> String,
    /// Prescribed, dispensed, stated.
    pub act: fn(Act) -> &'static str,
    /// So many further days.
    pub more_days: fn(usize) -> String,
    /// So many further drugs.
    pub more_drugs: fn(usize) -> String,
    /// The drug's row is not in the list because it is older than the window.
    pub not_listed: &'static str,
    /// Matched by all twelve characters of the YJ code.
    pub by_product: &'static str,
    /// Matched by the first nine characters of the YJ code.
    pub by_generic: &'static str,
    /// Matched by the first seven characters of the YJ code.
    pub by_ingredient: &'static str,
    /// Matched by name.
    pub by_name: &'static str,
    /// Matched by the name of one part of a combination.
    pub by_part: &'static str,
    /// B8: so many allergens and so many drugs were compared.
    pub checked: fn(usize, usize) -> String,
    /// Of them so many allergens and so many drugs by name only.
    pub name_only: fn(usize, usize) -> String,
    /// What could not be compared.
    pub not_checked: fn(&str) -> String,
    /// Why an allergen could not be compared: no code.
    pub without_code: fn(&str) -> String,
    /// Why: its codes are of no drug code system.
    pub without_drug_code: fn(&str) -> String,
    /// So many drugs have neither code nor name.
    pub unnamed_drugs: fn(usize) -> String,
    /// So many combinations were compared only as far as their names tell.
    pub combinations: fn(usize) -> String,
    /// Drugs of this source did not come, and why.
    pub drugs_missing: fn(&str) -> String,
    /// The viewer may not see drugs.
    pub drugs_hidden: &'static str,
    /// The source has more drugs than were fetched.
    pub drugs_partial: &'static str,
    /// What is never compared.
    pub never_checked: &'static str,
    /// Between the parts of the coverage line.
    pub stop: &'static str,
    /// Between names in a list.
    pub comma: &'static str,
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
    unnamed_drug: "薬剤（名称の記載なし）",
    unnamed_food: "食物（名称の記載なし）",
    code_only: |code| format!("コード {code}（名称の記載なし）"),
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
    denied: "否定の記載",
    intolerance: "不耐症",
    status_as_sent: |code| format!("状態コード「{code}」"),
    disagreement: "不一致",
    field_unreadable: "一部読み取れず",
    reaction: |words| format!("反応：{words}"),
    note: |words| format!("備考：{words}"),
    coded_as: |words| format!("コード名称：{words}"),
    onset: |date| format!("発現 {date}"),
    onset_at: |years| format!("発現 {years}歳"),
    last_occurrence: |date| format!("最終発現 {date}"),
    contradicting_none: |text, who| format!("不一致：「{text}」の記載あり（{who}）"),
    disagreement_about: |agent, sides| format!("不一致：{agent} ― {sides}"),
    side: |words, who| format!("{words}（{who}）"),
    versus: "／",
    active: "有効",
    reaction_not_recorded: "記載なし",
    reaction_in_note: "備考を参照",
    reaction_unknown: "不明",
    event: |seen, about| format!("{seen}（{about}）"),
    caused_by: |substance| format!("原因 {substance}"),
    only_sent: |date| format!("記録日の記載なし（送信 {date}）"),
    not_dated: "日付の記載なし",
    unread_date: "日付を読めず",
    unread_date_sent: |date| format!("日付を読めず（送信 {date}）"),
    perhaps_pear: "果物の梨か「該当なし」の意味か判別できません",
    contraindication_note: "病名・妊娠による禁忌、患者申告は対象外。登録から5年で消えます（長期保存を除く）",
    strip_coming: "アレルギー照会中 ―「なし」ではありません",
    strip_not_fetched: |why| format!("アレルギー：取得できず（{why}）"),
    strip_state: |words| format!("アレルギー：{words}"),
    only_past: "過去・否定の記載のみ ―「なし」の確認ではない",
    fact: |what, drug, dates, how| format!("{what}：{drug}{dates}（{how}）"),
    after_record: |act| format!("記録後に{act}"),
    after_onset: |act| format!("発現後に{act}"),
    on_record: |act| format!("本患者の{act}と一致"),
    act: |act| match act {
        Act::Prescribed => "処方",
        Act::Dispensed => "調剤",
        Act::Stated => "服用記載",
    },
    more_days: |n| format!("ほか{n}日"),
    more_drugs: |n| format!("ほかに一致する薬剤 {n}種類"),
    not_listed: "表示期間外",
    by_product: "製品コード一致",
    by_generic: "規格まで一致",
    by_ingredient: "成分一致",
    by_name: "名称一致",
    by_part: "配合成分の名称一致",
    checked: |allergens, drugs| {
        format!("アレルゲン {allergens}件と薬剤 {drugs}種類（表示期間外を含む）を照合")
    },
    name_only: |allergens, drugs| {
        format!("うち名称のみで照合：アレルゲン {allergens}件、薬剤 {drugs}種類")
    },
    not_checked: |names| format!("照合できず：{names}"),
    without_code: |name| format!("{name}（コードなし）"),
    without_drug_code: |name| format!("{name}（薬剤コードなし）"),
    unnamed_drugs: |n| format!("名称もコードもない薬剤 {n}件"),
    combinations: |n| format!("配合剤 {n}種類は名称にある成分のみ照合"),
    drugs_missing: |source| format!("{source}の薬剤は未取得のため照合していません"),
    drugs_hidden: "薬剤は表示対象外のため照合していません",
    drugs_partial: "薬剤は一部のみ取得",
    never_checked: "同系統（交差反応）と、これから投与する薬は照合していません",
    stop: "。",
    comma: "、",
};

const EN: AllergyWords = AllergyWords {
    drug_group: "Drug allergies",
    other_group: "Other allergies",
    contraindication_group: "Drug contraindications",
    contraindicated: "contraindicated",
    unnamed_agent: "agent not named",
    unnamed_drug: "a drug, not named",
    unnamed_food: "a food, not named",
    code_only: |code| format!("code {code} (not named)"),
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
    denied: "recorded as absent",
    intolerance: "intolerance",
    status_as_sent: |code| format!("status code \"{code}\""),
    disagreement: "disagreement",
    field_unreadable: "partly unreadable",
    reaction: |words| format!("reaction: {words}"),
    note: |words| format!("note: {words}"),
    coded_as: |words| format!("coded as: {words}"),
    onset: |date| format!("since {date}"),
    onset_at: |years| format!("onset at age {years}"),
    last_occurrence: |date| format!("last seen {date}"),
    contradicting_none: |text, who| format!("Disagreement: \"{text}\" is also recorded ({who})"),
    disagreement_about: |agent, sides| format!("Disagreement about {agent}: {sides}"),
    side: |words, who| format!("{words} ({who})"),
    versus: " / ",
    active: "active",
    reaction_not_recorded: "not recorded",
    reaction_in_note: "see the note",
    reaction_unknown: "unknown",
    event: |seen, about| format!("{seen} ({about})"),
    caused_by: |substance| format!("caused by {substance}"),
    only_sent: |date| format!("no recorded date (sent {date})"),
    not_dated: "no date recorded",
    unread_date: "date not readable",
    unread_date_sent: |date| format!("date not readable (sent {date})"),
    perhaps_pear: "may be the fruit (nashi) or mean \"none\"",
    contraindication_note: "Contraindications by disease or pregnancy and patient-reported ones are not covered. Rows vanish 5 years after registration (long-term records excepted)",
    strip_coming: "Allergies are still being asked: this does not mean none",
    strip_not_fetched: |why| format!("Allergies: not fetched ({why})"),
    strip_state: |words| format!("Allergies: {words}"),
    only_past: "only past or refuted rows: this does not confirm that there is none",
    fact: |what, drug, dates, how| format!("{what}: {drug}{dates} ({how})"),
    after_record: |act| format!("{act} after it was recorded"),
    after_onset: |act| format!("{act} after its onset"),
    on_record: |act| format!("same as a drug {act}"),
    act: |act| match act {
        Act::Prescribed => "prescribed",
        Act::Dispensed => "dispensed",
        Act::Stated => "taken",
    },
    more_days: |n| format!("{n} more days"),
    more_drugs: |n| format!("{n} more drugs are the same"),
    not_listed: "outside the window",
    by_product: "same product code",
    by_generic: "same drug and strength",
    by_ingredient: "same ingredient",
    by_name: "same name",
    by_part: "same name as a part of a combination",
    checked: |allergens, drugs| {
        format!(
            "{allergens} allergens were checked against {drugs} drugs, those outside the window too"
        )
    },
    name_only: |allergens, drugs| format!("by name only: {allergens} allergens, {drugs} drugs"),
    not_checked: |names| format!("could not be checked: {names}"),
    without_code: |name| format!("{name} (no code)"),
    without_drug_code: |name| format!("{name} (no drug code)"),
    unnamed_drugs: |n| format!("{n} drugs with neither name nor code"),
    combinations: |n| format!("{n} combinations were checked only by the parts that they name"),
    drugs_missing: |source| format!("drugs of the {source} were not fetched and not checked"),
    drugs_hidden: "drugs are not shown to this role and were not checked",
    drugs_partial: "only a part of the drugs was fetched",
    never_checked: "Cross-reactions and drugs about to be given were not checked",
    stop: ". ",
    comma: ", ",
};
