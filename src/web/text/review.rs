//! Sentences of the auditor's work list and of a case.

use crate::{
    domain::{
        event::SecondFactor,
        review::{Kind, NotYours, Settled, Stage, Verdict, WhyNot},
    },
    review::List,
};

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Review {
    pub(in crate::web) title: &'static str,
    /// In the bar.
    pub(in crate::web) short: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) list: fn(List) -> &'static str,
    /// How many cases a list has.
    pub(in crate::web) count: fn(usize) -> String,
    pub(in crate::web) filter_submit: &'static str,
    pub(in crate::web) any: &'static str,
    pub(in crate::web) explained: &'static str,
    pub(in crate::web) unexplained: &'static str,
    pub(in crate::web) empty: &'static str,
    pub(in crate::web) page: fn(usize) -> String,
    pub(in crate::web) reference: &'static str,
    pub(in crate::web) began: &'static str,
    pub(in crate::web) age: &'static str,
    pub(in crate::web) flags: &'static str,
    pub(in crate::web) explanations: &'static str,
    pub(in crate::web) state: &'static str,
    pub(in crate::web) after: &'static str,
    pub(in crate::web) untold: &'static str,
    pub(in crate::web) told: &'static str,
    pub(in crate::web) not_told: fn(WhyNot) -> &'static str,
    pub(in crate::web) none: &'static str,
    pub(in crate::web) settled: fn(Settled) -> &'static str,
    /// Minutes in words.
    pub(in crate::web) span: fn(i64) -> String,
    /// Registered so many minutes after the start (negative: before it), with the visit's number.
    pub(in crate::web) registered: fn(i64, &str) -> String,
    pub(in crate::web) launched: &'static str,
    /// A handoff was revealed so many minutes after the start.
    pub(in crate::web) handed_over: fn(i64) -> String,
    pub(in crate::web) on_duty: fn(&str) -> String,
    /// A colleague (named only in the case) so many minutes after the start.
    pub(in crate::web) colleague: fn(Option<&str>, i64) -> String,
    pub(in crate::web) kind: fn(Kind) -> &'static str,
    /// Rules that say nothing as long as a list is missing.
    pub(in crate::web) missing_list: fn(&str, &str) -> String,
    /// Since when and how many lines.
    pub(in crate::web) list_known: fn(&str, &str, u64) -> String,
    pub(in crate::web) lists: &'static str,
    pub(in crate::web) case_title: &'static str,
    pub(in crate::web) case_hint: &'static str,
    pub(in crate::web) patient: &'static str,
    pub(in crate::web) erased: &'static str,
    pub(in crate::web) viewer: &'static str,
    pub(in crate::web) factor: &'static str,
    pub(in crate::web) factors: fn(SecondFactor) -> &'static str,
    /// Of when the copy is from which alone the account was known.
    pub(in crate::web) accounts_as_of: &'static str,
    pub(in crate::web) judged_by: &'static str,
    pub(in crate::web) renewals: &'static str,
    pub(in crate::web) ended: &'static str,
    pub(in crate::web) open: &'static str,
    pub(in crate::web) course: &'static str,
    pub(in crate::web) stage: fn(Stage) -> &'static str,
    pub(in crate::web) not_reached: &'static str,
    pub(in crate::web) timeline: &'static str,
    pub(in crate::web) what: &'static str,
    pub(in crate::web) details: &'static str,
    pub(in crate::web) clock_step: fn(i64) -> String,
    pub(in crate::web) hits: fn(u64) -> String,
    pub(in crate::web) others: &'static str,
    /// Of cases that are not listed.
    pub(in crate::web) left: fn(usize) -> String,
    pub(in crate::web) nobody: &'static str,
    pub(in crate::web) own: &'static str,
    /// Cases within 24 hours, within the 30 days before, and the days these were on.
    pub(in crate::web) baseline: fn(u32, u32, u32) -> String,
    pub(in crate::web) terminals: fn(u32, u32) -> String,
    pub(in crate::web) judge: &'static str,
    pub(in crate::web) verdict: &'static str,
    pub(in crate::web) verdict_of: fn(Verdict) -> &'static str,
    pub(in crate::web) verdict_hint: &'static str,
    pub(in crate::web) note: &'static str,
    pub(in crate::web) note_hint: &'static str,
    pub(in crate::web) submit: &'static str,
    pub(in crate::web) next: &'static str,
    pub(in crate::web) given: &'static str,
    pub(in crate::web) not_a_verdict: &'static str,
    pub(in crate::web) note_missing: &'static str,
    pub(in crate::web) too_long: &'static str,
    pub(in crate::web) not_yours: fn(NotYours) -> &'static str,
    pub(in crate::web) record_after: &'static str,
    pub(in crate::web) after_hint: &'static str,
    pub(in crate::web) was_told: &'static str,
    pub(in crate::web) to_whom: &'static str,
    pub(in crate::web) on_day: &'static str,
    pub(in crate::web) by_whom: &'static str,
    pub(in crate::web) was_not_told: &'static str,
    pub(in crate::web) why_not: &'static str,
    pub(in crate::web) told_incomplete: &'static str,
    pub(in crate::web) record: &'static str,
    /// What a change did, by its word.
    pub(in crate::web) done: fn(&str) -> Option<&'static str>,
    pub(in crate::web) back: &'static str,
    /// What cannot be compared any more: in short, and with the rules.
    pub(in crate::web) unchecked: &'static str,
    pub(in crate::web) unchecked_rules: fn(&str) -> String,
    pub(in crate::web) views: &'static str,
    pub(in crate::web) view_name: &'static str,
    pub(in crate::web) keep_view: &'static str,
    pub(in crate::web) view_hint: &'static str,
    pub(in crate::web) remove_view: &'static str,
}

pub(super) const JA: Review = Review {
    title: "救急時閲覧の審査",
    short: "審査",
    hint: "説明の付かないものから並びます。患者・職員の氏名は、各件を開いたときだけ表示され、開いたことは記録されます。この一覧の表示も記録されます。",
    list: |list| match list {
        List::Open => "未審査",
        List::Second => "二人目待ち",
        List::Untold => "事後説明 未",
        List::Closed => "審査済み",
        List::All => "すべて",
    },
    count: |count| format!("{count}件"),
    filter_submit: "絞り込む",
    any: "すべて",
    explained: "説明あり",
    unexplained: "説明なし",
    empty: "該当する閲覧はありません。",
    page: |page| format!("{page}ページ"),
    reference: "受付番号",
    began: "開始",
    age: "経過",
    flags: "注意",
    explanations: "説明",
    state: "審査",
    after: "事後説明",
    untold: "未記録",
    told: "説明済み",
    not_told: |why| match why {
        WhyNot::Nobody => "説明できる相手がいない",
        WhyNot::NotReached => "連絡がつかない",
        WhyNot::NotWished => "説明を希望しない",
        WhyNot::Harm => "害が及ぶおそれ",
    },
    none: "なし",
    settled: |settled| match settled {
        Settled::Open => "未審査",
        Settled::NeedsSecond => "不当（二人目待ち）",
        Settled::Disagreed => "意見が分かれている",
        Settled::Closed(Verdict::Justified) => "正当",
        Settled::Closed(Verdict::Unjustified) => "不当",
        Settled::Closed(Verdict::Inconclusive) => "判断できない",
    },
    span: span_ja,
    registered: |minutes, visit| {
        let span = span_ja(minutes.abs());
        let when = if minutes < 0 { "前" } else { "後" };
        let visit = if visit.is_empty() {
            String::new()
        } else {
            format!("（受付 {visit}）")
        };
        format!("{span}{when}に来院登録{visit}")
    },
    launched: "院内の電子カルテから、この患者で起動",
    handed_over: |minutes| {
        let span = span_ja(minutes.abs());
        let when = if minutes < 0 { "前" } else { "後" };
        format!("{span}{when}に救急隊引継ぎ（応需済み）を表示")
    },
    on_duty: |department| {
        if department.is_empty() {
            "勤務表で勤務中".to_owned()
        } else {
            format!("勤務表で勤務中（{department}）")
        }
    },
    colleague: |name, minutes| {
        let span = span_ja(minutes.abs());
        let when = if minutes < 0 { "前" } else { "後" };
        let name = name.map_or_else(String::new, |name| format!("（{name}）"));
        format!("{span}{when}に同僚{name}も閲覧")
    },
    kind: |kind| match kind {
        Kind::Arrivals => "来院登録",
        Kind::Duty => "勤務表",
        Kind::Staff => "職員名簿",
        Kind::Protected => "特に保護する患者の一覧",
        Kind::Decoys => "おとり患者の一覧",
    },
    missing_list: |list, rules| format!("{list}がないため調べていない規則：{rules}"),
    list_known: |list, since, lines| format!("{list}：{since} 取込み（{lines}行）"),
    lists: "取り込まれた名簿・登録",
    case_title: "救急時閲覧の審査：1件",
    case_hint: "この1件を開いたことは記録されました。",
    patient: "患者",
    erased: "消去済み、または開けません",
    viewer: "閲覧者",
    factor: "認証",
    accounts_as_of: "台帳の写し（本体は応答なし）",
    factors: |factor| match factor {
        SecondFactor::Totp => "ワンタイムコード",
        SecondFactor::Passkey => "パスキー",
        SecondFactor::Vouched => "同僚の保証",
        SecondFactor::Sealed => "封印アカウントのコード",
        SecondFactor::None => "なし",
    },
    judged_by: "必要と判断した人",
    renewals: "更新",
    ended: "終了",
    open: "閲覧中",
    course: "自動の再評価",
    stage: |stage| match stage {
        Stage::Hour => "1時間後",
        Stage::Day => "24時間後",
        Stage::ThreeDays => "72時間後",
    },
    not_reached: "まだ",
    timeline: "経過",
    what: "できごと",
    details: "内容",
    clock_step: |seconds| format!("時計が{seconds}秒動かされた"),
    hits: |hits| format!("{hits}人が該当"),
    others: "同じ患者を救急で開いた他の職員",
    left: |count| format!("ほかに{count}件"),
    nobody: "いません。",
    own: "この閲覧者の他の閲覧",
    baseline: |day, month, days| format!("24時間で{day}件。その前の30日は{days}日に{month}件。"),
    terminals: |here, ever| format!("この端末でのそれまでのログイン{here}回（全体で{ever}回）。"),
    judge: "判定",
    verdict: "判定（数字1つ）",
    verdict_of: |verdict| match verdict {
        Verdict::Justified => "正当",
        Verdict::Unjustified => "不当",
        Verdict::Inconclusive => "判断できない",
    },
    verdict_hint: "1 正当、2 不当（もう一人の判定が必要）、3 判断できない。記録すると次の件が開きます。",
    note: "所見",
    note_hint: "説明の付かない件、不当、判断できないでは必ず入力。",
    submit: "記録して次へ",
    next: "記録せずに次へ",
    given: "これまでの判定",
    not_a_verdict: "1・2・3のどれか1つを入力してください。",
    note_missing: "所見を入力してください。説明の付かない件、不当、判断できないでは必要です。",
    too_long: "長すぎます。500文字以内にしてください。",
    not_yours: |why| match why {
        NotYours::Own => {
            "自分の閲覧は審査できません（同じ氏名の職員を含む）。他の監査担当に任せてください。"
        }
        NotYours::Judged => {
            "同じ氏名の別の職員IDで判定されています。他の監査担当に任せてください。"
        }
        NotYours::Permitted => {
            "自分が許可した、または保証した閲覧は審査できません。他の監査担当に任せてください。"
        }
    },
    record_after: "事後説明の記録",
    after_hint: "誰に、いつ、誰が説明したか、または説明していない理由。",
    was_told: "説明した",
    to_whom: "誰に",
    on_day: "いつ",
    by_whom: "誰が",
    was_not_told: "説明していない",
    why_not: "理由",
    told_incomplete: "「誰に・いつ・誰が」の全部か、説明していない理由のどちらか一方を入力してください。日付は今日までです。",
    record: "記録",
    done: |word| match word {
        "judged" => Some("判定を記録しました。この条件の未審査はもうありません。"),
        "told" => Some("事後説明を記録しました。"),
        "view_kept" => Some("条件を保存しました。"),
        "view_removed" => Some("保存した条件を削除しました。"),
        "views_full" => Some("保存していません。保存できる条件は20件までです。"),
        _ => None,
    },
    back: "一覧に戻る",
    unchecked: "照合できない規則あり（消去済み）",
    unchecked_rules: |rules| {
        format!(
            "患者の情報が消去されたため、照合できない規則：{rules}。注意がないことは、問題がないことを意味しません。"
        )
    },
    views: "保存した条件",
    view_name: "名前",
    keep_view: "いまの条件を保存",
    view_hint: "自分だけに表示されます。患者・職員の氏名は入れないでください。",
    remove_view: "削除",
};

pub(super) const EN: Review = Review {
    title: "Review of emergency access",
    short: "Review",
    hint: "The least explained come first. Names of patients and staff are shown only when a case is opened, and opening is recorded. Showing this list is recorded, too.",
    list: |list| match list {
        List::Open => "Not reviewed",
        List::Second => "Second reviewer",
        List::Untold => "Patient not told",
        List::Closed => "Reviewed",
        List::All => "All",
    },
    count: |count| format!("{count}"),
    filter_submit: "Filter",
    any: "Any",
    explained: "Explained",
    unexplained: "Not explained",
    empty: "No access fits.",
    page: |page| format!("Page {page}"),
    reference: "Receipt",
    began: "Began",
    age: "Age",
    flags: "Flags",
    explanations: "Explanations",
    state: "Review",
    after: "Patient told",
    untold: "Not recorded",
    told: "Told",
    not_told: |why| match why {
        WhyNot::Nobody => "Nobody to tell",
        WhyNot::NotReached => "Not reached",
        WhyNot::NotWished => "Not wished",
        WhyNot::Harm => "It might do harm",
    },
    none: "None",
    settled: |settled| match settled {
        Settled::Open => "Not reviewed",
        Settled::NeedsSecond => "Unjustified (needs a second reviewer)",
        Settled::Disagreed => "Reviewers disagree",
        Settled::Closed(Verdict::Justified) => "Justified",
        Settled::Closed(Verdict::Unjustified) => "Unjustified",
        Settled::Closed(Verdict::Inconclusive) => "Inconclusive",
    },
    span: span_en,
    registered: |minutes, visit| {
        let span = span_en(minutes.abs());
        let when = if minutes < 0 { "before" } else { "later" };
        let visit = if visit.is_empty() {
            String::new()
        } else {
            format!(", visit {visit}")
        };
        format!("Registered {span} {when}{visit}")
    },
    launched: "Opened from the hospital's chart with this patient in context",
    handed_over: |minutes| {
        let span = span_en(minutes.abs());
        let when = if minutes < 0 { "before" } else { "later" };
        format!("The accepted ambulance handoff was shown {span} {when}")
    },
    on_duty: |department| {
        if department.is_empty() {
            "On duty by the roster".to_owned()
        } else {
            format!("On duty by the roster ({department})")
        }
    },
    colleague: |name, minutes| {
        let span = span_en(minutes.abs());
        let when = if minutes < 0 { "before" } else { "later" };
        let name = name.map_or_else(String::new, |name| format!(" ({name})"));
        format!("A colleague{name} looked {span} {when}")
    },
    kind: |kind| match kind {
        Kind::Arrivals => "Registrations",
        Kind::Duty => "Duty roster",
        Kind::Staff => "Staff list",
        Kind::Protected => "List of protected persons",
        Kind::Decoys => "List of decoy patients",
    },
    missing_list: |list, rules| format!("Without {list} these rules say nothing: {rules}"),
    list_known: |list, since, lines| format!("{list}: taken over {since} ({lines} lines)"),
    lists: "Lists taken over",
    case_title: "Review of emergency access: one case",
    case_hint: "That you opened this case has been recorded.",
    patient: "Patient",
    erased: "Erased, or cannot be opened",
    viewer: "Viewer",
    factor: "Second factor",
    accounts_as_of: "Accounts as of (copy)",
    factors: |factor| match factor {
        SecondFactor::Totp => "One-time code",
        SecondFactor::Passkey => "Passkey",
        SecondFactor::Vouched => "A colleague's word",
        SecondFactor::Sealed => "Code of a sealed account",
        SecondFactor::None => "None",
    },
    judged_by: "Who judged the need",
    renewals: "Renewals",
    ended: "Ended",
    open: "Open",
    course: "Looked at anew by machine",
    stage: |stage| match stage {
        Stage::Hour => "After 1 hour",
        Stage::Day => "After 24 hours",
        Stage::ThreeDays => "After 72 hours",
    },
    not_reached: "Not yet",
    timeline: "What happened",
    what: "Event",
    details: "Details",
    clock_step: |seconds| format!("The clock was moved by {seconds} s"),
    hits: |hits| format!("{hits} found"),
    others: "Who else opened this patient in an emergency",
    left: |count| format!("and {count} more"),
    nobody: "Nobody.",
    own: "This viewer's other cases",
    baseline: |day, month, days| {
        format!("{day} within 24 hours; {month} on {days} days of the 30 days before.")
    },
    terminals: |here, ever| format!("{here} earlier sign-ins at this terminal ({ever} in all)."),
    judge: "Verdict",
    verdict: "Verdict (one digit)",
    verdict_of: |verdict| match verdict {
        Verdict::Justified => "Justified",
        Verdict::Unjustified => "Unjustified",
        Verdict::Inconclusive => "Inconclusive",
    },
    verdict_hint: "1 justified, 2 unjustified (a second reviewer is needed), 3 inconclusive. Recording it opens the next case.",
    note: "Note",
    note_hint: "Needed for what is not explained, and for unjustified and inconclusive.",
    submit: "Record and go on",
    next: "Go on without a verdict",
    given: "Verdicts so far",
    not_a_verdict: "Type one of 1, 2 and 3.",
    note_missing: "Type a note: it is needed for what is not explained, and for unjustified and inconclusive.",
    too_long: "Too long. At most 500 characters.",
    not_yours: |why| match why {
        NotYours::Own => {
            "This is your own access, or that of somebody of your name: another auditor has to review it."
        }
        NotYours::Judged => {
            "An account of the same name has judged this: another auditor has to review it."
        }
        NotYours::Permitted => {
            "You permitted this access or vouched for it: another auditor has to review it."
        }
    },
    record_after: "Telling the patient afterwards",
    after_hint: "To whom, when and by whom it was explained, or why it was not.",
    was_told: "Told",
    to_whom: "To whom",
    on_day: "When",
    by_whom: "By whom",
    was_not_told: "Not told",
    why_not: "Why not",
    told_incomplete: "Fill in either all of to whom, when and by whom, or why not. The day is today or earlier.",
    record: "Record",
    done: |word| match word {
        "judged" => Some("The verdict is recorded. Nothing else of this filter waits for review."),
        "told" => Some("It is recorded."),
        "view_kept" => Some("The filter is saved."),
        "view_removed" => Some("The saved view is removed."),
        "views_full" => Some("Not saved: there may be 20 saved views at most."),
        _ => None,
    },
    back: "Back to the list",
    unchecked: "Rules that cannot compare (erased)",
    unchecked_rules: |rules| {
        format!(
            "Who the patient is was erased, so these rules cannot compare: {rules}. That nothing is flagged does not mean that nothing is wrong."
        )
    },
    views: "Saved views",
    view_name: "Name",
    keep_view: "Save this filter",
    view_hint: "Only you see them. Do not use names of patients or staff.",
    remove_view: "Remove",
};

fn span_ja(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{minutes}分"),
        60..2880 => format!("{}時間", minutes / 60),
        _ => format!("{}日", minutes / 1440),
    }
}

fn span_en(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{minutes} min"),
        60..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}
