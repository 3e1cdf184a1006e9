//! Words of problems, procedures, visits, check-ups and documents, of ages, and of fates.

use crate::domain::section::{Language, SectionName};

/// The words of one language; a missing one does not compile.
#[derive(Debug)]
pub struct Records {
    /// The same day.
    pub today: &'static str,
    /// After the day that is counted from.
    pub future: &'static str,
    /// n日前
    pub days_ago: fn(i64) -> String,
    /// nか月前
    pub months_ago: fn(i64) -> String,
    /// n年前
    pub years_ago: fn(i64) -> String,
    /// No date was sent.
    pub undated: &'static str,
    /// A date of this year whose month is not known.
    pub this_year: &'static str,
    /// A date of this month whose day is not known.
    pub this_month: &'static str,
    /// A name was not sent.
    pub unnamed: &'static str,
    /// A facility was not sent.
    pub unnamed_facility: &'static str,
    /// Some fields could not be read.
    pub partly_unreadable: &'static str,
    /// Before the paths of the fields that could not be read.
    pub unreadable_fields: &'static str,
    /// `(` and `)` around an age.
    pub brackets: (&'static str, &'static str),
    /// Between the words of a list.
    pub comma: &'static str,
    /// Before notes.
    pub note: &'static str,
    /// Fate: an item of its own.
    pub why_shown: &'static str,
    /// Fate: part of the named item.
    pub why_merged: fn(&str) -> String,
    /// Fate: older than the window; the date.
    pub why_outside: fn(&str) -> String,
    /// Fate: replaced by a newer version, as its own status says.
    pub why_superseded: &'static str,

    /// 疑い with what the sender says: unconfirmed
    pub unconfirmed: &'static str,
    /// 疑い: provisional
    pub provisional: &'static str,
    /// 疑い: differential
    pub differential: &'static str,
    /// confirmed
    pub confirmed: &'static str,
    /// refuted
    pub refuted: &'static str,
    /// active
    pub active: &'static str,
    /// recurrence
    pub recurrence: &'static str,
    /// relapse
    pub relapse: &'static str,
    /// inactive
    pub inactive: &'static str,
    /// remission
    pub remission: &'static str,
    /// resolved
    pub resolved: &'static str,
    /// Over, without the day of its end.
    pub end_unknown: &'static str,
    /// 主病名
    pub principal: &'static str,
    /// An active problem with an end date.
    pub ended_but_active: &'static str,
    /// 保護項目, with how many problems it stands for.
    pub covered: fn(usize) -> String,
    /// In place of a detail that would name what is covered.
    pub hushed: &'static str,
    /// In place of what would name it, for those who may not be told that something is covered.
    pub hidden: &'static str,
    /// In place of free text where it is not known which diagnoses are covered.
    pub marks_unknown: &'static str,
    /// 未告知
    pub uninformed: &'static str,
    /// The day the mark was last sent with.
    pub uninformed_since: fn(&str) -> String,
    /// Beside what is covered because it is the same disease.
    pub same_as_covered: &'static str,
    /// An open row that names a covered disease.
    pub names_covered: &'static str,
    /// Before severity.
    pub severity: &'static str,
    /// Before a stage or grade.
    pub stage: &'static str,
    /// 転帰
    pub outcome: &'static str,
    /// An entry of a list that a physician keeps: most diagnoses are sent as those of a visit.
    pub on_problem_list: &'static str,
    /// Before begin.
    pub onset: &'static str,
    /// Before end.
    pub abatement: &'static str,
    /// Before the day of recording.
    pub recorded: &'static str,
    /// 長期保存
    pub long_term: &'static str,

    /// 体内デバイス
    pub device: &'static str,
    /// A device is usual with this operation, and its name does not say so.
    pub device_likely: &'static str,
    /// A device was taken out.
    pub device_removed: &'static str,
    /// Before the names of devices.
    pub devices: &'static str,
    /// Before body sites.
    pub site: &'static str,
    /// Before a reason.
    pub reason: &'static str,
    /// not-done
    pub not_done: &'static str,
    /// in-progress
    pub in_progress: &'static str,
    /// preparation, planned
    pub planned: &'static str,
    /// on-hold
    pub on_hold: &'static str,
    /// stopped
    pub stopped: &'static str,
    /// unknown
    pub status_unknown: &'static str,
    /// Before the day of the last session.
    pub last_session: &'static str,
    /// n sessions inside the window.
    pub sessions: fn(usize) -> String,
    /// The end lies before the begin.
    pub inverted_period: &'static str,

    /// AMB
    pub outpatient: &'static str,
    /// IMP, ACUTE, NONAC
    pub inpatient: &'static str,
    /// EMER
    pub emergency: &'static str,
    /// HH
    pub home: &'static str,
    /// SS, OBSENC
    pub short_stay: &'static str,
    /// VR
    pub remote: &'static str,
    /// cancelled
    pub cancelled: &'static str,
    /// noshow
    pub no_show: &'static str,
    /// in-progress, arrived: the end is open.
    pub ongoing: &'static str,
    /// Before where the patient went.
    pub disposition: &'static str,

    /// 健診
    pub checkup: &'static str,
    /// Claims come late: what was done of late is not among them.
    pub claims_late: &'static str,
    /// Only the day is shown.
    pub checkup_note: &'static str,

    /// 文書
    pub document: &'static str,
    /// Before the author's name.
    pub author: &'static str,
    /// Before the headings.
    pub headings: &'static str,
    /// final, current
    pub final_version: &'static str,
    /// preliminary
    pub preliminary: &'static str,
    /// amended
    pub amended: &'static str,
    /// Before whom a document is addressed to.
    pub addressed_to: &'static str,
}

/// The words of a language.
#[must_use]
pub const fn records(language: Language) -> &'static Records {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

const JA: Records = Records {
    today: "当日",
    future: "基準日より後",
    days_ago: |n| format!("{n}日前"),
    months_ago: |n| format!("{n}か月前"),
    years_ago: |n| format!("{n}年前"),
    undated: "日付不明",
    this_year: "今年",
    this_month: "今月",
    unnamed: "名称なし",
    unnamed_facility: "医療機関名なし",
    partly_unreadable: "一部読めません",
    unreadable_fields: "読めない項目",
    brackets: ("（", "）"),
    comma: "、",
    note: "備考",
    why_shown: "表示",
    why_merged: |title| format!("「{title}」の行にまとめて表示"),
    why_outside: |date| format!("表示期間より前（{date}）"),
    why_superseded: "新しい版に置き換え済み",
    unconfirmed: "疑い（未確認）",
    provisional: "疑い（暫定）",
    differential: "疑い（鑑別中）",
    confirmed: "確認済",
    refuted: "否定",
    active: "継続",
    recurrence: "再発",
    relapse: "再燃",
    inactive: "非活動",
    remission: "寛解",
    resolved: "治癒",
    end_unknown: "終了日不明",
    principal: "主病名",
    ended_but_active: "継続と終了日が不一致",
    covered: |count| format!("保護項目 {count}件"),
    hushed: "保護項目",
    hidden: "非表示",
    marks_unknown: "病名未確認のため非表示",
    uninformed: "未告知",
    uninformed_since: |day| format!("未告知の登録（最終更新） {day}"),
    same_as_covered: "保護項目と同じ病名",
    names_covered: "保護項目の病名を含む記載",
    severity: "重症度",
    stage: "病期",
    outcome: "転帰",
    on_problem_list: "プロブレムリスト",
    onset: "発症",
    abatement: "終了",
    recorded: "登録",
    long_term: "長期保存",
    device: "体内デバイス",
    device_likely: "体内デバイスの可能性",
    device_removed: "デバイス抜去・除去",
    devices: "デバイス",
    site: "部位",
    reason: "理由",
    not_done: "未実施",
    in_progress: "実施中",
    planned: "予定",
    on_hold: "中断",
    stopped: "中止",
    status_unknown: "状態不明",
    last_session: "最終",
    sessions: |n| format!("期間内{n}回"),
    inverted_period: "開始と終了が逆",
    outpatient: "外来",
    inpatient: "入院",
    emergency: "救急",
    home: "在宅",
    short_stay: "短期滞在",
    remote: "オンライン診療",
    cancelled: "取消",
    no_show: "来院なし",
    ongoing: "継続中（終了日なし）",
    disposition: "転帰",
    checkup: "健診",
    claims_late: "レセプト由来は約1.5か月遅れ",
    checkup_note: "健診は実施日のみ",
    document: "文書",
    author: "作成者",
    headings: "記載項目",
    final_version: "確定",
    preliminary: "未確定",
    amended: "訂正版",
    addressed_to: "宛先",
};

const EN: Records = Records {
    today: "that day",
    future: "after the day counted from",
    days_ago: |n| plural(n, "day"),
    months_ago: |n| plural(n, "month"),
    years_ago: |n| plural(n, "year"),
    undated: "date unknown",
    this_year: "this year",
    this_month: "this month",
    unnamed: "no name sent",
    unnamed_facility: "facility not named",
    partly_unreadable: "partly unreadable",
    unreadable_fields: "unreadable",
    brackets: (" (", ")"),
    comma: ", ",
    note: "note",
    why_shown: "shown",
    why_merged: |title| format!("merged into the row \"{title}\""),
    why_outside: |date| format!("older than the window ({date})"),
    why_superseded: "replaced by a newer version",
    unconfirmed: "suspected (unconfirmed)",
    provisional: "suspected (provisional)",
    differential: "suspected (differential)",
    confirmed: "confirmed",
    refuted: "refuted",
    active: "active",
    recurrence: "recurred",
    relapse: "relapsed",
    inactive: "inactive",
    remission: "in remission",
    resolved: "resolved",
    end_unknown: "end date unknown",
    principal: "principal diagnosis",
    ended_but_active: "active, but with an end date",
    covered: |count| match count {
        1 => "1 protected entry".to_owned(),
        _ => format!("{count} protected entries"),
    },
    hushed: "protected",
    hidden: "not shown",
    marks_unknown: "not shown until the diagnoses are known",
    uninformed: "patient not informed",
    uninformed_since: |day| format!("marked as not informed (last updated) {day}"),
    same_as_covered: "same disease as a protected entry",
    names_covered: "names a protected disease",
    severity: "severity",
    stage: "stage",
    outcome: "outcome",
    on_problem_list: "on the problem list",
    onset: "onset",
    abatement: "ended",
    recorded: "recorded",
    long_term: "kept long-term",
    device: "device in the body",
    device_likely: "device in the body possible",
    device_removed: "device removed",
    devices: "device",
    site: "site",
    reason: "reason",
    not_done: "not done",
    in_progress: "in progress",
    planned: "planned",
    on_hold: "on hold",
    stopped: "stopped",
    status_unknown: "status unknown",
    last_session: "last",
    sessions: |n| format!("{n} in the window"),
    inverted_period: "end before begin",
    outpatient: "outpatient",
    inpatient: "inpatient",
    emergency: "emergency",
    home: "home care",
    short_stay: "short stay",
    remote: "remote consultation",
    cancelled: "cancelled",
    no_show: "did not come",
    ongoing: "ongoing (no end date)",
    disposition: "discharged to",
    checkup: "Check-up",
    claims_late: "Claims come about 1.5 months late",
    checkup_note: "Check-ups: date only",
    document: "Document",
    author: "author",
    headings: "headings",
    final_version: "final",
    preliminary: "preliminary",
    amended: "amended",
    addressed_to: "addressed to",
};

/// That claims lag, where what was done of late matters.
#[must_use]
pub const fn claims_late(name: SectionName, language: Language) -> Option<&'static str> {
    match name {
        SectionName::Drugs => Some(super::drugs::words(language).claims_late),
        SectionName::Operations
        | SectionName::Dialysis
        | SectionName::Visits
        | SectionName::Procedures => Some(records(language).claims_late),
        SectionName::Allergies
        | SectionName::Contraindications
        | SectionName::Infections
        | SectionName::Labs
        | SectionName::Problems
        | SectionName::Checkups
        | SectionName::Documents => None,
    }
}

fn plural(n: i64, unit: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {unit}{s} ago")
}

/// The kind of document that a LOINC code stands for (documents of JP-CLINS); `None` for others.
#[must_use]
pub fn document_kind(language: Language, code: &str) -> Option<&'static str> {
    let (ja, en) = match code {
        "57133-1" => ("診療情報提供書", "Referral letter"),
        "18842-5" => ("退院時サマリー", "Discharge summary"),
        "53576-5" => ("健診結果報告書", "Check-up report"),
        "18776-5" => ("療養計画書", "Plan of care"),
        "57833-6" => ("処方箋", "Prescription"),
        "11488-4" => ("コンサルテーション記録", "Consultation note"),
        "34117-2" => ("病歴・診察記録", "History and physical"),
        "11506-3" => ("経過記録", "Progress note"),
        "11504-8" => ("手術記録", "Surgical note"),
        "18748-4" => ("画像診断報告書", "Imaging report"),
        "60591-5" => ("患者サマリー", "Patient summary"),
        _ => return None,
    };
    Some(match language {
        Language::Ja => ja,
        Language::En => en,
    })
}
